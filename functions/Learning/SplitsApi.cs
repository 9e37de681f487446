using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Podium.Functions.Api;
using Podium.Learning.Experiments;
using Podium.Platform.Access;
using Podium.Platform.Api;

namespace Podium.Functions.Learning;

/// <summary>Two versions of a challenge side by side, and which of them serves learners better.</summary>
public sealed class SplitsApi(VersionSplits splits)
{
    [Function("StartVersionSplit"), Requires(Permissions.ContentManage)]
    [Operation("Try a published version beside the active one", Description = "Learners who come new are given one of the two, and keep it. Until the split ends nothing else is published or brought back.",
        Body = typeof(VersionSplits.Request), Answer = typeof(VersionSplits.View), Status = 201, Problems = ["not-found", "id-taken", "content-archived", "not-published", "split-open"])]
    public async Task<IResult> Start([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/authoring/challenges/{challengeId}/splits")] HttpRequest request, string challengeId)
    {
        var started = await splits.StartAsync(request.Caller(), RequestReading.Id(challengeId, "challenge"), await request.ReadAsync<VersionSplits.Request>(), request.HttpContext.RequestAborted);
        return started.Answer(view => Answer.Created($"/api/authoring/splits/{view.Id}", view));
    }

    [Function("ListVersionSplits"), Requires(Permissions.ContentManage)]
    [Operation("What was tried side by side of a challenge", Query = typeof(PageQuery), Answer = typeof(Page<VersionSplits.View>), Problems = ["not-found"])]
    public async Task<IResult> List([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/authoring/challenges/{challengeId}/splits")] HttpRequest request, string challengeId)
    {
        var found = await splits.ListAsync(request.Caller(), RequestReading.Id(challengeId, "challenge"), request.Query<PageQuery>(), request.HttpContext.RequestAborted);
        return found.Answer(page => Answer.Ok(page));
    }

    [Function("GetVersionSplit"), Requires(Permissions.ContentManage)]
    [Operation("How learners of both versions fare", Description = "Differences with 95 % intervals, and a verdict once there are as many learners as were planned.", Answer = typeof(VersionSplits.Report), Problems = ["not-found"])]
    public async Task<IResult> Get([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/authoring/splits/{splitId}")] HttpRequest request, string splitId)
    {
        var found = await splits.ReadAsync(request.Caller(), RequestReading.Id(splitId, "split"), request.HttpContext.RequestAborted);
        return found.Answer(report => Answer.Ok(report));
    }

    [Function("EndVersionSplit"), Requires(Permissions.ContentManage)]
    [Operation("End a split: all learners get the version that is chosen", Body = typeof(VersionSplits.EndRequest), Answer = typeof(VersionSplits.View), Problems = ["not-found", "split-ended"])]
    public async Task<IResult> End([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/authoring/splits/{splitId}/end")] HttpRequest request, string splitId)
    {
        var ended = await splits.EndAsync(request.Caller(), RequestReading.Id(splitId, "split"), await request.ReadAsync<VersionSplits.EndRequest>(), request.HttpContext.RequestAborted);
        return ended.Answer(view => Answer.Ok(view));
    }
}
