using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;

namespace Podium.Platform.Pdf;

/// <summary>
/// Writes a PDF 1.7: pages of text, lines and areas, with the glyphs that are used embedded and named, so that what is read can be copied and searched, and with a text that programs find in it.
/// The same input gives the same bytes.
/// </summary>
public sealed class PdfDocument(string title, string language, DateTimeOffset made)
{
    private readonly List<PdfPage> _pages = [];
    private readonly List<(string Name, string Text)> _carried = [];
    private readonly MemoryStream _output = new();
    private readonly List<long> _places = [];

    internal UsedFont Regular { get; } = new(TrueTypeFont.Regular);

    internal UsedFont Bold { get; } = new(TrueTypeFont.Bold);

    /// <summary>A page of A4, or of A4 on its side.</summary>
    public PdfPage AddPage(bool landscape = false)
    {
        var page = landscape ? new PdfPage(this, PdfPage.A4Height, PdfPage.A4Width) : new PdfPage(this, PdfPage.A4Width, PdfPage.A4Height);
        _pages.Add(page);
        return page;
    }

    /// <summary>
    /// A text of letters and digits that travels within, among what is said of the document, as it is: found without reading the PDF around it. No attached file, which many who take PDFs in refuse.
    /// </summary>
    public void Carry(string name, string text)
    {
        if (!text.All(symbol => char.IsAsciiLetterOrDigit(symbol) || symbol is '.' or '-' or '_')) throw new ArgumentException("Only letters, digits, dots, dashes and underscores.", nameof(text));
        _carried.Add((name, text));
    }

    public byte[] Save()
    {
        if (_output.Length > 0) throw new InvalidOperationException("It has been saved.");
        Write("%PDF-1.7\n%âãÏÓ\n", Encoding.Latin1);
        // 1 and 2 are the catalogue and the pages, which name what comes behind
        _places.AddRange([0, 0]);
        var fonts = new[] { WriteFont(Regular), WriteFont(Bold) };
        var pages = _pages.ConvertAll(page => WritePage(page, fonts));
        var info = Object($"<< /Title {Text(title)} /Producer (Podium) /CreationDate {Date(made)}{string.Concat(_carried.Select(one => $" /{one.Name} ({one.Text})"))} >>");
        Object(1, $"<< /Type /Catalog /Pages 2 0 R /Lang {Text(language)} /ViewerPreferences << /DisplayDocTitle true >> >>");
        Object(2, $"<< /Type /Pages /Count {pages.Count} /Kids [{References(pages)}] >>");
        var start = _output.Length;
        Write($"xref\n0 {_places.Count + 1}\n0000000000 65535 f \n");
        foreach (var place in _places) Write($"{place:0000000000} 00000 n \n");
        var id = Convert.ToHexString(SHA256.HashData(_output.ToArray()).AsSpan(0, 16));
        Write($"trailer\n<< /Size {_places.Count + 1} /Root 1 0 R /Info {info} 0 R /ID [<{id}> <{id}>] >>\nstartxref\n{start}\n%%EOF\n");
        return _output.ToArray();
    }

    internal static string Number(double value) => value.ToString("0.###", CultureInfo.InvariantCulture);

    private int WritePage(PdfPage page, int[] fonts)
    {
        var content = Stream("", Encoding.ASCII.GetBytes(page.Content), compressed: true);
        return Object($"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {Number(page.Width)} {Number(page.Height)}] /Resources << /Font << /R {fonts[0]} 0 R /B {fonts[1]} 0 R >> >> /Contents {content} 0 R >>");
    }

    private int WriteFont(UsedFont used)
    {
        var font = used.Font;
        var scale = 1000.0 / font.UnitsPerEm;
        var subset = font.Subset(used.Glyphs);
        // six letters that are the same for the same glyphs
        var tag = new string([.. SHA256.HashData(subset).Take(6).Select(one => (char)('A' + (one % 26)))]);
        var name = $"{tag}+{font.Name}";
        var file = Stream($"/Length1 {subset.Length} ", subset, compressed: true);
        var descriptor = Object(
            $"<< /Type /FontDescriptor /FontName /{name} /Flags 4 /FontBBox [{string.Join(' ', new[] { font.Box.Left, font.Box.Bottom, font.Box.Right, font.Box.Top }.Select(one => Number(Math.Round(one * scale))))}] " +
            $"/ItalicAngle 0 /Ascent {Number(Math.Round(font.Ascent * scale))} /Descent {Number(Math.Round(font.Descent * scale))} /CapHeight {Number(Math.Round(font.CapHeight * scale))} /StemV 80 /FontFile2 {file} 0 R >>");
        var widths = string.Join(' ', used.Glyphs.Select(glyph => Number(Math.Round(font.WidthOf(glyph) * scale, 2))));
        var descendant = Object(
            $"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /{name} /CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> /CIDToGIDMap /Identity /DW 0 /W [0 [{widths}]] /FontDescriptor {descriptor} 0 R >>");
        var characters = Stream("", Encoding.ASCII.GetBytes(used.CharacterMap()), compressed: true);
        return Object($"<< /Type /Font /Subtype /Type0 /BaseFont /{name} /Encoding /Identity-H /DescendantFonts [{descendant} 0 R] /ToUnicode {characters} 0 R >>");
    }

    private int Stream(string entries, byte[] content, bool compressed)
    {
        if (compressed)
        {
            using var packed = new MemoryStream();
            using (var zlib = new ZLibStream(packed, CompressionLevel.Optimal, leaveOpen: true)) zlib.Write(content);
            content = packed.ToArray();
            entries += "/Filter /FlateDecode ";
        }
        var number = Begin();
        Write($"<< {entries}/Length {content.Length} >>\nstream\n");
        _output.Write(content);
        Write("\nendstream\nendobj\n");
        return number;
    }

    private int Object(string content)
    {
        var number = Begin();
        Write($"{content}\nendobj\n");
        return number;
    }

    private void Object(int number, string content)
    {
        _places[number - 1] = _output.Length;
        Write($"{number} 0 obj\n{content}\nendobj\n");
    }

    private int Begin()
    {
        _places.Add(_output.Length);
        Write($"{_places.Count} 0 obj\n");
        return _places.Count;
    }

    private void Write(string text, Encoding? encoding = null) => _output.Write((encoding ?? Encoding.ASCII).GetBytes(text));

    private static string References(IEnumerable<int> numbers) => string.Join(' ', numbers.Select(number => $"{number} 0 R"));

    private static string Text(string text) => $"<FEFF{Convert.ToHexString(Encoding.BigEndianUnicode.GetBytes(text))}>";

    private static string Date(DateTimeOffset instant) => $"(D:{instant.ToUniversalTime().ToString("yyyyMMddHHmmss", CultureInfo.InvariantCulture)}Z)";

    /// <summary>The glyphs of a font that a document uses, in the order in which they came.</summary>
    internal sealed class UsedFont(TrueTypeFont font)
    {
        // by character, not by glyph: letters that look alike are copied as what they are, and one without a glyph too
        private readonly Dictionary<Rune, int> _places = [];

        public TrueTypeFont Font => font;

        public List<int> Glyphs { get; } = [0];

        public string Encode(string text)
        {
            var codes = new StringBuilder();
            foreach (var character in text.EnumerateRunes())
            {
                if (!_places.TryGetValue(character, out var place))
                {
                    _places[character] = place = Glyphs.Count;
                    Glyphs.Add(font.GlyphOf(character));
                }
                codes.Append(CultureInfo.InvariantCulture, $"{place:X4}");
            }
            return codes.ToString();
        }

        public string CharacterMap()
        {
            var map = new StringBuilder("/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n"
                + "/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n");
            // a hundred at a time is the most that readers must take
            foreach (var block in _places.OrderBy(one => one.Value).Chunk(100))
            {
                map.Append(CultureInfo.InvariantCulture, $"{block.Length} beginbfchar\n");
                foreach (var (character, place) in block)
                    map.Append(CultureInfo.InvariantCulture, $"<{place:X4}> <{Convert.ToHexString(Encoding.BigEndianUnicode.GetBytes(character.ToString()))}>\n");
                map.Append("endbfchar\n");
            }
            return map.Append("endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n").ToString();
        }
    }
}
