using Podium.Tests.Harness;

namespace Podium.Tests.Cli;

public sealed class KeyTests
{
    [Fact]
    public async Task A_rotated_key_signs_and_the_one_before_only_verifies()
    {
        await using var op = await Operator.AtAsync();
        Assert.Empty((await op.JsonAsync("key", "list")).AsArray());

        var first = (string)(await op.JsonAsync("key", "rotate"))["id"]!;
        var second = (string)(await op.JsonAsync("key", "rotate"))["id"]!;

        var keys = (await op.JsonAsync("key", "list")).AsArray().ToDictionary(key => (string)key!["id"]!, key => (string)key!["status"]!);
        Assert.Equal(new Dictionary<string, string> { [first] = "verifying", [second] = "signing" }, keys);
        Assert.DoesNotContain("rivate", (await op.JsonAsync("key", "list")).ToJsonString());
    }

    [Fact]
    public async Task A_revoked_key_ends_its_tokens_in_a_running_app_and_the_next_sign_in_makes_another()
    {
        await using var app = await PodiumApp.StartAsync();
        var tenant = await TestTenant.CreateAsync(app);
        var boss = await tenant.AdministratorAsync();
        var op = Operator.At(app);
        var key = (string)Assert.Single((await op.JsonAsync("key", "list")).AsArray())!["id"]!;

        (await op.RunAsync("key", "revoke", key)).Failed(2, "say --yes");
        await boss.Http.GetAsync("/api/me").OkAsync();
        await op.JsonAsync("key", "revoke", key, "--yes");

        await app.UntilAsync("the app has heard of it", async () => (await boss.Http.GetAsync("/api/me")).StatusCode == System.Net.HttpStatusCode.Unauthorized);
        await (await tenant.SignInAsync(boss.Email)).Http.GetAsync("/api/me").OkAsync();
        (await op.RunAsync("key", "revoke", key, "--yes")).Failed(1, "There is no key");
    }
}
