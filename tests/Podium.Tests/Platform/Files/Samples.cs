using System.Text;
using Podium.Platform.Files;

namespace Podium.Tests.Platform.Files;

internal sealed record Sample(string Name, FileKind Kind, byte[] Bytes);

// One small good file of each shape that is looked into.
internal static class Samples
{
    public static IReadOnlyList<Sample> All()
    {
        var text = Encoding.UTF8.GetBytes("Some words, and a few more of them; all of them short.");
        var form = PdfFile.OfPages(2, "/OpenAction [10 0 R /Fit]");
        var old = PdfFile.OfPages(1).Plain();
        var zip = ZipFileWriter.Zip(new ZipItem("a.txt", text), new ZipItem("b.txt", text) { Packed = false });
        return
        [
            new("png", FileKind.Png, Pictures.Png()),
            new("jpeg", FileKind.Jpeg, Pictures.Jpeg()),
            new("gif", FileKind.Gif, Pictures.Gif()),
            new("webp", FileKind.WebP, Pictures.WebP()),
            new("mp3", FileKind.Mp3, [.. Sounds.Id3(5), .. Sounds.Xing(3), .. Sounds.Mp3(3, tag: false)]),
            new("wav", FileKind.Wav, Sounds.Wav(40)),
            new("rf64", FileKind.Wav, Sounds.Rf64(40)),
            new("flac", FileKind.Flac, Sounds.Flac(4)),
            new("vorbis", FileKind.OggVorbis, Sounds.Vorbis()),
            new("opus", FileKind.OggOpus, Sounds.Opus()),
            new("mp4", FileKind.Mp4, Videos.Mp4()),
            new("mp4-wide", FileKind.Mp4, Videos.Mp4(contentsFirst: true, wide: true)),
            new("mp4-fragments", FileKind.Mp4, Videos.Fragmented(2)),
            new("webm", FileKind.WebM, Videos.Matroska(clusters: 2, seconds: 2)),
            new("webm-live", FileKind.WebM, Videos.Matroska(seconds: null, unknownSizes: true, clusters: 2)),
            new("pdf", FileKind.Pdf, form.Plain()),
            new("pdf-packed", FileKind.Pdf, form.Packed(indirectLength: true)),
            new("pdf-updated", FileKind.Pdf, PdfFile.Update(old, PdfFile.StartOf(old), new() { [3] = Bytes.Latin("null") })),
            new("zip", FileKind.Zip, zip),
            new("zip-large", FileKind.Zip, ZipFileWriter.Zip([new("a", text) { Large = true }, new("b", text) { Descriptor = true }], large: true, comment: "x")),
            new("zip-nested", FileKind.Zip, ZipFileWriter.Zip(new ZipItem("inner", zip), new ZipItem("stored", zip) { Packed = false })),
            new("docx", FileKind.Docx, ZipTests.Office("wordprocessingml.document")),
            new("text", FileKind.Text, text),
            new("text-wide", FileKind.Text, [0xff, 0xfe, .. Encoding.Unicode.GetBytes("Some 👍 words\r\n")]),
            new("csv", FileKind.Csv, "a,b\r\n\"1\",2\r\n"u8.ToArray()),
            new("json", FileKind.Json, "{ \"a\": [1, true, null, \"x\\u0041\"] }"u8.ToArray()),
            new("svg", FileKind.Svg, Encoding.UTF8.GetBytes(TextTests.Svg("<g><rect width=\"1\"/><!-- x --></g>"))),
        ];
    }
}
