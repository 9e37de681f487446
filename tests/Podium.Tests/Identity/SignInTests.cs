using System.Net.Http.Json;
using System.Text.Json.Nodes;
using System.Web;
using Podium.Platform.Security;
using Podium.Tests.Harness;

namespace Podium.Tests.Identity;

public sealed class SignInTests(SharedApp shared)
{
    [Fact]
    public async Task A_person_registers_verifies_the_address_signs_in_and_reads_their_account()
    {
        var tenant = await shared.TenantAsync();
        var person = await tenant.PersonAsync("ada@example.org");

        var me = await person.Http.GetAsync("/api/me").OkAsync();

        Assert.Equal("ada@example.org", (string?)me["email"]);
        Assert.Equal("PARTICIPANT", (string?)me["roles"]![0]!["role"]);
    }

    [Fact]
    public async Task A_wrong_password_and_an_unknown_account_are_answered_alike()
    {
        var tenant = await shared.TenantAsync();
        var person = await tenant.PersonAsync();

        var wrong = await tenant.Http.PostAsJsonAsync("/api/sessions", new { email = person.Email, password = "not the password" }).ProblemAsync(401, "credentials-refused");
        var unknown = await tenant.Http.PostAsJsonAsync("/api/sessions", new { email = "nobody@example.org", password = "not the password" }).ProblemAsync(401, "credentials-refused");

        wrong.Remove("correlationId");
        unknown.Remove("correlationId");
        Assert.Equal(wrong.ToJsonString(), unknown.ToJsonString());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Guessing_is_slowed_down_whether_or_not_there_is_an_account_even_after_a_restart(bool exists)
    {
        await using var app = await PodiumApp.StartAsync();
        var tenant = await TestTenant.CreateAsync(app);
        var email = exists ? (await tenant.PersonAsync()).Email : "nobody@example.org";
        for (var i = 0; i < 6; i++) await tenant.Http.PostAsJsonAsync("/api/sessions", new { email, password = "a guess" }).ProblemAsync(401, "credentials-refused");
        await tenant.Http.PostAsJsonAsync("/api/sessions", new { email, password = TestTenant.Password }).ProblemAsync(429, "too-many-attempts");
        await app.RestartAsync();

        using var http = new HttpClient { BaseAddress = app.Http.BaseAddress, DefaultRequestHeaders = { { "X-Tenant", tenant.Slug } } };
        var blocked = await http.PostAsJsonAsync("/api/sessions", new { email, password = TestTenant.Password });
        Assert.Equal(429, (int)blocked.StatusCode);
        Assert.InRange(blocked.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 2);

        await app.AdvanceAsync(TimeSpan.FromSeconds(3));
        var after = await http.PostAsJsonAsync("/api/sessions", new { email, password = TestTenant.Password });
        Assert.Equal(exists ? 200 : 401, (int)after.StatusCode);
    }

    [Fact]
    public async Task A_refresh_token_works_once_and_a_second_use_ends_the_session()
    {
        var tenant = await shared.TenantAsync();
        var person = await tenant.PersonAsync();

        var next = await tenant.Http.PostAsJsonAsync("/api/sessions/refresh", new { refreshToken = person.RefreshToken }).OkAsync();
        using var renewed = tenant.HttpWith((string)next["accessToken"]!);
        await renewed.GetAsync("/api/me").OkAsync();

        await tenant.Http.PostAsJsonAsync("/api/sessions/refresh", new { refreshToken = person.RefreshToken }).ProblemAsync(401, "refresh-refused");
        await tenant.Http.PostAsJsonAsync("/api/sessions/refresh", new { refreshToken = (string)next["refreshToken"]! }).ProblemAsync(401, "refresh-refused");
        await renewed.GetAsync("/api/me").ProblemAsync(401, "token-refused");
    }

    [Fact]
    public async Task One_refresh_token_used_many_times_at_once_gives_one_answer()
    {
        var tenant = await shared.TenantAsync();
        var person = await tenant.PersonAsync();
        var tries = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => tenant.Http.PostAsJsonAsync("/api/sessions/refresh", new { refreshToken = person.RefreshToken })));
        Assert.Equal(1, tries.Count(answer => answer.IsSuccessStatusCode));
    }

    [Fact]
    public async Task An_access_token_ends_after_a_quarter_of_an_hour_and_an_idle_session_after_a_month()
    {
        await using var app = await PodiumApp.StartAsync(new AppOptions { Timers = ["IdentityCleanup"] });
        var tenant = await TestTenant.CreateAsync(app);
        var person = await tenant.PersonAsync();
        await app.AdvanceAsync(TimeSpan.FromMinutes(16));
        await person.Http.GetAsync("/api/me").ProblemAsync(401, "token-refused");

        var next = await tenant.Http.PostAsJsonAsync("/api/sessions/refresh", new { refreshToken = person.RefreshToken }).OkAsync();
        await app.AdvanceAsync(TimeSpan.FromDays(30) + TimeSpan.FromMinutes(1));
        await tenant.Http.PostAsJsonAsync("/api/sessions/refresh", new { refreshToken = (string)next["refreshToken"]! }).ProblemAsync(401, "refresh-refused");
    }

    [Fact]
    public async Task A_person_sees_where_they_are_signed_in_and_signs_out_there()
    {
        var tenant = await shared.TenantAsync();
        var here = await tenant.PersonAsync();
        var there = await tenant.SignInAsync(here.Email);
        var sessions = (await here.Http.GetAsync("/api/me/sessions").OkAsync())["items"]!.AsArray();
        Assert.Equal(2, sessions.Count);
        var other = sessions.Single(session => !(bool)session!["current"]!)!;

        await here.Http.DeleteAsync($"/api/me/sessions/{other["id"]}").OkAsync(204);

        await there.Http.GetAsync("/api/me").ProblemAsync(401, "token-refused");
        await here.Http.DeleteAsync($"/api/me/sessions/{other["id"]}").ProblemAsync(404, "not-found");
        await here.Http.DeleteAsync("/api/me/sessions/not-an-id").ProblemAsync(404, "not-found");
        var stranger = await tenant.PersonAsync();
        var mine = sessions.Single(session => (bool)session!["current"]!)!;
        await stranger.Http.DeleteAsync($"/api/me/sessions/{mine["id"]}").ProblemAsync(404, "not-found");
        await here.Http.DeleteAsync("/api/me/sessions/current").OkAsync(204);
        await here.Http.GetAsync("/api/me").ProblemAsync(401, "token-refused");
    }

    [Fact]
    public async Task Signing_out_everywhere_else_keeps_this_session()
    {
        var tenant = await shared.TenantAsync();
        var here = await tenant.PersonAsync();
        var others = new[] { await tenant.SignInAsync(here.Email), await tenant.SignInAsync(here.Email) };

        await here.Http.DeleteAsync("/api/me/sessions").OkAsync(204);

        await here.Http.GetAsync("/api/me").OkAsync();
        foreach (var other in others) await other.Http.GetAsync("/api/me").ProblemAsync(401, "token-refused");
    }

    [Fact]
    public async Task A_token_of_one_tenant_opens_no_door_of_another()
    {
        var tenant = await shared.TenantAsync();
        var other = await shared.TenantAsync();
        var person = await tenant.PersonAsync();

        using var strayed = other.HttpWith(person.AccessToken);
        await strayed.GetAsync("/api/me").ProblemAsync(403, "other-tenant");
        await other.Http.PostAsJsonAsync("/api/sessions/refresh", new { refreshToken = person.RefreshToken }).ProblemAsync(401, "refresh-refused");
        await other.Http.PostAsJsonAsync("/api/sessions", new { email = person.Email, password = TestTenant.Password }).ProblemAsync(401, "credentials-refused");
    }

    [Fact]
    public async Task An_authenticator_is_set_up_asked_for_and_its_codes_count_once()
    {
        await using var app = await PodiumApp.StartAsync();
        var tenant = await TestTenant.CreateAsync(app);
        var person = await tenant.PersonAsync();
        var begun = await person.Http.PostAsJsonAsync("/api/me/second-factor", new { password = TestTenant.Password }).OkAsync();
        Assert.True(Base32.TryDecode((string)begun["secret"]!, out var secret));
        Assert.Contains("otpauth://totp/", (string)begun["uri"]!, StringComparison.Ordinal);
        await person.Http.PostAsJsonAsync("/api/me/second-factor/confirm", new { code = "000000" }).ProblemAsync(422, "invalid");
        await tenant.SignInAsync(person.Email); // not before it is confirmed

        var codes = (await person.Http.PostAsJsonAsync("/api/me/second-factor/confirm", new { code = Code(app, secret) }).OkAsync())["recoveryCodes"]!.AsArray();
        Assert.Equal(10, codes.Count);

        await Try(null).ProblemAsync(401, "second-factor-required");
        await Try(Code(app, secret)).ProblemAsync(401, "second-factor-refused"); // used to confirm
        await app.AdvanceAsync(TimeSpan.FromSeconds(30));
        var code = Code(app, secret);
        await Try(code).OkAsync();
        await Try(code).ProblemAsync(401, "second-factor-refused");
        await Try((string)codes[0]!).OkAsync();
        await Try((string)codes[0]!).ProblemAsync(401, "second-factor-refused");
        await tenant.Http.PostAsJsonAsync("/api/sessions", new { email = person.Email, password = "wrong password", code = "123456" }).ProblemAsync(401, "credentials-refused");

        await person.Http.PostAsJsonAsync("/api/me/second-factor/remove", new { password = TestTenant.Password, code = (string)codes[1]! }).OkAsync(204);
        await Try(null).OkAsync();

        Task<HttpResponseMessage> Try(string? with) => tenant.Http.PostAsJsonAsync("/api/sessions", new { email = person.Email, password = TestTenant.Password, code = with });
    }

    [Fact]
    public async Task A_code_used_many_times_at_once_signs_in_once()
    {
        await using var app = await PodiumApp.StartAsync();
        var tenant = await TestTenant.CreateAsync(app);
        var person = await tenant.PersonAsync();
        var begun = await person.Http.PostAsJsonAsync("/api/me/second-factor", new { password = TestTenant.Password }).OkAsync();
        Assert.True(Base32.TryDecode((string)begun["secret"]!, out var secret));
        await person.Http.PostAsJsonAsync("/api/me/second-factor/confirm", new { code = Code(app, secret) }).OkAsync();
        await app.AdvanceAsync(TimeSpan.FromSeconds(30));
        var code = Code(app, secret);

        var tries = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ =>
            tenant.Http.PostAsJsonAsync("/api/sessions", new { email = person.Email, password = TestTenant.Password, code })));

        Assert.Equal(1, tries.Count(answer => answer.IsSuccessStatusCode));
    }

    [Fact]
    public async Task An_older_password_hash_is_upgraded_at_sign_in()
    {
        var tenant = await shared.TenantAsync();
        var person = await tenant.PersonAsync();
        var app = await shared.AppAsync();
        var old = Passwords.Hash(TestTenant.Password, 500);
        await app.QueryAsync<int>($"UPDATE user_credentials SET password_hash = '{old}' WHERE user_id = '{person.Id}' RETURNING 1");

        await tenant.SignInAsync(person.Email);

        var stored = await app.QueryAsync<string>($"SELECT password_hash FROM user_credentials WHERE user_id = '{person.Id}'");
        Assert.StartsWith("$pbkdf2-sha512$i=1000$", stored, StringComparison.Ordinal);
    }

    private static string Code(PodiumApp app, byte[] secret) =>
        Totp.CodeAt(secret, Totp.StepAt(app.Clock.GetUtcNow()), 6, System.Security.Cryptography.HashAlgorithmName.SHA1);
}
