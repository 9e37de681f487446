using Podium.Platform.Files;

namespace Podium.Tests.Platform.Files;

public sealed class VideoTests
{
    [Theory]
    [InlineData(true, true)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public async Task An_MP4_tells_its_duration_and_size_wherever_its_contents_stand(bool contentsFirst, bool wide)
    {
        var report = await Look.GoodAsync(Videos.Mp4(contentsFirst: contentsFirst, wide: wide), FileKind.Mp4);
        Assert.Equal(TimeSpan.FromSeconds(5), report.Duration);
        Assert.Equal((640, 480), (report.Width!.Value, report.Height!.Value));
    }

    [Fact]
    public async Task The_brand_and_the_tracks_make_the_kind()
    {
        await Look.GoodAsync(Videos.Mp4("qt  "), FileKind.QuickTime);
        await Look.GoodAsync(Videos.Mp4("M4A ", videoTrack: false), FileKind.M4a);
        await Look.GoodAsync(Videos.Mp4("heic"), FileKind.Unknown);
    }

    [Fact]
    public Task An_MP4_without_its_contents_was_never_finished() =>
        Look.BadAsync([.. Videos.Box("ftyp", Bytes.Latin("isom\0\0\0\0")), .. Videos.Box("mdat", new byte[40])], "unfinished-recording");

    [Fact]
    public Task An_MP4_cut_off_is_truncated() => Look.BadAsync(Videos.Mp4(contentsFirst: true)[..^20], "truncated");

    [Fact]
    public async Task An_MP4_in_fragments_lasts_until_the_end_of_its_last() =>
        Assert.Equal(TimeSpan.FromSeconds(7), (await Look.GoodAsync(Videos.Fragmented(7), FileKind.Mp4)).Duration);

    [Theory]
    [InlineData("webm", FileKind.WebM)]
    [InlineData("matroska", FileKind.Matroska)]
    public async Task A_WebM_or_Matroska_tells_its_duration_and_size(string docType, FileKind kind)
    {
        var report = await Look.GoodAsync(Videos.Matroska(docType), kind);
        Assert.Equal(TimeSpan.FromSeconds(4), report.Duration);
        Assert.Equal((320, 240), (report.Width!.Value, report.Height!.Value));
    }

    [Fact]
    public async Task A_WebM_recorded_by_a_browser_is_measured_by_its_last_block()
    {
        var report = await Look.GoodAsync(Videos.Matroska(seconds: null, unknownSizes: true), FileKind.WebM);
        Assert.Equal(TimeSpan.FromSeconds(4), report.Duration);
    }

    [Fact]
    public async Task A_WebM_without_pictures_is_sound() =>
        Assert.Equal("audio/webm", (await Look.GoodAsync(Videos.Matroska(video: false), FileKind.WebM)).MediaType);

    [Fact]
    public async Task A_WebM_shorter_than_it_says_is_truncated()
    {
        await Look.BadAsync(Videos.Matroska(seconds: 100), "truncated");
        await Look.BadAsync(Videos.Matroska()[..^3], "truncated");
    }
}
