using Podium.Platform.Files;

namespace Podium.Tests.Platform.Files;

public sealed class PictureTests
{
    [Fact]
    public async Task A_PNG_is_known_with_its_size()
    {
        var report = await Look.GoodAsync(Pictures.Png(), FileKind.Png);
        Assert.Equal((3, 2), (report.Width!.Value, report.Height!.Value));
        Assert.Equal("image/png", report.MediaType);
    }

    [Fact]
    public Task A_PNG_with_a_wrong_checksum_is_damaged() => Look.BadAsync(Pictures.Png().With(20, 1), "damaged");

    [Fact]
    public Task A_PNG_without_its_end_is_truncated() => Look.BadAsync(Pictures.Png()[..^12], "truncated");

    [Fact]
    public Task A_PNG_with_something_behind_it_is_refused() => Look.BadAsync([.. Pictures.Png(), 1], "trailing-data");

    [Fact]
    public Task A_PNG_of_more_pixels_than_allowed_is_refused() => Look.BadAsync(Pictures.Png(100_000, 100_000, new byte[10]), "image-too-large");

    [Fact]
    public Task A_PNG_that_claims_more_pixels_than_it_holds_is_refused() => Look.BadAsync(Pictures.Png(9000, 9000, new byte[10]), "image-bomb");

    [Fact]
    public async Task A_JPEG_is_known_with_its_size()
    {
        var report = await Look.GoodAsync(Pictures.Jpeg(), FileKind.Jpeg);
        Assert.Equal((16, 8), (report.Width!.Value, report.Height!.Value));
    }

    [Fact]
    public Task A_JPEG_may_be_padded_and_followed_by_further_pictures() =>
        Look.GoodAsync([.. Pictures.Jpeg(), 0, 0, .. Pictures.Jpeg(4000, 3000), 0], FileKind.Jpeg);

    [Fact]
    public Task A_JPEG_with_something_else_behind_it_is_refused() => Look.BadAsync([.. Pictures.Jpeg(), .. "<script>"u8], "trailing-data");

    [Fact]
    public Task A_JPEG_without_its_end_is_truncated() => Look.BadAsync(Pictures.Jpeg()[..^2], "truncated");

    [Fact]
    public async Task A_GIF_is_known_with_its_size()
    {
        var report = await Look.GoodAsync(Pictures.Gif(), FileKind.Gif);
        Assert.Equal((10, 5), (report.Width!.Value, report.Height!.Value));
        await Look.BadAsync(Pictures.Gif()[..^1], "truncated");
        await Look.BadAsync([.. Pictures.Gif(), 7], "trailing-data");
    }

    [Fact]
    public async Task A_WebP_is_known_with_its_size()
    {
        var report = await Look.GoodAsync(Pictures.WebP(), FileKind.WebP);
        Assert.Equal((7, 4), (report.Width!.Value, report.Height!.Value));
        await Look.BadAsync(Pictures.WebP()[..^1], "truncated");
    }

    [Fact]
    public Task A_picture_that_ends_as_a_ZIP_is_two_things() =>
        Look.BadAsync(WithComment(ZipFileWriter.Zip(new ZipItem("a.txt", [1]))), "two-kinds");

    // an archive inside a chunk that readers of pictures step over, its comment covering the rest of the picture
    private static byte[] WithComment(byte[] zip)
    {
        var png = Pictures.Png();
        var chunk = Pictures.Chunk("prIv", zip);
        return [.. png[..33], .. chunk, .. png[33..]];
    }
}
