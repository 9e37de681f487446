using System.Diagnostics;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;
using Microsoft.Extensions.Logging;
using Podium.Platform;

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
        using var activity = Telemetry.Source.StartActivity(
            context.FunctionDefinition.Name,
            http is null ? ActivityKind.Consumer : ActivityKind.Server,
            context.TraceContext.TraceParent);
        var correlation = activity?.TraceId.ToString() ?? TraceIdOf(context.TraceContext.TraceParent);
        if (http is not null) http.Response.Headers["X-Correlation-Id"] = correlation;
        using (log.BeginScope(new Dictionary<string, object> { ["CorrelationId"] = correlation }))
        {
            await next(context);
        }
    }

    private static string TraceIdOf(string traceParent) =>
        ActivityContext.TryParse(traceParent, null, out var parent) ? parent.TraceId.ToString() : ActivityTraceId.CreateRandom().ToString();
}
