using System.Net.Http.Json;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Podium.Emulator.Http;
using Podium.Platform.Partitions;
using Podium.Tests.Harness;

namespace Podium.Tests.Messaging;

/// <summary>
/// Podium itself, run as a process and killed (kill -9) at random moments while outbox, inbox and archive are at work. What is left is
/// brought to its end here, and then nothing may be lost or doubled.
/// </summary>
public sealed class MessageCrashTests(ITestOutputHelper output)
{
    private const int Kills = 3;

    // the processes run on the system's clock, and so this app's must not be far from it
    private static AppOptions Now => new() { Start = DateTimeOffset.UtcNow };

    private readonly Random _random = new(20261121);

    [Fact]
    public async Task Nobody_is_told_twice_or_not_at_all_when_the_app_is_killed_between_outbox_queue_and_inbox()
    {
        const int People = 1500;
        await using var app = await PodiumApp.StartAsync(Now);
        var tenant = await TestTenant.CreateAsync(app);
        var boss = await tenant.AdministratorAsync();
        await app.QueryAsync<long>(
            $"""
            WITH added AS (
                INSERT INTO users (tenant_id, id, email, email_key, first_name, last_name, language, created_at, updated_at)
                SELECT '{tenant.Id}', gen_random_uuid(), 'p' || number || '@example.org', 'p' || number || '@example.org', 'P', 'Q', 'en', now(), now() FROM generate_series(1, {People}) AS number
                RETURNING 1
            )
            SELECT count(*) FROM added
            """);
        var inTheMiddle = 0;
        var began = app.Clock.GetUtcNow();

        await app.RestartAsync(TimeSpan.FromMinutes(3), async () =>
        {
            for (var kill = 0; kill < Kills; kill++)
            {
                await using var process = await ProcessApp.StartAsync(BuiltApp.Functions, SettingsOf(app));
                if (kill == 0)
                {
                    using var request = new HttpRequestMessage(HttpMethod.Post, "api/announcements") { Content = JsonContent.Create(new { texts = new[] { new { language = "en", title = "One", body = "Come." } } }) };
                    request.Headers.Authorization = new("Bearer", boss.AccessToken);
                    var answer = await process.Http.SendAsync(request);
                    Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync() + process.Output);
                }
                var allowed = await ToldAsync() + _random.Next(1, People / Kills);
                await process.KillAsync(Task.CompletedTask, _random.Next(1, 400), async () => await ToldAsync() >= allowed);
                if (await ToldAsync() <= People) inTheMiddle++;
            }
        });
        Task<long> ToldAsync() => app.QueryAsync<long>("SELECT count(*) FROM notification_deliveries WHERE template = 'announcement' AND status <> 'pending'");

        // what a kill left on the outbox is swept, and the queue gives again what was being worked on
        await app.AdvanceAsync(TimeSpan.FromMinutes(6));

        output.WriteLine($"{inTheMiddle} of {Kills} kills met unfinished work");
        Assert.True(inTheMiddle > 0, "No kill met unfinished work.");
        Assert.Equal(0L, await app.QueryAsync<long>("SELECT count(*) FROM outbox"));
        Assert.Equal(People + 1L, await app.QueryAsync<long>("SELECT count(*) FROM notifications"));
        Assert.Equal(People + 1L, await app.QueryAsync<long>("SELECT count(DISTINCT user_id) FROM notifications"));
        Assert.Equal(People + 1, await app.QueryAsync<int>("SELECT recipients FROM announcements WHERE finished_at IS NOT NULL"));
        // each mail has come to its end, once
        Assert.Equal(People + 1L, await app.QueryAsync<long>("SELECT count(*) FROM notification_deliveries WHERE template = 'announcement' AND status IN ('sent', 'dropped')"));
        Assert.Equal(People + 1L, await app.QueryAsync<long>("SELECT count(DISTINCT user_id) FROM notification_deliveries WHERE template = 'announcement'"));
        Assert.True(app.Clock.GetUtcNow() > began);
    }

    [Fact]
    public async Task No_row_is_lost_or_doubled_when_the_app_is_killed_while_it_archives()
    {
        const int Months = 4;
        const int Rows = 30_000;
        await using var app = await PodiumApp.StartAsync(Now);
        await app.QueryAsync<int>("UPDATE partition_policies SET keep_active_months = 1 WHERE table_name = 'audit_log' RETURNING 1");
        for (var month = 1; month <= Months; month++)
        {
            await app.QueryAsync<long>(
                $$"""
                WITH made AS (
                    INSERT INTO audit_log (tenant_id, at, action, table_name, row_key, old)
                    SELECT gen_random_uuid(), '2026-0{{month}}-01Z'::timestamptz + number * interval '10 seconds', 'update', 'made', number, jsonb_build_object('a', md5(number::text)) FROM generate_series(1, {{Rows}}) AS number
                    RETURNING 1
                )
                SELECT count(*) FROM made
                """);
        }
        var key = app.Services.GetRequiredService<FunctionKeys>().Default;
        var inTheMiddle = 0;

        await app.RestartAsync(TimeSpan.FromMinutes(3), async () =>
        {
            for (var kill = 0; kill < Kills; kill++)
            {
                await using var process = await ProcessApp.StartAsync(BuiltApp.Functions, SettingsOf(app));
                using var request = new HttpRequestMessage(HttpMethod.Post, "api/operations/partitions/audit_log/rotate");
                request.Headers.Add("x-functions-key", key);
                var rotating = process.Http.SendAsync(request);
                await Task.Delay(_random.Next(50, 700));
                process.Kill();
                // cut off while it answers, or before it was connected
                Assert.True(await Record.ExceptionAsync(() => rotating) is HttpRequestException or IOException or SocketException);
                if (await app.QueryAsync<bool>("SELECT EXISTS (SELECT FROM partitions_of('audit_log') WHERE until_at <= '2026-05-01Z')")) inTheMiddle++;
            }
        });
        using var operators = app.HttpWithKey();
        await app.UntilAsync("the last process has let go of its lock", async () =>
            !(bool)(await operators.PostAsync("/api/operations/partitions/audit_log/rotate", null).OkAsync())["busy"]!);

        output.WriteLine($"{inTheMiddle} of {Kills} kills met unfinished work");
        Assert.True(inTheMiddle > 0, "No kill met unfinished work.");
        Assert.Equal(0L, await app.QueryAsync<long>("SELECT count(*) FROM audit_log WHERE table_name = 'made'"));
        Assert.Equal((long)Months * Rows, await app.QueryAsync<long>("SELECT sum(rows)::bigint FROM partition_archives WHERE until_at <= '2026-05-01Z' AND dropped_at IS NOT NULL"));
        Assert.Equal((long)Months, await app.QueryAsync<long>("SELECT count(*) FROM partition_archives WHERE until_at <= '2026-05-01Z'"));
        var verified = await app.Services.GetRequiredService<VerifyArchive>().RunAsync("audit_log", null, TestContext.Current.CancellationToken);
        Assert.All(verified, archive => Assert.Null(archive.Fault));
        Assert.True(verified.Count >= Months);
    }

    private static Dictionary<string, string?> SettingsOf(PodiumApp app) => new()
    {
        ["Postgres"] = app.Postgres,
        ["AzureWebJobsStorage"] = app.StorageConnection,
        ["AZURE_FUNCTIONS_ENVIRONMENT"] = "Development",
        ["AzureWebJobs.RotatePartitions.Disabled"] = "true",
    };
}
