using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Podium.Certificates;
using Podium.Functions.Api;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Running;

namespace Podium.Functions.Running;

/// <summary>Certificates of completed competitions.</summary>
public sealed class CompetitionCertificatesApi(IssueCompetitionCertificates issue)
{
    [Function("IssueCompetitionCertificates"), Requires(Permissions.CompetitionManage, In = ScopeType.Competition, By = "competitionId")]
    [Operation("Issue a completed competition's certificates", Description = "To each person who holds a place or an award, in a team each member. Asked again with other words, those who hold one no more lose it.",
        Body = typeof(IssueCompetitionCertificates.Request), Answer = typeof(IssueCompetitionCertificates.View), Problems = ["not-found", "results-not-published"])]
    public async Task<IResult> Issue([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/competitions/{competitionId}/certificates")] HttpRequest request, string competitionId)
    {
        var issued = await issue.RunAsync(request.Caller(), Id(competitionId), await request.ReadAsync<IssueCompetitionCertificates.Request>(), request.HttpContext.RequestAborted);
        return issued.Answer(view => Answer.Ok(view));
    }

    [Function("ListCompetitionCertificates"), Requires(Permissions.CompetitionManage, In = ScopeType.Competition, By = "competitionId")]
    [Operation("A competition's certificates", Query = typeof(PageQuery), Answer = typeof(Page<ReadCertificates.Line>), Problems = ["not-found"])]
    public async Task<IResult> List([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/competitions/{competitionId}/certificates")] HttpRequest request, string competitionId)
    {
        var found = await issue.ListAsync(request.Caller(), Id(competitionId), request.Query<PageQuery>(), request.HttpContext.RequestAborted);
        return found.Answer(page => Answer.Ok(page));
    }

    private static Guid Id(string text) => RequestReading.Id(text, "competition");
}
