using System.Buffers.Binary;
using System.Net;
using System.Text;

namespace Podium.Tests.Platform;

/// <summary>Writes small files in MaxMind's DB format, as https://maxmind.github.io/MaxMind-DB/ describes it.</summary>
internal static class GeoFileWriter
{
    public static byte[] Write(int recordBits, params (string Network, object Value)[] networks)
    {
        // a node's two sides: another node, a value, or nothing
        var nodes = new List<object?[]> { new object?[2] };
        var data = new List<byte>();
        var places = new Dictionary<object, int>();
        foreach (var (network, value) in networks)
        {
            if (!places.ContainsKey(value))
            {
                places[value] = data.Count;
                Append(data, value);
            }
            var parts = network.Split('/');
            var address = IPAddress.Parse(parts[0]);
            var isIpv4 = address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork;
            byte[] bits = isIpv4 ? [.. new byte[12], .. address.GetAddressBytes()] : address.GetAddressBytes();
            var length = int.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture) + (isIpv4 ? 96 : 0);
            var node = 0;
            for (var bit = 0; bit < length; bit++)
            {
                var side = (bits[bit / 8] >> (7 - (bit % 8))) & 1;
                if (bit == length - 1)
                {
                    nodes[node][side] = value;
                    break;
                }
                if (nodes[node][side] is not int next)
                {
                    nodes[node][side] = next = nodes.Count;
                    nodes.Add(new object?[2]);
                }
                node = next;
            }
        }
        var file = new List<byte>();
        foreach (var node in nodes)
        {
            uint Record(object? side) => side switch { null => (uint)nodes.Count, int next => (uint)next, _ => (uint)(nodes.Count + 16 + places[side]) };
            Append(file, recordBits, Record(node[0]), Record(node[1]));
        }
        file.AddRange(new byte[16]);
        file.AddRange(data);
        file.AddRange([0xab, 0xcd, 0xef, .. "MaxMind.com"u8]);
        Append(file, new Dictionary<string, object>
        {
            ["node_count"] = (uint)nodes.Count,
            ["record_size"] = (uint)recordBits,
            ["ip_version"] = 6u,
            ["build_epoch"] = 1_700_000_000u,
            ["database_type"] = "Test",
            ["languages"] = new List<object> { "en" },
            ["binary_format_major_version"] = 2u,
            ["binary_format_minor_version"] = 0u,
        });
        return [.. file];
    }

    /// <summary>A city's record.</summary>
    public static Dictionary<string, object> City(string country, string? region = null, string? city = null, (double Latitude, double Longitude)? at = null)
    {
        var record = new Dictionary<string, object> { ["country"] = new Dictionary<string, object> { ["iso_code"] = country, ["names"] = new Dictionary<string, object> { ["en"] = "A country" } } };
        if (region is not null) record["subdivisions"] = new List<object> { new Dictionary<string, object> { ["names"] = new Dictionary<string, object> { ["en"] = region } } };
        if (city is not null) record["city"] = new Dictionary<string, object> { ["names"] = new Dictionary<string, object> { ["en"] = city } };
        if (at is { } place) record["location"] = new Dictionary<string, object> { ["latitude"] = place.Latitude, ["longitude"] = place.Longitude };
        return record;
    }

    private static void Append(List<byte> file, int recordBits, uint left, uint right)
    {
        var (l, r) = (new byte[4], new byte[4]);
        BinaryPrimitives.WriteUInt32BigEndian(l, left);
        BinaryPrimitives.WriteUInt32BigEndian(r, right);
        if (recordBits == 24) file.AddRange([.. l[1..], .. r[1..]]);
        else if (recordBits == 28) file.AddRange([.. l[1..], (byte)((l[0] << 4) | r[0]), .. r[1..]]);
        else file.AddRange([.. l, .. r]);
    }

    private static void Append(List<byte> data, object value)
    {
        switch (value)
        {
            case string text:
                Control(data, 2, Encoding.UTF8.GetByteCount(text));
                data.AddRange(Encoding.UTF8.GetBytes(text));
                break;
            case uint number:
                Control(data, 6, 4);
                var bytes = new byte[4];
                BinaryPrimitives.WriteUInt32BigEndian(bytes, number);
                data.AddRange(bytes);
                break;
            case double real:
                Control(data, 3, 8);
                var eight = new byte[8];
                BinaryPrimitives.WriteDoubleBigEndian(eight, real);
                data.AddRange(eight);
                break;
            case List<object> list:
                Control(data, 11, list.Count);
                foreach (var item in list) Append(data, item);
                break;
            case Dictionary<string, object> map:
                Control(data, 7, map.Count);
                foreach (var (key, item) in map)
                {
                    Append(data, key);
                    Append(data, item);
                }
                break;
            default:
                throw new NotSupportedException($"{value.GetType()}");
        }
    }

    private static void Control(List<byte> data, int type, int size)
    {
        var stated = size < 29 ? size : 29;
        if (type <= 7) data.Add((byte)((type << 5) | stated));
        else data.AddRange([(byte)stated, (byte)(type - 7)]);
        if (stated == 29) data.Add((byte)(size - 29));
    }
}
