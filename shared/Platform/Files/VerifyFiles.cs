using System.Security.Cryptography;
using Azure;
using Podium.Platform.Databases;

namespace Podium.Platform.Files;

/// <summary>Reads accepted files again, those first that were not read for the longest, and compares their hashes with what was accepted.</summary>
public sealed class VerifyFiles(Database database, FileStore store, FileIncidents incidents, TimeProvider clock)
{
    private const int MostFiles = 500;
    private const long MostBytes = 20L << 30;

    // what was read a day ago can wait; so a small installation is not read over and over
    private static readonly TimeSpan Rest = TimeSpan.FromDays(1);

    private sealed record Sample(Guid TenantId, Guid Id, string Place, string Sha256, long Bytes, bool Damaged);

    public sealed record Result(int Files, long Bytes, int Damaged);

    public async Task<Result> Run(CancellationToken cancellationToken)
    {
        var (files, bytes, damaged) = (0, 0L, 0);
        foreach (var shard in database.Shards)
        {
            var samples = await database.AsPlatform(shard).QueryAsync<Sample>(
                """
                SELECT tenant_id, id, place, sha256, bytes, damaged_at IS NOT NULL AS damaged FROM files
                WHERE state = 'accepted' AND revoked_at IS NULL AND NOT revocation_pending AND verified_at <= @before
                ORDER BY verified_at
                LIMIT @MostFiles
                """,
                new { before = clock.GetUtcNow() - Rest, MostFiles },
                cancellationToken);
            foreach (var sample in samples)
            {
                if (bytes >= MostBytes) break;
                if (await VerifyAsync(shard, sample, cancellationToken) is not null) damaged++;
                files++;
                bytes += sample.Bytes;
            }
        }
        return new Result(files, bytes, damaged);
    }

    private async Task<string?> VerifyAsync(string shard, Sample sample, CancellationToken cancellationToken)
    {
        var fault = await FaultOfAsync(sample, cancellationToken);
        var now = clock.GetUtcNow();
        var standing = await database.AsPlatform(shard).FirstAsync<StoredFile>(
            $"""
            UPDATE files SET verified_at = @now, damaged_at = CASE WHEN @damaged THEN coalesce(damaged_at, @now) END
            WHERE tenant_id = @TenantId AND id = @Id AND state = 'accepted' AND revoked_at IS NULL AND NOT revocation_pending AND sha256 = @Sha256
            RETURNING {StoredFile.Columns}
            """,
            new { sample.TenantId, sample.Id, sample.Sha256, now, damaged = fault is not null },
            cancellationToken);
        // withdrawn while it was read
        if (standing is null) return null;
        if (fault is not null)
            await incidents.ReportAsync(shard, fault, sample.Place, standing, fault == FileIncidents.Missing ? "The file is not in its place any more: restore it from a backup." : "The file's hash is not that of what was accepted: restore it from a backup.", cancellationToken);
        else if (sample.Damaged)
            await incidents.SettleAsync(shard, [FileIncidents.Missing, FileIncidents.Altered], sample.Place, "whole again", cancellationToken);
        return fault;
    }

    private async Task<string?> FaultOfAsync(Sample sample, CancellationToken cancellationToken)
    {
        try
        {
            if (await store.FindAsync(sample.Place, cancellationToken) is not { } found) return FileIncidents.Missing;
            if (found.Bytes != sample.Bytes) return FileIncidents.Altered;
            await using var content = await store.OpenAsync(sample.Place, found.ETag, cancellationToken);
            return Convert.ToHexStringLower(await SHA256.HashDataAsync(content, cancellationToken)) == sample.Sha256 ? null : FileIncidents.Altered;
        }
        catch (RequestFailedException error) when (error.Status == 404)
        {
            return FileIncidents.Missing;
        }
    }
}
