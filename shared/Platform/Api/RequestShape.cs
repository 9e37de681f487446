using System.Collections.Concurrent;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Podium.Platform.Problems;

namespace Podium.Platform.Api;

/// <summary>
/// Holds what a client sent against the record it should become, and finds every fault in one pass:
/// missing and unknown fields, wrong types, and the limits that the record's data annotations state.
/// </summary>
public static class RequestShape
{
    /// <summary>Text without a stated length may be this long.</summary>
    public const int DefaultTextLength = 2000;

    /// <summary>Lists without a stated length may have this many items.</summary>
    public const int DefaultItems = 1000;

    /// <summary>Free JSON without a stated length may be this long.</summary>
    public const int DefaultFreeLength = 20_000;

    /// <summary>Names that a client chooses may be this long.</summary>
    public const int MaxNameLength = 200;

    // to read them costs more than to hold them against a value; there are no more than our records have members
    private static readonly ConcurrentDictionary<ICustomAttributeProvider, Attribute[]> Known = new();

    public static IReadOnlyList<Fault> Check(JsonElement value, Type type)
    {
        var faults = new List<Fault>();
        Check(value, Json.Options.GetTypeInfo(type), NoAttributes.Instance, nullable: false, "", faults);
        return faults;
    }

    private static void Check(JsonElement value, JsonTypeInfo type, ICustomAttributeProvider attributes, bool nullable, string pointer, List<Fault> faults)
    {
        if (value.ValueKind == JsonValueKind.Null)
        {
            if (!nullable) faults.Add(new Fault(pointer, "required", "It may not be null."));
            return;
        }
        switch (type.Kind)
        {
            case JsonTypeInfoKind.Object:
                CheckObject(value, type, pointer, faults);
                break;
            case JsonTypeInfoKind.Enumerable:
                CheckItems(value, type, attributes, pointer, faults);
                break;
            case JsonTypeInfoKind.Dictionary:
                CheckEntries(value, type, attributes, pointer, faults);
                break;
            default:
                CheckLeaf(value, Nullable.GetUnderlyingType(type.Type) ?? type.Type, attributes, pointer, faults);
                break;
        }
    }

    private static void CheckObject(JsonElement value, JsonTypeInfo type, string pointer, List<Fault> faults)
    {
        if (value.ValueKind != JsonValueKind.Object)
        {
            faults.Add(WrongType(pointer, "an object"));
            return;
        }
        foreach (var property in type.Properties)
        {
            var at = Join(pointer, property.Name);
            if (value.TryGetProperty(property.Name, out var member))
                Check(member, Json.Options.GetTypeInfo(property.PropertyType), property.AttributeProvider ?? NoAttributes.Instance, property.IsSetNullable, at, faults);
            else if (property.IsRequired)
                faults.Add(new Fault(at, "required", "It is missing."));
        }
        foreach (var member in value.EnumerateObject())
        {
            if (type.Properties.All(property => property.Name != member.Name)) faults.Add(new Fault(Join(pointer, member.Name), "unknown-field", "There is no such field."));
        }
    }

    private static void CheckItems(JsonElement value, JsonTypeInfo type, ICustomAttributeProvider attributes, string pointer, List<Fault> faults)
    {
        if (value.ValueKind != JsonValueKind.Array)
        {
            faults.Add(WrongType(pointer, "a list"));
            return;
        }
        if (!CheckCount(value.GetArrayLength(), attributes, pointer, faults)) return;
        var element = Json.Options.GetTypeInfo(type.ElementType!);
        var before = faults.Count;
        var index = 0;
        foreach (var item in value.EnumerateArray()) Check(item, element, NoAttributes.Instance, nullable: false, Join(pointer, (index++).ToString(CultureInfo.InvariantCulture)), faults);
        if (faults.Count == before) CheckRules(() => value.Deserialize(type.Type, Json.Options), attributes, pointer, faults);
    }

    private static void CheckEntries(JsonElement value, JsonTypeInfo type, ICustomAttributeProvider attributes, string pointer, List<Fault> faults)
    {
        if (value.ValueKind != JsonValueKind.Object)
        {
            faults.Add(WrongType(pointer, "an object"));
            return;
        }
        if (!CheckCount(value.GetPropertyCount(), attributes, pointer, faults)) return;
        var element = Json.Options.GetTypeInfo(type.ElementType!);
        foreach (var member in value.EnumerateObject())
        {
            var at = Join(pointer, member.Name);
            if (member.Name.Length > MaxNameLength || FaultOfText(member.Name) is not null) faults.Add(new Fault(at, "field-name", "This name cannot be used."));
            Check(member.Value, element, NoAttributes.Instance, nullable: false, at, faults);
        }
    }

    private static bool CheckCount(int count, ICustomAttributeProvider attributes, string pointer, List<Fault> faults)
    {
        var most = attributes.Get<MaxLengthAttribute>()?.Length ?? DefaultItems;
        var least = attributes.Get<MinLengthAttribute>()?.Length ?? 0;
        if (count > most) faults.Add(new Fault(pointer, "too-many", $"At most {most} are allowed."));
        else if (count < least) faults.Add(new Fault(pointer, "too-few", $"At least {least} are needed."));
        return count <= most;
    }

    private static void CheckLeaf(JsonElement value, Type type, ICustomAttributeProvider attributes, string pointer, List<Fault> faults)
    {
        if (type == typeof(JsonElement))
        {
            CheckFree(value, attributes, pointer, faults);
            return;
        }
        if (Expected(value, type) is { } expected)
        {
            faults.Add(WrongType(pointer, expected));
            return;
        }
        if (type == typeof(string)) CheckText(value.GetString()!, attributes, pointer, faults);
        CheckRules(() => type == typeof(string) || type.IsEnum ? value.GetString() : value.Deserialize(type, Json.Options), attributes, pointer, faults);
    }

    private static void CheckRules(Func<object?> read, ICustomAttributeProvider attributes, string pointer, List<Fault> faults)
    {
        var rules = attributes.All<ValidationAttribute>().Where(rule => rule is not (StringLengthAttribute or MaxLengthAttribute or MinLengthAttribute)).ToList();
        if (rules.Count == 0) return;
        var value = read();
        faults.AddRange(rules.Where(rule => !rule.IsValid(value)).Select(rule => new Fault(pointer, CodeOf(rule), Say(rule))));
    }

    // what the type expects where the value is something else, or null
    private static string? Expected(JsonElement value, Type type)
    {
        if (type == typeof(string)) return value.ValueKind == JsonValueKind.String && TryGetString(value) is not null ? null : "text";
        if (type == typeof(bool)) return value.ValueKind is JsonValueKind.True or JsonValueKind.False ? null : "true or false";
        if (type == typeof(int)) return value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out _) ? null : "a whole number";
        if (type == typeof(long)) return value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out _) ? null : "a whole number";
        if (type == typeof(decimal)) return value.ValueKind == JsonValueKind.Number && value.TryGetDecimal(out _) ? null : "a number";
        if (type == typeof(double)) return value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && double.IsFinite(number) ? null : "a number";
        if (type == typeof(Guid)) return TryGetString(value) is { } id && Guid.TryParseExact(id, "D", out _) ? null : "an id (UUID)";
        if (type == typeof(DateOnly)) return TryGetString(value) is { } day && DateOnly.TryParseExact(day, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _) ? null : "a date (2026-12-31)";
        if (type == typeof(DateTimeOffset)) return TryGetString(value) is { } instant && IsInstant(instant) && value.TryGetDateTimeOffset(out _) ? null : "an instant with its offset (2026-12-31T18:00:00Z)";
        if (type.IsEnum)
        {
            var names = Enum.GetNames(type).Select(JsonNamingPolicy.CamelCase.ConvertName).ToList();
            return TryGetString(value) is { } name && names.Contains(name) ? null : $"one of {string.Join(", ", names)}";
        }
        throw new InvalidOperationException($"A request cannot hold a {type.Name} yet: teach RequestShape.");
    }

    private static void CheckText(string text, ICustomAttributeProvider attributes, string pointer, List<Fault> faults)
    {
        if (FaultOfText(text) is { } fault)
        {
            faults.Add(new Fault(pointer, "characters", fault));
            return;
        }
        var length = attributes.Get<StringLengthAttribute>();
        var most = length?.MaximumLength ?? DefaultTextLength;
        var least = length?.MinimumLength ?? 0;
        if (text.Length > most) faults.Add(new Fault(pointer, "too-long", $"At most {most} characters are allowed."));
        else if (text.Length < least || (least > 0 && string.IsNullOrWhiteSpace(text))) faults.Add(new Fault(pointer, "too-short", least <= 1 ? "It may not be empty." : $"At least {least} characters are needed."));
    }

    // PostgreSQL keeps no NUL, and half a surrogate pair is no character
    private static string? FaultOfText(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\0') return "It holds a NUL character.";
            if (!char.IsSurrogate(text[i])) continue;
            if (i + 1 >= text.Length || !char.IsSurrogatePair(text[i], text[i + 1])) return "It holds half a character (a lone surrogate).";
            i++;
        }
        return null;
    }

    private static void CheckFree(JsonElement value, ICustomAttributeProvider attributes, string pointer, List<Fault> faults)
    {
        if (value.ValueKind != JsonValueKind.Object)
        {
            faults.Add(WrongType(pointer, "an object"));
            return;
        }
        var most = attributes.Get<MaxLengthAttribute>()?.Length ?? DefaultFreeLength;
        if (value.GetRawText().Length > most) faults.Add(new Fault(pointer, "too-long", $"At most {most} characters of JSON are allowed."));
        CheckFreeText(value, pointer, faults);
    }

    private static void CheckFreeText(JsonElement value, string pointer, List<Fault> faults)
    {
        if (value.ValueKind == JsonValueKind.String)
        {
            if (TryGetString(value) is not { } text || FaultOfText(text) is not null) faults.Add(new Fault(pointer, "characters", "It holds characters that cannot be stored."));
        }
        else if (value.ValueKind == JsonValueKind.Array)
        {
            var index = 0;
            foreach (var item in value.EnumerateArray()) CheckFreeText(item, Join(pointer, (index++).ToString(CultureInfo.InvariantCulture)), faults);
        }
        else if (value.ValueKind == JsonValueKind.Number)
        {
            if (!value.TryGetDecimal(out _)) faults.Add(new Fault(pointer, "number", "This number is too large or too precise."));
        }
        else if (value.ValueKind == JsonValueKind.Object)
        {
            foreach (var member in value.EnumerateObject())
            {
                if (FaultOfText(member.Name) is not null) faults.Add(new Fault(pointer, "characters", "A name holds characters that cannot be stored."));
                CheckFreeText(member.Value, Join(pointer, member.Name), faults);
            }
        }
    }

    private static string? TryGetString(JsonElement value)
    {
        try
        {
            return value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        }
        catch (InvalidOperationException)
        {
            return null; // an escape that is no character
        }
    }

    private static bool IsInstant(string text) => text.EndsWith('Z') || text.LastIndexOfAny(['+', '-']) > text.IndexOf('T') && text.Contains('T');

    private static Fault WrongType(string pointer, string expected) => new(pointer, "type", $"It must be {expected}.");

    private static string Join(string pointer, string name) =>
        $"{pointer}/{name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal)}";

    private static string CodeOf(ValidationAttribute rule) => rule switch
    {
        RangeAttribute => "range",
        EmailAddressAttribute => "email",
        UrlAttribute => "url",
        RegularExpressionAttribute => "format",
        AllowedValuesAttribute => "value",
        _ => JsonNamingPolicy.KebabCaseLower.ConvertName(rule.GetType().Name.Replace("Attribute", "", StringComparison.Ordinal)),
    };

    private static string Say(ValidationAttribute rule) => rule switch
    {
        RangeAttribute range => $"It must be between {range.Minimum} and {range.Maximum}.",
        EmailAddressAttribute => "It must be an e-mail address.",
        UrlAttribute => "It must be a web address.",
        AllowedValuesAttribute allowed => $"It must be one of {string.Join(", ", allowed.Values)}.",
        { ErrorMessage: { } message } => message,
        _ => "It does not have the right form.",
    };

    private static T? Get<T>(this ICustomAttributeProvider attributes) where T : Attribute => attributes.All<T>().FirstOrDefault();

    private static IEnumerable<T> All<T>(this ICustomAttributeProvider attributes) where T : Attribute =>
        Known.GetOrAdd(attributes, static provider => [.. provider.GetCustomAttributes(inherit: true).OfType<Attribute>()]).OfType<T>();

    private sealed class NoAttributes : ICustomAttributeProvider
    {
        public static readonly NoAttributes Instance = new();

        public object[] GetCustomAttributes(bool inherit) => [];

        public object[] GetCustomAttributes(Type attributeType, bool inherit) => [];

        public bool IsDefined(Type attributeType, bool inherit) => false;
    }
}
