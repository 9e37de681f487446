using Podium.Platform.Databases;
using Podium.Platform.Files;
using Podium.Platform.Messaging;

namespace Podium.Songs;

/// <summary>What became of a song's recording: accepted with its length and hash (and known again where somebody else sent it), or refused with reasons.</summary>
public sealed class TakeRecording(Inbox inbox, Outbox outbox, SongVoting voting, SongNotices notices, TimeProvider clock)
{
    public const string Subject = "song-audio-decided";

    private sealed record Taken(Guid SongId, Guid ArtistId, string Title, string Outcome, Guid CompetitionId);

    public Task RunAsync(Delivery delivery, CancellationToken cancellationToken)
    {
        var decision = delivery.Read<FileDecision>();
        return inbox.OnceAsync(delivery, session => TakeAsync(session, delivery, decision, cancellationToken), cancellationToken);
    }

    private async Task TakeAsync(Session session, Delivery delivery, FileDecision decision, CancellationToken cancellationToken)
    {
        var taken = await session.FirstAsync<Taken>(
            "SELECT song_id, artist_id, title, outcome, competition_id FROM take_song_file(@FileId, @now)", new { decision.FileId, now = clock.GetUtcNow() }, cancellationToken);
        // another recording took its place, or the song was taken back
        if (taken is null) return;
        if (taken.Outcome != "refused")
        {
            await outbox.AddAsync(session, delivery.Tenant.Id, Outbox.SubmissionProcessing, HearRecording.Subject, new HearRecording.Request { SongId = taken.SongId, FileId = decision.FileId });
            return;
        }
        await voting.SyncAsync(session, delivery.Actor, taken.CompetitionId, cancellationToken);
        var file = await StoredFile.FindAsync(session, delivery.Tenant.Id, decision.FileId, cancellationToken);
        await notices.RefusedAsync(
            session, delivery.Tenant, taken.ArtistId, taken.Title, language => string.Join('\n', file?.View(language).Reasons.Select(reason => reason.Message) ?? []) is { Length: > 0 } reasons ? reasons : decision.Reason ?? "");
    }
}
