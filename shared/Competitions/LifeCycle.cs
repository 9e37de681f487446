using Podium.Platform.Access;

namespace Podium.Competitions;

/// <summary>Whether people take part alone, in teams, or as they like.</summary>
public enum CompetitionType
{
    Individual,
    Team,
    Hybrid,
}

/// <summary>Where a competition is in its life.</summary>
public enum CompetitionStatus
{
    Draft,
    Published,
    Active,
    Judging,
    Completed,
    Cancelled,
    Archived,
}

/// <summary>The life of a competition: which moves there are, and what each needs. The database holds the same table (competition_moves_allowed).</summary>
public static class LifeCycle
{
    /// <summary>One step, what whoever takes it may, and whether they must say why.</summary>
    public sealed record Move(CompetitionStatus From, CompetitionStatus To, string Permission, bool NeedsReason = false);

    public static readonly IReadOnlyList<Move> Moves =
    [
        new(CompetitionStatus.Draft, CompetitionStatus.Published, Permissions.CompetitionManage),
        new(CompetitionStatus.Draft, CompetitionStatus.Cancelled, Permissions.CompetitionConclude, NeedsReason: true),
        new(CompetitionStatus.Published, CompetitionStatus.Draft, Permissions.CompetitionManage),
        new(CompetitionStatus.Published, CompetitionStatus.Active, Permissions.CompetitionManage),
        new(CompetitionStatus.Published, CompetitionStatus.Cancelled, Permissions.CompetitionConclude, NeedsReason: true),
        new(CompetitionStatus.Active, CompetitionStatus.Judging, Permissions.CompetitionManage),
        new(CompetitionStatus.Active, CompetitionStatus.Cancelled, Permissions.CompetitionConclude, NeedsReason: true),
        new(CompetitionStatus.Judging, CompetitionStatus.Active, Permissions.CompetitionConclude, NeedsReason: true),
        new(CompetitionStatus.Judging, CompetitionStatus.Completed, Permissions.CompetitionManage),
        new(CompetitionStatus.Judging, CompetitionStatus.Cancelled, Permissions.CompetitionConclude, NeedsReason: true),
        new(CompetitionStatus.Completed, CompetitionStatus.Judging, Permissions.CompetitionConclude, NeedsReason: true),
        new(CompetitionStatus.Completed, CompetitionStatus.Archived, Permissions.CompetitionConclude),
        new(CompetitionStatus.Cancelled, CompetitionStatus.Archived, Permissions.CompetitionConclude),
    ];

    public static Move? Find(CompetitionStatus from, CompetitionStatus to) => Moves.FirstOrDefault(move => move.From == from && move.To == to);

    /// <summary>Nothing changes in it any more.</summary>
    public static bool IsOver(CompetitionStatus status) => status is CompetitionStatus.Completed or CompetitionStatus.Cancelled or CompetitionStatus.Archived;

    /// <summary>What the database calls it.</summary>
    public static string Text<T>(this T value) where T : struct, Enum => value.ToString().ToLowerInvariant();
}
