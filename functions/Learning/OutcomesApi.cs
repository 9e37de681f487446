using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Podium.Functions.Api;
using Podium.Learning.Outcomes;
using Podium.Platform.Access;
using Podium.Platform.Api;

namespace Podium.Functions.Learning;

/// <summary>How learners fare, for authors.</summary>
public sealed class OutcomesApi(ReadOutcomes outcomes)
{
    [Function("GetTrackOutcomes"), Requires(Permissions.ContentManage)]
    [Operation("Where learners of a track stop", Description = "By lesson and challenge. Completions are counted every five minutes, who has stopped every night.", Answer = typeof(ReadOutcomes.TrackOutcome), Problems = ["not-found"])]
    public async Task<IResult> Track([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/authoring/tracks/{trackId}/outcomes")] HttpRequest request, string trackId)
    {
        var found = await outcomes.TrackAsync(request.Caller(), RequestReading.Id(trackId, "track"), request.HttpContext.RequestAborted);
        return found.Answer(view => Answer.Ok(view));
    }

    [Function("GetChallengeOutcomes"), Requires(Permissions.ContentManage)]
    [Operation("How a challenge is completed, by month and by version, and whether it is as hard as it says", Answer = typeof(ReadOutcomes.ChallengeOutcome), Problems = ["not-found"])]
    public async Task<IResult> Challenge([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/authoring/challenges/{challengeId}/outcomes")] HttpRequest request, string challengeId)
    {
        var found = await outcomes.ChallengeAsync(request.Caller(), RequestReading.Id(challengeId, "challenge"), request.HttpContext.RequestAborted);
        return found.Answer(view => Answer.Ok(view));
    }
}
