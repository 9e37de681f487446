using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Numerics;
using System.Text;

namespace Podium.Platform.Http;

/// <summary>
/// Reads a file in MaxMind's DB format (version 2), as GeoLite2 and many others come: a binary tree over the bits of addresses, whose leaves point at data.
/// What a damaged file holds is refused, never trusted.
/// </summary>
public sealed class GeoFile
{
    private const int SeparatorBytes = 16;
    private const int MostDepth = 32;
    private const int MetadataWithin = 128 * 1024;

    private readonly byte[] _bytes;
    private readonly long _nodes;
    private readonly int _recordBits;
    private readonly int _dataStart;
    private readonly int _dataEnd;
    private readonly bool _isIpv6;
    private readonly long _ipv4Start;

    public GeoFile(byte[] bytes)
    {
        _bytes = bytes;
        var from = Math.Max(0, bytes.Length - MetadataWithin);
        var at = bytes.AsSpan(from).LastIndexOf(Marker);
        if (at < 0) throw new InvalidDataException("It is no file in MaxMind's DB format.");
        var metadataStart = from + at + Marker.Length;
        var metadata = new Reader(bytes, metadataStart, bytes.Length).Value(metadataStart) as Dictionary<string, object?> ?? throw Damaged();
        _nodes = Number(metadata, "node_count");
        _recordBits = (int)Number(metadata, "record_size");
        _isIpv6 = Number(metadata, "ip_version") == 6;
        var treeBytes = _nodes * _recordBits / 4;
        if (_recordBits is not (24 or 28 or 32) || _nodes < 1 || treeBytes + SeparatorBytes > metadataStart - Marker.Length) throw Damaged();
        _dataStart = (int)treeBytes + SeparatorBytes;
        _dataEnd = metadataStart - Marker.Length;
        BuiltAt = DateTimeOffset.FromUnixTimeSeconds(Math.Clamp(Number(metadata, "build_epoch", 0), 0, 253402300799));
        if (_isIpv6) for (var bit = 0; bit < 96 && _ipv4Start < _nodes; bit++) _ipv4Start = Record(_ipv4Start, 0);
    }

    private static ReadOnlySpan<byte> Marker => [0xab, 0xcd, 0xef, (byte)'M', (byte)'a', (byte)'x', (byte)'M', (byte)'i', (byte)'n', (byte)'d', (byte)'.', (byte)'c', (byte)'o', (byte)'m'];

    public DateTimeOffset BuiltAt { get; }

    /// <summary>What the file holds of an address: maps, lists, texts and numbers; null where it knows nothing.</summary>
    public object? Find(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        var isIpv4 = address.AddressFamily == AddressFamily.InterNetwork;
        if (!isIpv4 && !_isIpv6) return null;
        var bits = address.GetAddressBytes();
        var node = isIpv4 ? _ipv4Start : 0;
        for (var bit = 0; bit < bits.Length * 8 && node < _nodes; bit++) node = Record(node, (bits[bit / 8] >> (7 - (bit % 8))) & 1);
        if (node <= _nodes) return null; // exactly as many as there are nodes: nothing is known
        return new Reader(_bytes, _dataStart, _dataEnd).Value(_dataStart + node - _nodes - SeparatorBytes);
    }

    private long Record(long node, int side)
    {
        var at = _bytes.AsSpan((int)(node * _recordBits / 4), _recordBits / 4);
        return _recordBits switch
        {
            24 => (at[side * 3] << 16) | (at[(side * 3) + 1] << 8) | at[(side * 3) + 2],
            // the byte in the middle holds the high bits of both
            28 => side == 0 ? ((at[3] & 0xf0L) << 20) | (uint)((at[0] << 16) | (at[1] << 8) | at[2]) : ((at[3] & 0x0fL) << 24) | (uint)((at[4] << 16) | (at[5] << 8) | at[6]),
            _ => BinaryPrimitives.ReadUInt32BigEndian(at[(side * 4)..]),
        };
    }

    private static long Number(Dictionary<string, object?> metadata, string name, long? otherwise = null) => metadata.GetValueOrDefault(name) switch
    {
        ulong number when number <= long.MaxValue => (long)number,
        null when otherwise is { } absent => absent,
        _ => throw Damaged(),
    };

    private static InvalidDataException Damaged() => new("The file in MaxMind's DB format is damaged.");

    private sealed class Reader(byte[] bytes, int start, int end)
    {
        // pointers may lead anywhere: a small file must not unfold into a huge answer
        private int _left = 20_000;

        public object? Value(long from)
        {
            var at = from;
            return Value(ref at, 0);
        }

        private object? Value(ref long at, int depth)
        {
            if (depth > MostDepth || --_left < 0) throw Damaged();
            var control = Take(ref at, 1)[0];
            var type = control >> 5;
            if (type == 1)
            {
                var target = Pointer(ref at, control);
                return Value(ref target, depth + 1);
            }
            if (type == 0) type = 7 + Take(ref at, 1)[0];
            var size = Size(ref at, control & 0x1f);
            switch (type)
            {
                case 2: return Text(Take(ref at, size));
                case 3: return size == 8 ? BinaryPrimitives.ReadDoubleBigEndian(Take(ref at, 8)) : throw Damaged();
                case 4: return Take(ref at, size).ToArray();
                case 5 or 6 or 9: return size <= 8 ? Unsigned(Take(ref at, size)) : throw Damaged();
                case 7: return Map(ref at, size, depth);
                case 8: return size <= 4 ? (object)(int)Unsigned(Take(ref at, size)) : throw Damaged();
                case 10: return size <= 16 ? new BigInteger(Take(ref at, size), isUnsigned: true, isBigEndian: true) : throw Damaged();
                case 11: return List(ref at, size, depth);
                case 14: return size != 0;
                case 15: return size == 4 ? BinaryPrimitives.ReadSingleBigEndian(Take(ref at, 4)) : throw Damaged();
                default: throw Damaged();
            }
        }

        private Dictionary<string, object?> Map(ref long at, int size, int depth)
        {
            if (size > end - at) throw Damaged();
            var map = new Dictionary<string, object?>(size, StringComparer.Ordinal);
            for (var i = 0; i < size; i++)
            {
                if (Value(ref at, depth + 1) is not string key) throw Damaged();
                map[key] = Value(ref at, depth + 1);
            }
            return map;
        }

        private List<object?> List(ref long at, int size, int depth)
        {
            if (size > end - at) throw Damaged();
            var list = new List<object?>(size);
            for (var i = 0; i < size; i++) list.Add(Value(ref at, depth + 1));
            return list;
        }

        private long Pointer(ref long at, byte control)
        {
            var bytesMore = ((control >> 3) & 3) + 1;
            var value = (long)Unsigned(Take(ref at, bytesMore));
            var high = (long)(control & 7);
            return start + bytesMore switch
            {
                1 => (high << 8) + value,
                2 => (high << 16) + value + 2048,
                3 => (high << 24) + value + 526336,
                _ => value,
            };
        }

        private int Size(ref long at, int stated) => stated switch
        {
            < 29 => stated,
            29 => 29 + (int)Unsigned(Take(ref at, 1)),
            30 => 285 + (int)Unsigned(Take(ref at, 2)),
            _ => 65821 + (int)Unsigned(Take(ref at, 3)),
        };

        private ReadOnlySpan<byte> Take(ref long at, int count)
        {
            if (at < start || count > end - at) throw Damaged();
            var taken = bytes.AsSpan((int)at, count);
            at += count;
            return taken;
        }

        private static ulong Unsigned(ReadOnlySpan<byte> text)
        {
            ulong value = 0;
            foreach (var one in text) value = (value << 8) | one;
            return value;
        }

        private static string Text(ReadOnlySpan<byte> text) => Encoding.UTF8.GetString(text);
    }
}
