using System.Buffers.Binary;

namespace Podium.Platform.Files;

// RFC 3533, with Vorbis and Opus (RFC 7845) in it.
internal static class OggInspector
{
    private const int HeaderBytes = 27;
    private const int PagesToCheck = 4;
    private const int MostPages = 50_000_000;
    private const byte Continued = 1, First = 2, Last = 4;
    private static readonly uint[] CrcTable = MakeCrcTable();

    public static async Task InspectAsync(Content content, Findings findings)
    {
        var (offset, seconds, last) = (0L, 0.0, 0L);
        Track? track = null;
        for (var number = 0; offset < content.Length; number++)
        {
            if (number > MostPages) throw Malformed.TooComplex(findings.Kind);
            var page = await PageAsync(content, offset, findings.Kind);
            if (offset + page.Length > content.Length) throw Malformed.Truncated();
            if (number < PagesToCheck || offset + page.Length == content.Length) await CheckAsync(content, offset, page, findings.Kind);

            // another song may follow the one that ended, as radio stations do; what runs beside it is not ours to time
            if (page.IsFirst && track is null or { Ended: true })
            {
                seconds += track?.Seconds ?? 0;
                track = Track.Begin(page.Serial, await content.PeekAsync(offset + page.Header, 30), findings.Kind);
            }
            else if (page.Serial == track?.Serial)
            {
                if (page.IsFirst || page.Sequence != track.Sequence + 1) throw Malformed.Damaged(findings.Kind);
                (track.Sequence, track.Ended) = (page.Sequence, page.IsLast);
                if (page.Granule >= 0) track.Granule = page.Granule;
            }
            last = offset;
            offset += page.Length;
        }

        if (track is null || last == 0) throw Malformed.Truncated();
        findings.Lasts(seconds + track.Seconds);
    }

    private static async ValueTask<Page> PageAsync(Content content, long offset, FileKind kind)
    {
        var head = (await content.TakeAsync(offset, HeaderBytes)).Span;
        if (!head.StartsWith("OggS"u8) || head[4] != 0 || head[5] > (Continued | First | Last)) throw Malformed.Damaged(kind);
        var page = new Page
        {
            Flags = head[5],
            Granule = BinaryPrimitives.ReadInt64LittleEndian(head[6..]),
            Serial = BinaryPrimitives.ReadUInt32LittleEndian(head[14..]),
            Sequence = BinaryPrimitives.ReadUInt32LittleEndian(head[18..]),
            Crc = BinaryPrimitives.ReadUInt32LittleEndian(head[22..]),
            Header = HeaderBytes + head[26],
        };
        var body = 0;
        foreach (var segment in (await content.TakeAsync(offset + HeaderBytes, page.Header - HeaderBytes)).Span)
            body += segment;
        return page with { Length = page.Header + body };
    }

    private static async ValueTask CheckAsync(Content content, long offset, Page page, FileKind kind)
    {
        var bytes = new byte[page.Length];
        await content.ReadAsync(offset, bytes);
        bytes.AsSpan(22, 4).Clear();
        var crc = 0u;
        foreach (var octet in bytes)
            crc = crc << 8 ^ CrcTable[crc >> 24 ^ octet];
        if (crc != page.Crc) throw Malformed.Damaged(kind);
    }

    private static uint[] MakeCrcTable()
    {
        var table = new uint[256];
        for (var i = 0u; i < 256; i++)
        {
            var crc = i << 24;
            for (var bit = 0; bit < 8; bit++)
                crc = (crc & 0x8000_0000) != 0 ? crc << 1 ^ 0x04c1_1db7 : crc << 1;
            table[i] = crc;
        }
        return table;
    }

    private readonly record struct Page(byte Flags, long Granule, uint Serial, uint Sequence, uint Crc, int Header, int Length)
    {
        public bool IsFirst => (Flags & First) != 0;
        public bool IsLast => (Flags & Last) != 0;
    }

    private sealed class Track
    {
        public required uint Serial { get; init; }
        public required long Rate { get; init; }
        public required int PreSkip { get; init; }
        public uint Sequence { get; set; }
        public long Granule { get; set; }
        public bool Ended { get; set; }

        public double Seconds => Math.Max(0, Granule - PreSkip) / (double)Rate;

        public static Track Begin(uint serial, ReadOnlyMemory<byte> packet, FileKind kind)
        {
            var head = packet.Span;
            if (head.StartsWith("\x01vorbis"u8) && head.Length == 30 && BinaryPrimitives.ReadUInt32LittleEndian(head[12..]) is > 0 and var rate)
                return new Track { Serial = serial, Rate = rate, PreSkip = 0 };
            if (head.StartsWith("OpusHead"u8) && head.Length >= 19)
                return new Track { Serial = serial, Rate = 48_000, PreSkip = BinaryPrimitives.ReadUInt16LittleEndian(head[10..]) };
            throw Malformed.Damaged(kind);
        }
    }
}
