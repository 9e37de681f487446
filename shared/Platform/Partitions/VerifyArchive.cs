using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.Json;
using Azure;
using Azure.Storage.Blobs;
using Podium.Platform.Api;
using Podium.Platform.Databases;

namespace Podium.Platform.Partitions;

/// <summary>Reads archives back from storage and compares them with what was written down of them.</summary>
public sealed class VerifyArchive(Database database, BlobServiceClient storage)
{
    /// <summary>What an archive is like; no fault is a good one.</summary>
    public sealed record Result(string Shard, Guid Id, string Table, string Partition, long Rows, string? Fault);

    /// <summary>All archives in storage, or those of a table, or one.</summary>
    public async Task<IReadOnlyList<Result>> RunAsync(string? table, Guid? id, CancellationToken cancellationToken)
    {
        var results = new List<Result>();
        foreach (var shard in database.Shards)
        {
            var archives = await database.AsPlatform(shard).QueryAsync<PartitionArchive>(
                $"""
                SELECT {PartitionArchive.Columns} FROM partition_archives
                WHERE archived_at IS NOT NULL AND expired_at IS NULL AND (@table::text IS NULL OR table_name = @table) AND (@id::uuid IS NULL OR id = @id)
                ORDER BY table_name, from_at, began_at
                """,
                new { table, id },
                cancellationToken);
            foreach (var archive in archives)
                results.Add(new Result(shard, archive.Id, archive.TableName, archive.PartitionName, archive.Rows!.Value, await FaultAsync(storage, archive, cancellationToken)));
        }
        return results;
    }

    /// <summary>What is wrong with an archive, as the end of a sentence about it.</summary>
    internal static async Task<string?> FaultAsync(BlobServiceClient storage, PartitionArchive archive, CancellationToken cancellationToken)
    {
        var contents = archive.Manifest!.Value.Deserialize<PartitionArchive.Contents>(Json.Options)!;
        var container = storage.GetBlobContainerClient(PartitionArchive.Container);
        using var tally = new CsvTally();
        using var packed = SHA256.Create();
        try
        {
            var manifest = await container.GetBlobClient(archive.ManifestBlob).DownloadContentAsync(cancellationToken);
            if (!JsonElement.DeepEquals(JsonElement.Parse(manifest.Value.Content.ToString()), archive.Manifest!.Value)) return "has another manifest than was written.";
            await using var blob = await container.GetBlobClient(archive.Blob).OpenReadAsync(cancellationToken: cancellationToken);
            await using var hashing = new CryptoStream(blob, packed, CryptoStreamMode.Read);
            await using var gzip = new GZipStream(hashing, CompressionMode.Decompress, leaveOpen: true);
            await tally.PassAsync(gzip, Stream.Null, cancellationToken);
            await hashing.CopyToAsync(Stream.Null, cancellationToken);
        }
        catch (InvalidDataException error)
        {
            return $"cannot be unpacked: {error.Message}";
        }
        catch (JsonException)
        {
            return "has a manifest that is no JSON.";
        }
        catch (RequestFailedException missing) when (missing.Status == 404)
        {
            return "is missing from storage.";
        }
        if (tally.Rows != contents.Rows) return $"has {tally.Rows} rows instead of {contents.Rows}.";
        return tally.Sha256() != contents.CsvSha256 || Convert.ToHexStringLower(packed.Hash!) != contents.Sha256 ? "has another hash than was written." : null;
    }
}
