using Podium.Platform.Problems;

namespace Podium.Platform.Partitions;

/// <summary>What can go wrong with partitions and their archives.</summary>
public static class PartitionProblems
{
    public static readonly ProblemKind ArchiveUnfinished = new(409, "archive-unfinished", "The archive is not finished: its rows are still in the database.");
    public static readonly ProblemKind ArchiveExpired = new(410, "archive-expired", "The archive was kept as long as it had to be, and is gone.");
    public static readonly ProblemKind ArchiveDamaged = new(409, "archive-damaged", "The archive in storage is missing or is not what was written.");
}
