using System.Diagnostics;
using Podium.Platform.Files;

namespace Podium.Tests.Platform.Files;

public sealed class PdfTests
{
    [Fact]
    public async Task A_PDF_tells_its_pages()
    {
        var report = await Look.GoodAsync(PdfFile.OfPages(3).Plain(), FileKind.Pdf);
        Assert.Equal(3, report.Pages);
        Assert.Equal("application/pdf", report.MediaType);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_PDF_packed_into_streams_tells_its_pages(bool indirectLength) =>
        Assert.Equal(5, (await Look.GoodAsync(PdfFile.OfPages(5).Packed(indirectLength), FileKind.Pdf)).Pages);

    [Fact]
    public async Task Pages_may_hang_in_a_deep_tree()
    {
        var file = new PdfFile { [1] = "<</Type/Catalog/Pages 2 0 R>>", [2] = "<</Type/Pages/Count 3/Kids[3 0 R 4 0 R]>>" };
        file[3] = "<</Type/Pages/Count 1/Kids 7 0 R>>";
        file[4] = "<</Type/Pages/Count 2/Kids[5 0 R 6 0 R]>>";
        file[5] = file[6] = file[8] = "<</Type/Page>>";
        file[7] = "[8 0 R]";
        Assert.Equal(3, (await Look.GoodAsync(file.Plain(), FileKind.Pdf)).Pages);
        Assert.Equal(3, (await Look.GoodAsync(file.Packed(), FileKind.Pdf)).Pages);
    }

    [Fact]
    public Task A_tree_of_pages_that_bites_its_tail_is_damaged() =>
        Look.BadAsync(new PdfFile { [1] = "<</Type/Catalog/Pages 2 0 R>>", [2] = "<</Type/Pages/Kids[3 0 R]>>", [3] = "<</Type/Pages/Kids[2 0 R]>>" }.Plain(), "damaged");

    [Fact]
    public async Task More_pages_than_allowed_are_refused()
    {
        var rules = Look.Everything with { MaxPages = 3 };
        await Look.GoodAsync(PdfFile.OfPages(3).Plain(), FileKind.Pdf, rules);
        await Look.BadAsync(PdfFile.OfPages(4).Plain(), "too-many-pages", rules);
    }

    [Fact]
    public async Task A_change_saved_behind_the_first_version_counts()
    {
        var first = PdfFile.OfPages(2).Plain();
        var second = PdfFile.Update(first, PdfFile.StartOf(first), new() { [2] = Bytes.Latin("<</Type/Pages/Kids[10 0 R]>>") });
        Assert.Equal(1, (await Look.GoodAsync(second, FileKind.Pdf)).Pages);
        await Look.BadAsync(PdfFile.Update(first, first.Length + 200, new() { [2] = Bytes.Latin("null") }), "damaged");
    }

    [Theory]
    [InlineData("<< /S /JavaScript /JS (app.alert\\(1\\)) >>", "pdf-javascript")]
    [InlineData("<< /S /J#61vaScript /JS 5 0 R >>", "pdf-javascript")]
    [InlineData("<< /Names << /#4a#61#76#61#53cript [] >> >>", "pdf-javascript")]
    [InlineData("/JavaScript", "pdf-javascript")]
    [InlineData("[ 1 << /A << /S % comment )\n/Launch /F (cmd.exe) >> >> ]", "pdf-launch")]
    [InlineData("<< /Type /EmbeddedFile >>", "pdf-embedded-files")]
    [InlineData("<< /Subtype/FileAttachment >>", "pdf-embedded-files")]
    [InlineData("<< /Type /Annot /Subtype /RichMedia >>", "pdf-rich-media")]
    [InlineData("<< /S /SubmitForm >>", "pdf-form")]
    public async Task What_acts_is_found_in_the_open_and_in_streams(string value, string code)
    {
        var file = PdfFile.OfPages(1);
        file[40] = value;
        await Look.BadAsync(file.Plain(), code);
        await Look.BadAsync(file.Packed(), code);
        await Look.GoodAsync(file.Packed(), FileKind.Pdf, Look.Everything with { AllowActivePdf = true });
    }

    [Theory]
    [InlineData("/OpenAction [10 0 R /Fit]", true)]
    [InlineData("/OpenAction << /S /GoTo /D [10 0 R /Fit] >>", true)]
    [InlineData("/OpenAction 41 0 R", true)]
    [InlineData("/OpenAction 42 0 R", false)]
    [InlineData("/OpenAction << /S /Named /N /Print >>", false)]
    [InlineData("/OpenAction << /S /GoTo /Next 42 0 R >>", false)]
    public async Task A_PDF_may_open_at_a_page_and_do_nothing_else(string catalog, bool good)
    {
        var file = PdfFile.OfPages(1, catalog);
        file[41] = "<< /S /GoTo /D (chapter) >>";
        file[42] = "<< /S /URI /URI (https://example.org) >>";
        var report = await Look.AtAsync(file.Packed());
        Assert.Equal(good ? [] : ["pdf-open-action"], report.Codes());
    }

    [Fact]
    public Task Words_in_text_and_in_page_contents_do_nothing()
    {
        var file = PdfFile.OfPages(1);
        file[40] = "<< /Title (/S /JavaScript \\) >> /Launch) /Author </JavaScript> >>";
        file[41] = "<< /Length 12 >>\nstream\n/JavaScript \nendstream";
        return Look.GoodAsync(file.Plain(), FileKind.Pdf);
    }

    [Fact]
    public async Task An_encrypted_PDF_is_refused_unless_allowed()
    {
        var file = new PdfFile { Trailer = "/Root 1 0 R /Encrypt 50 0 R", [1] = "<</Pages 2 0 R>>", [2] = "<</Type/Pages/Kids[3 0 R]>>", [3] = "<</Type/Page>>" };
        var report = await Look.BadAsync(file.Plain(), "pdf-encrypted");
        Assert.Equal("The PDF is encrypted: save it without a password.", report.Faults[0].Message);
        await Look.BadAsync(file.Packed(), "pdf-encrypted");
        var allowed = Look.Everything with { AllowEncryptedPdf = true };
        Assert.Equal(1, (await Look.GoodAsync(file.Plain(), FileKind.Pdf, allowed)).Pages);
        Assert.Null((await Look.GoodAsync(file.Packed(), FileKind.Pdf, allowed)).Pages);
    }

    [Fact]
    public async Task Something_in_front_of_a_PDF_or_behind_it_is_refused()
    {
        var file = PdfFile.OfPages(1).Plain();
        await Look.GoodAsync([0xef, 0xbb, 0xbf, .. file], FileKind.Pdf);
        await Look.GoodAsync([.. file, 0, 10, 0], FileKind.Pdf);
        await Look.BadAsync([.. "<html>\n"u8, .. file], "two-kinds");
        await Look.BadAsync([.. file, .. "more"u8], "trailing-data");
        await Look.BadAsync(file[..^30], "truncated");
        Assert.Equal(FileKind.Unknown, (await Look.AtAsync([.. new byte[1100], .. file])).Kind);
        Assert.Equal(FileKind.Zip, (await Look.AtAsync([.. ZipFileWriter.Zip(new ZipItem("a", [1])), .. file])).Kind);
    }

    [Fact]
    public async Task A_PDF_that_ends_as_a_ZIP_is_two_things()
    {
        var file = PdfFile.OfPages(1);
        file.Set(60, [.. "<< /Length 300 >>\nstream\n"u8, .. ZipFileWriter.Zip(new ZipItem("a", [1])), .. new byte[300]]);
        await Look.BadAsync(file.Plain(), "two-kinds");
    }

    [Fact]
    public async Task Objects_that_lie_in_each_other_end_the_reading_soon()
    {
        // each array goes on to the end of the file, so reading every one of them whole would take hours
        var (body, table) = (new MemoryStream(), new StringWriter());
        body.Write("%PDF-1.7\n"u8);
        for (var number = 1; number <= 20_000; number++)
        {
            table.Write($"{body.Length:D10} 00000 n \n");
            body.Write(Bytes.Latin($"{number} 0 obj [ "));
        }
        body.Write(Bytes.Latin(new string(']', 20_000)));
        var start = body.Length;
        body.Write(Bytes.Latin($"\nxref\n1 20000\n{table}trailer <</Root 1 0 R>>\nstartxref\n{start + 1}\n%%EOF"));
        var watch = Stopwatch.StartNew();
        await Look.BadAsync(body.ToArray(), "too-complex");
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task A_stream_of_objects_that_unpacks_without_end_is_refused()
    {
        var file = PdfFile.OfPages(1);
        var bomb = Pictures.Zlib(new byte[50_000_000]);
        file.Set(60, [.. Bytes.Latin($"<< /Type /XRef /W [1 2 1] /Size 1 /Root 1 0 R /Filter /FlateDecode /Length {bomb.Length} >>\nstream\n"), .. bomb, .. "\nendstream"u8]);
        var bytes = file.Plain();
        var at = bytes.Find("60 0 obj");
        await Look.BadAsync([.. bytes, .. Bytes.Latin($"startxref\n{at}\n%%EOF\n")], "too-complex");
    }
}
