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
        var (from, to) = file.RevokedAt is null ? (file.Aside, file.Place) : (file.Place, file.Aside);
        if (await store.FindAsync(from, cancellationToken) is { } found)
        {
            await store.CopyAsync(from, to, found.ETag, cancellationToken);
            await store.RemoveAsync(from, cancellationToken);
        }
        // whoever changed the row meanwhile has moves of their own to make
        await database.As(actor).ExecuteAsync("UPDATE files SET revocation_pending = false WHERE tenant_id = @TenantId AND id = @Id AND version = @Version", new { actor.TenantId, file.Id, file.Version }, cancellationToken);
    }

    private async Task<Outcome<FileView>> ChangeAsync(Caller caller, Guid id, string set, string? reason, string told, CancellationToken cancellationToken)
    {
        var changed = await database.InTransaction<StoredFile>(
            caller,
            async session =>
            {
                if (await StoredFile.FindAsync(session, caller.TenantId, id, cancellationToken, "FOR UPDATE") is not { } file) return Problem.NotFound("file");
                if (file.State != FileStates.Accepted) return FileProblems.NotReady;
                if (file.RevokedAt is not null == (told == FileStates.Revoked)) return file;
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
