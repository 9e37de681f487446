using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Podium.Operations;
using Podium.Tests.Azure;
using Podium.Tests.Cli;
using Podium.Tests.Harness;

namespace Podium.Tests.Operations;

/// <summary>How the installation is, asked by operators and looked at by a timer for the alerts.</summary>
public sealed class StatusTests
{
    [Fact]
    public async Task A_healthy_app_says_so_to_operators_only()
    {
        await using var app = await PodiumApp.StartAsync(new AppOptions { RealTime = true });
        using var http = app.HttpWithKey();

        var status = await http.GetFromJsonAsync<JsonElement>("api/operations/status");

        var findings = status.GetProperty("findings").EnumerateArray().ToList();
        Assert.Empty(findings.Where(finding => finding.GetProperty("verdict").GetString() == "bad").Select(finding => finding.GetRawText()));
        Assert.True(status.GetProperty("healthy").GetBoolean());
        var checks = findings.Select(finding => finding.GetProperty("check").GetString()).ToList();
        foreach (var check in new[] { "migrations", "outbox", "partitions", "slow statements", "unused indexes", "queue notifications", "queue self_checks", "orchestrations" }) Assert.Contains(check, checks);
        Assert.Equal(HttpStatusCode.Unauthorized, (await app.Http.GetAsync("api/operations/status")).StatusCode);
    }

    [Fact]
    public async Task What_waits_too_long_is_found_and_the_timer_writes_it_to_the_log()
    {
        await using var app = await PodiumApp.StartAsync(new AppOptions
        {
            Settings = new Dictionary<string, string?> { ["AzureWebJobs.LookOver.Disabled"] = "false", ["AzureWebJobs.SelfCheckProbeArrived.Disabled"] = "true" },
        });
        using var http = app.HttpWithKey();
        // nobody takes the probe from its queue, and an orchestration does not begin
        await http.PostAsync("api/operations/self-checks", null);
        var never = await app.Durable.ScheduleNewOrchestrationInstanceAsync("SelfCheck", null, new StartOrchestrationOptions("late", app.Clock.GetUtcNow().AddDays(1)));
        await app.AdvanceAsync(TimeSpan.FromMinutes(9));
        Assert.Equal("warning", await VerdictAsync(http, $"queue {SelfCheck.Queue}"));
        Assert.Equal("good", await VerdictAsync(http, "orchestrations"));

        await app.AdvanceAsync(NextLook(app.Clock.GetUtcNow().AddMinutes(2)) - app.Clock.GetUtcNow());
        Assert.Equal("bad", await VerdictAsync(http, "orchestrations"));
        Assert.Contains(never, (await FindingAsync(http, "orchestrations")).GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Contains("Found wrong: orchestrations (all): Not begun", app.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Partitions_that_are_missing_slow_statements_and_idle_indexes_are_found()
    {
        await using var app = await PodiumApp.StartAsync(new AppOptions { RealTime = true });
        using var http = app.HttpWithKey();
        Assert.Equal(HttpStatusCode.OK, (await http.PostAsync("api/operations/partitions/audit_log/rotate", null)).StatusCode);
        var op = Operator.At(app, new YearsLater()); // nobody has made partitions since
        await op.ExecuteAsync(
            """
            CREATE EXTENSION pg_stat_statements;
            CREATE TABLE idle AS SELECT number FROM generate_series(1, 60000) AS number;
            CREATE INDEX idle_number ON idle (number);
            CREATE UNIQUE INDEX idle_rule ON idle (number);
            """);
        // what a slow statement looks like: a quarter of a second, three times
        foreach (var _ in Enumerable.Range(0, 3)) await op.ExecuteAsync("SET pg_stat_statements.track = 'top'; SET ROLE podium_app; SELECT pg_sleep(0.25)");

        var findings = (await op.RunAsync("doctor", "--json")).Json["findings"]!.AsArray();

        Assert.Equal("bad", (string)Of(findings, "partitions")["verdict"]!);
        Assert.Contains("audit_log", (string)Of(findings, "partitions")["detail"]!, StringComparison.Ordinal);
        Assert.Contains("podium_app", (string)Of(findings, "slow statements")["detail"]!, StringComparison.Ordinal);
        Assert.Contains("pg_sleep", (string)Of(findings, "slow statements")["detail"]!, StringComparison.Ordinal);
        Assert.Contains("idle_number", (string)Of(findings, "unused indexes")["detail"]!, StringComparison.Ordinal);
        Assert.DoesNotContain("idle_rule", (string)Of(findings, "unused indexes")["detail"]!, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_queue_that_is_declared_is_looked_at()
    {
        var names = Infrastructure.ServiceBus().GetProperty("UserConfig").GetProperty("Namespaces")[0].GetProperty("Queues").EnumerateArray().Select(queue => queue.GetProperty("Name").GetString()!);
        Assert.Equal(names.Order(StringComparer.Ordinal), QueueChecks.Names.Order(StringComparer.Ordinal));
    }

    // 40 4/15 * * * *
    private static DateTimeOffset NextLook(DateTimeOffset after)
    {
        var at = new DateTimeOffset(after.Year, after.Month, after.Day, after.Hour, after.Minute, 40, TimeSpan.Zero);
        while (at <= after || at.Minute % 15 != 4) at = at.AddMinutes(1);
        return at;
    }

    private static JsonNode Of(JsonArray findings, string check) => findings.Single(finding => (string)finding!["check"]! == check)!;

    private static async Task<JsonElement> FindingAsync(HttpClient http, string check) =>
        (await http.GetFromJsonAsync<JsonElement>("api/operations/status")).GetProperty("findings").EnumerateArray().Single(finding => finding.GetProperty("check").GetString() == check);

    private static async Task<string?> VerdictAsync(HttpClient http, string check) => (await FindingAsync(http, check)).GetProperty("verdict").GetString();

    private sealed class YearsLater : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => System.GetUtcNow().AddDays(800);
    }
}
