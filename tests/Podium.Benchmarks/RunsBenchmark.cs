using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using Dapper;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Podium.Platform.Databases;

namespace Podium.Benchmarks;

/// <summary>So many competitions whose rounds all open at one instant and close at another: how late the last of them is. A tenth of them before, for the growth.</summary>
internal static class RunsBenchmark
{
    private const int Many = 500;
    private const int AtOnce = 8;

    public static async Task RunAsync(BenchServers servers)
    {
        await using var app = await servers.StartPodiumAsync(new Dictionary<string, string?>
        {
            ["RateLimits:person"] = "10000000/1",
            ["AzureWebJobs.LookOver.Disabled"] = "true",
            ["AzureWebJobs.SelfCheckHourly.Disabled"] = "true",
        });
        using var place = await BenchTenant.CreateAsync(app);
        var (tenant, boss, _, http) = place;
        await using var plain = NpgsqlDataSource.Create(app.Services.GetRequiredService<DatabaseSettings>().ConnectionString(DatabaseSettings.DefaultShard, DatabaseRole.Platform));
        foreach (var number in new[] { Many / 10, Many }) await RunAsync(plain, http, tenant, boss, number);
    }

    private static async Task RunAsync(NpgsqlDataSource plain, HttpClient http, Guid tenant, Guid boss, int number)
    {
        await using var connection = await plain.OpenConnectionAsync();
        // long enough for all to be started before
        var opens = DateTimeOffset.UtcNow.AddSeconds(10 + (number / 20));
        var closes = opens.AddSeconds(10 + (number / 20));
        var competitions = (await connection.QueryAsync<Guid>(
            """
            WITH contest AS (
                INSERT INTO competitions (tenant_id, id, slug, name, language, type, status, status_changed_at, registration_start, registration_end, competition_start, competition_end, created_at, updated_at)
                SELECT @tenant, uuidv7(), 'c-' || uuidv7(), 'Cup ' || n, 'en', 'individual', 'published', now(), now() - interval '2 days', now() - interval '1 day', @opens, @closes, now(), now() FROM generate_series(1, @number) AS n
                RETURNING id
            ), round AS (
                INSERT INTO competition_rounds (tenant_id, id, competition_id, number, name, opens_at, closes_at, configuration, created_at, updated_at)
                SELECT @tenant, uuidv7(), id, 1, 'Round', @opens, @closes, '{"confirm": false, "reminderHours": 0}', now(), now() FROM contest
            ), entry AS (
                INSERT INTO registrations (tenant_id, id, competition_id, user_id, status, registered_at, created_at, updated_at) SELECT @tenant, uuidv7(), id, @boss, 'approved', now(), now(), now() FROM contest
            )
            SELECT id FROM contest
            """,
            new { tenant, boss, number, opens = opens.UtcDateTime, closes = closes.UtcDateTime })).ToArray();
        var starting = Stopwatch.StartNew();
        await Parallel.ForEachAsync(competitions, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (competition, stop) =>
        {
            using var started = await http.PostAsync(new Uri($"/api/competitions/{competition}/run", UriKind.Relative), null, stop);
            if (!started.IsSuccessStatusCode) throw new InvalidOperationException(await started.Content.ReadAsStringAsync(stop));
        });
        var rate = number / starting.Elapsed.TotalSeconds;
        if (DateTimeOffset.UtcNow > opens) throw new TimeoutException("They were not all started before they open.");
        while (await connection.QuerySingleAsync<bool>("SELECT EXISTS (SELECT FROM competition_runs WHERE competition_id = ANY (@competitions) AND status = 'running')", new { competitions }))
        {
            if (DateTimeOffset.UtcNow > closes.AddMinutes(3)) throw new TimeoutException("They did not all come to their end.");
            await Task.Delay(250);
        }
        foreach (var (what, due) in new[] { ("opened", opens), ("completed", closes) })
        {
            var late = (await connection.QueryAsync<double>(
                "SELECT extract(epoch FROM at - @due) * 1000 FROM round_steps WHERE competition_id = ANY (@competitions) AND what = @what ORDER BY 1", new { competitions, what, due = due.UtcDateTime })).ToArray();
            if (late.Length != number) throw new InvalidOperationException($"{late.Length} of {number} were {what}.");
            Console.WriteLine(FormattableString.Invariant(
                $"runs: {number} competitions {what} at one instant: late by p50 {late[number / 2]:0} ms, p99 {late[(int)(number * 0.99)]:0} ms, at most {late[^1]:0} ms; started over HTTP {rate:0}/s"));
        }
    }
}
