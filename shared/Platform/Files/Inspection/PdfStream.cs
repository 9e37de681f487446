using System.IO.Compression;

namespace Podium.Platform.Files;

// Where a stream's data lies and how it is packed. Of the ways to pack, those that writers use for objects are understood;
// others occur in them only to hide something.
internal readonly record struct PdfStream(long Start, long? Length, int LengthTarget, bool Deflated, int Predictor, int Columns, int PixelBytes)
{
    private const int PngPredictors = 10;

    public static PdfStream Describe(PdfLexer lexer, long start)
    {
        var length = lexer.Value(0, "Length"u8);
        var deflated = false;
        if (lexer.Find(0, "Filter"u8) is { } filter && lexer[filter].Token != PdfToken.Null)
        {
            var filters = lexer[filter].Token == PdfToken.Array ? lexer.Items(filter).ToList() : [filter];
            if (filters.Count > 1 || filters.Exists(at => !lexer.IsName(at, "FlateDecode"u8))) throw Malformed.TooComplex(FileKind.Pdf);
            deflated = filters.Count == 1;
        }
        var parameters = lexer.Find(0, "DecodeParms"u8);
        if (parameters is { } array && lexer[array].Token == PdfToken.Array) parameters = lexer.Items(array).Cast<int?>().FirstOrDefault();
        if (parameters is { } reference && lexer[reference].Token == PdfToken.Reference) throw Malformed.TooComplex(FileKind.Pdf);

        var predictor = Parameter(lexer, parameters, "Predictor"u8, 1);
        var pixelBits = Parameter(lexer, parameters, "Colors"u8, 1) * Parameter(lexer, parameters, "BitsPerComponent"u8, 8);
        return new PdfStream(start, length?.Whole, length?.Target ?? -1, deflated, predictor,
            Parameter(lexer, parameters, "Columns"u8, 1), Math.Max(1, pixelBits / 8));
    }

    /// <summary>The data, unpacked; more than the limit is refused.</summary>
    public async ValueTask<ArraySegment<byte>> UnpackAsync(Content content, int limit)
    {
        if (Length is not { } length || length > content.Length - Start) throw Malformed.Damaged(FileKind.Pdf);
        if (Predictor is not (1 or >= PngPredictors)) throw Malformed.TooComplex(FileKind.Pdf);
        var section = new ContentSection(content, Start, length);
        await using Stream data = Deflated ? new ZLibStream(section, CompressionMode.Decompress) : section;
        var bytes = new byte[Math.Min(limit, 1 << 14)];
        var count = 0;
        try
        {
            while (await data.ReadAsync(bytes.AsMemory(count), content.Cancellation) is var read and > 0)
            {
                count += read;
                if (count < bytes.Length) continue;
                if (count == limit) throw Malformed.TooComplex(FileKind.Pdf);
                Array.Resize(ref bytes, Math.Min(limit, bytes.Length * 2));
            }
        }
        catch (Exception error) when (error is InvalidDataException or IOException && !content.Failed)
        {
            throw Malformed.Damaged(FileKind.Pdf);
        }
        return new ArraySegment<byte>(bytes, 0, Deflated && Predictor >= PngPredictors ? Unpredict(bytes.AsSpan(0, count)) : count);
    }

    private static int Parameter(PdfLexer lexer, int? parameters, ReadOnlySpan<byte> key, int otherwise) =>
        parameters is { } at && lexer.Value(at, key) is { } value ? value.Whole is > 0 and <= 100_000 and var number ? (int)number : throw Malformed.Damaged(FileKind.Pdf) : otherwise;

    // PNG's filters: each row says how it was made from the one above. Rows get shorter by that byte, so they move up in place.
    private int Unpredict(Span<byte> rows)
    {
        var width = Columns * PixelBytes;
        var height = rows.Length / (width + 1);
        for (var y = 0; y < height; y++)
        {
            var filter = rows[y * (width + 1)];
            var from = rows.Slice(y * (width + 1) + 1, width);
            var row = rows.Slice(y * width, width);
            var above = y == 0 ? default : rows.Slice((y - 1) * width, width);
            for (var x = 0; x < width; x++)
            {
                int left = x >= PixelBytes ? row[x - PixelBytes] : 0;
                int up = above.IsEmpty ? 0 : above[x];
                int corner = x >= PixelBytes && !above.IsEmpty ? above[x - PixelBytes] : 0;
                row[x] = (byte)(from[x] + (filter switch
                {
                    0 => 0,
                    1 => left,
                    2 => up,
                    3 => (left + up) / 2,
                    4 => Paeth(left, up, corner),
                    _ => throw Malformed.Damaged(FileKind.Pdf),
                }));
            }
        }
        return width * height;
    }

    private static int Paeth(int left, int up, int corner)
    {
        var estimate = left + up - corner;
        var (a, b, c) = (Math.Abs(estimate - left), Math.Abs(estimate - up), Math.Abs(estimate - corner));
        return a <= b && a <= c ? left : b <= c ? up : corner;
    }
}
