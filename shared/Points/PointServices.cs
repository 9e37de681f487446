using Microsoft.Extensions.DependencyInjection;

namespace Podium.Points;

/// <summary>Achievements, points, and their boards.</summary>
public static class PointServices
{
    public static IServiceCollection AddPoints(this IServiceCollection services) => services
        .AddSingleton<Achievements>()
        .AddSingleton<EditAchievement>()
        .AddSingleton<PointNotices>()
        .AddSingleton<GiveAwards>()
        .AddSingleton<WatchDeeds>()
        .AddSingleton<BackfillAchievement>()
        .AddSingleton<Awards>()
        .AddSingleton<PointSeasons>()
        .AddSingleton<PointBoards>()
        .AddSingleton<StreakBoard>()
        .AddSingleton<OwnPoints>();
}
