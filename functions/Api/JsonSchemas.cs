using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using System.Text.RegularExpressions;
using Podium.Identity;
using Podium.Platform.Api;

namespace Podium.Functions.Api;

/// <summary>JSON Schemas of the records, made from what <see cref="RequestShape"/> holds requests against. Each record becomes one named component.</summary>
internal sealed class JsonSchemas(XmlSummaries summaries)
{
    private readonly Dictionary<(Type Type, bool IsRequest), string> _names = [];
    private readonly SortedDictionary<string, JsonObject> _components = new(StringComparer.Ordinal);

    /// <summary>The components that were needed so far, by name.</summary>
    public JsonObject Components => new(_components.Select(component => KeyValuePair.Create(component.Key, (JsonNode?)component.Value)));

    /// <summary>The schema of what a client sends.</summary>
    public JsonObject OfRequest(Type type) => Of(type, isRequest: true, attributes: null);

    /// <summary>The schema of what a client is answered.</summary>
    public JsonObject OfAnswer(Type type) => Of(type, isRequest: false, attributes: null);

    /// <summary>The schema of one field, with what is said of it.</summary>
    public JsonObject OfProperty(JsonPropertyInfo property, bool isRequest, JsonNode? byDefault)
    {
        var attributes = property.AttributeProvider;
        var schema = Of(property.PropertyType, isRequest, isRequest ? attributes : null);
        if (isRequest ? property.IsSetNullable : property.IsGetNullable) schema = OrNull(schema);
        if (Describe(property, isRequest) is { } description) schema["description"] = description;
        if (byDefault is not null) schema["default"] = byDefault.DeepClone();
        return schema;
    }

    private JsonObject Of(Type type, bool isRequest, ICustomAttributeProvider? attributes)
    {
        var info = Json.Options.GetTypeInfo(type);
        switch (info.Kind)
        {
            case JsonTypeInfoKind.Object when type != typeof(object):
                return Component(type, isRequest, name => FillObject(name, info, isRequest));
            case JsonTypeInfoKind.Enumerable:
                var list = new JsonObject { ["type"] = "array", ["items"] = Of(info.ElementType!, isRequest, attributes: null) };
                if (isRequest) Count(list, "Items", attributes);
                return list;
            case JsonTypeInfoKind.Dictionary:
                var map = new JsonObject { ["type"] = "object", ["additionalProperties"] = Of(info.ElementType!, isRequest, attributes: null) };
                if (!isRequest) return map;
                map["propertyNames"] = new JsonObject { ["maxLength"] = RequestShape.MaxNameLength };
                Count(map, "Properties", attributes);
                return map;
            default:
                return OfLeaf(Nullable.GetUnderlyingType(type) ?? type, isRequest, attributes);
        }
    }

    private JsonObject Component(Type type, bool isRequest, Action<JsonObject> fill)
    {
        var key = (type, isRequest);
        if (!_names.TryGetValue(key, out var name))
        {
            name = _names[key] = FreeName(type, isRequest);
            var schema = _components[name] = [];
            fill(schema);
        }
        return new JsonObject { ["$ref"] = $"#/components/schemas/{name}" };
    }

    private void FillObject(JsonObject schema, JsonTypeInfo type, bool isRequest)
    {
        var defaults = isRequest ? Examples.Defaults(type.Type) : [];
        var required = new JsonArray();
        var properties = new JsonObject();
        foreach (var property in type.Properties)
        {
            if (isRequest ? property.Set is null && property.AssociatedParameter is null : property.Get is null) continue;
            properties[property.Name] = OfProperty(property, isRequest, defaults.GetValueOrDefault(property.Name));
            if (isRequest ? property.IsRequired : property.ShouldSerialize is null) required.Add(property.Name);
        }
        schema["type"] = "object";
        if (summaries.Of(type.Type) is { } summary) schema["description"] = summary;
        schema["properties"] = properties;
        if (required.Count > 0) schema["required"] = required;
        if (isRequest) schema["additionalProperties"] = false;
    }

    private JsonObject OfLeaf(Type type, bool isRequest, ICustomAttributeProvider? attributes)
    {
        if (type.IsEnum) return Component(type, isRequest: false, schema => FillEnum(schema, type));
        var schema = Plain(type);
        if (!isRequest) return schema;
        if (type == typeof(JsonElement)) return new JsonObject { ["type"] = "object" };
        if (type == typeof(string)) Text(schema, attributes);
        foreach (var range in All<RangeAttribute>(attributes)) Range(schema, range);
        if (All<AllowedValuesAttribute>(attributes).FirstOrDefault() is { } allowed) schema["enum"] = new JsonArray([.. allowed.Values.Select(value => JsonSerializer.SerializeToNode(value, Json.Options))]);
        return schema;
    }

    private void FillEnum(JsonObject schema, Type type)
    {
        schema["type"] = "string";
        if (summaries.Of(type) is { } summary) schema["description"] = summary;
        schema["enum"] = new JsonArray([.. Enum.GetNames(type).Select(name => (JsonNode)JsonNamingPolicy.CamelCase.ConvertName(name))]);
    }

    private static JsonObject Plain(Type type) => type switch
    {
        _ when type == typeof(string) => Typed("string"),
        _ when type == typeof(bool) => Typed("boolean"),
        _ when type == typeof(int) => Typed("integer", "int32"),
        _ when type == typeof(long) => Typed("integer", "int64"),
        _ when type == typeof(decimal) => Typed("number"),
        _ when type == typeof(double) => Typed("number", "double"),
        _ when type == typeof(Guid) => Typed("string", "uuid"),
        _ when type == typeof(DateOnly) => Typed("string", "date"),
        _ when type == typeof(DateTimeOffset) => Typed("string", "date-time"),
        _ when type == typeof(TimeOnly) => Typed("string", "time"),
        _ when type == typeof(TimeSpan) => Typed("string"),
        _ when type == typeof(Uri) => Typed("string", "uri"),
        _ when type == typeof(byte[]) => new JsonObject { ["type"] = "string", ["contentEncoding"] = "base64" },
        _ when type == typeof(JsonElement) || type == typeof(object) || typeof(JsonNode).IsAssignableFrom(type) => [],
        _ => throw new InvalidOperationException($"The API's description knows no {type.Name} yet: teach JsonSchemas."),
    };

    private static JsonObject Typed(string type, string? format = null)
    {
        var schema = new JsonObject { ["type"] = type };
        if (format is not null) schema["format"] = format;
        return schema;
    }

    private static void Text(JsonObject schema, ICustomAttributeProvider? attributes)
    {
        if (All<EmailAttribute>(attributes).Any() || All<EmailAddressAttribute>(attributes).Any()) schema["format"] = "email";
        if (All<UrlAttribute>(attributes).Any()) schema["format"] = "uri";
        var length = All<StringLengthAttribute>(attributes).FirstOrDefault();
        if (length is { MinimumLength: > 0 }) schema["minLength"] = length.MinimumLength;
        schema["maxLength"] = length?.MaximumLength ?? RequestShape.DefaultTextLength;
        // the attribute lets empty text pass, whatever its pattern
        if (All<RegularExpressionAttribute>(attributes).FirstOrDefault() is { } rule)
            schema["pattern"] = length is { MinimumLength: > 0 } || Regex.IsMatch("", $"^(?:{rule.Pattern})$") ? $"^(?:{rule.Pattern})$" : $"^(?:{rule.Pattern})?$";
    }

    private static void Range(JsonObject schema, RangeAttribute range)
    {
        if (Number(range.Minimum) is { } minimum) schema[range.MinimumIsExclusive ? "exclusiveMinimum" : "minimum"] = minimum;
        if (Number(range.Maximum) is { } maximum) schema[range.MaximumIsExclusive ? "exclusiveMaximum" : "maximum"] = maximum;
    }

    private static JsonNode? Number(object bound) =>
        bound is int whole ? whole : decimal.TryParse(Convert.ToString(bound, CultureInfo.InvariantCulture), CultureInfo.InvariantCulture, out var number) ? number : null;

    private static void Count(JsonObject schema, string what, ICustomAttributeProvider? attributes)
    {
        if (All<MinLengthAttribute>(attributes).FirstOrDefault() is { Length: > 0 } least) schema[$"min{what}"] = least.Length;
        schema[$"max{what}"] = All<MaxLengthAttribute>(attributes).FirstOrDefault()?.Length ?? RequestShape.DefaultItems;
    }

    private static JsonObject OrNull(JsonObject schema)
    {
        if (schema.ContainsKey("$ref")) return new JsonObject { ["anyOf"] = new JsonArray(schema, Typed("null")) };
        if (schema["type"] is { } type) schema["type"] = new JsonArray(type.DeepClone(), "null");
        if (schema["enum"] is JsonArray values && !values.Contains(null)) values.Add(null);
        return schema;
    }

    private string? Describe(JsonPropertyInfo property, bool isRequest)
    {
        var sentences = new List<string>();
        if (property.AttributeProvider is MemberInfo member && summaries.Of(member) is { } summary) sentences.Add(summary);
        if (isRequest) sentences.AddRange(All<ValidationAttribute>(property.AttributeProvider).Where(rule => rule is not (EmailAttribute or AllowedValuesAttribute)).Select(rule => rule.ErrorMessage).OfType<string>());
        if (isRequest && (Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType) == typeof(JsonElement))
            sentences.Add(string.Create(CultureInfo.InvariantCulture, $"At most {All<MaxLengthAttribute>(property.AttributeProvider).FirstOrDefault()?.Length ?? RequestShape.DefaultFreeLength} characters of JSON."));
        return sentences.Count == 0 ? null : string.Join(" ", sentences);
    }

    private string FreeName(Type type, bool isRequest)
    {
        var name = NameOf(type);
        var taken = _names.Where(known => known.Value == name).Select(known => known.Key.Type).FirstOrDefault();
        if (taken is null) return name;
        return taken == type ? name + (isRequest ? "Input" : "Output") : type.Namespace!.Split('.')[^1] + name;
    }

    private static string NameOf(Type type)
    {
        if (type.IsGenericType) return string.Concat(type.GetGenericArguments().Select(NameOf)) + type.Name.Split('`')[0];
        return type.DeclaringType is { } home ? home.Name.Replace("Api", "", StringComparison.Ordinal) + type.Name : type.Name;
    }

    private static IEnumerable<T> All<T>(ICustomAttributeProvider? attributes) where T : Attribute =>
        attributes?.GetCustomAttributes(typeof(T), inherit: true).Cast<T>() ?? [];
}
