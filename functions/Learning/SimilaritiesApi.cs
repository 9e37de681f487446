using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Podium.Functions.Api;
using Podium.Learning.Plagiarism;
using Podium.Platform.Access;
using Podium.Platform.Api;

namespace Podium.Functions.Learning;

/// <summary>Solutions of a challenge that are alike, for its authors alone.</summary>
public sealed class SimilaritiesApi(CompareSolutions compare, SolutionPairs pairs)
{
    [Function("CompareSolutions"), Requires(Permissions.ContentManage)]
    [Operation("Compare the solutions of a challenge", Description = "Each learner's first solution that passed, without what they were given and what the reference solution says too. From then on it is done again every night after which there are new ones.",
        Answer = typeof(CompareSolutions.View), Problems = ["not-found"])]
    public async Task<IResult> Compare([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/authoring/challenges/{challengeId}/similarities")] HttpRequest request, string challengeId)
    {
        var compared = await compare.RunAsync(request.Caller(), RequestReading.Id(challengeId, "challenge"), request.HttpContext.RequestAborted);
        return compared.Answer(view => Answer.Ok(view));
    }

    [Function("ListSimilarities"), Requires(Permissions.ContentManage)]
    [Operation("Pairs of solutions that are alike", Query = typeof(SolutionPairs.Query), Answer = typeof(Page<SolutionPairs.View>), Problems = ["not-found"])]
    public async Task<IResult> List([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/authoring/challenges/{challengeId}/similarities")] HttpRequest request, string challengeId)
    {
        var found = await pairs.ListAsync(request.Caller(), RequestReading.Id(challengeId, "challenge"), request.Query<SolutionPairs.Query>(), request.HttpContext.RequestAborted);
        return found.Answer(page => Answer.Ok(page));
    }

    [Function("ListAllSimilarities"), Requires(Permissions.ContentManage)]
    [Operation("Pairs of solutions that are alike, of all challenges", Query = typeof(SolutionPairs.Query), Answer = typeof(Page<SolutionPairs.View>))]
    public async Task<IResult> ListAll([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/authoring/similarities")] HttpRequest request)
    {
        var found = await pairs.ListAsync(request.Caller(), null, request.Query<SolutionPairs.Query>(), request.HttpContext.RequestAborted);
        return found.Answer(page => Answer.Ok(page));
    }

    [Function("GetSimilarity"), Requires(Permissions.ContentManage)]
    [Operation("Two solutions side by side, with the lines that say the same", Answer = typeof(SolutionPairs.Report), Problems = ["not-found"])]
    public async Task<IResult> Get([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/authoring/similarities/{pairId}")] HttpRequest request, string pairId)
    {
        var found = await pairs.ReadAsync(request.Caller(), RequestReading.Id(pairId, "pair"), request.HttpContext.RequestAborted);
        return found.Answer(report => Answer.Ok(report, report.Pair.Version));
    }

    [Function("DecideSimilarity"), Requires(Permissions.ContentManage)]
    [Operation("Say what two solutions that are alike are", Body = typeof(SolutionPairs.Request), Answer = typeof(SolutionPairs.View), Problems = ["not-found", "stale", "own-pair"])]
    public async Task<IResult> Decide([HttpTrigger(AuthorizationLevel.Anonymous, "put", Route = "api/authoring/similarities/{pairId}/decision")] HttpRequest request, string pairId)
    {
        var decided = await pairs.DecideAsync(request.Caller(), RequestReading.Id(pairId, "pair"), await request.ReadAsync<SolutionPairs.Request>(), request.IfMatch(), request.HttpContext.RequestAborted);
        return decided.Answer(view => Answer.Ok(view, view.Version));
    }
}
