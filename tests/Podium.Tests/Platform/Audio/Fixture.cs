using System.Buffers.Binary;
using Podium.Platform.Audio;
using Podium.Platform.Files;

namespace Podium.Tests.Platform.Audio;

/// <summary>The recordings in Fixtures, which its README tells how to make.</summary>
internal static class Fixture
{
    public const double TuneSeconds = 12;

    // a reference is every so manieth sample of what another decoder makes of a recording, its channels mixed into one
    private const int Step = 61;

    /// <summary>What tune.mp3 was encoded from, and another song by the same band.</summary>
    public static readonly Tunes Tune = new(7, 7, 16_000), OtherTune = new(8, 7, 16_000);

    public static byte[] Read(string name)
    {
        using var stream = typeof(Fixture).Assembly.GetManifestResourceStream($"Fixtures/{name}") ?? throw new FileNotFoundException(name);
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    public static FileKind KindOf(string name) => Path.GetExtension(name) switch { ".mp3" => FileKind.Mp3, ".flac" => FileKind.Flac, _ => FileKind.Wav };

    public static async Task<(int Rate, float[] Samples)> DecodeAsync(byte[] bytes, FileKind kind)
    {
        using var content = new Content(new MemoryStream(bytes), hashed: false, TestContext.Current.CancellationToken);
        var reader = await SoundReader.OpenAsync(content, kind) ?? throw new InvalidOperationException("There is no decoder.");
        var samples = new List<float>();
        while (await reader.NextAsync() is { IsEmpty: false } part) samples.AddRange(part.Span);
        return (reader.Rate, [.. samples]);
    }

    /// <summary>The largest and the mean difference from the reference.</summary>
    public static (double Most, double Mean, int Compared) Compare(float[] samples, string reference)
    {
        var bytes = Read(reference);
        var count = bytes.Length / sizeof(float);
        var (most, sum) = (0.0, 0.0);
        for (var i = 0; i < count; i++)
        {
            // what the other decoder has in its last frame and we have not is missed here
            var difference = Math.Abs(samples[i * Step] - BinaryPrimitives.ReadSingleLittleEndian(bytes.AsSpan(i * sizeof(float))));
            (most, sum) = (Math.Max(most, difference), sum + difference);
        }
        return (most, sum / count, count);
    }
}
