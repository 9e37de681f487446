using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Podium.Identity;
using Podium.Platform.Api;
using Podium.Platform.Problems;

namespace Podium.Competitions;

/// <summary>What a field takes.</summary>
public enum FieldType
{
    Text,
    LongText,
    Number,
    Integer,
    Boolean,
    Date,
    Choice,
    Choices,
    Email,
    Url,
    Phone,
    Consent,
}

/// <summary>One field of a form.</summary>
public sealed record FormField
{
    /// <summary>How an entry names it.</summary>
    [RegularExpression("[a-z][a-zA-Z0-9]*", ErrorMessage = "A small letter, then letters and digits."), StringLength(40, MinimumLength = 1), Example("motivation")]
    public required string Name { get; init; }

    [Example("text")]
    public required FieldType Type { get; init; }

    /// <summary>What people read, by language.</summary>
    [MinLength(1), MaxLength(20)]
    public required IReadOnlyDictionary<string, string> Label { get; init; }

    /// <summary>A word of help, by language.</summary>
    [MaxLength(20)]
    public IReadOnlyDictionary<string, string> Help { get; init; } = new Dictionary<string, string>();

    [Example(true)]
    public bool Required { get; init; }

    /// <summary>The least number, or the least length of a text, or the least number of choices.</summary>
    [Example(null!)]
    public decimal? Min { get; init; }

    /// <summary>The greatest number, or the greatest length of a text, or the greatest number of choices.</summary>
    [Example(null!)]
    public decimal? Max { get; init; }

    /// <summary>The first day that is taken.</summary>
    [Example(null!)]
    public DateOnly? From { get; init; }

    /// <summary>The last day that is taken.</summary>
    [Example(null!)]
    public DateOnly? Until { get; init; }

    /// <summary>A regular expression that the whole text must match.</summary>
    [StringLength(500, MinimumLength = 1), Example(null!)]
    public string? Pattern { get; init; }

    [MaxLength(200), Example(null!)]
    public IReadOnlyList<FormChoice>? Choices { get; init; }
}

/// <summary>One of a field's choices.</summary>
public sealed record FormChoice
{
    [StringLength(100, MinimumLength = 1)]
    public required string Value { get; init; }

    [MinLength(1), MaxLength(20)]
    public required IReadOnlyDictionary<string, string> Label { get; init; }
}

/// <summary>The rules of entry forms: what a form must be, and what an entry must be to fit it. Both find every fault in one pass.</summary>
public static partial class EntryForm
{
    public const int MostFields = 100;

    private const int TextLength = 500;
    private const int LongTextLength = 20_000;

    /// <summary>What is wrong with a form itself.</summary>
    public static IReadOnlyList<Fault> FaultsOf(IReadOnlyList<FormField> fields, IReadOnlyList<string> languages, string pointer)
    {
        var faults = new List<Fault>();
        for (var i = 0; i < fields.Count; i++) CheckField(fields[i], fields.Take(i), languages, $"{pointer}/{i}", faults);
        return faults;
    }

    /// <summary>What is wrong with an entry; the pointer is where it stands in the request.</summary>
    public static IReadOnlyList<Fault> FaultsOf(IReadOnlyList<FormField> fields, JsonElement entry, string pointer)
    {
        var faults = new List<Fault>();
        foreach (var field in fields)
        {
            var at = $"{pointer}/{field.Name}";
            if (!entry.TryGetProperty(field.Name, out var value) || value.ValueKind == JsonValueKind.Null || IsBlank(value))
            {
                if (field.Required || field.Type == FieldType.Consent) faults.Add(new Fault(at, "required", "It is missing."));
            }
            else if (FaultOf(field, value, at) is { } fault) faults.Add(fault);
        }
        foreach (var member in entry.EnumerateObject())
        {
            if (fields.All(field => field.Name != member.Name)) faults.Add(new Fault($"{pointer}/{Escaped(member.Name)}", "unknown-field", "The form has no such field."));
        }
        return faults;
    }

    private static Fault? FaultOf(FormField field, JsonElement value, string at) => field.Type switch
    {
        FieldType.Number => value.ValueKind == JsonValueKind.Number && value.TryGetDecimal(out var number) ? Bounds(field, number, at) : Wrong(at, "a number"),
        FieldType.Integer => value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var whole) ? Bounds(field, whole, at) : Wrong(at, "a whole number"),
        FieldType.Boolean => value.ValueKind is JsonValueKind.True or JsonValueKind.False ? null : Wrong(at, "true or false"),
        FieldType.Consent => value.ValueKind == JsonValueKind.True ? null : new Fault(at, "consent", "It must be agreed to."),
        FieldType.Choices => Several(field, value, at),
        _ => value.ValueKind == JsonValueKind.String ? OfText(field, value.GetString()!, at) : Wrong(at, "text"),
    };

    private static Fault? OfText(FormField field, string text, string at)
    {
        switch (field.Type)
        {
            case FieldType.Date:
                if (!DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day)) return Wrong(at, "a date (2026-12-31)");
                if (day < field.From) return new Fault(at, "range", $"It must be {field.From:yyyy-MM-dd} or later.");
                return day > field.Until ? new Fault(at, "range", $"It must be {field.Until:yyyy-MM-dd} or earlier.") : null;
            case FieldType.Choice:
                return IsChoice(field, text) ? null : NoChoice(field, at);
            case FieldType.Email when EmailAddress.KeyOf(text) is null:
                return new Fault(at, "email", "It must be an e-mail address.");
            case FieldType.Url when text.Length > LongTextLength || !Uri.TryCreate(text, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"):
                return new Fault(at, "url", "It must be a web address.");
            case FieldType.Phone when !Regex.IsMatch(text, @"^\+[0-9]{6,15}\z", RegexOptions.NonBacktracking):
                return new Fault(at, "phone", "It must be a number with its country code, such as +77010000000.");
        }
        // as people count: a letter with its accents is one
        var length = text.Length <= LongTextLength ? new StringInfo(text).LengthInTextElements : text.Length;
        if (length < field.Min) return new Fault(at, "too-short", $"At least {field.Min:0} characters are needed.");
        if (length > MostOf(field)) return new Fault(at, "too-long", $"At most {MostOf(field):0} characters are allowed.");
        return field.Pattern is { } pattern && !Regex.IsMatch(text, $@"\A(?:{pattern})\z", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant)
            ? new Fault(at, "format", "It does not have the right form.")
            : null;
    }

    private static Fault? Several(FormField field, JsonElement value, string at)
    {
        if (value.ValueKind != JsonValueKind.Array) return Wrong(at, "a list");
        var chosen = new HashSet<string>();
        var index = 0;
        foreach (var item in value.EnumerateArray())
        {
            if (item.ValueKind != JsonValueKind.String || !IsChoice(field, item.GetString()!)) return NoChoice(field, $"{at}/{index}");
            if (!chosen.Add(item.GetString()!)) return new Fault($"{at}/{index}", "repeated", "This stands there already.");
            index++;
        }
        if (index < field.Min) return new Fault(at, "too-few", $"At least {field.Min:0} are needed.");
        return index > field.Max ? new Fault(at, "too-many", $"At most {field.Max:0} are allowed.") : null;
    }

    private static Fault? Bounds(FormField field, decimal number, string at)
    {
        if (number < field.Min) return new Fault(at, "range", string.Create(CultureInfo.InvariantCulture, $"It must be {field.Min} or more."));
        return number > field.Max ? new Fault(at, "range", string.Create(CultureInfo.InvariantCulture, $"It must be {field.Max} or less.")) : null;
    }

    private static void CheckField(FormField field, IEnumerable<FormField> before, IReadOnlyList<string> languages, string at, List<Fault> faults)
    {
        if (before.Any(other => other.Name == field.Name)) faults.Add(new Fault($"{at}/name", "repeated", "Another field has this name."));
        CheckLabels(field.Label, languages, $"{at}/label", faults);
        CheckLabels(field.Help, languages, $"{at}/help", faults);
        if (field.Min > field.Max) faults.Add(new Fault($"{at}/max", "order", "It cannot be less than the least."));
        if (field.From > field.Until) faults.Add(new Fault($"{at}/until", "order", "It cannot be before the first day."));
        if ((field.Min ?? field.Max) is not null && field.Type is FieldType.Boolean or FieldType.Consent or FieldType.Date or FieldType.Choice)
            faults.Add(new Fault(field.Min is null ? $"{at}/max" : $"{at}/min", "not-here", "This type has no such limit."));
        if (IsText(field.Type) && (field.Min < 0 || field.Max > LongTextLength)) faults.Add(new Fault($"{at}/max", "range", $"A text may have 0 to {LongTextLength} characters."));
        if (field.Pattern is { } pattern && (!IsText(field.Type) || !IsPattern(pattern))) faults.Add(new Fault($"{at}/pattern", "pattern", "It must be a regular expression without back references and look-around, for a field of text."));
        if (field.Type is FieldType.Choice or FieldType.Choices)
        {
            if (field.Choices is not { Count: > 0 } choices) faults.Add(new Fault($"{at}/choices", "required", "Say what there is to choose."));
            else CheckChoices(choices, languages, $"{at}/choices", faults);
        }
        else if (field.Choices is not null) faults.Add(new Fault($"{at}/choices", "not-here", "This type has no choices."));
    }

    private static void CheckChoices(IReadOnlyList<FormChoice> choices, IReadOnlyList<string> languages, string at, List<Fault> faults)
    {
        for (var i = 0; i < choices.Count; i++)
        {
            if (choices.Take(i).Any(other => other.Value == choices[i].Value)) faults.Add(new Fault($"{at}/{i}/value", "repeated", "Another choice has this value."));
            CheckLabels(choices[i].Label, languages, $"{at}/{i}/label", faults);
        }
    }

    private static void CheckLabels(IReadOnlyDictionary<string, string> labels, IReadOnlyList<string> languages, string at, List<Fault> faults) =>
        faults.AddRange(labels.Keys.Where(language => !languages.Contains(language)).Select(language => new Fault($"{at}/{Escaped(language)}", "unknown", $"The tenant speaks {string.Join(", ", languages)}.")));

    private static bool IsPattern(string pattern)
    {
        // repetitions multiply where they are nested, and each copy takes room
        var copies = Repetitions().Matches(pattern).Aggregate(1L, (product, match) => Math.Min(product * Most(match), 1_000_000));
        if (copies > 1000) return false;
        try
        {
            _ = new Regex($@"\A(?:{pattern})\z", RegexOptions.NonBacktracking);
            return true;
        }
        catch (Exception error) when (error is ArgumentException or NotSupportedException)
        {
            return false;
        }
    }

    [GeneratedRegex(@"\{([0-9]{1,9})(?:,([0-9]{0,9}))?\}")]
    private static partial Regex Repetitions();

    private static long Most(Match repetition) =>
        Math.Max(1, Math.Max(long.Parse(repetition.Groups[1].Value, CultureInfo.InvariantCulture), long.TryParse(repetition.Groups[2].Value, CultureInfo.InvariantCulture, out var upper) ? upper : 1));

    private static decimal MostOf(FormField field) => field.Max ?? (field.Type == FieldType.LongText ? LongTextLength : TextLength);

    private static bool IsText(FieldType type) => type is FieldType.Text or FieldType.LongText or FieldType.Email or FieldType.Url or FieldType.Phone;

    private static bool IsBlank(JsonElement value) =>
        (value.ValueKind == JsonValueKind.String && string.IsNullOrWhiteSpace(value.GetString())) || (value.ValueKind == JsonValueKind.Array && value.GetArrayLength() == 0);

    private static bool IsChoice(FormField field, string value) => field.Choices?.Any(choice => choice.Value == value) ?? false;

    private static Fault NoChoice(FormField field, string at) => new(at, "value", $"It must be one of {string.Join(", ", (field.Choices ?? []).Take(20).Select(choice => choice.Value))}.");

    private static Fault Wrong(string at, string expected) => new(at, "type", $"It must be {expected}.");

    private static string Escaped(string name) => name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal);
}
