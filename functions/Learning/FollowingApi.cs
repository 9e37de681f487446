using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Podium.Functions.Api;
using Podium.Learning.Community;
using Podium.Platform.Access;
using Podium.Platform.Api;

namespace Podium.Functions.Learning;

/// <summary>Following other learners, and what of oneself others may see.</summary>
public sealed class FollowingApi(Following following)
{
    [Function("FollowPerson"), SignedIn]
    [Operation("Follow a learner", Status = 204, Problems = ["not-found", "follows-itself", "follow-limit"])]
    public async Task<IResult> Follow([HttpTrigger(AuthorizationLevel.Anonymous, "put", Route = "api/me/following/{userId}")] HttpRequest request, string userId)
    {
        var done = await following.FollowAsync(request.Caller(), Id(userId), request.HttpContext.RequestAborted);
        return done.Answer(_ => Answer.NoContent());
    }

    [Function("UnfollowPerson"), SignedIn]
    [Operation("Follow somebody no more", Status = 204, Problems = ["not-found"])]
    public async Task<IResult> Unfollow([HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/me/following/{userId}")] HttpRequest request, string userId)
    {
        var done = await following.UnfollowAsync(request.Caller(), Id(userId), request.HttpContext.RequestAborted);
        return done.Answer(_ => Answer.NoContent());
    }

    [Function("ListFollowed"), SignedIn]
    [Operation("Whom I follow", Query = typeof(PageQuery), Answer = typeof(Page<Following.Person>))]
    public async Task<IResult> Followed([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/me/following")] HttpRequest request) =>
        Answer.Ok(await following.FollowedAsync(request.Caller(), request.Query<PageQuery>(), request.HttpContext.RequestAborted));

    [Function("ListFollowers"), SignedIn]
    [Operation("Who follows me", Query = typeof(PageQuery), Answer = typeof(Page<Following.Person>))]
    public async Task<IResult> Followers([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/me/followers")] HttpRequest request) =>
        Answer.Ok(await following.FollowersAsync(request.Caller(), request.Query<PageQuery>(), request.HttpContext.RequestAborted));

    [Function("BlockPerson"), SignedIn]
    [Operation("Block somebody", Description = "Ends following both ways; what they write is not shown to me.", Status = 204, Problems = ["not-found", "follows-itself"])]
    public async Task<IResult> Block([HttpTrigger(AuthorizationLevel.Anonymous, "put", Route = "api/me/blocks/{userId}")] HttpRequest request, string userId)
    {
        var done = await following.BlockAsync(request.Caller(), Id(userId), request.HttpContext.RequestAborted);
        return done.Answer(_ => Answer.NoContent());
    }

    [Function("UnblockPerson"), SignedIn]
    [Operation("Block somebody no more", Status = 204, Problems = ["not-found"])]
    public async Task<IResult> Unblock([HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/me/blocks/{userId}")] HttpRequest request, string userId)
    {
        var done = await following.UnblockAsync(request.Caller(), Id(userId), request.HttpContext.RequestAborted);
        return done.Answer(_ => Answer.NoContent());
    }

    [Function("ListBlocked"), SignedIn]
    [Operation("Whom I block", Query = typeof(PageQuery), Answer = typeof(Page<Following.Person>))]
    public async Task<IResult> Blocked([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/me/blocks")] HttpRequest request) =>
        Answer.Ok(await following.BlockedAsync(request.Caller(), request.Query<PageQuery>(), request.HttpContext.RequestAborted));

    [Function("GetLearningFeed"), SignedIn]
    [Operation("What those whom I follow have completed", Description = "The newest hundred of ninety days, of people who let followers see it.", Answer = typeof(Following.Feed))]
    public async Task<IResult> Feed([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/me/learning/feed")] HttpRequest request) =>
        Answer.Ok(await following.FeedAsync(request.Caller(), request.HttpContext.RequestAborted));

    [Function("GetLearningPrivacy"), SignedIn]
    [Operation("What followers see of me", Answer = typeof(Following.Privacy))]
    public async Task<IResult> Privacy([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/me/learning/privacy")] HttpRequest request) =>
        Answer.Ok(await following.PrivacyAsync(request.Caller(), request.HttpContext.RequestAborted));

    [Function("SetLearningPrivacy"), SignedIn]
    [Operation("Say what followers see of me", Body = typeof(Following.Privacy), Answer = typeof(Following.Privacy))]
    public async Task<IResult> SetPrivacy([HttpTrigger(AuthorizationLevel.Anonymous, "put", Route = "api/me/learning/privacy")] HttpRequest request) =>
        Answer.Ok(await following.SetPrivacyAsync(request.Caller(), await request.ReadAsync<Following.Privacy>(), request.HttpContext.RequestAborted));

    private static Guid Id(string text) => RequestReading.Id(text, "person");
}
