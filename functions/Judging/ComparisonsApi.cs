using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Podium.Functions.Api;
using Podium.Judging;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Files;

namespace Podium.Functions.Judging;

/// <summary>Judging by comparing two entries at a time.</summary>
public sealed class ComparisonsApi(Comparisons comparisons, ComparePairs compare)
{
    [Function("GetComparisons"), Requires(Permissions.CompetitionManage, In = ScopeType.Competition, By = "competitionId")]
    [Operation("How entries compare and judges agree in a round", Description = "Strengths by Bradley and Terry's model with their 95 % intervals, and how far each judge agrees with all others.",
        Answer = typeof(Comparisons.View), Problems = ["not-found"])]
    public async Task<IResult> Get([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/competitions/{competitionId}/rounds/{roundId}/comparisons")] HttpRequest request, string competitionId, string roundId)
    {
        var found = await comparisons.ReadAsync(request.Caller(), Competition(competitionId), Round(roundId), request.HttpContext.RequestAborted);
        return found.Answer(view => Answer.Ok(view));
    }

    [Function("OpenComparisons"), Requires(Permissions.CompetitionManage, In = ScopeType.Competition, By = "competitionId")]
    [Operation("Let judges compare", Description = "Where a competition goes through its rounds by itself, it does so by itself. Once more, it opens again.",
        Answer = typeof(Comparisons.View), Problems = ["not-found", "competition-ended", "no-comparison-rubric"])]
    public async Task<IResult> Open([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/competitions/{competitionId}/rounds/{roundId}/comparisons")] HttpRequest request, string competitionId, string roundId)
    {
        var opened = await comparisons.OpenAsync(request.Caller(), Competition(competitionId), Round(roundId), request.HttpContext.RequestAborted);
        return opened.Answer(view => Answer.Ok(view));
    }

    [Function("CloseComparisons"), Requires(Permissions.CompetitionManage, In = ScopeType.Competition, By = "competitionId")]
    [Operation("Let nobody compare any more", Answer = typeof(Comparisons.View), Problems = ["not-found", "competition-ended"])]
    public async Task<IResult> Close([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/competitions/{competitionId}/rounds/{roundId}/comparisons/closing")] HttpRequest request, string competitionId, string roundId)
    {
        var closed = await comparisons.CloseAsync(request.Caller(), Competition(competitionId), Round(roundId), request.HttpContext.RequestAborted);
        return closed.Answer(view => Answer.Ok(view));
    }

    [Function("NextComparison"), Requires(Permissions.CompetitionJudge, In = ScopeType.Competition, By = "competitionId")]
    [Operation("Ask for the next two entries to compare", Description = "The same two until they are answered. Chosen so that all entries are seen about equally often and each answer tells as much as it can; never two that one has a conflict of interest with.",
        Answer = typeof(ComparePairs.Next), Problems = ["not-found", "not-of-panel", "comparisons-closed"])]
    public async Task<IResult> Next([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/competitions/{competitionId}/rounds/{roundId}/comparisons/next")] HttpRequest request, string competitionId, string roundId)
    {
        var next = await compare.NextAsync(request.Caller(), Competition(competitionId), Round(roundId), request.HttpContext.RequestAborted);
        return next.Answer(view => Answer.Ok(view));
    }

    [Function("GetComparison"), SignedIn]
    [Operation("Two entries that one compares or has compared", Answer = typeof(ComparePairs.View), Problems = ["not-found"])]
    public async Task<IResult> One([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/comparisons/{comparisonId}")] HttpRequest request, string comparisonId)
    {
        var found = await compare.ReadAsync(request.Caller(), Id(comparisonId), request.HttpContext.RequestAborted);
        return found.Answer(view => Answer.Ok(view));
    }

    [Function("AnswerComparison"), SignedIn]
    [Operation("Say which of the two is the better", Body = typeof(ComparePairs.AnswerRequest), Answer = typeof(ComparePairs.View), Problems = ["not-found", "forbidden", "comparison-answered", "comparisons-closed"])]
    public async Task<IResult> Say([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/comparisons/{comparisonId}/answer")] HttpRequest request, string comparisonId)
    {
        var answered = await compare.AnswerAsync(request.Caller(), Id(comparisonId), await request.ReadAsync<ComparePairs.AnswerRequest>(), request.HttpContext.RequestAborted);
        return answered.Answer(view => Answer.Ok(view));
    }

    [Function("UndoComparison"), SignedIn]
    [Operation("Take one's last answer back", Description = "The same two wait for an answer again.", Answer = typeof(ComparePairs.View), Problems = ["not-found", "forbidden", "not-the-last", "comparisons-closed"])]
    public async Task<IResult> Undo([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/comparisons/{comparisonId}/undoing")] HttpRequest request, string comparisonId)
    {
        var undone = await compare.UndoAsync(request.Caller(), Id(comparisonId), request.HttpContext.RequestAborted);
        return undone.Answer(view => Answer.Ok(view));
    }

    [Function("DownloadComparisonFile"), SignedIn]
    [Operation("A URL to download a file of one of the two", Answer = typeof(DownloadFile.Link), Problems = ["not-found", "file-not-ready", "file-revoked", "file-damaged"])]
    public async Task<IResult> Download([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/comparisons/{comparisonId}/files/{fileId}/download")] HttpRequest request, string comparisonId, string fileId)
    {
        var link = await compare.DownloadAsync(request.Caller(), Id(comparisonId), RequestReading.Id(fileId, "file"), request.HttpContext.RequestAborted);
        return link.Answer(Answer.Secret);
    }

    private static Guid Competition(string text) => RequestReading.Id(text, "competition");

    private static Guid Round(string text) => RequestReading.Id(text, "round");

    private static Guid Id(string text) => RequestReading.Id(text, "comparison");
}
