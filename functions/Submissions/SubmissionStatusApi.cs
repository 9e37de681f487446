using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Podium.Functions.Api;
using Podium.Platform.Api;
using Podium.Platform.Live;
using Podium.Platform.Security;
using Podium.Submissions;

namespace Podium.Functions.Submissions;

/// <summary>How far a submission has come, and signed receipts of what has arrived.</summary>
public sealed class SubmissionStatusApi(SubmissionStanding standing, Receipts receipts, StatementKeys keys, LiveStreams streams)
{
    [Function("GetSubmissionStatus"), SignedIn]
    [Operation("The status of a submission", Answer = typeof(SubmissionStanding.View), Problems = ["not-found"])]
    public async Task<IResult> Status([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/submissions/{submissionId}/status")] HttpRequest request, string submissionId)
    {
        var found = await standing.ReadAsync(request.Caller(), Id(submissionId), request.HttpContext.RequestAborted);
        return found.Answer(view => Answer.Ok(view));
    }

    [Function("StreamSubmission"), SignedIn]
    [Operation("The status of a submission, as it changes", MediaType = LiveStreams.MediaType, Problems = ["not-found", "too-many-streams"])]
    public async Task<IResult> Stream([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/submissions/{submissionId}/stream")] HttpRequest request, string submissionId)
    {
        var topic = await standing.TopicAsync(request.Caller(), Id(submissionId), request.HttpContext.RequestAborted);
        return topic.Answer(open => streams.Open(request, open));
    }

    [Function("GetReceipt"), SignedIn]
    [Operation("The receipt of a submission", Description = "A signed statement of what arrived when (a JWS, ES256).", Answer = typeof(Receipts.Receipt), Problems = ["not-found", "no-receipt"])]
    public async Task<IResult> Receipt([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/submissions/{submissionId}/receipt")] HttpRequest request, string submissionId)
    {
        var found = await receipts.ReadAsync(request.Caller(), Id(submissionId), request.HttpContext.RequestAborted);
        return found.Answer(receipt => Answer.Ok(receipt));
    }

    [Function("VerifyReceipt"), Anyone]
    [Operation("Whether a receipt is ours, and what it says", Body = typeof(Receipts.Request), Answer = typeof(Receipts.Verification))]
    public async Task<IResult> Verify([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/receipts/verification")] HttpRequest request) =>
        Answer.Ok(await receipts.VerifyAsync(request.Caller(), await request.ReadAsync<Receipts.Request>(), request.HttpContext.RequestAborted));

    [Function("GetReceiptKeys"), Anyone]
    [Operation("The keys that receipts were ever signed with", Answer = typeof(StatementKeys.KeySet))]
    public async Task<IResult> Keys([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/receipts/keys")] HttpRequest request) =>
        Answer.Ok(await keys.PublishedAsync(request.Caller(), request.HttpContext.RequestAborted));

    private static Guid Id(string text) => RequestReading.Id(text, "submission");
}
