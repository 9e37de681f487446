using Podium.Platform.Problems;

namespace Podium.Points;

/// <summary>What can go wrong with achievements and points.</summary>
public static class PointProblems
{
    public static readonly ProblemKind Earned = new(409, "achievement-earned", "Somebody has earned it. Let it end instead.");
    public static readonly ProblemKind BackfillUnderWay = new(409, "backfill-under-way", "It is being applied to the past already.");
    public static readonly ProblemKind NotStanding = new(409, "award-not-standing", "This award does not count any more.");
    public static readonly ProblemKind SeasonsOverlap = new(409, "seasons-overlap", "Two seasons overlap.");
}
