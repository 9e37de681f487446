namespace Podium.Platform.Partitions;

/// <summary>The span of one partition.</summary>
public enum PartitionStep
{
    Year,
    Month,
    Day,
}

/// <summary>How a table partitioned by time is looked after.</summary>
public sealed record PartitionPolicy
{
    public required string TableName { get; init; }

    public required PartitionStep Step { get; init; }

    /// <summary>How many partitions are there before their time comes.</summary>
    public required int Ahead { get; init; }

    /// <summary>After how many months a partition is archived; null is never.</summary>
    public int? KeepActiveMonths { get; init; }

    /// <summary>How many months after its time an archive is deleted; null is never.</summary>
    public int? ArchiveKeepMonths { get; init; }

    public required bool Enabled { get; init; }
}
