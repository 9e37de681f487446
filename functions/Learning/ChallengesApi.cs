using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Podium.Functions.Api;
using Podium.Learning;
using Podium.Platform.Access;
using Podium.Platform.Api;

namespace Podium.Functions.Learning;

/// <summary>Challenges as their authors see them: drafts, trials, reviews and versions.</summary>
public sealed class ChallengesApi(EditChallenge edit, PublishChallenge publish)
{
    // tests and three times three texts
    private const int MostBytes = 1024 * 1024;

    [Function("GetAuthoringChallenge"), Requires(Permissions.ContentManage)]
    [Operation("A challenge with its tests and solution", Answer = typeof(EditChallenge.View), Problems = ["not-found"])]
    public async Task<IResult> Get([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/authoring/challenges/{challengeId}")] HttpRequest request, string challengeId)
    {
        var found = await edit.ReadAsync(request.Caller(), Id(challengeId), request.HttpContext.RequestAborted);
        return found.Answer(view => Answer.Ok(view, view.Version));
    }

    [Function("ListLessonChallenges"), Requires(Permissions.ContentManage)]
    [Operation("The challenges of a lesson, drafts and archived ones too", Query = typeof(PageQuery), Answer = typeof(Page<EditChallenge.Line>), Problems = ["not-found"])]
    public async Task<IResult> List([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/authoring/lessons/{lessonId}/challenges")] HttpRequest request, string lessonId)
    {
        var found = await edit.ListAsync(request.Caller(), RequestReading.Id(lessonId, "lesson"), request.Query<PageQuery>(), request.HttpContext.RequestAborted);
        return found.Answer(page => Answer.Ok(page));
    }

    [Function("AddChallenge"), Requires(Permissions.ContentManage)]
    [Operation("Add a challenge", Body = typeof(EditChallenge.Request), Answer = typeof(EditChallenge.View), Status = 201, Problems = ["not-found", "slug-taken-here", "id-taken", "content-archived"])]
    public async Task<IResult> Add([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/authoring/lessons/{lessonId}/challenges")] HttpRequest request, string lessonId)
    {
        var added = await edit.AddAsync(request.Caller(), RequestReading.Id(lessonId, "lesson"), await request.ReadAsync<EditChallenge.Request>(MostBytes), request.HttpContext.RequestAborted);
        return added.Answer(view => Answer.Created($"/api/authoring/challenges/{view.Id}", view, view.Version));
    }

    [Function("ChangeChallenge"), Requires(Permissions.ContentManage)]
    [Operation("Say a challenge anew", Description = "Learners of a published challenge notice nothing until a new version is published.",
        Body = typeof(EditChallenge.Content), Answer = typeof(EditChallenge.View), Problems = ["not-found", "stale", "not-creator", "content-archived"])]
    public async Task<IResult> Change([HttpTrigger(AuthorizationLevel.Anonymous, "put", Route = "api/authoring/challenges/{challengeId}")] HttpRequest request, string challengeId)
    {
        var changed = await edit.ChangeAsync(request.Caller(), Id(challengeId), await request.ReadAsync<EditChallenge.Content>(MostBytes), request.IfMatch(), request.HttpContext.RequestAborted);
        return changed.Answer(view => Answer.Ok(view, view.Version));
    }

    [Function("ArchiveChallenge"), Requires(Permissions.ContentManage)]
    [Operation("Archive a challenge", Description = "For good: authors still read it, nobody changes it.", Status = 204, Problems = ["not-found", "stale", "not-creator", "content-archived"])]
    public async Task<IResult> Archive([HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/authoring/challenges/{challengeId}")] HttpRequest request, string challengeId)
    {
        var archived = await edit.ArchiveAsync(request.Caller(), Id(challengeId), request.IfMatch(), request.HttpContext.RequestAborted);
        return archived.Answer(_ => Answer.NoContent());
    }

    [Function("PreviewChallenge"), Requires(Permissions.ContentManage)]
    [Operation("Run the solution and the starter code against the tests", Answer = typeof(EditChallenge.Trial), Problems = ["not-found", "sandbox-busy"])]
    public async Task<IResult> Preview([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/authoring/challenges/{challengeId}/preview")] HttpRequest request, string challengeId)
    {
        var tried = await edit.PreviewAsync(request.Caller(), Id(challengeId), request.HttpContext.RequestAborted);
        return tried.Answer(trial => Answer.Ok(trial));
    }

    [Function("ReviewChallenge"), Requires(Permissions.ContentManage)]
    [Operation("Approve a draft that somebody else wrote", Answer = typeof(EditChallenge.View), Problems = ["not-found", "stale", "own-review", "content-archived"])]
    public async Task<IResult> Review([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/authoring/challenges/{challengeId}/review")] HttpRequest request, string challengeId)
    {
        var reviewed = await edit.ReviewAsync(request.Caller(), Id(challengeId), request.IfMatch(), request.HttpContext.RequestAborted);
        return reviewed.Answer(view => Answer.Ok(view, view.Version));
    }

    [Function("PublishChallenge"), Requires(Permissions.ContentManage)]
    [Operation("Publish the draft as a new version", Description = "Its solution must pass all tests, and its starter code must not.", Body = typeof(PublishChallenge.Request), Answer = typeof(PublishChallenge.View), Status = 201,
        Problems = ["not-found", "stale", "not-creator", "content-archived", "solution-fails", "starter-passes", "review-missing", "nothing-new", "split-open", "challenge-resembles", "sandbox-busy"])]
    public async Task<IResult> Publish([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/authoring/challenges/{challengeId}/versions")] HttpRequest request, string challengeId)
    {
        var published = await publish.PublishAsync(request.Caller(), Id(challengeId), await request.ReadAsync<PublishChallenge.Request>(), request.IfMatch(), request.HttpContext.RequestAborted);
        return published.Answer(view => Answer.Created($"/api/authoring/challenges/{challengeId}/versions/{view.Number}", view));
    }

    [Function("ListChallengeVersions"), Requires(Permissions.ContentManage)]
    [Operation("What was published of a challenge", Query = typeof(PageQuery), Answer = typeof(Page<PublishChallenge.View>), Problems = ["not-found"])]
    public async Task<IResult> Versions([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/authoring/challenges/{challengeId}/versions")] HttpRequest request, string challengeId)
    {
        var versions = await publish.ListAsync(request.Caller(), Id(challengeId), request.Query<PageQuery>(), request.HttpContext.RequestAborted);
        return versions.Answer(view => Answer.Ok(view));
    }

    [Function("GetChallengeVersion"), Requires(Permissions.ContentManage)]
    [Operation("What a version said", Answer = typeof(PublishChallenge.FullView), Problems = ["not-found"])]
    public async Task<IResult> Version([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/authoring/challenges/{challengeId}/versions/{number}")] HttpRequest request, string challengeId, string number)
    {
        var found = await publish.ReadAsync(request.Caller(), Id(challengeId), number, request.HttpContext.RequestAborted);
        return found.Answer(view => Answer.Ok(view));
    }

    [Function("RollBackChallenge"), Requires(Permissions.ContentManage)]
    [Operation("Bring a version back", Answer = typeof(PublishChallenge.View), Problems = ["not-found", "content-archived", "split-open"])]
    public async Task<IResult> RollBack([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/authoring/challenges/{challengeId}/versions/{number}/activation")] HttpRequest request, string challengeId, string number)
    {
        var view = await publish.RollBackAsync(request.Caller(), Id(challengeId), number, request.HttpContext.RequestAborted);
        return view.Answer(version => Answer.Ok(version));
    }

    private static Guid Id(string text) => RequestReading.Id(text, "challenge");
}
