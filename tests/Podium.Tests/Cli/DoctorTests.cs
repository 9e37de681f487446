using System.Text.Json.Nodes;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Podium.Tests.Harness;

namespace Podium.Tests.Cli;

public sealed class DoctorTests
{
    [Fact]
    public async Task A_healthy_app_is_found_so()
    {
        await using var app = await PodiumApp.StartAsync(new AppOptions { RealTime = true });
        await TestTenant.CreateAsync(app);
        var op = Operator.At(app, TimeProvider.System);
        op["Storage"] = app.Services.GetRequiredService<IConfiguration>()["Storage"];

        var said = await op.RunAsync("doctor", "--json");

        var wrong = said.Json["findings"]!.AsArray().Where(finding => (string)finding!["verdict"]! == "bad").Select(finding => finding!.ToJsonString());
        Assert.Empty(wrong);
        Assert.Equal(0, said.Exit);
        Assert.True((bool)said.Json["healthy"]!);
        var checks = said.Json["findings"]!.AsArray().Select(finding => (string)finding!["check"]!).ToList();
        foreach (var check in new[] { "connections", "podium_app obeys row-level security", "migrations", "row-level security", "indexes of foreign keys", "clock", "encryption keys", "storage", "queue notifications" })
            Assert.Contains(check, checks);
        Assert.Contains("✓ migrations", (await op.RunAsync("doctor")).Output);
    }

    [Fact]
    public async Task Every_fault_of_a_database_is_found_with_advice()
    {
        await using var op = await Operator.AtAsync();
        await op.JsonAsync("tenant", "create", "--slug", "demo", "--name", "Demo", "--administrator", "boss@example.org");
        await op.ExecuteAsync(
            """
            CREATE TABLE open_door (tenant_id uuid, person uuid, FOREIGN KEY (tenant_id, person) REFERENCES users);
            UPDATE schema_migrations SET checksum = 'other' WHERE version = 1;
            UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'users_program'::regclass;
            INSERT INTO signing_keys VALUES ('k', '{}', 'v1.lost.' || repeat('A', 60), now(), now() - interval '2 days', now() - interval '1 day', now() + interval '1 day');
            UPDATE outbox SET created_at = now() - interval '3 hours';
            """);

        var said = await op.RunAsync("doctor", "--json");

        Assert.Equal(3, said.Exit);
        Assert.False((bool)said.Json["healthy"]!);
        Assert.Contains("open_door", Bad(said.Json, "row-level security"));
        Assert.Contains("open_door", Bad(said.Json, "indexes of foreign keys"));
        Assert.Contains("0001_tenants", Bad(said.Json, "migrations"));
        Assert.Contains("users_program", Bad(said.Json, "valid indexes"));
        Assert.Contains("None signs now", Bad(said.Json, "signing keys"));
        Assert.Contains("'lost'", Bad(said.Json, "encryption keys"));
        Assert.Contains("3 h", Bad(said.Json, "outbox"));
        Assert.Contains("notifications", Bad(said.Json, "queue notifications")); // no app has declared the queues here
    }

    [Fact]
    public async Task A_clock_that_is_off_is_found()
    {
        await using var app = await PodiumApp.StartAsync();

        var said = await Operator.At(app).RunAsync("doctor", "--json");

        Assert.Contains("behind", Bad(said.Json, "clock").Replace("ahead", "behind"));
    }

    [Fact]
    public async Task A_server_that_does_not_answer_and_keys_that_are_missing_are_findings_too()
    {
        var nowhere = await Operator.At("Host=127.0.0.1;Port=1;Username=nobody;Database=none").RunAsync("doctor", "--json");
        Assert.Equal(3, nowhere.Exit);
        Assert.Contains("podium_app, podium_reader, podium_platform, podium_owner", Bad(nowhere.Json, "connections"));

        await using var op = await Operator.AtAsync();
        op["AZURE_FUNCTIONS_ENVIRONMENT"] = "Production";
        var closed = await op.RunAsync("doctor", "--json");
        Assert.Contains("Encryption__Keys", Bad(closed.Json, "encryption keys"));
        Assert.Contains("fsync is off", Bad(closed.Json, "settings"));
    }

    private static string Bad(JsonNode doctor, string check)
    {
        var finding = doctor["findings"]!.AsArray().Single(finding => (string)finding!["check"]! == check)!;
        Assert.Equal("bad", (string)finding["verdict"]!);
        Assert.NotNull(finding["advice"]);
        return (string)finding["detail"]!;
    }
}
