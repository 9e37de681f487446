using Azure.Storage.Blobs;
using Dapper;
using Microsoft.Extensions.Logging;
using Npgsql;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Platform.Partitions;

/// <summary>Makes partitions before their time comes, archives those past theirs, and deletes archives that were kept long enough. Safe to run at any time, by many at once.</summary>
public sealed partial class RotatePartitions(Database database, TableOwner tables, ArchivePartition archive, BlobServiceClient storage, TimeProvider clock, ILogger<RotatePartitions> log)
{
    public sealed record Held(string Partition, string Reason);

    public sealed record Failed(string Partition, string Error);

    /// <summary>What was done. Busy: somebody else was just archiving, and goes on doing it.</summary>
    public sealed record Result
    {
        public List<string> Created { get; init; } = [];

        public List<string> Archived { get; init; } = [];

        public List<Held> Held { get; init; } = [];

        public List<Failed> Failed { get; init; } = [];

        public List<string> Expired { get; init; } = [];

        public bool Busy { get; set; }
    }

    private sealed record Due(string TableName, string PartitionName, DateTimeOffset FromAt, DateTimeOffset UntilAt);

    /// <summary>All tables with a policy, on every shard.</summary>
    public async Task<Result> Run(CancellationToken cancellationToken)
    {
        var result = new Result();
        foreach (var shard in database.Shards) await RotateAsync(shard, null, result, cancellationToken);
        return result;
    }

    /// <summary>One table, on every shard.</summary>
    public async Task<Outcome<Result>> Run(string table, CancellationToken cancellationToken)
    {
        if (await database.AsPlatform().FirstAsync<string>("SELECT table_name FROM partition_policies WHERE table_name = @table", new { table }, cancellationToken) is null)
            return Problem.NotFound("partitioned table");
        var result = new Result();
        foreach (var shard in database.Shards) await RotateAsync(shard, table, result, cancellationToken);
        return result;
    }

    private async Task RotateAsync(string shard, string? table, Result result, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        result.Created.AddRange(await database.AsPlatform(shard).QueryAsync<string>(
            """
            SELECT add_partitions(to_regclass(format('public.%I', table_name)), step, @now, (@now AT TIME ZONE 'UTC' + ahead * ('1 ' || step)::interval) AT TIME ZONE 'UTC')
            FROM partition_policies
            WHERE enabled AND (@table::text IS NULL OR table_name = @table) AND to_regclass(format('public.%I', table_name)) IS NOT NULL
            """,
            new { now, table },
            cancellationToken));

        // the usual day has nothing more to do, and needs no connection that owns the tables
        if ((await DueAsync(database.AsPlatform(shard), table, now, cancellationToken)).Count == 0 && (await ExpiringAsync(database.AsPlatform(shard), table, now, cancellationToken)).Count == 0) return;
        await using var owner = await tables.OpenLockedAsync(shard, cancellationToken);
        if (owner is null)
        {
            result.Busy = true;
            return;
        }
        try
        {
            foreach (var due in await DueAsync(database.AsPlatform(shard), table, now, cancellationToken)) await ArchiveAsync(owner, shard, due, result, cancellationToken);
            foreach (var expiring in await ExpiringAsync(database.AsPlatform(shard), table, now, cancellationToken)) await ExpireAsync(owner, expiring, result, cancellationToken);
        }
        finally
        {
            await TableOwner.UnlockAsync(owner);
        }
    }

    // those under way first: a detachment that was cut off keeps every other from beginning
    private static Task<IReadOnlyList<Due>> DueAsync(Session session, string? table, DateTimeOffset now, CancellationToken cancellationToken) => session.QueryAsync<Due>(
        """
        SELECT table_name, partition_name, from_at, until_at
        FROM (
            SELECT archive.table_name, archive.partition_name, archive.from_at, archive.until_at, 0 AS turn
            FROM partition_archives AS archive
            JOIN partition_policies AS policy ON policy.table_name = archive.table_name AND policy.enabled
            WHERE archive.dropped_at IS NULL
            UNION ALL
            SELECT policy.table_name, part.partition_name, part.from_at, part.until_at, 1
            FROM partition_policies AS policy
            CROSS JOIN LATERAL partitions_of(to_regclass(format('public.%I', policy.table_name))) AS part
            WHERE policy.enabled AND part.from_at > '-infinity' AND part.until_at < 'infinity'
              AND (part.until_at AT TIME ZONE 'UTC' + make_interval(months => policy.keep_active_months)) AT TIME ZONE 'UTC' <= @now
              AND NOT EXISTS (
                  SELECT FROM partition_archives AS begun
                  WHERE begun.table_name = policy.table_name AND begun.partition_name = part.partition_name AND begun.dropped_at IS NULL)
        ) AS due
        WHERE @table::text IS NULL OR table_name = @table
        ORDER BY turn, from_at
        """,
        new { table, now },
        cancellationToken);

    private static Task<IReadOnlyList<PartitionArchive>> ExpiringAsync(Session session, string? table, DateTimeOffset now, CancellationToken cancellationToken) => session.QueryAsync<PartitionArchive>(
        $"""
        SELECT {PartitionArchive.Columns}
        FROM partition_archives
        JOIN partition_policies AS policy USING (table_name)
        WHERE policy.enabled AND dropped_at IS NOT NULL AND expired_at IS NULL AND restored_as IS NULL AND (@table::text IS NULL OR table_name = @table)
          AND (until_at AT TIME ZONE 'UTC' + make_interval(months => policy.archive_keep_months)) AT TIME ZONE 'UTC' <= @now
          AND legal_hold_of(table_name, from_at, until_at) IS NULL
        """,
        new { table, now },
        cancellationToken);

    private async Task ArchiveAsync(NpgsqlConnection owner, string shard, Due due, Result result, CancellationToken cancellationToken)
    {
        try
        {
            if (await archive.Run(owner, shard, due.TableName, due.PartitionName, due.FromAt, due.UntilAt, cancellationToken) is { } hold)
            {
                LogHeld(log, due.PartitionName, hold);
                result.Held.Add(new Held(due.PartitionName, hold));
                return;
            }
            LogArchived(log, due.PartitionName);
            result.Archived.Add(due.PartitionName);
        }
        catch (Exception error) when (!cancellationToken.IsCancellationRequested && owner.State == System.Data.ConnectionState.Open)
        {
            // one partition that resists must not keep the others; it is tried again the next time
            LogFailed(log, error, due.PartitionName);
            result.Failed.Add(new Failed(due.PartitionName, error is PostgresException refused ? refused.MessageText : error.Message));
        }
    }

    private async Task ExpireAsync(NpgsqlConnection owner, PartitionArchive expiring, Result result, CancellationToken cancellationToken)
    {
        var container = storage.GetBlobContainerClient(PartitionArchive.Container);
        await container.GetBlobClient(expiring.Blob).DeleteIfExistsAsync(cancellationToken: cancellationToken);
        await container.GetBlobClient(expiring.ManifestBlob).DeleteIfExistsAsync(cancellationToken: cancellationToken);
        await owner.ExecuteAsync(new CommandDefinition("UPDATE partition_archives SET expired_at = @now WHERE id = @Id", new { expiring.Id, now = clock.GetUtcNow() }, cancellationToken: cancellationToken));
        LogExpired(log, expiring.PartitionName);
        result.Expired.Add(expiring.PartitionName);
    }

    [LoggerMessage(360, LogLevel.Information, "Partition '{Partition}' is archived and dropped.")]
    private static partial void LogArchived(ILogger logger, string partition);

    [LoggerMessage(361, LogLevel.Information, "Partition '{Partition}' stays for a legal hold: {Reason}")]
    private static partial void LogHeld(ILogger logger, string partition, string reason);

    [LoggerMessage(362, LogLevel.Error, "Partition '{Partition}' could not be archived; the next rotation goes on with it.")]
    private static partial void LogFailed(ILogger logger, Exception error, string partition);

    [LoggerMessage(363, LogLevel.Information, "The archive of partition '{Partition}' is deleted: its time is over.")]
    private static partial void LogExpired(ILogger logger, string partition);
}
