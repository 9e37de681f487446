using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Podium.Exams;
using Podium.Functions.Api;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Csv;
using Podium.Platform.Problems;

namespace Podium.Functions.Exams;

/// <summary>Published results: a candidate's own, a centre's, and what they come to in the country.</summary>
public sealed class ExamResultsApi(LookUpResult lookUp, Broadsheets broadsheets, LookupThrottle throttle)
{
    /// <summary>Not in the address, which logs and histories keep.</summary>
    public const string SecretHeader = "X-Candidate-Secret";

    [Function("LookUpExamResult"), Anyone]
    [Operation("A candidate's own result", Description = $"By number and the secret in the header {SecretHeader}. Wrong secrets are slowed down; at a rush some are asked to come back in seconds.",
        Answer = typeof(ExamStatement), Limit = RateLimits.Lookups, Problems = ["not-found", "exam-not-published", "exam-lookup-refused", "exam-lookup-blocked", "exam-waiting-room"])]
    public async Task<IResult> LookUp([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/exam-sessions/{sessionId}/results/{number}")] HttpRequest request, string sessionId, string number)
    {
        var secret = request.Headers[SecretHeader].ToString();
        if (!ExamCode.IsCode(number) || secret.Length > 100) return new Problem(CommonProblems.NotFound, "There is no such candidate number.").ToResult();
        var found = await lookUp.Run(request.Caller(), ExamSessionsApi.Id(sessionId), number, secret, request.Headers.IfNoneMatch, request.HttpContext.RequestAborted);
        return found.Answer(result => result);
    }

    [Function("ListCentreResults"), Requires(Permissions.ExamCentre, Somewhere = true)]
    [Operation("A centre's published results", Query = typeof(PageQuery), Answer = typeof(Page<ExamStatement>), Problems = ["not-found", "exam-not-published"])]
    public async Task<IResult> Broadsheet([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/exam-sessions/{sessionId}/centres/{centreId}/results")] HttpRequest request, string sessionId, string centreId)
    {
        var found = await broadsheets.ListAsync(request.Caller(), ExamSessionsApi.Id(sessionId), Centre(centreId), request.Query<PageQuery>(), request.HttpContext.RequestAborted);
        return found.Answer(page => Answer.Ok(page));
    }

    [Function("ExportCentreResults"), Requires(Permissions.ExamCentre, Somewhere = true)]
    [Operation("A centre's broadsheet as a table for spreadsheets", MediaType = "text/csv", Problems = ["not-found", "exam-not-published"])]
    public async Task<IResult> BroadsheetTable([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/exam-sessions/{sessionId}/centres/{centreId}/broadsheet")] HttpRequest request, string sessionId, string centreId)
    {
        var (caller, session, centre, stop) = (request.Caller(), ExamSessionsApi.Id(sessionId), Centre(centreId), request.HttpContext.RequestAborted);
        return (await broadsheets.CheckAsync(caller, session, centre, stop)).Answer(_ => new CsvAnswer(broadsheets.TableAsync(caller, session, centre, stop), "broadsheet.csv"));
    }

    [Function("GetExamTables"), Anyone]
    [Operation("What a session's results come to in the country", Answer = typeof(ExamTables), Problems = ["not-found", "exam-not-published"])]
    public async Task<IResult> Tables([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/exam-sessions/{sessionId}/tables")] HttpRequest request, string sessionId) =>
        (await broadsheets.NationalAsync(request.Caller(), ExamSessionsApi.Id(sessionId), request.HttpContext.RequestAborted)).Answer(tables => Answer.Ok(tables));

    [Function("SweepExamLookups")]
    public Task Sweep([TimerTrigger("0 50 * * * *")] TimerInfo timer, CancellationToken cancellationToken) => throttle.SweepAsync(cancellationToken);

    private static Guid Centre(string text) => RequestReading.Id(text, "centre");
}
