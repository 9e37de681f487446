namespace Podium.Submissions;

/// <summary>A later deadline for one entry.</summary>
public sealed record Extension(DateTimeOffset Until, DateTimeOffset GrantedAt, DateTimeOffset? RevokedAt);

/// <summary>How something that came stands to the deadline.</summary>
public enum Timeliness
{
    TooEarly,
    OnTime,
    Late,
    TooLate,
}

/// <summary>How something that came stands to the deadline, and what its lateness costs in per cent.</summary>
public readonly record struct Timing(Timeliness Timeliness, decimal Penalty);

/// <summary>From when until when an entry may hand in. The deadline's own instant is still in time.</summary>
public sealed record SubmissionWindow(DateTimeOffset OpensAt, DateTimeOffset DueAt, DateTimeOffset EndsAt)
{
    /// <summary>The window that counts for what comes at an instant: an extension that was revoked counted until then.</summary>
    public static SubmissionWindow Of(SubmissionRules rules, DateTimeOffset opens, DateTimeOffset closes, IEnumerable<Extension> extensions, DateTimeOffset at)
    {
        var due = extensions.Where(extension => extension.RevokedAt is null || at < extension.RevokedAt).Select(extension => extension.Until).Append(closes).Max();
        return new SubmissionWindow(opens, due, due + Late(rules));
    }

    /// <summary>For how long after the deadline something is taken.</summary>
    public static TimeSpan Late(SubmissionRules rules) =>
        TimeSpan.FromSeconds(Math.Max(rules.GraceSeconds, rules.Late is { } late ? late.Hours * 3600 : 0));

    public Timing TimingOf(SubmissionRules rules, DateTimeOffset at)
    {
        if (at < OpensAt) return new Timing(Timeliness.TooEarly, 0);
        if (at <= DueAt) return new Timing(Timeliness.OnTime, 0);
        if (at > EndsAt) return new Timing(Timeliness.TooLate, 0);
        return new Timing(Timeliness.Late, at <= DueAt.AddSeconds(rules.GraceSeconds) || rules.Late is not { } late ? 0 : PenaltyOf(late, at - DueAt));
    }

    private static decimal PenaltyOf(LateRule rule, TimeSpan lateness)
    {
        var unit = rule.Per == LatenessUnit.Hour ? TimeSpan.TicksPerHour : TimeSpan.TicksPerDay;
        var started = (lateness.Ticks + unit - 1) / unit;
        return Math.Min(rule.Cap, started * rule.Percent);
    }
}
