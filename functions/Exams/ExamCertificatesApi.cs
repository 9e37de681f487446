using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Podium.Certificates;
using Podium.Exams;
using Podium.Functions.Api;
using Podium.Functions.Certificates;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Problems;

namespace Podium.Functions.Exams;

/// <summary>Certificates and transcripts of published results.</summary>
public sealed class ExamCertificatesApi(IssueExamCertificates issue, IssueTranscripts transcripts, ReadExamCertificate own, ReadCertificates certificates)
{
    [Function("IssueExamCertificates"), Requires(Permissions.ExamManage)]
    [Operation("Issue a session's certificates", Description = "To every candidate who passed; from now on also after each amendment. The same again changes nothing.", Answer = typeof(IssueExamCertificates.View), Status = 202,
        Problems = ["not-found", "exam-not-published"])]
    public async Task<IResult> Issue([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/exam-sessions/{sessionId}/certificates")] HttpRequest request, string sessionId, [DurableClient] DurableTaskClient durable)
    {
        var (caller, stop) = (request.Caller(), request.HttpContext.RequestAborted);
        var asked = await issue.RequestAsync(caller, ExamSessionsApi.Id(sessionId), stop);
        if (asked.Value is { } order) await ExamCertification.StartAsync(durable, new ExamCertification.Order(caller.TenantId, caller.Shard, order.View.SessionId, order.RunId), stop);
        return asked.Answer(one => Answer.Accepted(one.View, $"/api/exam-sessions/{sessionId}/certificates"));
    }

    [Function("ListExamCertificates"), Requires(Permissions.ExamCentre, Somewhere = true)]
    [Operation("A session's certificates that the caller may see", Query = typeof(PageQuery), Answer = typeof(Page<ReadCertificates.Line>), Problems = ["not-found"])]
    public async Task<IResult> List([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/exam-sessions/{sessionId}/certificates")] HttpRequest request, string sessionId)
    {
        var found = await issue.ListAsync(request.Caller(), ExamSessionsApi.Id(sessionId), request.Query<PageQuery>(), request.HttpContext.RequestAborted);
        return found.Answer(page => Answer.Ok(page));
    }

    [Function("GetOwnExamCertificate"), Anyone]
    [Operation("A candidate's own certificate", Description = $"By number and the secret in the header {ExamResultsApi.SecretHeader}, as the result: as JSON, a sheet to print, an Open Badges 3.0 credential or the signed document.",
        Query = typeof(ReadCertificates.Query), Answer = typeof(ReadCertificates.View), AlsoMediaType = [CertificatesApi.Pdf, "application/vc+jwt", "application/jose"], Limit = RateLimits.Lookups,
        Problems = ["not-found", "certificate-none", "exam-not-published", "exam-lookup-refused", "exam-lookup-blocked", "exam-waiting-room"])]
    public async Task<IResult> Own([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/exam-sessions/{sessionId}/results/{number}/certificate")] HttpRequest request, string sessionId, string number)
    {
        var secret = request.Headers[ExamResultsApi.SecretHeader].ToString();
        if (!ExamCode.IsCode(number) || secret.Length > 100) return new Problem(CommonProblems.NotFound, "There is no such candidate number.").ToResult();
        var copy = await own.RunAsync(request.Caller(), ExamSessionsApi.Id(sessionId), number, secret, request.Query<ReadCertificates.Query>(), CertificatesApi.HostOf(request), request.HttpContext.RequestAborted);
        return copy.Answer(result => result);
    }

    [Function("IssueTranscript"), Anyone]
    [Operation("A transcript of one or several sessions", Description = "Candidates send the secret of each result; centres and the office do without for those they may see. The same again gives the same transcript.",
        Body = typeof(IssueTranscripts.Request), Query = typeof(ReadCertificates.Query), Answer = typeof(ReadCertificates.View), AlsoMediaType = [CertificatesApi.Pdf, "application/jose"], Limit = RateLimits.Lookups,
        Problems = ["not-found", "certificate-none", "certificate-other-names", "certificate-no-badge", "exam-not-published", "exam-lookup-refused", "exam-lookup-blocked", "exam-waiting-room"])]
    public async Task<IResult> Transcript([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/exam-transcripts")] HttpRequest request)
    {
        var (caller, stop) = (request.Caller(), request.HttpContext.RequestAborted);
        var query = request.Query<ReadCertificates.Query>();
        var issued = await transcripts.RunAsync(caller, await request.ReadAsync<IssueTranscripts.Request>(), stop);
        return issued.Problem is { } problem ? problem.ToResult() : (await certificates.CopyAsync(caller, issued.Value, query, CertificatesApi.HostOf(request), stop)).Answer(result => result);
    }
}
