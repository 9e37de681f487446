using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace Podium.Tests.Api;

/// <summary>One operation of the description that an app serves.</summary>
internal sealed record ServedOperation(string Name, string Method, string Path, JsonObject Json, IReadOnlyList<JsonObject> Parameters)
{
    public JsonObject? Body => Json["requestBody"]?["content"]?["application/json"]?.AsObject();

    public bool Changes => Method != "GET";

    public bool TakesToken => Schemes.Contains("accessToken");

    public bool NeedsToken => TakesToken && Json["security"]!.AsArray().All(choice => choice!.AsObject().Count > 0);

    public bool NeedsKey => Schemes.Contains("functionKey");

    public string? Permission => (string?)Json["x-podium-permission"];

    public bool HasTenant => Parameters.Any(parameter => (string?)parameter["name"] == "X-Tenant");

    private IEnumerable<string> Schemes => Json["security"]!.AsArray().SelectMany(choice => choice!.AsObject()).Select(choice => choice.Key);

    public IEnumerable<JsonObject> In(string place) => Parameters.Where(parameter => (string?)parameter["in"] == place);
}

/// <summary>The API's description as a client reads it.</summary>
internal sealed class ServedApi(JsonObject document)
{
    public JsonObject Document => document;

    public IReadOnlyList<ServedOperation> Operations { get; } =
    [
        .. from path in document["paths"]!.AsObject()
           from method in path.Value!.AsObject()
           let operation = method.Value!.AsObject()
           select new ServedOperation(
               (string)operation["operationId"]!,
               method.Key.ToUpperInvariant(),
               path.Key,
               operation,
               [.. (operation["parameters"]?.AsArray() ?? []).Select(parameter => Find(document, parameter!.AsObject()))]),
    ];

    public static async Task<ServedApi> OfAsync(HttpClient http) => new((await http.GetFromJsonAsync<JsonObject>("/api/openapi.json"))!);

    /// <summary>What a reference points to; anything else is itself.</summary>
    public JsonObject Find(JsonObject node) => Find(document, node);

    /// <summary>The types of the problems that an operation may answer with at a status; null where the status is not declared.</summary>
    public IReadOnlyList<string>? ProblemsOf(ServedOperation operation, int status)
    {
        if (operation.Json["responses"]![$"{status}"] is not JsonObject answer) return null;
        var parts = Find(answer)["content"]?["application/problem+json"]?["schema"]?["allOf"]?.AsArray();
        return parts is null ? [] : [.. parts[1]!["properties"]!["type"]!["enum"]!.AsArray().Select(type => (string)type!)];
    }

    /// <summary>The schema of an operation's JSON answer, where it has one.</summary>
    public JsonObject? AnswerOf(ServedOperation operation, int status) =>
        operation.Json["responses"]![$"{status}"] is JsonObject answer ? Find(answer)["content"]?["application/json"]?["schema"]?.AsObject() : null;

    private static JsonObject Find(JsonObject document, JsonObject node)
    {
        if ((string?)node["$ref"] is not { } reference) return node;
        var found = reference[2..].Split('/').Aggregate((JsonNode?)document, (at, part) => at?[part.Replace("~1", "/").Replace("~0", "~")]);
        return found as JsonObject ?? throw new InvalidOperationException($"{reference} points nowhere.");
    }
}
