using Podium.Platform.Audio;
using Podium.Platform.Files;
using Podium.Tests.Platform.Files;

namespace Podium.Tests.Platform.Audio;

// Good recordings made bad in every place. Whatever comes out, it comes to an end, and as what a decoder may end in.
public sealed class HostileSoundTests
{
    // no recording of a few seconds has as many parts
    private const int MostParts = 200_000;

    private static byte[] Wav { get; } = new Tunes(5, 5, 8_000).Wav(0.05);

    public static TheoryData<string> Names => ["short.flac", "deep.flac", "joint.mp3", "low.mp3", "directions.mp3", "short.wav"];

    private static byte[] Of(string name) => name == "short.wav" ? Wav : Fixture.Read(name);

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_recording_that_is_cut_off_ends_there(string name)
    {
        var bytes = Of(name);
        var step = Math.Max(1, bytes.Length / 100);
        for (var length = 0; length < bytes.Length; length += step) await TryAsync(bytes[..length], name);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_recording_that_was_changed_anywhere_ends(string name)
    {
        var bytes = Of(name);
        for (var seed = 0; seed < 100; seed++)
        {
            var (copy, random) = ((byte[])bytes.Clone(), new Random(seed));
            for (var change = random.Next(1, 30); change > 0; change--) copy[random.Next(random.Next(2) == 0 ? Math.Min(200, copy.Length) : copy.Length)] = random.Next(3) switch { 0 => 0xff, 1 => 0, _ => (byte)random.Next(256) };
            await TryAsync(copy, name);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Noise_behind_any_beginning_ends(string name)
    {
        var bytes = Of(name);
        foreach (var kept in (int[])[4, 42, 50, 100, 500, bytes.Length / 2])
        {
            var noise = new byte[20_000];
            new Random(kept).NextBytes(noise);
            await TryAsync([.. bytes[..Math.Min(kept, bytes.Length)], .. noise], name);
            Array.Fill(noise, (byte)0xff);
            await TryAsync([.. bytes[..Math.Min(kept, bytes.Length)], .. noise], name);
        }
    }

    [Fact]
    public async Task Numbers_at_their_limits_are_not_believed()
    {
        // a WAV of four gigabytes in a hundred bytes, of no channels, of many, of no and of absurd sample rates
        await TryAsync(Wav[..100].With(40, 0xff, 0xff, 0xff, 0x7f), "short.wav");
        foreach (var (at, value) in (List<(int, byte[])>)[(22, [0, 0]), (22, [0xff, 0xff]), (24, [0, 0, 0, 0]), (24, [0xff, 0xff, 0xff, 0xff]), (32, [0, 0]), (32, [0xff, 0xff]), (16, [0xff, 0xff, 0xff, 0xff]), (4, [0, 0, 0, 0])])
            await TryAsync(Wav.With(at, value), "short.wav");
        // a FLAC whose blocks are said to be as large as can be
        await TryAsync(Fixture.Read("short.flac").With(8, 0xff, 0xff, 0xff, 0xff), "short.flac");
        // an ID3 tag that says it is longer than the file
        await TryAsync([.. Bytes.Latin("ID3"), 4, 0, 0, 0x7f, 0x7f, 0x7f, 0x7f, .. Fixture.Read("joint.mp3")], "joint.mp3");
    }

    private static async Task TryAsync(byte[] bytes, string name)
    {
        using var content = new Content(new MemoryStream(bytes), hashed: false, TestContext.Current.CancellationToken);
        var parts = 0;
        try
        {
            var reader = await SoundReader.OpenAsync(content, Fixture.KindOf(name));
            while (await reader!.NextAsync() is { IsEmpty: false } part)
            {
                Assert.True(++parts < MostParts, "it does not end");
                foreach (var sample in part.Span) Assert.InRange(sample, -1f, 1f);
            }
        }
        catch (Exception error) when (error is Undecodable or Malformed)
        {
            // what a decoder may say
        }
    }
}
