using System.Buffers.Binary;
using System.Text;

namespace Podium.Tests.Platform.Files;

// Small words for writing binary formats down.
internal static class Bytes
{
    public static byte[] Join(params byte[][] parts) => [.. parts.SelectMany(part => part)];

    public static byte[] Latin(string text) => Encoding.Latin1.GetBytes(text);

    public static byte[] Little16(int value) => [(byte)value, (byte)(value >> 8)];

    public static byte[] Little32(long value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, (uint)value);
        return bytes;
    }

    public static byte[] Little64(long value)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        return bytes;
    }

    public static byte[] Big16(int value) => [(byte)(value >> 8), (byte)value];

    public static byte[] Big32(long value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, (uint)value);
        return bytes;
    }

    public static byte[] Big64(long value)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(bytes, value);
        return bytes;
    }

    // bit by bit, to be sure of the tables it checks
    public static uint Crc32(params byte[][] parts)
    {
        var crc = uint.MaxValue;
        foreach (var octet in parts.SelectMany(part => part))
        {
            crc ^= octet;
            for (var bit = 0; bit < 8; bit++) crc = (crc & 1) != 0 ? crc >> 1 ^ 0xedb88320 : crc >> 1;
        }
        return ~crc;
    }

    public static uint OggCrc(byte[] bytes)
    {
        var crc = 0u;
        foreach (var octet in bytes)
        {
            crc ^= (uint)octet << 24;
            for (var bit = 0; bit < 8; bit++) crc = (crc & 0x80000000) != 0 ? crc << 1 ^ 0x04c11db7 : crc << 1;
        }
        return crc;
    }

    public static byte Crc8(byte[] bytes)
    {
        byte crc = 0;
        foreach (var octet in bytes)
        {
            crc ^= octet;
            for (var bit = 0; bit < 8; bit++) crc = (byte)((crc & 0x80) != 0 ? crc << 1 ^ 0x07 : crc << 1);
        }
        return crc;
    }

    /// <summary>A copy with some bytes replaced.</summary>
    public static byte[] With(this byte[] bytes, int at, params byte[] replacement)
    {
        var copy = (byte[])bytes.Clone();
        replacement.CopyTo(copy, at);
        return copy;
    }

    public static int Find(this byte[] bytes, string text) => bytes.AsSpan().IndexOf(Latin(text));
}
