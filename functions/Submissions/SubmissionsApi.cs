using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Podium.Functions.Api;
using Podium.Platform.Api;
using Podium.Platform.Files;
using Podium.Submissions;

namespace Podium.Functions.Submissions;

/// <summary>Handing something in: drafts, files, versions. Every answer says how many attempts are left.</summary>
public sealed class SubmissionsApi(ReadSubmissions submissions, DraftSubmission draft, HandIn handIn)
{
    [Function("GetOwnPossibleSubmission"), SignedIn]
    [Operation("What one may hand in: rules, deadline, attempts left", Query = typeof(ReadSubmissions.Query), Answer = typeof(ReadSubmissions.Possible), Problems = ["not-found", "not-taking-part", "submissions-not-taken"])]
    public async Task<IResult> Possible([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/competitions/{competitionId}/own-submission")] HttpRequest request, string competitionId)
    {
        var found = await submissions.PossibleAsync(request.Caller(), RequestReading.Id(competitionId, "competition"), request.Query<ReadSubmissions.Query>(), request.HttpContext.RequestAborted);
        return found.Answer(possible => Answer.Ok(possible));
    }

    [Function("BeginSubmission"), SignedIn]
    [Operation("Begin a version", Description = "With `files` the answer has a URL for each, which takes exactly that file: one PUT of the whole content. With `submit` it is handed in at once, and counts as soon as its files have come and are found right.",
        Body = typeof(DraftSubmission.Request), Answer = typeof(ReadSubmissions.Standing), Status = 201,
        Problems = ["not-found", "forbidden", "not-taking-part", "submissions-not-taken", "submissions-closed", "draft-exists", "attempts-used", "too-many-files", "id-taken", "file-id-taken", "too-many-uploads", "competition-frozen"])]
    public async Task<IResult> Begin([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/competitions/{competitionId}/submissions")] HttpRequest request, string competitionId)
    {
        var begun = await draft.BeginAsync(request.Caller(), RequestReading.Id(competitionId, "competition"), await request.ReadAsync<DraftSubmission.Request>(), request.HttpContext.RequestAborted);
        return begun.Answer(standing => Answer.Created($"/api/submissions/{standing.Submission.Id}", standing, standing.Submission.Version));
    }

    [Function("ListOwnSubmissions"), SignedIn]
    [Operation("All versions of what one's entries hand in", Query = typeof(PageQuery), Answer = typeof(Page<ReadSubmissions.Summary>))]
    public async Task<IResult> Own([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/me/submissions")] HttpRequest request) =>
        Answer.Ok(await submissions.OwnAsync(request.Caller(), request.Query<PageQuery>(), request.HttpContext.RequestAborted));

    [Function("GetSubmission"), SignedIn]
    [Operation("A version with its files", Description = "For its team and the organisers.", Answer = typeof(ReadSubmissions.Standing), Problems = ["not-found"])]
    public async Task<IResult> Get([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/submissions/{submissionId}")] HttpRequest request, string submissionId)
    {
        var found = await submissions.ReadAsync(request.Caller(), Id(submissionId), request.HttpContext.RequestAborted);
        return found.Answer(standing => Answer.Ok(standing, standing.Submission.Version));
    }

    [Function("ChangeSubmission"), SignedIn]
    [Operation("Fill a draft in", Body = typeof(DraftSubmission.Change), Answer = typeof(ReadSubmissions.Standing),
        Problems = ["not-found", "forbidden", "stale", "submission-not-draft", "not-taking-part", "submissions-not-taken", "submissions-closed", "competition-frozen"])]
    public async Task<IResult> Change([HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = "api/submissions/{submissionId}")] HttpRequest request, string submissionId)
    {
        var changed = await draft.ChangeAsync(request.Caller(), Id(submissionId), await request.ReadAsync<DraftSubmission.Change>(), request.IfMatch(), request.HttpContext.RequestAborted);
        return changed.Answer(standing => Answer.Ok(standing, standing.Submission.Version));
    }

    [Function("DiscardSubmission"), SignedIn]
    [Operation("Discard a draft", Status = 204, Problems = ["not-found", "forbidden", "stale", "submission-not-draft", "competition-frozen"])]
    public async Task<IResult> Discard([HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/submissions/{submissionId}")] HttpRequest request, string submissionId)
    {
        var gone = await draft.DiscardAsync(request.Caller(), Id(submissionId), request.IfMatch(), request.HttpContext.RequestAborted);
        return gone.Answer(_ => Answer.NoContent());
    }

    [Function("AddSubmissionFile"), SignedIn]
    [Operation("Give a draft a file", Description = "The answer has the URL that takes it. Ask again with the same id for a fresh URL.", Body = typeof(DraftSubmission.FileRequest), Answer = typeof(ReadSubmissions.Standing), Status = 201,
        Problems = ["not-found", "forbidden", "submission-not-draft", "not-taking-part", "submissions-not-taken", "submissions-closed", "too-many-files", "file-id-taken", "too-many-uploads", "competition-frozen"])]
    public async Task<IResult> AddFile([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/submissions/{submissionId}/files")] HttpRequest request, string submissionId)
    {
        var added = await draft.AddFileAsync(request.Caller(), Id(submissionId), await request.ReadAsync<DraftSubmission.FileRequest>(), request.HttpContext.RequestAborted);
        return added.Answer(standing => Answer.Created($"/api/submissions/{standing.Submission.Id}", standing, standing.Submission.Version));
    }

    [Function("RemoveSubmissionFile"), SignedIn]
    [Operation("Take a file from a draft", Answer = typeof(ReadSubmissions.Standing), Problems = ["not-found", "forbidden", "submission-not-draft", "not-taking-part", "submissions-not-taken", "submissions-closed", "competition-frozen"])]
    public async Task<IResult> RemoveFile([HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/submissions/{submissionId}/files/{fileId}")] HttpRequest request, string submissionId, string fileId)
    {
        var removed = await draft.RemoveFileAsync(request.Caller(), Id(submissionId), RequestReading.Id(fileId, "file"), request.HttpContext.RequestAborted);
        return removed.Answer(standing => Answer.Ok(standing, standing.Submission.Version));
    }

    [Function("DownloadSubmissionFile"), SignedIn]
    [Operation("A URL to download a file by", Description = "For its team and the organisers; judges ask at their review. It reads this one file, for some minutes.", Answer = typeof(DownloadFile.Link),
        Problems = ["not-found", "file-not-ready", "file-revoked", "file-damaged"])]
    public async Task<IResult> Download([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/submissions/{submissionId}/files/{fileId}/download")] HttpRequest request, string submissionId, string fileId)
    {
        var link = await submissions.DownloadAsync(request.Caller(), Id(submissionId), RequestReading.Id(fileId, "file"), request.HttpContext.RequestAborted);
        return link.Answer(Answer.Secret);
    }

    [Function("HandInSubmission"), SignedIn]
    [Operation("Hand a draft in", Description = "It takes an attempt, and is PENDING until all its files have come and are found right.", Answer = typeof(ReadSubmissions.Standing),
        Problems = ["not-found", "forbidden", "stale", "invalid", "submission-not-draft", "not-taking-part", "submissions-not-taken", "submissions-closed", "attempts-used", "competition-frozen"])]
    public async Task<IResult> Submit([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/submissions/{submissionId}/handing-in")] HttpRequest request, string submissionId)
    {
        var done = await handIn.Run(request.Caller(), Id(submissionId), request.IfMatch(), request.HttpContext.RequestAborted);
        return done.Answer(standing => Answer.Ok(standing, standing.Submission.Version));
    }

    [Function("WithdrawSubmission"), SignedIn]
    [Operation("Take back what was handed in", Description = "By the team while it may hand in; by organisers always, who say why. What is still under validation gives its attempt back.", Body = typeof(HandIn.Withdrawal),
        Answer = typeof(ReadSubmissions.Standing), Problems = ["not-found", "forbidden", "submission-draft", "submission-withdrawn", "not-taking-part", "submissions-not-taken", "submissions-closed", "competition-ended", "competition-frozen"])]
    public async Task<IResult> Withdraw([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/submissions/{submissionId}/withdrawal")] HttpRequest request, string submissionId)
    {
        var done = await handIn.WithdrawAsync(request.Caller(), Id(submissionId), await request.ReadAsync<HandIn.Withdrawal>(), request.HttpContext.RequestAborted);
        return done.Answer(standing => Answer.Ok(standing, standing.Submission.Version));
    }

    [Function("RestoreSubmission"), SignedIn]
    [Operation("Make an earlier version count again", Description = "As a new version with the same answers and files, handed in now. It takes no attempt.", Answer = typeof(ReadSubmissions.Standing), Status = 201,
        Problems = ["not-found", "forbidden", "submission-draft", "submission-not-valid", "not-taking-part", "submissions-not-taken", "submissions-closed", "competition-frozen"])]
    public async Task<IResult> Restore([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/submissions/{submissionId}/restoration")] HttpRequest request, string submissionId)
    {
        var done = await handIn.RestoreAsync(request.Caller(), Id(submissionId), request.HttpContext.RequestAborted);
        return done.Answer(standing => Answer.Created($"/api/submissions/{standing.Submission.Id}", standing, standing.Submission.Version));
    }

    private static Guid Id(string text) => RequestReading.Id(text, "submission");
}
