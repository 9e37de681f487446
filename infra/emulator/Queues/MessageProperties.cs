using System.Globalization;
using System.Runtime.Serialization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Podium.Emulator.Queues;

/// <summary>Application properties keep their types: what JSON cannot tell apart is written with the type's name.</summary>
internal static class MessageProperties
{
    public const string Trace = "Diagnostic-Id";
    public const string TraceParent = "traceparent";

    public static string? Write(IEnumerable<KeyValuePair<string, object?>> properties)
    {
        var json = new JsonObject();
        foreach (var (name, value) in properties)
        {
            json[name] = value switch
            {
                null => null,
                string text => text,
                bool flag => flag,
                long number => number,
                int number => Tagged("int", number.ToString(CultureInfo.InvariantCulture)),
                byte number => Tagged("byte", number.ToString(CultureInfo.InvariantCulture)),
                sbyte number => Tagged("sbyte", number.ToString(CultureInfo.InvariantCulture)),
                short number => Tagged("short", number.ToString(CultureInfo.InvariantCulture)),
                ushort number => Tagged("ushort", number.ToString(CultureInfo.InvariantCulture)),
                uint number => Tagged("uint", number.ToString(CultureInfo.InvariantCulture)),
                ulong number => Tagged("ulong", number.ToString(CultureInfo.InvariantCulture)),
                char letter => Tagged("char", letter.ToString()),
                float number => Tagged("float", number.ToString("R", CultureInfo.InvariantCulture)),
                double number => Tagged("double", number.ToString("R", CultureInfo.InvariantCulture)),
                decimal number => Tagged("decimal", number.ToString(CultureInfo.InvariantCulture)),
                Guid id => Tagged("guid", id.ToString()),
                DateTime instant => Tagged("datetime", instant.ToString("O", CultureInfo.InvariantCulture)),
                DateTimeOffset instant => Tagged("datetimeoffset", instant.ToString("O", CultureInfo.InvariantCulture)),
                TimeSpan span => Tagged("timespan", span.ToString("c", CultureInfo.InvariantCulture)),
                Uri uri => Tagged("uri", uri.OriginalString),
                var other => throw new SerializationException($"The application property '{name}' is a {other.GetType().Name}, which a message cannot carry: use text, a number, a bool, a Guid or a time."),
            };
        }
        return json.Count == 0 ? null : json.ToJsonString();
    }

    public static Dictionary<string, object?> Read(string? json)
    {
        var properties = new Dictionary<string, object?>();
        if (json is null) return properties;
        using var document = JsonDocument.Parse(json);
        foreach (var property in document.RootElement.EnumerateObject())
        {
            properties[property.Name] = property.Value.ValueKind switch
            {
                JsonValueKind.String => property.Value.GetString(),
                JsonValueKind.True or JsonValueKind.False => property.Value.GetBoolean(),
                JsonValueKind.Number => property.Value.GetInt64(),
                JsonValueKind.Object => Untag(property.Value.GetProperty("type").GetString()!, property.Value.GetProperty("value").GetString()!),
                _ => null,
            };
        }
        return properties;
    }

    private static JsonObject Tagged(string type, string value) => new() { ["type"] = type, ["value"] = value };

    private static object Untag(string type, string value) => type switch
    {
        "int" => int.Parse(value, CultureInfo.InvariantCulture),
        "byte" => byte.Parse(value, CultureInfo.InvariantCulture),
        "sbyte" => sbyte.Parse(value, CultureInfo.InvariantCulture),
        "short" => short.Parse(value, CultureInfo.InvariantCulture),
        "ushort" => ushort.Parse(value, CultureInfo.InvariantCulture),
        "uint" => uint.Parse(value, CultureInfo.InvariantCulture),
        "ulong" => ulong.Parse(value, CultureInfo.InvariantCulture),
        "char" => value[0],
        "float" => float.Parse(value, CultureInfo.InvariantCulture),
        "double" => double.Parse(value, CultureInfo.InvariantCulture),
        "decimal" => decimal.Parse(value, CultureInfo.InvariantCulture),
        "guid" => Guid.Parse(value),
        "datetime" => DateTime.Parse(value, CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind),
        "datetimeoffset" => DateTimeOffset.Parse(value, CultureInfo.InvariantCulture),
        "timespan" => TimeSpan.Parse(value, CultureInfo.InvariantCulture),
        "uri" => new Uri(value, UriKind.RelativeOrAbsolute),
        _ => value,
    };
}
