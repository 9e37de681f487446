using Podium.Competitions;
using Podium.Judging;
using Podium.Platform.Access;
using Podium.Running;
using Podium.Submissions;
using static Podium.Demo.DemoException;

namespace Podium.Demo;

/// <summary>The demo's competitions of teams: entered, handed in for, with judges, and where that is wanted with a round that is judged.</summary>
public sealed class DemoContests(SeedDemo contests, SeedSubmissions submissions, SeedJury jury, SeedJudgedRound judged)
{
    private static readonly Rubrics.CriterionRequest[] Ideas =
    [
        new() { Key = "need", Name = "Who needs it", MaxPoints = 10, Step = 0.5m },
        new() { Key = "idea", Name = "The idea", MaxPoints = 10, Step = 0.5m, Weight = 2 },
        new() { Key = "words", Name = "How it is told", MaxPoints = 10, Step = 0.5m },
    ];

    // robots' reports are marked from 0 to 100
    private static readonly Rubrics.CriterionRequest[] Reports = [new() { Key = "score", Name = "Score", MaxPoints = 100, Step = 1 }];

    public async Task<SeedDemo.Result> MakeAsync(Caller organiser, string blueprint, CancellationToken cancellationToken)
    {
        var made = Check(await contests.Run(organiser, blueprint, cancellationToken));
        return made with { Submissions = Check(await submissions.Run(organiser, made.CompetitionId, blueprint, cancellationToken)) };
    }

    /// <summary>Gives it a panel and a rubric; with <paramref name="first"/> its first round is closed, judged and confirmed as well. Answers how many reviews there are.</summary>
    public async Task<long> JudgeAsync(Caller organiser, Guid competitionId, string blueprint, IReadOnlyList<Guid> people, bool first, CancellationToken cancellationToken)
    {
        Check(await jury.Run(organiser, competitionId, people, blueprint == "kazrockets" ? Reports : Ideas, cancellationToken));
        return first ? Check(await judged.Run(organiser, competitionId, cancellationToken)) : 0;
    }
}
