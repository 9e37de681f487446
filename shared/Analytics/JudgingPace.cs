namespace Podium.Analytics;

/// <summary>How fast judges work, and when they would be done if they went on like that.</summary>
public static class JudgingPace
{
    public static readonly TimeSpan LookedAt = TimeSpan.FromDays(7);

    private static readonly TimeSpan Least = TimeSpan.FromHours(1);

    /// <summary>Reviews a day over the last week, or since the first was given where that is less.</summary>
    public static decimal PerDay(int doneLately, DateTimeOffset firstAssignedAt, DateTimeOffset now)
    {
        var since = now - firstAssignedAt;
        var span = since > LookedAt ? LookedAt : since < Least ? Least : since;
        return decimal.Round(doneLately / (decimal)span.TotalDays, 2);
    }

    /// <summary>When what is open would be done; null where nothing is done any more, or it would take years.</summary>
    public static DateTimeOffset? FinishOf(int open, decimal perDay, DateTimeOffset now)
    {
        if (open == 0) return now;
        if (perDay <= 0 || open / perDay > 1000) return null;
        return now + TimeSpan.FromDays((double)(open / perDay));
    }
}
