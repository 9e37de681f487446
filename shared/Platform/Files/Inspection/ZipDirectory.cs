using System.Buffers.Binary;

namespace Podium.Platform.Files;

// The central directory, and everything it can be held to without looking at the files themselves. APPNOTE 6.3.10.
internal sealed class ZipDirectory
{
    private const uint CentralHeader = 0x02014b50, End = 0x06054b50, End64 = 0x06064b50, Locator64 = 0x07064b50;
    private const int CentralBytes = 46, EndBytes = 22, End64Bytes = 56, LocatorBytes = 20;
    private const int LongestName = 1024;
    private const ushort Extra64 = 0x0001, UnicodePath = 0x7075;

    private ZipDirectory(ZipEntry[] entries, long offset) => (Entries, Offset) = (entries, offset);

    /// <summary>The entries in the order in which they stand in the file.</summary>
    public ZipEntry[] Entries { get; }

    /// <summary>Where the directory begins, and so the last file ends.</summary>
    public long Offset { get; }

    public static async Task<ZipDirectory> ReadAsync(Content content, ZipBudget budget, Findings findings)
    {
        var (start, end, count) = await LocateAsync(content);
        budget.Count(count);
        var entries = new ZipEntry[count];
        var names = new HashSet<UInt128>((int)count);
        var offset = start;
        for (var i = 0; i < entries.Length; i++)
        {
            Entry entry;
            (entry, offset) = await EntryAsync(content, offset, end);
            CheckName(entry, names, findings);
            CheckKind(entry, findings);
            entries[i] = entry.Zip;
        }
        if (offset != end) throw Malformed.Damaged(FileKind.Zip);

        Array.Sort(entries, static (a, b) => a.LocalOffset.CompareTo(b.LocalOffset));
        return new ZipDirectory(entries, start);
    }

    // From the end backwards. The comment must reach the end exactly: readers differ in which of several directories they take.
    private static async ValueTask<(long Offset, long End, long Count)> LocateAsync(Content content)
    {
        var start = Math.Max(0, content.Length - EndBytes - ushort.MaxValue);
        var tail = new byte[content.Length - start];
        await content.ReadAsync(start, tail);

        var (found, followed) = (-1, false);
        for (var at = tail.Length - EndBytes; at >= 0; at--)
        {
            at = tail.AsSpan(0, at + 4).LastIndexOf("PK\x05\x06"u8);
            if (at < 0) break;
            var end = at + EndBytes + BinaryPrimitives.ReadUInt16LittleEndian(tail.AsSpan(at + 20));
            followed |= end < tail.Length;
            if (end != tail.Length) continue;
            if (found >= 0) throw new Malformed("archive-ambiguous", "The archive has two tables of contents: pack it again.");
            found = at;
        }
        if (found < 0) throw followed ? new Malformed("trailing-data", "There is something behind the end of the archive: pack it again.") : Malformed.Truncated();
        return await EndAsync(content, start + found, tail.AsSpan(found, EndBytes).ToArray());
    }

    private static async ValueTask<(long Offset, long End, long Count)> EndAsync(Content content, long end, byte[] record)
    {
        var (disk, directoryDisk) = (BinaryPrimitives.ReadUInt16LittleEndian(record.AsSpan(4)), BinaryPrimitives.ReadUInt16LittleEndian(record.AsSpan(6)));
        var (here, count) = (BinaryPrimitives.ReadUInt16LittleEndian(record.AsSpan(8)), BinaryPrimitives.ReadUInt16LittleEndian(record.AsSpan(10)));
        var (size, offset) = (BinaryPrimitives.ReadUInt32LittleEndian(record.AsSpan(12)), BinaryPrimitives.ReadUInt32LittleEndian(record.AsSpan(16)));
        if (disk is not (0 or ushort.MaxValue) || directoryDisk is not (0 or ushort.MaxValue) || here != count)
            throw new Malformed("archive-split", "The archive is one part of several: pack it into one file.");

        var place = await Locate64Async(content, end);
        if (place is { } large)
        {
            if (count != ushort.MaxValue && count != large.Count || size != uint.MaxValue && size != large.End - large.Offset || offset != uint.MaxValue && offset != large.Offset)
                throw Malformed.Damaged(FileKind.Zip);
            return large;
        }
        if (offset + (long)size != end) throw Prefixed(offset + (long)size < end);
        return (offset, end, count);
    }

    private static async ValueTask<(long Offset, long End, long Count)?> Locate64Async(Content content, long end)
    {
        if (end < LocatorBytes + End64Bytes) return null;
        var locator = (await content.TakeAsync(end - LocatorBytes, LocatorBytes)).ToArray();
        if (BinaryPrimitives.ReadUInt32LittleEndian(locator) != Locator64) return null;

        var at = BinaryPrimitives.ReadInt64LittleEndian(locator.AsSpan(8));
        if (at < 0 || at > end - LocatorBytes - End64Bytes) throw Malformed.Damaged(FileKind.Zip);
        var record = (await content.TakeAsync(at, End64Bytes)).ToArray();
        var length = BinaryPrimitives.ReadInt64LittleEndian(record.AsSpan(4));
        if (BinaryPrimitives.ReadUInt32LittleEndian(record) != End64 || length != end - LocatorBytes - at - 12) throw Prefixed(true);
        var (here, count) = (BinaryPrimitives.ReadInt64LittleEndian(record.AsSpan(24)), BinaryPrimitives.ReadInt64LittleEndian(record.AsSpan(32)));
        var (size, offset) = (BinaryPrimitives.ReadInt64LittleEndian(record.AsSpan(40)), BinaryPrimitives.ReadInt64LittleEndian(record.AsSpan(48)));
        if (here != count || count < 0 || size < 0 || offset < 0 || offset > at || offset + size != at) throw Prefixed(offset >= 0 && size >= 0);
        return (offset, at, count);
    }

    private static Malformed Prefixed(bool before) => before
        ? new Malformed("archive-prefix", "There is something in the file before or between the parts of the archive: pack it again.")
        : Malformed.Damaged(FileKind.Zip);

    private static async ValueTask<(Entry Entry, long Next)> EntryAsync(Content content, long offset, long end)
    {
        if (end - offset < CentralBytes) throw Malformed.Damaged(FileKind.Zip);
        var head = (await content.TakeAsync(offset, CentralBytes)).ToArray();
        if (BinaryPrimitives.ReadUInt32LittleEndian(head) != CentralHeader) throw Malformed.Damaged(FileKind.Zip);
        int nameLength = BinaryPrimitives.ReadUInt16LittleEndian(head.AsSpan(28));
        int extraLength = BinaryPrimitives.ReadUInt16LittleEndian(head.AsSpan(30));
        var next = offset + CentralBytes + nameLength + extraLength + BinaryPrimitives.ReadUInt16LittleEndian(head.AsSpan(32));
        if (next > end) throw Malformed.Damaged(FileKind.Zip);
        if (nameLength > LongestName) throw new Malformed("archive-name", "The archive has a file with an overlong name.");

        var name = (await content.TakeAsync(offset + CentralBytes, nameLength)).ToArray();
        var extra = (await content.TakeAsync(offset + CentralBytes + nameLength, extraLength)).ToArray();
        return (Parse(head, name, extra), next);
    }

    private static Entry Parse(ReadOnlySpan<byte> head, ReadOnlySpan<byte> name, ReadOnlySpan<byte> extra)
    {
        long size = BinaryPrimitives.ReadUInt32LittleEndian(head[24..]);
        long compressed = BinaryPrimitives.ReadUInt32LittleEndian(head[20..]);
        long local = BinaryPrimitives.ReadUInt32LittleEndian(head[42..]);
        var large = ZipExtra.Find(extra, Extra64);
        ZipExtra.Widen(ref size, ref large);
        ZipExtra.Widen(ref compressed, ref large);
        ZipExtra.Widen(ref local, ref large);
        if (size < 0 || compressed < 0 || local < 0) throw Malformed.Damaged(FileKind.Zip);

        var flags = BinaryPrimitives.ReadUInt16LittleEndian(head[8..]);
        var zip = new ZipEntry(local, compressed, size, BinaryPrimitives.ReadUInt32LittleEndian(head[16..]), flags,
            BinaryPrimitives.ReadUInt16LittleEndian(head[10..]), ZipNames.Digest(name));
        // a second name that some programs prefer to the first
        var unicode = ZipExtra.Find(extra, UnicodePath);
        return new Entry(zip, ZipNames.Read(name, (flags & 0x0800) != 0), unicode.Length > 5 ? ZipNames.Read(unicode[5..], claimsUtf8: true) ?? "" : null,
            BinaryPrimitives.ReadUInt32LittleEndian(head[38..]) >> 16);
    }

    private static void CheckName(Entry entry, HashSet<UInt128> names, Findings findings)
    {
        if (entry.Name is not { } name)
        {
            findings.Add("archive-name", "The archive has a file whose name is not valid text.");
            return;
        }
        if ((ZipNames.Danger(name) ?? (entry.UnicodeName is { } other ? ZipNames.Danger(other) : null)) is { } danger)
            findings.Add("archive-name", $"\"{ZipNames.Shown(name)}\" {danger}.");
        if (!names.Add(ZipNames.Key(name)))
            findings.Add("archive-duplicate", $"The archive has more than one file named \"{ZipNames.Shown(name)}\".");
    }

    private static void CheckKind(Entry entry, Findings findings)
    {
        // a pipe is what a file from standard input is marked as, and unpacks as a file
        const uint typeMask = 0xf000, regular = 0x8000, directory = 0x4000, pipe = 0x1000;
        var shown = ZipNames.Shown(entry.Name ?? "?");
        if (entry.Zip.IsEncrypted)
            findings.Add("archive-encrypted", "The archive is protected by a password: pack it without one.");
        else if (!entry.Zip.IsReadable)
            findings.Add("archive-method", $"\"{shown}\" is packed in a way that cannot be checked: pack the archive as a standard ZIP.");
        if ((entry.UnixMode & typeMask) is not (0 or regular or directory or pipe))
            findings.Add("archive-link", $"\"{shown}\" is a link or a device, not a file.");
    }

    private readonly record struct Entry(ZipEntry Zip, string? Name, string? UnicodeName, uint UnixMode);
}

// The extra fields of a header: numbered, each with its length.
internal static class ZipExtra
{
    public static ReadOnlySpan<byte> Find(ReadOnlySpan<byte> extra, ushort id)
    {
        while (extra.Length >= 4)
        {
            var length = BinaryPrimitives.ReadUInt16LittleEndian(extra[2..]);
            if (4 + length > extra.Length) return default;
            if (BinaryPrimitives.ReadUInt16LittleEndian(extra) == id) return extra.Slice(4, length);
            extra = extra[(4 + length)..];
        }
        return default;
    }

    /// <summary>A number that did not fit its field stands in the extra field, in the order of the fields.</summary>
    public static void Widen(ref long value, ref ReadOnlySpan<byte> large)
    {
        if (value != uint.MaxValue || large.Length < 8) return;
        value = BinaryPrimitives.ReadInt64LittleEndian(large);
        large = large[8..];
    }
}
