using Podium.Platform.Files;

namespace Podium.Platform.Audio;

/// <summary>Listens to the beginning of a recording.</summary>
public static class Listening
{
    /// <summary>Why a recording has no fingerprint.</summary>
    public const string NoDecoder = "no-decoder", Damaged = "damaged", TooShort = "too-short", Silent = "silent";

    /// <summary>So much of a recording is listened to, from its first sound on.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromMinutes(2);

    /// <summary>Less than this is no song, and may be in many.</summary>
    public static readonly TimeSpan Shortest = TimeSpan.FromSeconds(5);

    // silence ahead of the first sound
    private static readonly TimeSpan MostSilence = TimeSpan.FromMinutes(10);

    /// <summary>A fingerprint, or why there is none.</summary>
    public sealed record Heard(SoundFingerprint? Fingerprint, string? Reason);

    /// <summary>The fingerprint of a seekable stream. Throws for cancellation and for the stream's own failures only.</summary>
    public static async Task<Heard> HearAsync(Stream stream, FileKind kind, CancellationToken cancellationToken)
    {
        using var content = new Content(stream, hashed: false, cancellationToken);
        Resampler? sound = null;
        var reason = Silent;
        try
        {
            if (await SoundReader.OpenAsync(content, kind) is not { } reader) return new Heard(null, NoDecoder);
            sound = new Resampler(reader.Rate, (int)(Longest.TotalSeconds * Resampler.Rate));
            while (!sound.IsFull && sound.Passed < (MostSilence + Longest).TotalSeconds * Resampler.Rate && await reader.NextAsync() is { IsEmpty: false } samples) sound.Add(samples.Span);
        }
        catch (Undecodable undecodable)
        {
            reason = undecodable.Reason;
        }
        catch (Malformed)
        {
            reason = Damaged;
        }
        catch (Exception) when (!content.Failed && !cancellationToken.IsCancellationRequested)
        {
            // whatever a hostile file made a decoder stumble over is a fault of the file, not of the queue that carries it
            reason = Damaged;
        }
        // what was heard before the damage counts
        return Judge(sound, reason);
    }

    private static Heard Judge(Resampler? sound, string reason)
    {
        if (sound is null || sound.Count == 0) return new Heard(null, reason);
        var fingerprint = SoundFingerprint.Of(sound.Samples.Span);
        return fingerprint.Heard >= Shortest.TotalSeconds * SoundFingerprint.Rate ? new Heard(fingerprint, null) : new Heard(null, reason == Silent ? TooShort : reason);
    }
}
