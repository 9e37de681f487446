using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Podium.Functions.Api;
using Podium.Learning;
using Podium.Learning.Recommendations;
using Podium.Platform.Access;
using Podium.Platform.Api;

namespace Podium.Functions.Learning;

/// <summary>Coding practice for learners: tracks, challenges, attempts, boards.</summary>
public sealed class LearningApi(Catalogue catalogue, LearnerViews views, Enrol enrol, SubmitAttempt submit, TakeHint hints, ChallengeStatistics statistics, RecommendChallenges recommend)
{
    [Function("ListTracks"), Anyone]
    [Operation("Published tracks", Answer = typeof(Catalogue.Tracks))]
    public async Task<IResult> Tracks([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/tracks")] HttpRequest request) =>
        Answer.Ok(await catalogue.TracksAsync(request.Caller(), request.HttpContext.RequestAborted));

    [Function("ListTrackChallenges"), Anyone]
    [Operation("The challenges of a track, in their order", Answer = typeof(Catalogue.Lines), Problems = ["not-found"])]
    public async Task<IResult> Challenges([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/tracks/{trackId}/challenges")] HttpRequest request, string trackId)
    {
        var found = await catalogue.ChallengesAsync(request.Caller(), RequestReading.Id(trackId, "track"), request.HttpContext.RequestAborted);
        return found.Answer(lines => Answer.Ok(lines));
    }

    [Function("EnrolInTrack"), SignedIn]
    [Operation("Enrol in a track", Answer = typeof(Enrol.View), Problems = ["not-found"])]
    public async Task<IResult> Enrolment([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/tracks/{trackId}/enrollment")] HttpRequest request, string trackId)
    {
        var enrolled = await enrol.Run(request.Caller(), RequestReading.Id(trackId, "track"), request.HttpContext.RequestAborted);
        return enrolled.Answer(view => Answer.Ok(view));
    }

    [Function("GetTrackStatistics"), Requires(Permissions.ContentManage)]
    [Operation("How the challenges of a track are completed", Description = "Counted within five minutes after an attempt.", Answer = typeof(ChallengeStatistics.View), Problems = ["not-found"])]
    public async Task<IResult> Statistics([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/authoring/tracks/{trackId}/statistics")] HttpRequest request, string trackId)
    {
        var found = await statistics.ReadAsync(request.Caller(), RequestReading.Id(trackId, "track"), request.HttpContext.RequestAborted);
        return found.Answer(view => Answer.Ok(view));
    }

    [Function("GetLearningDashboard"), SignedIn]
    [Operation("My tracks, how far I am, and my streak", Answer = typeof(LearnerViews.Dashboard))]
    public async Task<IResult> Dashboard([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/me/learning")] HttpRequest request) =>
        Answer.Ok(await views.DashboardAsync(request.Caller(), request.HttpContext.RequestAborted));

    [Function("GetRecommendations"), SignedIn]
    [Operation("What I may do next, and why", Answer = typeof(RecommendChallenges.View))]
    public async Task<IResult> Recommendations([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/me/learning/recommendations")] HttpRequest request) =>
        Answer.Ok(await recommend.RunAsync(request.Caller(), request.HttpContext.RequestAborted));

    [Function("GetChallenge"), Anyone]
    [Operation("A challenge, and how I stand with it", Answer = typeof(LearnerViews.Challenge), Problems = ["not-found"])]
    public async Task<IResult> Challenge([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/challenges/{challengeId}")] HttpRequest request, string challengeId)
    {
        var found = await views.ChallengeAsync(request.Caller(), Id(challengeId), request.HttpContext.RequestAborted);
        return found.Answer(view => Answer.Ok(view));
    }

    [Function("SubmitAttempt"), SignedIn]
    [Operation("Try a challenge", Body = typeof(SubmitAttempt.Request), Answer = typeof(SubmitAttempt.View), Status = 201, Problems = ["not-found", "id-taken", "sandbox-busy"])]
    public async Task<IResult> Submit([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/challenges/{challengeId}/attempts")] HttpRequest request, string challengeId)
    {
        var tried = await submit.Run(request.Caller(), Id(challengeId), await request.ReadAsync<SubmitAttempt.Request>(), request.HttpContext.RequestAborted);
        return tried.Answer(view => Answer.Created($"/api/challenges/{challengeId}/attempts", view));
    }

    [Function("ListMyAttempts"), SignedIn]
    [Operation("My attempts at a challenge", Query = typeof(PageQuery), Answer = typeof(Page<LearnerViews.Attempt>), Problems = ["not-found"])]
    public async Task<IResult> Attempts([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/challenges/{challengeId}/attempts")] HttpRequest request, string challengeId)
    {
        var attempts = await views.AttemptsAsync(request.Caller(), Id(challengeId), request.Query<PageQuery>(), request.HttpContext.RequestAborted);
        return attempts.Answer(view => Answer.Ok(view));
    }

    [Function("TakeHint"), SignedIn]
    [Operation("Take the next hint, for its cost", Answer = typeof(TakeHint.View), Problems = ["not-found", "no-more-hints"])]
    public async Task<IResult> Hint([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/challenges/{challengeId}/hints")] HttpRequest request, string challengeId)
    {
        var taken = await hints.Run(request.Caller(), Id(challengeId), request.HttpContext.RequestAborted);
        return taken.Answer(view => Answer.Ok(view));
    }

    [Function("GetLeaderboard"), Anyone]
    [Operation("Who did a challenge best and first", Answer = typeof(LearnerViews.Leaderboard), Problems = ["not-found"])]
    public async Task<IResult> Leaderboard([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/challenges/{challengeId}/leaderboard")] HttpRequest request, string challengeId)
    {
        var found = await views.LeaderboardAsync(request.Caller(), Id(challengeId), request.HttpContext.RequestAborted);
        return found.Answer(view => Answer.Ok(view));
    }

    private static Guid Id(string text) => RequestReading.Id(text, "challenge");
}
