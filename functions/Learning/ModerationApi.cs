using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Podium.Functions.Api;
using Podium.Learning.Community;
using Podium.Platform.Access;
using Podium.Platform.Api;

namespace Podium.Functions.Learning;

/// <summary>Moderators of what learners say.</summary>
public sealed class ModerationApi(ModeratePosts moderate)
{
    [Function("ListReportedPosts"), Requires(Permissions.DiscussionModerate)]
    [Operation("Posts that were reported and not yet decided, or those that are hidden", Query = typeof(ModeratePosts.Query), Answer = typeof(Page<ModeratePosts.Reported>))]
    public async Task<IResult> Queue([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/moderation/posts")] HttpRequest request) =>
        Answer.Ok(await moderate.QueueAsync(request.Caller(), request.Query<ModeratePosts.Query>(), request.HttpContext.RequestAborted));

    [Function("DecidePost"), Requires(Permissions.DiscussionModerate)]
    [Operation("Hide a post, or show it", Description = "Its author is told why.", Body = typeof(ModeratePosts.Request), Answer = typeof(Posts.View), Problems = ["not-found", "own-post", "post-gone"])]
    public async Task<IResult> Decide([HttpTrigger(AuthorizationLevel.Anonymous, "put", Route = "api/moderation/posts/{postId}")] HttpRequest request, string postId)
    {
        var decided = await moderate.DecideAsync(request.Caller(), RequestReading.Id(postId, "post"), await request.ReadAsync<ModeratePosts.Request>(), request.HttpContext.RequestAborted);
        return decided.Answer(view => Answer.Ok(view));
    }

    [Function("ListMutes"), Requires(Permissions.DiscussionModerate)]
    [Operation("Who may post nothing for a while", Query = typeof(PageQuery), Answer = typeof(Page<ModeratePosts.Mute>))]
    public async Task<IResult> Mutes([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/moderation/mutes")] HttpRequest request) =>
        Answer.Ok(await moderate.MutedAsync(request.Caller(), request.Query<PageQuery>(), request.HttpContext.RequestAborted));

    [Function("MutePerson"), Requires(Permissions.DiscussionModerate)]
    [Operation("Let somebody post nothing for a while", Body = typeof(ModeratePosts.MuteRequest), Answer = typeof(ModeratePosts.Mute), Problems = ["not-found", "forbidden"])]
    public async Task<IResult> Mute([HttpTrigger(AuthorizationLevel.Anonymous, "put", Route = "api/moderation/mutes/{userId}")] HttpRequest request, string userId)
    {
        var muted = await moderate.MuteAsync(request.Caller(), RequestReading.Id(userId, "person"), await request.ReadAsync<ModeratePosts.MuteRequest>(), request.HttpContext.RequestAborted);
        return muted.Answer(view => Answer.Ok(view));
    }

    [Function("UnmutePerson"), Requires(Permissions.DiscussionModerate)]
    [Operation("Let somebody post again", Status = 204, Problems = ["not-found"])]
    public async Task<IResult> Unmute([HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/moderation/mutes/{userId}")] HttpRequest request, string userId)
    {
        var unmuted = await moderate.UnmuteAsync(request.Caller(), RequestReading.Id(userId, "person"), request.HttpContext.RequestAborted);
        return unmuted.Answer(_ => Answer.NoContent());
    }
}
