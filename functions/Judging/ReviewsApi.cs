using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Podium.Functions.Api;
using Podium.Judging;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Files;

namespace Podium.Functions.Judging;

/// <summary>What judges have to review, and what they say of it.</summary>
public sealed class ReviewsApi(Reviews reviews, WriteReview write)
{
    [Function("ListOwnReviews"), SignedIn]
    [Operation("What one has to review, and has reviewed", Query = typeof(PageQuery), Answer = typeof(Page<Reviews.Waiting>))]
    public async Task<IResult> Own([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/me/reviews")] HttpRequest request) =>
        Answer.Ok(await reviews.OwnAsync(request.Caller(), request.Query<PageQuery>(), request.HttpContext.RequestAborted));

    [Function("GetReview"), SignedIn]
    [Operation("A review of one's own, with its rubric", Answer = typeof(Reviews.View), Problems = ["not-found", "no-rubric"])]
    public async Task<IResult> Get([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/reviews/{reviewId}")] HttpRequest request, string reviewId)
    {
        var found = await reviews.ReadAsync(request.Caller(), Id(reviewId), request.HttpContext.RequestAborted);
        return found.Answer(view => Answer.Ok(view, view.Review?.Version ?? 0));
    }

    [Function("DownloadReviewFile"), SignedIn]
    [Operation("A URL to download a file of what is to be judged", Answer = typeof(DownloadFile.Link), Problems = ["not-found", "file-not-ready", "file-revoked", "file-damaged"])]
    public async Task<IResult> Download([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/reviews/{reviewId}/files/{fileId}/download")] HttpRequest request, string reviewId, string fileId)
    {
        var link = await reviews.DownloadAsync(request.Caller(), Id(reviewId), RequestReading.Id(fileId, "file"), request.HttpContext.RequestAborted);
        return link.Answer(Answer.Secret);
    }

    [Function("SaveReview"), SignedIn]
    [Operation("Keep a draft", Description = "As often as one likes, incomplete as it may be. What is absent stays; a mark that is null is taken back.",
        Body = typeof(WriteReview.Draft), Answer = typeof(Reviews.View), Problems = ["not-found", "no-rubric", "review-final", "review-over", "stale", "forbidden"])]
    public async Task<IResult> Save([HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = "api/reviews/{reviewId}")] HttpRequest request, string reviewId)
    {
        var saved = await write.SaveAsync(request.Caller(), Id(reviewId), await request.ReadAsync<WriteReview.Draft>(), request.IfMatch(), request.HttpContext.RequestAborted);
        return saved.Answer(view => Answer.Ok(view, view.Review?.Version ?? 0));
    }

    [Function("FinishReview"), SignedIn]
    [Operation("Make a review final", Description = "With the last changes, if there are any. Every required mark must be there.",
        Body = typeof(WriteReview.Draft), Answer = typeof(Reviews.View), Problems = ["not-found", "no-rubric", "review-final", "review-over", "stale", "forbidden"])]
    public async Task<IResult> Finish([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/reviews/{reviewId}/final")] HttpRequest request, string reviewId)
    {
        var finished = await write.FinishAsync(request.Caller(), Id(reviewId), await request.ReadAsync<WriteReview.Draft>(), request.IfMatch(), request.HttpContext.RequestAborted);
        return finished.Answer(view => Answer.Ok(view, view.Review?.Version ?? 0));
    }

    [Function("RecuseReview"), SignedIn]
    [Operation("Give a review back", Description = "Somebody else is found; one does not get it again.", Body = typeof(WriteReview.Reasoned), Answer = typeof(Reviews.View), Problems = ["not-found", "no-rubric", "review-final", "forbidden"])]
    public async Task<IResult> Recuse([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/reviews/{reviewId}/recusal")] HttpRequest request, string reviewId)
    {
        var recused = await write.RecuseAsync(request.Caller(), Id(reviewId), await request.ReadAsync<WriteReview.Reasoned>(), request.HttpContext.RequestAborted);
        return recused.Answer(view => Answer.Ok(view, view.Review?.Version ?? 0));
    }

    [Function("ReopenReview"), Requires(Permissions.CompetitionManage, In = ScopeType.Competition, By = "competitionId")]
    [Operation("Let a judge change a final review", Body = typeof(WriteReview.Reasoned), Answer = typeof(Reviews.Written), Problems = ["not-found", "review-not-final", "review-placed"])]
    public async Task<IResult> Reopen([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/competitions/{competitionId}/reviews/{reviewId}/reopening")] HttpRequest request, string competitionId, string reviewId)
    {
        var reopened = await write.ReopenAsync(
            request.Caller(), RequestReading.Id(competitionId, "competition"), Id(reviewId), await request.ReadAsync<WriteReview.Reasoned>(), request.HttpContext.RequestAborted);
        return reopened.Answer(review => Answer.Ok(review, review.Version));
    }

    private static Guid Id(string text) => RequestReading.Id(text, "review");
}
