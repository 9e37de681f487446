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
    public async Task<SeedDemo.Result> MakeAsync(Caller organiser, string blueprint, CancellationToken cancellationToken)
    {
        var made = Check(await contests.Run(organiser, blueprint, cancellationToken));
        return made with { Submissions = Check(await submissions.Run(organiser, made.CompetitionId, blueprint, cancellationToken)) };
    }

    /// <summary>Gives it a panel; with <paramref name="first"/> its first round is closed, judged and confirmed as well. Answers how many reviews there are.</summary>
    public async Task<long> JudgeAsync(Caller organiser, Guid competitionId, IReadOnlyList<Guid> people, bool first, CancellationToken cancellationToken)
    {
        Check(await jury.Run(organiser, competitionId, people, cancellationToken));
        return first ? Check(await judged.Run(organiser, competitionId, cancellationToken)) : 0;
    }
}
