using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Podium.Exams;
using Podium.Functions.Api;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Csv;

namespace Podium.Functions.Exams;

/// <summary>Marks as files: sent, taken in as a whole or not at all, compared.</summary>
public sealed class ExamMarksApi(MarkFiles files)
{
    [Function("AskForMarkFile"), Requires(Permissions.ExamMarks, Somewhere = true)]
    [Operation("Send a file of marks", Description = "A CSV table with the columns number, subject, paper and mark (a number, or ABS). The answer says where to put it; what becomes of it is read at the file.",
        Body = typeof(MarkFiles.Request), Answer = typeof(MarkFiles.Asked), Status = 201, Problems = ["not-found", "exam-marks-locked", "file-id-taken", "file-arrived", "too-many-uploads"])]
    public async Task<IResult> Ask([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/exam-sessions/{sessionId}/mark-files")] HttpRequest request, string sessionId)
    {
        var asked = await files.AskAsync(request.Caller(), ExamSessionsApi.Id(sessionId), await request.ReadAsync<MarkFiles.Request>(), request.HttpContext.RequestAborted);
        return asked.Answer(answer => Answer.Created($"/api/exam-mark-files/{answer.File.Id}", answer));
    }

    [Function("ListMarkFiles"), Requires(Permissions.ExamMarks, Somewhere = true)]
    [Operation("A session's files of marks: one's own, or all for the office", Query = typeof(PageQuery), Answer = typeof(Page<MarkFiles.View>), Problems = ["not-found"])]
    public async Task<IResult> List([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/exam-sessions/{sessionId}/mark-files")] HttpRequest request, string sessionId)
    {
        var found = await files.ListAsync(request.Caller(), ExamSessionsApi.Id(sessionId), request.Query<PageQuery>(), request.HttpContext.RequestAborted);
        return found.Answer(page => Answer.Ok(page));
    }

    [Function("GetMarkFile"), Requires(Permissions.ExamMarks, Somewhere = true)]
    [Operation("How far a file of marks has come", Answer = typeof(MarkFiles.View), Problems = ["not-found"])]
    public async Task<IResult> Get([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/exam-mark-files/{fileId}")] HttpRequest request, string fileId) =>
        (await files.ReadAsync(request.Caller(), Id(fileId), request.HttpContext.RequestAborted)).Answer(view => Answer.Ok(view));

    [Function("GetMarkFileErrors"), Requires(Permissions.ExamMarks, Somewhere = true)]
    [Operation("What is wrong with a file of marks, as a table", Description = "The first ten thousand.", MediaType = "text/csv", Problems = ["not-found"])]
    public async Task<IResult> Errors([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/exam-mark-files/{fileId}/errors")] HttpRequest request, string fileId)
    {
        var found = await files.ReadAsync(request.Caller(), Id(fileId), request.HttpContext.RequestAborted);
        return found.Answer(view => new CsvAnswer(files.ErrorTableAsync(request.Caller(), view.Id, request.HttpContext.RequestAborted), "errors.csv"));
    }

    [Function("GetMarkDifferences"), Requires(Permissions.ExamMarks, Somewhere = true)]
    [Operation("Where two entries of the same marks differ, as a table", Description = "Also what was entered once only. A third round settles them.", MediaType = "text/csv", Problems = ["not-found"])]
    public async Task<IResult> Differences([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/exam-sessions/{sessionId}/mark-differences")] HttpRequest request, string sessionId)
    {
        var found = await files.ListAsync(request.Caller(), ExamSessionsApi.Id(sessionId), new PageQuery { Limit = 1 }, request.HttpContext.RequestAborted);
        return found.Answer(_ => new CsvAnswer(files.DifferenceTableAsync(request.Caller(), ExamSessionsApi.Id(sessionId), request.HttpContext.RequestAborted), "differences.csv"));
    }

    private static Guid Id(string text) => RequestReading.Id(text, "file");
}
