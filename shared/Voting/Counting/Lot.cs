using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Podium.Voting.Counting;

/// <summary>A lot that anybody can draw again: each option's ticket is SHA-256 of the seed and the option's number, and the smallest comes first.</summary>
public static class Lot
{
    public static IReadOnlyList<int> Draw(ReadOnlySpan<byte> seed, int options)
    {
        var text = new byte[seed.Length + sizeof(int)];
        seed.CopyTo(text);
        var tickets = new string[options];
        for (var option = 0; option < options; option++)
        {
            BinaryPrimitives.WriteInt32BigEndian(text.AsSpan(seed.Length), option);
            tickets[option] = Convert.ToHexStringLower(SHA256.HashData(text));
        }
        return [.. Enumerable.Range(0, options).OrderBy(option => tickets[option], StringComparer.Ordinal)];
    }
}
