using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Podium.Exams;
using Podium.Functions.Api;
using Podium.Platform.Access;
using Podium.Platform.Api;

namespace Podium.Functions.Exams;

/// <summary>Re-marks of published results.</summary>
public sealed class ExamAppealsApi(ExamAppeals appeals)
{
    [Function("AskForRemark"), Requires(Permissions.ExamCentre, Somewhere = true)]
    [Operation("Ask for a re-mark of a published result", Description = "Within the session's deadline; once for each publication.", Body = typeof(ExamAppeals.Request), Answer = typeof(ExamAppeals.View), Status = 201,
        Problems = ["not-found", "exam-appeals-closed", "exam-appeal-exists", "exam-id-taken"])]
    public async Task<IResult> Ask([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/exam-sessions/{sessionId}/appeals")] HttpRequest request, string sessionId)
    {
        var asked = await appeals.AskAsync(request.Caller(), ExamSessionsApi.Id(sessionId), await request.ReadAsync<ExamAppeals.Request>(), request.HttpContext.RequestAborted);
        return asked.Answer(view => Answer.Created($"/api/exam-appeals/{view.Id}", view, view.Version));
    }

    [Function("ListExamAppeals"), Requires(Permissions.ExamCentre, Somewhere = true)]
    [Operation("The re-marks that the caller may see", Query = typeof(PageQuery), Answer = typeof(Page<ExamAppeals.View>), Problems = ["not-found"])]
    public async Task<IResult> List([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/exam-sessions/{sessionId}/appeals")] HttpRequest request, string sessionId)
    {
        var found = await appeals.ListAsync(request.Caller(), ExamSessionsApi.Id(sessionId), request.Query<PageQuery>(), request.HttpContext.RequestAborted);
        return found.Answer(page => Answer.Ok(page));
    }

    [Function("NoteAppealFee"), Requires(Permissions.ExamManage)]
    [Operation("Note that a re-mark's fee is paid", Body = typeof(ExamAppeals.Fee), Answer = typeof(ExamAppeals.View), Problems = ["not-found", "exam-appeal-decided"])]
    public async Task<IResult> NoteFee([HttpTrigger(AuthorizationLevel.Anonymous, "put", Route = "api/exam-appeals/{appealId}/fee")] HttpRequest request, string appealId)
    {
        var noted = await appeals.NoteFeeAsync(request.Caller(), Id(appealId), await request.ReadAsync<ExamAppeals.Fee>(), request.HttpContext.RequestAborted);
        return noted.Answer(view => Answer.Ok(view, view.Version));
    }

    [Function("DecideExamAppeal"), Requires(Permissions.ExamManage)]
    [Operation("Decide a re-mark", Description = "Where marks change, the session is computed anew, and issued again when two persons have approved.", Body = typeof(ExamAppeals.Decision), Answer = typeof(ExamAppeals.Decided),
        Problems = ["not-found", "stale", "exam-appeal-decided", "exam-fee-unpaid", "exam-run-under-way", "exam-marks-not-locked", "exam-id-taken"])]
    public async Task<IResult> Decide([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/exam-appeals/{appealId}/decision")] HttpRequest request, string appealId, [DurableClient] DurableTaskClient durable)
    {
        var decided = await appeals.DecideAsync(request.Caller(), Id(appealId), await request.ReadAsync<ExamAppeals.Decision>(), request.IfMatch(), request.HttpContext.RequestAborted);
        if (decided.Value?.Run is { } run) await ExamPublication.WakeAsync(durable, request.Caller(), run.Id, request.HttpContext.RequestAborted);
        return decided.Answer(answer => Answer.Ok(answer, answer.Appeal.Version));
    }

    private static Guid Id(string text) => RequestReading.Id(text, "appeal");
}
