using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Podium.Competitions;
using Podium.Functions.Api;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Csv;
using Podium.Submissions;

namespace Podium.Functions.Submissions;

/// <summary>What was handed in, for those who run the competition: lists, decisions, later deadlines.</summary>
public sealed class CompetitionSubmissionsApi(
    SubmissionsOfCompetition submissions, DecideSubmission decide, ExtendDeadline extend, ExportSubmissions export, CompetitionDirectory competitions, EntryForms forms)
{
    [Function("ListSubmissions"), Requires(Permissions.CompetitionManage, In = ScopeType.Competition, By = "competitionId")]
    [Operation("What was handed in, the newest first", Query = typeof(SubmissionsOfCompetition.Filter), Answer = typeof(Page<ReadSubmissions.Summary>), Problems = ["not-found"])]
    public async Task<IResult> List([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/competitions/{competitionId}/submissions")] HttpRequest request, string competitionId)
    {
        var page = await submissions.ListAsync(request.Caller(), Id(competitionId), request.Query<SubmissionsOfCompetition.Filter>(), request.HttpContext.RequestAborted);
        return page.Answer(list => Answer.Ok(list));
    }

    [Function("ListMissingSubmissions"), Requires(Permissions.CompetitionManage, In = ScopeType.Competition, By = "competitionId")]
    [Operation("Who has handed in nothing that counts", Query = typeof(SubmissionsOfCompetition.MissingFilter), Answer = typeof(Page<SubmissionsOfCompetition.Missing>), Problems = ["not-found"])]
    public async Task<IResult> Missing([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/competitions/{competitionId}/missing-submissions")] HttpRequest request, string competitionId)
    {
        var page = await submissions.MissingAsync(request.Caller(), Id(competitionId), request.Query<SubmissionsOfCompetition.MissingFilter>(), request.HttpContext.RequestAborted);
        return page.Answer(list => Answer.Ok(list));
    }

    [Function("DecideSubmission"), Requires(Permissions.CompetitionManage, In = ScopeType.Competition, By = "competitionId")]
    [Operation("Approve or reject a submission, whatever the validation said", Body = typeof(DecideSubmission.Request), Answer = typeof(ReadSubmissions.View),
        Problems = ["not-found", "stale", "submission-draft", "submission-withdrawn", "submission-not-valid", "competition-ended", "competition-frozen"])]
    public async Task<IResult> Decide([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/competitions/{competitionId}/submissions/{submissionId}/decision")] HttpRequest request, string competitionId, string submissionId)
    {
        var decided = await decide.Run(request.Caller(), Id(competitionId), RequestReading.Id(submissionId, "submission"), await request.ReadAsync<DecideSubmission.Request>(), request.IfMatch(), request.HttpContext.RequestAborted);
        return decided.Answer(view => Answer.Ok(view, view.Version));
    }

    [Function("ReinstateSubmission"), Requires(Permissions.CompetitionManage, In = ScopeType.Competition, By = "competitionId")]
    [Operation("Make a version count that was withdrawn or replaced", Body = typeof(DecideSubmission.Reinstatement), Answer = typeof(ReadSubmissions.View), Problems = ["not-found", "stale", "submission-draft", "submission-not-valid", "competition-ended", "competition-frozen"])]
    public async Task<IResult> Reinstate([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/competitions/{competitionId}/submissions/{submissionId}/reinstatement")] HttpRequest request, string competitionId, string submissionId)
    {
        var done = await decide.ReinstateAsync(request.Caller(), Id(competitionId), RequestReading.Id(submissionId, "submission"), await request.ReadAsync<DecideSubmission.Reinstatement>(), request.IfMatch(), request.HttpContext.RequestAborted);
        return done.Answer(view => Answer.Ok(view, view.Version));
    }

    [Function("GrantExtension"), Requires(Permissions.CompetitionManage, In = ScopeType.Competition, By = "competitionId")]
    [Operation("Give one entry a later deadline", Body = typeof(ExtendDeadline.Request), Answer = typeof(ExtendDeadline.View), Status = 201, Problems = ["not-found", "submissions-not-taken", "competition-ended", "id-taken"])]
    public async Task<IResult> Grant([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/competitions/{competitionId}/extensions")] HttpRequest request, string competitionId)
    {
        var granted = await extend.GrantAsync(request.Caller(), Id(competitionId), await request.ReadAsync<ExtendDeadline.Request>(), request.HttpContext.RequestAborted);
        return granted.Answer(view => Answer.Created($"/api/competitions/{view.CompetitionId}/extensions", view));
    }

    [Function("ListExtensions"), Requires(Permissions.CompetitionManage, In = ScopeType.Competition, By = "competitionId")]
    [Operation("The later deadlines that were granted", Query = typeof(PageQuery), Answer = typeof(Page<ExtendDeadline.View>), Problems = ["not-found"])]
    public async Task<IResult> Extensions([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/competitions/{competitionId}/extensions")] HttpRequest request, string competitionId)
    {
        var page = await extend.ListAsync(request.Caller(), Id(competitionId), request.Query<PageQuery>(), request.HttpContext.RequestAborted);
        return page.Answer(list => Answer.Ok(list));
    }

    [Function("RevokeExtension"), Requires(Permissions.CompetitionManage, In = ScopeType.Competition, By = "competitionId")]
    [Operation("Take a later deadline back", Description = "What has come by now keeps it.", Body = typeof(ExtendDeadline.Revocation), Answer = typeof(ExtendDeadline.View), Problems = ["not-found"])]
    public async Task<IResult> Revoke([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/competitions/{competitionId}/extensions/{extensionId}/revocation")] HttpRequest request, string competitionId, string extensionId)
    {
        var revoked = await extend.RevokeAsync(request.Caller(), Id(competitionId), RequestReading.Id(extensionId, "extension"), await request.ReadAsync<ExtendDeadline.Revocation>(), request.HttpContext.RequestAborted);
        return revoked.Answer(view => Answer.Ok(view));
    }

    [Function("ExportSubmissions"), Requires(Permissions.CompetitionManage, In = ScopeType.Competition, By = "competitionId")]
    [Operation("All that was handed in as a table for spreadsheets", Description = "As JSON it is part of the competition's whole export.", MediaType = "text/csv", Problems = ["not-found"])]
    public async Task<IResult> Table([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/competitions/{competitionId}/export/submissions")] HttpRequest request, string competitionId)
    {
        var found = await competitions.ReadAsync(request.Caller(), Id(competitionId), request.HttpContext.RequestAborted);
        return found.Answer(view => new CsvAnswer(export.TableAsync(request.Caller(), view.Id, forms, request.HttpContext.RequestAborted), $"{view.Slug}-submissions.csv"));
    }

    private static Guid Id(string text) => RequestReading.Id(text, "competition");
}
