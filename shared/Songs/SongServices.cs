using Microsoft.Extensions.DependencyInjection;
using Podium.Platform.Files;

namespace Podium.Songs;

/// <summary>Contests of songs.</summary>
public static class SongServices
{
    /// <summary>A recording that is kept with us.</summary>
    public static readonly FilePurpose Audio = new()
    {
        Name = "song-audio",
        Container = "songs",
        Subject = TakeRecording.Subject,
        Rules = new FileRules
        {
            Allowed = new HashSet<FileKind> { FileKind.Mp3, FileKind.Wav, FileKind.Flac, FileKind.OggVorbis, FileKind.OggOpus, FileKind.M4a },
            MaxBytes = 200L << 20,
            MaxDuration = TimeSpan.FromMinutes(15),
        },
    };

    public static IServiceCollection AddSongs(this IServiceCollection services) => services
        .AddSingleton(Audio)
        .AddSingleton<SongDirectory>()
        .AddSingleton<EnterSong>()
        .AddSingleton<ModerateSong>()
        .AddSingleton<SongVoting>()
        .AddSingleton<SongNotices>()
        .AddSingleton<TakeRecording>()
        .AddSingleton<HearRecording>()
        .AddSingleton<SeedSongs>();
}
