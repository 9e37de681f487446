using Podium.Platform.Files;

namespace Podium.Platform.Audio;

/// <summary>
/// Decodes a recording part after part, forward only, with all channels mixed into one. A hostile file costs at most what the recording that it claims to be
/// would cost, and ends in <see cref="Undecodable"/>, in <see cref="Malformed"/> or in nonsense, never in another exception.
/// </summary>
internal abstract class SoundReader
{
    // telephones at the lowest, studios at the highest
    private const int LowestRate = 4_000;
    private const int HighestRate = 192_000;

    protected const int MostChannels = 8;

    /// <summary>Samples a second.</summary>
    public int Rate { get; private init; }

    protected SoundReader(int rate) => Rate = rate is >= LowestRate and <= HighestRate ? rate : throw Undecodable.Format();

    /// <summary>The next samples, between -1 and 1; none at the end. Valid until the next call.</summary>
    public abstract ValueTask<ReadOnlyMemory<float>> NextAsync();

    /// <summary>A reader of a recording, or null where there is none for its kind.</summary>
    public static async ValueTask<SoundReader?> OpenAsync(Content content, FileKind kind) => kind switch
    {
        FileKind.Wav => await WavReader.OpenAsync(content),
        FileKind.Flac => await FlacReader.OpenAsync(content),
        FileKind.Mp3 => await Mp3Reader.OpenAsync(content),
        _ => null,
    };
}
