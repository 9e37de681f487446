using Microsoft.Extensions.Logging;
using Podium.Platform.Databases;

namespace Podium.Platform.Files;

/// <summary>
/// The watchdog: looks at every file whose instant has come without a decision, however its event was lost, and brings each to an end that
/// people can see.
/// </summary>
public sealed partial class WatchFiles(Database database, CheckFile checkFile, RevokeFile revokeFile, FileStore store, TimeProvider clock, ILogger<WatchFiles> log)
{
    private const int Batch = 50;
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(15);

    private sealed record Overdue(Guid TenantId, Guid Id);

    /// <summary>How many files it looked at.</summary>
    public async Task<int> Run(CancellationToken cancellationToken)
    {
        var total = 0;
        foreach (var shard in database.Shards)
        {
            IReadOnlyList<Overdue> overdue;
            do
            {
                overdue = await TakeAsync(shard, cancellationToken);
                foreach (var file in overdue) await LookAsync(new Actor { TenantId = file.TenantId, Shard = shard }, file.Id, cancellationToken);
                total += overdue.Count;
            }
            while (overdue.Count == Batch);
            await FinishRevocationsAsync(shard, cancellationToken);
        }
        return total;
    }

    // put ahead first: instances do not look at the same, and one that fails does not hold up the rest
    private Task<IReadOnlyList<Overdue>> TakeAsync(string shard, CancellationToken cancellationToken) => database.AsPlatform(shard).QueryAsync<Overdue>(
        """
        UPDATE files SET look_at = CASE WHEN state = 'awaiting' AND upload_until + @Patience > @now THEN least(upload_until + @Patience, @next) ELSE @next END
        FROM (SELECT tenant_id, id FROM files WHERE look_at <= @now ORDER BY look_at LIMIT @Batch FOR UPDATE SKIP LOCKED) AS due
        WHERE files.tenant_id = due.tenant_id AND files.id = due.id
        RETURNING files.tenant_id, files.id
        """,
        new { now = clock.GetUtcNow(), next = clock.GetUtcNow() + Pause, RequestUpload.Patience, Batch },
        cancellationToken);

    private async Task LookAsync(Actor actor, Guid id, CancellationToken cancellationToken)
    {
        try
        {
            if (await checkFile.RunAsync(actor, id, cancellationToken)) return;
            if (await StoredFile.FindAsync(database.As(actor), actor.TenantId, id, cancellationToken) is not { } file || !CheckFile.IsOpen(file.State)) return;
            if (file.State == FileStates.Awaiting && file.UploadUntil + RequestUpload.Patience > clock.GetUtcNow()) return;
            if (await store.FindAsync(file.Upload, cancellationToken) is null) await checkFile.EndWithoutContentAsync(actor, file, cancellationToken);
        }
        catch (Exception error) when (!cancellationToken.IsCancellationRequested)
        {
            LogFailed(log, error, id);
            await GiveUpAsync(actor, id, error, cancellationToken);
        }
    }

    private async Task GiveUpAsync(Actor actor, Guid id, Exception error, CancellationToken cancellationToken)
    {
        try
        {
            if (await StoredFile.FindAsync(database.As(actor), actor.TenantId, id, cancellationToken) is { } file && CheckFile.IsOpen(file.State) && await store.FindAsync(file.Upload, cancellationToken) is { } upload)
                await checkFile.PutOffAsync(actor, file, upload, error, cancellationToken);
        }
        catch (Exception again) when (!cancellationToken.IsCancellationRequested)
        {
            // storage or the database is away altogether; the instant that was put ahead brings it back
            LogFailed(log, again, id);
        }
    }

    private async Task FinishRevocationsAsync(string shard, CancellationToken cancellationToken)
    {
        var pending = await database.AsPlatform(shard).QueryAsync<Overdue>("SELECT tenant_id, id FROM files WHERE revocation_pending ORDER BY revoked_at LIMIT @Batch", new { Batch }, cancellationToken);
        foreach (var file in pending)
        {
            try
            {
                await revokeFile.MoveAsync(new Actor { TenantId = file.TenantId, Shard = shard }, file.Id, cancellationToken);
            }
            catch (Azure.RequestFailedException error)
            {
                LogFailed(log, error, file.Id);
            }
        }
    }

    [LoggerMessage(355, LogLevel.Warning, "The watchdog could not bring file {File} further.")]
    private static partial void LogFailed(ILogger logger, Exception error, Guid file);
}
