using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Podium.Functions.Api;
using Podium.Learning.Community;
using Podium.Platform.Access;
using Podium.Platform.Api;

namespace Podium.Functions.Learning;

/// <summary>What learners say about challenges, and the solutions they share. All of it is plain text, to be shown as text.</summary>
public sealed class PostsApi(Posts posts, WritePost write, VotePost vote)
{
    [Function("ListComments"), SignedIn]
    [Operation("What is said about a challenge", Description = "What begins a thread, or the answers to a `parent`; the newest first.", Query = typeof(Posts.CommentQuery), Answer = typeof(Page<Posts.View>), Problems = ["not-found", "not-completed"])]
    public async Task<IResult> Comments([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/challenges/{challengeId}/comments")] HttpRequest request, string challengeId)
    {
        var found = await posts.CommentsAsync(request.Caller(), Challenge(challengeId), request.Query<Posts.CommentQuery>(), request.HttpContext.RequestAborted);
        return found.Answer(page => Answer.Ok(page));
    }

    [Function("AddComment"), SignedIn]
    [Operation("Say something about a challenge, or answer", Body = typeof(WritePost.Comment), Answer = typeof(Posts.View), Status = 201,
        Problems = ["not-found", "not-completed", "id-taken", "muted", "too-many-posts", "thread-too-deep", "post-gone"])]
    public async Task<IResult> Comment([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/challenges/{challengeId}/comments")] HttpRequest request, string challengeId)
    {
        var said = await write.CommentAsync(request.Caller(), Challenge(challengeId), await request.ReadAsync<WritePost.Comment>(), request.HttpContext.RequestAborted);
        return said.Answer(view => Answer.Created($"/api/challenges/{challengeId}/comments", view));
    }

    [Function("ListSharedSolutions"), SignedIn]
    [Operation("Solutions that others share, the best first", Description = "For who has completed the challenge.", Query = typeof(PageQuery), Answer = typeof(Page<Posts.View>), Problems = ["not-found", "not-completed"])]
    public async Task<IResult> Solutions([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/challenges/{challengeId}/solutions")] HttpRequest request, string challengeId)
    {
        var found = await posts.SolutionsAsync(request.Caller(), Challenge(challengeId), request.Query<PageQuery>(), request.HttpContext.RequestAborted);
        return found.Answer(page => Answer.Ok(page));
    }

    [Function("ShareSolution"), SignedIn]
    [Operation("Share a solution of mine", Body = typeof(WritePost.Solution), Answer = typeof(Posts.View), Status = 201, Problems = ["not-found", "id-taken", "muted", "too-many-posts", "attempt-not-passed", "solution-shared"])]
    public async Task<IResult> Share([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/challenges/{challengeId}/solutions")] HttpRequest request, string challengeId)
    {
        var shared = await write.ShareAsync(request.Caller(), Challenge(challengeId), await request.ReadAsync<WritePost.Solution>(), request.HttpContext.RequestAborted);
        return shared.Answer(view => Answer.Created($"/api/challenges/{challengeId}/solutions", view));
    }

    [Function("ListMyPosts"), SignedIn]
    [Operation("What I said and shared", Description = "Also what moderators have hidden, and why.", Query = typeof(PageQuery), Answer = typeof(Page<Posts.View>))]
    public async Task<IResult> Own([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/me/learning/posts")] HttpRequest request) =>
        Answer.Ok(await posts.OwnAsync(request.Caller(), request.Query<PageQuery>(), request.HttpContext.RequestAborted));

    [Function("ChangePost"), SignedIn]
    [Operation("Change what I said", Description = "For a quarter of an hour.", Body = typeof(WritePost.Change), Answer = typeof(Posts.View), Problems = ["not-found", "edit-window-over", "post-gone"])]
    public async Task<IResult> Change([HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = "api/posts/{postId}")] HttpRequest request, string postId)
    {
        var changed = await write.ChangeAsync(request.Caller(), Post(postId), await request.ReadAsync<WritePost.Change>(), request.HttpContext.RequestAborted);
        return changed.Answer(view => Answer.Ok(view));
    }

    [Function("WithdrawPost"), SignedIn]
    [Operation("Take back what I said or shared", Description = "Answers to it stay.", Answer = typeof(Posts.View), Problems = ["not-found"])]
    public async Task<IResult> Withdraw([HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/posts/{postId}")] HttpRequest request, string postId)
    {
        var withdrawn = await write.WithdrawAsync(request.Caller(), Post(postId), request.HttpContext.RequestAborted);
        return withdrawn.Answer(view => Answer.Ok(view));
    }

    [Function("VoteForSolution"), SignedIn]
    [Operation("Vote for a shared solution", Answer = typeof(VotePost.View), Problems = ["not-found", "not-completed", "own-post"])]
    public async Task<IResult> Vote([HttpTrigger(AuthorizationLevel.Anonymous, "put", Route = "api/posts/{postId}/vote")] HttpRequest request, string postId)
    {
        var voted = await vote.VoteAsync(request.Caller(), Post(postId), true, request.HttpContext.RequestAborted);
        return voted.Answer(view => Answer.Ok(view));
    }

    [Function("TakeVoteBack"), SignedIn]
    [Operation("Take my vote back", Answer = typeof(VotePost.View), Problems = ["not-found", "not-completed", "own-post"])]
    public async Task<IResult> Unvote([HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/posts/{postId}/vote")] HttpRequest request, string postId)
    {
        var voted = await vote.VoteAsync(request.Caller(), Post(postId), false, request.HttpContext.RequestAborted);
        return voted.Answer(view => Answer.Ok(view));
    }

    [Function("ReportPost"), SignedIn]
    [Operation("Ask the moderators to look at it", Body = typeof(VotePost.ReportRequest), Status = 204, Problems = ["not-found", "own-post", "post-gone"])]
    public async Task<IResult> Report([HttpTrigger(AuthorizationLevel.Anonymous, "put", Route = "api/posts/{postId}/report")] HttpRequest request, string postId)
    {
        var reported = await vote.ReportAsync(request.Caller(), Post(postId), await request.ReadAsync<VotePost.ReportRequest>(), request.HttpContext.RequestAborted);
        return reported.Answer(_ => Answer.NoContent());
    }

    private static Guid Challenge(string text) => RequestReading.Id(text, "challenge");

    private static Guid Post(string text) => RequestReading.Id(text, "post");
}
