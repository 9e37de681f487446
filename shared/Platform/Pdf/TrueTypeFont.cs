using System.Buffers.Binary;
using System.Reflection;
using System.Text;

namespace Podium.Platform.Pdf;

/// <summary>A TrueType font: which glyph a character has, how wide it is, and the few glyphs of a document as a font of their own.</summary>
public sealed partial class TrueTypeFont
{
    private const int MostGlyphs = 0xFFFF;

    /// <summary>DejaVu Serif: Latin, Greek and Cyrillic with the letters of Kazakh; its licence lets it be shipped and embedded.</summary>
    public static readonly TrueTypeFont Regular = Embedded("DejaVuSerif");

    public static readonly TrueTypeFont Bold = Embedded("DejaVuSerif-Bold");

    private readonly byte[] _file;
    private readonly Dictionary<string, (int Offset, int Length)> _tables = [];
    private readonly Dictionary<int, int> _glyphs = [];
    private readonly int _glyphCount;
    private readonly int _metricCount;
    private readonly bool _longOffsets;

    public TrueTypeFont(string name, byte[] file)
    {
        (Name, _file) = (name, file);
        for (var table = 0; table < U16(4); table++)
        {
            var at = 12 + (16 * table);
            _tables[Encoding.ASCII.GetString(file, at, 4)] = ((int)U32(at + 8), (int)U32(at + 12));
        }
        var head = Table("head");
        UnitsPerEm = U16(head + 18);
        Box = (S16(head + 36), S16(head + 38), S16(head + 40), S16(head + 42));
        _longOffsets = S16(head + 50) == 1;
        _glyphCount = U16(Table("maxp") + 4);
        (Ascent, Descent, _metricCount) = (S16(Table("hhea") + 4), S16(Table("hhea") + 6), U16(Table("hhea") + 34));
        CapHeight = _tables.TryGetValue("OS/2", out var os2) && os2.Length >= 90 ? S16(os2.Offset + 88) : Ascent;
        ReadCharacters();
    }

    public string Name { get; }

    public int UnitsPerEm { get; }

    public int Ascent { get; }

    public int Descent { get; }

    public int CapHeight { get; }

    public (int Left, int Bottom, int Right, int Top) Box { get; }

    /// <summary>The glyph of a character; 0, the empty box, where the font has none.</summary>
    public int GlyphOf(Rune character) => _glyphs.GetValueOrDefault(character.Value);

    /// <summary>In units of the em.</summary>
    public int WidthOf(int glyph) => U16(Table("hmtx") + (4 * Math.Min(glyph, _metricCount - 1)));

    /// <summary>How wide a text is at a size.</summary>
    public double Measure(string text, double size) => text.EnumerateRunes().Sum(rune => WidthOf(GlyphOf(rune))) * size / UnitsPerEm;

    /// <summary>
    /// A font of these glyphs alone, the n-th of them as glyph n; the first must be 0. What composed glyphs are made of comes behind.
    /// </summary>
    public byte[] Subset(IReadOnlyList<int> glyphs)
    {
        var kept = new List<int>(glyphs);
        var places = new Dictionary<int, int>();
        for (var place = 0; place < glyphs.Count; place++) places.TryAdd(glyphs[place], place);
        var (outlines, offsets, metrics) = (new MemoryStream(), new MemoryStream(), new MemoryStream());
        for (var place = 0; place < kept.Count; place++)
        {
            Write32(offsets, (uint)outlines.Length);
            outlines.Write(Renumbered(kept[place], kept, places));
            while (outlines.Length % 4 != 0) outlines.WriteByte(0);
            Write16(metrics, WidthOf(kept[place]));
            Write16(metrics, LeftOf(kept[place]));
        }
        Write32(offsets, (uint)outlines.Length);
        var (head, hhea, maxp) = (Copy("head"), Copy("hhea"), Copy("maxp"));
        BinaryPrimitives.WriteInt16BigEndian(head.AsSpan(50), 1);
        BinaryPrimitives.WriteUInt16BigEndian(hhea.AsSpan(34), (ushort)kept.Count);
        BinaryPrimitives.WriteUInt16BigEndian(maxp.AsSpan(4), (ushort)kept.Count);
        var tables = new SortedDictionary<string, byte[]>(StringComparer.Ordinal)
        {
            ["head"] = head,
            ["hhea"] = hhea,
            ["maxp"] = maxp,
            ["hmtx"] = metrics.ToArray(),
            ["loca"] = offsets.ToArray(),
            ["glyf"] = outlines.ToArray(),
        };
        foreach (var hints in new[] { "cvt ", "fpgm", "prep" })
        {
            if (_tables.ContainsKey(hints)) tables[hints] = Copy(hints);
        }
        return Assemble(tables);
    }

    // a composed glyph names its parts: they are kept as well, and named anew
    private byte[] Renumbered(int glyph, List<int> kept, Dictionary<int, int> places)
    {
        var (from, to) = (OffsetOf(glyph), OffsetOf(glyph + 1));
        var outline = _file[from..to];
        if (outline.Length == 0 || BinaryPrimitives.ReadInt16BigEndian(outline) >= 0) return outline;
        for (var (at, flags) = (10, 0x20); (flags & 0x20) != 0;)
        {
            flags = BinaryPrimitives.ReadUInt16BigEndian(outline.AsSpan(at));
            var part = BinaryPrimitives.ReadUInt16BigEndian(outline.AsSpan(at + 2));
            if (!places.TryGetValue(part, out var place))
            {
                if (kept.Count >= MostGlyphs) throw new InvalidOperationException("There are too many glyphs.");
                places[part] = place = kept.Count;
                kept.Add(part);
            }
            BinaryPrimitives.WriteUInt16BigEndian(outline.AsSpan(at + 2), (ushort)place);
            at += 4 + ((flags & 1) != 0 ? 4 : 2) + ((flags & 0x08) != 0 ? 2 : (flags & 0x40) != 0 ? 4 : (flags & 0x80) != 0 ? 8 : 0);
        }
        return outline;
    }

    private static byte[] Assemble(SortedDictionary<string, byte[]> tables)
    {
        var (directory, body) = (new MemoryStream(), new MemoryStream());
        var log = (int)Math.Log2(tables.Count);
        Write32(directory, 0x00010000);
        foreach (var value in new[] { tables.Count, 16 << log, log, (16 * tables.Count) - (16 << log) }) Write16(directory, value);
        var begin = 12 + (16 * tables.Count);
        // the sum of the whole file is left out of what is summed
        tables["head"].AsSpan(8, 4).Clear();
        uint whole = 0;
        foreach (var (tag, content) in tables)
        {
            var padded = new byte[(content.Length + 3) / 4 * 4];
            content.CopyTo(padded, 0);
            directory.Write(Encoding.ASCII.GetBytes(tag));
            Write32(directory, SumOf(padded));
            Write32(directory, (uint)(begin + body.Length));
            Write32(directory, (uint)content.Length);
            whole += SumOf(padded);
            body.Write(padded);
        }
        var file = (byte[])[.. directory.ToArray(), .. body.ToArray()];
        var head = (int)BinaryPrimitives.ReadUInt32BigEndian(file.AsSpan(12 + (16 * tables.Keys.ToList().IndexOf("head")) + 8));
        BinaryPrimitives.WriteUInt32BigEndian(file.AsSpan(head + 8), 0xB1B0AFBA - (whole + SumOf(file.AsSpan(0, begin))));
        return file;
    }

    private static uint SumOf(ReadOnlySpan<byte> padded)
    {
        uint sum = 0;
        for (; padded.Length >= 4; padded = padded[4..]) sum += BinaryPrimitives.ReadUInt32BigEndian(padded);
        return sum;
    }

    private static TrueTypeFont Embedded(string name)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream($"fonts/{name}.ttf")!;
        var file = new byte[stream.Length];
        stream.ReadExactly(file);
        return new TrueTypeFont(name, file);
    }

    private void ReadCharacters()
    {
        var cmap = Table("cmap");
        int? of4 = null, of12 = null;
        for (var table = 0; table < U16(cmap + 2); table++)
        {
            var at = cmap + (int)U32(cmap + 4 + (8 * table) + 4);
            if (U16(at) == 12) of12 = at;
            else if (U16(at) == 4) of4 = at;
        }
        if (of12 is { } wide)
        {
            for (var group = 0; group < U32(wide + 12); group++)
            {
                var at = wide + 16 + (12 * group);
                for (var (character, glyph) = (U32(at), U32(at + 8)); character <= U32(at + 4); character++, glyph++) _glyphs[(int)character] = (int)glyph;
            }
        }
        else if (of4 is { } narrow)
        {
            ReadSegments(narrow);
        }
        else
        {
            throw new InvalidOperationException($"The font {Name} names no characters of Unicode.");
        }
    }

    private void ReadSegments(int at)
    {
        var count = U16(at + 6) / 2;
        for (var segment = 0; segment < count; segment++)
        {
            var (ends, starts) = (at + 14 + (2 * segment), at + 16 + (2 * count) + (2 * segment));
            var (delta, range) = (U16(starts + (2 * count)), starts + (4 * count));
            for (int character = U16(starts); character <= U16(ends) && character < 0xFFFF; character++)
            {
                var glyph = U16(range) == 0 ? character : U16(range + U16(range) + (2 * (character - U16(starts))));
                if (glyph != 0) _glyphs[character] = (glyph + delta) & 0xFFFF;
            }
        }
    }

    private int LeftOf(int glyph)
    {
        var metrics = Table("hmtx");
        return glyph < _metricCount ? S16(metrics + (4 * glyph) + 2) : S16(metrics + (4 * _metricCount) + (2 * (glyph - _metricCount)));
    }

    private int OffsetOf(int glyph)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(glyph, _glyphCount);
        var loca = Table("loca");
        return Table("glyf") + (_longOffsets ? (int)U32(loca + (4 * glyph)) : 2 * U16(loca + (2 * glyph)));
    }

    private int Table(string tag) => _tables.TryGetValue(tag, out var table) ? table.Offset : throw new InvalidOperationException($"The font {Name} has no table {tag}.");

    private byte[] Copy(string tag)
    {
        var (offset, length) = _tables[tag];
        return _file[offset..(offset + length)];
    }

    private ushort U16(int at) => BinaryPrimitives.ReadUInt16BigEndian(_file.AsSpan(at));

    private short S16(int at) => BinaryPrimitives.ReadInt16BigEndian(_file.AsSpan(at));

    private uint U32(int at) => BinaryPrimitives.ReadUInt32BigEndian(_file.AsSpan(at));

    private static void Write16(Stream stream, int value)
    {
        stream.WriteByte((byte)(value >> 8));
        stream.WriteByte((byte)value);
    }

    private static void Write32(Stream stream, uint value)
    {
        Write16(stream, (int)(value >> 16));
        Write16(stream, (int)(value & 0xFFFF));
    }
}
