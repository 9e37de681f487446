using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Podium.Functions.Api;
using Podium.Learning;
using Podium.Platform.Access;
using Podium.Platform.Api;
using static Podium.Learning.EditOutline;

namespace Podium.Functions.Learning;

/// <summary>Tracks, modules and lessons as their authors see them.</summary>
public sealed class OutlineApi(EditOutline outline)
{
    [Function("ListAuthoringTracks"), Requires(Permissions.ContentManage)]
    [Operation("Tracks, drafts and archived ones too", Query = typeof(PageQuery), Answer = typeof(Page<View>))]
    public async Task<IResult> ListTracks([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/authoring/tracks")] HttpRequest request) =>
        Answer.Ok(await outline.TracksAsync(request.Caller(), request.Query<PageQuery>(), request.HttpContext.RequestAborted));

    [Function("AddTrack"), Requires(Permissions.ContentManage)]
    [Operation("Add a track", Body = typeof(EditOutline.Request), Answer = typeof(View), Status = 201, Problems = ["slug-taken-here", "id-taken"])]
    public async Task<IResult> AddTrack([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/authoring/tracks")] HttpRequest request)
    {
        var added = await outline.AddAsync(request.Caller(), Level.Track, null, await request.ReadAsync<EditOutline.Request>(), request.HttpContext.RequestAborted);
        return added.Answer(view => Answer.Created($"/api/authoring/tracks/{view.Id}", view, view.Version));
    }

    [Function("GetAuthoringTrack"), Requires(Permissions.ContentManage)]
    [Operation("A track, also a draft or archived", Answer = typeof(View), Problems = ["not-found"])]
    public async Task<IResult> Track([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/authoring/tracks/{trackId}")] HttpRequest request, string trackId)
    {
        var found = await outline.ReadAsync(request.Caller(), Level.Track, RequestReading.Id(trackId, "track"), request.HttpContext.RequestAborted);
        return found.Answer(view => Answer.Ok(view, view.Version));
    }

    [Function("ChangeTrack"), Requires(Permissions.ContentManage)]
    [Operation("Change a track", Body = typeof(Change), Answer = typeof(View), Problems = ["not-found", "stale", "not-creator", "content-archived"])]
    public async Task<IResult> ChangeTrack([HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = "api/authoring/tracks/{trackId}")] HttpRequest request, string trackId)
    {
        var changed = await outline.ChangeAsync(request.Caller(), Level.Track, RequestReading.Id(trackId, "track"), await request.ReadAsync<Change>(), request.IfMatch(), request.HttpContext.RequestAborted);
        return changed.Answer(view => Answer.Ok(view, view.Version));
    }

    [Function("PublishTrack"), Requires(Permissions.ContentManage)]
    [Operation("Show a track to learners", Answer = typeof(View), Problems = ["not-found", "stale", "not-creator", "content-archived"])]
    public async Task<IResult> PublishTrack([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/authoring/tracks/{trackId}/publication")] HttpRequest request, string trackId)
    {
        var changed = await outline.PublishAsync(request.Caller(), Level.Track, RequestReading.Id(trackId, "track"), true, request.IfMatch(), request.HttpContext.RequestAborted);
        return changed.Answer(view => Answer.Ok(view, view.Version));
    }

    [Function("WithdrawTrack"), Requires(Permissions.ContentManage)]
    [Operation("Hide a track from learners again", Answer = typeof(View), Problems = ["not-found", "stale", "not-creator", "content-archived"])]
    public async Task<IResult> WithdrawTrack([HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/authoring/tracks/{trackId}/publication")] HttpRequest request, string trackId)
    {
        var changed = await outline.PublishAsync(request.Caller(), Level.Track, RequestReading.Id(trackId, "track"), false, request.IfMatch(), request.HttpContext.RequestAborted);
        return changed.Answer(view => Answer.Ok(view, view.Version));
    }

    [Function("ArchiveTrack"), Requires(Permissions.ContentManage)]
    [Operation("Archive a track", Description = "For good: authors still read it, nobody changes it.", Status = 204, Problems = ["not-found", "stale", "not-creator", "content-archived"])]
    public async Task<IResult> ArchiveTrack([HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/authoring/tracks/{trackId}")] HttpRequest request, string trackId)
    {
        var archived = await outline.ArchiveAsync(request.Caller(), Level.Track, RequestReading.Id(trackId, "track"), request.IfMatch(), request.HttpContext.RequestAborted);
        return archived.Answer(_ => Answer.NoContent());
    }

    [Function("ListAuthoringModules"), Requires(Permissions.ContentManage)]
    [Operation("Modules, drafts and archived ones too", Query = typeof(PageQuery), Answer = typeof(Page<View>), Problems = ["not-found"])]
    public async Task<IResult> ListModules([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/authoring/tracks/{trackId}/modules")] HttpRequest request, string trackId)
    {
        var modules = await outline.ListAsync(request.Caller(), Level.Module, RequestReading.Id(trackId, "track"), request.Query<PageQuery>(), request.HttpContext.RequestAborted);
        return modules.Answer(view => Answer.Ok(view));
    }

    [Function("AddModule"), Requires(Permissions.ContentManage)]
    [Operation("Add a module", Body = typeof(EditOutline.Request), Answer = typeof(View), Status = 201, Problems = ["not-found", "slug-taken-here", "id-taken", "content-archived"])]
    public async Task<IResult> AddModule([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/authoring/tracks/{trackId}/modules")] HttpRequest request, string trackId)
    {
        var added = await outline.AddAsync(request.Caller(), Level.Module, RequestReading.Id(trackId, "track"), await request.ReadAsync<EditOutline.Request>(), request.HttpContext.RequestAborted);
        return added.Answer(view => Answer.Created($"/api/authoring/modules/{view.Id}", view, view.Version));
    }

    [Function("GetAuthoringModule"), Requires(Permissions.ContentManage)]
    [Operation("A module, also a draft or archived", Answer = typeof(View), Problems = ["not-found"])]
    public async Task<IResult> Module([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/authoring/modules/{moduleId}")] HttpRequest request, string moduleId)
    {
        var found = await outline.ReadAsync(request.Caller(), Level.Module, RequestReading.Id(moduleId, "module"), request.HttpContext.RequestAborted);
        return found.Answer(view => Answer.Ok(view, view.Version));
    }

    [Function("ChangeModule"), Requires(Permissions.ContentManage)]
    [Operation("Change a module", Body = typeof(Change), Answer = typeof(View), Problems = ["not-found", "stale", "not-creator", "content-archived"])]
    public async Task<IResult> ChangeModule([HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = "api/authoring/modules/{moduleId}")] HttpRequest request, string moduleId)
    {
        var changed = await outline.ChangeAsync(request.Caller(), Level.Module, RequestReading.Id(moduleId, "module"), await request.ReadAsync<Change>(), request.IfMatch(), request.HttpContext.RequestAborted);
        return changed.Answer(view => Answer.Ok(view, view.Version));
    }

    [Function("PublishModule"), Requires(Permissions.ContentManage)]
    [Operation("Show a module to learners", Answer = typeof(View), Problems = ["not-found", "stale", "not-creator", "content-archived"])]
    public async Task<IResult> PublishModule([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/authoring/modules/{moduleId}/publication")] HttpRequest request, string moduleId)
    {
        var changed = await outline.PublishAsync(request.Caller(), Level.Module, RequestReading.Id(moduleId, "module"), true, request.IfMatch(), request.HttpContext.RequestAborted);
        return changed.Answer(view => Answer.Ok(view, view.Version));
    }

    [Function("WithdrawModule"), Requires(Permissions.ContentManage)]
    [Operation("Hide a module from learners again", Answer = typeof(View), Problems = ["not-found", "stale", "not-creator", "content-archived"])]
    public async Task<IResult> WithdrawModule([HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/authoring/modules/{moduleId}/publication")] HttpRequest request, string moduleId)
    {
        var changed = await outline.PublishAsync(request.Caller(), Level.Module, RequestReading.Id(moduleId, "module"), false, request.IfMatch(), request.HttpContext.RequestAborted);
        return changed.Answer(view => Answer.Ok(view, view.Version));
    }

    [Function("ArchiveModule"), Requires(Permissions.ContentManage)]
    [Operation("Archive a module", Description = "For good: authors still read it, nobody changes it.", Status = 204, Problems = ["not-found", "stale", "not-creator", "content-archived"])]
    public async Task<IResult> ArchiveModule([HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/authoring/modules/{moduleId}")] HttpRequest request, string moduleId)
    {
        var archived = await outline.ArchiveAsync(request.Caller(), Level.Module, RequestReading.Id(moduleId, "module"), request.IfMatch(), request.HttpContext.RequestAborted);
        return archived.Answer(_ => Answer.NoContent());
    }

    [Function("ListAuthoringLessons"), Requires(Permissions.ContentManage)]
    [Operation("Lessons, drafts and archived ones too", Query = typeof(PageQuery), Answer = typeof(Page<View>), Problems = ["not-found"])]
    public async Task<IResult> ListLessons([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/authoring/modules/{moduleId}/lessons")] HttpRequest request, string moduleId)
    {
        var lessons = await outline.ListAsync(request.Caller(), Level.Lesson, RequestReading.Id(moduleId, "module"), request.Query<PageQuery>(), request.HttpContext.RequestAborted);
        return lessons.Answer(view => Answer.Ok(view));
    }

    [Function("AddLesson"), Requires(Permissions.ContentManage)]
    [Operation("Add a lesson", Body = typeof(EditOutline.Request), Answer = typeof(View), Status = 201, Problems = ["not-found", "slug-taken-here", "id-taken", "content-archived"])]
    public async Task<IResult> AddLesson([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/authoring/modules/{moduleId}/lessons")] HttpRequest request, string moduleId)
    {
        var added = await outline.AddAsync(request.Caller(), Level.Lesson, RequestReading.Id(moduleId, "module"), await request.ReadAsync<EditOutline.Request>(), request.HttpContext.RequestAborted);
        return added.Answer(view => Answer.Created($"/api/authoring/lessons/{view.Id}", view, view.Version));
    }

    [Function("GetAuthoringLesson"), Requires(Permissions.ContentManage)]
    [Operation("A lesson, also a draft or archived", Answer = typeof(View), Problems = ["not-found"])]
    public async Task<IResult> Lesson([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/authoring/lessons/{lessonId}")] HttpRequest request, string lessonId)
    {
        var found = await outline.ReadAsync(request.Caller(), Level.Lesson, RequestReading.Id(lessonId, "lesson"), request.HttpContext.RequestAborted);
        return found.Answer(view => Answer.Ok(view, view.Version));
    }

    [Function("ChangeLesson"), Requires(Permissions.ContentManage)]
    [Operation("Change a lesson", Body = typeof(Change), Answer = typeof(View), Problems = ["not-found", "stale", "not-creator", "content-archived"])]
    public async Task<IResult> ChangeLesson([HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = "api/authoring/lessons/{lessonId}")] HttpRequest request, string lessonId)
    {
        var changed = await outline.ChangeAsync(request.Caller(), Level.Lesson, RequestReading.Id(lessonId, "lesson"), await request.ReadAsync<Change>(), request.IfMatch(), request.HttpContext.RequestAborted);
        return changed.Answer(view => Answer.Ok(view, view.Version));
    }

    [Function("PublishLesson"), Requires(Permissions.ContentManage)]
    [Operation("Show a lesson to learners", Answer = typeof(View), Problems = ["not-found", "stale", "not-creator", "content-archived"])]
    public async Task<IResult> PublishLesson([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/authoring/lessons/{lessonId}/publication")] HttpRequest request, string lessonId)
    {
        var changed = await outline.PublishAsync(request.Caller(), Level.Lesson, RequestReading.Id(lessonId, "lesson"), true, request.IfMatch(), request.HttpContext.RequestAborted);
        return changed.Answer(view => Answer.Ok(view, view.Version));
    }

    [Function("WithdrawLesson"), Requires(Permissions.ContentManage)]
    [Operation("Hide a lesson from learners again", Answer = typeof(View), Problems = ["not-found", "stale", "not-creator", "content-archived"])]
    public async Task<IResult> WithdrawLesson([HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/authoring/lessons/{lessonId}/publication")] HttpRequest request, string lessonId)
    {
        var changed = await outline.PublishAsync(request.Caller(), Level.Lesson, RequestReading.Id(lessonId, "lesson"), false, request.IfMatch(), request.HttpContext.RequestAborted);
        return changed.Answer(view => Answer.Ok(view, view.Version));
    }

    [Function("ArchiveLesson"), Requires(Permissions.ContentManage)]
    [Operation("Archive a lesson", Description = "For good: authors still read it, nobody changes it.", Status = 204, Problems = ["not-found", "stale", "not-creator", "content-archived"])]
    public async Task<IResult> ArchiveLesson([HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/authoring/lessons/{lessonId}")] HttpRequest request, string lessonId)
    {
        var archived = await outline.ArchiveAsync(request.Caller(), Level.Lesson, RequestReading.Id(lessonId, "lesson"), request.IfMatch(), request.HttpContext.RequestAborted);
        return archived.Answer(_ => Answer.NoContent());
    }
}
