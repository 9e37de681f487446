using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Podium.Platform.Api;

namespace Podium.Functions.Api;

/// <summary>Requests that a record's own rules accept, to show to readers and to begin tests with.</summary>
internal static class Examples
{
    private static readonly string[] Texts = ["Example", "en", "UTC", "EX", "E1", "ada@example.org", "https://www.example.org/", "example.org", "example", "EXAMPLE", "123456", "2026", "+77010000000"];

    /// <summary>A whole request; an optional id is left out, since it would name nothing.</summary>
    public static JsonNode Of(Type type) => Of(type, null, onlyRequired: false, depth: 0)!;

    /// <summary>What fields are when a request leaves them out, where that is not null.</summary>
    public static Dictionary<string, JsonNode> Defaults(Type type)
    {
        var info = Json.Options.GetTypeInfo(type);
        var least = OfObject(info, onlyRequired: true, depth: 0).Deserialize(type, Json.Options)!;
        return info.Properties
            .Where(property => property is { IsRequired: false, Get: not null } && property.PropertyType != typeof(JsonElement))
            .Select(property => (property.Name, Value: JsonSerializer.SerializeToNode(property.Get!(least), property.PropertyType, Json.Options)))
            .Where(property => property.Value is not null)
            .ToDictionary(property => property.Name, property => property.Value!);
    }

    private static JsonObject OfObject(JsonTypeInfo type, bool onlyRequired, int depth)
    {
        var made = new JsonObject();
        foreach (var property in type.Properties)
        {
            if (property.Set is null && property.AssociatedParameter is null) continue;
            var isOptionalId = Nullable.GetUnderlyingType(property.PropertyType) == typeof(Guid);
            if (!property.IsRequired && (onlyRequired || isOptionalId || depth > 4)) continue;
            made[property.Name] = Of(property.PropertyType, property, onlyRequired, depth);
        }
        return made;
    }

    private static JsonNode? Of(Type type, JsonPropertyInfo? property, bool onlyRequired, int depth)
    {
        if (All<ExampleAttribute>(property).FirstOrDefault() is { } stated) return JsonSerializer.SerializeToNode(stated.Value, Json.Options);
        var info = Json.Options.GetTypeInfo(type);
        return info.Kind switch
        {
            JsonTypeInfoKind.Object => OfObject(info, onlyRequired, depth + 1),
            JsonTypeInfoKind.Enumerable => OfItems(info, property, onlyRequired, depth),
            JsonTypeInfoKind.Dictionary => new JsonObject { ["example"] = Of(info.ElementType!, null, onlyRequired, depth + 1) },
            _ => OfLeaf(Nullable.GetUnderlyingType(type) ?? type, property),
        };
    }

    private static JsonArray OfItems(JsonTypeInfo type, JsonPropertyInfo? property, bool onlyRequired, int depth)
    {
        var count = Math.Max(1, All<MinLengthAttribute>(property).FirstOrDefault()?.Length ?? 0);
        return [.. Enumerable.Range(0, count).Select(_ => Of(type.ElementType!, null, onlyRequired, depth + 1))];
    }

    private static JsonNode? OfLeaf(Type type, JsonPropertyInfo? property)
    {
        if (All<AllowedValuesAttribute>(property).FirstOrDefault() is { } allowed) return JsonSerializer.SerializeToNode(allowed.Values[0], Json.Options);
        if (type == typeof(string)) return TextFor(property);
        if (type == typeof(bool)) return true;
        if (type.IsEnum) return JsonNamingPolicy.CamelCase.ConvertName(Enum.GetNames(type)[0]);
        if (type == typeof(Guid)) return "0197c5a0-5c00-7000-8000-000000000001";
        if (type == typeof(DateOnly)) return "2026-12-31";
        if (type == typeof(DateTimeOffset)) return "2026-12-31T18:00:00Z";
        if (type == typeof(JsonElement)) return new JsonObject();
        return All<RangeAttribute>(property).FirstOrDefault() is { } range ? JsonSerializer.SerializeToNode(range.Minimum, Json.Options) : 1;
    }

    private static string TextFor(JsonPropertyInfo? property)
    {
        var length = All<StringLengthAttribute>(property).FirstOrDefault();
        var rules = All<ValidationAttribute>(property).ToList();
        var longer = "Example".PadRight(length?.MinimumLength ?? 0, 'x');
        return Texts.Append(longer).FirstOrDefault(text => rules.TrueForAll(rule => rule.IsValid(text)))
            ?? throw new InvalidOperationException($"Give {property!.DeclaringType}.{property.Name} an [Example] that its rules accept.");
    }

    private static IEnumerable<T> All<T>(JsonPropertyInfo? property) where T : Attribute =>
        property?.AttributeProvider?.GetCustomAttributes(typeof(T), inherit: true).Cast<T>() ?? [];
}
