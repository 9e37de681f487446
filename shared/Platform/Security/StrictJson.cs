using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Unicode;

namespace Podium.Platform.Security;

/// <summary>JSON that every reader reads alike: no duplicate members, and no text that is not Unicode.</summary>
internal static class StrictJson
{
    private static readonly JsonDocumentOptions Options = new() { AllowDuplicateProperties = false, MaxDepth = 16 };

    public static bool TryObject(byte[] utf8, [NotNullWhen(true)] out JsonObject? json)
    {
        json = null;
        try
        {
            if (!Utf8.IsValid(utf8))
                return false;
            json = JsonNode.Parse(utf8, documentOptions: Options) as JsonObject;
            ReadAllText(utf8);
            return json is not null;
        }
        // an escaped half of a surrogate pair is an InvalidOperationException, and would be one in the hands of whoever reads the claim
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            json = null;
            return false;
        }
    }

    private static void ReadAllText(byte[] utf8)
    {
        var reader = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = Options.MaxDepth });
        while (reader.Read())
        {
            if (reader.TokenType is JsonTokenType.PropertyName or JsonTokenType.String)
                reader.GetString();
        }
    }
}
