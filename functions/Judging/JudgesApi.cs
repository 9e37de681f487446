using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Podium.Functions.Api;
using Podium.Judging;
using Podium.Platform.Access;
using Podium.Platform.Api;

namespace Podium.Functions.Judging;

/// <summary>People who judge, the panels of competitions, conflicts of interest.</summary>
public sealed class JudgesApi(Judges judges, JudgePanel panel, DeclareConflict conflicts)
{
    [Function("ListJudges"), Requires(Permissions.CompetitionManage, Somewhere = true)]
    [Operation("Judges", Query = typeof(PageQuery), Answer = typeof(Page<Judges.View>))]
    public async Task<IResult> List([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/judges")] HttpRequest request) =>
        Answer.Ok(await judges.ListAsync(request.Caller(), request.Query<PageQuery>(), request.HttpContext.RequestAborted));

    [Function("AddJudge"), Requires(Permissions.CompetitionManage)]
    [Operation("Make somebody a judge", Body = typeof(Judges.Request), Answer = typeof(Judges.View), Status = 201, Problems = ["not-a-judge", "judge-exists", "id-taken"])]
    public async Task<IResult> Add([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/judges")] HttpRequest request)
    {
        var added = await judges.AddAsync(request.Caller(), await request.ReadAsync<Judges.Request>(), request.HttpContext.RequestAborted);
        return added.Answer(view => Answer.Created($"/api/judges/{view.Id}", view, view.Version));
    }

    [Function("ChangeJudge"), Requires(Permissions.CompetitionManage)]
    [Operation("Change what a judge knows and takes on", Body = typeof(Judges.Change), Answer = typeof(Judges.View), Problems = ["not-found", "stale"])]
    public async Task<IResult> Change([HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = "api/judges/{judgeId}")] HttpRequest request, string judgeId)
    {
        var changed = await judges.ChangeAsync(request.Caller(), RequestReading.Id(judgeId, "judge"), await request.ReadAsync<Judges.Change>(), request.IfMatch(), request.HttpContext.RequestAborted);
        return changed.Answer(view => Answer.Ok(view, view.Version));
    }

    [Function("ListPanel"), Requires(Permissions.CompetitionManage, In = ScopeType.Competition, By = "competitionId")]
    [Operation("The panel of a competition", Answer = typeof(JudgePanel.Panel), Problems = ["not-found"])]
    public async Task<IResult> Panel([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/competitions/{competitionId}/judges")] HttpRequest request, string competitionId)
    {
        var found = await panel.ListAsync(request.Caller(), Id(competitionId), request.HttpContext.RequestAborted);
        return found.Answer(members => Answer.Ok(members));
    }

    [Function("JoinPanel"), Requires(Permissions.CompetitionManage, In = ScopeType.Competition, By = "competitionId")]
    [Operation("Take a judge into the panel, or back", Body = typeof(JudgePanel.Joining), Answer = typeof(JudgePanel.Member), Problems = ["not-found", "competition-ended"])]
    public async Task<IResult> Join([HttpTrigger(AuthorizationLevel.Anonymous, "put", Route = "api/competitions/{competitionId}/judges/{judgeId}")] HttpRequest request, string competitionId, string judgeId)
    {
        var joined = await panel.JoinAsync(request.Caller(), Id(competitionId), RequestReading.Id(judgeId, "judge"), await request.ReadAsync<JudgePanel.Joining>(), request.HttpContext.RequestAborted);
        return joined.Answer(member => Answer.Ok(member));
    }

    [Function("LeavePanel"), Requires(Permissions.CompetitionManage, In = ScopeType.Competition, By = "competitionId")]
    [Operation("Note that a judge has dropped out", Description = "What they had not finished is given to others; what is final stays.",
        Body = typeof(JudgePanel.DropOut), Answer = typeof(JudgePanel.Member), Problems = ["not-found"])]
    public async Task<IResult> Leave([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/competitions/{competitionId}/judges/{judgeId}/drop-out")] HttpRequest request, string competitionId, string judgeId)
    {
        var left = await panel.DropOutAsync(request.Caller(), Id(competitionId), RequestReading.Id(judgeId, "judge"), await request.ReadAsync<JudgePanel.DropOut>(), request.HttpContext.RequestAborted);
        return left.Answer(member => Answer.Ok(member));
    }

    [Function("ListConflicts"), Requires(Permissions.CompetitionManage, In = ScopeType.Competition, By = "competitionId")]
    [Operation("Declared conflicts of interest", Answer = typeof(DeclareConflict.Listing), Problems = ["not-found"])]
    public async Task<IResult> Conflicts([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/competitions/{competitionId}/conflicts")] HttpRequest request, string competitionId)
    {
        var found = await conflicts.ListAsync(request.Caller(), Id(competitionId), request.HttpContext.RequestAborted);
        return found.Answer(all => Answer.Ok(all));
    }

    [Function("DeclareConflict"), SignedIn]
    [Operation("Declare a conflict of interest", Description = "Judges declare their own, organisers anybody's. The next assignment keeps to it.",
        Body = typeof(DeclareConflict.Request), Answer = typeof(DeclareConflict.View), Status = 201, Problems = ["conflict-declared", "competition-frozen"])]
    public async Task<IResult> Declare([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/competitions/{competitionId}/conflicts")] HttpRequest request, string competitionId)
    {
        var declared = await conflicts.Run(request.Caller(), Id(competitionId), await request.ReadAsync<DeclareConflict.Request>(), request.HttpContext.RequestAborted);
        return declared.Answer(view => Answer.Created($"/api/competitions/{competitionId}/conflicts", view));
    }

    [Function("WithdrawConflict"), Requires(Permissions.CompetitionManage, In = ScopeType.Competition, By = "competitionId")]
    [Operation("Take a declared conflict back", Status = 204, Problems = ["not-found", "competition-frozen"])]
    public async Task<IResult> Withdraw([HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/competitions/{competitionId}/conflicts/{conflictId}")] HttpRequest request, string competitionId, string conflictId)
    {
        var withdrawn = await conflicts.WithdrawAsync(request.Caller(), Id(competitionId), RequestReading.Id(conflictId, "conflict of interest"), request.HttpContext.RequestAborted);
        return withdrawn.Answer(_ => Answer.NoContent());
    }

    private static Guid Id(string text) => RequestReading.Id(text, "competition");
}
