using System.Buffers;

namespace Podium.Platform.Csv;

/// <summary>One cell of a table for spreadsheets.</summary>
public static class CsvCell
{
    /// <summary>Without it, spreadsheets take UTF-8 for something else.</summary>
    public const string Mark = "\ufeff";

    private static readonly SearchValues<char> Quoted = SearchValues.Create(",\"\r\n");

    /// <summary>The text as a cell, which no spreadsheet takes for a formula.</summary>
    public static string Of(string? text)
    {
        if (string.IsNullOrEmpty(text)) return "";
        // what begins so would be run as a formula by whoever opens the file
        if (IsFormula(text[0])) text = "'" + text;
        return text.AsSpan().IndexOfAny(Quoted) < 0 ? text : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
    }

    /// <summary>The text of a cell that <see cref="Of"/> has written.</summary>
    public static string Read(string cell) => cell.Length > 1 && cell[0] == '\'' && IsFormula(cell[1]) ? cell[1..] : cell;

    private static bool IsFormula(char first) => first is '=' or '+' or '-' or '@' or '\t' or '\r' or '\n';
}
