using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.DependencyInjection;

namespace Podium.Emulator.Durable;

/// <summary>The HTTP API of the durable extension under /runtime/webhooks/durabletask.</summary>
internal static class DurableManagement
{
    private const string TokenHeader = "x-ms-continuation-token";

    public static void MapDurableManagement(this IEndpointRouteBuilder routes, Func<HttpContext, bool> isAllowed)
    {
        var engine = routes.ServiceProvider.GetRequiredService<DurableEngine>();
        var endpoints = routes.ServiceProvider.GetRequiredService<DurableEndpoints>();
        var actions = new ManagementActions(engine, endpoints);

        Map("GET", "instances", Query);
        Map("DELETE", "instances", actions.PurgeMany);
        Map("GET", "instances/{instanceId}", Status);
        Map("DELETE", "instances/{instanceId}", actions.Purge);
        Map("POST", "instances/{instanceId}/raiseEvent/{eventName}", actions.RaiseEvent);
        Map("POST", "instances/{instanceId}/terminate", actions.Terminate);
        Map("POST", "instances/{instanceId}/suspend", actions.Suspend);
        Map("POST", "instances/{instanceId}/resume", actions.Resume);
        Map("POST", "instances/{instanceId}/restart", actions.Restart);
        Map("POST", "instances/{instanceId}/rewind", static _ => Task.FromResult(Results.Text("The emulator does not rewind instances.", statusCode: 501)));
        Map("POST", "orchestrators/{functionName}/{instanceId?}", actions.Start);

        void Map(string method, string path, Func<HttpContext, Task<IResult>> answer) =>
            routes.MapMethods($"{DurableEndpoints.Path}/{path}", [method], context => AnswerAsync(context, isAllowed, answer));

        Task<IResult> Query(HttpContext context) => QueryAsync(context, engine);

        Task<IResult> Status(HttpContext context) => StatusAsync(context, engine);
    }

    /// <summary>Reads a flag of the query.</summary>
    public static bool Flag(this HttpContext context, string name, bool missing = false) =>
        bool.TryParse(context.Request.Query[name], out var value) ? value : missing;

    /// <summary>Reads an instant of the query.</summary>
    public static DateTimeOffset? Instant(this HttpContext context, string name) =>
        DateTimeOffset.TryParse(
            context.Request.Query[name], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var value)
            ? value
            : null;

    /// <summary>Reads the statuses of the query; what is not one is ignored, as in the extension.</summary>
    public static List<OrchestrationRuntimeStatus> Statuses(this HttpContext context) =>
    [
        .. context.Request.Query["runtimeStatus"]
            .SelectMany(text => (text ?? "").Split(','))
            .Select(text => Enum.TryParse<OrchestrationRuntimeStatus>(text.Trim(), ignoreCase: true, out var status) ? status : (OrchestrationRuntimeStatus?)null)
            .OfType<OrchestrationRuntimeStatus>(),
    ];

    private static async Task AnswerAsync(HttpContext context, Func<HttpContext, bool> isAllowed, Func<HttpContext, Task<IResult>> answer)
    {
        IResult result;
        try
        {
            result = isAllowed(context) ? await answer(context) : Results.StatusCode(StatusCodes.Status401Unauthorized);
        }
        catch (Exception error) when (error is ArgumentException or JsonException or InvalidOperationException)
        {
            result = Results.Json(
                new { Message = "One or more of the arguments submitted is incorrect", ExceptionMessage = error.Message }, statusCode: 400);
        }
        await result.ExecuteAsync(context);
    }

    private static async Task<IResult> QueryAsync(HttpContext context, DurableEngine engine)
    {
        var query = context.Request.Query;
        var page = await engine.Queries.ListAsync(
            new OrchestrationQuery
            {
                CreatedFrom = context.Instant("createdTimeFrom"),
                CreatedTo = context.Instant("createdTimeTo"),
                Statuses = context.Statuses(),
                InstanceIdPrefix = query["instanceIdPrefix"],
                PageSize = int.TryParse(query["top"], CultureInfo.InvariantCulture, out var top) ? top : OrchestrationQuery.DefaultPageSize,
                ContinuationToken = context.Request.Headers[TokenHeader],
            },
            context.RequestAborted);
        if (page.ContinuationToken is { } next) context.Response.Headers[TokenHeader] = next;
        var showInput = context.Flag("showInput", missing: true);
        return Results.Json(page.Values.Select(instance => InstanceStatus.Of(instance, showInput)), InstanceStatus.Json);
    }

    private static async Task<IResult> StatusAsync(HttpContext context, DurableEngine engine)
    {
        if (await engine.Queries.FindAsync((string)context.GetRouteValue("instanceId")!, context.RequestAborted) is not { } instance)
            return Results.NotFound();
        var status = InstanceStatus.Of(instance, context.Flag("showInput", missing: true));
        if (context.Flag("showHistory"))
        {
            var history = await engine.HistoryAsync(instance, context.RequestAborted);
            status = status with { HistoryEvents = InstanceStatus.HistoryOf(history, context.Flag("showHistoryOutput")) };
        }
        if (instance.IsCompleted)
        {
            var isFailure = instance.Status == OrchestrationRuntimeStatus.Failed && context.Flag("returnInternalServerErrorOnFailure");
            return Results.Json(status, InstanceStatus.Json, statusCode: isFailure ? 500 : 200);
        }
        context.Response.Headers.Location = $"{context.Request.Scheme}://{context.Request.Host}{context.Request.Path}{context.Request.QueryString}";
        context.Response.Headers.RetryAfter = "5";
        return Results.Json(status, InstanceStatus.Json, statusCode: StatusCodes.Status202Accepted);
    }
}
