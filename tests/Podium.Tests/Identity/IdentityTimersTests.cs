using System.Net.Http.Json;
using Podium.Tests.Harness;

namespace Podium.Tests.Identity;

public sealed class IdentityTimersTests
{
    [Fact]
    public async Task What_signing_in_leaves_behind_goes_when_its_time_is_over()
    {
        await using var app = await PodiumApp.StartAsync(new AppOptions { Timers = ["IdentityCleanup", "RotateTokenKeys"], Settings = new Dictionary<string, string?> { ["Http:AllowedPrivateHosts"] = "127.0.0.1" } });
        await using var scene = await IssuerScene.CreateAsync(app);
        var person = await scene.Tenant.PersonAsync("ada@example.org");
        var signedOut = await scene.Tenant.SignInAsync(person.Email);
        await signedOut.Http.DeleteAsync("/api/me/sessions/current").OkAsync(204);
        await scene.BeginAsync().OkAsync();
        await scene.Tenant.Http.PostAsJsonAsync("/api/sessions", new { email = person.Email, password = "wrong" }).ProblemAsync(401, "credentials-refused");
        using (var request = new HttpRequestMessage(HttpMethod.Post, "/api/accounts/verification") { Content = JsonContent.Create(new { email = "bob@example.org" }), Headers = { { "Idempotency-Key", "once" } } })
            await scene.Tenant.Http.SendAsync(request).OkAsync(202);
        await scene.Tenant.Http.PostAsJsonAsync("/api/accounts", new { email = "bob@example.org", password = TestTenant.Password, firstName = "Bob", lastName = "B" }).OkAsync(202);
        Assert.Equal((1, 3, 1, 3, 3), await CountsAsync(app));
        Assert.Equal(1L, await app.QueryAsync<long>("SELECT count(*) FROM idempotency_keys"));

        await LaterAsync(app, 1);
        Assert.Equal((0, 3, 0, 2, 3), await CountsAsync(app));
        Assert.Equal(0L, await app.QueryAsync<long>("SELECT count(*) FROM idempotency_keys"));

        await LaterAsync(app, 15);
        Assert.Equal((0, 0, 0, 2, 3), await CountsAsync(app));

        await LaterAsync(app, 31);
        Assert.Equal((0, 0, 0, 0, 3), await CountsAsync(app));

        await LaterAsync(app, 92);
        Assert.Equal((0, 0, 0, 0, 2), await CountsAsync(app));

        await LaterAsync(app, 122);
        Assert.Equal((0, 0, 0, 0, 0), await CountsAsync(app));
    }

    [Fact]
    public async Task What_is_more_than_a_batch_goes_too()
    {
        await using var app = await PodiumApp.StartAsync();
        var tenant = await TestTenant.CreateAsync(app);
        await app.QueryAsync<long>(
            $"""
            WITH made AS (
                INSERT INTO sign_in_throttles (tenant_id, subject, failures, first_failure_at, last_failure_at)
                SELECT '{tenant.Id}', int4send(number), 1, '2026-01-01', '2026-01-01' FROM generate_series(1, 12000) AS number
                RETURNING 1)
            SELECT count(*) FROM made
            """);

        await LaterAsync(app, 1);

        Assert.Equal(0L, await app.QueryAsync<long>("SELECT count(*) FROM sign_in_throttles"));
    }

    // off for as long as it takes until the given day: the daily timers run once, when it is back
    private static async Task LaterAsync(PodiumApp app, int day)
    {
        await app.RestartAsync(new DateTimeOffset(2026, 1, 5, 8, 30, 0, TimeSpan.Zero) + TimeSpan.FromDays(day) - app.Clock.GetUtcNow());
        await app.SettleAsync();
    }

    private static async Task<(long SignIns, long Mails, long Throttled, long Refresh, long Sessions)> CountsAsync(PodiumApp app) => (
        await app.QueryAsync<long>("SELECT count(*) FROM identity_sign_ins"),
        await app.QueryAsync<long>("SELECT count(*) FROM email_tokens"),
        Math.Sign(await app.QueryAsync<long>("SELECT count(*) FROM sign_in_throttles")),
        await app.QueryAsync<long>("SELECT count(*) FROM refresh_tokens"),
        await app.QueryAsync<long>("SELECT count(*) FROM user_sessions"));
}
