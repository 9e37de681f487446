using Podium.Platform.Audio;
using Podium.Platform.Files;
using Podium.Tests.Platform.Files;

namespace Podium.Tests.Platform.Audio;

public sealed class FingerprintTests
{
    private static readonly Tunes Song = new(1, 1, 16_000);

    private static async Task<SoundFingerprint> HearAsync(byte[] wav)
    {
        var heard = await Listening.HearAsync(new MemoryStream(wav), FileKind.Wav, TestContext.Current.CancellationToken);
        Assert.Null(heard.Reason);
        return heard.Fingerprint!;
    }

    // as the database does it: the shift at which most marks are shared, and the bits there
    private static double? Distance(SoundFingerprint heard, SoundFingerprint known)
    {
        var wanted = heard.Wanted().ToLookup(mark => mark.Moment, mark => mark.At);
        var shifts = known.Marks().SelectMany(mark => wanted[mark.Moment].Select(at => at - mark.At)).ToList();
        var best = shifts.CountBy(shift => shift / 8).OrderByDescending(pair => pair.Value).Where(pair => pair.Value > 1).Select(pair => pair.Key);
        return best.SelectMany(shift => Enumerable.Range(shift * 8 - 12, 24)).Min(shift => heard.Distance(known.Pack(), shift));
    }

    [Fact]
    public async Task The_same_is_the_same_and_a_quieter_one_too()
    {
        var known = await HearAsync(Song.Wav(10));
        Assert.Equal(0, known.Distance(known.Pack(), 0));
        Assert.Equal(1, SoundFingerprint.Likeness(0));
        Assert.InRange(Distance(await HearAsync(Song.Wav(10, volume: 0.1)), known)!.Value, 0, 0.02);
    }

    [Fact]
    public async Task A_start_that_is_cut_off_and_one_that_waits_are_aligned()
    {
        var wav = Song.Wav(12);
        var known = await HearAsync(wav);
        var cut = (byte[])[.. wav[..44], .. wav[(44 + 4 * 16_000 * 3)..]];
        Assert.InRange(Distance(await HearAsync(cut), known)!.Value, 0, 0.1);
        var late = (byte[])[.. wav[..40], 0xff, 0xff, 0xff, 0xff, .. new byte[4 * 16_000 * 5], .. wav[44..]];
        Assert.InRange(Distance(await HearAsync(late), known)!.Value, 0, 0.1);
    }

    [Fact]
    public async Task Another_sample_rate_changes_few_bits()
    {
        // the same band plays the same, recorded otherwise: noises are not the same, notes are
        var known = await HearAsync(Song.Wav(12));
        var (rate, samples) = await Fixture.DecodeAsync(Song.Wav(12), FileKind.Wav);
        var resampled = new Resampler(rate, 12 * Resampler.Rate);
        resampled.Add(samples);
        Assert.InRange(Distance(SoundFingerprint.Of(resampled.Samples.Span), known)!.Value, 0, 0.001);
        var coarse = await HearAsync(Bytes8(samples.Where((_, i) => i % 2 == 0)));
        Assert.InRange(Distance(coarse, known)!.Value, 0, 0.15);
    }

    // 8 bits, 8 kHz
    private static byte[] Bytes8(IEnumerable<float> samples)
    {
        var data = samples.Select(sample => (byte)Math.Clamp(Math.Round(sample * 128 + 128), 0, 255)).ToArray();
        return Bytes.Join(
            Bytes.Latin("RIFF"), Bytes.Little32(36 + data.Length), Bytes.Latin("WAVEfmt "), Bytes.Little32(16), Bytes.Little16(1), Bytes.Little16(1), Bytes.Little32(8000), Bytes.Little32(8000), Bytes.Little16(1), Bytes.Little16(8),
            Bytes.Latin("data"), Bytes.Little32(data.Length), data);
    }

    [Fact]
    public async Task Another_song_is_another_also_by_the_same_band()
    {
        var known = await HearAsync(Song.Wav(15));
        foreach (var other in (Tunes[])[new(2, 2, 16_000), new(3, 3, 16_000), new(4, 4, 16_000), new(51, 1, 16_000), new(52, 1, 16_000)])
        {
            var distance = Distance(await HearAsync(other.Wav(15)), known);
            Assert.True(distance is null or > SoundFingerprint.Threshold, $"{distance}");
        }
    }

    [Fact]
    public async Task What_cannot_be_compared_says_why()
    {
        var stop = TestContext.Current.CancellationToken;
        Assert.Equal(Listening.Silent, (await Listening.HearAsync(new MemoryStream(Sounds.Wav(160_000)), FileKind.Wav, stop)).Reason);
        Assert.Equal(Listening.TooShort, (await Listening.HearAsync(new MemoryStream(Song.Wav(4)), FileKind.Wav, stop)).Reason);
        Assert.Equal(Listening.NoDecoder, (await Listening.HearAsync(new MemoryStream(Sounds.Vorbis()), FileKind.OggVorbis, stop)).Reason);
        Assert.Equal(Listening.NoDecoder, (await Listening.HearAsync(new MemoryStream(Song.Wav(6).With(20, 0x55)), FileKind.Wav, stop)).Reason);
        Assert.Equal(Listening.Damaged, (await Listening.HearAsync(new MemoryStream(new byte[500]), FileKind.Flac, stop)).Reason);
    }

    [Fact]
    public async Task A_long_recording_is_listened_to_for_two_minutes()
    {
        // half an hour of tones that change, a byte a sample
        var minute = Enumerable.Range(0, 8000 * 60).Select(i => (float)(0.5 * Math.Sin(i * 0.5 * (1 + i / 4000 % 7)))).ToArray();
        var fingerprint = await HearAsync(Bytes8(Enumerable.Repeat(minute, 5).SelectMany(part => part)));
        Assert.InRange(fingerprint.Moments.Length / SoundFingerprint.Rate, 119, 120);
        Assert.InRange(fingerprint.Pack().Length, 9000, 9400);
        Assert.InRange(fingerprint.Marks().Count, 90, 96);
    }
}
