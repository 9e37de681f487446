using System.Buffers.Text;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Podium.Platform.Access;
using Podium.Platform.Security;
using Podium.Tests.Harness;

namespace Podium.Tests.Identity;

/// <summary>The life of the keys that access tokens are signed with, seen through HTTP.</summary>
public sealed class TokenKeysTests(SharedApp shared)
{
    [Fact]
    public async Task Keys_change_every_thirty_days_and_nobody_is_signed_out_by_it()
    {
        await using var app = await PodiumApp.StartAsync(new AppOptions { Timers = ["RotateTokenKeys", "IdentityCleanup"] });
        var tenant = await TestTenant.CreateAsync(app);
        var person = await tenant.PersonAsync();
        var first = KeyOf(person.AccessToken);
        Assert.Equal([first], await PublishedAsync(app));

        await LaterAsync(app, TimeSpan.FromDays(20));
        await ProblemAsync(app, person.AccessToken, "token-refused");
        var tokens = await RefreshAsync(app, tenant, person.RefreshToken);
        Assert.Equal(first, KeyOf(tokens.Access));

        await LaterAsync(app, TimeSpan.FromHours((28 * 24) + 23));
        var published = await PublishedAsync(app);
        tokens = await RefreshAsync(app, tenant, tokens.Refresh);
        Assert.Equal(first, KeyOf(tokens.Access));
        var second = Assert.Single(published, id => id != first);
        Assert.Equal(2, published.Count);

        // an instance that goes on running changes over on the dot, whatever it remembers
        await LaterAsync(app, TimeSpan.FromDays(30) - TimeSpan.FromMinutes(8));
        tokens = await RefreshAsync(app, tenant, tokens.Refresh);
        Assert.Equal(first, KeyOf(tokens.Access));
        await app.AdvanceAsync(TimeSpan.FromMinutes(9));
        var later = await RefreshAsync(app, tenant, tokens.Refresh);
        Assert.Equal(second, KeyOf(later.Access));
        await MeAsync(app, later.Access).OkAsync();
        await MeAsync(app, tokens.Access).OkAsync();

        await LaterAsync(app, TimeSpan.FromDays(32));
        Assert.Equal([second], await PublishedAsync(app));
        await RefreshAsync(app, tenant, later.Refresh);
    }

    [Fact]
    public async Task The_next_key_is_published_at_least_a_day_ahead_whatever_hour_the_first_was_made_at()
    {
        await using var app = await PodiumApp.StartAsync(new AppOptions { Timers = ["RotateTokenKeys"], Start = new DateTimeOffset(2026, 1, 5, 4, 13, 1, TimeSpan.Zero) });
        var tenant = await TestTenant.CreateAsync(app);
        await tenant.AdministratorAsync();

        // a second more than a day before the first one's end, the daily timer comes for the last time that is early enough
        await app.RestartAsync(TimeSpan.FromDays(29) - TimeSpan.FromMinutes(10));
        await app.AdvanceAsync(TimeSpan.FromMinutes(10));

        Assert.Equal(2, (await PublishedAsync(app)).Count);
    }

    [Fact]
    public async Task A_token_ends_after_fifteen_minutes()
    {
        await using var app = await PodiumApp.StartAsync();
        var tenant = await TestTenant.CreateAsync(app);
        var person = await tenant.PersonAsync();

        await app.AdvanceAsync(TimeSpan.FromMinutes(15));
        await MeAsync(app, person.AccessToken).OkAsync(); // half a minute for clocks that differ
        await app.AdvanceAsync(TimeSpan.FromSeconds(31));
        await ProblemAsync(app, person.AccessToken, "token-refused");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_revoked_keys_tokens_are_refused_at_once_and_sessions_go_on_under_another_key(bool nextIsPublished)
    {
        await using var app = await PodiumApp.StartAsync();
        var tenant = await TestTenant.CreateAsync(app);
        var person = await tenant.PersonAsync();
        var refresh = person.RefreshToken;
        var access = person.AccessToken;
        if (nextIsPublished)
        {
            await LaterAsync(app, TimeSpan.FromHours((28 * 24) + 23));
            (access, refresh) = await RefreshAsync(app, tenant, refresh);
            Assert.Equal(2, (await PublishedAsync(app)).Count);
        }
        await MeAsync(app, access).OkAsync();

        Assert.True(await app.Services.GetRequiredService<TokenKeys>().RevokeAsync(KeyOf(access), CancellationToken.None));

        await ProblemAsync(app, access, "token-refused");
        var tokens = await RefreshAsync(app, tenant, refresh);
        Assert.NotEqual(KeyOf(access), KeyOf(tokens.Access));
        await MeAsync(app, tokens.Access).OkAsync();
        Assert.DoesNotContain(KeyOf(access), await PublishedAsync(app));
    }

    [Fact]
    public async Task A_key_that_an_operator_makes_signs_at_once_and_the_old_ones_tokens_run_out_by_themselves()
    {
        await using var app = await PodiumApp.StartAsync();
        var tenant = await TestTenant.CreateAsync(app);
        var person = await tenant.PersonAsync();

        var key = await app.Services.GetRequiredService<TokenKeys>().RotateAsync(ifDue: false, CancellationToken.None);

        var tokens = await RefreshAsync(app, tenant, person.RefreshToken);
        Assert.Equal(key!.Id, KeyOf(tokens.Access));
        await MeAsync(app, person.AccessToken).OkAsync();
    }

    [Fact]
    public async Task Many_who_come_when_there_is_no_key_yet_get_one_between_them()
    {
        await using var app = await PodiumApp.StartAsync();
        var keys = app.Services.GetRequiredService<TokenKeys>();

        await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => Task.Run(async () => await keys.SignAsync([], CancellationToken.None))));

        Assert.Single(await keys.ListAsync(CancellationToken.None));
    }

    [Theory]
    [InlineData("foreign key, our kid")]
    [InlineData("foreign key, a kid that nobody knows")]
    [InlineData("foreign key, a kid that is a path")]
    [InlineData("the other tenant's claims")]
    [InlineData("none")]
    [InlineData("HS256 with the public key")]
    [InlineData("claims changed")]
    [InlineData("signature of another token")]
    [InlineData("ID token of our own key")]
    public async Task A_forged_access_token_is_refused(string how)
    {
        var app = await shared.AppAsync();
        var tenant = await shared.TenantAsync();
        var (boss, person) = (await tenant.AdministratorAsync(), await tenant.PersonAsync());
        var parts = person.AccessToken.Split('.');
        var claims = JsonNode.Parse(Base64Url.DecodeFromChars(parts[1]))!.AsObject();
        claims["sub"] = boss.Id.ToString();
        var kid = KeyOf(person.AccessToken);
        var changed = IssuerKey.Part(claims);

        var token = how switch
        {
            "foreign key, our kid" => Foreign(kid, claims),
            "foreign key, a kid that nobody knows" => Foreign(Guid.NewGuid().ToString("N"), claims),
            "foreign key, a kid that is a path" => Foreign("../../../../dev/null", claims),
            "the other tenant's claims" => $"{parts[0]}.{IssuerKey.Part(OfTenant(claims, Guid.NewGuid()))}.{parts[2]}",
            "none" => $"{IssuerKey.Part(new JsonObject { ["alg"] = "none", ["typ"] = "at+jwt", ["kid"] = kid })}.{changed}.",
            "HS256 with the public key" => await HmacAsync(app, kid, changed),
            "claims changed" => $"{parts[0]}.{changed}.{parts[2]}",
            "signature of another token" => $"{parts[0]}.{parts[1]}.{boss.AccessToken.Split('.')[2]}",
            _ => await OtherTypeAsync(app, kid, claims),
        };

        await ProblemAsync(app, token, "token-refused");
        await MeAsync(app, person.AccessToken).OkAsync();
    }

    [Fact]
    public async Task The_published_keys_are_public()
    {
        var app = await shared.AppAsync();
        await (await shared.TenantAsync()).AdministratorAsync();

        var keys = await app.Http.GetAsync("/.well-known/jwks.json").OkAsync();

        Assert.All(keys["keys"]!.AsArray(), key => Assert.Equal(["alg", "crv", "kid", "kty", "use", "x", "y"], key!.AsObject().Select(member => member.Key).Order()));
    }

    private static JsonObject OfTenant(JsonObject claims, Guid tenant)
    {
        claims["tid"] = tenant.ToString();
        return claims;
    }

    private static string Foreign(string kid, JsonObject claims)
    {
        using var key = SigningKey.Create(kid);
        return key.Sign(claims, "at+jwt");
    }

    private static async Task<string> HmacAsync(PodiumApp app, string kid, string claims)
    {
        var keys = await app.Http.GetStringAsync(new Uri("/.well-known/jwks.json", UriKind.Relative));
        var signed = $"{IssuerKey.Part(new JsonObject { ["alg"] = "HS256", ["typ"] = "at+jwt", ["kid"] = kid })}.{claims}";
        return $"{signed}.{Base64Url.EncodeToString(HMACSHA256.HashData(Encoding.UTF8.GetBytes(keys), Encoding.ASCII.GetBytes(signed)))}";
    }

    // signed by the real key, but not as an access token
    private static async Task<string> OtherTypeAsync(PodiumApp app, string kid, JsonObject claims)
    {
        var encrypted = await app.QueryAsync<string>($"SELECT private_key_encrypted FROM signing_keys WHERE id = '{kid}'");
        using var key = SigningKey.FromPrivate(kid, app.Services.GetRequiredService<FieldCipher>().DecryptBytes(encrypted, $"signing_keys:{kid}"));
        return key.Sign(claims, "JWT");
    }

    private static string KeyOf(string token) => (string)JsonNode.Parse(Base64Url.DecodeFromChars(token.Split('.')[0]))!["kid"]!;

    private static async Task<IReadOnlyList<string>> PublishedAsync(PodiumApp app)
    {
        var keys = await app.Http.GetAsync("/.well-known/jwks.json").OkAsync();
        return [.. keys["keys"]!.AsArray().Select(key => (string)key!["kid"]!)];
    }

    // off until so long after the start: the daily timers run once, when it is back
    private static async Task LaterAsync(PodiumApp app, TimeSpan sinceStart)
    {
        await app.RestartAsync(new AppOptions().Start + sinceStart - app.Clock.GetUtcNow());
        await app.SettleAsync();
    }

    private static async Task<HttpResponseMessage> MeAsync(PodiumApp app, string token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/me") { Headers = { Authorization = new AuthenticationHeaderValue("Bearer", token) } };
        return await app.Http.SendAsync(request);
    }

    private static Task<JsonObject> ProblemAsync(PodiumApp app, string token, string code) => MeAsync(app, token).ProblemAsync(401, code);

    private static async Task<(string Access, string Refresh)> RefreshAsync(PodiumApp app, TestTenant tenant, string refresh)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/sessions/refresh") { Content = JsonContent.Create(new { refreshToken = refresh }) };
        request.Headers.Add("X-Tenant", tenant.Slug);
        var tokens = await app.Http.SendAsync(request).OkAsync();
        return ((string)tokens["accessToken"]!, (string)tokens["refreshToken"]!);
    }
}
