using System.Buffers.Binary;
using Podium.Platform.Files;

namespace Podium.Platform.Audio;

/// <summary>Plain sound in RIFF, RF64 or BW64: whole numbers of 8, 16, 24 and 32 bits, and real numbers of 32 and 64.</summary>
internal sealed class WavReader : SoundReader
{
    private const int Whole = 1, Real = 3, Extensible = 0xfffe;
    private const int MostChunks = 10_000;
    private const uint Unknown = uint.MaxValue;
    private const int Portion = 4096;

    private readonly Content _content;
    private readonly Format _format;
    private readonly float[] _samples = new float[Portion];
    private readonly long _end;
    private long _offset;

    private readonly record struct Format(int Tag, int Channels, int Rate, int Bytes)
    {
        public int Frame => Channels * Bytes;
    }

    private WavReader(Content content, Format format, long start, long end)
        : base(format.Rate) => (_content, _format, _offset, _end) = (content, format, start, end);

    public static async ValueTask<WavReader> OpenAsync(Content content)
    {
        Format? format = null;
        var offset = 12L;
        for (var chunk = 0; chunk < MostChunks; chunk++)
        {
            var head = (await content.PeekAsync(offset, 8)).Span;
            if (head.Length < 8) break;
            long length = BinaryPrimitives.ReadUInt32LittleEndian(head[4..]);
            var (isFormat, isData) = (head.StartsWith("fmt "u8), head.StartsWith("data"u8));
            offset += 8;
            if (isFormat) format = Parse((await content.PeekAsync(offset, (int)Math.Min(length, 40))).Span);
            if (isData && format is { } known)
            {
                // large files say elsewhere how long they are, and so do such as were written into a pipe: nothing follows there that would be heard
                var end = length is 0 or Unknown ? content.Length : Math.Min(content.Length, offset + length);
                return new WavReader(content, known, offset, end);
            }
            offset += length + (length & 1);
        }
        throw Undecodable.Damaged();
    }

    public override async ValueTask<ReadOnlyMemory<float>> NextAsync()
    {
        var frames = (int)Math.Min(Portion, (_end - _offset) / _format.Frame);
        if (frames <= 0) return default;
        var bytes = await _content.PeekAsync(_offset, frames * _format.Frame);
        _offset += frames * _format.Frame;
        var read = bytes.Length / _format.Frame;
        Mix(bytes.Span, read);
        return _samples.AsMemory(0, read);
    }

    private void Mix(ReadOnlySpan<byte> bytes, int frames)
    {
        var (at, scale) = (0, 1f / _format.Channels);
        for (var frame = 0; frame < frames; frame++)
        {
            var sum = 0f;
            for (var channel = 0; channel < _format.Channels; channel++, at += _format.Bytes) sum += Sample(bytes[at..]);
            // a real number may be none
            _samples[frame] = float.IsFinite(sum) ? Math.Clamp(sum * scale, -1f, 1f) : 0;
        }
    }

    private float Sample(ReadOnlySpan<byte> bytes) => (_format.Tag, _format.Bytes) switch
    {
        (Whole, 1) => (bytes[0] - 128) / 128f,
        (Whole, 2) => BinaryPrimitives.ReadInt16LittleEndian(bytes) / 32768f,
        (Whole, 3) => (bytes[0] << 8 | bytes[1] << 16 | bytes[2] << 24) / 2147483648f,
        (Whole, _) => BinaryPrimitives.ReadInt32LittleEndian(bytes) / 2147483648f,
        (_, 4) => BinaryPrimitives.ReadSingleLittleEndian(bytes),
        _ => (float)BinaryPrimitives.ReadDoubleLittleEndian(bytes),
    };

    private static Format Parse(ReadOnlySpan<byte> chunk)
    {
        if (chunk.Length < 16) throw Undecodable.Damaged();
        var tag = (int)BinaryPrimitives.ReadUInt16LittleEndian(chunk);
        // the first two bytes of its GUID are the tag that it would have had
        if (tag == Extensible) tag = chunk.Length >= 26 ? BinaryPrimitives.ReadUInt16LittleEndian(chunk[24..]) : throw Undecodable.Damaged();
        var channels = BinaryPrimitives.ReadUInt16LittleEndian(chunk[2..]);
        var rate = BinaryPrimitives.ReadUInt32LittleEndian(chunk[4..]);
        var align = BinaryPrimitives.ReadUInt16LittleEndian(chunk[12..]);
        if (channels is 0 or > MostChannels || rate > int.MaxValue || align % channels != 0) throw Undecodable.Format();
        var format = new Format(tag, channels, (int)rate, align / channels);
        return format is { Tag: Whole, Bytes: >= 1 and <= 4 } or { Tag: Real, Bytes: 4 or 8 } ? format : throw Undecodable.Format();
    }
}
