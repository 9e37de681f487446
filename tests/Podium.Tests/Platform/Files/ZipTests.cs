using System.IO.Compression;
using Podium.Platform.Files;
using static Podium.Tests.Platform.Files.ZipFileWriter;

namespace Podium.Tests.Platform.Files;

public sealed class ZipTests
{
    private static readonly byte[] Text = Bytes.Latin("some text that packs well well well well well well");

    [Fact]
    public async Task An_archive_is_measured()
    {
        var report = await Look.GoodAsync(Zip(new ZipItem("a.txt", Text), new ZipItem("b/", []) { Packed = false }, new ZipItem("b/c.txt", Text) { Packed = false }), FileKind.Zip);
        Assert.Equal(new ArchiveSummary(3, 2 * Text.Length, 1), report.Archive);
    }

    [Fact]
    public Task An_empty_archive_is_one() => Look.GoodAsync(Zip(), FileKind.Zip);

    [Fact]
    public async Task What_the_platform_packs_is_good()
    {
        foreach (var seekable in (bool[])[true, false])
        {
            using var bytes = new MemoryStream();
            await using (var zip = new ZipArchive(seekable ? bytes : new ForwardOnly(bytes), ZipArchiveMode.Create, leaveOpen: true))
            {
                foreach (var name in (string[])["ein Ärger.txt", "日本語/テスト.txt"])
                {
                    await using var entry = await zip.CreateEntry(name).OpenAsync();
                    await entry.WriteAsync(Text);
                }
            }
            Assert.Equal(2, (await Look.GoodAsync(bytes.ToArray(), FileKind.Zip)).Archive!.Entries);
        }
    }

    [Fact]
    public async Task Large_records_and_descriptors_are_understood()
    {
        ZipItem[] items = [new("a", Text) { Large = true }, new("b", Text) { Descriptor = true }, new("c", Text) { Descriptor = true, LargeDescriptor = true, Large = true }];
        await Look.GoodAsync(Zip(items, large: true), FileKind.Zip);
        await Look.GoodAsync(Zip(items, large: false, comment: "made by hand"), FileKind.Zip);
    }

    [Theory]
    [InlineData("/etc/passwd")]
    [InlineData("../secret")]
    [InlineData("a/../../b")]
    [InlineData("C:/windows/x")]
    [InlineData("a\\b")]
    [InlineData("nul\0.txt")]
    [InlineData("line\nbreak")]
    [InlineData("")]
    public Task A_name_that_leads_astray_is_refused(string name) => Look.BadAsync(Zip(new ZipItem(name, Text)), "archive-name");

    [Fact]
    public Task A_second_name_that_leads_astray_is_refused() =>
        Look.BadAsync(Zip(new ZipItem("a", Text) { Extra = Bytes.Join(Bytes.Little16(0x7075), Bytes.Little16(9), [1, 0, 0, 0, 0], Bytes.Latin("../b")) }), "archive-name");

    [Theory]
    [InlineData("a.txt", "A.TXT")]
    [InlineData("a", "a/")]
    [InlineData("same", "same")]
    public Task Two_names_for_one_place_are_refused(string one, string other) => Look.BadAsync(Zip(new ZipItem(one, []), new ZipItem(other, [])), "archive-duplicate");

    [Fact]
    public Task A_link_is_refused() => Look.BadAsync(Zip(new ZipItem("link", Bytes.Latin("/etc/passwd")) { UnixMode = 0xa1ff }), "archive-link");

    [Fact]
    public Task A_password_is_refused() => Look.BadAsync(Zip(new ZipItem("a", Text) { Flags = 1 }), "archive-encrypted");

    [Fact]
    public Task An_unknown_packing_is_refused() => Look.BadAsync(Zip(new ZipItem("a", Text) { Method = 14 }), "archive-method");

    [Fact]
    public Task Headers_that_contradict_each_other_are_refused() => Look.BadAsync(Zip(new ZipItem("good.txt", Text) { LocalName = "evil.exe" }), "archive-contradiction");

    [Fact]
    public async Task A_wrong_size_or_checksum_is_damage()
    {
        await Look.BadAsync(Zip(new ZipItem("a", Text) { Size = 10 }), "archive-damaged");
        await Look.BadAsync(Zip(new ZipItem("a", Text) { Size = 1000 }), "archive-damaged");
        await Look.BadAsync(Zip(new ZipItem("a", Text) { Crc = 1 }), "archive-damaged");
    }

    [Fact]
    public async Task What_belongs_to_no_file_is_refused()
    {
        await Look.BadAsync(Zip(new ZipItem("a", Text), new ZipItem("b", Text) { Before = [1, 2, 3] }), "archive-hidden-data");
        await Look.BadAsync(Zip(new ZipItem("a", Text) { Before = Bytes.Latin("PK\x03\x04hidden") }), "archive-prefix");
        var zip = Zip(new ZipItem("a", Text));
        await Look.BadAsync([.. zip[..^22], .. "hidden"u8, .. zip[^22..]], "archive-prefix");
        await Look.BadAsync([.. "PK\x03\x04"u8, .. zip], "archive-prefix");
        await Look.BadAsync([.. zip, 1], "trailing-data");
        await Look.BadAsync(zip[..^1], "truncated");
    }

    [Fact]
    public async Task Two_tables_of_contents_are_refused()
    {
        var end = Zip()[..];
        await Look.BadAsync(Zip([new ZipItem("a", Text)], large: false, comment: $"{System.Text.Encoding.Latin1.GetString(end)}"), "archive-ambiguous");
    }

    [Fact]
    public Task Files_that_overlap_are_refused() =>
        Look.BadAsync(Zip(new ZipItem("a", Text), new ZipItem("b", Text) { LocalOffset = 20 }), "archive-overlap");

    [Fact]
    public Task Files_that_share_one_place_are_refused() =>
        Look.BadAsync(Zip(new ZipItem("a", Text), new ZipItem("b", Text) { LocalOffset = 0 }), "archive-overlap");

    [Fact]
    public async Task A_bomb_is_refused_before_it_goes_off()
    {
        var zeros = new byte[5_000_000];
        await Look.BadAsync(Zip(new ZipItem("a", zeros)), "archive-bomb");
        await Look.BadAsync(Zip(new ZipItem("a", zeros)), "archive-too-large", Look.Everything with { MaxArchiveEntryBytes = 1_000_000 });
        await Look.BadAsync(Zip(new ZipItem("a", zeros), new ZipItem("b", zeros)), "archive-too-large", Look.Everything with { MaxArchiveBytes = 9_000_000, MaxArchiveRatio = 10_000 });
        // one that lies about its size is stopped where it said it would end
        await Look.BadAsync(Zip(new ZipItem("a", zeros) { Size = 100 }), "archive-damaged");
    }

    [Fact]
    public Task Too_many_files_are_refused() =>
        Look.BadAsync(Zip([.. Enumerable.Range(0, 11).Select(i => new ZipItem($"{i}", []))]), "archive-too-many-files", Look.Everything with { MaxArchiveEntries = 10 });

    [Theory]
    [InlineData(true, 100)]
    [InlineData(false, 100)]
    [InlineData(true, 2_000_000)]
    [InlineData(false, 2_000_000)]
    public async Task Archives_in_archives_are_looked_into(bool packed, int size)
    {
        var inner = Zip(new ZipItem("noise", Noise(size)), new ZipItem("../out", Text));
        var outer = Zip(new ZipItem("first", Text), new ZipItem("inner", inner) { Packed = packed }, new ZipItem("last", Text));
        var report = await Look.BadAsync(outer, "archive-name");
        Assert.Equal((5, 2), (report.Archive!.Entries, report.Archive.Depth));
        Assert.Equal(["archive-nested"], (await Look.AtAsync(outer, Look.Everything with { MaxArchiveDepth = 1 })).Codes());
    }

    [Fact]
    public async Task Archives_are_looked_into_as_deep_as_allowed_and_count_together()
    {
        var zip = Zip(new ZipItem("text", Text));
        for (var depth = 1; depth < 3; depth++) zip = Zip(new ZipItem("inner", zip), new ZipItem("more", zip));
        var report = await Look.GoodAsync(zip, FileKind.Zip);
        Assert.Equal((10, 3), (report.Archive!.Entries, report.Archive.Depth));
        await Look.BadAsync(Zip(new ZipItem("a", zip)), "archive-nested");
        await Look.BadAsync(zip, "archive-too-many-files", Look.Everything with { MaxArchiveEntries = 9 });
    }

    [Fact]
    public async Task Programs_and_closed_archives_in_an_archive_are_refused()
    {
        var rules = Look.Only(FileKind.Zip);
        await Look.BadAsync(Zip(new ZipItem("photo.png", KindTests.Elf)), "archive-program", rules);
        await Look.BadAsync(Zip(new ZipItem("data.7z", KindTests.SevenZip)), "archive-nested", rules);
        await Look.GoodAsync(Zip(new ZipItem("run.sh", Bytes.Latin("#!/bin/sh\n"))), FileKind.Zip, rules);
    }

    [Theory]
    [InlineData("wordprocessingml.document", FileKind.Docx)]
    [InlineData("presentationml.presentation", FileKind.Pptx)]
    [InlineData("spreadsheetml.sheet", FileKind.Xlsx)]
    public async Task An_Office_document_is_known_by_its_main_part(string type, FileKind kind)
    {
        var report = await Look.GoodAsync(Office(type), kind);
        Assert.Equal(kind.MediaType(), report.MediaType);
        Assert.Equal(["kind-not-allowed"], (await Look.AtAsync(Office(type), Look.Only(FileKind.Zip))).Codes());
    }

    [Fact]
    public async Task Macros_are_refused_unless_allowed()
    {
        await Look.BadAsync(Office("wordprocessingml.document", new ZipItem("word/vbaProject.bin", Text)), "macros");
        await Look.BadAsync(Zip(ContentTypes("application/vnd.ms-word.document.macroEnabled.main+xml")), "macros");
        await Look.GoodAsync(Office("wordprocessingml.document", new ZipItem("word/vbaProject.bin", Text)), FileKind.Docx, Look.Everything with { AllowMacros = true });
        await Look.BadAsync(Zip(new ZipItem("inner.docx", Office("wordprocessingml.document", new ZipItem("word/vbaProject.bin", Text)))), "macros");
    }

    [Fact]
    public async Task An_OpenDocument_is_known_by_its_first_file()
    {
        var report = await Look.GoodAsync(Zip(new ZipItem("mimetype", Bytes.Latin("application/vnd.oasis.opendocument.spreadsheet")) { Packed = false }), FileKind.OpenDocument);
        Assert.Equal("application/vnd.oasis.opendocument.spreadsheet", report.MediaType);
    }

    internal static byte[] Office(string type, params ZipItem[] more) => Zip([ContentTypes($"application/vnd.openxmlformats-officedocument.{type}.main+xml"), .. more]);

    private static ZipItem ContentTypes(string type) => new("[Content_Types].xml", Bytes.Latin(
        $"""<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Override PartName="/main.xml" ContentType="{type}"/></Types>"""));

    private static byte[] Noise(int size)
    {
        var bytes = new byte[size];
        new Random(1).NextBytes(bytes);
        return bytes;
    }

    private sealed class ForwardOnly(Stream inner) : Stream
    {
        public override bool CanRead => false;
        public override bool CanSeek => false;
        public override bool CanWrite => true;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }
        public override void Flush() => inner.Flush();
        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
        public override void Write(byte[] buffer, int offset, int count) => inner.Write(buffer, offset, count);
    }
}
