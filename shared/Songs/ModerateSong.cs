using System.ComponentModel.DataAnnotations;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Songs;

/// <summary>Moderators let songs in or turn them away with a reason, at first and on appeal. An approval can be taken back.</summary>
public sealed class ModerateSong(Database database, SongVoting voting, SongNotices notices, TimeProvider clock)
{
    public sealed record Request
    {
        /// <summary>Whether the song is let in.</summary>
        public required bool Approve { get; init; }

        /// <summary>What its artist is told; a rejection needs one.</summary>
        [StringLength(1000, MinimumLength = 1), Example("We cannot hear the voice.")]
        public string? Reason { get; init; }
    }

    public Task<Outcome<SongDirectory.View>> RunAsync(Caller caller, Guid id, Request request, int? ifMatch, CancellationToken cancellationToken) => database.InTransaction<SongDirectory.View>(
        caller,
        async session =>
        {
            var song = await SongDirectory.RowAsync(session, caller, id, " FOR UPDATE", cancellationToken);
            if (song is null) return Problem.NotFound("song");
            if (!caller.Allows(Permissions.SongModerate, Scope.Competition(song.CompetitionId))) return CommonProblems.Forbidden;
            if (song.ArtistId == caller.Person) return SongProblems.OwnSong;
            if (ifMatch is not null && ifMatch != song.Version) return CommonProblems.Stale;
            var reason = request.Reason?.Trim();
            if (!request.Approve && string.IsNullOrEmpty(reason)) return Problem.Invalid("/reason", "required", "Its artist wants to know why.");
            var wanted = request.Approve ? SongStatus.Approved : SongStatus.Rejected;
            // a repeated request finds its work done
            if (song.Status == wanted && (request.Approve || song.RejectionReason == reason)) return song.Of(caller);
            if (song.Status is SongStatus.Uploading or SongStatus.Withdrawn) return SongProblems.StatusRefused;
            var now = clock.GetUtcNow();
            var row = await session.SingleAsync<SongDirectory.Row>(
                $"""
                UPDATE songs SET status = @status, approved_at = CASE WHEN @Approve THEN @now END, rejection_reason = CASE WHEN @Approve THEN NULL ELSE @reason END, decided_by = @Person,
                    updated_at = @now, updated_by = @Person, version = version + 1
                WHERE tenant_id = @TenantId AND id = @id RETURNING {SongDirectory.Columns}
                """,
                new { caller.TenantId, caller.Person, id, status = request.Approve ? "approved" : "rejected", request.Approve, reason, now },
                cancellationToken);
            await SongDirectory.LogAsync(session, caller, id, request.Approve ? "approved" : "rejected", reason, now, cancellationToken);
            if (request.Approve || song.Status == SongStatus.Approved) await voting.SyncAsync(session, caller, song.CompetitionId, cancellationToken);
            await notices.DecidedAsync(session, caller.Tenant, song.ArtistId, song.Title, request.Approve, reason);
            return row.Of(caller);
        },
        cancellationToken);
}
