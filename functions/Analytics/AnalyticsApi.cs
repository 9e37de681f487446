using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Podium.Analytics;
using Podium.Functions.Api;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Csv;

namespace Podium.Functions.Analytics;

/// <summary>What was counted: events along time, how far people come, who takes part, and how judges get on.</summary>
public sealed class AnalyticsApi(ReadSeries series, ReadFunnel funnel, Participation participation, JudgeWorkload judging)
{
    [Function("GetEventSeries"), Requires(Permissions.AnalyticsRead)]
    [Operation("Events of the tenant per hour, day, week or month", Query = typeof(ReadSeries.Query), Answer = typeof(ReadSeries.Series))]
    public async Task<IResult> Series([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/analytics/series")] HttpRequest request)
    {
        var found = await series.RunAsync(request.Caller(), null, request.Query<ReadSeries.Query>(), request.HttpContext.RequestAborted);
        return found.Answer(all => Answer.Ok(all));
    }

    [Function("ExportEventSeries"), Requires(Permissions.AnalyticsRead)]
    [Operation("Events of the tenant per hour, day, week or month, as a table for spreadsheets", Query = typeof(ReadSeries.Query), MediaType = "text/csv")]
    public async Task<IResult> TenantSeriesTable([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/analytics/export/series")] HttpRequest request)
    {
        var found = await series.RunAsync(request.Caller(), null, request.Query<ReadSeries.Query>(), request.HttpContext.RequestAborted);
        return found.Answer(all => new CsvAnswer(ReadSeries.TableOf(all).ToAsyncEnumerable(), "series.csv"));
    }

    [Function("GetCompetitionEventSeries"), Requires(Permissions.AnalyticsRead, In = ScopeType.Competition, By = "competitionId")]
    [Operation("Events of a competition per hour, day, week or month", Query = typeof(ReadSeries.Query), Answer = typeof(ReadSeries.Series), Problems = ["not-found"])]
    public async Task<IResult> OfCompetition([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/competitions/{competitionId}/analytics/series")] HttpRequest request, string competitionId)
    {
        var found = await series.RunAsync(request.Caller(), Id(competitionId), request.Query<ReadSeries.Query>(), request.HttpContext.RequestAborted);
        return found.Answer(all => Answer.Ok(all));
    }

    [Function("ExportCompetitionEventSeries"), Requires(Permissions.AnalyticsRead, In = ScopeType.Competition, By = "competitionId")]
    [Operation("Events of a competition per hour, day, week or month, as a table for spreadsheets", Query = typeof(ReadSeries.Query), MediaType = "text/csv", Problems = ["not-found"])]
    public async Task<IResult> SeriesTable([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/competitions/{competitionId}/export/series")] HttpRequest request, string competitionId)
    {
        var found = await series.RunAsync(request.Caller(), Id(competitionId), request.Query<ReadSeries.Query>(), request.HttpContext.RequestAborted);
        return found.Answer(all => new CsvAnswer(ReadSeries.TableOf(all).ToAsyncEnumerable(), "series.csv"));
    }

    [Function("GetFunnel"), Requires(Permissions.AnalyticsRead, In = ScopeType.Competition, By = "competitionId")]
    [Operation("How far people come, step by step", Description = "Steps that are events count people who agreed to analytics; what people do in the competition counts everybody.",
        Query = typeof(ReadFunnel.Query), Answer = typeof(ReadFunnel.View), Problems = ["not-found"])]
    public async Task<IResult> Funnel([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/competitions/{competitionId}/analytics/funnel")] HttpRequest request, string competitionId)
    {
        var found = await funnel.RunAsync(request.Caller(), Id(competitionId), request.Query<ReadFunnel.Query>(), request.HttpContext.RequestAborted);
        return found.Answer(view => Answer.Ok(view));
    }

    [Function("GetParticipation"), Requires(Permissions.AnalyticsRead, In = ScopeType.Competition, By = "competitionId")]
    [Operation("Who takes part, and where they stop, round by round", Answer = typeof(Participation.View), Problems = ["not-found"])]
    public async Task<IResult> Participation([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/competitions/{competitionId}/analytics/participation")] HttpRequest request, string competitionId)
    {
        var found = await participation.ReadAsync(request.Caller(), Id(competitionId), request.HttpContext.RequestAborted);
        return found.Answer(view => Answer.Ok(view));
    }

    [Function("ExportParticipation"), Requires(Permissions.AnalyticsRead, In = ScopeType.Competition, By = "competitionId")]
    [Operation("Participation round by round, as a table for spreadsheets", MediaType = "text/csv", Problems = ["not-found"])]
    public async Task<IResult> ParticipationTable([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/competitions/{competitionId}/export/participation")] HttpRequest request, string competitionId)
    {
        var found = await participation.ReadAsync(request.Caller(), Id(competitionId), request.HttpContext.RequestAborted);
        return found.Answer(view => new CsvAnswer(Podium.Analytics.Participation.TableOf(view).ToAsyncEnumerable(), "participation.csv"));
    }

    [Function("GetJudgeWorkload"), Requires(Permissions.AnalyticsRead, In = ScopeType.Competition, By = "competitionId")]
    [Operation("What judges have done and still have to do, how fast they are, and when they would be done", Answer = typeof(JudgeWorkload.View), Problems = ["not-found"])]
    public async Task<IResult> Judging([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/competitions/{competitionId}/analytics/judging")] HttpRequest request, string competitionId)
    {
        var found = await judging.ReadAsync(request.Caller(), Id(competitionId), request.HttpContext.RequestAborted);
        return found.Answer(view => Answer.Ok(view));
    }

    [Function("ExportJudgeWorkload"), Requires(Permissions.AnalyticsRead, In = ScopeType.Competition, By = "competitionId")]
    [Operation("Judges' work as a table for spreadsheets", MediaType = "text/csv", Problems = ["not-found"])]
    public async Task<IResult> JudgingTable([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/competitions/{competitionId}/export/judging")] HttpRequest request, string competitionId)
    {
        var found = await judging.ReadAsync(request.Caller(), Id(competitionId), request.HttpContext.RequestAborted);
        return found.Answer(view => new CsvAnswer(JudgeWorkload.TableOf(view).ToAsyncEnumerable(), "judging.csv"));
    }

    private static Guid Id(string text) => RequestReading.Id(text, "competition");
}
