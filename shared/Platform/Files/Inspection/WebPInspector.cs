using System.Buffers.Binary;

namespace Podium.Platform.Files;

// RFC 9649
internal static class WebPInspector
{
    private const int MostChunks = 100_000;

    public static async Task InspectAsync(Content content, Findings findings)
    {
        var size = BinaryPrimitives.ReadUInt32LittleEndian((await content.TakeAsync(4, 4)).Span) + 8L;
        if (size > content.Length) throw Malformed.Truncated();
        var offset = 12L;
        for (var chunk = 0; offset < size; chunk++)
        {
            if (chunk > MostChunks) throw Malformed.TooComplex(FileKind.WebP);
            var head = (await content.TakeAsync(offset, 8)).ToArray();
            var length = BinaryPrimitives.ReadUInt32LittleEndian(head.AsSpan(4));
            if (offset + 8 + length > size) throw Malformed.Damaged(FileKind.WebP);
            if (chunk == 0) Size(head, (await content.PeekAsync(offset + 8, (int)Math.Min(length, 10))).ToArray(), findings);
            offset += 8 + length + (length & 1);
        }
        if (findings.Width is null || offset != size) throw Malformed.Damaged(FileKind.WebP);
        if (size < content.Length) throw new Malformed("trailing-data", "There is something behind the end of the image: export it again.");
    }

    private static void Size(byte[] head, byte[] data, Findings findings)
    {
        ReadOnlySpan<byte> type = head, bytes = data;
        if (type.StartsWith("VP8X"u8) && bytes.Length == 10)
            findings.Sized(UInt24(bytes[4..]) + 1, UInt24(bytes[7..]) + 1);
        else if (type.StartsWith("VP8L"u8) && bytes.Length >= 5 && bytes[0] == 0x2f)
        {
            var packed = BinaryPrimitives.ReadUInt32LittleEndian(bytes[1..]);
            findings.Sized((packed & 0x3fff) + 1, (packed >> 14 & 0x3fff) + 1);
        }
        else if (type.StartsWith("VP8 "u8) && bytes.Length == 10 && bytes[3..].StartsWith((ReadOnlySpan<byte>)[0x9d, 0x01, 0x2a]))
            findings.Sized(BinaryPrimitives.ReadUInt16LittleEndian(bytes[6..]) & 0x3fff, BinaryPrimitives.ReadUInt16LittleEndian(bytes[8..]) & 0x3fff);
        else
            throw Malformed.Damaged(FileKind.WebP);
    }

    private static int UInt24(ReadOnlySpan<byte> bytes) => bytes[0] | bytes[1] << 8 | bytes[2] << 16;
}
