using System.IO.Compression;
using static Podium.Tests.Platform.Files.Bytes;

namespace Podium.Tests.Platform.Files;

// A ZIP written field by field, so that each may be wrong.
internal sealed record ZipItem(string Name, byte[] Content)
{
    public bool Packed { get; init; } = true;
    public string? LocalName { get; init; }
    public bool Descriptor { get; init; }
    public bool LargeDescriptor { get; init; }
    public bool Large { get; init; }
    public int Flags { get; init; }
    public int? Method { get; init; }
    public long? Size { get; init; }
    public uint? Crc { get; init; }
    public int UnixMode { get; init; }
    public byte[] Before { get; init; } = [];
    public byte[] Extra { get; init; } = [];
    public long? LocalOffset { get; init; }

    public byte[] Data => Packed ? Deflate(Content) : Content;

    private static byte[] Deflate(byte[] bytes)
    {
        using var packed = new MemoryStream();
        using (var deflate = new DeflateStream(packed, CompressionLevel.Optimal, leaveOpen: true)) deflate.Write(bytes);
        return packed.ToArray();
    }
}

internal static class ZipFileWriter
{
    public static byte[] Zip(params ZipItem[] items) => Zip(items, large: false);

    public static byte[] Zip(ZipItem[] items, bool large, string comment = "")
    {
        var (file, directory) = (new MemoryStream(), new MemoryStream());
        foreach (var item in items)
        {
            file.Write(item.Before);
            var offset = item.LocalOffset ?? file.Length;
            file.Write(Local(item));
            directory.Write(Central(item, offset));
        }
        var start = file.Length;
        file.Write(directory.ToArray());
        if (large)
        {
            var end = file.Length;
            file.Write(Join(Latin("PK\x06\x06"), Little64(44), Little16(45), Little16(45), Little32(0), Little32(0), Little64(items.Length), Little64(items.Length),
                Little64(end - start), Little64(start), Latin("PK\x06\x07"), Little32(0), Little64(end), Little32(1)));
        }
        file.Write(Join(Latin("PK\x05\x06"), Little16(0), Little16(0), Little16(large ? 0xffff : items.Length), Little16(large ? 0xffff : items.Length),
            Little32(large ? uint.MaxValue : directory.Length), Little32(large ? uint.MaxValue : start), Little16(comment.Length), Latin(comment)));
        return file.ToArray();
    }

    private static byte[] Local(ZipItem item)
    {
        var (data, name) = (item.Data, Latin(item.LocalName ?? item.Name));
        var (crc, size) = (item.Crc ?? Crc32(item.Content), item.Size ?? item.Content.Length);
        var sizes = item.Descriptor ? Join(Little32(0), Little32(0), Little32(0))
            : item.Large ? Join(Little32(crc), Little32(uint.MaxValue), Little32(uint.MaxValue))
            : Join(Little32(crc), Little32(data.Length), Little32(size));
        var extra = item.Large && !item.Descriptor ? Join(Little16(1), Little16(16), Little64(size), Little64(data.Length)) : [];
        var descriptor = !item.Descriptor ? []
            : item.LargeDescriptor ? Join(Latin("PK\x07\x08"), Little32(crc), Little64(data.Length), Little64(size))
            : Join(Latin("PK\x07\x08"), Little32(crc), Little32(data.Length), Little32(size));
        return Join(Latin("PK\x03\x04"), Little16(20), Little16(Flags(item)), Little16(Method(item)), new byte[4], sizes,
            Little16(name.Length), Little16(extra.Length), name, extra, data, descriptor);
    }

    private static byte[] Central(ZipItem item, long offset)
    {
        var name = Latin(item.Name);
        var size = item.Size ?? item.Content.Length;
        var extra = Join(item.Large ? Join(Little16(1), Little16(16), Little64(size), Little64(item.Data.Length)) : [], item.Extra);
        return Join(Latin("PK\x01\x02"), Little16(0x031e), Little16(20), Little16(Flags(item)), Little16(Method(item)), new byte[4], Little32(item.Crc ?? Crc32(item.Content)),
            item.Large ? Join(Little32(uint.MaxValue), Little32(uint.MaxValue)) : Join(Little32(item.Data.Length), Little32(size)),
            Little16(name.Length), Little16(extra.Length), Little16(0), Little16(0), Little16(0), Little32((long)item.UnixMode << 16), Little32(offset), name, extra);
    }

    private static int Flags(ZipItem item) => item.Flags | (item.Descriptor ? 8 : 0);

    private static int Method(ZipItem item) => item.Method ?? (item.Packed ? 8 : 0);
}
