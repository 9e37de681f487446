using System.Buffers.Binary;

namespace Podium.Platform.Files;

// The checksum of PNG and ZIP, eight bytes at a time; the platform has it in a package of its own only.
internal static class Crc32
{
    private const uint Polynomial = 0xedb88320;
    private static readonly uint[] Tables = MakeTables();

    public static uint Of(ReadOnlySpan<byte> bytes) => Append(0, bytes);

    public static uint Append(uint crc, ReadOnlySpan<byte> bytes)
    {
        crc = ~crc;
        var t = Tables;
        for (; bytes.Length >= 8; bytes = bytes[8..])
        {
            var low = BinaryPrimitives.ReadUInt32LittleEndian(bytes) ^ crc;
            var high = BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]);
            crc = t[7 * 256 + (low & 0xff)] ^ t[6 * 256 + (low >> 8 & 0xff)] ^ t[5 * 256 + (low >> 16 & 0xff)] ^ t[4 * 256 + (low >> 24)]
                ^ t[3 * 256 + (high & 0xff)] ^ t[2 * 256 + (high >> 8 & 0xff)] ^ t[256 + (high >> 16 & 0xff)] ^ t[high >> 24];
        }
        foreach (var octet in bytes)
            crc = crc >> 8 ^ t[(crc ^ octet) & 0xff];
        return ~crc;
    }

    private static uint[] MakeTables()
    {
        var tables = new uint[8 * 256];
        for (var i = 0u; i < 256; i++)
        {
            var crc = i;
            for (var bit = 0; bit < 8; bit++)
                crc = (crc & 1) != 0 ? crc >> 1 ^ Polynomial : crc >> 1;
            tables[i] = crc;
        }
        for (var i = 256; i < tables.Length; i++)
            tables[i] = tables[i - 256] >> 8 ^ tables[tables[i - 256] & 0xff];
        return tables;
    }
}
