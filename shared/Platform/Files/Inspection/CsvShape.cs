namespace Podium.Platform.Files;

// Whether a text is a table as RFC 4180 has it, parted by commas, semicolons or tabs: two columns at least, and every row alike.
internal sealed class CsvShape
{
    private enum Place
    {
        FieldStart, Plain, Quoted, QuoteInQuoted,
    }

    private char _separator;
    private Place _place;
    private bool _afterReturn;
    private bool _emptyRow = true;
    private int _fields = 1;
    private long _row;
    private bool _refused;

    public int? Columns { get; private set; }

    /// <summary>Why a text that began as a table is none.</summary>
    public string? Fault { get; private set; }

    public void Feed(ReadOnlySpan<char> part)
    {
        if (_separator == 0) _separator = Separator(part);
        foreach (var character in part)
        {
            if (_refused) return;
            if (character == '\n' && _afterReturn)
            {
                _afterReturn = false;
                continue;
            }
            _afterReturn = false;
            Step(character);
        }
    }

    public bool Complete()
    {
        if (_refused) return false;
        if (_place == Place.Quoted) Refuse("the last quoted field has no end");
        else if (!_emptyRow) EndRow();
        return !_refused && Columns >= 2 && _row >= 2;
    }

    private void Step(char character)
    {
        if (_place == Place.Quoted)
        {
            if (character == '"') _place = Place.QuoteInQuoted;
        }
        else if (character == _separator)
        {
            _fields++;
            (_place, _emptyRow) = (Place.FieldStart, false);
        }
        else if (character is '\r' or '\n')
        {
            _afterReturn = character == '\r';
            if (!_emptyRow) EndRow();
        }
        else if (character == '"')
        {
            if (_place == Place.Plain) Refuse($"row {_row + 1} has a quotation mark inside a field that is not quoted");
            (_place, _emptyRow) = (Place.Quoted, false);
        }
        else if (_place == Place.QuoteInQuoted)
            Refuse($"row {_row + 1} goes on behind a quoted field");
        else
            (_place, _emptyRow) = (Place.Plain, false);
    }

    private void EndRow()
    {
        _row++;
        Columns ??= _fields;
        if (_fields != Columns) Refuse($"row {_row} has {_fields} fields, the first row {Columns}");
        (_fields, _place, _emptyRow) = (1, Place.FieldStart, true);
    }

    private void Refuse(string why)
    {
        _refused = true;
        Fault = $"The table is not well formed: {why}.";
    }

    private static char Separator(ReadOnlySpan<char> part)
    {
        var end = part.IndexOfAny('\r', '\n');
        var line = end < 0 ? part : part[..end];
        var (commas, semicolons, tabs) = (line.Count(','), line.Count(';'), line.Count('\t'));
        return tabs > 0 && tabs >= commas && tabs >= semicolons ? '\t' : semicolons > commas ? ';' : ',';
    }
}
