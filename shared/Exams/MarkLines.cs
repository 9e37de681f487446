using System.Globalization;

namespace Podium.Exams;

/// <summary>A line of a file of marks: whose, of which paper, and how much in hundredths (null: absent); or what is wrong with it.</summary>
public readonly record struct MarkLine(int Line, string Number, short Paper, int? Hundredths, string? Fault, string? Detail, string? Content);

/// <summary>
/// Reads a table of marks as it streams in: number, subject, paper, mark (a number with two places at most, or ABS), in any order of columns, parted by commas, semicolons or tabs.
/// It holds one block of the file, however long that is.
/// </summary>
public sealed class MarkLines(TextReader text, IReadOnlyList<MarkLines.Paper> papers)
{
    /// <summary>A paper that marks may be for.</summary>
    public sealed record Paper(Guid Id, Guid SubjectId, string Subject, string Code, decimal MaxMark);

    private const int Longest = 1000;
    private const char Join = '\u0001';
    private static readonly string[] Columns = ["number", "subject", "paper", "mark"];

    private readonly Dictionary<string, short> _papers = papers.Index().ToDictionary(paper => $"{paper.Item.Subject}{Join}{paper.Item.Code}", paper => (short)paper.Index, StringComparer.OrdinalIgnoreCase);
    private readonly int[] _most = [.. papers.Select(paper => (int)(paper.MaxMark * 100))];
    private readonly int[] _places = new int[4];
    private char[] _block = new char[128 * 1024];
    private (int From, int Length)[] _cells = new (int, int)[16];
    private int _from;
    private int _until;
    private bool _ended;
    private char _separator = ',';

    /// <summary>The line that was read last.</summary>
    public int Line { get; private set; }

    /// <summary>Reads the header; what is missing from it, or null.</summary>
    public async Task<string?> BeginAsync(CancellationToken cancellationToken)
    {
        if (!await FillAsync(cancellationToken) || !TryLine(out var from, out var length)) return "The table is empty.";
        var header = new string(_block, from, length).TrimStart('\ufeff');
        _separator = header.Contains('\t', StringComparison.Ordinal) ? '\t' : header.Count(letter => letter == ';') > header.Count(letter => letter == ',') ? ';' : ',';
        var names = header.Split(_separator).Select(name => name.Trim().Trim('"').ToLowerInvariant().Replace("candidate_number", "number", StringComparison.Ordinal)).ToList();
        for (var i = 0; i < Columns.Length; i++)
        {
            _places[i] = names.IndexOf(Columns[i]);
            if (_places[i] < 0) return $"The column {Columns[i]} is missing; there are {string.Join(", ", names)}.";
        }
        if (names.Count > _cells.Length) _cells = new (int, int)[names.Count];
        return null;
    }

    /// <summary>Brings more of the file in; false at its end.</summary>
    public async ValueTask<bool> FillAsync(CancellationToken cancellationToken)
    {
        if (_ended) return false;
        _block.AsSpan(_from, _until - _from).CopyTo(_block);
        (_from, _until) = (0, _until - _from);
        if (_until == _block.Length) Array.Resize(ref _block, _block.Length * 2);
        var read = await text.ReadBlockAsync(_block.AsMemory(_until), cancellationToken);
        _until += read;
        _ended = _until < _block.Length;
        return true;
    }

    /// <summary>The next line of what is in; false where more must come in first.</summary>
    public bool TryRead(out MarkLine line)
    {
        while (TryLine(out var from, out var length))
        {
            if (length == 0) continue;
            line = length > Longest ? Fault(from, length, "too-long", "The line is too long.") : Read(from, length);
            return true;
        }
        line = default;
        return false;
    }

    private bool TryLine(out int from, out int length)
    {
        var end = _block.AsSpan(_from, _until - _from).IndexOf('\n');
        if (end < 0 && (!_ended || _from == _until))
        {
            (from, length) = (0, 0);
            return false;
        }
        (from, length) = (_from, end < 0 ? _until - _from : end);
        _from += end < 0 ? length : end + 1;
        if (length > 0 && _block[from + length - 1] == '\r') length--;
        Line++;
        return true;
    }

    private MarkLine Read(int from, int length)
    {
        if (!TryCells(_block.AsSpan(from, length), out var count) || count <= _places.Max()) return Fault(from, length, "fields", "The line has fewer fields than the header, or a quotation mark without its other.");
        var number = Cell(from, 0);
        var mark = Cell(from, 3);
        if (number.Length is 0 or > 20) return Fault(from, length, "number", "A candidate number has 1 to 20 characters.");
        Span<char> key = stackalloc char[Longest + 1];
        var subject = Cell(from, 1);
        var code = Cell(from, 2);
        subject.CopyTo(key);
        key[subject.Length] = Join;
        code.CopyTo(key[(subject.Length + 1)..]);
        if (!_papers.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(key[..(subject.Length + 1 + code.Length)], out var paper)) return Fault(from, length, "paper", "The session has no such subject and paper.");
        if (mark.Equals("ABS", StringComparison.OrdinalIgnoreCase)) return new MarkLine(Line, Upper(number), paper, null, null, null, null);
        if (!TryHundredths(mark, out var hundredths)) return Fault(from, length, "mark", "A mark is a number with two decimal places at most, or ABS.");
        if (hundredths > _most[paper]) return Fault(from, length, "too-high", string.Create(CultureInfo.InvariantCulture, $"The paper gives {_most[paper] / 100m:0.##} at most."));
        return new MarkLine(Line, Upper(number), paper, hundredths, null, null, null);
    }

    /// <summary>A mark in hundredths: digits, perhaps a point or comma, and one or two digits more.</summary>
    public static bool TryHundredths(ReadOnlySpan<char> mark, out int hundredths)
    {
        hundredths = 0;
        var (digits, places) = (0, -1);
        foreach (var letter in mark)
        {
            if (letter is '.' or ',' && places < 0 && digits > 0) places = 0;
            else if (char.IsAsciiDigit(letter) && digits < 7 && places < 2)
            {
                hundredths = hundredths * 10 + (letter - '0');
                digits++;
                if (places >= 0) places++;
            }
            else return false;
        }
        if (digits == 0 || places == 0) return false;
        hundredths *= places switch { 1 => 10, 2 => 1, _ => 100 };
        return hundredths <= 999_999;
    }

    private bool TryCells(ReadOnlySpan<char> line, out int count)
    {
        count = 0;
        var at = 0;
        while (at <= line.Length)
        {
            if (count == _cells.Length) return false;
            if (at < line.Length && line[at] == '"')
            {
                var end = line[(at + 1)..].IndexOf('"');
                if (end < 0) return false;
                _cells[count++] = (at + 1, end);
                at += end + 2;
                if (at < line.Length && line[at] != _separator) return false;
                at++;
            }
            else
            {
                var end = line[at..].IndexOf(_separator);
                var length = end < 0 ? line.Length - at : end;
                _cells[count++] = (at, length);
                at += length + 1;
            }
        }
        return true;
    }

    private ReadOnlySpan<char> Cell(int from, int column)
    {
        var (start, length) = _cells[_places[column]];
        return _block.AsSpan(from + start, length).Trim();
    }

    private static string Upper(ReadOnlySpan<char> text)
    {
        foreach (var letter in text)
        {
            if (char.IsLower(letter)) return text.ToString().ToUpperInvariant();
        }
        return text.ToString();
    }

    private MarkLine Fault(int from, int length, string code, string detail) => new(Line, "", -1, null, code, detail, new string(_block, from, Math.Min(length, 200)).Replace('\0', '\ufffd'));
}
