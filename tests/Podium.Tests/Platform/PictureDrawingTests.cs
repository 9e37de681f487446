using System.Buffers.Binary;
using System.IO.Compression;
using System.Xml.Linq;
using Podium.Platform.Pdf;
using Podium.Platform.Pictures;

namespace Podium.Tests.Platform;

public sealed class PictureDrawingTests
{
    private static readonly Paint[] Texts = [Paint.Ink, Paint.Muted], Marks = [Paint.First, Paint.Second, Paint.Third, Paint.Fourth];

    [Fact]
    public void Colours_can_be_read_and_told_from_the_paper_by_day_and_by_night() => Assert.All(new[] { Palette.Light, Palette.Dark }, palette =>
    {
        Assert.All(Texts, paint => Assert.InRange(palette[paint].ContrastTo(palette[Paint.Paper]), 4.5, 21));
        Assert.All(Marks, paint => Assert.InRange(palette[paint].ContrastTo(palette[Paint.Paper]), 3, 21));
        Assert.Distinct(Marks.Select(paint => palette[paint]));
    });

    [Theory]
    [InlineData(ChartKind.Lines)]
    [InlineData(ChartKind.Bars)]
    [InlineData(ChartKind.Funnel)]
    public void An_SVG_is_well_formed_says_what_it_shows_and_holds_nobodys_markup(ChartKind kind)
    {
        var chart = new Chart(kind, "Cups & <b>robots</b>", "\"May\" \u0001", "kk", "Nothing", ["<script>", "Қыркүйек", "c"], [new("first", [1, 2500.5, 3]), new("second", [0, 4, 9])]);
        var svg = XDocument.Parse(SvgWriter.Write(chart.Draw())).Root!;
        XNamespace home = "http://www.w3.org/2000/svg";
        Assert.Equal("img", (string?)svg.Attribute("role"));
        Assert.Equal(chart.Title, svg.Element(home + "title")!.Value);
        Assert.Contains("Қыркүйек 2\u00a0500,5", svg.Element(home + "desc")!.Value, StringComparison.Ordinal);
        Assert.DoesNotContain(svg.Descendants(), node => node.Name.LocalName is "script" or "b" or "a" or "image" or "foreignObject");
        Assert.Contains("prefers-color-scheme: dark", svg.Element(home + "style")!.Value, StringComparison.Ordinal);
        // every text keeps within the picture
        foreach (var text in svg.Descendants(home + "text"))
        {
            var (x, size) = ((double)text.Attribute("x")!, (double)text.Attribute("font-size")!);
            var width = Drawing.Measure(text.Value, size, text.Attribute("font-weight") is not null);
            var left = (string?)text.Attribute("text-anchor") switch { "middle" => x - (width / 2), "end" => x - width, _ => x };
            Assert.True(left >= 0 && left + width <= 720, $"{text.Value} from {left} to {left + width}");
        }
    }

    [Fact]
    public void A_chart_of_nothing_says_so()
    {
        var chart = new Chart(ChartKind.Lines, "Events", "May", "en", "There is nothing.", ["a"], [new("first", [0])]);
        Assert.EndsWith("There is nothing.", chart.Description, StringComparison.Ordinal);
        Assert.Contains("There is nothing.</text>", SvgWriter.Write(chart.Draw()), StringComparison.Ordinal);
        Assert.NotEmpty(PngWriter.Write((chart with { Labels = [], Series = [] }).Draw(), Palette.Dark, 1));
    }

    [Theory]
    [InlineData(0, 4)]
    [InlineData(3, 4)]
    [InlineData(5, 8)]
    [InlineData(9, 12)]
    [InlineData(41, 60)]
    [InlineData(100, 100)]
    [InlineData(101, 120)]
    [InlineData(9_000_000, 10_000_000)]
    public void An_axis_ends_at_a_number_whose_quarters_are_whole(double most, double nice) => Assert.Equal(nice, Chart.NiceMost(most));

    [Fact]
    public void Every_number_fits_below_its_axis() => Assert.All(Enumerable.Range(0, 2000).Select(number => number * 1.7), most =>
    {
        Assert.True(Chart.NiceMost(most) >= most && Chart.NiceMost(most) / 4 % 1 == 0 && Chart.NiceMost(most) <= Math.Max(4, 2 * most), $"{most}");
    });

    [Fact]
    public void Pixels_are_covered_by_as_much_as_a_shape_covers_them()
    {
        var raster = new Raster(12, 12, Colour.White);
        // a box whose edges fall into pixels, and one that begins and ends outside
        raster.Fill([[(1.5, 1.25), (4, 1.25), (4, 3), (1.5, 3)]], Colour.Black);
        raster.Fill([[(8, -5), (40, -5), (40, 2), (8, 2)]], Colour.Black);
        int Ink(int x, int y) => 255 - raster.Pixels[((y * 12) + x) * 3];
        Assert.Equal([0, 96, 191, 191, 0, 0, 0, 0, 255, 255, 255, 255], Enumerable.Range(0, 12).Select(x => Ink(x, 1)));
        Assert.Equal([0, 127, 255, 255, 0], Enumerable.Range(0, 5).Select(x => Ink(x, 2)));

        // any triangle is as large as geometry says, whichever way it runs, and a hole is none of it
        var random = new Random(3);
        for (var round = 0; round < 200; round++)
        {
            var corners = Enumerable.Range(0, 3).Select(_ => (X: 1 + (random.NextDouble() * 38), Y: 1 + (random.NextDouble() * 38))).ToArray();
            var area = Math.Abs(((corners[1].X - corners[0].X) * (corners[2].Y - corners[0].Y)) - ((corners[2].X - corners[0].X) * (corners[1].Y - corners[0].Y))) / 2;
            Assert.InRange(Covered(40, [corners]) - area, -1.5, 1.5);
        }
        Assert.InRange(Covered(40, [[(2, 2), (30, 2), (30, 30), (2, 30)], [(10, 10), (10, 20), (20, 20), (20, 10)]]), 683.9, 684.1);
    }

    // an o is an outline with a hole; what is inside its outer line and not in its inner one is ink
    [Fact]
    public void Letters_are_the_outlines_of_the_font()
    {
        foreach (var letter in "oеҚәéi%8")
        {
            var outline = TrueTypeFont.Regular.OutlineOf(TrueTypeFont.Regular.GlyphOf(new System.Text.Rune(letter)));
            Assert.NotEmpty(outline);
            var area = Math.Abs(outline.Sum(line => line.Zip(line.Skip(1).Append(line[0])).Sum(edge => (edge.First.X * edge.Second.Y) - (edge.Second.X * edge.First.Y)) / 2));
            const double Scale = 60.0 / 2048;
            var covered = Covered(120, [.. outline.Select(line => (IReadOnlyList<(double, double)>)[.. line.Select(point => (20 + (point.X * Scale), 90 - (point.Y * Scale)))])]);
            Assert.InRange(covered / (area * Scale * Scale), 0.98, 1.02);
        }
        Assert.Equal(2, TrueTypeFont.Regular.OutlineOf(TrueTypeFont.Regular.GlyphOf(new System.Text.Rune('o'))).Count);
        Assert.Equal(TrueTypeFont.Regular.OutlineOf(TrueTypeFont.Regular.GlyphOf(new System.Text.Rune('e'))).Count + 1, TrueTypeFont.Regular.OutlineOf(TrueTypeFont.Regular.GlyphOf(new System.Text.Rune('é'))).Count);
        Assert.Empty(TrueTypeFont.Regular.OutlineOf(TrueTypeFont.Regular.GlyphOf(new System.Text.Rune(' '))));
    }

    [Fact]
    public void A_PNG_holds_the_pixels_of_its_picture()
    {
        var drawing = new Drawing(20, 10, "Title", "Words", "en");
        drawing.AddBox(2, 2, 5, 5, Paint.First);
        drawing.AddLine([(10, 5), (18, 5)], 2, Paint.Second);
        var (width, height, pixels) = Read(PngWriter.Write(drawing, Palette.Light, 1));
        Assert.Equal((20, 10), (width, height));
        Colour At(int x, int y) => new(pixels[((y * 20) + x) * 3], pixels[((y * 20) + x) * 3 + 1], pixels[((y * 20) + x) * 3 + 2]);
        Assert.Equal(Palette.Light[Paint.Paper], At(0, 0));
        Assert.Equal(Palette.Light[Paint.First], At(4, 4));
        Assert.Equal(Palette.Light[Paint.Second], At(14, 4));
        Assert.Equal(Palette.Light[Paint.Paper], At(14, 8));
    }

    private static double Covered(int size, IReadOnlyList<IReadOnlyList<(double X, double Y)>> contours)
    {
        var raster = new Raster(size, size, Colour.White);
        raster.Fill(contours, Colour.Black);
        var ink = 0.0;
        for (var at = 0; at < raster.Pixels.Length; at += 3) ink += (255 - raster.Pixels[at]) / 255.0;
        return ink;
    }

    // as the standard says: chunks with their sums, rows with their filters
    private static (int Width, int Height, byte[] Pixels) Read(byte[] png)
    {
        Assert.Equal([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A], png[..8]);
        var (chunks, at) = (new List<(string Type, byte[] Content)>(), 8);
        while (at < png.Length)
        {
            var length = BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(at));
            var chunk = png.AsSpan(at + 4, length + 4);
            Assert.Equal(Sum(chunk), BinaryPrimitives.ReadUInt32BigEndian(png.AsSpan(at + 8 + length)));
            chunks.Add((System.Text.Encoding.ASCII.GetString(chunk[..4]), chunk[4..].ToArray()));
            at += 12 + length;
        }
        Assert.Equal(["IHDR", "iTXt", "iTXt", "IDAT", "IEND"], chunks.Select(chunk => chunk.Type));
        var header = chunks[0].Content;
        var (width, height) = (BinaryPrimitives.ReadInt32BigEndian(header), BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(4)));
        using var rows = new MemoryStream();
        using (var zlib = new ZLibStream(new MemoryStream(chunks[3].Content), CompressionMode.Decompress)) zlib.CopyTo(rows);
        var (raw, pixels, stride) = (rows.ToArray(), new byte[width * height * 3], width * 3);
        for (var row = 0; row < height; row++)
        {
            for (var column = 0; column < stride; column++)
                pixels[(row * stride) + column] = (byte)(raw[(row * (stride + 1)) + 1 + column] + (raw[row * (stride + 1)] == 2 ? pixels[((row - 1) * stride) + column] : 0));
        }
        return (width, height, pixels);
    }

    // the sum of ISO 3309, bit by bit
    private static uint Sum(ReadOnlySpan<byte> content)
    {
        var sum = 0xFFFFFFFFu;
        foreach (var one in content)
        {
            sum ^= one;
            for (var bit = 0; bit < 8; bit++) sum = (sum & 1) != 0 ? (sum >> 1) ^ 0xEDB88320 : sum >> 1;
        }
        return ~sum;
    }
}
