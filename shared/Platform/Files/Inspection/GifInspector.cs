using System.Buffers.Binary;

namespace Podium.Platform.Files;

// The GIF89a specification: blocks from the screen's description to the trailer.
internal static class GifInspector
{
    private const byte Extension = 0x21, Image = 0x2c, Trailer = 0x3b;

    public static async Task InspectAsync(Content content, Findings findings)
    {
        var screen = await content.TakeAsync(6, 7);
        findings.Sized(BinaryPrimitives.ReadUInt16LittleEndian(screen.Span), BinaryPrimitives.ReadUInt16LittleEndian(screen.Span[2..]));
        var offset = 13 + ColourTable(screen.Span[4]);
        var images = 0;
        while (true)
        {
            var block = (await content.TakeAsync(offset++, 1)).Span[0];
            if (block == Trailer) break;
            if (block == Extension)
                offset++;
            else if (block == Image)
            {
                images++;
                offset += 9;
                offset += ColourTable((await content.TakeAsync(offset - 1, 1)).Span[0]) + 1;
            }
            else
                throw Malformed.Damaged(FileKind.Gif);
            offset = await SkipSubBlocksAsync(content, offset);
        }

        if (images == 0) throw Malformed.Damaged(FileKind.Gif);
        if (offset < content.Length) throw new Malformed("trailing-data", "There is something behind the end of the image: export it again.");
    }

    private static long ColourTable(byte flags) => (flags & 0x80) != 0 ? 3L << (flags & 7) + 1 : 0;

    private static async ValueTask<long> SkipSubBlocksAsync(Content content, long offset)
    {
        while (true)
        {
            var part = await content.NextAsync(offset);
            if (part.IsEmpty) throw Malformed.Truncated();
            var (length, ended) = SkipSubBlocks(part.Span);
            offset += length;
            if (ended) return offset;
        }
    }

    private static (int Length, bool Ended) SkipSubBlocks(ReadOnlySpan<byte> part)
    {
        var at = 0;
        while (at < part.Length)
        {
            var length = part[at];
            at += length + 1;
            if (length == 0) return (at, true);
        }
        return (at, false);
    }
}
