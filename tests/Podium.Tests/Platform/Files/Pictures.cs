using System.IO.Compression;
using static Podium.Tests.Platform.Files.Bytes;

namespace Podium.Tests.Platform.Files;

// The smallest pictures that are whole.
internal static class Pictures
{
    public static byte[] Png(int width = 3, int height = 2, byte[]? data = null) => Join(
        [0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10],
        Chunk("IHDR", Join(Big32(width), Big32(height), [8, 2, 0, 0, 0])),
        Chunk("tEXt", Latin("Title\0Test")),
        Chunk("IDAT", data ?? Zlib(new byte[(width * 3 + 1) * height])),
        Chunk("IEND", []));

    public static byte[] Chunk(string type, byte[] data) => Join(Big32(data.Length), Latin(type), data, Big32(Crc32(Latin(type), data)));

    public static byte[] Zlib(byte[] bytes)
    {
        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.Optimal, leaveOpen: true)) zlib.Write(bytes);
        return packed.ToArray();
    }

    public static byte[] Jpeg(int width = 16, int height = 8) => Join(
        [0xff, 0xd8],
        Segment(0xe0, Join(Latin("JFIF\0"), [1, 1, 0, 0, 1, 0, 1, 0, 0])),
        Segment(0xdb, new byte[65]),
        Segment(0xc0, Join([8], Big16(height), Big16(width), [1, 1, 0x11, 0])),
        Segment(0xc4, Join([0], new byte[16])),
        Segment(0xda, [1, 1, 0, 0, 63, 0]),
        [0x12, 0xff, 0, 0x34, 0xff, 0xd0, 0x56, 0x78],
        [0xff, 0xff, 0xd9]);

    public static byte[] Segment(byte marker, byte[] data) => Join([0xff, marker], Big16(data.Length + 2), data);

    public static byte[] Gif() => Join(
        Latin("GIF89a"), Little16(10), Little16(5), [0x80, 0, 0, 0, 0, 0, 255, 255, 255],
        [0x21, 0xfe, 3], Latin("abc"), [0],
        [0x2c], new byte[4], Little16(10), Little16(5), [0, 2, 2, 0x44, 1, 0, 0x3b]);

    public static byte[] WebP()
    {
        var picture = Join([0x2f], Little32(6 | 3 << 14), new byte[4]);
        var chunk = Join(Latin("VP8L"), Little32(picture.Length), picture, picture.Length % 2 == 1 ? [0] : []);
        return Join(Latin("RIFF"), Little32(4 + chunk.Length), Latin("WEBP"), chunk);
    }
}
