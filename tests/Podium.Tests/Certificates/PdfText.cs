using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.RegularExpressions;

namespace Podium.Tests.Certificates;

/// <summary>Reads the text of a PDF as somebody does who copies it: glyph codes through the font's own map of characters.</summary>
internal static partial class PdfText
{
    public static string Of(byte[] pdf)
    {
        var objects = Objects(pdf);
        var maps = new Dictionary<string, Dictionary<string, string>>();
        var page = objects.Values.First(content => content.Head.Contains("/Type /Page ", StringComparison.Ordinal)).Head;
        foreach (Match font in FontsOfPage().Matches(page))
        {
            var map = int.Parse(MapOfFont().Match(objects[int.Parse(font.Groups[2].Value, CultureInfo.InvariantCulture)].Head).Groups[1].Value, CultureInfo.InvariantCulture);
            maps[font.Groups[1].Value] = Characters().Matches(Encoding.ASCII.GetString(objects[map].Stream)).ToDictionary(one => one.Groups[1].Value, one => Encoding.BigEndianUnicode.GetString(Convert.FromHexString(one.Groups[2].Value)));
        }
        var lines = new List<string>();
        foreach (var (head, _) in objects.Values.Where(content => content.Head.Contains("/Type /Page ", StringComparison.Ordinal)))
        {
            var drawn = Encoding.ASCII.GetString(objects[int.Parse(ContentsOfPage().Match(head).Groups[1].Value, CultureInfo.InvariantCulture)].Stream);
            foreach (Match line in Shown().Matches(drawn)) lines.Add(string.Concat(line.Groups[2].Value.Chunk(4).Select(code => maps[line.Groups[1].Value][new string(code)])));
        }
        return string.Join('\n', lines);
    }

    /// <summary>Objects with their head and unpacked stream, each at the place where the table of references says.</summary>
    public static Dictionary<int, (string Head, byte[] Stream)> Objects(byte[] pdf)
    {
        var text = Encoding.Latin1.GetString(pdf);
        var start = int.Parse(Start().Match(text).Groups[1].Value, CultureInfo.InvariantCulture);
        var entries = Entries().Matches(text[start..]);
        var objects = new Dictionary<int, (string, byte[])>();
        for (var number = 1; number <= entries.Count; number++)
        {
            var at = int.Parse(entries[number - 1].Groups[1].Value, CultureInfo.InvariantCulture);
            Assert.StartsWith($"{number} 0 obj\n", text[at..(at + 20)], StringComparison.Ordinal);
            var end = text.IndexOf("endobj", at, StringComparison.Ordinal);
            var stream = text.IndexOf(">>\nstream\n", at, StringComparison.Ordinal);
            if (stream < 0 || stream > end)
            {
                objects[number] = (text[at..end], []);
                continue;
            }
            var head = text[at..stream];
            var length = int.Parse(Length().Match(head).Groups[1].Value, CultureInfo.InvariantCulture);
            var bytes = pdf[(stream + 10)..(stream + 10 + length)];
            Assert.Equal("\nendstream", text[(stream + 10 + length)..(stream + 20 + length)]);
            if (head.Contains("/FlateDecode", StringComparison.Ordinal))
            {
                using var unpacked = new MemoryStream();
                using (var zlib = new ZLibStream(new MemoryStream(bytes), CompressionMode.Decompress)) zlib.CopyTo(unpacked);
                bytes = unpacked.ToArray();
            }
            objects[number] = (head, bytes);
        }
        return objects;
    }

    [GeneratedRegex(@"/([RB]) (\d+) 0 R")]
    private static partial Regex FontsOfPage();

    [GeneratedRegex(@"/ToUnicode (\d+) 0 R")]
    private static partial Regex MapOfFont();

    [GeneratedRegex(@"<([0-9A-F]{4})> <([0-9A-F]+)>\n")]
    private static partial Regex Characters();

    [GeneratedRegex(@"/Contents (\d+) 0 R")]
    private static partial Regex ContentsOfPage();

    [GeneratedRegex(@"/([RB]) [0-9.]+ Tf [^<]*<([0-9A-F]*)> Tj")]
    private static partial Regex Shown();

    [GeneratedRegex(@"startxref\n(\d+)\n%%EOF")]
    private static partial Regex Start();

    [GeneratedRegex(@"(\d{10}) 00000 n ")]
    private static partial Regex Entries();

    [GeneratedRegex(@"/Length (\d+) ")]
    private static partial Regex Length();
}
