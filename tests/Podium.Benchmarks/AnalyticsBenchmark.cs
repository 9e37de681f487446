using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Dapper;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using NpgsqlTypes;
using Podium.Emulator.Hosting;
using Podium.Platform.Databases;

namespace Podium.Benchmarks;

/// <summary>Events told over HTTP against a bare binary COPY of the same rows into a table of the same kind, and dashboards over few and many events.</summary>
internal static class AnalyticsBenchmark
{
    private const int Batch = 500;
    private const int Connections = 4;
    private const int Rounds = 5;

    private sealed record Told(Guid Id, Guid? Competition, DateTime At, string Properties);

    /// <param name="size">How many events are told, and how many times two hundred as many dashboards are over; 50,000 where it is not said.</param>
    public static async Task RunAsync(BenchServers servers, string? size)
    {
        var events = size is null ? 50_000 : int.Parse(size, CultureInfo.InvariantCulture);
        await using var app = await servers.StartPodiumAsync(new Dictionary<string, string?>
        {
            ["RateLimits:analytics"] = "10000000/1",
            ["RateLimits:person"] = "10000000/1",
            ["RateLimits:anyone"] = "10000000/1",
            ["AzureWebJobs.LookOver.Disabled"] = "true",
            ["AzureWebJobs.SelfCheckHourly.Disabled"] = "true",
            ["AzureWebJobs.RollUpEvents.Disabled"] = "true",
        });
        var settings = app.Services.GetRequiredService<DatabaseSettings>();
        await using var plain = NpgsqlDataSource.Create(settings.ConnectionString(DatabaseSettings.DefaultShard, DatabaseRole.Platform));
        await using var owner = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(servers.Embedded.PostgresConnectionString) { Database = plain.CreateConnection().Database, CommandTimeout = 1800 }.ConnectionString);
        var (http, competition, tenant, boss) = await FurnishAsync(app, plain);
        await owner.CreateConnection().ExecuteAsync("CREATE TABLE bare_events (LIKE analytics_events INCLUDING ALL) PARTITION BY RANGE (created_at); CREATE TABLE bare_events_all PARTITION OF bare_events DEFAULT");

        await TellAsync(http, Make(events / 10, competition));
        await CopyAsync(owner, tenant, boss, Make(events / 10, competition));
        var pairs = new List<(double Ours, double Theirs)>();
        for (var round = 0; round < Rounds; round++) pairs.Add((await TellAsync(http, Make(events, competition)), await CopyAsync(owner, tenant, boss, Make(events, competition))));
        var ratios = pairs.Select(pair => pair.Ours / pair.Theirs).Order().ToArray();
        Console.WriteLine(FormattableString.Invariant(
            $"analytics: {events:N0} events told in batches of {Batch} by {Connections} connections: {pairs.Select(pair => pair.Ours).Order().ElementAt(Rounds / 2):N0}/s against {pairs.Select(pair => pair.Theirs).Order().ElementAt(Rounds / 2):N0}/s of a bare COPY into a table with the same indexes, ratio median {ratios[Rounds / 2]:0.00} (min {ratios[0]:0.00}, max {ratios[^1]:0.00})"));

        await owner.CreateConnection().ExecuteAsync("TRUNCATE analytics_events, analytics_changes, analytics_rollups, analytics_days, bare_events");
        await FillAsync(owner, tenant, competition, events * 2);
        var few = await DashboardsAsync(http, competition, events * 2);
        await FillAsync(owner, tenant, competition, (events * 200) - (events * 2));
        var many = await DashboardsAsync(http, competition, events * 200);
        Console.WriteLine(FormattableString.Invariant($"analytics: dashboards over {events * 200:N0} events take {many.Competition / few.Competition:0.00} (competition) and {many.Tenant / few.Tenant:0.00} (tenant) of what they take over {events * 2:N0}, series of ninety days {many.Series / few.Series:0.00}"));
    }

    private static async Task<(HttpClient Http, Guid Competition, Guid Tenant, Guid Boss)> FurnishAsync(EmulatedApp app, NpgsqlDataSource plain)
    {
        var (tenant, boss, _, http) = await BenchTenant.CreateAsync(app);
        await using var connection = await plain.OpenConnectionAsync();
        await connection.ExecuteAsync("INSERT INTO consents (tenant_id, id, user_id, purpose, text_version, given_at) VALUES (@tenant, uuidv7(), @boss, 'analytics', '1', now())", new { tenant, boss });
        var now = DateTimeOffset.UtcNow;
        var made = await http.PostAsJsonAsync(new Uri("/api/competitions", UriKind.Relative), new
        {
            name = "Robots of the benchmark",
            type = "individual",
            registrationStart = now.AddDays(-9),
            registrationEnd = now.AddDays(8),
            competitionStart = now.AddDays(9),
            competitionEnd = now.AddDays(19),
        });
        var competition = (await made.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetGuid();
        (await http.PostAsJsonAsync(new Uri($"/api/competitions/{competition}/moves", UriKind.Relative), new { to = "published" })).EnsureSuccessStatusCode();
        (await http.PostAsJsonAsync(new Uri("/api/analytics/definitions", UriKind.Relative), new { name = "page.viewed", properties = new object[] { new { name = "page", type = "text" }, new { name = "ms", type = "number" } } })).EnsureSuccessStatusCode();
        return (http, competition, tenant, boss);
    }

    private static List<Told> Make(int count, Guid competition)
    {
        var now = DateTime.UtcNow;
        return [.. Enumerable.Range(0, count).Select(number => new Told(Guid.NewGuid(), competition, now.AddMilliseconds(-number * 20), $$"""{"page":"rounds/{{number % 97}}","ms":{{number % 1000}}}"""))];
    }

    // bodies are made before the clock runs: what is measured is the app
    private static async Task<double> TellAsync(HttpClient http, List<Told> events)
    {
        var bodies = events.Chunk(Batch).Select(batch => Encoding.UTF8.GetBytes($"{{\"events\":[{string.Join(',', batch.Select(one =>
            $"{{\"id\":\"{one.Id}\",\"name\":\"page.viewed\",\"at\":\"{one.At.ToString("O", CultureInfo.InvariantCulture)}\",\"competitionId\":\"{one.Competition}\",\"properties\":{one.Properties}}}"))}]}}")).ToList();
        var started = Stopwatch.StartNew();
        await Parallel.ForEachAsync(bodies, new ParallelOptions { MaxDegreeOfParallelism = Connections }, async (body, stop) =>
        {
            using var content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
            using var answer = await http.PostAsync(new Uri("/api/analytics/events", UriKind.Relative), content, stop);
            if (!answer.IsSuccessStatusCode) throw new InvalidOperationException(await answer.Content.ReadAsStringAsync(stop));
        });
        return events.Count / started.Elapsed.TotalSeconds;
    }

    private static async Task<double> CopyAsync(NpgsqlDataSource owner, Guid tenant, Guid boss, List<Told> events)
    {
        await using var connection = await owner.OpenConnectionAsync();
        var started = Stopwatch.StartNew();
        await using (var copy = await connection.BeginBinaryImportAsync("COPY bare_events (tenant_id, id, event_type, user_id, competition_id, created_at, received_at, properties) FROM STDIN (FORMAT binary)"))
        {
            foreach (var one in events)
            {
                await copy.StartRowAsync();
                await copy.WriteAsync(tenant, NpgsqlDbType.Uuid);
                await copy.WriteAsync(one.Id, NpgsqlDbType.Uuid);
                await copy.WriteAsync("page.viewed", NpgsqlDbType.Text);
                await copy.WriteAsync(boss, NpgsqlDbType.Uuid);
                await copy.WriteAsync(one.Competition!.Value, NpgsqlDbType.Uuid);
                await copy.WriteAsync(one.At, NpgsqlDbType.TimestampTz);
                await copy.WriteAsync(one.At, NpgsqlDbType.TimestampTz);
                await copy.WriteAsync(one.Properties, NpgsqlDbType.Jsonb);
            }
            await copy.CompleteAsync();
        }
        return events.Count / started.Elapsed.TotalSeconds;
    }

    // ninety days of five events by ten thousand people, counted by the app's own roll-up
    private static async Task FillAsync(NpgsqlDataSource owner, Guid tenant, Guid competition, int count)
    {
        await using var connection = await owner.OpenConnectionAsync();
        await connection.ExecuteAsync(
            """
            SET synchronous_commit = off;
            SELECT add_partitions('analytics_events', 'month', now() - interval '100 days', now());
            INSERT INTO analytics_events (tenant_id, id, event_type, user_id, competition_id, created_at, received_at)
            SELECT @tenant, gen_random_uuid(), 'page.' || n % 5, ('00000000-0000-7000-8000-' || lpad((n * 7919 % 10000)::text, 12, '0'))::uuid, @competition, at, at
            FROM (SELECT n, now() - n * (interval '90 days' / @count) AS at FROM generate_series(1, @count::bigint) AS n) AS made;
            INSERT INTO analytics_changes (tenant_id, event_type, bucket) SELECT DISTINCT tenant_id, event_type, analytics_bucket(created_at) FROM analytics_events;
            ANALYZE analytics_events;
            """,
            new { tenant, competition, count },
            commandTimeout: 1800);
        // all at once: a thousand notes a time would count a day of many events again and again
        var started = Stopwatch.StartNew();
        await connection.ExecuteAsync("SELECT roll_up_analytics(10000000); ANALYZE analytics_rollups, analytics_days, analytics_changes", commandTimeout: 1800);
        var kept = await connection.ExecuteScalarAsync<long>("SELECT count(*) FROM analytics_events");
        Console.WriteLine(FormattableString.Invariant($"analytics: ninety days of {kept:N0} events counted in {started.Elapsed.TotalSeconds:0.0} s, {await connection.ExecuteScalarAsync<long>("SELECT count(*) FROM analytics_rollups"):N0} rollups"));
    }

    private static async Task<(double Competition, double Tenant, double Series)> DashboardsAsync(HttpClient http, Guid competition, int events)
    {
        var today = DateOnly.FromDateTime(DateTime.UtcNow);
        var series = await MedianAsync(http, $"/api/competitions/{competition}/analytics/series?persons=true&from={today.AddDays(-89):yyyy-MM-dd}&until={today.AddDays(1):yyyy-MM-dd}");
        var (one, all) = (await MedianAsync(http, $"/api/competitions/{competition}/dashboard"), await MedianAsync(http, "/api/dashboard"));
        Console.WriteLine(FormattableString.Invariant($"analytics: over {events:N0} events the competition's dashboard takes {one:0.0} ms, the tenant's {all:0.0} ms, a series of ninety days with people {series:0.0} ms (median of 41)"));
        return (one, all, series);
    }

    private static async Task<double> MedianAsync(HttpClient http, string path)
    {
        var times = new List<double>();
        for (var read = 0; read < 46; read++)
        {
            var started = Stopwatch.StartNew();
            using var answer = await http.GetAsync(new Uri(path, UriKind.Relative));
            if (!answer.IsSuccessStatusCode) throw new InvalidOperationException(await answer.Content.ReadAsStringAsync());
            if (read >= 5) times.Add(started.Elapsed.TotalMilliseconds);
        }
        return times.Order().ElementAt(times.Count / 2);
    }
}
