using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Podium.Functions.Api;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Running;

namespace Podium.Functions.Running;

/// <summary>Competitions that go through their rounds by themselves, and what organisers want of them.</summary>
public sealed class RunsApi(DirectRun runs, DirectRound rounds, RunViews views, FinalStanding standing, RehearseRun rehearse, Leaderboard leaderboard)
{
    [Function("StartRun"), Requires(Permissions.CompetitionManage, In = ScopeType.Competition, By = "competitionId")]
    [Operation("Let a competition go through its rounds by itself", Description = "Rounds open, remind, close, get their judges, are decided and send their entries on, at the times that stand with them.",
        Answer = typeof(RunViews.View), Status = 202, Problems = ["not-found", "competition-ended", "run-started", "run-not-ready", "competition-frozen"])]
    public async Task<IResult> Start([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/competitions/{competitionId}/run")] HttpRequest request, string competitionId)
    {
        var started = await runs.StartAsync(request.Caller(), Id(competitionId), request.HttpContext.RequestAborted);
        return started.Answer(view => Answer.Accepted(view, $"/api/competitions/{competitionId}/run"));
    }

    [Function("GetRun"), Requires(Permissions.CompetitionManage, In = ScopeType.Competition, By = "competitionId")]
    [Operation("What a running competition waits for, until when, and what has happened", Answer = typeof(RunViews.View), Problems = ["not-found"])]
    public async Task<IResult> Get([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/competitions/{competitionId}/run")] HttpRequest request, string competitionId)
    {
        var found = await views.ReadAsync(request.Caller(), Id(competitionId), request.HttpContext.RequestAborted);
        return found.Answer(view => Answer.Ok(view));
    }

    [Function("PauseRun"), Requires(Permissions.CompetitionManage, In = ScopeType.Competition, By = "competitionId")]
    [Operation("Stop all clocks of a competition", Description = "Nothing opens, closes or is due until it goes on; then everything is as much later.",
        Body = typeof(DirectRun.Reasoned), Answer = typeof(RunViews.View), Problems = ["not-found", "run-not-running"])]
    public async Task<IResult> Pause([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/competitions/{competitionId}/run/pause")] HttpRequest request, string competitionId)
    {
        var paused = await runs.PauseAsync(request.Caller(), Id(competitionId), await request.ReadAsync<DirectRun.Reasoned>(), request.HttpContext.RequestAborted);
        return paused.Answer(view => Answer.Ok(view));
    }

    [Function("ResumeRun"), Requires(Permissions.CompetitionManage, In = ScopeType.Competition, By = "competitionId")]
    [Operation("Go on after a pause", Answer = typeof(RunViews.View), Problems = ["not-found", "run-not-running", "competition-frozen"])]
    public async Task<IResult> Resume([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/competitions/{competitionId}/run/resumption")] HttpRequest request, string competitionId)
    {
        var resumed = await runs.ResumeAsync(request.Caller(), Id(competitionId), request.HttpContext.RequestAborted);
        return resumed.Answer(view => Answer.Ok(view));
    }

    [Function("StopRun"), Requires(Permissions.CompetitionConclude, In = ScopeType.Competition, By = "competitionId")]
    [Operation("Go on by hand from here", Description = "What has been done stays. Started again, it goes on where it stood.",
        Body = typeof(DirectRun.Reasoned), Answer = typeof(RunViews.View), Problems = ["not-found", "run-not-running"])]
    public async Task<IResult> Stop([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/competitions/{competitionId}/run/stop")] HttpRequest request, string competitionId)
    {
        var stopped = await runs.StopAsync(request.Caller(), Id(competitionId), await request.ReadAsync<DirectRun.Reasoned>(), request.HttpContext.RequestAborted);
        return stopped.Answer(view => Answer.Ok(view));
    }

    [Function("ExtendRound"), Requires(Permissions.CompetitionManage, In = ScopeType.Competition, By = "competitionId")]
    [Operation("Give a round, or its judges, more time", Body = typeof(DirectRound.Extension), Answer = typeof(RunViews.View), Problems = ["not-found", "run-not-running", "round-phase-refused"])]
    public async Task<IResult> Extend([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/competitions/{competitionId}/rounds/{roundId}/extension")] HttpRequest request, string competitionId, string roundId)
    {
        var extended = await rounds.ExtendAsync(request.Caller(), Id(competitionId), RoundId(roundId), await request.ReadAsync<DirectRound.Extension>(), request.HttpContext.RequestAborted);
        return extended.Answer(view => Answer.Ok(view));
    }

    [Function("CloseRound"), Requires(Permissions.CompetitionManage, In = ScopeType.Competition, By = "competitionId")]
    [Operation("Close a round now, or its judging", Description = "Judging ends with the reviews that are final.", Answer = typeof(RunViews.View), Problems = ["not-found", "run-not-running", "round-phase-refused"])]
    public async Task<IResult> Close([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/competitions/{competitionId}/rounds/{roundId}/closing")] HttpRequest request, string competitionId, string roundId)
    {
        var closed = await rounds.CloseAsync(request.Caller(), Id(competitionId), RoundId(roundId), request.HttpContext.RequestAborted);
        return closed.Answer(view => Answer.Ok(view));
    }

    [Function("ConfirmRound"), Requires(Permissions.CompetitionManage, In = ScopeType.Competition, By = "competitionId")]
    [Operation("Confirm the places of a round", Description = "Those who take part are told then; wildcards go on beside those whom the rule sends.",
        Body = typeof(DirectRound.Confirmation), Answer = typeof(RunViews.View), Problems = ["not-found", "run-not-running", "round-phase-refused"])]
    public async Task<IResult> Confirm([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/competitions/{competitionId}/rounds/{roundId}/confirmation")] HttpRequest request, string competitionId, string roundId)
    {
        var confirmed = await rounds.ConfirmAsync(request.Caller(), Id(competitionId), RoundId(roundId), await request.ReadAsync<DirectRound.Confirmation>(), request.HttpContext.RequestAborted);
        return confirmed.Answer(view => Answer.Ok(view));
    }

    [Function("ReopenRound"), Requires(Permissions.CompetitionConclude, In = ScopeType.Competition, By = "competitionId")]
    [Operation("Reopen a round for those who take part, or for its judges", Description = "As long as the next round has not opened.",
        Body = typeof(DirectRound.Reopening), Answer = typeof(RunViews.View), Problems = ["not-found", "run-not-running", "round-phase-refused"])]
    public async Task<IResult> Reopen([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/competitions/{competitionId}/rounds/{roundId}/reopening")] HttpRequest request, string competitionId, string roundId)
    {
        var reopened = await rounds.ReopenAsync(request.Caller(), Id(competitionId), RoundId(roundId), await request.ReadAsync<DirectRound.Reopening>(), request.HttpContext.RequestAborted);
        return reopened.Answer(view => Answer.Ok(view));
    }

    [Function("CancelRound"), Requires(Permissions.CompetitionConclude, In = ScopeType.Competition, By = "competitionId")]
    [Operation("Let a round not count", Description = "Who was in the round before goes into the next.", Body = typeof(DirectRun.Reasoned), Answer = typeof(RunViews.View), Problems = ["not-found", "run-not-running", "round-phase-refused"])]
    public async Task<IResult> Cancel([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/competitions/{competitionId}/rounds/{roundId}/cancellation")] HttpRequest request, string competitionId, string roundId)
    {
        var cancelled = await rounds.CancelAsync(request.Caller(), Id(competitionId), RoundId(roundId), await request.ReadAsync<DirectRun.Reasoned>(), request.HttpContext.RequestAborted);
        return cancelled.Answer(view => Answer.Ok(view));
    }

    [Function("GetRoundPlaces"), Anyone]
    [Operation("The places of a round", Description = "For those who take part when the round has ended; for organisers as soon as there are any.", Answer = typeof(RunViews.Places), Problems = ["not-found", "results-not-published"])]
    public async Task<IResult> Places([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/competitions/{competitionId}/rounds/{roundId}/places")] HttpRequest request, string competitionId, string roundId)
    {
        var found = await views.PlacesAsync(request.Caller(), Id(competitionId), RoundId(roundId), request.HttpContext.RequestAborted);
        return found.Answer(places => Answer.Ok(places));
    }

    [Function("GetResults"), Anyone]
    [Operation("The final standing of a completed competition", Answer = typeof(FinalStanding.View), Problems = ["not-found", "results-not-published"])]
    public async Task<IResult> Results([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/competitions/{competitionId}/results")] HttpRequest request, string competitionId)
    {
        var found = await standing.ReadAsync(request.Caller(), Id(competitionId), request.HttpContext.RequestAborted);
        return found.Answer(results => Answer.Ok(results));
    }

    [Function("GetCompetitionLeaderboard"), Anyone]
    [Operation("How entries stand by the mean of their final reviews", Description = "For organisers, and for everybody where the competition's `openBoard` says so. Counted anew every minute; `at` shows it as it stood.",
        Query = typeof(Leaderboard.Query), Answer = typeof(Page<Leaderboard.Line>), Problems = ["not-found", "results-not-published"])]
    public async Task<IResult> Board([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/competitions/{competitionId}/leaderboard")] HttpRequest request, string competitionId)
    {
        var found = await leaderboard.ReadAsync(request.Caller(), Id(competitionId), request.Query<Leaderboard.Query>(), request.HttpContext.RequestAborted);
        return found.Answer(page => Answer.Ok(page));
    }

    [Function("RehearseRun"), Requires(Permissions.CompetitionManage, In = ScopeType.Competition, By = "competitionId")]
    [Operation("Take a competition through its rounds with people who do not exist", Description = "By the steps that will take it through them in earnest. Says when what happens, what would be sent to how many, and what would go wrong. Nothing of it stays.",
        Body = typeof(RehearseRun.Request), Answer = typeof(RehearseRun.View), Problems = ["not-found", "competition-ended", "run-started", "run-not-ready"])]
    public async Task<IResult> Rehearse([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/competitions/{competitionId}/rehearsal")] HttpRequest request, string competitionId)
    {
        var rehearsed = await rehearse.RunAsync(request.Caller(), Id(competitionId), await request.ReadAsync<RehearseRun.Request>(), request.HttpContext.RequestAborted);
        return rehearsed.Answer(view => Answer.Ok(view));
    }

    private static Guid Id(string text) => RequestReading.Id(text, "competition");

    private static Guid RoundId(string text) => RequestReading.Id(text, "round");
}
