using System.Buffers.Binary;

namespace Podium.Platform.Files;

// RIFF as Microsoft wrote it down, and RF64 (EBU Tech 3306) for what is larger than four gigabytes.
internal static class WavInspector
{
    private const int MostChunks = 100_000;
    private const int ForgivenRest = 1 << 16;

    // what programs write that do not know yet how long it will be
    private const uint Unknown = uint.MaxValue;

    public static async Task InspectAsync(Content content, Findings findings)
    {
        var riff = (await content.TakeAsync(0, 8)).ToArray();
        var large = !riff.AsSpan().StartsWith("RIFF"u8);
        var size = BinaryPrimitives.ReadUInt32LittleEndian(riff.AsSpan(4));
        var end = size is 0 or Unknown ? content.Length : size + 8L;
        Format? format = null;
        var (samples, data, largeData) = (0u, -1L, -1L);

        var offset = 12L;
        for (var chunk = 0; offset + 8 <= Math.Min(end, content.Length); chunk++)
        {
            if (chunk > MostChunks) throw Malformed.TooComplex(FileKind.Wav);
            var head = (await content.TakeAsync(offset, 8)).ToArray();
            long length = BinaryPrimitives.ReadUInt32LittleEndian(head.AsSpan(4));
            offset += 8;

            if (head.AsSpan().StartsWith("ds64"u8) && large)
            {
                if (length < 24) throw Malformed.Damaged(FileKind.Wav);
                var sizes = (await content.TakeAsync(offset, 16)).Span;
                var all = BinaryPrimitives.ReadInt64LittleEndian(sizes);
                largeData = BinaryPrimitives.ReadInt64LittleEndian(sizes[8..]);
                if (all < 0 || largeData < 0) throw Malformed.Damaged(FileKind.Wav);
                if (all > content.Length - 8) throw Malformed.Truncated();
                end = all + 8;
            }
            else if (head.AsSpan().StartsWith("fmt "u8))
                format = Format.Parse(length, (await content.PeekAsync(offset, 16)).Span);
            else if (head.AsSpan().StartsWith("fact"u8) && length >= 4)
                samples = BinaryPrimitives.ReadUInt32LittleEndian((await content.TakeAsync(offset, 4)).Span);
            else if (head.AsSpan().StartsWith("data"u8))
            {
                if (data >= 0) throw Malformed.Damaged(FileKind.Wav);
                if (length == Unknown) length = large && largeData >= 0 ? largeData : content.Length - offset;
                data = length;
            }
            if (length > content.Length - offset) throw Malformed.Truncated();
            offset += length + (length & 1);
        }

        if (format is null || data < 0) throw end > content.Length ? Malformed.Truncated() : Malformed.Damaged(FileKind.Wav);
        // of compressed sound the bytes tell little, and what it unpacks to stands beside it
        findings.Lasts(format.Value.IsPlain || samples is 0 or Unknown ? data / (double)format.Value.BytesPerSecond : samples / (double)format.Value.Rate);
        // some writers forget the padding of the last chunk, or to count it
        if (end > content.Length + 1) throw Malformed.Truncated();
        if (content.Length - end > ForgivenRest) throw new Malformed("trailing-data", "There is something behind the end of the recording: export it again.");
    }

    private readonly record struct Format(bool IsPlain, uint Rate, uint BytesPerSecond)
    {
        private const int Pcm = 1, Real = 3, Extensible = 0xfffe;

        public static Format Parse(long length, ReadOnlySpan<byte> format)
        {
            if (length < 16 || format.Length < 16) throw Malformed.Damaged(FileKind.Wav);
            var plain = BinaryPrimitives.ReadUInt16LittleEndian(format) is Pcm or Real or Extensible;
            var channels = BinaryPrimitives.ReadUInt16LittleEndian(format[2..]);
            var rate = BinaryPrimitives.ReadUInt32LittleEndian(format[4..]);
            var bytesPerSecond = BinaryPrimitives.ReadUInt32LittleEndian(format[8..]);
            var align = BinaryPrimitives.ReadUInt16LittleEndian(format[12..]);
            var bits = BinaryPrimitives.ReadUInt16LittleEndian(format[14..]);
            if (channels == 0 || rate == 0 || bytesPerSecond == 0 || align == 0) throw Malformed.Damaged(FileKind.Wav);

            // of plain sound the numbers must agree: a false rate would make a false duration
            if (plain && (align != channels * ((bits + 7) / 8) || bytesPerSecond != (ulong)rate * align)) throw Malformed.Damaged(FileKind.Wav);
            return new Format(plain, rate, bytesPerSecond);
        }
    }
}
