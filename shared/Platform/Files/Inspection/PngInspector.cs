using System.Buffers.Binary;

namespace Podium.Platform.Files;

// https://www.w3.org/TR/png-3/
internal static class PngInspector
{
    private const int HeaderBytes = 13;
    private const int MostChunks = 1_000_000;

    // what deflate can make of a byte at best is about a thousand; a picture that claims more cannot be all there
    private const int BestDeflate = 1100;

    public static async Task InspectAsync(Content content, Findings findings)
    {
        var offset = 8L;
        var (data, claimed, ended) = (0L, 0L, false);
        for (var chunk = 0; !ended; chunk++)
        {
            if (chunk > MostChunks) throw Malformed.TooComplex(FileKind.Png);
            var head = (await content.TakeAsync(offset, 8)).Span;
            var length = BinaryPrimitives.ReadUInt32BigEndian(head);
            var type = BinaryPrimitives.ReadUInt32BigEndian(head[4..]);
            if (length > int.MaxValue || !IsType(head[4..])) throw Malformed.Damaged(FileKind.Png);
            if (offset + 12 + length > content.Length) throw Malformed.Truncated();
            if (chunk == 0 != (type == Type("IHDR"u8))) throw Malformed.Damaged(FileKind.Png);

            if (chunk == 0) claimed = Header(await content.TakeAsync(offset + 8, HeaderBytes), length, findings);
            if (type == Type("IDAT"u8)) data += length;
            ended = type == Type("IEND"u8);
            if (ended && length != 0) throw Malformed.Damaged(FileKind.Png);

            await CheckAsync(content, offset + 4, length + 4);
            offset += 12 + length;
        }

        if (data == 0) throw Malformed.Damaged(FileKind.Png);
        if (claimed / BestDeflate > data) throw new Malformed("image-bomb", "The image claims more pixels than its data can hold: export it again.");
        if (offset < content.Length) throw new Malformed("trailing-data", "There is something behind the end of the image: export it again.");
    }

    private static long Header(ReadOnlyMemory<byte> header, uint length, Findings findings)
    {
        if (length != HeaderBytes) throw Malformed.Damaged(FileKind.Png);
        var bytes = header.Span;
        var width = BinaryPrimitives.ReadUInt32BigEndian(bytes);
        var height = BinaryPrimitives.ReadUInt32BigEndian(bytes[4..]);
        var (depth, colour) = (bytes[8], bytes[9]);
        var channels = (colour, depth) switch
        {
            (0, 1 or 2 or 4 or 8 or 16) => 1,
            (2, 8 or 16) => 3,
            (3, 1 or 2 or 4 or 8) => 1,
            (4, 8 or 16) => 2,
            (6, 8 or 16) => 4,
            _ => throw Malformed.Damaged(FileKind.Png),
        };
        if (bytes[10] != 0 || bytes[11] != 0 || bytes[12] > 1) throw Malformed.Damaged(FileKind.Png);
        findings.Sized(width, height);
        return ((long)width * channels * depth + 7) / 8 * height;
    }

    private static async ValueTask CheckAsync(Content content, long offset, long length)
    {
        var crc = 0u;
        for (var end = offset + length; offset < end;)
        {
            var part = await content.NextAsync(offset);
            if (part.Length > end - offset) part = part[..(int)(end - offset)];
            crc = Crc32.Append(crc, part.Span);
            offset += part.Length;
        }
        if (crc != BinaryPrimitives.ReadUInt32BigEndian((await content.TakeAsync(offset, 4)).Span)) throw Malformed.Damaged(FileKind.Png);
    }

    private static bool IsType(ReadOnlySpan<byte> type) =>
        char.IsAsciiLetter((char)type[0]) && char.IsAsciiLetter((char)type[1]) && char.IsAsciiLetter((char)type[2]) && char.IsAsciiLetter((char)type[3]);

    private static uint Type(ReadOnlySpan<byte> name) => BinaryPrimitives.ReadUInt32BigEndian(name);
}
