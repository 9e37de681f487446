using System.IO.Compression;
using System.Text.Json;
using Azure;
using Azure.Storage.Blobs;
using Dapper;
using Npgsql;
using Podium.Platform.Api;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Platform.Partitions;

/// <summary>Brings an archive back as a table of its own beside the living one, to be looked at by who works across tenants, and throws that away again.</summary>
public sealed class RestoreArchive(TableOwner tables, DatabaseSettings settings, BlobServiceClient storage)
{
    /// <summary>The table that now holds the archive's rows.</summary>
    public sealed record Result(Guid Id, string Table, string Shard, long Rows, string Sha256);

    private sealed class DamagedException(string message) : Exception(message);

    public async Task<Outcome<Result>> Run(Guid id, CancellationToken cancellationToken)
    {
        foreach (var shard in settings.Shards)
        {
            await using var owner = await tables.OpenAsync(shard, cancellationToken);
            await using var transaction = await owner.BeginTransactionAsync(cancellationToken);
            if (await LockedAsync(owner, id, cancellationToken) is not { } archive) continue;
            if (archive.ExpiredAt is not null) return PartitionProblems.ArchiveExpired;
            if (archive.DroppedAt is null) return PartitionProblems.ArchiveUnfinished;
            var result = new Result(id, archive.RestoredAs ?? NameOf(archive), shard, archive.Rows!.Value, archive.Sha256!);
            if (archive.RestoredAs is not null) return result;
            try
            {
                await FillAsync(owner, archive, result.Table, cancellationToken);
            }
            catch (Exception error) when (error is DamagedException or InvalidDataException or PostgresException { SqlState: ['2', '2', ..] } or RequestFailedException { Status: 404 })
            {
                return new Problem(PartitionProblems.ArchiveDamaged, error is RequestFailedException ? $"The blob {archive.Blob} is missing." : error.Message);
            }
            await owner.ExecuteAsync(new CommandDefinition("UPDATE partition_archives SET restored_as = @Table WHERE id = @Id", new { result.Table, result.Id }, cancellationToken: cancellationToken));
            await transaction.CommitAsync(CancellationToken.None);
            return result;
        }
        return Problem.NotFound("archive");
    }

    /// <summary>Throws the restored table away; the archive stays.</summary>
    public async Task<Problem?> DiscardAsync(Guid id, CancellationToken cancellationToken)
    {
        foreach (var shard in settings.Shards)
        {
            await using var owner = await tables.OpenAsync(shard, cancellationToken);
            await using var transaction = await owner.BeginTransactionAsync(cancellationToken);
            if (await LockedAsync(owner, id, cancellationToken) is not { } archive) continue;
            if (archive.RestoredAs is not null)
            {
                await owner.ExecuteAsync(new CommandDefinition(
                    $"DROP TABLE IF EXISTS public.{TableOwner.Quote(archive.RestoredAs)}; UPDATE partition_archives SET restored_as = NULL WHERE id = @id", new { id }, cancellationToken: cancellationToken));
                await transaction.CommitAsync(CancellationToken.None);
            }
            return null;
        }
        return Problem.NotFound("archive");
    }

    // a second archive of one month has a name of its own, from its blob
    private static string NameOf(PartitionArchive archive) => "restored_" + archive.Blob.Split('/')[^2].Replace('.', '_');

    private static Task<PartitionArchive?> LockedAsync(NpgsqlConnection owner, Guid id, CancellationToken cancellationToken) =>
        owner.QuerySingleOrDefaultAsync<PartitionArchive>(new CommandDefinition(
            $"SELECT {PartitionArchive.Columns} FROM partition_archives WHERE id = @id FOR UPDATE", new { id }, cancellationToken: cancellationToken));

    private async Task FillAsync(NpgsqlConnection owner, PartitionArchive archive, string name, CancellationToken cancellationToken)
    {
        var contents = archive.Manifest!.Value.Deserialize<PartitionArchive.Contents>(Json.Options)!;
        var table = $"public.{TableOwner.Quote(name)}";
        var columns = contents.Columns.Select(column => $"{TableOwner.Quote(column.Name)} {column.Type}{(column.Required ? " NOT NULL" : "")}");
        await ExecuteAsync(owner, $"CREATE TABLE {table} ({string.Join(", ", columns)})", cancellationToken);

        using var read = new CsvTally();
        await using (var blob = await storage.GetBlobContainerClient(PartitionArchive.Container).GetBlobClient(archive.Blob).OpenReadAsync(cancellationToken: cancellationToken))
        await using (var gzip = new GZipStream(blob, CompressionMode.Decompress))
        await using (var rows = await owner.BeginTextImportAsync($"COPY {table} ({contents.ColumnList}) FROM STDIN (FORMAT csv, HEADER)", cancellationToken))
        {
            await read.PassAsync(gzip, ((StreamWriter)rows).BaseStream, cancellationToken);
        }
        ThrowUnlessSame(read, contents, "The archive in storage");

        // what arrived in the table is what left it: written out once more, it must be the same to the last byte
        using var arrived = new CsvTally();
        using (var rows = await owner.BeginTextExportAsync(contents.CopyFrom(name), cancellationToken)) await arrived.PassAsync(((StreamReader)rows).BaseStream, Stream.Null, cancellationToken);
        ThrowUnlessSame(arrived, contents, "The restored table");

        await ExecuteAsync(owner, $"ALTER TABLE {table} ADD PRIMARY KEY ({contents.KeyList}); CALL close_to_tenants('{table}'); GRANT SELECT ON {table} TO podium_platform", cancellationToken);
    }

    private static void ThrowUnlessSame(CsvTally tally, PartitionArchive.Contents contents, string what)
    {
        if (tally.Rows != contents.Rows) throw new DamagedException($"{what} has {tally.Rows} rows instead of {contents.Rows}.");
        if (tally.Sha256() != contents.CsvSha256) throw new DamagedException($"{what} has another hash than was written.");
    }

    private static async Task ExecuteAsync(NpgsqlConnection owner, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, owner);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
