using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Podium.Learning.Experiments;

/// <summary>Which of two versions.</summary>
public enum Arm
{
    First,
    Second,
}

/// <summary>Draws the version that a learner gets: by a hash, so that it needs no memory to be the same again, and another split's draw says nothing about this one's.</summary>
public static class Draw
{
    public const int SaltBytes = 16;

    /// <summary>So many percent of learners get the second version.</summary>
    public static Arm Of(ReadOnlySpan<byte> salt, Guid learner, int share)
    {
        Span<byte> input = stackalloc byte[SaltBytes + 16];
        salt.CopyTo(input);
        learner.TryWriteBytes(input[SaltBytes..], bigEndian: true, out _);
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(input, hash);
        // 2^64 is so much more than a hundred that what the division leaves over does not matter
        return BinaryPrimitives.ReadUInt64BigEndian(hash) % 10_000 < (ulong)share * 100 ? Arm.Second : Arm.First;
    }
}
