using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Podium.Functions.Api;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Voting.Fraud;

namespace Podium.Functions.Voting;

/// <summary>Doubtful votes: by which rules, a day held against other rules, and what came of it all.</summary>
public sealed class FraudApi(FraudRulesBook book, ReplayVotes replays, FraudReport report)
{
    [Function("ReadFraudRules"), Requires(Permissions.VotingManage, Somewhere = true)]
    [Operation("What makes a vote doubtful here", Description = "Version 0 are the usual rules, which hold until somebody makes others.", Answer = typeof(FraudRulesBook.View), Problems = ["not-found"])]
    public async Task<IResult> Rules([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/voting-sessions/{votingId}/fraud-rules")] HttpRequest request, string votingId)
    {
        var read = await book.ReadAsync(request.Caller(), Id(votingId), request.HttpContext.RequestAborted);
        return read.Answer(view => Answer.Ok(view, view.Version));
    }

    [Function("SetFraudRules"), Requires(Permissions.VotingManage, Somewhere = true)]
    [Operation("Say what makes a vote doubtful here", Description = "Votes from now on are held against the new rules; earlier ones by a replay.",
        Body = typeof(FraudRules), Answer = typeof(FraudRulesBook.View), Problems = ["not-found", "stale", "voting-frozen"])]
    public async Task<IResult> SetRules([HttpTrigger(AuthorizationLevel.Anonymous, "put", Route = "api/voting-sessions/{votingId}/fraud-rules")] HttpRequest request, string votingId)
    {
        var set = await book.ReplaceAsync(request.Caller(), Id(votingId), await request.ReadAsync<FraudRules>(), request.IfMatch(), request.HttpContext.RequestAborted);
        return set.Answer(view => Answer.Ok(view, view.Version));
    }

    [Function("ReadVotingCaptcha"), Anyone]
    [Operation("Whether a vote here needs a captcha, and whose", Answer = typeof(FraudRulesBook.CaptchaView), Problems = ["not-found"])]
    public async Task<IResult> Captcha([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/voting-sessions/{votingId}/captcha")] HttpRequest request, string votingId)
    {
        var read = await book.CaptchaAsync(request.Caller(), Id(votingId), request.HttpContext.RequestAborted);
        return read.Answer(view => Answer.Ok(view));
    }

    [Function("AskForReplay"), Requires(Permissions.VotingManage, Somewhere = true)]
    [Operation("Hold a voting day against other rules", Description = "It is reckoned in the background and changes nothing before it is applied.",
        Body = typeof(ReplayVotes.Request), Answer = typeof(ReplayVotes.View), Status = 202, Problems = ["not-found", "voting-id-taken"])]
    public async Task<IResult> Ask([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/voting-sessions/{votingId}/replays")] HttpRequest request, string votingId)
    {
        var asked = await replays.AskAsync(request.Caller(), Id(votingId), await request.ReadAsync<ReplayVotes.Request>(), request.HttpContext.RequestAborted);
        return asked.Answer(view => Answer.Accepted(view, $"/api/voting-sessions/{votingId}/replays/{view.Id}"));
    }

    [Function("ReadReplay"), Requires(Permissions.VotingManage, Somewhere = true)]
    [Operation("What a replay would change", Answer = typeof(ReplayVotes.View), Problems = ["not-found"])]
    public async Task<IResult> Replay([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/voting-sessions/{votingId}/replays/{replayId}")] HttpRequest request, string votingId, string replayId)
    {
        var read = await replays.ReadAsync(request.Caller(), Id(votingId), RequestReading.Id(replayId, "replay"), request.HttpContext.RequestAborted);
        return read.Answer(view => Answer.Ok(view));
    }

    [Function("ApplyReplay"), Requires(Permissions.VotingManage, Somewhere = true)]
    [Operation("Let a replay's differences be so", Description = "Votes that have changed since, or that somebody has decided about, stay as they are. Every change goes on the voting's log.",
        Answer = typeof(ReplayVotes.View), Problems = ["not-found", "replay-not-ready", "voting-frozen"])]
    public async Task<IResult> Apply([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/voting-sessions/{votingId}/replays/{replayId}/application")] HttpRequest request, string votingId, string replayId)
    {
        var applied = await replays.ApplyAsync(request.Caller(), Id(votingId), RequestReading.Id(replayId, "replay"), request.HttpContext.RequestAborted);
        return applied.Answer(view => Answer.Ok(view));
    }

    [Function("ReadFraudReport"), Requires(Permissions.VotingManage, Somewhere = true)]
    [Operation("What was doubtful about a voting", Description = "How many votes, why, for whom, from where, and what was decided.", Answer = typeof(FraudReport.Report), Problems = ["not-found"])]
    public async Task<IResult> Report([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/voting-sessions/{votingId}/fraud-report")] HttpRequest request, string votingId)
    {
        var read = await report.ReadAsync(request.Caller(), Id(votingId), request.HttpContext.RequestAborted);
        return read.Answer(view => Answer.Ok(view));
    }

    private static Guid Id(string text) => RequestReading.Id(text, "voting");
}
