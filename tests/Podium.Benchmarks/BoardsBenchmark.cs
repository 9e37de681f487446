using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Dapper;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Podium.Emulator.Hosting;
using Podium.Platform.Databases;
using Podium.Running;

namespace Podium.Benchmarks;

/// <summary>The board of 1,000 teams as it is read, alone and while it changes, against the same bytes behind bare Kestrel; the leaderboard of 100,000 entries counted anew in part and whole.</summary>
internal static class BoardsBenchmark
{
    private const int Rounds = 7;
    private const int Connections = 4;
    private static readonly TimeSpan Round = TimeSpan.FromSeconds(1);

    public static async Task RunAsync(BenchServers servers, string what)
    {
        await using var app = await servers.StartPodiumAsync(new Dictionary<string, string?>
        {
            ["RateLimits:person"] = "10000000/1",
            ["RateLimits:anyone"] = "10000000/1",
            ["AzureWebJobs.LookOver.Disabled"] = "true",
            ["AzureWebJobs.SelfCheckHourly.Disabled"] = "true",
            ["AzureWebJobs.RefreshLeaderboards.Disabled"] = "true",
        });
        await using var plain = NpgsqlDataSource.Create(app.Services.GetRequiredService<DatabaseSettings>().ConnectionString(DatabaseSettings.DefaultShard, DatabaseRole.Platform));
        await using var owner = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(servers.Embedded.PostgresConnectionString) { Database = plain.CreateConnection().Database, CommandTimeout = 1800 }.ConnectionString);
        var (http, competition, tenant) = await FurnishAsync(app, plain);
        if (what is "all" or "boards") await BoardAsync(app, owner, http, tenant, competition);
        if (what is "all" or "boards" or "leaderboard") await LeaderboardAsync(app, owner, http, tenant, competition);
    }

    private static async Task<(HttpClient Http, Guid Competition, Guid Tenant)> FurnishAsync(EmulatedApp app, NpgsqlDataSource plain)
    {
        var (tenant, _, _, http) = await BenchTenant.CreateAsync(app);
        await using var connection = await plain.OpenConnectionAsync();
        var now = DateTimeOffset.UtcNow;
        var made = await http.PostAsJsonAsync(new Uri("/api/competitions", UriKind.Relative), new
        {
            name = "Robots of the benchmark",
            type = "individual",
            registrationStart = now.AddDays(-9),
            registrationEnd = now.AddDays(-8),
            competitionStart = now.AddDays(-1),
            competitionEnd = now.AddDays(9),
        });
        var competition = (await made.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetGuid();
        (await http.PostAsJsonAsync(new Uri($"/api/competitions/{competition}/moves", UriKind.Relative), new { to = "published" })).EnsureSuccessStatusCode();
        return (http, competition, tenant);
    }

    private static async Task EnterAsync(NpgsqlDataSource owner, Guid tenant, Guid competition, int entries) => await owner.CreateConnection().ExecuteAsync(
        """
        SET session_replication_role = replica; SET synchronous_commit = off;
        WITH person AS (
            INSERT INTO users (tenant_id, id, email, email_key, first_name, last_name, language, created_at, updated_at)
            SELECT @tenant, uuidv7(), uuidv7() || '@x', uuidv7() || '@x', 'Robot' || n % 997, 'Number ' || n, 'en', now(), now() FROM generate_series(1, @entries) AS n RETURNING id
        )
        INSERT INTO registrations (tenant_id, id, competition_id, user_id, status, registered_at, created_at, updated_at) SELECT @tenant, uuidv7(), @competition, id, 'approved', now(), now(), now() FROM person;
        SET session_replication_role = origin;
        """,
        new { tenant, competition, entries },
        commandTimeout: 1800);

    private static async Task BoardAsync(EmulatedApp app, NpgsqlDataSource owner, HttpClient http, Guid tenant, Guid competition)
    {
        await EnterAsync(owner, tenant, competition, 1000);
        var start = DateTimeOffset.UtcNow.AddHours(-3);
        (await http.PutAsJsonAsync(new Uri($"/api/competitions/{competition}/contest", UriKind.Relative), new
        {
            startsAt = start,
            durationSeconds = 18000,
            freezeBeforeSeconds = 3600,
            problems = Enumerable.Range(0, 10).Select(number => new { id = $"p{number}", label = $"{(char)('A' + number)}", name = $"Problem {number}" }),
            languages = new[] { new { id = "cpp", name = "C++" } },
        })).EnsureSuccessStatusCode();
        await owner.CreateConnection().ExecuteAsync(
            """
            WITH entry AS (SELECT array_agg(id) AS ids FROM registrations WHERE competition_id = @competition), made AS (
                INSERT INTO contest_submissions (tenant_id, id, competition_id, registration_id, problem_id, language_id, submitted_at)
                SELECT @tenant, uuidv7(), @competition, ids[1 + n * 7919 % 1000], 'p' || (n * 31 % 97) % 10, 'cpp', @start + n * interval '1 second' FROM entry, generate_series(1, 10000) AS n RETURNING id, submitted_at
            )
            INSERT INTO contest_judgements (tenant_id, id, competition_id, submission_id, verdict, started_at, ended_at)
            SELECT @tenant, uuidv7(), @competition, id, CASE WHEN random() < 0.3 THEN 'AC' ELSE 'WA' END, submitted_at, submitted_at + interval '20 seconds' FROM made;
            """,
            new { tenant, competition, start });
        var path = $"/api/competitions/{competition}/contest/board";
        using var anybody = new HttpClient { BaseAddress = app.BaseAddress, DefaultRequestHeaders = { { "X-Tenant", "bench" } } };
        // as the app had never seen it, and as the first reader after a change waits
        var body = await anybody.GetByteArrayAsync(new Uri(path, UriKind.Relative));
        await using var bare = await StartBareAsync(body);
        var port = new Uri(bare.Urls.First()).Port;
        await HttpLoad.RunAsync(app.BaseAddress.Port, path, "X-Tenant: bench\r\n", Connections, Round);
        await HttpLoad.RunAsync(port, "/board", "", Connections, Round);
        var pairs = new List<(double Ours, double Theirs)>();
        for (var round = 0; round < Rounds; round++)
            pairs.Add((await HttpLoad.RunAsync(app.BaseAddress.Port, path, "X-Tenant: bench\r\n", Connections, Round), await HttpLoad.RunAsync(port, "/board", "", Connections, Round)));
        var ratios = pairs.Select(pair => pair.Ours / pair.Theirs).Order().ToArray();
        Console.WriteLine(FormattableString.Invariant(
            $"boards: 1,000 teams x 10 problems, 10,000 submissions, {body.Length / 1024} KB, {Connections} connections: {pairs.Select(pair => pair.Ours).Order().ElementAt(Rounds / 2):0}/s against {pairs.Select(pair => pair.Theirs).Order().ElementAt(Rounds / 2):0}/s of the same bytes behind bare Kestrel, ratio median {ratios[Rounds / 2]:0.00} (min {ratios[0]:0.00}, max {ratios[^1]:0.00})"));
        await LatenciesAsync("standing still", anybody, path, null);
        var submissions = (await owner.CreateConnection().QueryAsync<Guid>("SELECT id FROM contest_submissions WHERE competition_id = @competition ORDER BY id LIMIT 200", new { competition })).ToList();
        var next = 0;
        await LatenciesAsync("with a judgement every second", anybody, path, async () => (await http.PostAsJsonAsync(
            new Uri($"/api/competitions/{competition}/contest/judgements", UriKind.Relative), new { submissionId = submissions[next++ % submissions.Count], verdict = "AC" })).EnsureSuccessStatusCode());
        // who has it already asks whether it is still so
        var tag = (await anybody.GetAsync(new Uri(path, UriKind.Relative))).Headers.ETag!;
        anybody.DefaultRequestHeaders.IfNoneMatch.Add(tag);
        await LatenciesAsync("for who has it already (304)", anybody, path, null);
    }

    private static async Task LatenciesAsync(string what, HttpClient http, string path, Func<Task>? change)
    {
        var times = new List<double>();
        var total = Stopwatch.StartNew();
        var changed = 0;
        while (total.Elapsed < TimeSpan.FromSeconds(12))
        {
            if (change is not null && total.Elapsed.TotalSeconds > changed + 1)
            {
                await change();
                changed++;
            }
            var watch = Stopwatch.GetTimestamp();
            using var answer = await http.GetAsync(new Uri(path, UriKind.Relative));
            await answer.Content.ReadAsByteArrayAsync();
            times.Add(Stopwatch.GetElapsedTime(watch).TotalMilliseconds);
        }
        times.Sort();
        Console.WriteLine(FormattableString.Invariant($"boards: read one after another, {what}: {times.Count} reads, p50 {times[times.Count / 2]:0.00} ms, p99 {times[(int)(times.Count * 0.99)]:0.00} ms, max {times[^1]:0.0} ms"));
    }

    private static async Task<WebApplication> StartBareAsync(byte[] body)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http1));
        builder.Services.AddRoutingCore();
        var app = builder.Build();
        app.MapGet("/board", (HttpResponse response) =>
        {
            response.ContentType = "application/json; charset=utf-8";
            response.ContentLength = body.Length;
            return response.Body.WriteAsync(body).AsTask();
        });
        await app.StartAsync();
        return app;
    }

    private static async Task LeaderboardAsync(EmulatedApp app, NpgsqlDataSource owner, HttpClient http, Guid tenant, Guid competition)
    {
        const int Entries = 100_000;
        await EnterAsync(owner, tenant, competition, Entries - await owner.CreateConnection().QuerySingleAsync<int>("SELECT count(*)::int FROM registrations"));
        await owner.CreateConnection().ExecuteAsync(
            """
            SET session_replication_role = replica; SET synchronous_commit = off;
            INSERT INTO judge_assignments (tenant_id, id, competition_id, round_id, registration_id, judge_id, plan_id, status, why, assigned_at, changed_at)
            SELECT @tenant, uuidv7(), @competition, @round, id, uuidv7(), @round, 'finished', '[]', now(), now() FROM registrations CROSS JOIN generate_series(1, 3);
            INSERT INTO reviews (tenant_id, id, competition_id, round_id, judge_id, rubric_id, status, overall_score, total_points, submitted_at, created_at, updated_at)
            SELECT tenant_id, id, competition_id, round_id, judge_id, @round, 'final', round((random() * 100)::numeric, 2), 100, now(), now(), now() FROM judge_assignments;
            SET session_replication_role = origin;
            """,
            new { tenant, competition, round = Guid.NewGuid() },
            commandTimeout: 1800);
        await owner.CreateConnection().ExecuteAsync("VACUUM (ANALYZE) users, registrations, judge_assignments, reviews", commandTimeout: 1800);
        var board = app.Services.GetRequiredService<Leaderboard>();
        async Task<double> ChangeAsync(double share)
        {
            await owner.CreateConnection().ExecuteAsync(
                """
                SET session_replication_role = replica;
                WITH picked AS (SELECT tenant_id, competition_id, id FROM registrations ORDER BY random() LIMIT @number), marked AS (
                    INSERT INTO leaderboard_changes (tenant_id, competition_id, registration_id) SELECT * FROM picked
                )
                UPDATE reviews SET overall_score = round((random() * 100)::numeric, 2) FROM judge_assignments AS given JOIN picked ON picked.id = given.registration_id WHERE reviews.tenant_id = given.tenant_id AND reviews.id = given.id;
                SET session_replication_role = origin;
                """,
                new { number = (int)(share * Entries) },
                commandTimeout: 1800);
            var watch = Stopwatch.StartNew();
            var counted = await board.RefreshAsync(CancellationToken.None);
            if (counted != (int)(share * Entries)) throw new InvalidOperationException($"{counted} entries were counted anew.");
            return watch.Elapsed.TotalMilliseconds;
        }
        var first = await ChangeAsync(1);
        await owner.CreateConnection().ExecuteAsync("VACUUM (ANALYZE) competition_leaderboard, leaderboard_then, leaderboard_changes", commandTimeout: 1800);
        var (whole, part) = (new List<double>(), new List<double>());
        for (var round = 0; round < 3; round++)
        {
            whole.Add(await ChangeAsync(1));
            for (var more = 0; more < 3; more++) part.Add(await ChangeAsync(0.01));
        }
        var (all, some) = (whole.Order().ElementAt(1), part.Order().ElementAt(4));
        Console.WriteLine(FormattableString.Invariant($"leaderboard: {Entries} entries of 3 reviews: counted for the first time in {first:0} ms, all anew {all:0} ms, 1 % of them {some:0} ms: a {all / some:0}th"));
        await owner.CreateConnection().ExecuteAsync("VACUUM (ANALYZE) competition_leaderboard, leaderboard_then", commandTimeout: 1800);
        var deep = await owner.CreateConnection().QuerySingleAsync<Guid>("SELECT registration_id FROM competition_leaderboard ORDER BY -avg_score, registration_id OFFSET 90000 LIMIT 1");
        foreach (var (what, query) in new[] { ("the first page", ""), ("a page behind 90,000 others", $"&after={deep}"), ("the first page as it stood", $"&at={DateTimeOffset.UtcNow.AddSeconds(-1):yyyy-MM-ddTHH:mm:ssZ}") })
        {
            var times = new List<double>();
            for (var round = 0; round < 40; round++)
            {
                var watch = Stopwatch.StartNew();
                (await http.GetAsync(new Uri($"/api/competitions/{competition}/leaderboard?limit=50{query}", UriKind.Relative))).EnsureSuccessStatusCode();
                times.Add(watch.Elapsed.TotalMilliseconds);
            }
            Console.WriteLine(FormattableString.Invariant($"leaderboard: {what}: median {times.Order().ElementAt(20):0.0} ms"));
        }
    }
}
