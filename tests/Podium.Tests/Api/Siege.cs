using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Podium.Platform.Access;
using Podium.Tests.Harness;

namespace Podium.Tests.Api;

/// <summary>Sends bad requests to an app's operations, and keeps a list of what was not as it should be.</summary>
internal sealed class Siege : IAsyncDisposable
{
    private const int Together = 16;

    private readonly PodiumApp _app;
    private readonly ServedApi _api;
    private readonly HttpClient _http;
    private readonly Footprint _footprint;
    private readonly string _key;
    private readonly TestPerson _stranger;
    private readonly TestPerson _foreigner;
    private TestPerson _boss;
    private int _round;

    private Siege(PodiumApp app, ServedApi api, HttpClient http, Footprint footprint, string key, TestPerson boss, TestPerson stranger, TestPerson foreigner)
    {
        (_app, _api, _http, _footprint, _key) = (app, api, http, footprint, key);
        (_boss, _stranger, _foreigner) = (boss, stranger, foreigner);
    }

    public List<string> Faults { get; } = [];

    public int Sent { get; private set; }

    private enum Expected
    {
        Refusal,
        Either,
    }

    /// <summary>A request in the making.</summary>
    private sealed record Draft(string Method, string Path)
    {
        public string Query { get; init; } = "";

        public IReadOnlyList<(string Name, string Value)> Headers { get; init; } = [];

        public TriedBody? Body { get; init; }

        public bool Chunked { get; init; }

        public Draft With(string name, string value) => this with { Headers = [.. Headers, (name, value)] };

        public Draft Without(string name) => this with { Headers = [.. Headers.Where(header => header.Name != name)] };

        public HttpRequestMessage Make()
        {
            var request = new HttpRequestMessage(new HttpMethod(Method), Path + Query);
            foreach (var header in Headers) request.Headers.TryAddWithoutValidation(header.Name, header.Value);
            if (Body is null) return request;
            request.Content = new ByteArrayContent(Body.Bytes);
            if (Body.ContentType is { } type) request.Content.Headers.TryAddWithoutValidation("Content-Type", type);
            if (Chunked) request.Headers.TransferEncodingChunked = true;
            return request;
        }
    }

    public static async Task<Siege> LayAsync(PodiumApp app, ServedApi api)
    {
        var tenant = await TestTenant.CreateAsync(app);
        var elsewhere = await TestTenant.CreateAsync(app);
        var (boss, stranger, foreigner) = (await tenant.AdministratorAsync(), await tenant.PersonAsync(), await elsewhere.AdministratorAsync());
        using var operators = app.HttpWithKey();
        var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, RequestHeaderEncodingSelector = (_, _) => Encoding.UTF8 })
        {
            BaseAddress = app.Http.BaseAddress,
            Timeout = TimeSpan.FromSeconds(20),
        };
        return new Siege(app, api, http, await Footprint.OfAsync(app.Postgres), operators.DefaultRequestHeaders.GetValues("x-functions-key").Single(), boss, stranger, foreigner);
    }

    public async Task OnAsync(ServedOperation operation, Random random)
    {
        _round++;
        var good = Good(operation);
        var refused = Keys(operation, good).Concat(Routes(operation, good)).Concat(Queries(operation, good));
        if (operation.Body is { } content) refused = refused.Concat(Bodies(new BadBodies(_api, content), good));
        foreach (var together in refused.Chunk(Together)) await RefusedAsync(operation, together);
        if (operation.Body is { } taken)
        {
            var bodies = BadBodies.Random(random, 8).Concat(new BadBodies(_api, taken).Odd());
            foreach (var together in bodies.Chunk(Together)) await OddAsync(operation, [.. together.Select(body => (body.What, (Func<Draft, Draft>)(good => good with { Body = body })))]);
        }
        var headers = OwnHeaders.Concat(InTurns(OddHeaders));
        await OddAsync(operation, [.. headers.Select(header => (
            $"the header {header.Name}: {(header.Value.Length > 60 ? header.Value[..60] + "…" : header.Value)}",
            (Func<Draft, Draft>)(good => good.Without(header.Name).With(header.Name, header.Value))))]);
    }

    private static readonly (string Name, string Value)[] OwnHeaders =
    [
        ("X-Tenant", new string('x', 6000)), ("X-Tenant", "👩‍👩‍👧‍👦"), ("Accept-Language", string.Join(',', Enumerable.Repeat("xx;q=0.1", 900))), ("Idempotency-Key", new string('k', 201)), ("Idempotency-Key", "ключ"),
        ("Idempotency-Key", "siege"), ("Idempotency-Key", "siege"), ("If-Match", "garbage"), ("If-Match", "\"99999999999999999999\""), ("If-None-Match", new string('"', 5000)),
    ];

    private static readonly (string Name, string Value)[] OddHeaders =
    [
        ("X-Tenant", "nobody"), ("X-Tenant", "'; DROP TABLE tenants; --"), ("X-Tenant", "00000000-0000-0000-0000-000000000000"), ("X-Tenant", ""), ("Accept-Language", ";;;q=9,,*;q=x"), ("Accept-Language", "مرحبا"),
        ("Idempotency-Key", "a b"), ("Idempotency-Key", new string('k', 6000)), ("If-Match", "\"-1\""), ("If-Match", "W/\"1\""), ("If-Match", "\"1\", \"2\""), ("If-Match", "\"2147483647\""), ("If-None-Match", ",,,\"x"),
        ("Accept", "not/a/type;;q=x"), ("Accept", string.Join(',', Enumerable.Repeat("text/html;q=0.1", 400))), ("User-Agent", new string('u', 7000)), ("User-Agent", "\uFEFF👩‍👩‍👧‍👦"), ("X-Forwarded-For", "999.999.999.999, ::::"),
        ("X-Forwarded-Host", "evil.example.org"), ("traceparent", "00-zz-zz-zz"), ("traceparent", new string('0', 4000)), ("Cookie", new string('c', 6000)), ("X-HTTP-Method-Override", "DELETE"), ("Content-Encoding", "gzip"),
        ("Range", "bytes=0-1"), ("Expect", "nothing"),
    ];

    // what is read by the same code whatever the operation need not go to each: a quarter of it does
    private IEnumerable<T> InTurns<T>(IEnumerable<T> all) => all.Where((_, at) => at % 4 == _round % 4);

    // who may not come in, by whatever they show at the door
    private IEnumerable<(string, Draft)> Keys(ServedOperation operation, Draft good)
    {
        if (operation.NeedsKey)
        {
            yield return ("no function key", good.Without("x-functions-key"));
            yield return ("a wrong function key", good.Without("x-functions-key").With("x-functions-key", new string('k', 56)));
        }
        if (operation.NeedsToken) yield return ("no token", good.Without("Authorization"));
        if (operation.Permission is not null) yield return ("no permission", good.Without("Authorization").With("Authorization", $"Bearer {_stranger.AccessToken}"));
        if (!operation.HasTenant) yield break;
        yield return ("no tenant", good.Without("Authorization").Without("X-Tenant"));
        var parts = _boss.AccessToken.Split('.');
        var forged = new Dictionary<string, string>
        {
            ["an empty token"] = "Bearer ",
            ["another scheme"] = "Basic Ym9zczpwYXNz",
            ["a garbage token"] = "Bearer garbage",
            ["a huge token"] = $"Bearer {new string('a', 7000)}.{parts[1]}.{parts[2]}",
            ["two tokens"] = $"Bearer {_boss.AccessToken}, Bearer {_boss.AccessToken}",
            ["a token whose signature is cut off"] = $"Bearer {parts[0]}.{parts[1]}.",
            ["a token whose signature is another's"] = $"Bearer {parts[0]}.{parts[1]}.{_stranger.AccessToken.Split('.')[2]}",
            ["an unsigned token"] = $"Bearer {Base64("{\"alg\":\"none\",\"typ\":\"at+jwt\"}")}.{parts[1]}.",
            ["an expired token"] = $"Bearer {Token(TimeSpan.FromHours(-1))}",
            ["a token from the future"] = $"Bearer {Token(TimeSpan.FromHours(1))}",
            ["another tenant's token"] = $"Bearer {_foreigner.AccessToken}",
            ["a token of nobody"] = $"Bearer {Token(default, Guid.NewGuid())}",
        };
        foreach (var (what, header) in InTurns(forged)) yield return (what, good.Without("Authorization").With("Authorization", header));
    }

    private IEnumerable<(string, Draft)> Routes(ServedOperation operation, Draft good)
    {
        foreach (var parameter in operation.In("path"))
        {
            var name = (string)parameter["name"]!;
            var isId = (string?)parameter["schema"]!["format"] == "uuid";
            string[] values = ["no-such-thing", "00000000-0000-0000-0000-000000000000", $"{_foreigner.Id}", new('x', 3000), "%00", "%F0%9F%91%A9", "%ED%A0%80", "'%20OR%201=1", "%2e%2e%2f%2e%2e", "-1"];
            // a PUT may make what is not there yet
            foreach (var value in values.Where(value => operation.Method != "PUT" || !isId || !Guid.TryParse(value, out _)))
                yield return ($"the route value {name} = {(value.Length > 60 ? value[..60] + "…" : value)}", good with { Path = PathOf(operation, name, value) });
        }
    }

    private static IEnumerable<(string, Draft)> Queries(ServedOperation operation, Draft good)
    {
        foreach (var parameter in operation.In("query"))
        {
            var name = (string)parameter["name"]!;
            var schema = parameter["schema"]!;
            string[] values = ((string?)schema["type"], (string?)schema["format"]) switch
            {
                ("integer", _) => [.. new[] { "abc", "1.5", "", "99999999999999999999", "1e3", "%00", "0x10" }, .. schema["minimum"] is { } least ? new[] { $"{(int)least - 1}" } : [], .. schema["maximum"] is { } most ? new[] { $"{(int)most + 1}" } : []],
                ("number", _) => ["abc", "", "1e999", "NaN", "Infinity"],
                ("boolean", _) => ["yes", "1", "", "TRUE "],
                ("string", "uuid" or "date" or "date-time") => ["abc", "", "%00", "2026-02-30", "0197c5a05c0070008000000000000001"],
                ("string", _) => ["%00", new string('x', ((int?)schema["maxLength"] ?? 2000) + 1)],
                _ => ["%00"],
            };
            foreach (var value in values.Append($"1&{name}=2")) yield return ($"the query {name}={(value.Length > 60 ? value[..60] + "…" : value)}", good with { Query = $"?{name}={value}" });
        }
    }

    private Draft Good(ServedOperation operation)
    {
        var draft = new Draft(operation.Method, PathOf(operation));
        if (operation.HasTenant) draft = draft.With("X-Tenant", _boss.Tenant.Slug);
        if (operation.TakesToken) draft = draft.With("Authorization", $"Bearer {_boss.AccessToken}");
        if (operation.NeedsKey) draft = draft.With("x-functions-key", _key);
        return operation.Body is { } body ? draft with { Body = new TriedBody("", body["example"]!.ToJsonString()) } : draft;
    }

    private static string PathOf(ServedOperation operation, string? name = null, string? value = null) =>
        operation.In("path").Select(parameter => (string)parameter["name"]!).Aggregate(
            operation.Path, (path, known) => path.Replace($"{{{known}}}", known == name ? value : Guid.CreateVersion7().ToString()));

    private IEnumerable<(string, Draft)> Bodies(BadBodies bodies, Draft good)
    {
        foreach (var body in InTurns(bodies.Unreadable()).Concat(bodies.Refused())) yield return (body.What, good with { Body = body });
        var large = good with { Body = new TriedBody("", new byte[300 * 1024]), Chunked = true };
        yield return ("300 KB in chunks", large);
        yield return ("300 KB under an idempotency key", large.With("Idempotency-Key", "k1"));
    }

    // none of them may change anything, so one look at the database afterwards is enough
    private async Task RefusedAsync(ServedOperation operation, (string What, Draft Draft)[] together)
    {
        var wasTaken = await Task.WhenAll(together.Select(one => SendAsync(operation, one.What, one.Draft, Expected.Refusal)));
        if (wasTaken.Contains(true)) await RecoverAsync(operation);
        else if (await _footprint.ChangedAsync() is { } changed)
            Fault($"{operation.Name}, one of {string.Join("; ", together.Select(one => one.What))}: was refused but changed {changed}");
    }

    // what was refused among what was taken is sent again without it, to see that it changes nothing
    private async Task OddAsync(ServedOperation operation, IReadOnlyList<(string What, Func<Draft, Draft> Change)> together)
    {
        while (together.Count > 0)
        {
            var good = Good(operation);
            var wasTaken = await Task.WhenAll(together.Select(one => SendAsync(operation, one.What, one.Change(good), Expected.Either)));
            if (!operation.Changes) return;
            if (!wasTaken.Contains(true))
            {
                if (await _footprint.ChangedAsync() is { } changed) Fault($"{operation.Name}, one of {string.Join("; ", together.Select(one => one.What))}: was refused but changed {changed}");
                return;
            }
            await RecoverAsync(operation);
            together = [.. together.Where((_, at) => !wasTaken[at])];
        }
    }

    private void Fault(string fault)
    {
        lock (Faults) Faults.Add(fault);
    }

    // whether it was taken
    private async Task<bool> SendAsync(ServedOperation operation, string what, Draft draft, Expected expected)
    {
        lock (Faults) Sent++;
        HttpResponseMessage answer;
        string text;
        try
        {
            using var request = draft.Make();
            answer = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
            text = await TextOf(answer);
        }
        catch (Exception error) when (error is HttpRequestException or TaskCanceledException)
        {
            Fault($"{operation.Name}, {what}: no answer: {error.Message}");
            return false;
        }
        var status = (int)answer.StatusCode;
        foreach (var fault in FaultsOf(operation, answer, status, text, expected)) Fault($"{operation.Name}, {what}: {status} {fault}: {(text.Length > 300 ? text[..300] : text)}");
        return status < 400;
    }

    // a stream of events has no end: that it has begun is the answer
    private static async Task<string> TextOf(HttpResponseMessage answer)
    {
        if (answer.Content.Headers.ContentType?.MediaType != "text/event-stream") return await answer.Content.ReadAsStringAsync();
        answer.Dispose();
        return "";
    }

    private IEnumerable<string> FaultsOf(ServedOperation operation, HttpResponseMessage answer, int status, string text, Expected expected)
    {
        if (status >= 500) return ["is our fault"];
        if (status < 400 && expected == Expected.Refusal) return ["should have been refused"];
        if (operation.Json["responses"]![$"{status}"] is null && !IsServersOwn(answer, status, text)) return ["is not declared"];
        if (status >= 400) return ProblemFaults(operation, answer, status, text);
        var type = answer.Content.Headers.ContentType?.MediaType;
        if (type == "application/json" && _api.AnswerOf(operation, status) is { } schema) return SchemaCheck.Faults(_api, schema, JsonNode.Parse(text));
        return text.Length > 0 && operation.Json["responses"]![$"{status}"]!["content"]?[type ?? ""] is null ? [$"has a body of the type {type}"] : [];
    }

    private IEnumerable<string> ProblemFaults(ServedOperation operation, HttpResponseMessage answer, int status, string text)
    {
        if (IsServersOwn(answer, status, text) || (status == 401 && operation.NeedsKey)) yield break;
        // whoever asks for a page learns by a page that there is none
        if (answer.Content.Headers.ContentType?.MediaType == "text/html" && operation.Json["responses"]!["200"]?["content"]?["text/html"] is not null) yield break;
        if (answer.Content.Headers.ContentType?.MediaType != "application/problem+json")
        {
            yield return $"is {answer.Content.Headers.ContentType}";
            yield break;
        }
        var problem = JsonNode.Parse(text)!.AsObject();
        if (!_api.ProblemsOf(operation, status)!.Contains((string?)problem["type"])) yield return "is a problem that is not declared";
        foreach (var fault in SchemaCheck.Faults(_api, new JsonObject { ["$ref"] = "#/components/schemas/Problem" }, problem)) yield return fault;
    }

    // what the HTTP server refuses before any function sees it: a path with NUL, a line that is no HTTP, a path that leads nowhere
    private static bool IsServersOwn(HttpResponseMessage answer, int status, string text) =>
        status is 400 or 404 or 405 or 414 or 417 or 431 && text.Length == 0 && !answer.Headers.Contains("X-Correlation-Id");

    // what was taken may have ended the session or changed the password
    private async Task RecoverAsync(ServedOperation operation)
    {
        if (!operation.Changes) return;
        await _app.SettleAsync();
        if (operation.Body?["example"]?["newPassword"] is not null || !(await _boss.Http.GetAsync("/api/me")).IsSuccessStatusCode)
            _boss = await (await TestTenant.CreateAsync(_app)).AdministratorAsync();
        await _footprint.ChangedAsync();
    }

    private string Token(TimeSpan shift, Guid? user = null)
    {
        var clock = new ShiftedClock(_app.Clock, shift);
        var issuer = new AccessTokens(_app.Services.GetRequiredService<TokenKeys>(), _app.Services.GetRequiredService<IConfiguration>(), clock);
        return issuer.IssueAsync(new AccessTokens.Claims(_boss.Tenant.Id, user ?? _boss.Id, Guid.CreateVersion7()), CancellationToken.None).AsTask().GetAwaiter().GetResult();
    }

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text)).TrimEnd('=').Replace('+', '-').Replace('/', '_');

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _footprint.DisposeAsync();
    }

    private sealed class ShiftedClock(TimeProvider clock, TimeSpan shift) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => clock.GetUtcNow() + shift;
    }
}
