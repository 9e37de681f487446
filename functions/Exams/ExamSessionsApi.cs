using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Podium.Exams;
using Podium.Functions.Api;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Problems;

namespace Podium.Functions.Exams;

/// <summary>Examination sessions: their grades and rules, subjects, papers, boundaries and scalings.</summary>
public sealed class ExamSessionsApi(ExamSessions sessions, EditExamSession edit, EditExamSubject editSubject, GradeBoundaries boundaries)
{
    [Function("ListExamSessions"), Anyone]
    [Operation("Examination sessions", Query = typeof(PageQuery), Answer = typeof(Page<ExamSessions.View>))]
    public async Task<IResult> List([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/exam-sessions")] HttpRequest request) =>
        Answer.Ok(await sessions.ListAsync(request.Caller(), request.Query<PageQuery>(), request.HttpContext.RequestAborted));

    [Function("GetExamSession"), Anyone]
    [Operation("An examination session", Answer = typeof(ExamSessions.View), Problems = ["not-found"])]
    public async Task<IResult> Get([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/exam-sessions/{sessionId}")] HttpRequest request, string sessionId) =>
        (await sessions.ReadAsync(request.Caller(), Id(sessionId), request.HttpContext.RequestAborted)).Answer(view => Answer.Ok(view, view.Version));

    [Function("AddExamSession"), Requires(Permissions.ExamManage)]
    [Operation("Add an examination session", Body = typeof(EditExamSession.Request), Answer = typeof(ExamSessions.View), Status = 201, Problems = ["exam-session-exists", "exam-id-taken"])]
    public async Task<IResult> Add([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/exam-sessions")] HttpRequest request)
    {
        var added = await edit.AddAsync(request.Caller(), await request.ReadAsync<EditExamSession.Request>(), request.HttpContext.RequestAborted);
        return added.Answer(view => Answer.Created($"/api/exam-sessions/{view.Id}", view, view.Version));
    }

    [Function("ChangeExamSession"), Requires(Permissions.ExamManage)]
    [Operation("Change an examination session", Description = "Not while a computation is on its way to publication.",
        Body = typeof(EditExamSession.Change), Answer = typeof(ExamSessions.View), Problems = ["not-found", "stale", "exam-run-under-way"])]
    public async Task<IResult> Change([HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = "api/exam-sessions/{sessionId}")] HttpRequest request, string sessionId)
    {
        var changed = await edit.ChangeAsync(request.Caller(), Id(sessionId), await request.ReadAsync<EditExamSession.Change>(), request.IfMatch(), request.HttpContext.RequestAborted);
        return changed.Answer(view => Answer.Ok(view, view.Version));
    }

    [Function("LockExamMarks"), Requires(Permissions.ExamManage)]
    [Operation("Lock a session's marks and entries", Description = "A file that is just being taken in is waited for; none is taken afterwards.", Answer = typeof(ExamSessions.View), Problems = ["not-found", "exam-run-under-way"])]
    public async Task<IResult> Lock([HttpTrigger(AuthorizationLevel.Anonymous, "put", Route = "api/exam-sessions/{sessionId}/marks-lock")] HttpRequest request, string sessionId) =>
        (await edit.LockMarksAsync(request.Caller(), Id(sessionId), request.HttpContext.RequestAborted)).Answer(view => Answer.Ok(view, view.Version));

    [Function("UnlockExamMarks"), Requires(Permissions.ExamManage)]
    [Operation("Let marks and entries change again", Answer = typeof(ExamSessions.View), Problems = ["not-found", "exam-run-under-way"])]
    public async Task<IResult> Unlock([HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/exam-sessions/{sessionId}/marks-lock")] HttpRequest request, string sessionId) =>
        (await edit.UnlockMarksAsync(request.Caller(), Id(sessionId), request.HttpContext.RequestAborted)).Answer(view => Answer.Ok(view, view.Version));

    [Function("ListExamSubjects"), Anyone]
    [Operation("A session's subjects with their papers", Answer = typeof(Page<ExamSessions.Subject>), Problems = ["not-found"])]
    public async Task<IResult> Subjects([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/exam-sessions/{sessionId}/subjects")] HttpRequest request, string sessionId) =>
        (await sessions.SubjectsAsync(request.Caller(), Id(sessionId), request.HttpContext.RequestAborted)).Answer(page => Answer.Ok(page));

    [Function("PutExamSubject"), Requires(Permissions.ExamManage)]
    [Operation("Put a subject with its papers into a session", Description = "As long as there are no marks of it.", Body = typeof(EditExamSubject.Request), Answer = typeof(ExamSessions.Subject),
        Problems = ["not-found", "exam-structure-fixed", "exam-run-under-way"])]
    public async Task<IResult> PutSubject([HttpTrigger(AuthorizationLevel.Anonymous, "put", Route = "api/exam-sessions/{sessionId}/subjects/{subject}")] HttpRequest request, string sessionId, string subject)
    {
        var put = await editSubject.PutAsync(request.Caller(), Id(sessionId), Code(subject), await request.ReadAsync<EditExamSubject.Request>(), request.HttpContext.RequestAborted);
        return put.Answer(view => Answer.Ok(view, view.Version));
    }

    [Function("ScaleExamPaper"), Requires(Permissions.ExamManage)]
    [Operation("Scale a paper's marks, everywhere or in one centre", Description = "mark * factor + plus, rounded half up to hundredths, within 0 and the most the paper gives.",
        Body = typeof(EditExamSubject.Scaling), Answer = typeof(EditExamSubject.Moderation), Problems = ["not-found", "exam-run-under-way"])]
    public async Task<IResult> Scale([HttpTrigger(AuthorizationLevel.Anonymous, "put", Route = "api/exam-papers/{paperId}/scaling")] HttpRequest request, string paperId)
    {
        var scaled = await editSubject.ScaleAsync(request.Caller(), RequestReading.Id(paperId, "paper"), await request.ReadAsync<EditExamSubject.Scaling>(), request.HttpContext.RequestAborted);
        return scaled.Answer(view => Answer.Ok(view));
    }

    [Function("GetGradeBoundaries"), Requires(Permissions.ExamManage)]
    [Operation("A subject's grade boundaries", Answer = typeof(GradeBoundaries.View), Problems = ["not-found"])]
    public async Task<IResult> Boundaries([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/exam-sessions/{sessionId}/subjects/{subject}/boundaries")] HttpRequest request, string sessionId, string subject) =>
        (await boundaries.ReadAsync(request.Caller(), Id(sessionId), Code(subject), request.HttpContext.RequestAborted)).Answer(view => Answer.Ok(view));

    [Function("PutGradeBoundaries"), Requires(Permissions.ExamManage)]
    [Operation("Set a subject's grade boundaries", Body = typeof(GradeBoundaries.Request), Answer = typeof(GradeBoundaries.View), Problems = ["not-found", "exam-run-under-way"])]
    public async Task<IResult> PutBoundaries([HttpTrigger(AuthorizationLevel.Anonymous, "put", Route = "api/exam-sessions/{sessionId}/subjects/{subject}/boundaries")] HttpRequest request, string sessionId, string subject)
    {
        var put = await boundaries.PutAsync(request.Caller(), Id(sessionId), Code(subject), await request.ReadAsync<GradeBoundaries.Request>(), request.HttpContext.RequestAborted);
        return put.Answer(view => Answer.Ok(view));
    }

    [Function("TryGradeBoundaries"), Requires(Permissions.ExamManage)]
    [Operation("See what other boundaries would give", Description = "By the scores of the newest computation; nothing is changed.", Body = typeof(GradeBoundaries.Request), Answer = typeof(GradeBoundaries.Trial), Problems = ["not-found"])]
    public async Task<IResult> TryBoundaries([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/exam-sessions/{sessionId}/subjects/{subject}/boundaries/trial")] HttpRequest request, string sessionId, string subject)
    {
        var tried = await boundaries.TryAsync(request.Caller(), Id(sessionId), Code(subject), await request.ReadAsync<GradeBoundaries.Request>(), request.HttpContext.RequestAborted);
        return tried.Answer(view => Answer.Ok(view));
    }

    internal static Guid Id(string text) => RequestReading.Id(text, "session");

    internal static string Code(string text) => ExamCode.IsCode(text) ? text : throw new ProblemException(Problem.NotFound("subject"));
}
