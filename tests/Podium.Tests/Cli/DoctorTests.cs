using System.Text.Json.Nodes;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Podium.Operations;
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
    public async Task What_was_lost_doubled_or_half_done_is_found_in_the_data()
    {
        await using var op = await Operator.AtAsync();
        await op.JsonAsync("tenant", "create", "--slug", "demo", "--name", "Demo", "--administrator", "boss@example.org");
        await op.ExecuteAsync("DELETE FROM outbox");
        var whole = await op.RunAsync("doctor", "--invariants", "--json");
        Assert.Equal((0, true), (whole.Exit, (bool)whole.Json["healthy"]!));
        Assert.Equal(Invariant.All.Select(invariant => invariant.Name), whole.Json["findings"]!.AsArray().Select(finding => (string)finding!["check"]!));

        // a seat that nobody sits on, a person who takes part by no registration, a vote that no log knows, a message that nobody sent, a run that nobody woke
        await op.ExecuteAsync(
            """
            SET session_replication_role = replica;
            INSERT INTO competitions (tenant_id, id, slug, name, language, type, max_participants, seats_taken, status_changed_at, created_at, updated_at) SELECT id, id, 'cup', 'Cup', 'en', 'individual', 5, 2, now(), now(), now() FROM tenants;
            INSERT INTO competition_entrants (tenant_id, competition_id, user_id, registration_id) SELECT tenant_id, tenant_id, id, uuidv7() FROM users;
            INSERT INTO vote_audit_log (tenant_id, voting_session_id, id, recorded_at, voter, period_no, option_no, group_no, delta, action, vote_weight) SELECT id, id, 1, now(), id, 1, 1, 0, 1, 'cast', 1 FROM tenants;
            INSERT INTO outbox (tenant_id, id, queue, subject, body, created_at, due_at, retry_at) SELECT id, id, 'notifications', 'x', '{}', now(), now() - interval '2 hours', now() FROM tenants;
            INSERT INTO competition_runs (tenant_id, competition_id, started_at, waits_for, waits_until) SELECT id, id, now(), 'opening of round 1', now() - interval '2 hours' FROM tenants;
            """);
        var broken = await op.RunAsync("doctor", "--invariants", "--json");
        Assert.Equal((3, false), (broken.Exit, (bool)broken.Json["healthy"]!));
        Assert.Equal(
            ["entrants", "messages on their way", "runs that go on", "seats", "votes and their log"],
            broken.Json["findings"]!.AsArray().Where(finding => (string)finding!["verdict"]! == "bad").Select(finding => (string)finding!["check"]!));
        Assert.Contains("counts 2 and has 0", Bad(broken.Json, "seats"), StringComparison.Ordinal);
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
