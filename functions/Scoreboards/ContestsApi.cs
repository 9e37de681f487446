using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Podium.Functions.Api;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Scoreboards;

namespace Podium.Functions.Scoreboards;

/// <summary>Problem-solving contests: rules, submissions, judgements, the board at any instant, the ceremony, re-judging.</summary>
public sealed class ContestsApi(EditContest edit, ContestBoards boards, SubmitSolution submit, JudgeSolution judge, Rejudge rejudge, ImportContest import)
{
    [Function("GetContest"), Anyone]
    [Operation("A problem-solving contest", Answer = typeof(ContestBoards.ContestView), Problems = ["not-found"])]
    public async Task<IResult> Get([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/competitions/{competitionId}/contest")] HttpRequest request, string competitionId)
    {
        var found = await boards.ReadAsync(request.Caller(), Id(competitionId), request.HttpContext.RequestAborted);
        return found.Answer(view => Answer.Ok(view, view.Version));
    }

    [Function("PutContest"), Requires(Permissions.CompetitionManage, In = ScopeType.Competition, By = "competitionId")]
    [Operation("Make a competition a problem-solving contest, or change its rules", Body = typeof(EditContest.Request), Answer = typeof(ContestBoards.ContestView),
        Problems = ["not-found", "stale", "competition-ended", "contest-finalized", "problem-in-use"])]
    public async Task<IResult> Put([HttpTrigger(AuthorizationLevel.Anonymous, "put", Route = "api/competitions/{competitionId}/contest")] HttpRequest request, string competitionId)
    {
        var put = await edit.PutAsync(request.Caller(), Id(competitionId), await request.ReadAsync<EditContest.Request>(), request.IfMatch(), request.HttpContext.RequestAborted);
        return put.Answer(view => Answer.Ok(view, view.Version));
    }

    [Function("ThawContest"), Requires(Permissions.CompetitionManage, In = ScopeType.Competition, By = "competitionId")]
    [Operation("Open the frozen board to everybody", Answer = typeof(ContestBoards.ContestView), Problems = ["not-found", "contest-not-over"])]
    public async Task<IResult> Thaw([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/competitions/{competitionId}/contest/thaw")] HttpRequest request, string competitionId)
    {
        var thawed = await edit.ThawAsync(request.Caller(), Id(competitionId), request.HttpContext.RequestAborted);
        return thawed.Answer(view => Answer.Ok(view, view.Version));
    }

    [Function("FinalizeContest"), Requires(Permissions.CompetitionManage, In = ScopeType.Competition, By = "competitionId")]
    [Operation("Say that the result stands", Answer = typeof(ContestBoards.ContestView), Problems = ["not-found", "contest-not-over", "still-pending"])]
    public async Task<IResult> Finalise([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/competitions/{competitionId}/contest/finalization")] HttpRequest request, string competitionId)
    {
        var final = await edit.FinalizeAsync(request.Caller(), Id(competitionId), request.HttpContext.RequestAborted);
        return final.Answer(view => Answer.Ok(view, view.Version));
    }

    [Function("GetBoard"), Anyone]
    [Operation("The board, now or as it stood", Description = "While it is frozen, only the jury sees what has come since. `at` of the answer is since when the board stands so: as long as nothing changes, its ETag stays.", Query = typeof(ContestBoards.BoardQuery), Answer = typeof(ContestBoards.Board), Problems = ["not-found"])]
    public async Task<IResult> Board([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/competitions/{competitionId}/contest/board")] HttpRequest request, string competitionId)
    {
        var found = await boards.BoardAsync(request.Caller(), Id(competitionId), request.Query<ContestBoards.BoardQuery>(), request.HttpContext.RequestAborted);
        return found.Answer(board => board);
    }

    [Function("GetCeremony"), Requires(Permissions.CompetitionManage, In = ScopeType.Competition, By = "competitionId")]
    [Operation("The board after so many steps of the ceremony, and the next step", Query = typeof(ContestBoards.CeremonyQuery), Answer = typeof(ContestBoards.CeremonyView), Problems = ["not-found", "contest-not-over"])]
    public async Task<IResult> Ceremony([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/competitions/{competitionId}/contest/ceremony")] HttpRequest request, string competitionId)
    {
        var found = await boards.CeremonyAsync(request.Caller(), Id(competitionId), request.Query<ContestBoards.CeremonyQuery>(), request.HttpContext.RequestAborted);
        return found.Answer(view => Answer.Ok(view));
    }

    [Function("SubmitSolution"), SignedIn]
    [Operation("Hand in a solution", Body = typeof(SubmitSolution.Request), Answer = typeof(SubmitSolution.View), Status = 201, Problems = ["not-found", "forbidden", "id-taken", "contest-not-running", "contest-finalized", "competition-frozen"])]
    public async Task<IResult> Submit([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/competitions/{competitionId}/contest/submissions")] HttpRequest request, string competitionId)
    {
        var made = await submit.Run(request.Caller(), Id(competitionId), await request.ReadAsync<SubmitSolution.Request>(), request.HttpContext.RequestAborted);
        return made.Answer(view => Answer.Created($"/api/competitions/{competitionId}/contest", view));
    }

    [Function("JudgeSolution"), Requires(Permissions.CompetitionJudge, In = ScopeType.Competition, By = "competitionId")]
    [Operation("Judge a solution", Body = typeof(JudgeSolution.Request), Answer = typeof(JudgeSolution.View), Status = 201, Problems = ["not-found", "id-taken", "contest-finalized", "competition-frozen"])]
    public async Task<IResult> Judge([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/competitions/{competitionId}/contest/judgements")] HttpRequest request, string competitionId)
    {
        var made = await judge.Run(request.Caller(), Id(competitionId), await request.ReadAsync<JudgeSolution.Request>(), request.HttpContext.RequestAborted);
        return made.Answer(view => Answer.Created($"/api/competitions/{competitionId}/contest", view));
    }

    [Function("PrepareRejudging"), Requires(Permissions.CompetitionManage, In = ScopeType.Competition, By = "competitionId")]
    [Operation("Judge submissions anew, on paper", Description = "Answers with all that it would change.", Body = typeof(Rejudge.Request), Answer = typeof(Rejudge.View), Status = 201, Problems = ["not-found", "contest-finalized"])]
    public async Task<IResult> Prepare([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/competitions/{competitionId}/contest/rejudgings")] HttpRequest request, string competitionId)
    {
        var made = await rejudge.PrepareAsync(request.Caller(), Id(competitionId), await request.ReadAsync<Rejudge.Request>(), request.HttpContext.RequestAborted);
        return made.Answer(view => Answer.Created($"/api/competitions/{competitionId}/contest/rejudgings/{view.Id}", view));
    }

    [Function("GetRejudging"), Requires(Permissions.CompetitionManage, In = ScopeType.Competition, By = "competitionId")]
    [Operation("A re-judging, and what it would change now", Answer = typeof(Rejudge.View), Problems = ["not-found"])]
    public async Task<IResult> Rejudging(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/competitions/{competitionId}/contest/rejudgings/{rejudgingId}")] HttpRequest request, string competitionId, string rejudgingId)
    {
        var found = await rejudge.ReadAsync(request.Caller(), Id(competitionId), RequestReading.Id(rejudgingId, "re-judging"), request.HttpContext.RequestAborted);
        return found.Answer(view => Answer.Ok(view));
    }

    [Function("ApplyRejudging"), Requires(Permissions.CompetitionManage, In = ScopeType.Competition, By = "competitionId")]
    [Operation("Let a re-judging count", Answer = typeof(Rejudge.View), Problems = ["not-found", "contest-finalized", "rejudging-over", "competition-frozen"])]
    public async Task<IResult> Apply(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/competitions/{competitionId}/contest/rejudgings/{rejudgingId}/application")] HttpRequest request, string competitionId, string rejudgingId)
    {
        var applied = await rejudge.ApplyAsync(request.Caller(), Id(competitionId), RequestReading.Id(rejudgingId, "re-judging"), request.HttpContext.RequestAborted);
        return applied.Answer(view => Answer.Ok(view));
    }

    [Function("CancelRejudging"), Requires(Permissions.CompetitionManage, In = ScopeType.Competition, By = "competitionId")]
    [Operation("Forget a re-judging", Answer = typeof(Rejudge.View), Problems = ["not-found", "contest-finalized", "rejudging-over"])]
    public async Task<IResult> Cancel(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/competitions/{competitionId}/contest/rejudgings/{rejudgingId}/cancellation")] HttpRequest request, string competitionId, string rejudgingId)
    {
        var cancelled = await rejudge.CancelAsync(request.Caller(), Id(competitionId), RequestReading.Id(rejudgingId, "re-judging"), request.HttpContext.RequestAborted);
        return cancelled.Answer(view => Answer.Ok(view));
    }

    [Function("ImportContest"), Requires(Permissions.CompetitionManage, In = ScopeType.Competition, By = "competitionId")]
    [Operation("Replay a contest that ran elsewhere", Description = "From its event feed or package of the Contest API. Again, or with a longer feed, it adds what is new. A feed that cannot be read names the line and changes nothing.",
        Body = typeof(ImportContest.Request), Answer = typeof(ImportContest.Result), Problems = ["not-found", "competition-ended", "contest-finalized", "problem-in-use", "seats-taken"])]
    public async Task<IResult> Import([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/competitions/{competitionId}/contest/import")] HttpRequest request, string competitionId)
    {
        var done = await import.Run(request.Caller(), Id(competitionId), await request.ReadAsync<ImportContest.Request>(ImportContest.MostBytes), request.HttpContext.RequestAborted);
        return done.Answer(result => Answer.Ok(result));
    }

    private static Guid Id(string text) => RequestReading.Id(text, "competition");
}
