using System.Globalization;
using System.Text.Json;
using Podium.Platform.Problems;

namespace Podium.Analytics;

/// <summary>Holds what was told against what may be told.</summary>
public static class EventRules
{
    public const int UsualLength = 200;

    /// <summary>An event may be told this late, by a device that was without a network.</summary>
    public static readonly TimeSpan Latest = TimeSpan.FromDays(7);

    /// <summary>A device's clock may run ahead by this.</summary>
    public static readonly TimeSpan Ahead = TimeSpan.FromMinutes(5);

    /// <summary>What is wrong with definitions themselves.</summary>
    public static IReadOnlyList<Fault> FaultsOf(IReadOnlyList<EventProperty> properties)
    {
        var faults = new List<Fault>();
        foreach (var (number, property) in properties.Index())
        {
            var at = $"/properties/{number}";
            if (properties.Take(number).Any(other => other.Name == property.Name)) faults.Add(new Fault($"{at}/name", "repeated", "This property stands there already."));
            if ((property.Type == PropertyType.Choice) != (property.Values is { Count: > 0 })) faults.Add(new Fault($"{at}/values", "values", "A choice lists its values, and nothing else does."));
            if (property.MaxLength is not null && property.Type != PropertyType.Text) faults.Add(new Fault($"{at}/maxLength", "text-only", "Only a text has a length."));
            if ((property.Minimum ?? property.Maximum) is not null && property.Type != PropertyType.Number) faults.Add(new Fault($"{at}/minimum", "number-only", "Only a number has a least and a most."));
            if (property.Minimum > property.Maximum) faults.Add(new Fault($"{at}/maximum", "order", "The most is not less than the least."));
        }
        return faults;
    }

    /// <summary>What is wrong with an event, at its place in the batch; the detail says the line too, counted from one.</summary>
    public static IEnumerable<Fault> FaultsOf(TakeEvents.Event one, int index, IReadOnlyDictionary<string, EventDefinition> definitions, DateTimeOffset now)
    {
        var (at, line) = ($"/events/{index}", string.Create(CultureInfo.InvariantCulture, $"Line {index + 1}: "));
        if (one.At > now + Ahead) yield return new Fault($"{at}/at", "future", $"{line}it lies in the future.");
        else if (one.At < now - Latest) yield return new Fault($"{at}/at", "past", $"{line}it is older than {Latest.TotalDays:0} days.");
        if (!definitions.TryGetValue(one.Name, out var definition))
        {
            yield return new Fault($"{at}/name", "unknown", $"{line}nobody has defined an event of this name.");
            yield break;
        }
        var given = one.Properties is { ValueKind: JsonValueKind.Object } properties ? properties.EnumerateObject().ToList() : [];
        foreach (var property in given)
        {
            var known = definition.Properties.FirstOrDefault(other => other.Name == property.Name);
            if (known is null) yield return new Fault($"{at}/properties", "unknown", $"{line}{one.Name} has no property '{Shown(property.Name)}'.");
            else if (FaultOf(known, property.Value) is { } fault) yield return new Fault($"{at}/properties/{known.Name}", "value", $"{line}{fault}");
        }
        foreach (var missing in definition.Properties.Where(property => property.Required && given.All(other => other.Name != property.Name)))
            yield return new Fault($"{at}/properties/{missing.Name}", "required", $"{line}it is missing.");
    }

    private static string? FaultOf(EventProperty property, JsonElement value) => property.Type switch
    {
        PropertyType.Text when value.ValueKind != JsonValueKind.String => "it must be text.",
        PropertyType.Text when value.GetString()!.Length > (property.MaxLength ?? UsualLength) => $"at most {property.MaxLength ?? UsualLength} characters are allowed.",
        PropertyType.Number when value.ValueKind != JsonValueKind.Number || !value.TryGetDecimal(out _) => "it must be a number.",
        PropertyType.Number when value.GetDecimal() < property.Minimum => string.Create(CultureInfo.InvariantCulture, $"it must be at least {property.Minimum}."),
        PropertyType.Number when value.GetDecimal() > property.Maximum => string.Create(CultureInfo.InvariantCulture, $"it must be at most {property.Maximum}."),
        PropertyType.Boolean when value.ValueKind is not (JsonValueKind.True or JsonValueKind.False) => "it must be true or false.",
        PropertyType.Choice when value.ValueKind != JsonValueKind.String || !property.Values!.Contains(value.GetString()!) => $"it must be one of {string.Join(", ", property.Values!)}.",
        _ => null,
    };

    private static string Shown(string name) => name.Length > 50 ? name[..50] + "…" : name;
}
