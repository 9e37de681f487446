using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Podium.Analytics;
using Podium.Functions.Api;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Csv;

namespace Podium.Functions.Analytics;

/// <summary>Events that front-ends tell, and which there are.</summary>
public sealed class EventsApi(TakeEvents take, EventDefinitions definitions, ExportEvents export)
{
    [Function("TakeEvents"), Anyone]
    [Operation("Tell what happened, up to 500 events at once", Description = "All of a batch is taken or none. An event is known by its id and its instant, so that a batch can be sent again. Without consent to analytics it is kept without the person and its properties.",
        Body = typeof(TakeEvents.Request), Answer = typeof(TakeEvents.Result), Limit = RateLimits.Analytics)]
    public async Task<IResult> Take([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/analytics/events")] HttpRequest request)
    {
        var taken = await take.RunAsync(request.Caller(), await request.ReadAsync<TakeEvents.Request>(), request.HttpContext.RequestAborted);
        return taken.Answer(result => Answer.Ok(result));
    }

    [Function("ExportEvents"), Requires(Permissions.AnalyticsRead)]
    [Operation("All events as a table for spreadsheets", Description = "Whose an event was is not in it.", Query = typeof(ExportEvents.Query), MediaType = "text/csv")]
    public IResult Table([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/analytics/export/events")] HttpRequest request) =>
        new CsvAnswer(export.TableAsync(request.Caller(), request.Query<ExportEvents.Query>(), request.HttpContext.RequestAborted), "events.csv");

    [Function("ListEventDefinitions"), Requires(Permissions.AnalyticsRead, Somewhere = true)]
    [Operation("The events that may be told", Answer = typeof(IReadOnlyList<EventDefinitions.View>))]
    public async Task<IResult> Definitions([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/analytics/definitions")] HttpRequest request) =>
        Answer.Ok(await definitions.ListAsync(request.Caller(), request.HttpContext.RequestAborted));

    [Function("GetEventDefinition"), Requires(Permissions.AnalyticsRead, Somewhere = true)]
    [Operation("What an event may say", Answer = typeof(EventDefinitions.View), Problems = ["not-found"])]
    public async Task<IResult> Definition([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/analytics/definitions/{eventName}")] HttpRequest request, string eventName)
    {
        var found = await definitions.ReadAsync(request.Caller(), eventName, request.HttpContext.RequestAborted);
        return found.Answer(view => Answer.Ok(view, view.Version));
    }

    [Function("AddEventDefinition"), Requires(Permissions.AnalyticsManage)]
    [Operation("Let an event be told", Body = typeof(EventDefinitions.Request), Answer = typeof(EventDefinitions.View), Status = 201, Problems = ["analytics-definition-exists"])]
    public async Task<IResult> Add([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/analytics/definitions")] HttpRequest request)
    {
        var added = await definitions.AddAsync(request.Caller(), await request.ReadAsync<EventDefinitions.Request>(), request.HttpContext.RequestAborted);
        return added.Answer(view => Answer.Created($"/api/analytics/definitions/{view.Name}", view, view.Version));
    }

    [Function("ChangeEventDefinition"), Requires(Permissions.AnalyticsManage)]
    [Operation("Change what an event may say", Description = "What was told stays as it is.", Body = typeof(EventDefinitions.Change), Answer = typeof(EventDefinitions.View), Problems = ["not-found", "stale"])]
    public async Task<IResult> Change([HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = "api/analytics/definitions/{eventName}")] HttpRequest request, string eventName)
    {
        var changed = await definitions.ChangeAsync(request.Caller(), eventName, await request.ReadAsync<EventDefinitions.Change>(), request.IfMatch(), request.HttpContext.RequestAborted);
        return changed.Answer(view => Answer.Ok(view, view.Version));
    }

    [Function("RemoveEventDefinition"), Requires(Permissions.AnalyticsManage)]
    [Operation("Let an event be told no more", Description = "What was told stays, and is counted.", Status = 204, Problems = ["not-found", "stale"])]
    public async Task<IResult> Remove([HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/analytics/definitions/{eventName}")] HttpRequest request, string eventName)
    {
        var removed = await definitions.RemoveAsync(request.Caller(), eventName, request.IfMatch(), request.HttpContext.RequestAborted);
        return removed.Answer(_ => Answer.NoContent());
    }
}
