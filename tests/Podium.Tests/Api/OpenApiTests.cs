using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Podium.Functions.Api;
using Podium.Platform.Api;
using Podium.Platform.Problems;

namespace Podium.Tests.Api;

public sealed class OpenApiTests
{
    private static readonly ApiCatalogue Api = new();
    private static readonly ProblemCatalogue Problems = new(Api);
    private static readonly ServedApi Served = new(JsonNode.Parse(new OpenApiDocument(Api, Problems).Bytes)!.AsObject());

    [Fact]
    public void Every_function_is_in_the_document_and_nothing_else_is() =>
        Assert.Equal(
            Api.Functions.Select(function => $"{function.Method} {function.Path} {function.Name}").Order(StringComparer.Ordinal),
            Served.Operations.Select(operation => $"{operation.Method} {operation.Path} {operation.Name}").Order(StringComparer.Ordinal));

    [Fact]
    public void Every_reference_points_to_something_and_every_component_is_pointed_to()
    {
        var pointed = All(Served.Document).OfType<JsonObject>().Select(node => (string?)node["$ref"]).OfType<string>().ToHashSet();
        var there = Served.Document["components"]!.AsObject()
            .Where(part => part.Key != "securitySchemes")
            .SelectMany(part => part.Value!.AsObject().Select(component => $"#/components/{part.Key}/{component.Key}"))
            .ToHashSet();

        Assert.Empty(pointed.Except(there));
        Assert.Empty(there.Except(pointed));
    }

    [Fact]
    public void Every_example_is_what_its_function_accepts()
    {
        foreach (var function in Api.Functions.Where(function => function.Operation.Body is not null))
        {
            var body = Served.Operations.Single(operation => operation.Name == function.Name).Body!;
            var faults = RequestShape.Check(JsonSerializer.SerializeToElement(body["example"]), function.Operation.Body!);
            Assert.True(faults.Count == 0, $"The example of {function.Name} is refused: {string.Join(", ", faults)}. Give the field an [Example].");
            Assert.Empty(SchemaCheck.Faults(Served, body["schema"]!.AsObject(), body["example"]));
        }
    }

    [Fact]
    public void Every_problem_a_function_declares_exists_and_is_in_the_document()
    {
        foreach (var function in Api.Functions)
        {
            var operation = Served.Operations.Single(operation => operation.Name == function.Name);
            foreach (var code in function.Operation.Problems)
            {
                var kind = Problems.Find(code);
                Assert.True(kind is not null, $"{function.Name} declares '{code}', which no …Problems class has.");
                Assert.Contains(kind.Type, Served.ProblemsOf(operation, kind.Status)!);
            }
        }
    }

    [Fact]
    public void Every_kind_of_problem_is_common_or_declared_by_a_function()
    {
        var common = typeof(CommonProblems).GetFields().Select(field => ((ProblemKind)field.GetValue(null)!).Code);
        var declared = Api.Functions.SelectMany(function => function.Operation.Problems);

        Assert.Empty(Problems.Kinds.Select(kind => kind.Code).Except(common).Except(declared).Except(Awaited));
    }

    // what institutions, roles and issuers will answer, once they have functions
    private static readonly string[] Awaited =
    [
        "institution-exists", "program-exists", "role-exists", "role-in-use", "role-built-in", "role-held-already", "role-beyond-own",
        "last-administrator", "issuer-exists", "issuer-unavailable", "issuer-refused",
    ];

    [Fact]
    public void The_page_on_the_API_lists_the_common_problems()
    {
        var page = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "../../../../../docs/api.md"));
        var listed = Regex.Matches(page, @"^\| (\d{3}) \| `([a-z-]+)` \|", RegexOptions.Multiline).Select(row => $"{row.Groups[1].Value} {row.Groups[2].Value}");
        var common = typeof(CommonProblems).GetFields().Select(field => (ProblemKind)field.GetValue(null)!).Select(kind => $"{kind.Status} {kind.Code}");
        Assert.Equal(common.Order(StringComparer.Ordinal), listed.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_problem_has_one_code_and_says_itself_in_a_sentence()
    {
        Assert.Distinct(Problems.Kinds.Select(kind => kind.Code));
        Assert.All(Problems.Kinds, kind =>
        {
            Assert.Matches("^[a-z][a-z0-9]*(-[a-z0-9]+)*$", kind.Code);
            Assert.Matches("^[A-Z].*\\.$", kind.Title);
            Assert.InRange(kind.Status, 400, 599);
        });
    }

    [Fact]
    public void Every_tag_says_what_its_operations_are_about()
    {
        foreach (var function in Api.Functions.DistinctBy(function => function.Tag))
        {
            var tag = Served.Document["tags"]!.AsArray().Single(tag => (string?)tag!["name"] == function.Tag)!;
            Assert.True(tag["description"] is not null, $"Give {function.Home.Name} a one-line <summary>: it becomes the tag's description.");
        }
    }

    [Fact]
    public void The_document_has_the_shape_of_OpenAPI_3_1()
    {
        var document = Served.Document;
        Assert.Equal("3.1.0", (string?)document["openapi"]);
        Assert.All(new[] { "title", "version", "description" }, name => Assert.NotEmpty((string?)document["info"]![name] ?? ""));
        Assert.All(document["components"]!.AsObject().SelectMany(part => part.Value!.AsObject()), component => Assert.Matches("^[A-Za-z0-9._-]+$", component.Key));
        Assert.Distinct(Served.Operations.Select(operation => operation.Name));
        Assert.All(Served.Operations, CheckOperation);
        Assert.All(document["components"]!["schemas"]!.AsObject(), schema => CheckSchema(schema.Value!.AsObject()));
    }

    private static void CheckOperation(ServedOperation operation)
    {
        Assert.Matches("^/[^?#]*$", operation.Path);
        Assert.All(new[] { "summary", "description" }, name => Assert.NotEmpty((string?)operation.Json[name] ?? ""));
        Assert.All(operation.Json["tags"]!.AsArray(), tag => Assert.Contains(Served.Document["tags"]!.AsArray(), known => (string?)known!["name"] == (string?)tag));
        Assert.Equal(Regex.Matches(operation.Path, @"\{(\w+)\}").Select(match => match.Groups[1].Value), operation.In("path").Select(parameter => (string)parameter["name"]!));
        Assert.All(operation.In("path"), parameter => Assert.True((bool?)parameter["required"]));
        Assert.Distinct(operation.Parameters.Select(parameter => $"{parameter["in"]} {parameter["name"]}"));
        Assert.All(operation.Parameters, parameter => CheckSchema(parameter["schema"]!.AsObject()));
        Assert.True(operation.Body is null || operation.Method is not ("GET" or "HEAD"), $"{operation.Name} reads a body where none belongs.");
        var schemes = Served.Document["components"]!["securitySchemes"]!.AsObject();
        Assert.All(operation.Json["security"]!.AsArray().SelectMany(choice => choice!.AsObject()), choice => Assert.True(schemes.ContainsKey(choice.Key)));
        Assert.Contains(operation.Json["responses"]!.AsObject(), answer => answer.Key.StartsWith('2'));
        foreach (var (status, given) in operation.Json["responses"]!.AsObject())
        {
            var answer = Served.Find(given!.AsObject());
            Assert.Matches("^[1-5][0-9][0-9]$", status);
            Assert.NotEmpty((string?)answer["description"] ?? "");
            Assert.All(answer["content"]?.AsObject() ?? [], content => CheckSchema(content.Value!["schema"]!.AsObject()));
            Assert.All(answer["headers"]?.AsObject() ?? [], header => Assert.NotNull(Served.Find(header.Value!.AsObject())["schema"]));
        }
    }

    private static void CheckSchema(JsonObject schema)
    {
        foreach (var node in All(schema).OfType<JsonObject>())
        {
            if (node["type"] is { } type and (JsonValue or JsonArray))
                Assert.All(SchemaCheck.TypesOf(type), name => Assert.Contains(name, new[] { "null", "object", "array", "string", "boolean", "integer", "number" }));
            if (node["items"] is not null && node["type"] is not null) Assert.Contains("array", SchemaCheck.TypesOf(node["type"]!));
            if (node["pattern"] is JsonValue pattern) Assert.NotNull(new Regex((string)pattern!, RegexOptions.ECMAScript));
            if (node["required"] is JsonArray required && node["properties"] is JsonObject properties) Assert.All(required, name => Assert.True(properties.ContainsKey((string)name!)));
            Assert.False(node.ContainsKey("nullable"), "OpenAPI 3.1 has no nullable.");
        }
    }

    private static IEnumerable<JsonNode?> All(JsonNode? node) => node switch
    {
        JsonObject map => map.Where(member => member.Key is not ("example" or "default")).SelectMany(member => All(member.Value)).Prepend(map),
        JsonArray list => list.SelectMany(All).Prepend(list),
        _ => [node],
    };
}
