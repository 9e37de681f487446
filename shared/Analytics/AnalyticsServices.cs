using Microsoft.Extensions.DependencyInjection;

namespace Podium.Analytics;

/// <summary>What front-ends tell, what is counted of it, and dashboards of that and of everything else that is kept.</summary>
public static class AnalyticsServices
{
    public static IServiceCollection AddAnalytics(this IServiceCollection services) => services
        .AddSingleton<EventDefinitions>()
        .AddSingleton<TakeEvents>()
        .AddSingleton<RollUpEvents>()
        .AddSingleton<ExportEvents>()
        .AddSingleton<ReadSeries>()
        .AddSingleton<ReadFunnel>()
        .AddSingleton<Participation>()
        .AddSingleton<JudgeWorkload>()
        .AddSingleton<Dashboards>()
        .AddSingleton<DashboardPictures>()
        .AddSingleton<SendReports>();
}
