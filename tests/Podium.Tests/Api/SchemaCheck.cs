using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Podium.Tests.Api;

/// <summary>Holds JSON against the part of JSON Schema that the API's description uses.</summary>
internal static class SchemaCheck
{
    /// <summary>Every fault, with where it is.</summary>
    public static IEnumerable<string> Faults(ServedApi api, JsonObject schema, JsonNode? value, string at = "")
    {
        var whole = api.Find(schema);
        if (whole["anyOf"] is JsonArray choices)
            return choices.Any(choice => !Faults(api, choice!.AsObject(), value, at).Any()) ? [] : [$"{at}: fits none of the choices"];
        if (whole["type"] is { } type && !TypesOf(type).Any(name => Is(name, value))) return [$"{at}: {Kind(value)} instead of {type.ToJsonString()}"];
        if (whole["enum"] is JsonArray known && !known.Any(one => JsonNode.DeepEquals(one, value))) return [$"{at}: {value} is not one of {known.ToJsonString()}"];
        return value switch
        {
            JsonObject map => OfObject(api, whole, map, at),
            JsonArray list => OfItems(api, whole, list, at),
            JsonValue leaf => OfLeaf(whole, leaf, at),
            _ => [],
        };
    }

    public static IEnumerable<string> TypesOf(JsonNode type) => type is JsonArray several ? several.Select(one => (string)one!) : [(string)type!];

    private static IEnumerable<string> OfObject(ServedApi api, JsonObject schema, JsonObject map, string at)
    {
        var properties = schema["properties"]?.AsObject() ?? [];
        foreach (var name in schema["required"]?.AsArray() ?? [])
        {
            if (!map.ContainsKey((string)name!)) yield return $"{at}/{name}: is missing";
        }
        foreach (var (name, member) in map)
        {
            if (properties[name] is JsonObject known)
            {
                foreach (var fault in Faults(api, known, member, $"{at}/{name}")) yield return fault;
            }
            else if (schema["additionalProperties"] is JsonObject any)
            {
                foreach (var fault in Faults(api, any, member, $"{at}/{name}")) yield return fault;
            }
            else if (properties.Count > 0)
            {
                yield return $"{at}/{name}: is not described";
            }
        }
    }

    private static IEnumerable<string> OfItems(ServedApi api, JsonObject schema, JsonArray list, string at)
    {
        if (list.Count < ((int?)schema["minItems"] ?? 0) || list.Count > ((int?)schema["maxItems"] ?? int.MaxValue)) yield return $"{at}: has {list.Count} items";
        if (schema["items"] is not JsonObject item) yield break;
        for (var i = 0; i < list.Count; i++)
        {
            foreach (var fault in Faults(api, item, list[i], $"{at}/{i}")) yield return fault;
        }
    }

    private static IEnumerable<string> OfLeaf(JsonObject schema, JsonValue leaf, string at)
    {
        if (leaf.GetValueKind() == JsonValueKind.Number)
        {
            var number = decimal.Parse(leaf.ToJsonString(), NumberStyles.Float, CultureInfo.InvariantCulture);
            if (number < ((decimal?)schema["minimum"] ?? number) || number > ((decimal?)schema["maximum"] ?? number)) yield return $"{at}: {number} is out of range";
        }
        if (leaf.GetValueKind() != JsonValueKind.String) yield break;
        var text = (string)leaf!;
        if (text.Length < ((int?)schema["minLength"] ?? 0) || text.Length > ((int?)schema["maxLength"] ?? int.MaxValue)) yield return $"{at}: has {text.Length} characters";
        if ((string?)schema["pattern"] is { } pattern && !Regex.IsMatch(text, pattern)) yield return $"{at}: '{text}' is not like {pattern}";
        var fits = (string?)schema["format"] switch
        {
            "uuid" => Guid.TryParseExact(text, "D", out _),
            "date" => DateOnly.TryParseExact(text, "yyyy-MM-dd", out _),
            "date-time" => DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, out _),
            "email" => text.Contains('@'),
            _ => true,
        };
        if (!fits) yield return $"{at}: '{text}' is no {schema["format"]}";
    }

    private static bool Is(string type, JsonNode? value) => type switch
    {
        "null" => value is null,
        "object" => value is JsonObject,
        "array" => value is JsonArray,
        "string" => Kind(value) == JsonValueKind.String,
        "boolean" => Kind(value) is JsonValueKind.True or JsonValueKind.False,
        "integer" => Kind(value) == JsonValueKind.Number && long.TryParse(value!.ToJsonString(), out _),
        "number" => Kind(value) == JsonValueKind.Number,
        _ => false,
    };

    private static JsonValueKind Kind(JsonNode? value) => value?.GetValueKind() ?? JsonValueKind.Null;
}
