using Podium.Platform.Access;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Platform.Files;

/// <summary>Takes back the asking for a file that has not come.</summary>
public sealed class CancelUpload(Database database, CheckFile checkFile, FileStore store)
{
    public async Task<Outcome<FileView>> Run(Caller caller, Guid id, CancellationToken cancellationToken)
    {
        var cancelled = await database.InTransaction<StoredFile>(
            caller,
            async session =>
            {
                if (await StoredFile.FindAsync(session, caller.TenantId, id, cancellationToken, "FOR UPDATE") is not { } file || file.OwnerId != caller.Person) return Problem.NotFound("file");
                return file.State == FileStates.Cancelled ? file : await InAsync(session, file, cancellationToken);
            },
            cancellationToken);
        if (cancelled.Problem is { } problem) return problem;
        // one that came while we decided; later ones are taken away as they come
        await store.RemoveAsync(cancelled.Value!.Upload, cancellationToken);
        return cancelled.Value.View(caller.Language);
    }

    /// <summary>In a feature's own transaction; the feature hears of it like of any other end.</summary>
    public async Task<Outcome<StoredFile>> InAsync(Session session, StoredFile file, CancellationToken cancellationToken)
    {
        var cancelled = await session.FirstAsync<StoredFile>(
            $"""
            UPDATE files SET state = 'cancelled', look_at = NULL, version = version + 1
            WHERE tenant_id = @TenantId AND id = @Id AND state = 'awaiting'
            RETURNING {StoredFile.Columns}
            """,
            new { file.TenantId, file.Id },
            cancellationToken);
        if (cancelled is null) return FileProblems.Arrived;
        await checkFile.TellAsync(session, cancelled, FileStates.Cancelled, null);
        return cancelled;
    }
}
