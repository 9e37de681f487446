using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Podium.Tests.Harness;

/// <summary>A tenant of a test, made and used through the API's own doors.</summary>
public sealed class TestTenant
{
    public const string Password = "correct horse battery";

    private static int Next;

    private readonly PodiumApp _app;
    private readonly string _name;

    private TestTenant(PodiumApp app, Guid id, string slug, string administratorEmail)
    {
        _app = app;
        Id = id;
        Slug = slug;
        _name = $"Tenant {slug} of tests";
        AdministratorEmail = administratorEmail;
    }

    public Guid Id { get; }

    public string Slug { get; }

    public string AdministratorEmail { get; }

    /// <summary>A front-end of this tenant where nobody is signed in; an app that was restarted is somewhere else.</summary>
    public HttpClient Http
    {
        get
        {
            if (field?.BaseAddress == _app.Http.BaseAddress) return field!;
            return field = new HttpClient { BaseAddress = _app.Http.BaseAddress, DefaultRequestHeaders = { { "X-Tenant", Slug } } };
        }
    }

    public static async Task<TestTenant> CreateAsync(PodiumApp app, object? settings = null, string shard = "default", IReadOnlyList<string>? hosts = null, Guid? parentId = null)
    {
        var slug = $"tenant-{Interlocked.Increment(ref Next)}";
        using var operators = app.HttpWithKey();
        var email = $"boss@{slug}.example.org";
        var created = await operators.PostAsJsonAsync("/api/operations/tenants", new
        {
            slug,
            name = $"Tenant {slug} of tests",
            languages = new[] { "en", "kk", "ru" },
            administratorEmail = email,
            settings = settings ?? new { siteUrl = "https://contest.example.org" },
            shard,
            hosts = hosts ?? [],
            parentId,
        });
        var body = await created.Content.ReadFromJsonAsync<JsonElement>();
        Assert.True(created.IsSuccessStatusCode, body + app.Log);
        return new TestTenant(app, body.GetProperty("id").GetGuid(), slug, email);
    }

    /// <summary>The tenant's first administrator, who has just used the invitation.</summary>
    public async Task<TestPerson> AdministratorAsync()
    {
        var set = await Http.PostAsJsonAsync("/api/accounts/password", new { token = await LinkAsync(AdministratorEmail), newPassword = Password });
        Assert.True(set.IsSuccessStatusCode, await set.Content.ReadAsStringAsync());
        return await SignInAsync(AdministratorEmail);
    }

    /// <summary>A person who has registered, verified the address and signed in.</summary>
    public async Task<TestPerson> PersonAsync(string? email = null, string firstName = "Ada", string lastName = "Byron")
    {
        email ??= $"person-{Interlocked.Increment(ref Next)}@example.org";
        var registered = await Http.PostAsJsonAsync("/api/accounts", new { email, password = Password, firstName, lastName });
        Assert.True(registered.IsSuccessStatusCode, await registered.Content.ReadAsStringAsync());
        var verified = await Http.PostAsJsonAsync("/api/accounts/verify", new { token = await LinkAsync(email) });
        Assert.True(verified.IsSuccessStatusCode, await verified.Content.ReadAsStringAsync());
        return await SignInAsync(email);
    }

    public async Task<TestPerson> SignInAsync(string email, string password = Password)
    {
        var answer = await Http.PostAsJsonAsync("/api/sessions", new { email, password });
        var tokens = await answer.Content.ReadFromJsonAsync<JsonElement>();
        Assert.True(answer.IsSuccessStatusCode, tokens.ToString());
        return new TestPerson(this, email, tokens);
    }

    /// <summary>A client with a token of one's own choice.</summary>
    public HttpClient HttpWith(string token, PodiumApp? instance = null)
    {
        var client = new HttpClient { BaseAddress = (instance ?? _app).Http.BaseAddress };
        client.DefaultRequestHeaders.Add("X-Tenant", Slug);
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return client;
    }

    /// <summary>The mails of this tenant that an address has got, the newest last.</summary>
    public async Task<IReadOnlyList<TestMail>> MailsAsync(string to)
    {
        await _app.SettleAsync();
        return [.. (await _app.MailsAsync(to))
            .Where(mail => mail.Headers["From"]!.Contains(_name, StringComparison.Ordinal))
            .Select(mail => new TestMail(mail.Headers["X-Podium-Kind"]!, mail.Headers["Content-Language"]!, mail.Subject, mail.Text!))];
    }

    /// <summary>The secret of the last link that was mailed to an address.</summary>
    public async Task<string> LinkAsync(string to) => (await MailsAsync(to)).Last(mail => mail.Token is not null).Token!;
}

/// <summary>A mail as its reader sees it.</summary>
public sealed partial record TestMail(string Template, string Language, string Subject, string Text)
{
    /// <summary>The secret of the link in it.</summary>
    public string? Token => SecretOfLink().Match(Text) is { Success: true } link ? link.Groups[1].Value : null;

    [GeneratedRegex("(?:token=|^)([A-Za-z0-9_-]{43})$", RegexOptions.Multiline)]
    private static partial Regex SecretOfLink();
}

/// <summary>Somebody who is signed in.</summary>
public sealed class TestPerson(TestTenant tenant, string email, JsonElement tokens)
{
    public TestTenant Tenant => tenant;

    public string Email => email;

    public Guid Id => tokens.GetProperty("userId").GetGuid();

    public string AccessToken => tokens.GetProperty("accessToken").GetString()!;

    public string RefreshToken => tokens.GetProperty("refreshToken").GetString()!;

    public HttpClient Http { get; } = tenant.HttpWith(tokens.GetProperty("accessToken").GetString()!);

    /// <summary>The same person through another instance of the app.</summary>
    public HttpClient HttpOn(PodiumApp instance) => tenant.HttpWith(AccessToken, instance);
}

/// <summary>What tests ask of answers.</summary>
public static class Answers
{
    public static async Task<JsonObject> JsonAsync(this HttpResponseMessage answer) => (await answer.Content.ReadFromJsonAsync<JsonObject>())!;

    /// <summary>The answer must be this problem.</summary>
    public static async Task<JsonObject> ProblemAsync(this Task<HttpResponseMessage> asking, int status, string code)
    {
        var answer = await asking;
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True((int)answer.StatusCode == status, $"{(int)answer.StatusCode} instead of {status}: {text}{((int)answer.StatusCode >= 500 ? TestLog.Last : "")}");
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        var problem = JsonNode.Parse(text)!.AsObject();
        Assert.Equal($"/api/problems/{code}", problem["type"]!.ToString());
        return problem;
    }

    /// <summary>The answer must be a success with this status.</summary>
    public static async Task<JsonObject> OkAsync(this Task<HttpResponseMessage> asking, int status = 200)
    {
        var answer = await asking;
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True((int)answer.StatusCode == status, $"{(int)answer.StatusCode} instead of {status}: {text}{((int)answer.StatusCode >= 500 ? TestLog.Last : "")}");
        return text.Length == 0 ? [] : JsonNode.Parse(text)!.AsObject();
    }
}

/// <summary>What tests ask with.</summary>
public static class Asking
{
    /// <summary>A change of the version that the client knows.</summary>
    public static async Task<HttpResponseMessage> IfMatchAsync(this HttpClient http, HttpMethod method, string path, string etag, object? body = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) };
        request.Headers.TryAddWithoutValidation("If-Match", etag);
        return await http.SendAsync(request);
    }

    /// <summary>Gives somebody a role.</summary>
    public static Task<HttpResponseMessage> GrantAsync(this TestPerson by, TestPerson to, string role, string scope = "tenant", Guid? scopeId = null, DateTimeOffset? expiresAt = null) =>
        by.Http.PostAsJsonAsync($"/api/users/{to.Id}/roles", new { role, scope, scopeId, expiresAt });
}
