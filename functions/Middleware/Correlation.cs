using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;
using Microsoft.Extensions.Logging;
using Podium.Platform;
using Podium.Platform.Access;

namespace Podium.Functions.Middleware;

/// <summary>
/// Gives every invocation a trace: the caller's, where a W3C traceparent came with the request or message, else a new one.
/// The trace id goes out as <c>X-Correlation-Id</c> and stands in every log line's scope.
/// </summary>
public sealed class Correlation(ILogger<Correlation> log) : IFunctionsWorkerMiddleware
{
    public async Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
    {
        // an orchestrator is replayed many times and must not leave its thread: its activities are traced instead
        if (context.FunctionDefinition.InputBindings.Values.Any(binding => binding.Type == "orchestrationTrigger"))
        {
            await next(context);
            return;
        }

        var http = context.GetHttpContext();
        var function = new KeyValuePair<string, object?>("function", context.FunctionDefinition.Name);
        using var activity = Telemetry.Begin(context.FunctionDefinition.Name, http is null ? ActivityKind.Consumer : ActivityKind.Server, ParentOf(context, http));
        var correlation = activity.TraceId.ToString();
        if (http is not null)
        {
            http.Response.Headers["X-Correlation-Id"] = correlation;
            SecurityHeaders.Write(http.Response.Headers);
        }
        var started = Stopwatch.GetTimestamp();
        try
        {
            using (log.BeginScope(new Dictionary<string, object> { ["CorrelationId"] = correlation }))
            {
                await next(context);
            }
            if (http is not null) Answered(context, http, activity, function);
        }
        catch (Exception error)
        {
            Telemetry.Fail(activity, error);
            throw;
        }
        finally
        {
            Telemetry.Durations.Record(Stopwatch.GetElapsedTime(started).TotalSeconds, function);
        }
    }

    private static void Answered(FunctionContext context, HttpContext http, Activity activity, KeyValuePair<string, object?> function)
    {
        var status = context.GetInvocationResult().Value is IStatusCodeHttpResult { StatusCode: { } known } ? known : StatusCodes.Status200OK;
        Telemetry.Requests.Add(1, function, new("status", status));
        activity.SetTag("http.request.method", http.Request.Method).SetTag("http.response.status_code", status);
        if (http.Features.Get<Caller>() is { } caller) activity.SetTag("podium.tenant", caller.Tenant.Slug);
        if (status >= 500) activity.SetStatus(ActivityStatusCode.Error);
    }

    // what is no traceparent begins a trace
    private static ActivityContext ParentOf(FunctionContext context, HttpContext? http) =>
        ActivityContext.TryParse(http is null ? context.TraceContext.TraceParent : http.Request.Headers.TraceParent.ToString(), null, isRemote: true, out var parent) ? parent : default;
}
