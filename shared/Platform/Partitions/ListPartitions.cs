using Podium.Platform.Databases;

namespace Podium.Platform.Partitions;

/// <summary>Every table partitioned by time, with its partitions, archives and legal holds.</summary>
public sealed class ListPartitions(Database database, TimeProvider clock)
{
    public sealed record Result(IReadOnlyList<Table> Tables, IReadOnlyList<Hold> Holds);

    public sealed record Table(string Shard, PartitionPolicy Policy, IReadOnlyList<Partition> Partitions, IReadOnlyList<Archive> Archives);

    /// <summary>A partition in use. Rows are PostgreSQL's estimate.</summary>
    public sealed record Partition
    {
        public required string Name { get; init; }

        public required DateTimeOffset From { get; init; }

        public required DateTimeOffset Until { get; init; }

        public required long Rows { get; init; }

        public required long Bytes { get; init; }

        /// <summary>ahead, active, due, held or detaching.</summary>
        public required string State { get; init; }

        /// <summary>Why it may not be dropped.</summary>
        public string? Hold { get; init; }
    }

    /// <summary>A partition in storage or on its way there. Bytes are those of the compressed file.</summary>
    public sealed record Archive
    {
        public required Guid Id { get; init; }

        public required string Partition { get; init; }

        public required DateTimeOffset From { get; init; }

        public required DateTimeOffset Until { get; init; }

        public long? Rows { get; init; }

        public long? Bytes { get; init; }

        public string? Sha256 { get; init; }

        public required string Blob { get; init; }

        /// <summary>begun, written, verified, archived, restored or expired.</summary>
        public required string State { get; init; }

        public string? Hold { get; init; }

        public DateTimeOffset? ArchivedAt { get; init; }

        public DateTimeOffset? VerifiedAt { get; init; }

        public DateTimeOffset? DroppedAt { get; init; }

        public string? RestoredAs { get; init; }
    }

    /// <summary>A time from which nothing may be dropped.</summary>
    public sealed record Hold(Guid Id, string Table, DateTimeOffset? From, DateTimeOffset? Until, string Reason, string PlacedBy, DateTimeOffset PlacedAt);

    public async Task<Result> Run(CancellationToken cancellationToken)
    {
        var listed = new List<Table>();
        foreach (var shard in database.Shards)
        {
            var session = database.AsPlatform(shard);
            var policies = await session.QueryAsync<PartitionPolicy>(
                "SELECT table_name, step, ahead, keep_active_months, archive_keep_months, enabled FROM partition_policies ORDER BY table_name", null, cancellationToken);
            foreach (var policy in policies)
                listed.Add(new Table(shard, policy, await PartitionsAsync(session, policy, cancellationToken), await ArchivesAsync(session, policy, cancellationToken)));
        }
        var holds = await database.AsPlatform().QueryAsync<Hold>(
            """
            SELECT id, table_name AS "table", from_at AS "from", until_at AS until, reason, placed_by, placed_at
            FROM legal_holds
            WHERE lifted_at IS NULL
            ORDER BY placed_at
            """,
            null,
            cancellationToken);
        return new Result(listed, holds);
    }

    private Task<IReadOnlyList<Partition>> PartitionsAsync(Session session, PartitionPolicy policy, CancellationToken cancellationToken) => session.QueryAsync<Partition>(
        """
        SELECT partition_name AS name, from_at AS "from", until_at AS until, hold,
               CASE WHEN reltuples >= 0 THEN reltuples::bigint ELSE pg_stat_get_live_tuples(class.oid) END AS rows,
               pg_total_relation_size(class.oid) AS bytes,
               CASE
                   WHEN leaving THEN 'detaching'
                   WHEN from_at > @now THEN 'ahead'
                   WHEN (until_at AT TIME ZONE 'UTC' + make_interval(months => @KeepActiveMonths)) AT TIME ZONE 'UTC' <= @now THEN CASE WHEN hold IS NULL THEN 'due' ELSE 'held' END
                   ELSE 'active'
               END AS state
        FROM partitions_of(to_regclass(format('public.%I', @TableName)))
        JOIN pg_class AS class ON class.oid = to_regclass(format('public.%I', partition_name))
        CROSS JOIN LATERAL legal_hold_of(@TableName, from_at, until_at) AS hold
        ORDER BY from_at
        """,
        new { policy.TableName, policy.KeepActiveMonths, now = clock.GetUtcNow() },
        cancellationToken);

    private static Task<IReadOnlyList<Archive>> ArchivesAsync(Session session, PartitionPolicy policy, CancellationToken cancellationToken) => session.QueryAsync<Archive>(
        """
        SELECT id, partition_name AS partition, from_at AS "from", until_at AS until, rows, bytes, sha256, blob, archived_at, verified_at, dropped_at, restored_as,
               legal_hold_of(table_name, from_at, until_at) AS hold,
               CASE
                   WHEN expired_at IS NOT NULL THEN 'expired'
                   WHEN restored_as IS NOT NULL THEN 'restored'
                   WHEN dropped_at IS NOT NULL THEN 'archived'
                   WHEN verified_at IS NOT NULL THEN 'verified'
                   WHEN archived_at IS NOT NULL THEN 'written'
                   ELSE 'begun'
               END AS state
        FROM partition_archives
        WHERE table_name = @TableName
        ORDER BY from_at, began_at
        """,
        new { policy.TableName },
        cancellationToken);
}
