using System.Buffers.Binary;
using System.IO.Compression;

namespace Podium.Platform.Files;

// Unpacks every file to nowhere, within limits, in the order of the archive: sizes and checksums are measured, not believed.
internal sealed class ZipInspector
{
    private const uint LocalHeader = 0x04034b50, Descriptor = 0x08074b50;
    private const int LocalBytes = 30;
    private const ushort Extra64 = 0x0001;
    private const int PartBytes = 1 << 15;

    // what is small enough to be looked into from memory
    private const int SmallArchive = 1 << 19;
    private const int DeepestEver = 6;

    private readonly Content _content;
    private readonly Findings _findings;
    private readonly ZipBudget _budget;
    private readonly int _depth;
    private readonly byte[] _part = new byte[PartBytes];
    private readonly OfficeDocument _office = new();

    private ZipInspector(Content content, Findings findings, ZipBudget budget, int depth) =>
        (_content, _findings, _budget, _depth) = (content, findings, budget, depth);

    public static async Task InspectAsync(Content content, Findings findings)
    {
        var budget = new ZipBudget(findings.Rules);
        try
        {
            await new ZipInspector(content, findings, budget, depth: 1).RunAsync();
        }
        finally
        {
            findings.Archive = new ArchiveSummary(budget.Entries, budget.UnpackedBytes, budget.Depth);
        }
    }

    private async Task RunAsync()
    {
        _budget.Enter(_depth);
        var directory = await ZipDirectory.ReadAsync(_content, _budget, _findings);
        var entries = directory.Entries;
        // what lies in the wrong place is told before anything is unpacked
        for (var i = 0; i < entries.Length; i++)
        {
            var limit = i + 1 < entries.Length ? entries[i + 1].LocalOffset : directory.Offset;
            if (limit - entries[i].LocalOffset < LocalBytes || limit - LocalBytes - entries[i].LocalOffset < entries[i].CompressedSize)
                throw new Malformed("archive-overlap", "Files in the archive overlap each other: pack it again.");
            _budget.Unpack(entries[i].Size, entries[i].CompressedSize);
        }
        if ((entries.Length > 0 ? entries[0].LocalOffset : directory.Offset) != 0)
            throw new Malformed("archive-prefix", "There is something in the file before the archive: pack it again.");

        for (var i = 0; i < entries.Length; i++)
            await EntryAsync(entries[i], i + 1 < entries.Length ? entries[i + 1].LocalOffset : directory.Offset);
        _office.Conclude(_findings, outermost: _depth == 1);
    }

    private async Task EntryAsync(ZipEntry entry, long limit)
    {
        var (name, start) = await LocalAsync(entry);
        var end = start + entry.CompressedSize;
        if (end > limit) throw new Malformed("archive-overlap", "Files in the archive overlap each other: pack it again.");
        await GapAsync(entry, end, limit);

        var shown = ZipNames.Shown(name);
        _office.Meet(name);
        if (!entry.IsReadable) return;
        var head = await MeasureAsync(entry, start, shown, OfficeDocument.Wants(name, entry.Size));
        if (OfficeDocument.Wants(name, entry.Size)) _office.Keep(name, head);
        await LookAsync(entry, start, shown, Signature.Recognise(head.AsSpan(0, Math.Min(head.Length, 1024))));
    }

    // The local header, which some programs read and others do not, must say what the directory says.
    private async ValueTask<(string Name, long Data)> LocalAsync(ZipEntry entry)
    {
        var head = (await _content.TakeAsync(entry.LocalOffset, LocalBytes)).ToArray();
        if (BinaryPrimitives.ReadUInt32LittleEndian(head) != LocalHeader) throw Malformed.Damaged(FileKind.Zip);
        int nameLength = BinaryPrimitives.ReadUInt16LittleEndian(head.AsSpan(26));
        int extraLength = BinaryPrimitives.ReadUInt16LittleEndian(head.AsSpan(28));
        var bytes = (await _content.TakeAsync(entry.LocalOffset + LocalBytes, nameLength)).ToArray();
        var extra = (await _content.TakeAsync(entry.LocalOffset + LocalBytes + nameLength, extraLength)).ToArray();

        var flags = BinaryPrimitives.ReadUInt16LittleEndian(head.AsSpan(6));
        var differs = (flags & 1) != (entry.Flags & 1) || (flags & 8) != (entry.Flags & 8)
            || BinaryPrimitives.ReadUInt16LittleEndian(head.AsSpan(8)) != entry.Method || ZipNames.Digest(bytes) != entry.NameDigest
            || !SizesAgree(entry, head, extra);
        if (differs) throw new Malformed("archive-contradiction", "The archive says different things of the same file: pack it again.");
        return (ZipNames.Read(bytes, claimsUtf8: false)!, entry.LocalOffset + LocalBytes + nameLength + extraLength);
    }

    private static bool SizesAgree(ZipEntry entry, ReadOnlySpan<byte> head, ReadOnlySpan<byte> extra)
    {
        var crc = BinaryPrimitives.ReadUInt32LittleEndian(head[14..]);
        long compressed = BinaryPrimitives.ReadUInt32LittleEndian(head[18..]);
        long size = BinaryPrimitives.ReadUInt32LittleEndian(head[22..]);
        var large = ZipExtra.Find(extra, Extra64);
        ZipExtra.Widen(ref size, ref large);
        ZipExtra.Widen(ref compressed, ref large);
        if (crc == entry.Crc && compressed == entry.CompressedSize && size == entry.Size) return true;
        // not known yet when the header was written; they follow the data
        return entry.HasDescriptor && (crc == 0 || crc == entry.Crc) && (compressed is 0 or uint.MaxValue || compressed == entry.CompressedSize)
            && (size is 0 or uint.MaxValue || size == entry.Size);
    }

    // between two files there may be the first one's descriptor, and nothing else
    private async ValueTask GapAsync(ZipEntry entry, long end, long limit)
    {
        if (end == limit) return;
        if (entry.HasDescriptor && limit - end is 12 or 16 or 20 or 24 && Describes(entry, (await _content.TakeAsync(end, (int)(limit - end))).Span)) return;
        throw new Malformed("archive-hidden-data", "There is something in the archive that belongs to no file: pack it again.");
    }

    private static bool Describes(ZipEntry entry, ReadOnlySpan<byte> gap)
    {
        if (gap.Length is 16 or 24)
        {
            if (BinaryPrimitives.ReadUInt32LittleEndian(gap) != Descriptor) return false;
            gap = gap[4..];
        }
        if (BinaryPrimitives.ReadUInt32LittleEndian(gap) != entry.Crc) return false;
        return gap.Length == 12
            ? BinaryPrimitives.ReadUInt32LittleEndian(gap[4..]) == entry.CompressedSize && BinaryPrimitives.ReadUInt32LittleEndian(gap[8..]) == entry.Size
            : BinaryPrimitives.ReadInt64LittleEndian(gap[4..]) == entry.CompressedSize && BinaryPrimitives.ReadInt64LittleEndian(gap[12..]) == entry.Size;
    }

    // Unpacks an entry and gives what it begins with, or all of it where that is wanted.
    private async ValueTask<byte[]> MeasureAsync(ZipEntry entry, long start, string shown, bool whole)
    {
        var head = new byte[whole ? entry.Size : Math.Min(entry.Size, 1024)];
        var (size, crc) = (0L, 0u);
        await using var data = Open(entry, start);
        while (await ReadAsync(data, shown) is var count and > 0)
        {
            var part = _part.AsSpan(0, count);
            if (size < head.Length) part[..(int)Math.Min(count, head.Length - size)].CopyTo(head.AsSpan((int)size));
            size += count;
            crc = Crc32.Append(crc, part);
            if (size > entry.Size) break;
        }
        return size == entry.Size && crc == entry.Crc ? head : throw Broken(shown);
    }

    private async ValueTask<int> ReadAsync(Stream data, string shown)
    {
        try
        {
            var count = await data.ReadAsync(_part, _content.Cancellation);
            _budget.Work(count);
            return count;
        }
        catch (Exception error) when (error is InvalidDataException or IOException && !_content.Failed)
        {
            throw Broken(shown);
        }
    }

    private static Malformed Broken(string shown) => new("archive-damaged", $"\"{shown}\" in the archive is damaged: pack it again.");

    private Stream Open(ZipEntry entry, long start)
    {
        var section = new ContentSection(_content, start, entry.CompressedSize);
        return entry.Method == ZipEntry.Stored ? section : new DeflateStream(section, CompressionMode.Decompress);
    }

    private async Task LookAsync(ZipEntry entry, long start, string shown, FileKind kind)
    {
        var rules = _findings.Rules;
        if (kind is >= FileKind.WindowsProgram and <= FileKind.MacProgram && !rules.Allows(kind))
            _findings.Add("archive-program", $"\"{shown}\" in the archive is {kind.InWords()}.");
        else if (kind is > FileKind.Zip and <= FileKind.Rar && !rules.Allows(kind))
            _findings.Add("archive-nested", $"\"{shown}\" in the archive is {kind.InWords()}, which cannot be looked into: unpack it first.");
        else if (kind == FileKind.Zip && _depth >= Math.Min(rules.MaxArchiveDepth, DeepestEver))
            _findings.Add("archive-nested", $"\"{shown}\" is an archive too deep in archives: unpack it first.");
        else if (kind == FileKind.Zip)
            await DescendAsync(entry, start);
    }

    private async Task DescendAsync(ZipEntry entry, long start)
    {
        await using Stream data = entry.Method == ZipEntry.Stored ? new ContentSection(_content, start, entry.CompressedSize)
            : entry.Size <= SmallArchive ? await UnpackedAsync(entry, start)
            : new RewindingStream(() => Open(entry, start), entry.Size, _budget.Work);
        using var content = new Content(data, hashed: false, _content.Cancellation);
        await new ZipInspector(content, _findings, _budget, _depth + 1).RunAsync();
    }

    private async ValueTask<MemoryStream> UnpackedAsync(ZipEntry entry, long start)
    {
        var bytes = new byte[entry.Size];
        await using var data = Open(entry, start);
        await data.ReadExactlyAsync(bytes, _content.Cancellation);
        _budget.Work(bytes.Length);
        return new MemoryStream(bytes, writable: false);
    }
}
