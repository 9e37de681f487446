using System.ComponentModel.DataAnnotations;
using Podium.Platform.Api;
using Podium.Platform.Csv;
using Podium.Platform.Problems;

namespace Podium.Competitions;

/// <summary>What every import takes and tells. A file with errors changes nothing; a preview never does.</summary>
public static class Import
{
    public const int MostRows = 5000;

    /// <summary>A table of 5,000 rows, as base64 in JSON.</summary>
    public const int MostBytes = 6 * 1024 * 1024;

    private const int MostErrors = 500;

    public sealed record Request
    {
        /// <summary>The CSV file's bytes as base64: UTF-8, UTF-16 with its mark, or Windows 1251 or 1252; with commas, semicolons or tabs.</summary>
        [Base64String(ErrorMessage = "It must be base64."), StringLength(MostBytes, MinimumLength = 1), Example("ZW1haWwsZmlyc3RfbmFtZSxsYXN0X25hbWUK")]
        public required string File { get; init; }

        /// <summary>Only tells what would be done.</summary>
        [Example(true)]
        public bool Preview { get; init; }
    }

    public sealed record Result
    {
        /// <summary>How the file's bytes were read.</summary>
        public required string Encoding { get; init; }

        /// <summary>Whether it was carried out.</summary>
        public required bool Applied { get; init; }

        public required int Rows { get; init; }

        public required int Added { get; init; }

        public required int Changed { get; init; }

        /// <summary>Rows that say what is there already.</summary>
        public required int Unchanged { get; init; }

        /// <summary>Columns that nothing was taken from.</summary>
        public required IReadOnlyList<string> IgnoredColumns { get; init; }

        /// <summary>The first five hundred.</summary>
        public required IReadOnlyList<CsvError> Errors { get; init; }
    }

    /// <summary>What came of a row.</summary>
    internal enum Effect
    {
        Add,
        Change,
        Keep,
    }

    /// <summary>A table under way: its errors, and what its rows do.</summary>
    internal sealed class Sheet(CsvTable table)
    {
        private readonly HashSet<string> _used = new(StringComparer.OrdinalIgnoreCase);

        public List<CsvError> Errors { get; } = [];

        public Dictionary<Effect, int> Effects { get; } = new() { [Effect.Add] = 0, [Effect.Change] = 0, [Effect.Keep] = 0 };

        public IReadOnlyList<CsvTable.Row> Rows => table.Rows;

        /// <summary>Forgets what an earlier try of the same transaction has found.</summary>
        public void Begin()
        {
            Errors.Clear();
            foreach (var effect in Enum.GetValues<Effect>()) Effects[effect] = 0;
        }

        public bool Has(string column) => table.Has(column);

        public void Need(params string[] columns) => Errors.AddRange(table.Missing(columns));

        public string Cell(CsvTable.Row row, string column)
        {
            _used.Add(Plain(column));
            return table.Cell(row, column);
        }

        public void Say(CsvTable.Row row, string? column, string code, string detail) => Errors.Add(new CsvError(row.Line, column, code, detail));

        /// <summary>A text within its limits; null and an error where it is not.</summary>
        public string? Text(CsvTable.Row row, string column, int most, bool required)
        {
            var text = Cell(row, column);
            if (text.Length == 0 && !required) return null;
            if (text.Length == 0) Say(row, column, "required", "It is missing.");
            else if (text.Length > most) Say(row, column, "too-long", $"At most {most} characters are allowed.");
            else if (text.Any(char.IsControl)) Say(row, column, "characters", "It holds characters that cannot be stored.");
            else return text;
            return null;
        }

        public Result Result(bool applied) => new()
        {
            Encoding = table.Encoding,
            Applied = applied,
            Rows = table.Rows.Count,
            Added = Errors.Count > 0 ? 0 : Effects[Effect.Add],
            Changed = Errors.Count > 0 ? 0 : Effects[Effect.Change],
            Unchanged = Errors.Count > 0 ? 0 : Effects[Effect.Keep],
            IgnoredColumns = [.. table.Header.Where(column => !_used.Contains(Plain(column)))],
            Errors = [.. Errors.OrderBy(error => error.Line).Take(MostErrors)],
        };

        private static string Plain(string column) => new([.. column.Where(char.IsLetterOrDigit)]);
    }

    /// <summary>The table in a request, or the answer that there is none.</summary>
    internal static (Sheet? Sheet, Result? Refusal) Open(Request request)
    {
        var (table, error) = CsvTable.Read(Convert.FromBase64String(request.File), MostRows);
        if (table is not null) return (new Sheet(table), null);
        return (null, new Result { Encoding = "", Applied = false, Rows = 0, Added = 0, Changed = 0, Unchanged = 0, IgnoredColumns = [], Errors = [error!] });
    }
}
