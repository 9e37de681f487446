using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Podium.Analytics;
using Podium.Functions.Api;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Pictures;
using Podium.Platform.Problems;

namespace Podium.Functions.Analytics;

/// <summary>Dashboards of organisers, judges and administrators, as numbers and as pictures.</summary>
public sealed class DashboardsApi(Dashboards dashboards, DashboardPictures pictures)
{
    private const string Svg = "image/svg+xml", Png = "image/png";

    [Function("GetCompetitionDashboard"), Requires(Permissions.AnalyticsRead, In = ScopeType.Competition, By = "competitionId")]
    [Operation("A competition at a glance", Answer = typeof(Dashboards.OfCompetition), Problems = ["not-found"])]
    public async Task<IResult> OfCompetition([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/competitions/{competitionId}/dashboard")] HttpRequest request, string competitionId)
    {
        var found = await dashboards.OfCompetitionAsync(request.Caller(), Id(competitionId), request.HttpContext.RequestAborted);
        return found.Answer(board => Answer.Ok(board));
    }

    [Function("GetCompetitionPicture"), Requires(Permissions.AnalyticsRead, In = ScopeType.Competition, By = "competitionId")]
    [Operation("A picture of a competition: registrations, events, funnel, rounds or judges", Query = typeof(DashboardPictures.Query), MediaType = Svg, AlsoMediaType = [Png], Problems = ["not-found"])]
    public async Task<IResult> PictureOfCompetition(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/competitions/{competitionId}/dashboard/pictures/{picture}")] HttpRequest request, string competitionId, string picture)
    {
        var query = request.Query<DashboardPictures.Query>();
        return Drawn(await pictures.OfCompetitionAsync(request.Caller(), Id(competitionId), picture, query.Language, request.HttpContext.RequestAborted), query);
    }

    [Function("GetDashboard"), Requires(Permissions.AnalyticsRead)]
    [Operation("The tenant at a glance", Answer = typeof(Dashboards.OfTenant))]
    public async Task<IResult> OfTenant([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/dashboard")] HttpRequest request) =>
        Answer.Ok(await dashboards.OfTenantAsync(request.Caller(), request.HttpContext.RequestAborted));

    [Function("GetPicture"), Requires(Permissions.AnalyticsRead)]
    [Operation("A picture of the tenant: people, registrations, submissions, events or competitions", Query = typeof(DashboardPictures.Query), MediaType = Svg, AlsoMediaType = [Png], Problems = ["not-found"])]
    public async Task<IResult> PictureOfTenant([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/dashboard/pictures/{picture}")] HttpRequest request, string picture)
    {
        var query = request.Query<DashboardPictures.Query>();
        return Drawn(await pictures.OfTenantAsync(request.Caller(), picture, query.Language, request.HttpContext.RequestAborted), query);
    }

    [Function("GetJudgingDashboard"), Requires(Permissions.CompetitionJudge, Somewhere = true)]
    [Operation("One's own judging at a glance", Answer = typeof(Dashboards.OfJudge))]
    public async Task<IResult> OfJudge([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/me/judging-dashboard")] HttpRequest request) =>
        Answer.Ok(await dashboards.OfJudgeAsync(request.Caller(), request.HttpContext.RequestAborted));

    [Function("GetJudgingPicture"), Requires(Permissions.CompetitionJudge, Somewhere = true)]
    [Operation("A picture of one's own judging: work or pace", Query = typeof(DashboardPictures.Query), MediaType = Svg, AlsoMediaType = [Png], Problems = ["not-found"])]
    public async Task<IResult> PictureOfJudge([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/me/judging-dashboard/pictures/{picture}")] HttpRequest request, string picture)
    {
        var query = request.Query<DashboardPictures.Query>();
        return Drawn(await pictures.OfJudgeAsync(request.Caller(), picture, query.Language, request.HttpContext.RequestAborted), query);
    }

    private static IResult Drawn(Outcome<Chart> chart, DashboardPictures.Query query) => chart.Answer(found => query.Format == PictureFormat.Png
        ? new FileAnswer(Png, PngWriter.Write(found.Draw(), query.Dark ? Palette.Dark : Palette.Light))
        // opened by itself it is a page, which may do nothing but look as it does
        : new FileAnswer($"{Svg}; charset=utf-8", Encoding.UTF8.GetBytes(SvgWriter.Write(found.Draw()))) { ContentSecurityPolicy = "default-src 'none'; style-src 'unsafe-inline'" });

    private static Guid Id(string text) => RequestReading.Id(text, "competition");
}
