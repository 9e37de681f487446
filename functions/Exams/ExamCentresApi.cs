using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Podium.Competitions;
using Podium.Exams;
using Podium.Functions.Api;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Csv;
using Podium.Platform.Problems;

namespace Podium.Functions.Exams;

/// <summary>Examination centres, their candidates and entries, and cases about candidates.</summary>
public sealed class ExamCentresApi(ImportCentres importCentres, ImportCandidates importCandidates, ImportEntries importEntries, ExamCandidates candidates, EditExamCase cases)
{
    private const string Errors = "A file with errors changes nothing; who accepts text/csv gets the errors as a table.";

    [Function("ImportExamCentres"), Requires(Permissions.ExamManage)]
    [Operation("Add the centres of a table", Description = $"Columns: number, name; perhaps region_code, region_name. {Errors}",
        Body = typeof(Import.Request), Answer = typeof(Import.Result), AlsoMediaType = ["text/csv"], Problems = ["institution-exists"])]
    public async Task<IResult> Centres([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/imports/exam-centres")] HttpRequest request) =>
        Imported(request, await importCentres.Run(request.Caller(), await request.ReadAsync<Import.Request>(Import.MostBytes), request.HttpContext.RequestAborted));

    [Function("ImportExamCandidates"), Requires(Permissions.ExamCentre, Somewhere = true)]
    [Operation("Add the candidates of a table", Description = $"Columns: centre, number, first_name, last_name. {Errors}",
        Body = typeof(Import.Request), Answer = typeof(Import.Result), AlsoMediaType = ["text/csv"], Problems = ["not-found", "exam-number-taken"])]
    public async Task<IResult> Candidates([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/exam-sessions/{sessionId}/imports/candidates")] HttpRequest request, string sessionId) =>
        Imported(request, await importCandidates.Run(request.Caller(), ExamSessionsApi.Id(sessionId), await request.ReadAsync<Import.Request>(Import.MostBytes), request.HttpContext.RequestAborted));

    [Function("ImportExamEntries"), Requires(Permissions.ExamCentre, Somewhere = true)]
    [Operation("Enter candidates for subjects by a table", Description = $"Columns: number, subject; perhaps status (entered, withdrawn). {Errors}",
        Body = typeof(Import.Request), Answer = typeof(Import.Result), AlsoMediaType = ["text/csv"], Problems = ["not-found", "exam-marks-locked"])]
    public async Task<IResult> Entries([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/exam-sessions/{sessionId}/imports/entries")] HttpRequest request, string sessionId) =>
        Imported(request, await importEntries.Run(request.Caller(), ExamSessionsApi.Id(sessionId), await request.ReadAsync<Import.Request>(Import.MostBytes), request.HttpContext.RequestAborted));

    [Function("ListExamCentres"), Requires(Permissions.ExamCentre, Somewhere = true)]
    [Operation("The centres that the caller may see", Query = typeof(PageQuery), Answer = typeof(Page<ExamCandidates.Centre>))]
    public async Task<IResult> ListCentres([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/exam-centres")] HttpRequest request) =>
        Answer.Ok(await candidates.CentresAsync(request.Caller(), request.Query<PageQuery>(), request.HttpContext.RequestAborted));

    [Function("ListExamCandidates"), Requires(Permissions.ExamCentre, Somewhere = true)]
    [Operation("The candidates that the caller may see", Query = typeof(ExamCandidates.Filter), Answer = typeof(Page<ExamCandidates.View>), Problems = ["not-found"])]
    public async Task<IResult> ListCandidates([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/exam-sessions/{sessionId}/candidates")] HttpRequest request, string sessionId)
    {
        var found = await candidates.ListAsync(request.Caller(), ExamSessionsApi.Id(sessionId), request.Query<ExamCandidates.Filter>(), request.HttpContext.RequestAborted);
        return found.Answer(page => Answer.Ok(page));
    }

    [Function("RenewCandidateSecrets"), Requires(Permissions.ExamCentre, Somewhere = true)]
    [Operation("Give a centre's candidates the secrets that open their results", Description = "They are shown in this answer and kept nowhere.", Body = typeof(ExamCandidates.SecretRequest),
        Answer = typeof(ExamCandidates.Secrets), Problems = ["not-found"])]
    public async Task<IResult> Secrets([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/exam-sessions/{sessionId}/centres/{centreId}/secrets")] HttpRequest request, string sessionId, string centreId)
    {
        var made = await candidates.RenewSecretsAsync(
            request.Caller(), ExamSessionsApi.Id(sessionId), RequestReading.Id(centreId, "centre"), await request.ReadAsync<ExamCandidates.SecretRequest>(), request.HttpContext.RequestAborted);
        return made.Answer(secrets => Answer.Secret(secrets));
    }

    [Function("OpenExamCase"), Requires(Permissions.ExamCentre, Somewhere = true)]
    [Operation("Report a case about a candidate", Description = "A suspicion of malpractice withholds the candidate's results at once until it is decided.",
        Body = typeof(EditExamCase.Request), Answer = typeof(EditExamCase.View), Status = 201, Problems = ["not-found", "exam-id-taken"])]
    public async Task<IResult> OpenCase([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/exam-sessions/{sessionId}/cases")] HttpRequest request, string sessionId)
    {
        var opened = await cases.OpenAsync(request.Caller(), ExamSessionsApi.Id(sessionId), await request.ReadAsync<EditExamCase.Request>(), request.HttpContext.RequestAborted);
        return opened.Answer(view => Answer.Created($"/api/exam-cases/{view.Id}", view, view.Version));
    }

    [Function("ListExamCases"), Requires(Permissions.ExamCentre, Somewhere = true)]
    [Operation("The cases that the caller may see", Query = typeof(PageQuery), Answer = typeof(Page<EditExamCase.View>), Problems = ["not-found"])]
    public async Task<IResult> ListCases([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/exam-sessions/{sessionId}/cases")] HttpRequest request, string sessionId)
    {
        var found = await cases.ListAsync(request.Caller(), ExamSessionsApi.Id(sessionId), request.Query<PageQuery>(), request.HttpContext.RequestAborted);
        return found.Answer(page => Answer.Ok(page));
    }

    [Function("DecideExamCase"), Requires(Permissions.ExamManage)]
    [Operation("Decide a case", Description = "What is computed afterwards takes it into account; what is published is amended by another run.",
        Body = typeof(EditExamCase.Decision), Answer = typeof(EditExamCase.View), Problems = ["not-found", "stale", "exam-case-decided"])]
    public async Task<IResult> Decide([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/exam-cases/{caseId}/decision")] HttpRequest request, string caseId)
    {
        var decided = await cases.DecideAsync(request.Caller(), RequestReading.Id(caseId, "case"), await request.ReadAsync<EditExamCase.Decision>(), request.IfMatch(), request.HttpContext.RequestAborted);
        return decided.Answer(view => Answer.Ok(view, view.Version));
    }

    private static IResult Imported(HttpRequest request, Outcome<Import.Result> done) => done.Answer(result =>
        result.Errors.Count > 0 && request.Headers.Accept.Any(type => type?.Contains("text/csv", StringComparison.OrdinalIgnoreCase) == true)
            ? new CsvAnswer(ErrorTable(result), "errors.csv")
            : Answer.Ok(result));

    private static async IAsyncEnumerable<string?[]> ErrorTable(Import.Result result)
    {
        await Task.CompletedTask;
        yield return ["line", "column", "code", "detail"];
        foreach (var error in result.Errors) yield return [error.Line.ToString(CultureInfo.InvariantCulture), error.Column, error.Code, error.Detail];
    }
}
