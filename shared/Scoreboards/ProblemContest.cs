namespace Podium.Scoreboards;

/// <summary>Who looks at a board.</summary>
public enum Audience
{
    /// <summary>Everybody: what was handed in since the freeze shows as pending until the thaw.</summary>
    Public,

    /// <summary>Organisers and judges: everything.</summary>
    Jury,
}

/// <summary>What solving times are counted in.</summary>
public enum PenaltyUnit
{
    /// <summary>Whole minutes, rounded down, as at the ICPC.</summary>
    Minutes,

    /// <summary>Whole seconds, rounded down.</summary>
    Seconds,
}

public sealed record ContestProblem(string Id, string Label, string Name, int Ordinal)
{
    public string? Rgb { get; init; }

    public string? Color { get; init; }

    public int TestDataCount { get; init; }

    public decimal? TimeLimitSeconds { get; init; }
}

public sealed record ContestTeam(string Id, string Name)
{
    public string? Label { get; init; }

    public string? OrganizationId { get; init; }

    public IReadOnlyList<string> GroupIds { get; init; } = [];

    /// <summary>Does not stand on any board: a guest, or disqualified.</summary>
    public bool IsHidden { get; init; }

    /// <summary>Penalty that the jury added.</summary>
    public TimeSpan AddedPenalty { get; init; }
}

public sealed record ContestOrganization(string Id, string Name)
{
    public string? FormalName { get; init; }

    /// <summary>ISO 3166-1 alpha-3.</summary>
    public string? Country { get; init; }
}

public sealed record ContestGroup(string Id, string Name);

public sealed record ContestLanguage(string Id, string Name, IReadOnlyList<string> Extensions)
{
    public string? EntryPointName { get; init; }
}

/// <summary>A possible answer of the judges.</summary>
public sealed record ContestVerdict(string Id, string Name, bool IsSolved, bool HasPenalty)
{
    /// <summary>The usual five and the one that means that nothing was judged yet.</summary>
    public static readonly IReadOnlyList<ContestVerdict> Usual =
    [
        new("AC", "Accepted", true, false),
        new("WA", "Wrong Answer", false, true),
        new("TLE", "Time Limit Exceeded", false, true),
        new("RTE", "Run-Time Error", false, true),
        new("CE", "Compile Error", false, false),
        new("JE", "Judging Error", false, false),
    ];
}

/// <summary>Time that does not count, such as a power cut.</summary>
public sealed record RemovedInterval(DateTimeOffset From, DateTimeOffset To);

/// <summary>A problem-solving contest: its rules, its people, and the instants at which its state changes.</summary>
public sealed record ProblemContest(string Id, string Name, DateTimeOffset? StartsAt, TimeSpan Duration)
{
    public string? FormalName { get; init; }

    /// <summary>How long before the end the public board freezes.</summary>
    public TimeSpan? FreezeBefore { get; init; }

    public DateTimeOffset? ThawedAt { get; init; }

    public DateTimeOffset? FinalizedAt { get; init; }

    public TimeSpan Penalty { get; init; } = TimeSpan.FromMinutes(20);

    public PenaltyUnit Unit { get; init; } = PenaltyUnit.Minutes;

    /// <summary>Whether, at the same number solved and penalty, who solved their last problem earlier is first.</summary>
    public bool LastSolvedBreaksTies { get; init; } = true;

    public int GoldPlaces { get; init; } = 4;

    public int SilverPlaces { get; init; } = 4;

    public int BronzePlaces { get; init; } = 4;

    public IReadOnlyList<ContestProblem> Problems { get; init; } = [];

    public IReadOnlyList<ContestTeam> Teams { get; init; } = [];

    public IReadOnlyList<ContestOrganization> Organizations { get; init; } = [];

    public IReadOnlyList<ContestGroup> Groups { get; init; } = [];

    public IReadOnlyList<ContestLanguage> Languages { get; init; } = [];

    public IReadOnlyList<ContestVerdict> Verdicts { get; init; } = ContestVerdict.Usual;

    public IReadOnlyList<RemovedInterval> Removed { get; init; } = [];

    /// <summary>Time since the start that counts, at an instant.</summary>
    public TimeSpan ContestTime(DateTimeOffset at)
    {
        if (StartsAt is not { } start) return -Duration;
        var time = at - start;
        foreach (var gap in Removed)
        {
            var from = gap.From < start ? start : gap.From;
            var to = gap.To < at ? gap.To : at;
            if (to > from) time -= to - from;
        }
        return time;
    }

    /// <summary>The first instant at which so much contest time has gone by.</summary>
    public DateTimeOffset? InstantOf(TimeSpan contestTime)
    {
        if (StartsAt is not { } start) return null;
        var at = start + contestTime;
        foreach (var gap in Removed.Where(gap => gap.To > start).OrderBy(gap => gap.From))
        {
            var from = gap.From < start ? start : gap.From;
            if (from < at) at += gap.To - from;
        }
        return at;
    }

    public DateTimeOffset? EndsAt => InstantOf(Duration);

    /// <summary>The contest time of the freeze; null for a contest that does not freeze.</summary>
    public TimeSpan? FreezesAt => FreezeBefore is { } before && before > TimeSpan.Zero ? Duration - before : null;
}

/// <summary>Something handed in.</summary>
public sealed record ContestSubmission(string Id, string TeamId, string ProblemId, string LanguageId, DateTimeOffset At)
{
    public string? EntryPoint { get; init; }
}

/// <summary>What judges said of it. The last that counts at an instant is the current one.</summary>
/// <param name="VerdictId">Null while it is being judged.</param>
public sealed record ContestJudgement(string Id, string SubmissionId, string? VerdictId, DateTimeOffset StartedAt, DateTimeOffset? EndedAt)
{
    /// <summary>From when on it counts, where that is later than its end: a re-judging is looked at first and then applied at once.</summary>
    public DateTimeOffset? AppliedAt { get; init; }

    public decimal? MaxRunTimeSeconds { get; init; }

    public DateTimeOffset? CountsFrom => EndedAt is { } ended ? AppliedAt is { } applied && applied > ended ? applied : ended : null;
}

/// <summary>All that happened in a contest; nothing is ever taken back, only added to.</summary>
public sealed record ContestFacts(IReadOnlyList<ContestSubmission> Submissions, IReadOnlyList<ContestJudgement> Judgements);

/// <summary>What has happened to a contest by an instant.</summary>
public sealed record ContestState(DateTimeOffset? Started, DateTimeOffset? Frozen, DateTimeOffset? Ended, DateTimeOffset? Thawed, DateTimeOffset? Finalized, DateTimeOffset? EndOfUpdates)
{
    public static ContestState At(ProblemContest contest, DateTimeOffset instant)
    {
        DateTimeOffset? By(DateTimeOffset? at) => at <= instant ? at : null;
        var ended = By(contest.EndsAt);
        var frozen = contest.FreezesAt is { } freezes ? By(contest.InstantOf(freezes)) : null;
        var thawed = ended is null || frozen is null ? null : By(Later(contest.ThawedAt, ended));
        var finalized = ended is null ? null : By(Later(contest.FinalizedAt, ended));
        return new ContestState(By(contest.StartsAt), frozen, ended, thawed, finalized, frozen is not null && thawed is null ? null : Later(finalized, thawed));
    }

    public bool IsFrozen => Frozen is not null && Thawed is null;

    private static DateTimeOffset? Later(DateTimeOffset? one, DateTimeOffset? other) => one is null ? null : other > one ? other : one;
}
