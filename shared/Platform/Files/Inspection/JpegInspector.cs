using System.Buffers.Binary;

namespace Podium.Platform.Files;

// ITU-T T.81, annex B
internal static class JpegInspector
{
    private const byte StartOfImage = 0xd8, EndOfImage = 0xd9, StartOfScan = 0xda, Temporary = 0x01;
    private const int MostSegments = 1_000_000;
    private const int MostPictures = 16;

    public static async Task InspectAsync(Content content, Findings findings)
    {
        var offset = await PictureAsync(content, 0, findings);
        // phones put further pictures behind the first: its depth, its brightness, a preview
        for (var more = 0; more < MostPictures && (await content.PeekAsync(offset, 3)).Span is [0xff, StartOfImage, 0xff]; more++)
            offset = await PictureAsync(content, offset, findings: null);
        if (offset < content.Length)
            throw new Malformed("trailing-data", "There is something behind the end of the image (a motion photo?): export it again as a plain JPEG.");
    }

    private static async ValueTask<long> PictureAsync(Content content, long offset, Findings? findings)
    {
        offset += 2;
        var (frames, scans) = (0, 0);
        for (var segment = 0; ; segment++)
        {
            if (segment > MostSegments) throw Malformed.TooComplex(FileKind.Jpeg);
            byte marker;
            (marker, offset) = await MarkerAsync(content, offset);
            if (marker == EndOfImage) break;
            if (marker == Temporary || IsRestart(marker)) continue;
            if (marker is StartOfImage or 0) throw Malformed.Damaged(FileKind.Jpeg);

            var length = BinaryPrimitives.ReadUInt16BigEndian((await content.TakeAsync(offset, 2)).Span);
            if (length < 2) throw Malformed.Damaged(FileKind.Jpeg);
            if (offset + length > content.Length) throw Malformed.Truncated();

            if (IsFrame(marker) && frames++ == 0) Frame(await content.TakeAsync(offset, Math.Min((int)length, 7)), findings);
            offset += length;
            if (marker != StartOfScan) continue;
            scans++;
            offset = await SkipScanAsync(content, offset);
        }

        if (scans == 0 || frames != 1) throw Malformed.Damaged(FileKind.Jpeg);
        return await SkipZerosAsync(content, offset);
    }

    private static async ValueTask<(byte Marker, long Offset)> MarkerAsync(Content content, long offset)
    {
        if ((await content.TakeAsync(offset, 1)).Span[0] != 0xff) throw Malformed.Damaged(FileKind.Jpeg);
        while (true)
        {
            var part = await content.NextAsync(++offset);
            if (part.IsEmpty) throw Malformed.Truncated();
            var fill = part.Span.IndexOfAnyExcept((byte)0xff);
            if (fill >= 0) return (part.Span[fill], offset + fill + 1);
            offset += part.Length - 1;
        }
    }

    private static void Frame(ReadOnlyMemory<byte> frame, Findings? findings)
    {
        if (frame.Length < 7) throw Malformed.Damaged(FileKind.Jpeg);
        var height = BinaryPrimitives.ReadUInt16BigEndian(frame.Span[3..]);
        var width = BinaryPrimitives.ReadUInt16BigEndian(frame.Span[5..]);
        findings?.Sized(width, height);
    }

    // to the first marker that is neither a stuffed byte nor a restart
    private static async ValueTask<long> SkipScanAsync(Content content, long offset)
    {
        var escaped = false;
        while (true)
        {
            var part = await content.NextAsync(offset);
            if (part.IsEmpty) throw Malformed.Truncated();
            var at = Marker(part.Span, ref escaped);
            if (at is { } found) return offset + found - 1;
            offset += part.Length;
        }
    }

    // the place of the code that follows 0xff, which may have been the last byte of the part before
    private static int? Marker(ReadOnlySpan<byte> data, ref bool escaped)
    {
        for (var i = 0; i < data.Length; i++)
        {
            if (!escaped)
            {
                var next = data[i..].IndexOf((byte)0xff);
                if (next < 0) return null;
                i += next;
                escaped = true;
            }
            else if (data[i] != 0xff)
            {
                if (data[i] != 0 && !IsRestart(data[i])) return i;
                escaped = false;
            }
        }
        return null;
    }

    // what cameras pad with
    private static async ValueTask<long> SkipZerosAsync(Content content, long offset)
    {
        while (true)
        {
            var part = await content.NextAsync(offset);
            var other = part.Span.IndexOfAnyExcept((byte)0);
            if (other >= 0 || part.IsEmpty) return offset + Math.Max(other, 0);
            offset += part.Length;
        }
    }

    private static bool IsRestart(byte marker) => marker is >= 0xd0 and <= 0xd7;

    private static bool IsFrame(byte marker) => marker is >= 0xc0 and <= 0xcf and not (0xc4 or 0xc8 or 0xcc);
}
