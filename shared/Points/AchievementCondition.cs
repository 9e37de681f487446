using Podium.Platform.Problems;

namespace Podium.Points;

/// <summary>What people do that can be rewarded.</summary>
public enum DeedEvent
{
    /// <summary>Takes part in a competition: the registration is approved.</summary>
    Registered,

    /// <summary>Has handed in something for a competition or one of its rounds.</summary>
    Submitted,

    /// <summary>Has handed in something that was approved.</summary>
    SubmissionApproved,

    /// <summary>Has finished a review, as a judge.</summary>
    ReviewFinished,

    /// <summary>Goes on from a round that has finished.</summary>
    Advanced,

    /// <summary>Stands in the announced results of a competition.</summary>
    Placed,

    /// <summary>Holds a certificate that counts.</summary>
    CertificateIssued,

    /// <summary>Has completed a challenge.</summary>
    ChallengeCompleted,

    /// <summary>Has completed all challenges of a track.</summary>
    TrackCompleted,

    /// <summary>Has tried challenges on so many days in a row.</summary>
    Streak,
}

/// <summary>How often one person may earn the same.</summary>
public enum Frequency
{
    /// <summary>Once in all.</summary>
    Once,

    /// <summary>Once for each competition, challenge, track or examination.</summary>
    Subject,

    /// <summary>For every single deed.</summary>
    Always,
}

/// <summary>Something that a person has done and that holds now.</summary>
public sealed record Deed
{
    public required Guid UserId { get; init; }

    /// <summary>What tells it from the person's other deeds of the kind.</summary>
    public required Guid DeedId { get; init; }

    /// <summary>The competition, challenge, track or examination it was done in.</summary>
    public required Guid SubjectId { get; init; }

    public Guid? CompetitionId { get; init; }

    public Guid? CategoryId { get; init; }

    public Guid? TrackId { get; init; }

    public int? Place { get; init; }

    public string? Award { get; init; }

    /// <summary>Of a streak: how long it is.</summary>
    public int? Days { get; init; }

    /// <summary>Of a streak: the last of its days; null where nobody knows when it was.</summary>
    public DateOnly? LastDay { get; init; }

    public DateTimeOffset? OccurredAt { get; init; }
}

/// <summary>Something that a person is to have, since then.</summary>
public sealed record Due(Guid UserId, Guid Key, Guid? CompetitionId, DateTimeOffset EarnedAt);

/// <summary>The time and place that deeds are judged by.</summary>
public sealed record Present(DateTimeOffset Now, TimeZoneInfo Zone);

/// <summary>Under which condition deeds of a kind are rewarded.</summary>
public record AchievementCondition
{
    public required DeedEvent Event { get; init; }

    /// <summary>So many deeds earn it; the last of them does.</summary>
    public int Count { get; init; } = 1;

    /// <summary>Of a streak: so many days in a row.</summary>
    public int? Days { get; init; }

    /// <summary>This place or a better one.</summary>
    public int? Place { get; init; }

    public string? Award { get; init; }

    public Guid? CompetitionId { get; init; }

    public Guid? CategoryId { get; init; }

    public Guid? TrackId { get; init; }

    public required Frequency Frequency { get; init; }

    /// <summary>What was done before does not count; null where all does.</summary>
    public DateTimeOffset? ActiveFrom { get; init; }

    public DateTimeOffset? ActiveUntil { get; init; }

    /// <summary>Whether what was earned stays though nothing tells of it any more: a streak ends, and a track gets new challenges.</summary>
    internal bool IsLasting => Event is DeedEvent.Streak or DeedEvent.TrackCompleted;

    private bool IsLearning => Event is DeedEvent.ChallengeCompleted or DeedEvent.TrackCompleted or DeedEvent.Streak;

    /// <summary>What is wrong with it: each event takes some of the conditions.</summary>
    public IEnumerable<Fault> Faults()
    {
        if (Event == DeedEvent.Streak && Days is null) yield return new Fault("/days", "required", "Say how many days in a row.");
        if (Event != DeedEvent.Streak && Days is not null) yield return new Fault("/days", "contradiction", "Only a streak has days.");
        if (Event == DeedEvent.Streak && Frequency == Frequency.Subject) yield return new Fault("/frequency", "contradiction", "A streak is of no subject: once, or always for each streak.");
        if (Count > 1 && Event == DeedEvent.Streak) yield return new Fault("/count", "contradiction", "A streak is counted in days.");
        if (Count > 1 && Frequency == Frequency.Always) yield return new Fault("/count", "contradiction", "What is given for every deed needs one.");
        if (Event != DeedEvent.Placed && Place is not null) yield return new Fault("/place", "contradiction", "Only results have places.");
        if (Event != DeedEvent.Placed && Award is not null) yield return new Fault("/award", "contradiction", "Only results have awards.");
        if (IsLearning && CompetitionId is not null) yield return new Fault("/competitionId", "contradiction", "This is done in no competition.");
        if (IsLearning && CategoryId is not null) yield return new Fault("/categoryId", "contradiction", "This is done in no competition.");
        if (Event is not (DeedEvent.ChallengeCompleted or DeedEvent.TrackCompleted) && TrackId is not null) yield return new Fault("/trackId", "contradiction", "This is done in no track.");
        if (CompetitionId is not null && CategoryId is not null) yield return new Fault("/categoryId", "contradiction", "A competition or a category, not both.");
        if (ActiveFrom >= ActiveUntil) yield return new Fault("/activeUntil", "order", "It ends after it has begun.");
    }

    /// <summary>What these deeds earn. They are all the deeds of their people, in any order; <paramref name="categories"/> are those that count as the condition's, with all below it.</summary>
    public IReadOnlyList<Due> DueFor(IEnumerable<Deed> deeds, IReadOnlySet<Guid> categories, Present present)
    {
        var due = new List<Due>();
        var rewarded = deeds.Where(deed => Matches(deed, categories)).Select(deed => (Deed: deed, At: InstantOf(deed, present))).Where(one => IsActiveAt(one.At));
        foreach (var group in rewarded.GroupBy(one => (one.Deed.UserId, Key: KeyOf(one.Deed))))
        {
            var first = group.OrderBy(one => one.At ?? DateTimeOffset.MaxValue).ThenBy(one => one.Deed.DeedId).Take(Count).ToList();
            if (first.Count < Count) continue;
            // what was done in several competitions belongs to none of their boards
            var places = first.Select(one => one.Deed.CompetitionId).Distinct().ToList();
            due.Add(new Due(group.Key.UserId, group.Key.Key, places.Count == 1 ? places[0] : null, first[^1].At ?? present.Now));
        }
        return due;
    }

    private bool Matches(Deed deed, IReadOnlySet<Guid> categories) =>
        (Days is null || deed.Days >= Days)
        && (Place is null || deed.Place <= Place)
        && (Award is null || deed.Award == Award)
        && (CompetitionId is null || deed.CompetitionId == CompetitionId)
        && (CategoryId is null || (deed.CategoryId is { } category && categories.Contains(category)))
        && (TrackId is null || deed.TrackId == TrackId)
        // of a streak long past nobody knows whether it was rewarded for itself
        && (Event != DeedEvent.Streak || deed.LastDay is not null || Frequency == Frequency.Once);

    private bool IsActiveAt(DateTimeOffset? at) => (ActiveFrom is null || at >= ActiveFrom) && (ActiveUntil is null || at < ActiveUntil || (at is null && ActiveFrom is null));

    private Guid KeyOf(Deed deed) => Frequency switch { Frequency.Once => Guid.Empty, Frequency.Subject => deed.SubjectId, _ => deed.DeedId };

    // a streak reaches its length on a day; of today it is known when: now
    private DateTimeOffset? InstantOf(Deed deed, Present present)
    {
        if (deed is not { LastDay: { } last, Days: { } days }) return deed.OccurredAt;
        var next = last.AddDays((Days ?? 1) - days + 1).ToDateTime(TimeOnly.MinValue);
        var end = new DateTimeOffset(next, present.Zone.GetUtcOffset(next)).AddTicks(-TimeSpan.TicksPerMillisecond);
        return (end < present.Now ? end : present.Now).ToUniversalTime();
    }
}
