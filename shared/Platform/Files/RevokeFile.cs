using System.ComponentModel.DataAnnotations;
using Podium.Platform.Access;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Platform.Files;

/// <summary>
/// Withdraws an accepted file, and gives it back. The row decides who gets a URL from now on; the content is moved away behind it, so that URLs
/// given out before lead nowhere.
/// </summary>
public sealed class RevokeFile(Database database, CheckFile checkFile, FileStore store, TimeProvider clock)
{
    public sealed record Request
    {
        /// <summary>Why, for the uploader and the audit log.</summary>
        [StringLength(500, MinimumLength = 1)]
        public required string Reason { get; init; }
    }

    public Task<Outcome<FileView>> RevokeAsync(Caller caller, Guid id, Request request, CancellationToken cancellationToken) => ChangeAsync(
        caller, id, "revoked_at = coalesce(revoked_at, @now), revoked_by = coalesce(revoked_by, @Person), revoked_reason = coalesce(revoked_reason, @reason)", request.Reason, FileStates.Revoked, cancellationToken);

    public Task<Outcome<FileView>> RestoreAsync(Caller caller, Guid id, CancellationToken cancellationToken) =>
        ChangeAsync(caller, id, "revoked_at = NULL, revoked_by = NULL, revoked_reason = NULL", null, FileStates.Restored, cancellationToken);

    /// <summary>Brings content to where its row says it should be. Safe to repeat and to cut off.</summary>
    internal async Task MoveAsync(Actor actor, Guid id, CancellationToken cancellationToken)
    {
        if (await StoredFile.FindAsync(database.As(actor), actor.TenantId, id, cancellationToken) is not { } file) return;
        if (file is { RevokedAt: not null, RemovedAt: not null })
        {
            await store.RemoveAsync(file.Place, cancellationToken);
            await store.RemoveAsync(file.Aside, cancellationToken);
            await DoneAsync(actor, file, cancellationToken);
            return;
        }
        var (from, to) = file.RevokedAt is null ? (file.Aside, file.Place) : (file.Place, file.Aside);
        if (await store.FindAsync(from, cancellationToken) is { } found)
        {
            await store.CopyAsync(from, to, found.ETag, cancellationToken);
            await store.RemoveAsync(from, cancellationToken);
        }
        await DoneAsync(actor, file, cancellationToken);
    }

    /// <summary>Withdraws all accepted files of one content in a transaction of somebody else; for good where the content is destroyed. They are moved, or removed, after the commit.</summary>
    internal async Task<IReadOnlyList<StoredFile>> RevokeCopiesAsync(Session session, Caller caller, string sha256, string reason, bool destroy, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var copies = await session.QueryAsync<StoredFile>(
            $"""
            WITH copies AS (
                SELECT id FROM files
                WHERE tenant_id = @TenantId AND sha256 = @sha256 AND state = 'accepted' AND (revoked_at IS NULL OR (@destroy AND removed_at IS NULL))
                ORDER BY id
                FOR UPDATE
            ), revoked AS (
                UPDATE files
                SET revoked_at = coalesce(revoked_at, @now), revoked_by = coalesce(revoked_by, @Person), revoked_reason = coalesce(revoked_reason, @reason), removed_at = CASE WHEN @destroy THEN @now END,
                    revocation_pending = true, version = version + 1
                WHERE tenant_id = @TenantId AND id IN (SELECT id FROM copies)
                RETURNING {StoredFile.Columns}
            )
            SELECT * FROM revoked ORDER BY id
            """,
            new { caller.TenantId, caller.Person, sha256, reason = reason.Length <= 500 ? reason : reason[..500], destroy, now },
            cancellationToken);
        await TellAllAsync(session, caller, copies, FileStates.Revoked, reason, cancellationToken);
        return copies;
    }

    /// <summary>Gives those back that are withdrawn and not destroyed.</summary>
    internal async Task<IReadOnlyList<StoredFile>> RestoreAllAsync(Session session, Caller caller, IReadOnlyList<Guid> ids, CancellationToken cancellationToken)
    {
        var restored = await session.QueryAsync<StoredFile>(
            $"""
            WITH restored AS (
                UPDATE files SET revoked_at = NULL, revoked_by = NULL, revoked_reason = NULL, revocation_pending = true, version = version + 1
                WHERE tenant_id = @TenantId AND id = ANY (@ids) AND revoked_at IS NOT NULL AND removed_at IS NULL
                RETURNING {StoredFile.Columns}
            )
            SELECT * FROM restored ORDER BY id
            """,
            new { caller.TenantId, ids = ids.ToArray() },
            cancellationToken);
        await TellAllAsync(session, caller, restored, FileStates.Restored, null, cancellationToken);
        return restored;
    }

    private async Task TellAllAsync(Session session, Caller caller, IReadOnlyList<StoredFile> files, string told, string? reason, CancellationToken cancellationToken)
    {
        var actor = new Actor { TenantId = caller.TenantId, Shard = caller.Shard };
        foreach (var file in files)
        {
            await checkFile.TellAsync(session, file, told, reason);
            await session.AfterCommitAsync(() => MoveAsync(actor, file.Id, cancellationToken));
        }
    }

    private Task DoneAsync(Actor actor, StoredFile file, CancellationToken cancellationToken) =>
        // whoever changed the row meanwhile has moves of their own to make
        database.As(actor).ExecuteAsync("UPDATE files SET revocation_pending = false WHERE tenant_id = @TenantId AND id = @Id AND version = @Version", new { actor.TenantId, file.Id, file.Version }, cancellationToken);

    private async Task<Outcome<FileView>> ChangeAsync(Caller caller, Guid id, string set, string? reason, string told, CancellationToken cancellationToken)
    {
        var changed = await database.InTransaction<StoredFile>(
            caller,
            async session =>
            {
                if (await StoredFile.FindAsync(session, caller.TenantId, id, cancellationToken, "FOR UPDATE") is not { } file) return Problem.NotFound("file");
                if (file.State != FileStates.Accepted) return FileProblems.NotReady;
                if (file.RevokedAt is not null == (told == FileStates.Revoked)) return file;
                if (file.RemovedAt is not null) return FileProblems.ContentGone;
                var row = await session.SingleAsync<StoredFile>(
                    $"UPDATE files SET {set}, revocation_pending = true, version = version + 1 WHERE tenant_id = @TenantId AND id = @id RETURNING {StoredFile.Columns}",
                    new { caller.TenantId, caller.Person, id, reason, now = clock.GetUtcNow() },
                    cancellationToken);
                await checkFile.TellAsync(session, row, told, reason);
                return row;
            },
            cancellationToken);
        if (changed.Problem is { } problem) return problem;
        // a failure here is the watchdog's business: the row has decided
        await MoveAsync(caller, id, cancellationToken);
        return changed.Value!.View(caller.Language);
    }
}
