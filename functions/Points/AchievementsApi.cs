using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Podium.Functions.Api;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Points;

namespace Podium.Functions.Points;

/// <summary>Rules by which people earn points and badges, and who has earned them.</summary>
public sealed class AchievementsApi(Achievements achievements, EditAchievement edit, BackfillAchievement backfill, Awards awards)
{
    [Function("ListAchievements"), Anyone]
    [Operation("What can be earned", Query = typeof(Achievements.Filter), Answer = typeof(Page<Achievements.View>))]
    public async Task<IResult> List([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/achievements")] HttpRequest request) =>
        Answer.Ok(await achievements.ListAsync(request.Caller(), request.Query<Achievements.Filter>(), request.HttpContext.RequestAborted));

    [Function("GetAchievement"), Anyone]
    [Operation("One achievement", Answer = typeof(Achievements.View), Problems = ["not-found"])]
    public async Task<IResult> Get([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/achievements/{achievementId}")] HttpRequest request, string achievementId)
    {
        var found = await achievements.ReadAsync(request.Caller(), Id(achievementId), request.HttpContext.RequestAborted);
        return found.Answer(view => Answer.Ok(view, view.Version));
    }

    [Function("AddAchievement"), Requires(Permissions.PointsManage)]
    [Operation("Add an achievement, or a rule for points", Description = "What is done from now on earns it, or from the instant that is given. Apply it to what people have done before by a backfill.",
        Body = typeof(EditAchievement.Request), Answer = typeof(Achievements.View), Status = 201, Problems = ["id-taken"])]
    public async Task<IResult> Add([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/achievements")] HttpRequest request)
    {
        var added = await edit.AddAsync(request.Caller(), await request.ReadAsync<EditAchievement.Request>(), request.HttpContext.RequestAborted);
        return added.Answer(view => Answer.Created($"/api/achievements/{view.Id}", view, view.Version));
    }

    [Function("PreviewNewAchievement"), Requires(Permissions.PointsManage)]
    [Operation("Who would earn an achievement that is not there yet", Description = "Keeps nothing.", Body = typeof(EditAchievement.Request), Answer = typeof(BackfillAchievement.Preview))]
    public async Task<IResult> PreviewRequest([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/achievement-previews")] HttpRequest request)
    {
        var seen = await backfill.PreviewAsync(request.Caller(), await request.ReadAsync<EditAchievement.Request>(), request.HttpContext.RequestAborted);
        return seen.Answer(view => Answer.Ok(view));
    }

    [Function("ChangeAchievement"), Requires(Permissions.PointsManage)]
    [Operation("Change what an achievement is called, what it gives from now on, or when it ends", Body = typeof(EditAchievement.Change), Answer = typeof(Achievements.View), Problems = ["not-found", "stale"])]
    public async Task<IResult> Change([HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = "api/achievements/{achievementId}")] HttpRequest request, string achievementId)
    {
        var changed = await edit.ChangeAsync(request.Caller(), Id(achievementId), await request.ReadAsync<EditAchievement.Change>(), request.IfMatch(), request.HttpContext.RequestAborted);
        return changed.Answer(view => Answer.Ok(view, view.Version));
    }

    [Function("RemoveAchievement"), Requires(Permissions.PointsManage)]
    [Operation("Remove an achievement that nobody has earned", Status = 204, Problems = ["not-found", "stale", "achievement-earned"])]
    public async Task<IResult> Remove([HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/achievements/{achievementId}")] HttpRequest request, string achievementId)
    {
        var removed = await edit.RemoveAsync(request.Caller(), Id(achievementId), request.IfMatch(), request.HttpContext.RequestAborted);
        return removed.Answer(_ => Answer.NoContent());
    }

    [Function("PreviewBackfill"), Requires(Permissions.PointsManage)]
    [Operation("Who would get it by a backfill", Description = "Counts what people have done already and do not have it for.", Answer = typeof(BackfillAchievement.Preview), Problems = ["not-found"])]
    public async Task<IResult> Preview([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/achievements/{achievementId}/preview")] HttpRequest request, string achievementId)
    {
        var seen = await backfill.PreviewAsync(request.Caller(), Id(achievementId), request.HttpContext.RequestAborted);
        return seen.Answer(view => Answer.Ok(view));
    }

    [Function("BackfillAchievement"), Requires(Permissions.PointsManage)]
    [Operation("Apply it to what people have done already", Description = "Some hundreds of people at a time, in the background. Done again it changes nothing.",
        Body = typeof(BackfillAchievement.Request), Answer = typeof(BackfillAchievement.View), Status = 202, Problems = ["not-found", "id-taken", "backfill-under-way"])]
    public async Task<IResult> Backfill([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/achievements/{achievementId}/backfills")] HttpRequest request, string achievementId)
    {
        var begun = await backfill.BeginAsync(request.Caller(), Id(achievementId), await request.ReadAsync<BackfillAchievement.Request>(), request.HttpContext.RequestAborted);
        return begun.Answer(view => Answer.Accepted(view, $"/api/achievements/{achievementId}/backfills"));
    }

    [Function("ListBackfills"), Requires(Permissions.PointsManage)]
    [Operation("When it was applied to the past, and what that gave", Query = typeof(PageQuery), Answer = typeof(Page<BackfillAchievement.View>), Problems = ["not-found"])]
    public async Task<IResult> Backfills([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/achievements/{achievementId}/backfills")] HttpRequest request, string achievementId)
    {
        var found = await backfill.ListAsync(request.Caller(), Id(achievementId), request.Query<PageQuery>(), request.HttpContext.RequestAborted);
        return found.Answer(page => Answer.Ok(page));
    }

    [Function("ListAwards"), Requires(Permissions.PointsManage)]
    [Operation("Who has earned it", Query = typeof(PageQuery), Answer = typeof(Page<Awards.View>), Problems = ["not-found"])]
    public async Task<IResult> Given([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/achievements/{achievementId}/awards")] HttpRequest request, string achievementId)
    {
        var found = await awards.ListAsync(request.Caller(), Id(achievementId), request.Query<PageQuery>(), request.HttpContext.RequestAborted);
        return found.Answer(page => Answer.Ok(page));
    }

    [Function("RevokeAward"), Requires(Permissions.PointsManage)]
    [Operation("Take an award and its points back", Description = "The person is told why. It is not given again.", Body = typeof(Awards.Revocation), Answer = typeof(Awards.View), Problems = ["not-found", "award-not-standing"])]
    public async Task<IResult> Revoke(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/achievements/{achievementId}/awards/{awardId}/revocation")] HttpRequest request, string achievementId, string awardId)
    {
        var revoked = await awards.RevokeAsync(request.Caller(), Id(achievementId), RequestReading.Id(awardId, "award"), await request.ReadAsync<Awards.Revocation>(), request.HttpContext.RequestAborted);
        return revoked.Answer(view => Answer.Ok(view));
    }

    private static Guid Id(string text) => RequestReading.Id(text, "achievement");
}
