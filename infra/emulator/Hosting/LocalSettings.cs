using System.Text.Json;
using Podium.Emulator.Runtime;

namespace Podium.Emulator.Hosting;

/// <summary>local.settings.json: Values become settings, Host says how local HTTP behaves.</summary>
internal sealed record LocalSettings
{
    public IReadOnlyDictionary<string, string?> Values { get; private init; } = new Dictionary<string, string?>();

    public int? HttpPort { get; private init; }

    public IReadOnlyList<string> CorsOrigins { get; private init; } = [];

    public bool CorsCredentials { get; private init; }

    public static LocalSettings Load(string path)
    {
        if (!File.Exists(path)) return new LocalSettings();
        try
        {
            using var json = JsonDocument.Parse(
                File.ReadAllText(path), new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
            return Read(json.RootElement, path);
        }
        catch (JsonException error)
        {
            throw new EmulatorException($"{path} is not valid JSON: {error.Message}", error);
        }
        catch (InvalidOperationException error)
        {
            throw new EmulatorException($"{path} has a value of the wrong kind: {error.Message}", error);
        }
    }

    private static LocalSettings Read(JsonElement root, string path)
    {
        if (root.ValueKind != JsonValueKind.Object) throw new EmulatorException($"{path} must be a JSON object with a member Values.");
        if (root.TryGetProperty("IsEncrypted", out var encrypted) && encrypted.ValueKind == JsonValueKind.True)
            throw new EmulatorException($"{path} is encrypted, which only the Functions Core Tools can read: run 'func settings decrypt' or write it anew from local.settings.sample.json.");

        var values = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        if (root.TryGetProperty(nameof(Values), out var section))
        {
            foreach (var entry in section.EnumerateObject())
            {
                values[entry.Name.Replace("__", ":", StringComparison.Ordinal)] = entry.Value.ValueKind switch
                {
                    JsonValueKind.String => entry.Value.GetString(),
                    JsonValueKind.Null => null,
                    JsonValueKind.True or JsonValueKind.False or JsonValueKind.Number => entry.Value.GetRawText(),
                    _ => throw new EmulatorException($"{path}: Values.{entry.Name} must be text, a number or true/false; write nested settings as Name__Inner."),
                };
            }
        }
        if (root.TryGetProperty("ConnectionStrings", out var connections))
        {
            foreach (var entry in connections.EnumerateObject()) values["ConnectionStrings:" + entry.Name] = entry.Value.GetString();
        }

        var host = root.TryGetProperty("Host", out var found) ? found : default;
        string? Text(string name) => host.ValueKind == JsonValueKind.Object && host.TryGetProperty(name, out var value) ? value.ToString() : null;
        return new LocalSettings
        {
            Values = values,
            HttpPort = Text("LocalHttpPort") is { } port
                ? int.TryParse(port, out var number) ? number : throw new EmulatorException($"{path}: Host.LocalHttpPort is '{port}', which is not a port number.")
                : null,
            CorsOrigins = Text("CORS")?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [],
            CorsCredentials = string.Equals(Text("CORSCredentials"), "true", StringComparison.OrdinalIgnoreCase),
        };
    }
}
