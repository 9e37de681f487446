using System.Buffers.Binary;
using System.Numerics;

namespace Podium.Platform.Audio;

// Bits of a stretch of bytes, the highest first. Behind the end there are zeros, and the position goes on: who reads asks once, at the end of a part, whether it went too far.
internal ref struct Bits(ReadOnlySpan<byte> bytes, int position = 0)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;

    public int Position { get; set; } = position;

    public readonly int End => _bytes.Length * 8;

    public readonly bool IsOverrun => Position > End;

    /// <summary>Up to 32 bits as a number.</summary>
    public uint Take(int count)
    {
        if (count == 0) return 0;
        var value = (uint)(Ahead() << (Position & 7) >> (64 - count));
        Position += count;
        return value;
    }

    public int One()
    {
        var at = Position++;
        return at < End ? _bytes[at >> 3] >> (7 - (at & 7)) & 1 : 0;
    }

    /// <summary>Up to 33 bits, the highest of which is the sign.</summary>
    public long Signed(int count)
    {
        if (count == 0) return 0;
        var value = (long)(Ahead() << (Position & 7)) >> (64 - count);
        Position += count;
        return value;
    }

    /// <summary>How many zeros there are before the next one, which is taken too.</summary>
    public int Zeros()
    {
        var zeros = 0;
        while (Position < End)
        {
            var more = BitOperations.LeadingZeroCount(Ahead() << (Position & 7));
            // the bits that were shifted in are no zeros of the file
            var known = 64 - (Position & 7);
            if (more < known)
            {
                Position += more + 1;
                return zeros + more;
            }
            zeros += known;
            Position += known;
        }
        Position = End + 1;
        return zeros;
    }

    private readonly ulong Ahead()
    {
        var at = Position >> 3;
        if (at + 8 <= _bytes.Length) return BinaryPrimitives.ReadUInt64BigEndian(_bytes[at..]);
        var value = 0UL;
        for (var i = 0; i < 8; i++) value = value << 8 | (at + i < _bytes.Length ? _bytes[at + i] : 0u);
        return value;
    }
}
