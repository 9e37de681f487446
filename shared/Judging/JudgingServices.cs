using Microsoft.Extensions.DependencyInjection;

namespace Podium.Judging;

/// <summary>Judges, rubrics, who judges what, reviews, scores.</summary>
public static class JudgingServices
{
    public static IServiceCollection AddJudging(this IServiceCollection services) => services
        .AddSingleton<Judges>()
        .AddSingleton<JudgePanel>()
        .AddSingleton<DeclareConflict>()
        .AddSingleton<Rubrics>()
        .AddSingleton<AssignRound>()
        .AddSingleton<MakeAssignment>()
        .AddSingleton<AssignEntry>()
        .AddSingleton<Reviews>()
        .AddSingleton<WriteReview>()
        .AddSingleton<RoundScores>()
        .AddSingleton<SeedJury>()
        .AddSingleton<Comparisons>()
        .AddSingleton<ComparePairs>();
}
