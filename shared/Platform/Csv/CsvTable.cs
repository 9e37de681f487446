using System.Text;
using System.Text.Unicode;

namespace Podium.Platform.Csv;

/// <summary>What is wrong with a table, and where: lines are counted as an editor shows them, columns by their name.</summary>
public sealed record CsvError(int Line, string? Column, string Code, string Detail);

/// <summary>
/// A table as RFC 4180 has it, parted by commas, semicolons or tabs, in UTF-8, UTF-16 with its mark, or one of the Windows code pages that spreadsheets still write.
/// </summary>
public sealed class CsvTable
{
    private readonly Dictionary<string, int> _columns;

    private CsvTable(string encoding, char separator, IReadOnlyList<string> header, IReadOnlyList<Row> rows)
    {
        (Encoding, Separator, Header, Rows) = (encoding, separator, header, rows);
        _columns = header.Index().GroupBy(column => KeyOf(column.Item)).ToDictionary(same => same.Key, same => same.First().Index);
    }

    public string Encoding { get; }

    public char Separator { get; }

    public IReadOnlyList<string> Header { get; }

    public IReadOnlyList<Row> Rows { get; }

    /// <summary>A row and the line where it begins.</summary>
    public sealed record Row(int Line, string[] Cells);

    /// <summary>The table, or the first thing that keeps it from being one.</summary>
    public static (CsvTable? Table, CsvError? Error) Read(byte[] bytes, int mostRows)
    {
        var (text, encoding) = Decode(bytes);
        if (text.Contains('\0', StringComparison.Ordinal)) return (null, new CsvError(1, null, "characters", "This is no text."));
        var end = text.IndexOfAny(['\r', '\n']);
        var separator = SeparatorOf(end < 0 ? text : text[..end]);
        var rows = new List<Row>();
        var cells = new List<string>();
        var cell = new StringBuilder();
        var (line, began, quoted, wasQuoted) = (1, 1, false, false);
        for (var i = 0; i <= text.Length; i++)
        {
            var character = i < text.Length ? text[i] : '\n';
            if (quoted)
            {
                if (i == text.Length) return (null, new CsvError(began, null, "quote", "A quoted field has no end."));
                if (character == '"' && i + 1 < text.Length && text[i + 1] == '"') cell.Append(text[i++]);
                else if (character == '"') quoted = false;
                else cell.Append(character);
                if (character == '\n') line++;
            }
            else if (character == separator) EndCell();
            else if (character == '\n')
            {
                EndCell();
                if (cells.Count > 1 || cells[0].Length > 0) rows.Add(new Row(began, [.. cells]));
                cells.Clear();
                began = ++line;
                if (rows.Count > mostRows + 1) return (null, new CsvError(rows[^1].Line, null, "too-many", $"At most {mostRows} rows are taken at once."));
            }
            else if (character == '"' && cell.Length == 0 && !wasQuoted) quoted = wasQuoted = true;
            else if (character == '"') return (null, new CsvError(line, null, "quote", "A quotation mark stands inside a field that is not quoted."));
            else if (wasQuoted && character is not ('\r' or ' ')) return (null, new CsvError(line, null, "quote", "The line goes on behind a quoted field."));
            else if (character != '\r') cell.Append(character);
        }
        if (rows.Count == 0) return (null, new CsvError(1, null, "empty", "The table is empty."));
        var wrong = rows.FirstOrDefault(row => row.Cells.Length != rows[0].Cells.Length);
        if (wrong is not null) return (null, new CsvError(wrong.Line, null, "fields", $"The row has {wrong.Cells.Length} fields, the header {rows[0].Cells.Length}."));
        return (new CsvTable(encoding, separator, rows[0].Cells, rows[1..]), null);

        void EndCell()
        {
            cells.Add(CsvCell.Read(cell.ToString().Trim()));
            cell.Clear();
            wasQuoted = false;
        }
    }

    /// <summary>Whether the header has a column; case, blanks and underscores do not count.</summary>
    public bool Has(string column) => _columns.ContainsKey(KeyOf(column));

    /// <summary>A cell, empty where there is no such column.</summary>
    public string Cell(Row row, string column) => _columns.TryGetValue(KeyOf(column), out var at) ? row.Cells[at] : "";

    /// <summary>An error for each column that must be there and is not.</summary>
    public IEnumerable<CsvError> Missing(params string[] columns) =>
        columns.Where(column => !Has(column)).Select(column => new CsvError(1, column, "missing-column", $"The column {column} is missing; there are {string.Join(", ", Header)}."));

    private static string KeyOf(string column) => new([.. column.Where(char.IsLetterOrDigit).Select(char.ToLowerInvariant)]);

    private static char SeparatorOf(string line)
    {
        var (commas, semicolons, tabs) = (line.Count(character => character == ','), line.Count(character => character == ';'), line.Count(character => character == '\t'));
        return tabs > 0 && tabs >= commas && tabs >= semicolons ? '\t' : semicolons > commas ? ';' : ',';
    }

    private static (string Text, string Encoding) Decode(byte[] bytes)
    {
        switch (bytes)
        {
            case [0xef, 0xbb, 0xbf, ..]: return (System.Text.Encoding.UTF8.GetString(bytes.AsSpan(3)), "UTF-8");
            case [0xff, 0xfe, ..]: return (System.Text.Encoding.Unicode.GetString(bytes.AsSpan(2)), "UTF-16LE");
            case [0xfe, 0xff, ..]: return (System.Text.Encoding.BigEndianUnicode.GetString(bytes.AsSpan(2)), "UTF-16BE");
        }
        if (Utf8.IsValid(bytes)) return (System.Text.Encoding.UTF8.GetString(bytes), "UTF-8");
        var page = LooksCyrillic(bytes) ? 1251 : 1252;
        return (CodePagesEncodingProvider.Instance.GetEncoding(page)!.GetString(bytes), $"windows-{page}");
    }

    // Cyrillic words are written in bytes above 0xBF one after the other; letters with accents stand between others
    private static bool LooksCyrillic(byte[] bytes)
    {
        var (high, paired) = (0, 0);
        for (var i = 0; i < bytes.Length; i++)
        {
            if (bytes[i] < 0xc0) continue;
            high++;
            if ((i > 0 && bytes[i - 1] >= 0xc0) || (i + 1 < bytes.Length && bytes[i + 1] >= 0xc0)) paired++;
        }
        return paired * 2 > high;
    }
}
