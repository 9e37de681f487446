using Microsoft.Extensions.DependencyInjection;

namespace Podium.Scoreboards;

/// <summary>Problem-solving contests: rules, submissions, judgements, boards, the Contest API.</summary>
public static class ScoreboardServices
{
    public static IServiceCollection AddScoreboards(this IServiceCollection services) => services
        .AddSingleton<ContestStore>()
        .AddSingleton<ContestMemory>()
        .AddSingleton<EditContest>()
        .AddSingleton<SubmitSolution>()
        .AddSingleton<JudgeSolution>()
        .AddSingleton<Rejudge>()
        .AddSingleton<ImportContest>()
        .AddSingleton<ContestBoards>()
        .AddSingleton<ContestExport>();
}
