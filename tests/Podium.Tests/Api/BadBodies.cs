using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Podium.Tests.Api;

/// <summary>A body and what is wrong or odd about it.</summary>
internal sealed record TriedBody(string What, byte[] Bytes, string? ContentType = "application/json")
{
    public TriedBody(string what, string json, string? contentType = "application/json")
        : this(what, Encoding.UTF8.GetBytes(json), contentType)
    {
    }
}

/// <summary>Bodies made from an operation's schema and example: those it must refuse, and odd ones it may take.</summary>
internal sealed class BadBodies(ServedApi api, JsonObject content)
{
    private const string Placeholder = "\"@@\"";

    private static readonly (string Kind, string Json)[] Kinds =
        [("null", "null"), ("boolean", "true"), ("integer", "7"), ("number", "1.5"), ("string", "\"text\""), ("array", "[]"), ("array", "[{}]"), ("object", "{}"), ("object", "{\"a\":1}")];

    private static readonly string[] NoNumbers = ["1e999", "-1e999", "99999999999999999999999999999999", "1e-400"];

    private static readonly string[] OddTexts =
    [
        "'; DROP TABLE users; -- \" OR 1=1", "<script>alert(1)</script>{{7*7}}${7*7}%s%n{0}", "../../etc/passwd", "\\u202Eright to left\\u202C مرحبا", "👩‍👩‍👧‍👦🏳️‍🌈 e\\u0301\\u0323",
        "zero\\u200Bwidth\\uFEFF ﬁ İ ı ẞ", "\\u0001\\u001F\\u007F tab\\tnew\\r\\nline", "   padded   ", "\\uFFFE\\uFFFF",
    ];

    private readonly JsonObject _schema = content["schema"]!.AsObject();
    private readonly JsonObject _example = content["example"]!.AsObject();

    /// <summary>What no schema allows.</summary>
    public IEnumerable<TriedBody> Refused() => Whole().Concat(Fields(_schema, _example, []));

    /// <summary>What is no JSON in UTF-8 under its own content type.</summary>
    public IEnumerable<TriedBody> Unreadable()
    {
        var good = _example.ToJsonString();
        foreach (var text in new[] { "", " ", "{", "{\"a\":}", "{'a':1}", "nul", good + good, good + "x", good[..^1] + ",}", good[..^1], "// no\n" + good, "{\"a\":01}", "{\"a\":NaN}", "\"\\ud800\"", "{\"\\ud800\":1}", "{\"a\":{\"\\udc00\":1}}" })
            yield return new TriedBody($"unreadable: {(text.Length > 40 ? text[..20] + "…" + text[^15..] : text)}", text);
        yield return new TriedBody("bytes that are no UTF-8", [(byte)'{', (byte)'"', 0xC3, 0x28, (byte)'"', (byte)':', (byte)'1', (byte)'}']);
        yield return new TriedBody("UTF-16", Encoding.Unicode.GetBytes(good));
        yield return new TriedBody("deep nesting", $"{{\"deep\":{new string('[', 5000)}{new string(']', 5000)}}}");
        yield return new TriedBody("300 KB", good[..^1] + $",\"more\":\"{new string('x', 300 * 1024)}\"}}");
        foreach (var type in new[] { null, "text/plain", "application/xml", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/json; charset=utf-16", "json", ";;;" })
            yield return new TriedBody($"the content type {type ?? "missing"}", good, type);
        foreach (var (name, value) in _example)
            yield return new TriedBody($"{name} twice", $"{{\"{name}\":{value?.ToJsonString() ?? "null"},{good[1..]}");
    }

    /// <summary>What may be taken or refused, but must not break anything.</summary>
    public IEnumerable<TriedBody> Odd()
    {
        yield return new TriedBody("its example", _example.ToJsonString());
        foreach (var (path, schema) in Texts(_schema, _example, []))
        {
            foreach (var odd in OddTexts)
            {
                // cut to length where that leaves whole characters
                var most = (int?)schema["maxLength"] ?? int.MaxValue;
                var text = JsonSerializer.Deserialize<string>($"\"{odd.Replace("\"", "\\\"")}\"")!;
                if (text.Length > most && char.IsSurrogate(text[most - 1])) continue;
                yield return With(path, JsonSerializer.Serialize(text[..Math.Min(text.Length, most)]), $"the odd text {odd}");
            }
            yield return With(path, JsonSerializer.Serialize(new string('я', (int?)schema["maxLength"] ?? 2000)), "text of full length");
        }
    }

    /// <summary>Objects of random fields and values.</summary>
    public static IEnumerable<TriedBody> Random(Random random, int count) =>
        Enumerable.Range(0, count).Select(number => new TriedBody($"random JSON number {number}", Node(random, 0)?.ToJsonString() ?? "null"));

    private IEnumerable<TriedBody> Whole()
    {
        foreach (var json in new[] { "null", "[]", "[{}]", "\"text\"", "7", "true", $"[{_example.ToJsonString()}]" }) yield return new TriedBody($"the body {json}", json);
        yield return With(["no such field"], "1", "an unknown field");
        yield return With(["__proto__"], "{}", "an unknown field");
        yield return With(["a/b~c"], "1", "an unknown field");
        foreach (var name in _example.Select(member => member.Key.ToUpperInvariant()).Where(name => !_example.ContainsKey(name))) yield return With([name], "1", "a field in capitals");
    }

    private IEnumerable<TriedBody> Fields(JsonObject schema, JsonObject example, string[] path)
    {
        var whole = api.Find(schema);
        foreach (var name in whole["required"]?.AsArray() ?? []) yield return Without([.. path, (string)name!]);
        foreach (var (name, given) in whole["properties"]!.AsObject())
        {
            foreach (var tried in Field(given!.AsObject(), example[name], [.. path, name])) yield return tried;
        }
    }

    private IEnumerable<TriedBody> Field(JsonObject given, JsonNode? example, string[] path)
    {
        var (schema, nullable) = NotNull(given);
        var types = (schema["type"] is { } type ? SchemaCheck.TypesOf(type) : []).ToHashSet();
        if (nullable) types.Add("null");
        if (types.Contains("number")) types.Add("integer");
        foreach (var (kind, json) in Kinds.Where(kind => types.Count > 0 && !types.Contains(kind.Kind))) yield return With(path, json, "the wrong type");
        var wrong = 0;
        if (types.Contains("string")) foreach (var json in BadTexts(schema)) yield return With(path, json, $"a text it must refuse ({++wrong})");
        if (types.Contains("integer")) foreach (var json in BadNumbers(schema, types.Contains("number"))) yield return With(path, json, "a number it must refuse");
        if (types.Contains("array"))
        {
            foreach (var tried in BadItems(schema, example?.AsArray(), path)) yield return tried;
        }
        if (types.Contains("object") && schema["properties"] is null && schema["additionalProperties"] is null)
        {
            foreach (var tried in BadFree(path)) yield return tried;
        }
        if (schema["properties"] is not null && example is JsonObject inner)
        {
            foreach (var tried in Fields(schema, inner, path)) yield return tried;
        }
    }

    private IEnumerable<TriedBody> BadFree(string[] path)
    {
        string[] values = ["{\"a\":\"\\u0000\"}", "{\"a\\u0000\":1}", "{\"a\":[\"\\ud800\"]}", "{\"\\ud800\":1}", "{\"a\":{\"a\":1,\"a\":2}}", "{\"a\":1e999}", "{\"a\":-1e999}", "{\"a\":NaN}"];
        foreach (var value in values) yield return With(path, value, "free JSON that cannot be kept");
        yield return With(path, $"{{\"a\":{new string('[', 40)}{new string(']', 40)}}}", "free JSON nested too deeply");
        yield return With(path, $"{{\"a\":\"{new string('x', 200_000)}\"}}", "free JSON that is too long");
    }

    private static IEnumerable<string> BadTexts(JsonObject schema)
    {
        yield return "\"\\u0000\"";
        yield return "\"a\\u0000b\"";
        yield return "\"\\ud800\"";
        yield return "\"\\udc00x\"";
        if ((int?)schema["maxLength"] is { } most) yield return $"\"{new string('x', most + 1)}\"";
        if ((int?)schema["minLength"] is { } least)
        {
            yield return $"\"{new string('x', least - 1)}\"";
            yield return $"\"{new string(' ', least)}\"";
        }
        if (schema["pattern"] is not null) yield return "\"%\\n\\u0001\"";
        if (schema["enum"] is not null || schema["format"] is not null) yield return "\"no such thing\"";
        var bad = (string?)schema["format"] switch
        {
            "uuid" => ["", "0197c5a05c0070008000000000000001", "{0197c5a0-5c00-7000-8000-000000000001}", "0197c5a0-5c00-7000-8000-00000000000g"],
            "date" => ["", "2026-02-30", "26-1-1", "2026-12-31T00:00:00Z"],
            "date-time" => ["", "2026-12-31", "2026-12-31T18:00:00", "2026-13-01T00:00:00Z", "9999999-12-31T18:00:00Z"],
            "email" => ["nobody", "@example.org", "a@b", "a b@example.org", "a@example.org, b@example.org", "a@example.org\\r\\nBcc: b@example.org"],
            _ => Array.Empty<string>(),
        };
        foreach (var text in bad) yield return $"\"{text}\"";
    }

    private static IEnumerable<string> BadNumbers(JsonObject schema, bool fractions)
    {
        foreach (var number in NoNumbers.Where(number => !fractions || !number.Contains('-'))) yield return number;
        if (schema["minimum"] is { } least) yield return $"{(decimal)least - 1}";
        if (schema["maximum"] is { } most) yield return $"{(decimal)most + 1}";
        if ((string?)schema["format"] == "int32") yield return "2147483648";
    }

    private IEnumerable<TriedBody> BadItems(JsonObject schema, JsonArray? example, string[] path)
    {
        var item = example is [{ } first, ..] ? first : "x";
        if ((int?)schema["maxItems"] is { } most and <= 5000) yield return With(path, new JsonArray([.. Enumerable.Range(0, most + 1).Select(_ => item.DeepClone())]).ToJsonString(), "too many items");
        if ((int?)schema["minItems"] is { } least) yield return With(path, new JsonArray([.. Enumerable.Range(0, least - 1).Select(_ => item.DeepClone())]).ToJsonString(), "too few items");
        yield return With(path, "[null]", "an empty item");
        foreach (var tried in Field(schema["items"]!.AsObject(), item, [.. path, "0"])) yield return tried;
    }

    private IEnumerable<(string[] Path, JsonObject Schema)> Texts(JsonObject schema, JsonObject example, string[] path)
    {
        foreach (var (name, given) in api.Find(schema)["properties"]!.AsObject())
        {
            var (property, _) = NotNull(given!.AsObject());
            if (property["type"] is { } type && SchemaCheck.TypesOf(type).Contains("string")) yield return ([.. path, name], property);
            if (property["properties"] is null || example[name] is not JsonObject inner) continue;
            foreach (var found in Texts(property, inner, [.. path, name])) yield return found;
        }
    }

    private (JsonObject Schema, bool Nullable) NotNull(JsonObject schema) =>
        schema["anyOf"] is JsonArray choices
            ? (api.Find(choices[0]!.AsObject()), true)
            : (api.Find(schema), api.Find(schema)["type"] is JsonArray types && types.Any(type => (string?)type == "null"));

    // text and not a node, since what is tried may be no JSON that a node can hold
    private TriedBody With(string[] path, string json, string what)
    {
        var body = _example.DeepClone();
        Set(body, path, "@@");
        var shown = json.Length > 60 ? json[..60] + "…" : json;
        return new TriedBody($"/{string.Join('/', path)}: {what}: {shown}", body.ToJsonString().Replace(Placeholder, json));
    }

    private TriedBody Without(string[] path)
    {
        var body = _example.DeepClone();
        var at = path[..^1].Aggregate(body, (node, part) => node is JsonArray list ? list[int.Parse(part)]! : node[part]!);
        at.AsObject().Remove(path[^1]);
        return new TriedBody($"/{string.Join('/', path)} is missing", body.ToJsonString());
    }

    private static void Set(JsonNode node, string[] path, JsonNode value)
    {
        if (node is JsonArray list)
        {
            if (path.Length > 1) Set(list[int.Parse(path[0])]!, path[1..], value);
            else if (list.Count == 0) list.Add(value);
            else list[int.Parse(path[0])] = value;
        }
        else if (path.Length == 1)
        {
            node[path[0]] = value;
        }
        else
        {
            Set(node[path[0]] ??= new JsonArray(), path[1..], value);
        }
    }

    private static JsonNode? Node(Random random, int depth) => random.Next(depth > 4 ? 5 : 7) switch
    {
        0 => null,
        1 => random.Next(2) == 0,
        2 => random.NextInt64(long.MinValue, long.MaxValue),
        3 => random.NextDouble() * 1e12,
        4 => new string([.. Enumerable.Range(0, random.Next(12)).Select(_ => (char)random.Next(32, 0xD7FF))]),
        5 => new JsonArray([.. Enumerable.Range(0, random.Next(4)).Select(_ => Node(random, depth + 1))]),
        _ => new JsonObject(Enumerable.Range(0, random.Next(4)).Select(number => KeyValuePair.Create($"{number}{(char)random.Next(32, 0x500)}", Node(random, depth + 1)))),
    };
}
