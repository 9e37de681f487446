using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using Podium.Platform.Pdf;

namespace Podium.Platform.Pictures;

/// <summary>A picture as PNG (ISO/IEC 15948), for mails and wherever else SVG is not shown; letters are those of the font that documents are set in.</summary>
public static class PngWriter
{
    private static readonly uint[] Crc = [.. Enumerable.Range(0, 256).Select(number => Enumerable.Range(0, 8).Aggregate((uint)number, (value, _) => (value & 1) != 0 ? 0xEDB88320 ^ (value >> 1) : value >> 1))];

    /// <param name="scale">Pixels of a unit.</param>
    public static byte[] Write(Drawing drawing, Palette palette, int scale = 2)
    {
        var raster = new Raster((int)(drawing.Width * scale), (int)(drawing.Height * scale), palette[Paint.Paper]);
        foreach (var shape in drawing.Shapes)
        {
            switch (shape)
            {
                case Drawing.Box box:
                    raster.Fill([[(box.X * scale, box.Y * scale), ((box.X + box.Width) * scale, box.Y * scale), ((box.X + box.Width) * scale, (box.Y + box.Height) * scale), (box.X * scale, (box.Y + box.Height) * scale)]], palette[box.Paint]);
                    break;
                case Drawing.Line line:
                    foreach (var piece in PiecesOf(line)) raster.Fill([Stroke(piece.From, piece.To, line.Thickness, scale)], palette[line.Paint]);
                    break;
                case Drawing.Label label:
                    Letters(raster, label, palette[label.Paint], scale);
                    break;
            }
        }
        return Encode(raster, drawing);
    }

    private static void Letters(Raster raster, Drawing.Label label, Colour colour, int scale)
    {
        var font = label.Bold ? TrueTypeFont.Bold : TrueTypeFont.Regular;
        var text = label.Text.Normalize(NormalizationForm.FormC);
        var width = font.Measure(text, label.Size);
        var x = label.Align switch { PdfAlign.Centre => label.X - (width / 2), PdfAlign.Right => label.X - width, _ => label.X };
        var unit = label.Size / font.UnitsPerEm;
        foreach (var rune in text.EnumerateRunes())
        {
            var (glyph, left) = (font.GlyphOf(rune), x);
            raster.Fill(font.OutlineOf(glyph).Select(line => (IReadOnlyList<(double, double)>)[.. line.Select(point => ((left + (point.X * unit)) * scale, (label.Y - (point.Y * unit)) * scale))]), colour);
            x += font.WidthOf(glyph) * unit;
        }
    }

    // a line that is not whole is cut into its pieces, which go on around corners
    private static IEnumerable<((double X, double Y) From, (double X, double Y) To)> PiecesOf(Drawing.Line line)
    {
        var walked = 0.0;
        foreach (var (from, to) in line.Points.Zip(line.Points.Skip(1)))
        {
            var length = Math.Sqrt(Math.Pow(to.X - from.X, 2) + Math.Pow(to.Y - from.Y, 2));
            if (line.Dash <= 0 || length == 0)
            {
                yield return (from, to);
                continue;
            }
            for (var at = 0.0; at < length;)
            {
                var left = line.Dash - ((walked + at) % line.Dash);
                var end = Math.Min(length, at + Math.Max(left, 0.01));
                if ((long)((walked + at + 0.005) / line.Dash) % 2 == 0) yield return (On(from, to, at / length), On(from, to, end / length));
                at = end;
            }
            walked += length;
        }
    }

    private static (double X, double Y) On((double X, double Y) from, (double X, double Y) to, double part) => (from.X + ((to.X - from.X) * part), from.Y + ((to.Y - from.Y) * part));

    // a little longer than it is, so that corners are closed
    private static (double X, double Y)[] Stroke((double X, double Y) from, (double X, double Y) to, double thickness, int scale)
    {
        var (dx, dy) = (to.X - from.X, to.Y - from.Y);
        var length = Math.Max(Math.Sqrt((dx * dx) + (dy * dy)), 1e-6);
        var (ux, uy, half) = (dx / length, dy / length, thickness / 2);
        var more = half / 2;
        (double X, double Y) Point(double px, double py, double along, double aside) => ((px + (ux * along) - (uy * aside)) * scale, (py + (uy * along) + (ux * aside)) * scale);
        return [Point(from.X, from.Y, -more, -half), Point(to.X, to.Y, more, -half), Point(to.X, to.Y, more, half), Point(from.X, from.Y, -more, half)];
    }

    private static byte[] Encode(Raster raster, Drawing drawing)
    {
        using var png = new MemoryStream();
        png.Write([0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A]);
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, raster.Width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), raster.Height);
        (header[8], header[9]) = (8, 2);
        Chunk(png, "IHDR", header);
        // what the picture is goes with it, as UTF-8
        Chunk(png, "iTXt", [.. "Title\0\0\0\0\0"u8, .. Encoding.UTF8.GetBytes(drawing.Title)]);
        Chunk(png, "iTXt", [.. "Description\0\0\0\0\0"u8, .. Encoding.UTF8.GetBytes(drawing.Description)]);
        Chunk(png, "IDAT", Packed(raster));
        Chunk(png, "IEND", []);
        return png.ToArray();
    }

    // each row says how it differs from the one above, which is mostly not at all
    private static byte[] Packed(Raster raster)
    {
        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.Optimal))
        {
            var stride = raster.Width * 3;
            var line = new byte[stride + 1];
            for (var row = 0; row < raster.Height; row++)
            {
                line[0] = (byte)(row == 0 ? 0 : 2);
                var here = raster.Pixels.Slice(row * stride, stride);
                if (row == 0)
                {
                    here.CopyTo(line.AsSpan(1));
                }
                else
                {
                    var above = raster.Pixels.Slice((row - 1) * stride, stride);
                    for (var at = 0; at < stride; at++) line[at + 1] = (byte)(here[at] - above[at]);
                }
                zlib.Write(line);
            }
        }
        return packed.ToArray();
    }

    private static void Chunk(Stream png, string type, byte[] content)
    {
        var chunk = (byte[])[.. Encoding.ASCII.GetBytes(type), .. content];
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, content.Length);
        png.Write(number);
        png.Write(chunk);
        var crc = 0xFFFFFFFFu;
        foreach (var one in chunk) crc = Crc[(crc ^ one) & 0xFF] ^ (crc >> 8);
        BinaryPrimitives.WriteUInt32BigEndian(number, ~crc);
        png.Write(number);
    }
}
