namespace Podium.Scoreboards;

public enum CeremonyAct
{
    /// <summary>A frozen cell is opened.</summary>
    Reveal,

    /// <summary>A team's place is final, and with it its awards.</summary>
    Settle,
}

/// <param name="Rank">The team's place after this step.</param>
/// <param name="RankBefore">Its place before.</param>
/// <param name="Solved">Whether the opened cell turned out solved.</param>
/// <param name="Awards">What a settled team gets.</param>
public sealed record CeremonyStep(CeremonyAct Act, string TeamId, string? ProblemId, bool Solved, int RankBefore, int Rank, IReadOnlyList<string> Awards);

/// <summary>
/// The opening of a frozen board: from the last team upwards, each team's pending problems in their order. A team that climbs is met again
/// at its new place; a team with nothing left to open is settled there.
/// </summary>
public static class Ceremony
{
    public static IReadOnlyList<CeremonyStep> Steps(ProblemContest contest, ContestFacts facts, DateTimeOffset instant) => [.. Play(contest, facts, instant).Select(played => played.Step)];

    /// <summary>The board after so many steps.</summary>
    public static ProblemBoard BoardAfter(ProblemContest contest, ContestFacts facts, DateTimeOffset instant, int steps)
    {
        var opened = Steps(contest, facts, instant).Take(steps).Where(step => step.Act == CeremonyAct.Reveal).Select(step => (step.TeamId, step.ProblemId!)).ToHashSet();
        return Board(contest, facts, instant, opened);
    }

    private static IEnumerable<(CeremonyStep Step, ProblemBoard Board)> Play(ProblemContest contest, ContestFacts facts, DateTimeOffset instant)
    {
        var final = ProblemBoard.Of(contest, facts, instant, Audience.Jury);
        var awards = ContestAwards.Of(contest, final).SelectMany(award => award.TeamIds.Select(team => (team, award.Id))).ToLookup(pair => pair.team, pair => pair.Id);
        var frozen = facts.Submissions.Where(submission => ProblemBoard.Counts(contest, submission, instant) && IsKept(contest, submission))
            .Select(submission => (submission.TeamId, submission.ProblemId)).ToHashSet();
        var opened = new HashSet<(string, string)>();
        var board = Board(contest, facts, instant, opened);
        for (var position = board.Rows.Count - 1; position >= 0;)
        {
            var row = board.Rows[position];
            var cell = row.Cells.FirstOrDefault(cell => cell.Pending > 0 && !cell.IsSolved && frozen.Contains((row.TeamId, cell.ProblemId)) && !opened.Contains((row.TeamId, cell.ProblemId)));
            if (cell is null)
            {
                yield return (new CeremonyStep(CeremonyAct.Settle, row.TeamId, null, false, row.Rank, row.Rank, [.. awards[row.TeamId]]), board);
                position--;
                continue;
            }
            opened.Add((row.TeamId, cell.ProblemId));
            board = Board(contest, facts, instant, opened);
            var after = board.Rows.First(other => other.TeamId == row.TeamId);
            yield return (new CeremonyStep(CeremonyAct.Reveal, row.TeamId, cell.ProblemId, after.Cells.First(other => other.ProblemId == cell.ProblemId).IsSolved, row.Rank, after.Rank, []), board);
        }
    }

    private static ProblemBoard Board(ProblemContest contest, ContestFacts facts, DateTimeOffset instant, HashSet<(string, string)> opened) => ProblemBoard.Of(
        contest, facts, instant,
        (submission, judgements) => IsKept(contest, submission) && !opened.Contains((submission.TeamId, submission.ProblemId))
            ? null
            : ProblemBoard.VerdictOf(contest, submission, judgements, instant, Audience.Jury));

    /// <summary>Kept back until it is opened, whether or not the contest has been thawed since: a ceremony can be shown again.</summary>
    private static bool IsKept(ProblemContest contest, ContestSubmission submission) => contest.FreezesAt is { } freezes && contest.ContestTime(submission.At) >= freezes;
}
