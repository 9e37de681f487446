using System.Globalization;

namespace Podium.Platform.Files;

// Reads one value (ISO 32000-2, 7.3) onto a tape: nested values follow the one that holds them, so nothing recurses, and a
// tape is used again for the next object. Strings are stepped over, names are decoded when they are asked for.
internal sealed class PdfLexer
{
    private const int MostValues = 60_000;
    private const int Deepest = 200;
    public const int LongestKnownName = 32;

    private readonly List<PdfValue> _tape = [];
    private readonly Stack<int> _open = new();
    private byte[] _text = [];
    private int _end;

    public enum Outcome
    {
        Complete, NeedsMore, Malformed, TooComplex,
    }

    /// <summary>Where the value, or the last word read, ended.</summary>
    public int Position { get; private set; }

    public PdfValue Root => _tape[0];

    public PdfValue this[int index] => _tape[index];

    /// <summary>Reads the value at a place. More may be needed unless this is all there is.</summary>
    public Outcome Read(byte[] text, int start, int end, bool final)
    {
        _tape.Clear();
        _open.Clear();
        (_text, _end, Position) = (text, end, start);
        do
        {
            var outcome = ReadNext(final);
            if (outcome != Outcome.Complete) return outcome;
            if (_tape.Count > MostValues || _open.Count > Deepest) return Outcome.TooComplex;
        }
        while (_open.Count > 0);
        return _tape.Count == 1 || _tape[0].Span == _tape.Count ? Outcome.Complete : Outcome.Malformed;
    }

    /// <summary>The value under a key of a dictionary on the tape, or null.</summary>
    public int? Find(int dictionary, ReadOnlySpan<byte> key)
    {
        if (_tape[dictionary].Token != PdfToken.Dictionary) return null;
        foreach (var (name, value) in Pairs(dictionary))
            if (IsName(name, key)) return value;
        return null;
    }

    public PdfValue? Value(int dictionary, ReadOnlySpan<byte> key) => Find(dictionary, key) is { } at ? _tape[at] : null;

    /// <summary>Keys and values of a dictionary, by their places on the tape. What stands where a key should is passed on as one.</summary>
    public IEnumerable<(int Key, int Value)> Pairs(int dictionary)
    {
        var end = dictionary + _tape[dictionary].Span;
        for (var key = dictionary + 1; key < end;)
        {
            var value = key + _tape[key].Span;
            if (value >= end) yield break;
            yield return (key, value);
            key = value + _tape[value].Span;
        }
    }

    public IEnumerable<int> Items(int array)
    {
        var end = array + _tape[array].Span;
        for (var item = array + 1; item < end; item += _tape[item].Span)
            yield return item;
    }

    public int Count => _tape.Count;

    /// <summary>Compares a name with its #xx undone.</summary>
    public bool IsName(int index, ReadOnlySpan<byte> name)
    {
        if (_tape[index].Token != PdfToken.Name) return false;
        Span<byte> decoded = stackalloc byte[LongestKnownName];
        return decoded[..Decode(index, decoded)].SequenceEqual(name);
    }

    /// <summary>A name with its #xx undone; nothing if it is none, or longer than any that is asked for.</summary>
    public int Decode(int index, Span<byte> into)
    {
        var value = _tape[index];
        if (value.Token != PdfToken.Name) return 0;
        var written = _text.AsSpan(value.Start, value.Length);
        var count = 0;
        for (var i = 0; i < written.Length; i++)
        {
            if (count == into.Length) return 0;
            var octet = written[i];
            if (octet == '#' && i + 2 < written.Length && char.IsAsciiHexDigit((char)written[i + 1]) && char.IsAsciiHexDigit((char)written[i + 2]))
            {
                octet = (byte)(Hex(written[i + 1]) << 4 | Hex(written[i + 2]));
                i += 2;
            }
            into[count++] = octet;
        }
        return count;
    }

    /// <summary>The next word from where the reading stopped, which is moved behind it: a number, "obj", "stream".</summary>
    public ReadOnlySpan<byte> Word()
    {
        SkipSpace();
        var start = Position;
        while (Position < _end && IsRegular(_text[Position])) Position++;
        return _text.AsSpan(start, Position - start);
    }

    public void Move(byte[] text, int position, int end) => (_text, Position, _end) = (text, position, end);

    public void SkipSpace()
    {
        for (; Position < _end; Position++)
        {
            if (_text[Position] == '%')
                while (Position + 1 < _end && _text[Position + 1] is not ((byte)'\r' or (byte)'\n')) Position++;
            else if (!IsSpace(_text[Position])) return;
        }
    }

    private Outcome ReadNext(bool final)
    {
        SkipSpace();
        if (Position >= _end) return final ? Outcome.Malformed : Outcome.NeedsMore;
        var next = Position + 1 < _end ? _text[Position + 1] : (byte)0;
        switch (_text[Position])
        {
            case (byte)'<' when next == '<':
                return Open(PdfToken.Dictionary, 2);
            case (byte)'[':
                return Open(PdfToken.Array, 1);
            case (byte)'>' when next == '>':
                return Close(PdfToken.Dictionary, 2);
            case (byte)']':
                return Close(PdfToken.Array, 1);
            case (byte)'(':
                return ReadText(final);
            case (byte)'<' or (byte)'>' when Position + 1 >= _end && !final:
                return Outcome.NeedsMore;
            case (byte)'<':
                return ReadHexText(final);
            case (byte)'/':
                return ReadName(final);
            case var first when IsRegular(first):
                return ReadWord(final);
            default:
                return Outcome.Malformed;
        }
    }

    private Outcome Open(PdfToken token, int length)
    {
        _open.Push(_tape.Count);
        Add(token, Position, length, span: 0);
        Position += length;
        return Outcome.Complete;
    }

    private Outcome Close(PdfToken token, int length)
    {
        if (!_open.TryPop(out var at) || _tape[at].Token != token) return Outcome.Malformed;
        Position += length;
        _tape[at] = _tape[at] with { Span = _tape.Count - at, Length = Position - _tape[at].Start };
        return Outcome.Complete;
    }

    private Outcome ReadText(bool final)
    {
        var (start, depth) = (Position, 0);
        for (var at = Position; at < _end; at++)
        {
            if (_text[at] == '\\') at++;
            else if (_text[at] == '(') depth++;
            else if (_text[at] == ')' && --depth == 0)
            {
                Position = at + 1;
                Add(PdfToken.Text, start, Position - start);
                return Outcome.Complete;
            }
        }
        return final ? Outcome.Malformed : Outcome.NeedsMore;
    }

    private Outcome ReadHexText(bool final)
    {
        var end = _text.AsSpan(Position, _end - Position).IndexOf((byte)'>');
        if (end < 0) return final ? Outcome.Malformed : Outcome.NeedsMore;
        Add(PdfToken.Text, Position, end + 1);
        Position += end + 1;
        return Outcome.Complete;
    }

    private Outcome ReadName(bool final)
    {
        var at = Position + 1;
        while (at < _end && IsRegular(_text[at])) at++;
        if (at == _end && !final) return Outcome.NeedsMore;
        Add(PdfToken.Name, Position + 1, at - Position - 1);
        Position = at;
        return Outcome.Complete;
    }

    private Outcome ReadWord(bool final)
    {
        var start = Position;
        var word = Word();
        if (Position == _end && !final) return Outcome.NeedsMore;
        if (word is [(byte)'R'] && IsReference()) return Outcome.Complete;
        if (double.TryParse(word, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number))
            Add(PdfToken.Number, start, word.Length, number: number);
        else
            Add(word.SequenceEqual("null"u8) ? PdfToken.Null : word.SequenceEqual("true"u8) ? PdfToken.True
                : word.SequenceEqual("false"u8) ? PdfToken.False : PdfToken.Other, start, word.Length);
        // a word that belongs to the file's frame has no place in a value: something before it was not closed
        return word.SequenceEqual("endobj"u8) || word.SequenceEqual("stream"u8) ? Outcome.Malformed : Outcome.Complete;
    }

    // two numbers that were read before their R, in the same array or dictionary
    private bool IsReference()
    {
        var count = _tape.Count;
        if (_open.Count == 0 || count - _open.Peek() < 3) return false;
        var (target, generation) = (_tape[count - 2], _tape[count - 1]);
        if (target.Whole is not (>= 0 and <= int.MaxValue) || generation.Whole is null) return false;
        _tape.RemoveAt(count - 1);
        _tape[count - 2] = target with { Token = PdfToken.Reference };
        return true;
    }

    private void Add(PdfToken token, int start, int length, int span = 1, double number = 0) => _tape.Add(new PdfValue(token, start, length, span, number));

    private static int Hex(byte digit) => digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10;

    private static bool IsSpace(byte octet) => octet is 0 or 9 or 10 or 12 or 13 or 32;

    private static bool IsRegular(byte octet) => !IsSpace(octet) && octet is not ((byte)'(' or (byte)')' or (byte)'<' or (byte)'>' or (byte)'['
        or (byte)']' or (byte)'{' or (byte)'}' or (byte)'/' or (byte)'%');
}
