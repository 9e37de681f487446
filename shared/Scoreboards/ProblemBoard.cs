namespace Podium.Scoreboards;

/// <summary>A team and a problem.</summary>
/// <param name="Judged">Judged submissions up to and with the first correct one.</param>
/// <param name="Pending">Submissions whose answer is not there, or not to be shown; none once it is solved.</param>
/// <param name="SolvedAt">The contest time of the first correct one.</param>
/// <param name="Rejected">Rejected submissions before it that cost penalty.</param>
public sealed record BoardCell(string ProblemId, int Judged, int Pending, TimeSpan? SolvedAt, int Rejected, bool IsFirst)
{
    public bool IsSolved => SolvedAt is not null;
}

public sealed record BoardRow(int Rank, string TeamId, int Solved, TimeSpan Penalty, TimeSpan? LastSolved, IReadOnlyList<BoardCell> Cells);

/// <summary>
/// The board of a problem-solving contest, as a function of what happened, an instant and who looks. Nothing is stored for a freeze or for
/// looking back: both are this function.
/// </summary>
public sealed record ProblemBoard(DateTimeOffset At, TimeSpan ContestTime, ContestState State, IReadOnlyList<BoardRow> Rows)
{
    /// <summary>The answer that stands at an instant, if the audience may see it; JE counts as none.</summary>
    public static ContestVerdict? VerdictOf(ProblemContest contest, ContestSubmission submission, IEnumerable<ContestJudgement> judgements, DateTimeOffset instant, Audience audience)
    {
        return IsHidden(contest, submission, instant, audience) ? null : StandingAt(contest, judgements, instant);
    }

    private static ContestVerdict? StandingAt(ProblemContest contest, IEnumerable<ContestJudgement> judgements, DateTimeOffset instant)
    {
        ContestJudgement? current = null;
        foreach (var judgement in judgements)
        {
            if (!(judgement.CountsFrom <= instant)) continue;
            if (current is null || judgement.CountsFrom > current.CountsFrom || (judgement.CountsFrom == current.CountsFrom && string.CompareOrdinal(judgement.Id, current.Id) > 0)) current = judgement;
        }
        return current?.VerdictId is null or "JE" ? null : contest.Verdicts.First(verdict => verdict.Id == current.VerdictId);
    }

    public static bool IsHidden(ProblemContest contest, ContestSubmission submission, DateTimeOffset instant, Audience audience) =>
        audience == Audience.Public && contest.FreezesAt is { } freezes && contest.ContestTime(submission.At) >= freezes && ContestState.At(contest, instant).Thawed is null;

    /// <summary>Whether a submission counts at all: made while the contest ran, not later than the instant.</summary>
    public static bool Counts(ProblemContest contest, ContestSubmission submission, DateTimeOffset instant) =>
        submission.At <= instant && contest.ContestTime(submission.At) is var time && time >= TimeSpan.Zero && time < contest.Duration;

    /// <param name="stillFrozen">The contest as it is now, where the public looks back and does not see everything yet: what is hidden today is hidden in every yesterday.</param>
    public static ProblemBoard Of(ProblemContest contest, ContestFacts facts, DateTimeOffset instant, Audience audience, ProblemContest? stillFrozen = null)
    {
        // the same as asking IsHidden of each, which would work out the contest's state ten thousand times
        var hiddenFrom = audience == Audience.Public && ContestState.At(contest, instant).Thawed is null ? contest.FreezesAt : null;
        var stillFrom = audience == Audience.Public ? stillFrozen?.FreezesAt : null;
        bool Hides(ContestSubmission submission) => (hiddenFrom is { } from && contest.ContestTime(submission.At) >= from) || (stillFrom is { } still && stillFrozen!.ContestTime(submission.At) >= still);
        return Of(contest, facts, instant, (submission, judgements) => Hides(submission) ? null : StandingAt(contest, judgements, instant));
    }

    /// <summary>The same for any other notion of which answers are known: a ceremony knows some cells and not yet others.</summary>
    internal static ProblemBoard Of(
        ProblemContest contest, ContestFacts facts, DateTimeOffset instant, Func<ContestSubmission, IEnumerable<ContestJudgement>, ContestVerdict?> verdictOf)
    {
        var teams = contest.Teams.Where(team => !team.IsHidden).ToList();
        var judgements = facts.Judgements.ToLookup(judgement => judgement.SubmissionId);
        var ranked = teams.Select(team => team.Id).ToHashSet();
        var answered = facts.Submissions.Where(submission => ranked.Contains(submission.TeamId) && Counts(contest, submission, instant))
            .OrderBy(submission => submission.At)
            .Select(submission => new Answered(submission, contest.ContestTime(submission.At), verdictOf(submission, judgements[submission.Id]))).ToList();
        var firsts = FirstToSolve(answered);
        var tried = answered.ToLookup(answer => (answer.Submission.TeamId, answer.Submission.ProblemId));
        var problems = contest.Problems.OrderBy(problem => problem.Ordinal).ToList();
        var rows = teams.Select(team => RowOf(contest, team, problems.Select(problem => CellOf(problem.Id, [.. tried[(team.Id, problem.Id)]], firsts)).ToList()));
        return new ProblemBoard(instant, contest.ContestTime(instant), ContestState.At(contest, instant), Ranked(contest, rows));
    }

    private sealed record Answered(ContestSubmission Submission, TimeSpan Time, ContestVerdict? Verdict);

    /// <summary>Sorted, and with ranks: who is equal in all that counts shares a place, and stands there by name.</summary>
    private static List<BoardRow> Ranked(ProblemContest contest, IEnumerable<BoardRow> rows)
    {
        var names = contest.Teams.ToDictionary(team => team.Id, team => team.Name);
        var sorted = rows
            .OrderByDescending(row => row.Solved).ThenBy(row => row.Penalty).ThenBy(row => contest.LastSolvedBreaksTies ? row.LastSolved ?? TimeSpan.Zero : TimeSpan.Zero)
            .ThenBy(row => names[row.TeamId], Collation).ThenBy(row => row.TeamId, StringComparer.Ordinal).ToList();
        for (var position = 0; position < sorted.Count; position++)
        {
            var (row, above) = (sorted[position], position == 0 ? null : sorted[position - 1]);
            var tied = above is not null && above.Solved == row.Solved && above.Penalty == row.Penalty && (!contest.LastSolvedBreaksTies || above.LastSolved == row.LastSolved);
            sorted[position] = row with { Rank = tied ? above!.Rank : position + 1 };
        }
        return sorted;
    }

    private static readonly StringComparer Collation = StringComparer.Create(System.Globalization.CultureInfo.GetCultureInfo("en-US"), ignoreCase: true);

    private static BoardRow RowOf(ProblemContest contest, ContestTeam team, List<BoardCell> cells)
    {
        var solved = cells.Where(cell => cell.IsSolved).ToList();
        var penalty = solved.Aggregate(team.AddedPenalty, (sum, cell) => sum + Cut(contest, cell.SolvedAt!.Value) + cell.Rejected * contest.Penalty);
        return new BoardRow(0, team.Id, solved.Count, penalty, solved.Count == 0 ? null : solved.Max(cell => Cut(contest, cell.SolvedAt!.Value)), cells);
    }

    internal static TimeSpan Cut(ProblemContest contest, TimeSpan time) => new(time.Ticks - time.Ticks % (contest.Unit == PenaltyUnit.Minutes ? TimeSpan.TicksPerMinute : TimeSpan.TicksPerSecond));

    private static BoardCell CellOf(string problemId, IReadOnlyList<Answered> tries, HashSet<string> firsts)
    {
        var (judged, pending, rejected) = (0, 0, 0);
        foreach (var answer in tries)
        {
            if (answer.Verdict is null) pending++;
            else judged++;
            if (answer.Verdict is { IsSolved: true }) return new BoardCell(problemId, judged, pending, answer.Time, rejected, firsts.Contains(answer.Submission.Id));
            if (answer.Verdict is { HasPenalty: true }) rejected++;
        }
        return new BoardCell(problemId, judged, pending, null, 0, false);
    }

    /// <summary>The first correct submission to each problem, unless an earlier one still waits for its answer; of the same instant, all.</summary>
    private static HashSet<string> FirstToSolve(IReadOnlyList<Answered> answered)
    {
        var firsts = new HashSet<string>();
        foreach (var problem in answered.GroupBy(answer => answer.Submission.ProblemId))
        {
            var first = problem.FirstOrDefault(answer => answer.Verdict is { IsSolved: true });
            if (first is null || problem.Any(answer => answer.Verdict is null && answer.Submission.At < first.Submission.At)) continue;
            firsts.UnionWith(problem.Where(answer => answer.Verdict is { IsSolved: true } && answer.Submission.At == first.Submission.At).Select(answer => answer.Submission.Id));
        }
        return firsts;
    }
}
