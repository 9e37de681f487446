using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Podium.Exams;
using Podium.Functions.Api;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Problems;

namespace Podium.Functions.Exams;

/// <summary>The way of results to publication: computed, verified, approved by two persons, kept back until their instant.</summary>
public sealed class ExamRunsApi(ExamRuns runs)
{
    [Function("RequestExamRun"), Requires(Permissions.ExamManage)]
    [Operation("Compute a session's results", Description = "The first, or amended ones. The marks must be locked.", Body = typeof(ExamRuns.Request), Answer = typeof(ExamRuns.View), Status = 202,
        Problems = ["not-found", "exam-marks-not-locked", "exam-run-under-way", "exam-id-taken"])]
    public async Task<IResult> Ask([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/exam-sessions/{sessionId}/runs")] HttpRequest request, string sessionId, [DurableClient] DurableTaskClient durable)
    {
        var asked = await runs.RequestAsync(request.Caller(), ExamSessionsApi.Id(sessionId), await request.ReadAsync<ExamRuns.Request>(), request.HttpContext.RequestAborted);
        await WakeAsync(request, durable, asked);
        return asked.Answer(view => Answer.Accepted(view, $"/api/exam-runs/{view.Id}"));
    }

    [Function("ListExamRuns"), Requires(Permissions.ExamManage)]
    [Operation("A session's computations", Query = typeof(PageQuery), Answer = typeof(Page<ExamRuns.View>), Problems = ["not-found"])]
    public async Task<IResult> List([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/exam-sessions/{sessionId}/runs")] HttpRequest request, string sessionId)
    {
        var found = await runs.ListAsync(request.Caller(), ExamSessionsApi.Id(sessionId), request.Query<PageQuery>(), request.HttpContext.RequestAborted);
        return found.Answer(page => Answer.Ok(page));
    }

    [Function("GetExamRun"), SignedIn]
    [Operation("A computation, with what was checked and what it comes to", Description = "For who manages examinations, and who approves.", Answer = typeof(ExamRuns.View), Problems = ["not-found", "forbidden"])]
    public async Task<IResult> Get([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/exam-runs/{runId}")] HttpRequest request, string runId) =>
        (await runs.ReadAsync(request.Caller(), Id(runId), request.HttpContext.RequestAborted)).Answer(view => Answer.Ok(view, view.Version));

    [Function("ApproveExamRun"), Requires(Permissions.ExamApprove)]
    [Operation("Approve results", Description = "Two persons do, neither of whom asked for them; the second approval makes them ready for their instant.", Body = typeof(ExamRuns.Approval), Answer = typeof(ExamRuns.View),
        Problems = ["not-found", "exam-another-person", "exam-run-state", "exam-digest-differs"])]
    public async Task<IResult> Approve([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/exam-runs/{runId}/approvals")] HttpRequest request, string runId, [DurableClient] DurableTaskClient durable)
    {
        var approved = await runs.ApproveAsync(request.Caller(), Id(runId), await request.ReadAsync<ExamRuns.Approval>(), request.HttpContext.RequestAborted);
        await WakeAsync(request, durable, approved);
        return approved.Answer(view => Answer.Ok(view, view.Version));
    }

    [Function("PostponeExamRun"), Requires(Permissions.ExamManage)]
    [Operation("Set another instant of publication", Body = typeof(ExamRuns.Postponement), Answer = typeof(ExamRuns.View), Problems = ["not-found", "stale", "exam-run-state"])]
    public async Task<IResult> Postpone([HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = "api/exam-runs/{runId}")] HttpRequest request, string runId, [DurableClient] DurableTaskClient durable)
    {
        var postponed = await runs.PostponeAsync(request.Caller(), Id(runId), await request.ReadAsync<ExamRuns.Postponement>(), request.IfMatch(), request.HttpContext.RequestAborted);
        await WakeAsync(request, durable, postponed);
        return postponed.Answer(view => Answer.Ok(view, view.Version));
    }

    [Function("CancelExamRun"), Requires(Permissions.ExamManage)]
    [Operation("Take a computation back that is not published", Answer = typeof(ExamRuns.View), Problems = ["not-found", "exam-run-state"])]
    public async Task<IResult> Cancel([HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/exam-runs/{runId}")] HttpRequest request, string runId, [DurableClient] DurableTaskClient durable)
    {
        var cancelled = await runs.CancelAsync(request.Caller(), Id(runId), request.HttpContext.RequestAborted);
        await WakeAsync(request, durable, cancelled);
        return cancelled.Answer(view => Answer.Ok(view, view.Version));
    }

    private static Task WakeAsync(HttpRequest request, DurableTaskClient durable, Outcome<ExamRuns.View> outcome) =>
        outcome.Value is { } view ? ExamPublication.WakeAsync(durable, request.Caller(), view.Id, request.HttpContext.RequestAborted) : Task.CompletedTask;

    private static Guid Id(string text) => RequestReading.Id(text, "run");
}
