using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.WebUtilities;
using Podium.Platform.Problems;

namespace Podium.Functions.Api;

/// <summary>What an operation may answer: its result, and its problems by status.</summary>
internal sealed class OpenApiAnswers(ProblemCatalogue problems, JsonSchemas schemas)
{
    private readonly SortedDictionary<string, JsonObject> _shared = new(StringComparer.Ordinal);

    /// <summary>The answers that many operations have, as components.</summary>
    public JsonObject Shared => new(_shared.Select(answer => KeyValuePair.Create(answer.Key, (JsonNode?)answer.Value)));

    public JsonObject Of(ApiFunction function)
    {
        var answers = new SortedDictionary<int, JsonObject> { [function.Operation.Status] = Success(function) };
        if (function.TakesIfNoneMatch) answers[304] = Reference("responses", "NotModified", NotModified);
        if (function.Access is OperatorAttribute) answers[401] = Reference("responses", "FunctionKeyMissing", () => new JsonObject { ["description"] = "The function key is missing or wrong." });
        foreach (var status in problems.Of(function).GroupBy(kind => kind.Status))
        {
            List<ProblemKind> kinds = [.. status];
            var isOwn = function.Operation.AlsoStatus.Contains(status.Key) || function.Operation.Problems.Any(code => kinds.Exists(kind => kind.Code == code));
            answers[status.Key] = isOwn
                ? Failure(kinds)
                : Reference("responses", string.Join("Or", kinds.Select(NameOf)), () => Failure(kinds));
        }
        foreach (var status in function.Operation.AlsoStatus) answers[status] = Also(answers.GetValueOrDefault(status), Content(function)!, status);
        return new JsonObject(answers.Select(answer => KeyValuePair.Create(answer.Key.ToString(CultureInfo.InvariantCulture), (JsonNode?)answer.Value)));
    }

    public static JsonObject Headers() => new()
    {
        ["CorrelationId"] = Header("What to name when you ask us about this request; the trace's id.", "string"),
        ["ETag"] = Header("The version of what was answered, for If-None-Match and If-Match.", "string"),
        ["Location"] = Header("Where what was made is, or where to see what comes of it.", "string"),
        ["RateLimitPolicy"] = Header("The limit that counted this request: its name, `q` calls in `w` seconds.", "string"),
        ["RateLimit"] = Header("What is left of the limit: `r` calls now, all of them again in `t` seconds.", "string"),
        ["RetryAfter"] = Header("Seconds to wait before another try.", "integer"),
        ["IdempotentReplayed"] = Header("`true` where this is the answer to an earlier request with the same Idempotency-Key.", "string"),
        ["Authenticate"] = Header("How to prove who you are.", "string"),
    };

    public static JsonObject WithProblem(JsonObject components)
    {
        components["Problem"] = new JsonObject
        {
            ["type"] = "object",
            ["description"] = "Problem details (RFC 9457).",
            ["properties"] = new JsonObject
            {
                ["type"] = new JsonObject { ["type"] = "string", ["format"] = "uri-reference", ["description"] = "What kind of problem it is; stable, and an address that explains it." },
                ["title"] = new JsonObject { ["type"] = "string", ["description"] = "The kind in words." },
                ["status"] = new JsonObject { ["type"] = "integer", ["format"] = "int32" },
                ["detail"] = new JsonObject { ["type"] = "string", ["description"] = "What is wrong this time." },
                ["correlationId"] = new JsonObject { ["type"] = "string", ["description"] = "What to name when you ask us about it." },
                ["errors"] = new JsonObject { ["type"] = "array", ["description"] = "Each fault in what was sent.", ["items"] = new JsonObject { ["$ref"] = "#/components/schemas/Fault" } },
            },
            ["required"] = new JsonArray("type", "title", "status"),
        };
        components["Fault"] = new JsonObject
        {
            ["type"] = "object",
            ["description"] = "One fault in what was sent.",
            ["properties"] = new JsonObject
            {
                ["pointer"] = new JsonObject { ["type"] = "string", ["description"] = "Where: a JSON pointer into the body or to a parameter; empty for the whole." },
                ["code"] = new JsonObject { ["type"] = "string", ["description"] = "Which rule is broken." },
                ["detail"] = new JsonObject { ["type"] = "string" },
            },
            ["required"] = new JsonArray("pointer", "code", "detail"),
        };
        return components;
    }

    private JsonObject Success(ApiFunction function)
    {
        var answer = new JsonObject { ["description"] = ReasonPhrases.GetReasonPhrase(function.Operation.Status) };
        var headers = new JsonObject { ["X-Correlation-Id"] = Reference("headers", "CorrelationId") };
        if (function.HasTenant)
        {
            headers["RateLimit-Policy"] = Reference("headers", "RateLimitPolicy");
            headers["RateLimit"] = Reference("headers", "RateLimit");
        }
        if (function.TakesIfNoneMatch || function.Operation.Answer?.GetProperty("Version") is not null) headers["ETag"] = Reference("headers", "ETag");
        if (function.Operation.Status is 201 or 202) headers["Location"] = Reference("headers", "Location");
        if (function.TakesIdempotencyKey) headers["Idempotent-Replayed"] = Reference("headers", "IdempotentReplayed");
        answer["headers"] = headers;
        if (Content(function) is { } content) answer["content"] = content;
        return answer;
    }

    private JsonObject? Content(ApiFunction function)
    {
        var content = new JsonObject();
        if (function.Operation.Answer is { } record) content[function.Operation.MediaType] = new JsonObject { ["schema"] = schemas.OfAnswer(record) };
        else if (function.Operation.MediaType != "application/json") content[function.Operation.MediaType] = Raw(function.Operation.MediaType);
        foreach (var type in function.Operation.AlsoMediaType) content[type] = Raw(type);
        return content.Count == 0 ? null : content;
    }

    private static JsonObject Raw(string mediaType)
    {
        var schema = new JsonObject { ["type"] = "string" };
        if (!mediaType.StartsWith("text/", StringComparison.Ordinal)) schema["contentMediaType"] = mediaType;
        return new JsonObject { ["schema"] = schema };
    }

    private static JsonObject Also(JsonObject? problem, JsonObject content, int status)
    {
        var kept = problem?["content"] is JsonObject known ? (JsonObject)known.DeepClone() : [];
        foreach (var (type, schema) in content) kept[type] = schema!.DeepClone();
        return new JsonObject { ["description"] = ReasonPhrases.GetReasonPhrase(status), ["content"] = kept };
    }

    private static JsonObject NotModified() => new()
    {
        ["description"] = "What the client has is still the same.",
        ["headers"] = new JsonObject { ["ETag"] = Reference("headers", "ETag") },
    };

    private static JsonObject Failure(List<ProblemKind> kinds)
    {
        var status = kinds[0].Status;
        var headers = new JsonObject { ["X-Correlation-Id"] = Reference("headers", "CorrelationId") };
        if (status is 429 or 503 or 409) headers["Retry-After"] = Reference("headers", "RetryAfter");
        if (status == 401) headers["WWW-Authenticate"] = Reference("headers", "Authenticate");
        var type = new JsonObject { ["enum"] = new JsonArray([.. kinds.Select(kind => (JsonNode)kind.Type)]) };
        return new JsonObject
        {
            ["description"] = string.Join("\n", kinds.Select(kind => $"- `{kind.Code}`: {kind.Title}")),
            ["headers"] = headers,
            ["content"] = new JsonObject
            {
                ["application/problem+json"] = new JsonObject
                {
                    ["schema"] = new JsonObject
                    {
                        ["allOf"] = new JsonArray(Reference("schemas", "Problem"), new JsonObject { ["properties"] = new JsonObject { ["type"] = type } }),
                    },
                },
            },
        };
    }

    private JsonObject Reference(string part, string name, Func<JsonObject> make)
    {
        _shared.TryAdd(name, make());
        return Reference(part, name);
    }

    private static JsonObject Reference(string part, string name) => new() { ["$ref"] = $"#/components/{part}/{name}" };

    private static JsonObject Header(string description, string type) => new() { ["description"] = description, ["schema"] = new JsonObject { ["type"] = type } };

    private static string NameOf(ProblemKind kind) => string.Concat(kind.Code.Split('-').Select(word => char.ToUpperInvariant(word[0]) + word[1..]));
}
