using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Podium.Competitions;
using Podium.Functions.Api;
using Podium.Platform.Access;
using Podium.Platform.Api;

namespace Podium.Functions.Competitions;

/// <summary>Competitions: finding them, making them, and their life from draft to archive.</summary>
public sealed class CompetitionsApi(CompetitionDirectory competitions, EditCompetition edit, MoveCompetition move)
{
    [Function("ListCompetitions"), Anyone]
    [Operation("Competitions", Description = "The newest first, or the most fitting where words are searched. Drafts are shown to those who manage them.",
        Query = typeof(CompetitionDirectory.Filter), Answer = typeof(Page<CompetitionDirectory.Summary>))]
    public async Task<IResult> List([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/competitions")] HttpRequest request) =>
        Answer.Ok(await competitions.ListAsync(request.Caller(), request.Query<CompetitionDirectory.Filter>(), request.HttpContext.RequestAborted));

    [Function("GetCompetition"), Anyone]
    [Operation("A competition with its rounds", Answer = typeof(CompetitionDirectory.View), Problems = ["not-found"])]
    public async Task<IResult> Get([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/competitions/{competitionId}")] HttpRequest request, string competitionId)
    {
        var found = await competitions.ReadAsync(request.Caller(), Id(competitionId), request.HttpContext.RequestAborted);
        return found.Answer(view => Answer.Ok(view, view.Version));
    }

    [Function("AddCompetition"), Requires(Permissions.CompetitionManage)]
    [Operation("Add a competition", Description = "It is a draft until it is published. A blueprint fills in what is left out; it needs `competitionStart`.",
        Body = typeof(EditCompetition.Request), Answer = typeof(CompetitionDirectory.View), Status = 201, Problems = ["id-taken", "competition-slug-taken", "external-id-taken"])]
    public async Task<IResult> Add([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/competitions")] HttpRequest request)
    {
        var added = await edit.AddAsync(request.Caller(), await request.ReadAsync<EditCompetition.Request>(), request.HttpContext.RequestAborted);
        return added.Answer(view => Answer.Created($"/api/competitions/{view.Id}", view, view.Version));
    }

    [Function("ChangeCompetition"), Requires(Permissions.CompetitionManage, In = ScopeType.Competition, By = "competitionId")]
    [Operation("Change a competition", Body = typeof(EditCompetition.Change), Answer = typeof(CompetitionDirectory.View),
        Problems = ["not-found", "stale", "competition-ended", "competition-slug-taken", "seats-taken", "competition-frozen"])]
    public async Task<IResult> Change([HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = "api/competitions/{competitionId}")] HttpRequest request, string competitionId)
    {
        var changed = await edit.ChangeAsync(request.Caller(), Id(competitionId), await request.ReadAsync<EditCompetition.Change>(), request.IfMatch(), request.HttpContext.RequestAborted);
        return changed.Answer(view => Answer.Ok(view, view.Version));
    }

    [Function("RemoveCompetition"), Requires(Permissions.CompetitionManage, In = ScopeType.Competition, By = "competitionId")]
    [Operation("Remove a draft", Status = 204, Problems = ["not-found", "stale", "move-not-allowed"])]
    public async Task<IResult> Remove([HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/competitions/{competitionId}")] HttpRequest request, string competitionId)
    {
        var removed = await edit.RemoveAsync(request.Caller(), Id(competitionId), request.IfMatch(), request.HttpContext.RequestAborted);
        return removed.Answer(_ => Answer.NoContent());
    }

    [Function("MoveCompetition"), Requires(Permissions.CompetitionManage, In = ScopeType.Competition, By = "competitionId")]
    [Operation("Move a competition on in its life", Description = "Publish, start, judge, complete; cancelling, reopening and archiving need the permission `competition.conclude`.",
        Body = typeof(MoveCompetition.Request), Answer = typeof(CompetitionDirectory.View), Problems = ["not-found", "stale", "move-not-allowed", "competition-incomplete", "has-registrations"])]
    public async Task<IResult> Move([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/competitions/{competitionId}/moves")] HttpRequest request, string competitionId)
    {
        var moved = await move.Run(request.Caller(), Id(competitionId), await request.ReadAsync<MoveCompetition.Request>(), request.IfMatch(), request.HttpContext.RequestAborted);
        return moved.Answer(view => Answer.Ok(view, view.Version));
    }

    [Function("ListCompetitionMoves"), Requires(Permissions.CompetitionManage, In = ScopeType.Competition, By = "competitionId")]
    [Operation("How a competition went through its life", Query = typeof(PageQuery), Answer = typeof(Page<MoveCompetition.Step>), Problems = ["not-found"])]
    public async Task<IResult> Moves([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/competitions/{competitionId}/moves")] HttpRequest request, string competitionId)
    {
        var steps = await move.ListAsync(request.Caller(), Id(competitionId), request.Query<PageQuery>(), request.HttpContext.RequestAborted);
        return steps.Answer(page => Answer.Ok(page));
    }

    private static Guid Id(string text) => RequestReading.Id(text, "competition");
}
