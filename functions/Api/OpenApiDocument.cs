using System.Text.Json;
using System.Text.Json.Nodes;
using Podium.Platform.Api;

namespace Podium.Functions.Api;

/// <summary>The API's description in OpenAPI 3.1, made from what the functions declare.</summary>
public sealed class OpenApiDocument
{
    private const string Introduction =
        """
        One backend for competitions. The conventions that hold for all operations:

        - **Tenants.** Every request belongs to a tenant: by the host name it comes to, the header `X-Tenant`, or its token.
        - **Errors** are problem details (RFC 9457). Decide by `type`; `GET /api/problems` lists all of them. A 422 names each fault with a JSON pointer.
        - **Lists** are pages `{ items, next }`, from the newest to the oldest; send `next` as `after`.
        - **Writes** take an `Idempotency-Key`: the same request with the same key is done once.
        - **Reads** carry an `ETag`. Send it as `If-None-Match` to be told that nothing changed, and as `If-Match` to change only what you have seen.
        - **Limits.** The headers `RateLimit-Policy` and `RateLimit` say how many calls are left; a 429 says in `Retry-After` how long to wait.
        - **Times** are RFC 3339 instants with their offset, ids are UUIDs, unknown fields are refused.
        """;

    private readonly ApiCatalogue _api;
    private readonly OpenApiAnswers _answers;
    private readonly XmlSummaries _summaries = new();
    private readonly JsonSchemas _schemas;
    private readonly Lazy<byte[]> _bytes;

    public OpenApiDocument(ApiCatalogue api, ProblemCatalogue problems)
    {
        _api = api;
        _schemas = new JsonSchemas(_summaries);
        _answers = new OpenApiAnswers(problems, _schemas);
        _bytes = new Lazy<byte[]>(() => JsonSerializer.SerializeToUtf8Bytes(Make(), Json.Options));
    }

    /// <summary>The document as it is sent.</summary>
    public byte[] Bytes => _bytes.Value;

    private JsonObject Make() => new()
    {
        ["openapi"] = "3.1.0",
        ["info"] = new JsonObject
        {
            ["title"] = "Podium",
            ["version"] = typeof(OpenApiDocument).Assembly.GetName().Version!.ToString(3),
            ["summary"] = "A competition backend.",
            ["description"] = Introduction,
            ["contact"] = new JsonObject { ["name"] = "The Podium authors" },
            ["license"] = new JsonObject { ["name"] = "MIT", ["identifier"] = "MIT" },
        },
        ["servers"] = new JsonArray(new JsonObject { ["url"] = "/", ["description"] = "Where this document came from." }),
        ["tags"] = new JsonArray([.. _api.Functions.DistinctBy(function => function.Tag).OrderBy(function => function.Tag, StringComparer.Ordinal).Select(Tag)]),
        ["paths"] = Paths(),
        ["components"] = new JsonObject
        {
            ["securitySchemes"] = SecuritySchemes(),
            ["parameters"] = OpenApiParameters.Shared(),
            ["headers"] = OpenApiAnswers.Headers(),
            ["responses"] = _answers.Shared,
            ["schemas"] = OpenApiAnswers.WithProblem(_schemas.Components),
        },
    };

    private JsonObject Tag(ApiFunction function)
    {
        var tag = new JsonObject { ["name"] = function.Tag };
        if (_summaries.Of(function.Home) is { } description) tag["description"] = description;
        return tag;
    }

    private JsonObject Paths()
    {
        var paths = new JsonObject();
        foreach (var path in _api.Functions.GroupBy(function => function.Path))
            paths[path.Key] = new JsonObject(path.Select(function => KeyValuePair.Create(function.Method.ToLowerInvariant(), (JsonNode?)Operation(function))));
        return paths;
    }

    private JsonObject Operation(ApiFunction function)
    {
        var operation = new JsonObject
        {
            ["operationId"] = function.Name,
            ["tags"] = new JsonArray(function.Tag),
            ["summary"] = function.Operation.Summary,
            ["description"] = string.Join("\n\n", new[] { function.Operation.Description, $"Who may call: {function.Access.Who}" }.OfType<string>()),
            ["security"] = Security(function),
        };
        if (function.Access is RequiresAttribute required)
        {
            operation["x-podium-permission"] = required.Permission;
            if (required.By is not null) operation["x-podium-scope"] = new JsonObject { ["type"] = JsonNamingPolicy.CamelCase.ConvertName(required.In.ToString()), ["by"] = required.By };
        }
        var parameters = OpenApiParameters.Of(function, _schemas);
        if (parameters.Count > 0) operation["parameters"] = parameters;
        if (function.Operation.Body is { } body)
        {
            operation["requestBody"] = new JsonObject
            {
                ["required"] = true,
                ["content"] = new JsonObject { ["application/json"] = new JsonObject { ["schema"] = _schemas.OfRequest(body), ["example"] = Examples.Of(body) } },
            };
        }
        operation["responses"] = _answers.Of(function);
        return operation;
    }

    private static JsonArray Security(ApiFunction function) => function.Access switch
    {
        OpenAttribute => [],
        OperatorAttribute => [new JsonObject { ["functionKey"] = new JsonArray() }],
        AnyoneAttribute => [new JsonObject(), new JsonObject { ["accessToken"] = new JsonArray() }],
        _ => [new JsonObject { ["accessToken"] = new JsonArray() }],
    };

    private static JsonObject SecuritySchemes() => new()
    {
        ["accessToken"] = new JsonObject
        {
            ["type"] = "http",
            ["scheme"] = "bearer",
            ["bearerFormat"] = "JWT",
            ["description"] = "The `accessToken` that signing in answers. It lives for fifteen minutes; the refresh token gets the next one.",
        },
        ["functionKey"] = new JsonObject
        {
            ["type"] = "apiKey",
            ["in"] = "header",
            ["name"] = "x-functions-key",
            ["description"] = "A key of the Functions host, for operators of the installation.",
        },
    };
}
