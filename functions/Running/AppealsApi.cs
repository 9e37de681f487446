using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Podium.Functions.Api;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Running;

namespace Podium.Functions.Running;

/// <summary>Appeals against the places of a round, what they change, and what an entry may read of its own marks.</summary>
public sealed class AppealsApi(Appeals appeals, RaiseAppeal raise, DecideAppeal decide, RoundHistory history)
{
    [Function("RaiseAppeal"), SignedIn]
    [Operation("Appeal against the places of a round", Description = "Those of the entry, its captain for a team, while the round's `appealHours` last: once against the same places.",
        Body = typeof(RaiseAppeal.Request), Answer = typeof(Appeals.Details), Status = 201, Problems = ["not-found", "run-not-running", "forbidden", "appeals-closed", "appeal-raised"])]
    public async Task<IResult> Raise([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/competitions/{competitionId}/rounds/{roundId}/appeals")] HttpRequest request, string competitionId, string roundId)
    {
        var raised = await raise.RunAsync(request.Caller(), Id(competitionId), RoundId(roundId), await request.ReadAsync<RaiseAppeal.Request>(), request.HttpContext.RequestAborted);
        return raised.Answer(details => Answer.Created($"/api/competitions/{competitionId}/appeals/{details.Appeal.Id}", details));
    }

    [Function("ListAppeals"), SignedIn]
    [Operation("The appeals of a round", Description = "All of them for organisers, one's own for those who take part.", Query = typeof(PageQuery), Answer = typeof(Page<Appeals.View>), Problems = ["not-found"])]
    public async Task<IResult> List([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/competitions/{competitionId}/rounds/{roundId}/appeals")] HttpRequest request, string competitionId, string roundId)
    {
        var found = await appeals.ListAsync(request.Caller(), Id(competitionId), RoundId(roundId), request.Query<PageQuery>(), request.HttpContext.RequestAborted);
        return found.Answer(page => Answer.Ok(page));
    }

    [Function("GetAppeal"), SignedIn]
    [Operation("An appeal, what was written about it, and the reviews that are written once more", Answer = typeof(Appeals.Details), Problems = ["not-found"])]
    public async Task<IResult> Get([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/competitions/{competitionId}/appeals/{appealId}")] HttpRequest request, string competitionId, string appealId)
    {
        var found = await appeals.ReadAsync(request.Caller(), Id(competitionId), AppealId(appealId), request.HttpContext.RequestAborted);
        return found.Answer(details => Answer.Ok(details));
    }

    [Function("SayOnAppeal"), SignedIn]
    [Operation("Write to the other side of an appeal", Body = typeof(RaiseAppeal.Words), Answer = typeof(Appeals.Details), Problems = ["not-found", "appeal-settled"])]
    public async Task<IResult> Say([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/competitions/{competitionId}/appeals/{appealId}/messages")] HttpRequest request, string competitionId, string appealId)
    {
        var said = await raise.SayAsync(request.Caller(), Id(competitionId), AppealId(appealId), await request.ReadAsync<RaiseAppeal.Words>(), request.HttpContext.RequestAborted);
        return said.Answer(details => Answer.Ok(details));
    }

    [Function("WithdrawAppeal"), SignedIn]
    [Operation("Take one's appeal back", Answer = typeof(Appeals.Details), Problems = ["not-found", "run-not-running", "forbidden", "appeal-settled"])]
    public async Task<IResult> Withdraw([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/competitions/{competitionId}/appeals/{appealId}/withdrawal")] HttpRequest request, string competitionId, string appealId)
    {
        var withdrawn = await raise.WithdrawAsync(request.Caller(), Id(competitionId), AppealId(appealId), request.HttpContext.RequestAborted);
        return withdrawn.Answer(details => Answer.Ok(details));
    }

    [Function("RejectAppeal"), Requires(Permissions.CompetitionConclude, In = ScopeType.Competition, By = "competitionId")]
    [Operation("Reject an appeal", Body = typeof(DecideAppeal.Answer), Answer = typeof(Appeals.Details), Problems = ["not-found", "run-not-running", "appeal-settled"])]
    public async Task<IResult> Reject([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/competitions/{competitionId}/appeals/{appealId}/rejection")] HttpRequest request, string competitionId, string appealId)
    {
        var rejected = await decide.RejectAsync(request.Caller(), Id(competitionId), AppealId(appealId), await request.ReadAsync<DecideAppeal.Answer>(), request.HttpContext.RequestAborted);
        return rejected.Answer(details => Answer.Ok(details));
    }

    [Function("RescoreAppeal"), Requires(Permissions.CompetitionConclude, In = ScopeType.Competition, By = "competitionId")]
    [Operation("Have reviews written once more because of an appeal", Description = "By the same judges. What they said before is kept, and counts until they are done.",
        Body = typeof(DecideAppeal.Order), Answer = typeof(Appeals.Details), Problems = ["not-found", "run-not-running", "appeal-settled"])]
    public async Task<IResult> Rescore([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/competitions/{competitionId}/appeals/{appealId}/rescoring")] HttpRequest request, string competitionId, string appealId)
    {
        var ordered = await decide.RescoreAsync(request.Caller(), Id(competitionId), AppealId(appealId), await request.ReadAsync<DecideAppeal.Order>(), request.HttpContext.RequestAborted);
        return ordered.Answer(details => Answer.Ok(details));
    }

    [Function("PreviewAppeal"), Requires(Permissions.CompetitionConclude, In = ScopeType.Competition, By = "competitionId")]
    [Operation("What making the places anew would change", Answer = typeof(DecideAppeal.Preview), Problems = ["not-found", "run-not-running", "appeal-settled"])]
    public async Task<IResult> Preview([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/competitions/{competitionId}/appeals/{appealId}/preview")] HttpRequest request, string competitionId, string appealId)
    {
        var found = await decide.PreviewAsync(request.Caller(), Id(competitionId), AppealId(appealId), request.HttpContext.RequestAborted);
        return found.Answer(preview => Answer.Ok(preview));
    }

    [Function("SettleAppeal"), Requires(Permissions.CompetitionConclude, In = ScopeType.Competition, By = "competitionId")]
    [Operation("Make the places anew because of an appeal", Description = "As the preview says. Who was let go on by the organisers still is; everybody whose place changes is told.",
        Body = typeof(DecideAppeal.Settlement), Answer = typeof(Appeals.Details), Problems = ["not-found", "run-not-running", "appeal-settled", "appeal-reviews-waiting"])]
    public async Task<IResult> Settle([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/competitions/{competitionId}/appeals/{appealId}/settlement")] HttpRequest request, string competitionId, string appealId)
    {
        var settled = await decide.SettleAsync(request.Caller(), Id(competitionId), AppealId(appealId), await request.ReadAsync<DecideAppeal.Settlement>(), request.HttpContext.RequestAborted);
        return settled.Answer(details => Answer.Ok(details));
    }

    [Function("ListRoundStandings"), Anyone]
    [Operation("Each time the places of a round were made, and what that changed", Description = "For everybody who may see the places.", Answer = typeof(RoundHistory.Standings), Problems = ["not-found", "results-not-published"])]
    public async Task<IResult> Standings([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/competitions/{competitionId}/rounds/{roundId}/standings")] HttpRequest request, string competitionId, string roundId)
    {
        var found = await history.StandingsAsync(request.Caller(), Id(competitionId), RoundId(roundId), request.HttpContext.RequestAborted);
        return found.Answer(standings => Answer.Ok(standings));
    }

    [Function("GetRoundFeedback"), SignedIn]
    [Operation("The marks and words that one's own entry got", Description = "When the places are told, where the round's judging has `feedback`. Judges are not named.",
        Answer = typeof(RoundHistory.Feedback), Problems = ["not-found", "forbidden", "results-not-published"])]
    public async Task<IResult> Feedback([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/competitions/{competitionId}/rounds/{roundId}/feedback")] HttpRequest request, string competitionId, string roundId)
    {
        var found = await history.FeedbackAsync(request.Caller(), Id(competitionId), RoundId(roundId), request.HttpContext.RequestAborted);
        return found.Answer(feedback => Answer.Ok(feedback));
    }

    private static Guid Id(string text) => RequestReading.Id(text, "competition");

    private static Guid RoundId(string text) => RequestReading.Id(text, "round");

    private static Guid AppealId(string text) => RequestReading.Id(text, "appeal");
}
