using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Podium.Functions.Api;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Scoreboards;

namespace Podium.Functions.Scoreboards;

/// <summary>The ICPC Contest API (2026-01), to read: any board or resolver that speaks it can show a contest.</summary>
public sealed class ContestApiEndpoints(ContestExport export)
{
    public sealed record FeedQuery
    {
        /// <summary>The token of the last line that was received.</summary>
        [StringLength(100), JsonPropertyName("since_token")]
        public string? SinceToken { get; init; }
    }

    [Function("ContestApiInformation"), Anyone]
    [Operation("Which version of the Contest API this is", Answer = typeof(JsonElement))]
    public static IResult Information([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/icpc")] HttpRequest request) =>
        Send(JsonSerializer.SerializeToNode(ContestApi.Api, ContestApi.Json)!);

    [Function("ContestApiContests"), Anyone]
    [Operation("All contests", Answer = typeof(JsonElement))]
    public async Task<IResult> Contests([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/icpc/contests")] HttpRequest request) =>
        Send(await export.ContestsAsync(request.Caller(), request.HttpContext.RequestAborted));

    [Function("ContestApiContest"), Anyone]
    [Operation("A contest", Answer = typeof(JsonElement), Problems = ["not-found"])]
    public async Task<IResult> Contest([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/icpc/contests/{contestId}")] HttpRequest request, string contestId)
    {
        var found = await export.AnswerAsync(request.Caller(), Id(contestId), null, Filters(request), request.HttpContext.RequestAborted);
        return found.Answer(answer => answer);
    }

    [Function("ContestApiFeed"), Anyone]
    [Operation("What has happened, line by line", Description = "Ends where the present is: come back with the last line's token.", Query = typeof(FeedQuery), Answer = typeof(string), MediaType = "application/x-ndjson", Problems = ["not-found"])]
    public async Task<IResult> Feed([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/icpc/contests/{contestId}/event-feed")] HttpRequest request, string contestId)
    {
        var found = await export.FeedAsync(request.Caller(), Id(contestId), request.Query<FeedQuery>().SinceToken, request.HttpContext.RequestAborted);
        return found.Answer(lines => Results.Text(lines, "application/x-ndjson; charset=utf-8"));
    }

    [Function("ContestApiCollection"), Anyone]
    [Operation("A collection of a contest, or its state, access or scoreboard", Description = "Collections are filtered by what the query says of ids, such as team_id.", Answer = typeof(JsonElement), Problems = ["not-found"])]
    public async Task<IResult> Collection([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/icpc/contests/{contestId}/{collection}")] HttpRequest request, string contestId, string collection)
    {
        var found = await export.AnswerAsync(request.Caller(), Id(contestId), collection, Filters(request), request.HttpContext.RequestAborted);
        return found.Answer(answer => answer);
    }

    [Function("ContestApiObject"), Anyone]
    [Operation("One of a collection", Answer = typeof(JsonElement), Problems = ["not-found"])]
    public async Task<IResult> Object([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/icpc/contests/{contestId}/{collection}/{objectId}")] HttpRequest request, string contestId, string collection, string objectId)
    {
        var found = await export.ObjectAsync(request.Caller(), Id(contestId), collection, objectId, request.HttpContext.RequestAborted);
        return found.Answer(Send);
    }

    private static Dictionary<string, string> Filters(HttpRequest request) => request.Query.ToDictionary(pair => pair.Key, pair => pair.Value.ToString());

    private static IResult Send(JsonNode node) => ContestExport.Sent(node);

    private static Guid Id(string text) => RequestReading.Id(text, "contest");
}
