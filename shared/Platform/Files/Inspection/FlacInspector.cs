using System.Buffers.Binary;

namespace Podium.Platform.Files;

// RFC 9639. The number of samples in the header is compared with the last frame's.
internal static class FlacInspector
{
    private const int StreamInformationBytes = 34;
    private const int TailBytes = 1 << 17;

    public static async Task InspectAsync(Content content, Findings findings)
    {
        var information = Information.Parse((await content.TakeAsync(4, 4 + StreamInformationBytes)).Span);
        var offset = 4L;
        for (var last = false; !last;)
        {
            var head = (await content.TakeAsync(offset, 4)).Span;
            last = (head[0] & 0x80) != 0;
            if ((head[0] & 0x7f) == 0x7f) throw Malformed.Damaged(FileKind.Flac);
            offset += 4 + (head[1] << 16 | head[2] << 8 | head[3]);
            if (offset > content.Length) throw Malformed.Truncated();
        }
        if (FlacFrame.Parse((await content.PeekAsync(offset, FlacFrame.LongestHeader)).Span, information) is not { } first)
            throw offset == content.Length ? Malformed.Truncated() : Malformed.Damaged(FileKind.Flac);

        var end = await LastSampleAsync(content, offset, first, information);
        var samples = information.Samples > 0 ? information.Samples : end ?? throw Malformed.Damaged(FileKind.Flac);
        findings.Lasts(samples / (double)information.SampleRate);
        if (end < samples) throw Malformed.Truncated();
        if (end > samples) throw Malformed.Damaged(FileKind.Flac);
    }

    // the sample after the last frame whose header is found near the end; null if frames are too long for that
    private static async ValueTask<long?> LastSampleAsync(Content content, long audio, FlacFrame first, Information information)
    {
        var start = Math.Max(audio, content.Length - TailBytes);
        var tail = new byte[content.Length - start];
        await content.ReadAsync(start, tail);
        for (var at = tail.AsSpan().LastIndexOf((byte)0xff); at >= 0; at = tail.AsSpan(0, at).LastIndexOf((byte)0xff))
            if (FlacFrame.Parse(tail.AsSpan(at), information) is { } frame && frame.Format == first.Format) return frame.FirstSample + frame.Samples;
        return null;
    }

    internal readonly record struct Information(int SmallestBlock, int LargestBlock, int SampleRate, int Bits, long Samples)
    {
        public static Information Parse(ReadOnlySpan<byte> block)
        {
            if ((block[0] & 0x7f) != 0 || (block[1] << 16 | block[2] << 8 | block[3]) != StreamInformationBytes) throw Malformed.Damaged(FileKind.Flac);
            var bytes = block[4..];
            var packed = BinaryPrimitives.ReadUInt64BigEndian(bytes[10..]);
            var information = new Information(BinaryPrimitives.ReadUInt16BigEndian(bytes), BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]),
                (int)(packed >> 44), (int)(packed >> 36 & 31) + 1, (long)(packed & 0xf_ffff_ffff));
            return information is { SmallestBlock: >= 16, SampleRate: > 0 } && information.LargestBlock >= information.SmallestBlock
                ? information
                : throw Malformed.Damaged(FileKind.Flac);
        }
    }
}

internal readonly record struct FlacFrame(long FirstSample, int Samples, int Format, int HeaderBytes)
{
    public const int LongestHeader = 16;

    public static FlacFrame? Parse(ReadOnlySpan<byte> bytes, FlacInspector.Information information)
    {
        if (bytes.Length < 6 || bytes[0] != 0xff || (bytes[1] & 0xfe) != 0xf8 || (bytes[3] & 1) != 0 || bytes[3] >> 4 > 10) return null;
        var (size, rate) = (bytes[2] >> 4, bytes[2] & 15);
        if (size == 0 || rate == 15) return null;

        var at = 4;
        if (CodedNumber(bytes, ref at) is not { } number) return null;
        var needed = (size switch { 6 => 1, 7 => 2, _ => 0 }) + (rate switch { 12 => 1, 13 or 14 => 2, _ => 0 });
        if (at + needed >= bytes.Length) return null;
        var samples = size switch
        {
            1 => 192,
            <= 5 => 576 << size - 2,
            6 => bytes[at] + 1,
            7 => BinaryPrimitives.ReadUInt16BigEndian(bytes[at..]) + 1,
            _ => 256 << size - 8,
        };
        at += needed;
        if (Crc8(bytes[..at]) != bytes[at]) return null;
        // what all frames of a file share; the checksum of eight bits alone lets chance through
        var format = (bytes[1] & 1) << 16 | rate << 8 | bytes[3] & 0x0e;
        return new FlacFrame((bytes[1] & 1) != 0 ? number : number * information.LargestBlock, samples, format, at + 1);
    }

    // UTF-8 as it was once meant, up to 36 bits
    private static long? CodedNumber(ReadOnlySpan<byte> bytes, ref int at)
    {
        var first = bytes[at++];
        if (first < 0x80) return first;
        var more = byte.LeadingZeroCount((byte)~first) - 1;
        if (more is < 1 or > 6 || at + more > bytes.Length) return null;
        long number = first & (0x3f >> more);
        for (; more > 0; more--)
        {
            if ((bytes[at] & 0xc0) != 0x80) return null;
            number = number << 6 | (uint)(bytes[at++] & 0x3f);
        }
        return number;
    }

    private static byte Crc8(ReadOnlySpan<byte> bytes)
    {
        var crc = 0;
        foreach (var octet in bytes)
        {
            crc ^= octet;
            for (var bit = 0; bit < 8; bit++)
                crc = (crc & 0x80) != 0 ? crc << 1 ^ 0x107 : crc << 1;
        }
        return (byte)crc;
    }
}
