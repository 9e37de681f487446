using Podium.Platform.Files;

namespace Podium.Tests.Platform.Files;

public sealed class SoundTests
{
    private static readonly double FrameSeconds = 1152 / 44100.0;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_MP3_lasts_as_long_as_its_frames(bool tag)
    {
        var report = await Look.GoodAsync(Sounds.Mp3(100, tag), FileKind.Mp3);
        Assert.Equal(100 * FrameSeconds, report.Duration!.Value.TotalSeconds, 0.001);
    }

    [Fact]
    public async Task A_Xing_header_is_no_sound()
    {
        var report = await Look.GoodAsync([.. Sounds.Xing(50), .. Sounds.Mp3(50, tag: false)], FileKind.Mp3);
        Assert.Equal(50 * FrameSeconds, report.Duration!.Value.TotalSeconds, 0.001);
    }

    [Fact]
    public Task An_MP3_with_fewer_frames_than_announced_is_truncated() =>
        Look.BadAsync([.. Sounds.Xing(100), .. Sounds.Mp3(50, tag: false)], "truncated");

    [Fact]
    public async Task Tags_and_junk_among_the_frames_of_an_MP3_are_stepped_over()
    {
        byte[] file = [.. Sounds.Mp3(20), .. Sounds.Id3(30), 0xff, 0xfb, 1, 2, 3, .. Sounds.Mp3(20, tag: false), .. Bytes.Latin("TAG"), .. new byte[125]];
        var report = await Look.GoodAsync(file, FileKind.Mp3);
        Assert.Equal(40 * FrameSeconds, report.Duration!.Value.TotalSeconds, 0.001);
    }

    [Fact]
    public Task A_tag_without_sound_is_damaged() => Look.BadAsync(Sounds.Mp3(0), "damaged");

    [Fact]
    public async Task A_WAV_lasts_as_long_as_its_data()
    {
        var report = await Look.GoodAsync(Sounds.Wav(32000), FileKind.Wav);
        Assert.Equal(TimeSpan.FromSeconds(2), report.Duration);
        await Look.BadAsync(Sounds.Wav(32000)[..^100], "truncated");
        await Look.BadAsync(Sounds.Wav(100, announced: 5000), "truncated");
    }

    [Fact]
    public async Task A_WAV_written_without_knowing_its_length_lasts_as_long_as_what_came() =>
        Assert.Equal(TimeSpan.FromSeconds(1), (await Look.GoodAsync(Sounds.Wav(16000, announced: uint.MaxValue).With(4, 0xff, 0xff, 0xff, 0xff), FileKind.Wav)).Duration);

    [Fact]
    public Task A_WAV_whose_rates_contradict_each_other_is_damaged() => Look.BadAsync(Sounds.Wav(16000).With(28, 1), "damaged");

    [Fact]
    public async Task A_large_WAV_has_its_sizes_in_a_chunk_of_their_own() =>
        Assert.Equal(TimeSpan.FromSeconds(0.5), (await Look.GoodAsync(Sounds.Rf64(16000), FileKind.Wav)).Duration);

    [Fact]
    public async Task A_FLAC_lasts_as_its_header_says_when_its_last_frame_agrees()
    {
        var report = await Look.GoodAsync(Sounds.Flac(200), FileKind.Flac);
        Assert.Equal(200 * 4096 / 44100.0, report.Duration!.Value.TotalSeconds, 0.001);
        await Look.BadAsync(Sounds.Flac(100, 200 * 4096), "truncated");
        await Look.BadAsync(Sounds.Flac(200, 4096), "damaged");
    }

    [Fact]
    public async Task A_FLAC_that_does_not_say_is_measured_by_its_last_frame() =>
        Assert.Equal(10 * 4096 / 44100.0, (await Look.GoodAsync(Sounds.Flac(10, 0), FileKind.Flac)).Duration!.Value.TotalSeconds, 0.001);

    [Fact]
    public async Task Ogg_Vorbis_and_Opus_last_until_their_last_sample()
    {
        Assert.Equal(TimeSpan.FromSeconds(2), (await Look.GoodAsync(Sounds.Vorbis(), FileKind.OggVorbis)).Duration);
        Assert.Equal(TimeSpan.FromSeconds(3), (await Look.GoodAsync(Sounds.Opus(), FileKind.OggOpus)).Duration);
    }

    [Fact]
    public async Task Songs_one_after_the_other_in_an_Ogg_are_added_up() =>
        Assert.Equal(TimeSpan.FromSeconds(5), (await Look.GoodAsync([.. Sounds.Vorbis(), .. Sounds.Opus()], FileKind.OggVorbis)).Duration);

    [Fact]
    public async Task An_Ogg_with_a_wrong_checksum_or_a_missing_page_is_refused()
    {
        await Look.BadAsync(Sounds.Vorbis().With(40, 1), "damaged");
        await Look.BadAsync(Sounds.Vorbis()[..^10], "truncated");
    }

    [Fact]
    public async Task A_recording_must_keep_the_limits_of_its_duration()
    {
        var rules = Look.Everything with { MinDuration = TimeSpan.FromSeconds(2), MaxDuration = TimeSpan.FromSeconds(4) };
        await Look.GoodAsync(Sounds.Wav(3 * 16000), FileKind.Wav, rules);
        await Look.BadAsync(Sounds.Wav(16000), "too-short", rules);
        var report = await Look.BadAsync(Sounds.Wav(5 * 16000), "too-long", rules);
        Assert.Equal("The recording lasts 0:05.0; it may last 0:04.0 at most.", report.Faults[0].Message);
    }
}
