using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Podium.Emulator.Clock;
using Podium.Emulator.Hosting;
using Podium.Operations;
using Podium.Tests.Harness;

namespace Podium.Tests.Faults;

/// <summary>
/// All five systems at work in a process of its own, with servers of its own, and one fault after another: a process of PostgreSQL killed, storage away, all of PostgreSQL lost, the app killed (kill -9). Each comes when so much more was
/// promised, not by the clock. Then every message that ever was on a queue is there once more, in another order, the clock leaps, and what is left is brought to its end: each promise is kept, and nothing is lost, doubled or half done.
/// </summary>
public sealed class MixedLoadFaultTests(ITestOutputHelper output)
{
    private static readonly string[] Kinds = ["votes", "attempts", "submissions", "marks", "announcements"];

    private readonly System.Diagnostics.Stopwatch _watch = System.Diagnostics.Stopwatch.StartNew();
    private ProcessApp? _app;

    [Fact]
    public async Task Whatever_fails_under_a_mixed_load_each_promise_is_kept_and_nothing_is_doubled()
    {
        await using var servers = await OwnServers.StartAsync();
        await Furnished.SeedAsync(servers);
        var load = new MixedLoad();
        try
        {
            await StartAsync(servers, load);
            var world = await Furnished.AtAsync(_app!.Http);
            await RememberMessagesAsync(servers);
            Say("clients begin", load);
            load.Begin(world);

            await AfterMoreAsync(load, 2);
            await servers.CrashDatabaseAsync();
            var storage = servers.Storage;
            await servers.LoseStorageAsync();
            // another may have taken its port meanwhile
            if (servers.Storage != storage) await RestartAsync(servers, load);
            await AfterMoreAsync(load, 2);
            var database = servers.Postgres;
            await servers.LoseDatabaseAsync();
            if (servers.Postgres != database) await RestartAsync(servers, load);
            await AfterMoreAsync(load, 2);
            // the round closes under it all, and the app dies at what that begins
            var round = (await MixedLoad.SendAsync(_app.Http, HttpMethod.Get, $"api/competitions/{world.Competition}/run", token: world.Organiser))["rounds"]![0]!["id"]!.ToString();
            world.Registrations.Clear();
            await MixedLoad.SendAsync(_app.Http, HttpMethod.Post, $"api/competitions/{world.Competition}/rounds/{round}/closing", token: world.Organiser);
            await KillAsync();
            await StartAsync(servers, load);
            await AfterMoreAsync(load, 1, Kinds.Except(["submissions"]));
            await KillAsync();
        }
        finally
        {
            await load.EndAsync();
            if (_app is not null) await KillAsync();
        }
        Say("it is over", load);
        Assert.Empty(load.Refusals);

        await RepeatMessagesAsync(servers);
        await BringToItsEndAsync(servers);
        Say("all is done", load);
        await KeptAsync(servers, load);
        Say("all is kept", load);
    }

    private void Say(string what, MixedLoad load) => output.WriteLine($"{_watch.Elapsed.TotalSeconds:0.0} s: {what}; {load.Told}");

    private static Dictionary<string, string?> SettingsOf(OwnServers servers) => new()
    {
        ["Postgres"] = servers.Postgres,
        ["AzureWebJobsStorage"] = servers.Storage,
        ["AZURE_FUNCTIONS_ENVIRONMENT"] = "Development",
        ["RateLimits__anyone"] = "10000000/60",
        ["RateLimits__person"] = "10000000/60",
    };

    private async Task StartAsync(OwnServers servers, MixedLoad load)
    {
        _app = await ProcessApp.StartAsync(BuiltApp.Functions, SettingsOf(servers));
        load.App = _app.Http.BaseAddress!;
    }

    private async Task KillAsync()
    {
        _app!.Kill();
        await _app.DisposeAsync();
        _app = null;
    }

    private async Task RestartAsync(OwnServers servers, MixedLoad load)
    {
        await KillAsync();
        await StartAsync(servers, load);
    }

    // until each kind of client was promised so much more
    private async Task AfterMoreAsync(MixedLoad load, int more, IEnumerable<string>? kinds = null)
    {
        var goals = (kinds ?? Kinds).Select(kind => (Kind: kind, Goal: load.Of(kind).Count + more)).ToList();
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        Say("waiting", load);
        while (goals.Any(goal => load.Of(goal.Kind).Count < goal.Goal))
        {
            Assert.True(load.Refusals.Count == 0, string.Join(Environment.NewLine, load.Refusals));
            Assert.False(patience.IsCancellationRequested, $"It does not go on: {load.Told}.{Environment.NewLine}{string.Join(Environment.NewLine, _app!.Output.Split('\n').TakeLast(60))}");
            await Task.Delay(20);
        }
    }

    private static Task RememberMessagesAsync(OwnServers servers) => ExecuteAsync(
        servers,
        """
        CREATE TABLE public.seen_messages (place bigint GENERATED ALWAYS AS IDENTITY, queue text, message_id text, body bytea, content_type text, correlation_id text, subject text, properties jsonb);
        CREATE FUNCTION public.remember_message() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            INSERT INTO public.seen_messages (queue, message_id, body, content_type, correlation_id, subject, properties)
            VALUES (new.queue, new.message_id, new.body, new.content_type, new.correlation_id, new.subject, new.properties);
            RETURN NULL;
        END $$;
        CREATE TRIGGER remember AFTER INSERT ON emulator.messages FOR EACH ROW EXECUTE FUNCTION public.remember_message()
        """);

    // the newest first, behind whatever still waits
    private async Task RepeatMessagesAsync(OwnServers servers)
    {
        await using var source = NpgsqlDataSource.Create(servers.Postgres);
        await using var command = source.CreateCommand(
            """
            DROP TRIGGER remember ON emulator.messages;
            WITH again AS (
                INSERT INTO emulator.messages (queue, state, message_id, body, content_type, correlation_id, subject, properties, enqueued_at)
                SELECT queue, 0, message_id, body, content_type, correlation_id, subject, properties, now() FROM public.seen_messages ORDER BY place DESC
                RETURNING 1
            )
            SELECT count(*) FROM again
            """);
        var count = (long)(await command.ExecuteScalarAsync())!;
        output.WriteLine($"{count} messages once more");
        Assert.True(count > 50, $"Only {count} messages were sent.");
    }

    // in this process, on a clock that leaps: half an hour ahead, and then by a quarter
    private static async Task BringToItsEndAsync(OwnServers servers)
    {
        var clock = new VirtualClock(DateTimeOffset.UtcNow.AddMinutes(30));
        await using var app = await EmulatedApp.StartAsync(typeof(Podium.Functions.Middleware.Correlation).Assembly, new EmulatorOptions
        {
            Port = 0,
            Root = AppContext.BaseDirectory,
            Clock = clock,
            Settings = SettingsOf(servers).Concat([new("AzureWebJobs.SelfCheckHourly.Disabled", "true"), new("AzureWebJobs.LookOver.Disabled", "true")]).ToDictionary(),
        });
        clock.Patience = TimeSpan.FromSeconds(60);
        await clock.SettleAsync();
        await clock.AdvanceAsync(TimeSpan.FromMinutes(15));
        var broken = (await app.Services.GetRequiredService<CheckInvariants>().RunAsync(settled: true, default)).Where(finding => finding.Verdict == Verdict.Bad).ToList();
        Assert.True(broken.Count == 0, string.Join(Environment.NewLine, broken.Select(finding => $"{finding.Check}: {finding.Detail} {finding.Advice}")));
    }

    private static async Task KeptAsync(OwnServers servers, MixedLoad load)
    {
        foreach (var (kind, sql) in new[]
        {
            ("votes", "SELECT id::text FROM vote_audit_log WHERE action = 'cast'"),
            ("attempts", "SELECT id::text FROM challenge_attempts"),
            ("submissions", "SELECT id::text FROM submissions WHERE status = 'submitted' AND review_status = 'APPROVED'"),
            ("marks", "SELECT number FROM exam_candidates JOIN exam_entries ON exam_entries.candidate_id = exam_candidates.id JOIN exam_marks ON exam_marks.entry_id = exam_entries.id WHERE mark = split_part(number, '-', 2)::numeric"),
            ("announcements", "SELECT id::text FROM announcements WHERE finished_at IS NOT NULL AND recipients = 5"),
        })
        {
            var kept = await ListAsync(servers, sql);
            Assert.NotEmpty(load.Of(kind));
            Assert.True(load.Of(kind).All(kept.Contains), $"{kind} that were promised and are not kept: {string.Join(", ", load.Of(kind).Where(promise => !kept.Contains(promise)))}");
        }
        // each told once, also those whose announcing was cut off or came twice
        Assert.Empty(await ListAsync(servers, "SELECT user_id || ' ' || count(*) FROM notifications WHERE kind = 'announcement' GROUP BY user_id HAVING count(*) <> (SELECT count(*) FROM announcements)"));
        Assert.Empty(await ListAsync(servers, "SELECT queue || ' ' || coalesce(dead_letter_reason, '') || ' ' || coalesce(dead_letter_description, '') FROM emulator.messages WHERE state = 3"));
        Assert.Equal(["closed", "closed-by-hand", "opened", "started"], (await ListAsync(servers, "SELECT what FROM round_steps JOIN competitions ON competitions.id = competition_id WHERE slug = 'demo-kazrockets' AND what IN ('started', 'opened', 'closed-by-hand', 'closed')")).Order());
        Assert.NotEmpty(await ListAsync(servers, "SELECT id::text FROM judge_assignments"));
    }

    private static async Task<List<string>> ListAsync(OwnServers servers, string sql)
    {
        await using var source = NpgsqlDataSource.Create(servers.Postgres);
        await using var command = source.CreateCommand(sql);
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<string>();
        while (await reader.ReadAsync()) rows.Add(reader.GetString(0));
        return rows;
    }

    private static async Task ExecuteAsync(OwnServers servers, string sql)
    {
        await using var source = NpgsqlDataSource.Create(servers.Postgres);
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}
