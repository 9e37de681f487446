using Podium.Platform.Audio;
using Podium.Platform.Databases;
using Podium.Platform.Files;
using Podium.Platform.Messaging;

namespace Podium.Songs;

/// <summary>Listens to a recording that was accepted, and looks whether the tenant has another song that sounds the same: encoded anew, cut a little, louder. Moderators see it; nothing follows by itself.</summary>
public sealed class HearRecording(Database database, Inbox inbox, FileStore store, TimeProvider clock)
{
    public const string Subject = "song-recording-taken";

    // a shift that is known by a few marks is right to some moments
    private const int Slack = 8;

    public sealed record Request
    {
        public required Guid SongId { get; init; }

        public required Guid FileId { get; init; }
    }

    private sealed record Candidate(Guid SongId, int Shift, byte[] Fingerprint);

    public async Task RunAsync(Delivery delivery, CancellationToken cancellationToken)
    {
        var request = delivery.Read<Request>();
        // what was withdrawn meanwhile has a message of its own
        if (await StoredFile.FindAsync(database.As(delivery.Actor), delivery.Tenant.Id, request.FileId, cancellationToken) is not { State: FileStates.Accepted, RevokedAt: null } file) return;
        if (await store.FindAsync(file.Place, cancellationToken) is not { } found) return;
        await using var content = await store.OpenAsync(file.Place, found.ETag, cancellationToken);
        var heard = await Listening.HearAsync(content, Enum.Parse<FileKind>(file.Kind!, ignoreCase: true), cancellationToken);
        await inbox.OnceAsync(delivery, session => KeepAsync(session, request, heard, cancellationToken), cancellationToken);
    }

    private async Task KeepAsync(Session session, Request request, Listening.Heard heard, CancellationToken cancellationToken)
    {
        var (twin, likeness) = heard.Fingerprint is { } fingerprint ? await TwinAsync(session, request.SongId, fingerprint, cancellationToken) : default;
        var marks = heard.Fingerprint?.Marks() ?? [];
        await session.SingleAsync<bool>(
            "SELECT hear_song(@SongId, @FileId, @sound, @fingerprint, @moments, @places, @twin, @likeness, @now)",
            new
            {
                request.SongId,
                request.FileId,
                sound = heard.Reason ?? "fingerprinted",
                fingerprint = heard.Fingerprint?.Pack(),
                moments = marks.Select(mark => unchecked((int)mark.Moment)).ToArray(),
                places = marks.Select(mark => mark.At).ToArray(),
                twin,
                likeness,
                now = clock.GetUtcNow(),
            },
            cancellationToken);
    }

    // of several the one that was entered first, as with the very same content
    private static async Task<(Guid? Twin, decimal? Likeness)> TwinAsync(Session session, Guid songId, SoundFingerprint fingerprint, CancellationToken cancellationToken)
    {
        var wanted = fingerprint.Wanted();
        var candidates = await session.QueryAsync<Candidate>(
            "SELECT song_id, shift, fingerprint FROM songs_that_sound_like(@songId, @moments, @places)",
            new { songId, moments = wanted.Select(mark => unchecked((int)mark.Moment)).ToArray(), places = wanted.Select(mark => mark.At).ToArray() },
            cancellationToken);
        foreach (var candidate in candidates)
        {
            var distance = Enumerable.Range(candidate.Shift - Slack, 2 * Slack + 1).Min(shift => fingerprint.Distance(candidate.Fingerprint, shift));
            if (distance < SoundFingerprint.Threshold) return (candidate.SongId, SoundFingerprint.Likeness(distance.Value));
        }
        return default;
    }
}
