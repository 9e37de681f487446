using System.Buffers;
using System.Buffers.Binary;
using System.Text.Unicode;

namespace Podium.Platform.Files;

// UTF-8, or UTF-16 with its mark, decoded part by part without forgiveness.
internal sealed class TextDecoding
{
    private const int PartBytes = 1 << 15;

    private readonly Content _content;
    private readonly bool _wide;
    private readonly bool _bigEndian;
    private readonly byte[] _bytes = new byte[PartBytes];
    private readonly char[] _characters = new char[PartBytes];
    private long _offset;

    private TextDecoding(Content content, string name, int mark)
    {
        (_content, Name, _offset) = (content, name, mark);
        (_wide, _bigEndian) = (name != "UTF-8", name == "UTF-16BE");
    }

    public string Name { get; }

    /// <summary>Whether the last part ended at bytes that are no text of this encoding.</summary>
    public bool Invalid { get; private set; }

    public static async ValueTask<TextDecoding> BeginAsync(Content content)
    {
        var head = (await content.PeekAsync(0, 3)).Span;
        return head switch
        {
            [0xef, 0xbb, 0xbf, ..] => new TextDecoding(content, "UTF-8", 3),
            [0xff, 0xfe, ..] => new TextDecoding(content, "UTF-16LE", 2),
            [0xfe, 0xff, ..] => new TextDecoding(content, "UTF-16BE", 2),
            _ => new TextDecoding(content, "UTF-8", 0),
        };
    }

    /// <summary>The next characters, none at the end or where the text is invalid. Valid until the next call.</summary>
    public async ValueTask<ReadOnlyMemory<char>> ReadAsync()
    {
        if (Invalid || _offset >= _content.Length) return default;
        var count = await _content.ReadAsync(_offset, _bytes);
        var final = _offset + count == _content.Length;
        var (used, made) = _wide ? Decode16(_bytes.AsSpan(0, count)) : Decode8(_bytes.AsSpan(0, count), final);
        if (final && used < count) Invalid = true;
        _offset += used;
        return _characters.AsMemory(0, made);
    }

    private (int Used, int Made) Decode8(ReadOnlySpan<byte> bytes, bool final)
    {
        var status = Utf8.ToUtf16(bytes, _characters, out var used, out var made, replaceInvalidSequences: false, final);
        Invalid = status == OperationStatus.InvalidData;
        return (used, made);
    }

    private (int Used, int Made) Decode16(ReadOnlySpan<byte> bytes)
    {
        var made = 0;
        for (var at = 0; at + 2 <= bytes.Length; at += 2)
        {
            var unit = Unit(bytes[at..]);
            if (char.IsLowSurrogate(unit)) return Stop(at, made);
            if (char.IsHighSurrogate(unit))
            {
                if (at + 4 > bytes.Length) return (at, made);
                if (!char.IsLowSurrogate(Unit(bytes[(at + 2)..]))) return Stop(at, made);
                _characters[made++] = unit;
                at += 2;
                unit = Unit(bytes[at..]);
            }
            _characters[made++] = unit;
        }
        return (bytes.Length & ~1, made);
    }

    private (int Used, int Made) Stop(int used, int made)
    {
        Invalid = true;
        return (used, made);
    }

    private char Unit(ReadOnlySpan<byte> bytes) =>
        (char)(_bigEndian ? BinaryPrimitives.ReadUInt16BigEndian(bytes) : BinaryPrimitives.ReadUInt16LittleEndian(bytes));
}
