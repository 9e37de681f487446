using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using Podium.Tests.Harness;

namespace Podium.Tests.Identity;

/// <summary>An app that may ask issuers on 127.0.0.1 (but not by any other private name or address), for the tests of one class.</summary>
public sealed class IssuerApp : IAsyncLifetime
{
    public const string Redirect = "https://contest.example.org/signed-in";

    public PodiumApp App { get; private set; } = null!;

    public async ValueTask InitializeAsync() => App = await PodiumApp.StartAsync(new AppOptions
    {
        Settings = new Dictionary<string, string?> { ["Http:AllowedPrivateHosts"] = "127.0.0.1" },
    });

    public ValueTask DisposeAsync() => App.DisposeAsync();

    internal async Task<IssuerScene> SceneAsync(object? issuer = null, bool publicClient = false) => await IssuerScene.CreateAsync(App, issuer, publicClient);
}

/// <summary>A tenant with its administrator and one issuer that it trusts.</summary>
internal sealed class IssuerScene : IAsyncDisposable
{
    private IssuerScene(PodiumApp app, TestTenant tenant, TestPerson boss, FakeIssuer issuer, Guid issuerId) =>
        (App, Tenant, Boss, Issuer, IssuerId) = (app, tenant, boss, issuer, issuerId);

    public PodiumApp App { get; }

    public TestTenant Tenant { get; }

    public TestPerson Boss { get; }

    public FakeIssuer Issuer { get; }

    public Guid IssuerId { get; }

    public static async Task<IssuerScene> CreateAsync(PodiumApp app, object? change = null, bool publicClient = false)
    {
        var tenant = await TestTenant.CreateAsync(app, new { signInRedirects = new[] { IssuerApp.Redirect, "http://localhost:3000/back", "org.example.app:/back", "javascript:alert(1)" } });
        var boss = await tenant.AdministratorAsync();
        var issuer = await FakeIssuer.StartAsync(app.Clock);
        issuer.PublicClient = publicClient;
        var id = await AddAsync(boss, issuer, "University", change);
        return new IssuerScene(app, tenant, boss, issuer, id);
    }

    /// <summary>Lets the tenant trust an issuer.</summary>
    public static async Task<Guid> AddAsync(TestPerson boss, FakeIssuer issuer, string name, object? change = null)
    {
        var body = new JsonObject { ["name"] = name, ["issuer"] = issuer.Url, ["clientId"] = FakeIssuer.ClientId, ["createsAccounts"] = true };
        if (!issuer.PublicClient) body["clientSecret"] = FakeIssuer.ClientSecret;
        foreach (var (field, value) in JsonSerializer.SerializeToNode(change ?? new { })!.AsObject()) body[field] = value?.DeepClone();
        var added = await boss.Http.PostAsJsonAsync("/api/issuers", body).OkAsync(201);
        return Guid.Parse((string)added["id"]!);
    }

    public Task<HttpResponseMessage> BeginAsync(string redirect = IssuerApp.Redirect, Guid? issuerId = null, HttpClient? http = null) =>
        (http ?? Tenant.Http).PostAsJsonAsync($"/api/issuers/{issuerId ?? IssuerId}/sign-ins", new { redirectUri = redirect });

    /// <summary>A person goes to the issuer, signs in there and comes back with a state and a code.</summary>
    public async Task<(string State, string Code)> VisitAsync(string subject = "s-1", object? claims = null)
    {
        var begun = await BeginAsync().OkAsync();
        return await Issuer.VisitAsync((string)begun["authorizationUrl"]!, subject, claims);
    }

    public Task<HttpResponseMessage> CompleteAsync((string State, string Code) back, string? totp = null, HttpClient? http = null) =>
        (http ?? Tenant.Http).PostAsJsonAsync("/api/sign-ins", new { state = back.State, code = back.Code, totp });

    /// <summary>The whole way.</summary>
    public async Task<HttpResponseMessage> SignInAsync(string subject = "s-1", object? claims = null, string? totp = null) =>
        await CompleteAsync(await VisitAsync(subject, claims), totp);

    public async Task<TestPerson> SignedInAsync(string subject = "s-1", object? claims = null)
    {
        var tokens = await SignInAsync(subject, claims).OkAsync();
        return new TestPerson(Tenant, "", JsonSerializer.SerializeToElement(tokens));
    }

    /// <summary>A signed-in person goes to the issuer to link what they are there, and comes back.</summary>
    public async Task<(string State, string Code)> VisitToLinkAsync(TestPerson person, string subject, string? password = TestTenant.Password, Guid? issuerId = null, FakeIssuer? issuer = null)
    {
        var begun = await person.Http.PostAsJsonAsync($"/api/me/identities/{issuerId ?? IssuerId}", new { redirectUri = IssuerApp.Redirect, password }).OkAsync();
        return await (issuer ?? Issuer).VisitAsync((string)begun["authorizationUrl"]!, subject);
    }

    public static Task<HttpResponseMessage> LinkAsync(TestPerson person, (string State, string Code) back) =>
        person.Http.PostAsJsonAsync("/api/me/identities", new { state = back.State, code = back.Code });

    public static object Verified(string email, string name = "Ada Byron") => new { email, email_verified = true, name };

    public ValueTask DisposeAsync() => Issuer.DisposeAsync();
}
