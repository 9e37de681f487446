using Microsoft.Extensions.DependencyInjection;

namespace Podium.Running;

/// <summary>Competitions that go through their rounds by themselves.</summary>
public static class RunningServices
{
    public static IServiceCollection AddRunning(this IServiceCollection services) => services
        .AddSingleton<RunNotices>()
        .AddSingleton<FinalStanding>()
        .AddSingleton<IssueCompetitionCertificates>()
        .AddSingleton<MoveRounds>()
        .AddSingleton<RunViews>()
        .AddSingleton<DirectRun>()
        .AddSingleton<DirectRound>()
        .AddSingleton<Appeals>()
        .AddSingleton<RaiseAppeal>()
        .AddSingleton<DecideAppeal>()
        .AddSingleton<RoundHistory>()
        .AddSingleton<WatchRuns>()
        .AddSingleton<RehearseRun>()
        .AddSingleton<SeedJudgedRound>()
        .AddSingleton<Leaderboard>();
}
