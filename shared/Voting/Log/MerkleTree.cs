using System.Numerics;
using System.Security.Cryptography;

namespace Podium.Voting.Log;

/// <summary>The Merkle tree of RFC 9162 (Certificate Transparency): its root stands for a list of records, and a short path proves that one is among them.</summary>
public static class MerkleTree
{
    public const int HashBytes = 32;

    public static byte[] LeafOf(ReadOnlySpan<byte> record)
    {
        var text = new byte[record.Length + 1];
        record.CopyTo(text.AsSpan(1));
        return SHA256.HashData(text);
    }

    public static byte[] NodeOf(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        Span<byte> text = stackalloc byte[1 + (2 * HashBytes)];
        text[0] = 1;
        left.CopyTo(text[1..]);
        right.CopyTo(text[(1 + HashBytes)..]);
        return SHA256.HashData(text);
    }

    public static byte[] RootOf(IReadOnlyList<byte[]> leaves)
    {
        var builder = new Builder();
        foreach (var leaf in leaves) builder.Add(leaf);
        return builder.Root();
    }

    /// <summary>The hashes beside the way from a leaf to the root, from the leaf on.</summary>
    public static IReadOnlyList<byte[]> PathOf(IReadOnlyList<byte[]> leaves, int index) => PathOf(leaves, 0, leaves.Count, index);

    /// <summary>Whether a path leads from a leaf, at its place among so many, to a root.</summary>
    public static bool Proves(byte[] leaf, long index, long count, IReadOnlyList<byte[]> path, byte[] root)
    {
        if (index < 0 || index >= count) return false;
        var (at, last, hash) = (index, count - 1, leaf);
        foreach (var beside in path)
        {
            if (last == 0) return false;
            if ((at & 1) == 1 || at == last)
            {
                hash = NodeOf(beside, hash);
                while ((at & 1) == 0 && at != 0) (at, last) = (at >> 1, last >> 1);
            }
            else
            {
                hash = NodeOf(hash, beside);
            }
            (at, last) = (at >> 1, last >> 1);
        }
        return last == 0 && hash.AsSpan().SequenceEqual(root);
    }

    private static List<byte[]> PathOf(IReadOnlyList<byte[]> leaves, int from, int count, int index)
    {
        if (count == 1) return [];
        var split = 1 << (BitOperations.Log2((uint)(count - 1)));
        var (path, beside) = index < split
            ? (PathOf(leaves, from, split, index), RootOf(leaves, from + split, count - split))
            : (PathOf(leaves, from + split, count - split, index - split), RootOf(leaves, from, split));
        path.Add(beside);
        return path;
    }

    private static byte[] RootOf(IReadOnlyList<byte[]> leaves, int from, int count)
    {
        var builder = new Builder();
        for (var i = from; i < from + count; i++) builder.Add(leaves[i]);
        return builder.Root();
    }

    /// <summary>Makes a root leaf by leaf, and keeps no more than one hash for each level.</summary>
    public sealed class Builder
    {
        private readonly Stack<(byte[] Hash, long Size)> _whole = new();

        public long Count { get; private set; }

        public void Add(byte[] leaf)
        {
            Count++;
            var (hash, size) = (leaf, 1L);
            while (_whole.TryPeek(out var left) && left.Size == size)
            {
                _whole.Pop();
                (hash, size) = (NodeOf(left.Hash, hash), size * 2);
            }
            _whole.Push((hash, size));
        }

        public byte[] Root()
        {
            if (_whole.Count == 0) return SHA256.HashData([]);
            byte[]? hash = null;
            foreach (var (left, _) in _whole) hash = hash is null ? left : NodeOf(left, hash);
            return hash!;
        }
    }
}
