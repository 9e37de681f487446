using System.Buffers;

namespace Podium.Platform.Files;

// Where each object stands: the newest table, then what it was added to, back to the first. The newest word on an object counts.
internal sealed class PdfXref(PdfReader reader)
{
    public const int MostObjects = 200_000;
    private const int MostSections = 1000;
    private const int RowBytes = 20;
    private static readonly SearchValues<byte> Space = SearchValues.Create(" \r\n\t\f\0"u8);

    private readonly HashSet<long> _seen = [];
    private Entry[] _entries = [];
    private int _count;
    private bool _first = true;

    // how many bytes before the header the places in the file do not count
    private long _base;

    public int Root { get; private set; } = -1;
    public bool Encrypted { get; private set; }

    public ReadOnlySpan<Entry> Entries => _entries.AsSpan(0, _count);

    public Entry this[int number] => number >= 0 && number < _count ? _entries[number] : default;

    public long OffsetOf(Entry entry) => _base + entry.Place;

    public async Task ReadAsync(long start, int header)
    {
        if (header > 0 && !await IsSectionAsync(start) && await IsSectionAsync(start + header)) _base = header;
        for (long? next = start; next is { } offset;)
            next = await SectionAsync(offset);
        if (Root < 0) throw Malformed.Damaged(FileKind.Pdf);
    }

    private async ValueTask<bool> IsSectionAsync(long offset)
    {
        var word = (await reader.Content.PeekAsync(offset, 16)).Span.TrimStart(" \r\n\t"u8);
        return word.StartsWith("xref"u8) || word.Length > 0 && char.IsAsciiDigit((char)word[0]);
    }

    private async ValueTask<long?> SectionAsync(long offset)
    {
        if (!_seen.Add(offset)) throw Malformed.Damaged(FileKind.Pdf);
        if (_seen.Count > MostSections) throw Malformed.TooComplex(FileKind.Pdf);

        var at = await SkipSpaceAsync(_base + offset);
        if (!(await reader.Content.PeekAsync(at, 4)).Span.SequenceEqual("xref"u8)) return await StreamAsync(at);
        var trailer = await TableAsync(at + 4);
        await reader.ValueAsync(trailer);
        var (previous, beside) = (Trailer(), reader.Lexer.Value(0, "XRefStm"u8)?.Whole);
        if (beside is { } hidden && _seen.Add(hidden)) await StreamAsync(_base + hidden);
        return previous;
    }

    // the trailer, which is also the dictionary of a cross-reference stream
    private long? Trailer()
    {
        var lexer = reader.Lexer;
        if (lexer.Root.Token != PdfToken.Dictionary) throw Malformed.Damaged(FileKind.Pdf);
        if (lexer.Value(0, "Encrypt"u8) is { Token: not PdfToken.Null }) Encrypted = true;
        if (Root < 0 && _first) Root = lexer.Value(0, "Root"u8)?.Target ?? -1;
        _first = false;
        return lexer.Value(0, "Prev"u8) switch
        {
            null => null,
            { Whole: { } previous } => previous,
            _ => throw Malformed.Damaged(FileKind.Pdf),
        };
    }

    private async ValueTask<long> TableAsync(long at)
    {
        while (true)
        {
            at = await SkipSpaceAsync(at);
            var line = await reader.Content.PeekAsync(at, 40);
            if (line.Span.StartsWith("trailer"u8)) return at + 7;
            var (first, count, length) = Subsection(line.Span);
            at = await SkipSpaceAsync(at + length);
            for (var done = 0L; done < count;)
            {
                // rows are twenty bytes, but some writers forget one of the two that end a line
                var rows = await reader.Content.PeekAsync(at, (int)Math.Min((count - done) * RowBytes, Content.BlockBytes));
                var (read, used) = Rows(rows.Span, first + done, count - done);
                if (read == 0) throw Malformed.Damaged(FileKind.Pdf);
                done += read;
                at = await SkipSpaceAsync(at + used);
            }
        }
    }

    private static (long First, long Count, int Length) Subsection(ReadOnlySpan<byte> line)
    {
        var space = line.IndexOf((byte)' ');
        if (space < 0) throw Malformed.Damaged(FileKind.Pdf);
        var rest = line[(space + 1)..];
        var end = rest.IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        var (first, count) = (PdfReader.Number(line[..space]), end < 0 ? -1 : PdfReader.Number(rest[..end]));
        if (first < 0 || count < 0) throw Malformed.Damaged(FileKind.Pdf);
        return (first, count, space + 1 + end);
    }

    private (long Read, int Used) Rows(ReadOnlySpan<byte> rows, long first, long count)
    {
        var (read, at) = (0L, 0);
        while (read < count && rows.Length - at >= 18)
        {
            var row = rows[at..];
            var offset = PdfReader.Number(row[..10]);
            if (offset < 0 || row[10] != ' ' || row[16] != ' ' || row[17] is not ((byte)'n' or (byte)'f')) throw Malformed.Damaged(FileKind.Pdf);
            Set(first + read, row[17] == 'n' && offset > 0 ? new Entry(EntryKind.Placed, offset, 0) : new Entry(EntryKind.Free, 0, 0));
            read++;
            at += 18;
            for (var space = 0; space < 3 && at < rows.Length && rows[at] is (byte)' ' or (byte)'\r' or (byte)'\n'; space++) at++;
        }
        return (read, at);
    }

    private async ValueTask<long?> StreamAsync(long at)
    {
        var found = await reader.ObjectAsync(at);
        var lexer = reader.Lexer;
        if (found.Stream < 0 || lexer.Find(0, "Type"u8) is not { } type || !lexer.IsName(type, "XRef"u8)) throw Malformed.Damaged(FileKind.Pdf);
        var previous = Trailer();
        var widths = Numbers("W"u8) ?? throw Malformed.Damaged(FileKind.Pdf);
        if (widths.Length != 3 || widths.Any(width => width > 8)) throw Malformed.Damaged(FileKind.Pdf);
        var size = lexer.Value(0, "Size"u8)?.Whole ?? throw Malformed.Damaged(FileKind.Pdf);
        var sections = Numbers("Index"u8) ?? [0, size];
        if (sections.Length % 2 != 0) throw Malformed.Damaged(FileKind.Pdf);

        var rows = await reader.UnpackAsync(PdfStream.Describe(lexer, found.Stream));
        Rows(rows, [.. widths.Select(width => (int)width)], sections);
        return previous;
    }

    private void Rows(ReadOnlySpan<byte> rows, int[] widths, long[] sections)
    {
        var width = widths.Sum();
        if (width == 0) throw Malformed.Damaged(FileKind.Pdf);
        for (var section = 0; section < sections.Length; section += 2)
            for (var i = 0L; i < sections[section + 1]; i++)
            {
                if (rows.Length < width) throw Malformed.Damaged(FileKind.Pdf);
                var kind = widths[0] == 0 ? 1 : Number(rows[..widths[0]]);
                var second = Number(rows.Slice(widths[0], widths[1]));
                var third = Number(rows.Slice(widths[0] + widths[1], widths[2]));
                Set(sections[section] + i, kind switch
                {
                    1 when second > 0 => new Entry(EntryKind.Placed, second, 0),
                    2 when second is > 0 and < MostObjects => new Entry(EntryKind.Packed, second, (int)Math.Min(third, int.MaxValue)),
                    _ => new Entry(EntryKind.Free, 0, 0),
                });
                rows = rows[width..];
            }
    }

    private void Set(long number, Entry entry)
    {
        if (number >= MostObjects) throw Malformed.TooComplex(FileKind.Pdf);
        if (number >= _entries.Length) Array.Resize(ref _entries, (int)Math.Min(MostObjects, Math.Max(number + 1, Math.Max(256, _entries.Length * 3L / 2))));
        _count = Math.Max(_count, (int)number + 1);
        if (_entries[number].Kind == EntryKind.Unset) _entries[number] = entry;
    }

    private long[]? Numbers(ReadOnlySpan<byte> key)
    {
        if (reader.Lexer.Find(0, key) is not { } at) return null;
        if (reader.Lexer[at].Token != PdfToken.Array) throw Malformed.Damaged(FileKind.Pdf);
        return [.. reader.Lexer.Items(at).Select(item => reader.Lexer[item].Whole ?? throw Malformed.Damaged(FileKind.Pdf))];
    }

    private static long Number(ReadOnlySpan<byte> bytes)
    {
        var number = 0L;
        foreach (var octet in bytes) number = number << 8 | octet;
        return number;
    }

    private async ValueTask<long> SkipSpaceAsync(long offset)
    {
        while (true)
        {
            var part = await reader.Content.NextAsync(offset);
            if (part.IsEmpty) throw Malformed.Damaged(FileKind.Pdf);
            var other = part.Span.IndexOfAnyExcept(Space);
            if (other >= 0) return offset + other;
            offset += part.Length;
        }
    }

    public enum EntryKind : byte
    {
        Unset, Free, Placed, Packed,
    }

    /// <summary>A place in the file, or the object stream that holds it and the index in that; eight bytes, since there are many.</summary>
    public readonly struct Entry(EntryKind kind, long place, int index)
    {
        private const int PlaceBits = 40, IndexBits = 20;
        private readonly ulong _packed = (ulong)kind << 62 | (kind == EntryKind.Packed
            ? (ulong)Math.Min(index, (1 << IndexBits) - 1) << PlaceBits | (ulong)place
            : (ulong)Math.Min(place, (1L << PlaceBits) - 1));

        public EntryKind Kind => (EntryKind)(_packed >> 62);
        public long Place => (long)(_packed & (1UL << PlaceBits) - 1);
        public int Index => (int)(_packed >> PlaceBits & (1 << IndexBits) - 1);
    }
}
