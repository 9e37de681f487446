using System.Buffers.Binary;

namespace Podium.Platform.Files;

// Counts the frames: what a Xing or VBRI header says is the sender's word, and is used only to notice that frames are missing.
internal static class Mp3Inspector
{
    private const int FramesToBelieve = 3;
    internal const int LongestFrame = 2881;

    // junk between frames that players step over: a fiftieth of the file, or this much of a short one
    internal const int ForgivenJunk = 1 << 16;

    public static async ValueTask<bool> BeginsAsync(Content content) =>
        Mp3Frame.Parse((await content.PeekAsync(0, Mp3Frame.HeaderBytes)).Span) is { } first && await FollowsAsync(content, 0, content.Length, first);

    public static async Task InspectAsync(Content content, Findings findings)
    {
        var end = await AudioEndAsync(content);
        var (offset, first) = await SyncAsync(content, await SkipTagsAsync(content, 0), end, like: null, ForgivenJunk) ?? throw Malformed.Damaged(FileKind.Mp3);
        var announced = Announced(first, await content.PeekAsync(offset, LongestFrame));
        if (announced is not null) offset += first.Length;

        var frames = 0L;
        var forgiven = Math.Max(ForgivenJunk, content.Length / 50);
        while (offset < end)
        {
            var frame = Mp3Frame.Parse((await content.PeekAsync(offset, Mp3Frame.HeaderBytes)).Span);
            if (frame is { } whole && whole.IsLike(first))
            {
                frames++;
                offset += whole.Length;
                continue;
            }
            var after = await SkipTagsAsync(content, offset);
            if (await SyncAsync(content, after, end, first, forgiven) is not { } next)
            {
                if (end - after > forgiven) throw Malformed.Damaged(FileKind.Mp3);
                break;
            }
            forgiven -= next.Offset - after;
            offset = next.Offset;
        }

        if (frames == 0) throw Malformed.Damaged(FileKind.Mp3);
        findings.Lasts(frames * (double)first.Samples / first.SampleRate);
        if (announced > frames + Math.Max(2, frames / 50)) throw Malformed.Truncated();
    }

    // the number of frames that the first frame, if it is no sound but a header, says will follow
    internal static uint? Announced(Mp3Frame first, ReadOnlyMemory<byte> memory)
    {
        var bytes = memory.Span[..Math.Min(memory.Length, first.Length)];
        var xing = Mp3Frame.HeaderBytes + first.SideInformation;
        if (bytes.Length >= xing + 12 && (bytes[xing..].StartsWith("Xing"u8) || bytes[xing..].StartsWith("Info"u8)))
            return (bytes[xing + 7] & 1) != 0 ? BinaryPrimitives.ReadUInt32BigEndian(bytes[(xing + 8)..]) : 0;
        const int vbri = Mp3Frame.HeaderBytes + 32;
        if (bytes.Length >= vbri + 18 && bytes[vbri..].StartsWith("VBRI"u8))
            return BinaryPrimitives.ReadUInt32BigEndian(bytes[(vbri + 14)..]);
        return null;
    }

    internal static async ValueTask<long> SkipTagsAsync(Content content, long offset)
    {
        while (true)
        {
            var head = (await content.PeekAsync(offset, 10)).Span;
            if (head.Length < 10 || !head.StartsWith("ID3"u8)) return offset;
            var size = (head[6] & 0x7f) << 21 | (head[7] & 0x7f) << 14 | (head[8] & 0x7f) << 7 | head[9] & 0x7f;
            offset += 10 + size + ((head[5] & 0x10) != 0 ? 10 : 0);
            if (offset > content.Length) throw Malformed.Truncated();
        }
    }

    // before the tags that older programs append
    internal static async ValueTask<long> AudioEndAsync(Content content)
    {
        var end = content.Length;
        if (end >= 128 && (await content.PeekAsync(end - 128, 3)).Span.SequenceEqual("TAG"u8)) end -= 128;
        if (end < 32) return end;
        var footer = (await content.PeekAsync(end - 32, 32)).Span;
        if (!footer.StartsWith("APETAGEX"u8)) return end;
        var size = BinaryPrimitives.ReadUInt32LittleEndian(footer[12..]) + ((footer[23] & 0x80) != 0 ? 32L : 0);
        return Math.Max(0, end - size);
    }

    internal static async ValueTask<(long Offset, Mp3Frame Frame)?> SyncAsync(Content content, long from, long end, Mp3Frame? like, long within)
    {
        var last = Math.Min(end, from + within + 1);
        for (var offset = from; offset < last; offset++)
        {
            var part = await content.NextAsync(offset);
            var at = part.Span.IndexOf((byte)0xff);
            if (at < 0)
            {
                offset += part.Length - 1;
                continue;
            }
            offset += at;
            if (offset < last && Mp3Frame.Parse((await content.PeekAsync(offset, Mp3Frame.HeaderBytes)).Span) is { } frame
                && (like is null || frame.IsLike(like.Value)) && await FollowsAsync(content, offset, end, frame))
                return (offset, frame);
        }
        return null;
    }

    private static async ValueTask<bool> FollowsAsync(Content content, long offset, long end, Mp3Frame frame)
    {
        var current = frame;
        for (var i = 1; i < FramesToBelieve; i++)
        {
            offset += current.Length;
            if (offset == end) return i > 1;
            if (Mp3Frame.Parse((await content.PeekAsync(offset, Mp3Frame.HeaderBytes)).Span) is not { } next || !next.IsLike(frame)) return false;
            current = next;
        }
        return true;
    }
}

// The header of an MPEG audio frame of layer III. The values that make a random 0xff unlikely to be one are refused.
internal readonly record struct Mp3Frame(int Version, int SampleRate, int Length, bool Mono)
{
    public const int HeaderBytes = 4;

    private static readonly int[] BitRates1 = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320];
    private static readonly int[] BitRates2 = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160];
    private static readonly int[] SampleRates = [44100, 48000, 32000];

    public int Samples => Version == 1 ? 1152 : 576;

    public int SideInformation => (Version, Mono) switch
    {
        (1, false) => 32,
        (1, true) or (_, false) => 17,
        _ => 9,
    };

    public bool IsLike(Mp3Frame other) => Version == other.Version && SampleRate == other.SampleRate;

    public static Mp3Frame? Parse(ReadOnlySpan<byte> header)
    {
        if (header.Length < HeaderBytes || header[0] != 0xff || (header[1] & 0xe6) != 0xe2) return null;
        var (version, rate, emphasis) = (header[1] >> 3 & 3, header[2] >> 2 & 3, header[3] & 3);
        var (bits, padding) = (header[2] >> 4, header[2] >> 1 & 1);
        if (version == 1 || rate == 3 || bits is 0 or 15 || emphasis == 2) return null;

        var sampleRate = SampleRates[rate] >> (version switch { 3 => 0, 2 => 1, _ => 2 });
        var length = version == 3 ? 144_000 * BitRates1[bits] / sampleRate : 72_000 * BitRates2[bits] / sampleRate;
        return new Mp3Frame(version == 3 ? 1 : 2, sampleRate, length + padding, (header[3] >> 6) == 3);
    }
}
