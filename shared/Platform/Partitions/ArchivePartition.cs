using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.Json;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using Dapper;
using Npgsql;
using Podium.Platform.Api;

namespace Podium.Platform.Partitions;

/// <summary>
/// Moves one partition to storage: detach, write, verify, drop. Each step is noted when it is done and may be done again, so a kill anywhere
/// costs no more than the step it fell into; a row leaves the database only after its archive has been read back.
/// </summary>
public sealed class ArchivePartition(BlobServiceClient storage, TimeProvider clock)
{
    internal enum Point
    {
        Begun,
        Detached,
        DataWritten,
        ManifestWritten,
        Noted,
        Verified,
        Dropped,
        Done,
    }

    /// <summary>Where tests cut the work off.</summary>
    internal Func<Point, Task> Reached { get; set; } = _ => Task.CompletedTask;

    /// <summary>Goes on from wherever an earlier run came to. Answers the legal hold that forbids it, or null when the partition is archived.</summary>
    public async Task<string?> Run(NpgsqlConnection owner, string shard, string table, string partition, DateTimeOffset from, DateTimeOffset until, CancellationToken cancellationToken)
    {
        var attached = await IsLeavingAsync(owner, table, partition, cancellationToken);
        if (attached == false && await HoldAsync(owner, table, from, until, cancellationToken) is { } hold) return hold;

        var archive = await BeginAsync(owner, shard, table, partition, from, until, cancellationToken);
        await Reached(Point.Begun);
        // CONCURRENTLY lets everybody read and write on; one that was cut off has to be finished before another can begin
        if (attached is { } leaving) await ExecuteAsync(owner, $"ALTER TABLE public.{TableOwner.Quote(table)} DETACH PARTITION public.{TableOwner.Quote(partition)} {(leaving ? "FINALIZE" : "CONCURRENTLY")}", cancellationToken);
        await Reached(Point.Detached);
        if (archive.ArchivedAt is null) archive = await WriteAsync(owner, shard, archive, cancellationToken);
        await Reached(Point.Noted);
        if (archive.VerifiedAt is null) await VerifyAsync(owner, archive, cancellationToken);
        await Reached(Point.Verified);
        var held = await DropAsync(owner, archive, cancellationToken);
        await Reached(Point.Done);
        return held;
    }

    // null: it is no partition any more
    private static Task<bool?> IsLeavingAsync(NpgsqlConnection owner, string table, string partition, CancellationToken cancellationToken) =>
        owner.QuerySingleOrDefaultAsync<bool?>(new CommandDefinition(
            "SELECT leaving FROM partitions_of(to_regclass(format('public.%I', @table))) WHERE partition_name = @partition", new { table, partition }, cancellationToken: cancellationToken));

    private static Task<string?> HoldAsync(NpgsqlConnection owner, string table, DateTimeOffset from, DateTimeOffset until, CancellationToken cancellationToken) =>
        owner.QuerySingleAsync<string?>(new CommandDefinition("SELECT legal_hold_of(@table, @from, @until)", new { table, from, until }, cancellationToken: cancellationToken));

    private async Task<PartitionArchive> BeginAsync(
        NpgsqlConnection owner, string shard, string table, string partition, DateTimeOffset from, DateTimeOffset until, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        // late rows make a partition anew under an old name, and must not write over its first archive
        var earlier = await owner.QuerySingleAsync<int>(new CommandDefinition(
            "SELECT count(*) FROM partition_archives WHERE table_name = @table AND partition_name = @partition AND dropped_at IS NOT NULL", new { table, partition }, cancellationToken: cancellationToken));
        var name = earlier == 0 ? partition : $"{partition}.{earlier + 1}";
        var place = shard == Databases.DatabaseSettings.DefaultShard ? table : $"shards/{shard}/{table}";
        return await owner.QuerySingleAsync<PartitionArchive>(new CommandDefinition(
            $"""
            INSERT INTO partition_archives (id, table_name, partition_name, from_at, until_at, blob, began_at)
            VALUES (@id, @table, @partition, @from, @until, @blob, @now)
            ON CONFLICT (table_name, partition_name) WHERE dropped_at IS NULL DO UPDATE SET began_at = partition_archives.began_at
            RETURNING {PartitionArchive.Columns}
            """,
            new { id = Guid.CreateVersion7(now), table, partition, from, until, blob = $"{place}/{name}/{name}.csv.gz", now },
            cancellationToken: cancellationToken));
    }

    private async Task<PartitionArchive> WriteAsync(NpgsqlConnection owner, string shard, PartitionArchive archive, CancellationToken cancellationToken)
    {
        var container = storage.GetBlobContainerClient(PartitionArchive.Container);
        await container.CreateIfNotExistsAsync(cancellationToken: cancellationToken);
        var shape = await ShapeAsync(owner, shard, archive, cancellationToken);
        using var tally = new CsvTally();
        using var packed = SHA256.Create();
        await using (var blob = await container.GetBlockBlobClient(archive.Blob).OpenWriteAsync(overwrite: true, new() { HttpHeaders = new BlobHttpHeaders { ContentType = "application/gzip" } }, cancellationToken))
        {
            await using (var hashing = new CryptoStream(blob, packed, CryptoStreamMode.Write, leaveOpen: true))
            await using (var gzip = new GZipStream(hashing, CompressionLevel.Optimal))
            using (var rows = await owner.BeginTextExportAsync(shape.CopyFrom(archive.PartitionName), cancellationToken))
            {
                // below its reader of characters are the bytes as they came
                await tally.PassAsync(((StreamReader)rows).BaseStream, gzip, cancellationToken);
            }
        }
        await Reached(Point.DataWritten);

        var size = (await container.GetBlobClient(archive.Blob).GetPropertiesAsync(cancellationToken: cancellationToken)).Value.ContentLength;
        var contents = shape with { Rows = tally.Rows, CsvBytes = tally.Bytes, CsvSha256 = tally.Sha256(), Bytes = size, Sha256 = Convert.ToHexStringLower(packed.Hash!) };
        var manifest = JsonSerializer.Serialize(contents, Json.Options);
        await container.GetBlobClient(archive.ManifestBlob).UploadAsync(BinaryData.FromString(manifest), overwrite: true, cancellationToken);
        await Reached(Point.ManifestWritten);

        return await owner.QuerySingleAsync<PartitionArchive>(new CommandDefinition(
            $"""
            UPDATE partition_archives SET rows = @Rows, bytes = @Bytes, sha256 = @CsvSha256, manifest = @manifest::jsonb, archived_at = @now
            WHERE id = @Id
            RETURNING {PartitionArchive.Columns}
            """,
            new { archive.Id, contents.Rows, contents.Bytes, contents.CsvSha256, manifest, now = clock.GetUtcNow() },
            cancellationToken: cancellationToken));
    }

    private async Task<PartitionArchive.Contents> ShapeAsync(NpgsqlConnection owner, string shard, PartitionArchive archive, CancellationToken cancellationToken)
    {
        await using var results = await owner.QueryMultipleAsync(new CommandDefinition(
            """
            SELECT attname::text AS name, format_type(atttypid, atttypmod) AS type, attnotnull AS required
            FROM pg_attribute
            WHERE attrelid = to_regclass(format('public.%I', @PartitionName)) AND attnum > 0 AND NOT attisdropped
            ORDER BY attnum;

            SELECT attname::text
            FROM pg_index
            CROSS JOIN LATERAL unnest(indkey::int2[]) WITH ORDINALITY AS part (number, place)
            JOIN pg_attribute ON attrelid = indrelid AND attnum = number
            WHERE indrelid = to_regclass(format('public.%I', @PartitionName)) AND indisprimary
            ORDER BY place;

            SELECT max(version) FROM schema_migrations
            """,
            new { archive.PartitionName },
            cancellationToken: cancellationToken));
        var columns = (await results.ReadAsync<PartitionArchive.ColumnShape>()).AsList();
        var key = (await results.ReadAsync<string>()).AsList();
        if (columns.Count == 0) throw new InvalidOperationException($"The partition {archive.PartitionName} is gone before it was archived.");
        if (key.Count == 0) throw new InvalidOperationException($"The partition {archive.PartitionName} has no primary key to order its rows by.");
        return new PartitionArchive.Contents
        {
            Table = archive.TableName,
            Partition = archive.PartitionName,
            Shard = shard,
            From = archive.FromAt,
            Until = archive.UntilAt,
            SchemaVersion = await results.ReadSingleAsync<int>(),
            Columns = columns,
            Key = key,
            Rows = 0,
            CsvBytes = 0,
            CsvSha256 = "",
            Bytes = 0,
            Sha256 = "",
            WrittenAt = clock.GetUtcNow(),
        };
    }

    private async Task VerifyAsync(NpgsqlConnection owner, PartitionArchive archive, CancellationToken cancellationToken)
    {
        var fault = await VerifyArchive.FaultAsync(storage, archive, cancellationToken);
        if (fault is null)
        {
            await owner.ExecuteAsync(new CommandDefinition("UPDATE partition_archives SET verified_at = @now WHERE id = @Id", new { archive.Id, now = clock.GetUtcNow() }, cancellationToken: cancellationToken));
            return;
        }
        await WriteAnewAsync(owner, archive);
        throw new InvalidDataException($"The archive {archive.Blob} {fault} It will be written anew.");
    }

    // a hold that was placed meanwhile stops it here; the partition is detached then, but there
    private async Task<string?> DropAsync(NpgsqlConnection owner, PartitionArchive archive, CancellationToken cancellationToken)
    {
        await using var transaction = await owner.BeginTransactionAsync(cancellationToken);
        await ExecuteAsync(owner, "LOCK TABLE legal_holds IN SHARE MODE", cancellationToken);
        if (await HoldAsync(owner, archive.TableName, archive.FromAt, archive.UntilAt, cancellationToken) is { } hold) return hold;
        var partition = $"public.{TableOwner.Quote(archive.PartitionName)}";
        await ExecuteAsync(owner, $"LOCK TABLE {partition} IN ACCESS EXCLUSIVE MODE", cancellationToken);
        var rows = await owner.QuerySingleAsync<long>(new CommandDefinition($"SELECT count(*) FROM {partition}", cancellationToken: cancellationToken));
        if (rows != archive.Rows)
        {
            await transaction.RollbackAsync(CancellationToken.None);
            await WriteAnewAsync(owner, archive);
            throw new InvalidDataException($"The partition {archive.PartitionName} has {rows} rows, its archive {archive.Rows}. It will be written anew.");
        }
        await ExecuteAsync(owner, $"DROP TABLE {partition}", cancellationToken);
        await owner.ExecuteAsync(new CommandDefinition("UPDATE partition_archives SET dropped_at = @now WHERE id = @Id", new { archive.Id, now = clock.GetUtcNow() }, cancellationToken: cancellationToken));
        await Reached(Point.Dropped);
        await transaction.CommitAsync(CancellationToken.None);
        return null;
    }

    private static Task<int> WriteAnewAsync(NpgsqlConnection owner, PartitionArchive archive) => owner.ExecuteAsync(
        "UPDATE partition_archives SET archived_at = NULL, verified_at = NULL WHERE id = @Id", new { archive.Id });

    private static async Task ExecuteAsync(NpgsqlConnection owner, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, owner);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
