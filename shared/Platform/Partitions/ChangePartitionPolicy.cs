using System.ComponentModel.DataAnnotations;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Platform.Partitions;

/// <summary>Changes how a partitioned table is looked after, on every shard.</summary>
public sealed class ChangePartitionPolicy(Database database, TimeProvider clock)
{
    public sealed record Request
    {
        [Range(1, 400)]
        public required int Ahead { get; init; }

        /// <summary>After how many months a partition is archived; null is never.</summary>
        [Range(1, 1200)]
        public required int? KeepActiveMonths { get; init; }

        /// <summary>How many months after its time an archive is deleted; null is never.</summary>
        [Range(1, 1200)]
        public required int? ArchiveKeepMonths { get; init; }

        public required bool Enabled { get; init; }
    }

    public async Task<Outcome<PartitionPolicy>> Run(string table, Request request, CancellationToken cancellationToken)
    {
        if (request.ArchiveKeepMonths < request.KeepActiveMonths)
            return Problem.Invalid("/archiveKeepMonths", "order", "It counts from the same day as keepActiveMonths, and cannot be shorter.");
        PartitionPolicy? changed = null;
        foreach (var shard in database.Shards)
        {
            changed = await database.AsPlatform(shard).FirstAsync<PartitionPolicy>(
                """
                UPDATE partition_policies
                SET ahead = @Ahead, keep_active_months = @KeepActiveMonths, archive_keep_months = @ArchiveKeepMonths, enabled = @Enabled, updated_at = @now
                WHERE table_name = @table
                RETURNING table_name, step, ahead, keep_active_months, archive_keep_months, enabled
                """,
                new { table, request.Ahead, request.KeepActiveMonths, request.ArchiveKeepMonths, request.Enabled, now = clock.GetUtcNow() },
                cancellationToken) ?? changed;
        }
        return changed is null ? Problem.NotFound("partitioned table") : changed;
    }
}
