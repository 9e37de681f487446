using System.Text.Json.Nodes;
using Podium.Platform.Api;

namespace Podium.Functions.Api;

/// <summary>What an operation is told beside its body: route values, the query, headers.</summary>
internal static class OpenApiParameters
{
    public static JsonArray Of(ApiFunction function, JsonSchemas schemas)
    {
        var parameters = new JsonArray();
        foreach (var name in function.RouteValues) parameters.Add(RouteValue(name));
        if (function.Operation.Query is { } query)
        {
            var defaults = Examples.Defaults(query);
            foreach (var property in Json.Options.GetTypeInfo(query).Properties)
            {
                // a query cannot say null: what is optional is left out
                var schema = NotNull(schemas.OfProperty(property, isRequest: true, defaults.GetValueOrDefault(property.Name)));
                var parameter = new JsonObject { ["name"] = property.Name, ["in"] = "query", ["required"] = property.IsRequired };
                if (schema["description"] is { } description) parameter["description"] = description.DeepClone();
                schema.Remove("description");
                parameter["schema"] = schema;
                parameters.Add(parameter);
            }
        }
        if (function.HasTenant) parameters.Add(Shared("Tenant"));
        if (function.HasTenant) parameters.Add(Shared("AcceptLanguage"));
        if (function.TakesIdempotencyKey) parameters.Add(Shared("IdempotencyKey"));
        if (function.TakesIfMatch) parameters.Add(Shared("IfMatch"));
        if (function.TakesIfNoneMatch) parameters.Add(Shared("IfNoneMatch"));
        return parameters;
    }

    public static JsonObject Shared() => new()
    {
        ["Tenant"] = Header("X-Tenant", "The tenant, by slug or id; not needed where the host name or the token tells it.", new JsonObject { ["type"] = "string", ["maxLength"] = 63 }),
        ["AcceptLanguage"] = Header("Accept-Language", "The languages to answer in, the best first; the tenant's default otherwise.", new JsonObject { ["type"] = "string" }),
        ["IdempotencyKey"] = Header(
            "Idempotency-Key",
            "A key of the client's choice, kept for a day: the same request with the same key is done once and answered alike.",
            new JsonObject { ["type"] = "string", ["minLength"] = 1, ["maxLength"] = IdempotencyKeys.MaxKeyLength, ["pattern"] = "^[!-~]+$" }),
        ["IfMatch"] = Header("If-Match", "The ETag of the version to change; a 409 `stale` where there is a newer one.", new JsonObject { ["type"] = "string", ["examples"] = new JsonArray("\"3\"") }),
        ["IfNoneMatch"] = Header("If-None-Match", "The ETag that the client has; a 304 where it is still the same.", new JsonObject { ["type"] = "string" }),
    };

    private static JsonObject RouteValue(string name)
    {
        var schema = new JsonObject { ["type"] = "string" };
        if (ApiFunction.IsId(name)) schema["format"] = "uuid";
        return new JsonObject { ["name"] = name, ["in"] = "path", ["required"] = true, ["schema"] = schema };
    }

    private static JsonObject NotNull(JsonObject schema)
    {
        if (schema["type"] is JsonArray types) schema["type"] = types[0]!.DeepClone();
        if (schema["enum"] is JsonArray values) schema["enum"] = new JsonArray([.. values.Where(value => value is not null).Select(value => value!.DeepClone())]);
        if (schema["anyOf"] is JsonArray choices)
        {
            schema.Remove("anyOf");
            schema["$ref"] = choices[0]!["$ref"]!.DeepClone();
        }
        return schema;
    }

    private static JsonObject Header(string name, string description, JsonObject schema) =>
        new() { ["name"] = name, ["in"] = "header", ["description"] = description, ["required"] = false, ["schema"] = schema };

    private static JsonObject Shared(string name) => new() { ["$ref"] = $"#/components/parameters/{name}" };
}
