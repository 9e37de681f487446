using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Podium.Competitions;
using Podium.Functions.Api;
using Podium.Platform.Access;
using Podium.Platform.Api;

namespace Podium.Functions.Competitions;

/// <summary>Kinds of competition, from which new ones are made in one call.</summary>
public sealed class BlueprintsApi(Blueprints blueprints)
{
    [Function("ListBlueprints"), Requires(Permissions.CompetitionManage, Somewhere = true)]
    [Operation("The blueprints there are", Answer = typeof(Blueprints.Listing))]
    public async Task<IResult> List([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/blueprints")] HttpRequest request) =>
        Answer.Ok(await blueprints.ListAsync(request.Caller(), request.HttpContext.RequestAborted));

    [Function("GetBlueprint"), Requires(Permissions.CompetitionManage, Somewhere = true)]
    [Operation("A blueprint", Answer = typeof(Blueprint), Problems = ["not-found"])]
    public async Task<IResult> Get([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/blueprints/{blueprintName}")] HttpRequest request, string blueprintName)
    {
        var found = await blueprints.ReadAsync(request.Caller(), Name(blueprintName), request.HttpContext.RequestAborted);
        return found.Answer(blueprint => Answer.Ok(blueprint));
    }

    [Function("SaveBlueprint"), Requires(Permissions.CompetitionManage)]
    [Operation("Keep a blueprint of one's own, new or changed", Body = typeof(Blueprints.Kept), Answer = typeof(Blueprint), Problems = ["conflict"])]
    public async Task<IResult> Save([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/blueprints")] HttpRequest request)
    {
        var kept = await request.ReadAsync<Blueprints.Kept>();
        var saved = await blueprints.SaveAsync(request.Caller(), kept.Name, kept.Blueprint, request.HttpContext.RequestAborted);
        return saved.Answer(blueprint => Answer.Ok(blueprint));
    }

    [Function("RemoveBlueprint"), Requires(Permissions.CompetitionManage)]
    [Operation("Remove a blueprint of one's own", Status = 204, Problems = ["not-found"])]
    public async Task<IResult> Remove([HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/blueprints/{blueprintName}")] HttpRequest request, string blueprintName) =>
        (await blueprints.RemoveAsync(request.Caller(), Name(blueprintName), request.HttpContext.RequestAborted))?.ToResult() ?? Answer.NoContent();

    [Function("ExportBlueprint"), Requires(Permissions.CompetitionManage)]
    [Operation("Make a blueprint of a competition", Body = typeof(Blueprints.SaveRequest), Answer = typeof(Blueprint), Status = 201, Problems = ["not-found", "conflict", "competition-incomplete"])]
    public async Task<IResult> Export([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/competitions/{competitionId}/blueprint")] HttpRequest request, string competitionId)
    {
        var body = await request.ReadAsync<Blueprints.SaveRequest>();
        var exported = await blueprints.ExportAsync(request.Caller(), RequestReading.Id(competitionId, "competition"), body, request.HttpContext.RequestAborted);
        return exported.Answer(blueprint => Answer.Created($"/api/blueprints/{body.Name}", blueprint));
    }

    // what cannot be a name names nothing
    private static string Name(string text) =>
        text.Length is >= 2 and <= 50 && text.All(character => char.IsAsciiLetterLower(character) || char.IsAsciiDigit(character) || character == '-') && text[0] != '-' && text[^1] != '-' && !text.Contains("--", StringComparison.Ordinal)
            ? text
            : throw new ProblemException(Platform.Problems.Problem.NotFound("blueprint"));
}
