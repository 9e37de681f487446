using Podium.Platform.Files;

namespace Podium.Platform.Audio;

/// <summary>FLAC (RFC 9639), all of it that can stand in one stream of sound.</summary>
internal sealed class FlacReader : SoundReader
{
    private const int LeftAndSide = 8, SideAndRight = 9, MidAndSide = 10;

    // most frames are smaller; one that is not is tried again with more of the file
    private const int FirstBytes = 1 << 15;

    private readonly Content _content;
    private readonly FlacInspector.Information _information;
    private readonly long[][] _channels;
    private readonly FlacSubframe _subframe = new();
    private float[] _samples = [];
    private long _offset;

    private FlacReader(Content content, FlacInspector.Information information, long offset)
        : base(information.SampleRate)
    {
        (_content, _information, _offset) = (content, information, offset);
        _channels = [.. Enumerable.Range(0, MostChannels).Select(_ => Array.Empty<long>())];
    }

    public static async ValueTask<FlacReader> OpenAsync(Content content)
    {
        var information = FlacInspector.Information.Parse((await content.TakeAsync(4, 38)).Span);
        var offset = 4L;
        for (var last = false; !last && offset < content.Length;)
        {
            var head = (await content.TakeAsync(offset, 4)).Span;
            last = (head[0] & 0x80) != 0;
            offset += 4 + (head[1] << 16 | head[2] << 8 | head[3]);
        }
        return new FlacReader(content, information, offset);
    }

    public override async ValueTask<ReadOnlyMemory<float>> NextAsync()
    {
        if (_offset >= _content.Length) return default;
        var head = await _content.PeekAsync(_offset, FlacFrame.LongestHeader);
        if (FlacFrame.Parse(head.Span, _information) is not { } frame)
        {
            // tags that older programs append are no damage
            return head.Span.StartsWith("TAG"u8) || head.Span.StartsWith("APETAGEX"u8) ? default : throw Undecodable.Damaged();
        }
        var shape = Shape.Of(head.Span, frame, _information);
        for (var bytes = Math.Min(FirstBytes, shape.MostBytes); ; bytes = Math.Min(bytes * 2, shape.MostBytes))
        {
            var length = Decode((await _content.PeekAsync(_offset, bytes)).Span, frame, shape);
            if (length < 0 && bytes < shape.MostBytes && bytes < _content.Length - _offset) continue;
            _offset += length > 0 ? length : throw Undecodable.Damaged();
            return Mixed(frame.Samples, shape);
        }
    }

    // how many bytes the frame has, or -1 where these are too few
    private int Decode(ReadOnlySpan<byte> bytes, FlacFrame frame, Shape shape)
    {
        var bits = new Bits(bytes, frame.HeaderBytes * 8);
        for (var channel = 0; channel < shape.Channels; channel++)
        {
            if (_channels[channel].Length < frame.Samples) _channels[channel] = new long[frame.Samples];
            // the difference of two channels needs a bit more than they do
            var isSide = (shape.Assignment, channel) is (LeftAndSide or MidAndSide, 1) or (SideAndRight, 0);
            if (!_subframe.Decode(ref bits, _channels[channel].AsSpan(0, frame.Samples), shape.Bits + (isSide ? 1 : 0))) return -1;
        }
        var end = (bits.Position + 7) / 8;
        if (end + 2 > bytes.Length) return -1;
        if (Crc16(bytes[..end]) != (bytes[end] << 8 | bytes[end + 1])) throw Undecodable.Damaged();
        return end + 2;
    }

    private ReadOnlyMemory<float> Mixed(int samples, Shape shape)
    {
        if (_samples.Length < samples) _samples = new float[samples];
        var scale = 1.0 / ((double)(1L << (shape.Bits - 1)) * shape.Channels);
        var (first, second) = (_channels[0], _channels[1]);
        for (var i = 0; i < samples; i++)
        {
            var sum = shape.Assignment switch
            {
                // left and right together, in terms of what was sent
                LeftAndSide => 2 * first[i] - second[i],
                SideAndRight => first[i] + 2 * second[i],
                MidAndSide => 2 * first[i] + (second[i] & 1),
                _ => Sum(i, shape.Channels),
            };
            _samples[i] = (float)Math.Clamp(sum * scale, -1, 1);
        }
        return _samples.AsMemory(0, samples);
    }

    private long Sum(int at, int channels)
    {
        var sum = 0L;
        for (var channel = 0; channel < channels; channel++) sum += _channels[channel][at];
        return sum;
    }

    private static int Crc16(ReadOnlySpan<byte> bytes)
    {
        var crc = 0;
        foreach (var octet in bytes) crc = (crc << 8 & 0xffff) ^ CrcTable[crc >> 8 ^ octet];
        return crc;
    }

    private static readonly ushort[] CrcTable = MakeCrcTable();

    private static ushort[] MakeCrcTable()
    {
        var table = new ushort[256];
        for (var i = 0; i < 256; i++)
        {
            var crc = i << 8;
            for (var bit = 0; bit < 8; bit++) crc = (crc & 0x8000) != 0 ? crc << 1 ^ 0x18005 : crc << 1;
            table[i] = (ushort)crc;
        }
        return table;
    }

    private readonly record struct Shape(int Assignment, int Channels, int Bits, int MostBytes)
    {
        private static readonly int[] Depths = [0, 8, 12, 0, 16, 20, 24, 32];

        public static Shape Of(ReadOnlySpan<byte> header, FlacFrame frame, FlacInspector.Information information)
        {
            var assignment = header[3] >> 4;
            var code = header[3] >> 1 & 7;
            var (channels, bits) = (assignment < LeftAndSide ? assignment + 1 : 2, code == 0 ? information.Bits : Depths[code]);
            if (bits < 4) throw Undecodable.Damaged();
            // what does not get smaller is sent as it is, so that no writer makes more than this
            return new Shape(assignment, channels, bits, frame.HeaderBytes + (int)((long)channels * frame.Samples * (bits + 1) / 8) + 1024 * channels);
        }
    }
}
