using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.DurableTask;

namespace Podium.Emulator.Durable;

/// <summary>What the management API lets a caller do.</summary>
internal sealed class ManagementActions(DurableEngine engine, DurableEndpoints endpoints)
{
    public Task<IResult> Terminate(HttpContext context) =>
        DirectAsync(context, (id, reason) => engine.TerminateAsync(id, reason, recursive: false, context.RequestAborted));

    public Task<IResult> Suspend(HttpContext context) =>
        DirectAsync(context, (id, reason) => engine.SuspendAsync(id, reason, context.RequestAborted));

    public Task<IResult> Resume(HttpContext context) =>
        DirectAsync(context, (id, reason) => engine.ResumeAsync(id, reason, context.RequestAborted));

    public Task<IResult> RaiseEvent(HttpContext context) => DirectAsync(context, async (id, _) =>
    {
        if (context.Request.ContentType?.StartsWith("application/json", StringComparison.OrdinalIgnoreCase) is not true)
            throw new ArgumentException("Only application/json request content is supported");
        await engine.RaiseEventAsync(id, (string)context.GetRouteValue("eventName")!, await ReadJsonAsync(context), context.RequestAborted);
    });

    public async Task<IResult> Purge(HttpContext context)
    {
        var id = InstanceId(context);
        if (await engine.Queries.FindAsync(id, context.RequestAborted) is null) return Results.NotFound();
        var count = await engine.Queries.PurgeAsync(new PurgeRequest(id), context.RequestAborted);
        return Results.Json(new { instancesDeleted = count });
    }

    public async Task<IResult> PurgeMany(HttpContext context)
    {
        if (context.Instant("createdTimeFrom") is not { } from) return Results.BadRequest("Please provide value for 'createdTimeFrom' parameter.");
        var request = new PurgeRequest(null, from, context.Instant("createdTimeTo"), context.Statuses());
        var count = await engine.Queries.PurgeAsync(request, context.RequestAborted);
        return count == 0 ? Results.NotFound() : Results.Json(new { instancesDeleted = count });
    }

    public async Task<IResult> Start(HttpContext context)
    {
        var given = context.GetRouteValue("instanceId") as string;
        var options = string.IsNullOrEmpty(given) ? null : new StartOrchestrationOptions(given);
        var id = await engine.ScheduleAsync(
            (string)context.GetRouteValue("functionName")!, await ReadJsonAsync(context), options, context.RequestAborted);
        return CheckStatus(context, id);
    }

    public async Task<IResult> Restart(HttpContext context) =>
        CheckStatus(context, await engine.RestartAsync(InstanceId(context), context.Flag("restartWithNewInstanceId", missing: true), context.RequestAborted));

    private static string InstanceId(HttpContext context) => (string)context.GetRouteValue("instanceId")!;

    private static async Task<string?> ReadJsonAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        var text = await reader.ReadToEndAsync(context.RequestAborted);
        if (text.Length == 0) return null;
        using var json = JsonDocument.Parse(text); // 400 where it is not JSON
        return text;
    }

    // 404 for an unknown instance, 410 for one that is over, else 202
    private async Task<IResult> DirectAsync(HttpContext context, Func<string, string?, Task> action)
    {
        var id = InstanceId(context);
        if (await engine.Queries.FindAsync(id, context.RequestAborted) is not { } instance) return Results.NotFound();
        if (instance.IsCompleted) return Results.StatusCode(StatusCodes.Status410Gone);
        await action(id, context.Request.Query["reason"].FirstOrDefault());
        return Results.Accepted();
    }

    private IResult CheckStatus(HttpContext context, string id)
    {
        var payload = endpoints.Payload(id);
        context.Response.Headers.Location = payload.StatusQueryGetUri;
        context.Response.Headers.RetryAfter = "10";
        return Results.Json(payload, statusCode: StatusCodes.Status202Accepted);
    }
}
