using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;
using Dapper;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Podium.Emulator.Hosting;
using Podium.Platform.Databases;
using Podium.Points;

namespace Podium.Benchmarks;

/// <summary>Boards, a season, a dry run and new awards with a million entries in the ledger of a hundred thousand people.</summary>
internal static class PointsBenchmark
{
    private const int People = 100_000;
    private const int Entries = 1_000_000;

    private sealed record Place(EmulatedApp App, NpgsqlDataSource Owner, HttpClient Http, Guid Tenant, Guid Institution, Guid Competition, Guid Rule);

    public static async Task RunAsync(BenchServers servers)
    {
        await using var app = await servers.StartPodiumAsync(new Dictionary<string, string?>
        {
            ["RateLimits:person"] = "10000000/1",
            ["RateLimits:anyone"] = "10000000/1",
            ["AzureWebJobs.LookOver.Disabled"] = "true",
            ["AzureWebJobs.SelfCheckHourly.Disabled"] = "true",
            ["AzureWebJobs.WatchDeeds.Disabled"] = "true",
        });
        await using var plain = NpgsqlDataSource.Create(app.Services.GetRequiredService<DatabaseSettings>().ConnectionString(DatabaseSettings.DefaultShard, DatabaseRole.Platform));
        await using var owner = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(servers.Embedded.PostgresConnectionString) { Database = plain.CreateConnection().Database, CommandTimeout = 1800 }.ConnectionString);
        var place = await FurnishAsync(app, owner);
        await FillAsync(place);
        await BoardsAsync(place);
        await PlansAsync(place);
        await AwardsAsync(place);
    }

    private static async Task<Place> FurnishAsync(EmulatedApp app, NpgsqlDataSource owner)
    {
        var (tenant, _, _, http) = await BenchTenant.CreateAsync(app);
        await using var connection = await owner.OpenConnectionAsync();
        var now = DateTimeOffset.UtcNow;
        var competition = await MadeAsync(http, "/api/competitions", new
        {
            name = "Robots of the benchmark",
            type = "individual",
            registrationStart = now.AddDays(-9),
            registrationEnd = now.AddDays(8),
            competitionStart = now.AddDays(9),
            competitionEnd = now.AddDays(19),
        });
        (await http.PostAsJsonAsync(new Uri($"/api/competitions/{competition}/moves", UriKind.Relative), new { to = "published" })).EnsureSuccessStatusCode();
        var institution = await MadeAsync(http, "/api/institutions", new { name = "North University" });
        var rule = await MadeAsync(http, "/api/achievements", new { @event = "registered", points = 5, frequency = "always", fromEver = true, kind = "points", texts = new[] { new { language = "en", title = "Entry" } } });
        return new Place(app, owner, http, tenant, institution, competition, rule);
    }

    private static async Task<Guid> MadeAsync(HttpClient http, string path, object request)
    {
        var made = await http.PostAsJsonAsync(new Uri(path, UriKind.Relative), request);
        return (await made.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetGuid();
    }

    // rows as the rules and the trigger leave them, which an invariant confirms
    private static async Task FillAsync(Place place)
    {
        var watch = Stopwatch.StartNew();
        await using var connection = await place.Owner.OpenConnectionAsync();
        await connection.ExecuteAsync(
            """
            SET session_replication_role = replica; SET synchronous_commit = off;
            INSERT INTO users (tenant_id, id, email, email_key, first_name, last_name, language, institution_id, created_at, updated_at)
            SELECT @Tenant, md5('p' || n)::uuid, n || '@x', n || '@x', 'Robot' || n % 997, 'Number ' || n, 'en', CASE WHEN n % 10 = 0 THEN @Institution END, now(), now() FROM generate_series(1, @People) AS n;
            INSERT INTO user_achievements (tenant_id, id, achievement_id, user_id, award_key, competition_id, points, earned_at, awarded_at)
            SELECT @Tenant, md5('a' || n)::uuid, @Rule, md5('p' || 1 + n % @People)::uuid, md5('k' || n)::uuid, CASE WHEN n % 4 = 0 THEN @Competition END, 1 + (hashint4(n) & 63), now(), now() FROM generate_series(1, @Entries) AS n;
            INSERT INTO user_points (tenant_id, id, user_id, award_id, turn, amount, source, reason, competition_id, earned_on, booked_at)
            SELECT tenant_id, id, user_id, id, 1, points, 'event', 'registered', competition_id, (now() - hashint4(points * 7919) % 365 * interval '1 day')::date, now() FROM user_achievements;
            INSERT INTO user_point_totals (tenant_id, board, period, user_id, points, institution_id, listed, agreed)
            SELECT entry.tenant_id, kept.board, kept.period, entry.user_id, sum(entry.amount), users.institution_id, true, false
            FROM user_points AS entry JOIN users ON users.tenant_id = entry.tenant_id AND users.id = entry.user_id CROSS JOIN LATERAL (
                VALUES ('00000000-0000-0000-0000-000000000000'::uuid, 'all'), ('00000000-0000-0000-0000-000000000000'::uuid, to_char(entry.earned_on, 'YYYY-MM')), (entry.competition_id, 'all')) AS kept (board, period)
            WHERE kept.board IS NOT NULL GROUP BY 1, 2, 3, 4, 6;
            """,
            new { place.Tenant, place.Institution, place.Competition, place.Rule, People, Entries },
            commandTimeout: 1800);
        await connection.ExecuteAsync("SET session_replication_role = origin");
        Console.WriteLine(FormattableString.Invariant($"points: {People} people and {Entries} awards and entries made in {watch.Elapsed.TotalSeconds:0} s"));
        await connection.ExecuteAsync("VACUUM (ANALYZE) users, user_achievements, user_points, user_point_totals", commandTimeout: 1800);
        var wrong = await connection.QuerySingleAsync<long>($"SELECT count(*) FROM ({PointInvariants.Totals.Sql}) AS broken");
        if (wrong > 0) throw new InvalidOperationException($"{wrong} totals are wrong.");
        watch.Restart();
        (await place.Http.PutAsJsonAsync(new Uri($"/api/points/seasons/{Guid.NewGuid()}", UriKind.Relative), new { name = "This year", startsOn = DateTime.UtcNow.AddDays(-180).ToString("yyyy-MM-dd"), endsOn = DateTime.UtcNow.AddDays(30).ToString("yyyy-MM-dd") })).EnsureSuccessStatusCode();
        Console.WriteLine(FormattableString.Invariant($"points: a season of half the entries is counted in {watch.Elapsed.TotalMilliseconds:0} ms"));
        await connection.ExecuteAsync("VACUUM (ANALYZE) user_point_totals", commandTimeout: 1800);
    }

    private static async Task BoardsAsync(Place place)
    {
        const string Overall = "/api/points/board";
        var deep = await place.Owner.CreateConnection().QuerySingleAsync<Guid>(
            "SELECT user_id FROM user_point_totals WHERE board = '00000000-0000-0000-0000-000000000000' AND period = 'all' AND points > 0 ORDER BY -points, user_id OFFSET 90000 LIMIT 1");
        foreach (var (what, path) in new[]
        {
            ("all, the first page", Overall), ("all, a page behind 90,000 others", $"{Overall}?after={deep}"), ("this month", $"{Overall}?period=month"), ("the season", $"{Overall}?period=season"),
            ("an institution of 10,000", $"/api/institutions/{place.Institution}/point-board"), ("a competition", $"/api/competitions/{place.Competition}/point-board"), ("my points", "/api/me/points"),
        })
        {
            var times = new List<double>();
            for (var round = 0; round < 60; round++)
            {
                var watch = Stopwatch.StartNew();
                (await place.Http.GetAsync(new Uri(path, UriKind.Relative))).EnsureSuccessStatusCode();
                times.Add(watch.Elapsed.TotalMilliseconds);
            }
            times.Sort();
            Console.WriteLine(FormattableString.Invariant($"points: {what}: median {times[30]:0.0} ms, p95 {times[57]:0.0} ms"));
        }
    }

    private static async Task PlansAsync(Place place)
    {
        await using var connection = await place.Owner.OpenConnectionAsync();
        foreach (var (what, board, period) in new[] { ("all", PointBoards.OfAll, "all"), ("institution", PointBoards.OfInstitution, "all"), ("competition", PointBoards.OfCompetition, "all") })
        {
            await using var transaction = await connection.BeginTransactionAsync();
            await connection.ExecuteAsync($"SET LOCAL ROLE podium_reader; CALL act_as('{place.Tenant}', NULL, NULL)", transaction: transaction);
            var target = what == "institution" ? place.Institution : place.Competition;
            foreach (var agreedOnly in new[] { false, true })
            {
                var sql = PointBoards.PageSql(board, agreedOnly, first: true)
                    .Replace("@TenantId", $"'{place.Tenant}'", StringComparison.Ordinal).Replace("@place", $"'{target}'", StringComparison.Ordinal).Replace("@period", $"'{period}'", StringComparison.Ordinal).Replace("@limit", "51", StringComparison.Ordinal);
                var plan = string.Join('\n', await connection.QueryAsync<string>($"EXPLAIN (ANALYZE, BUFFERS, COSTS OFF, TIMING OFF) {sql}", transaction: transaction));
                if (plan.Contains("Seq Scan on user_point", StringComparison.Ordinal) || plan.Contains("Sort Method: external", StringComparison.Ordinal)) throw new InvalidOperationException($"{what}: {plan}");
                Console.WriteLine($"points: plan of {what}{(agreedOnly ? ", of those who agreed" : "")}: {plan.Split('\n').First(line => line.Contains("Scan", StringComparison.Ordinal)).Trim()}");
            }
        }
    }

    private static async Task AwardsAsync(Place place)
    {
        const int Registered = 20_000;
        await using var connection = await place.Owner.OpenConnectionAsync();
        var watch = Stopwatch.StartNew();
        await connection.ExecuteAsync(
            """
            SET synchronous_commit = off;
            INSERT INTO registrations (tenant_id, id, competition_id, user_id, status, registered_at, created_at, updated_at)
            SELECT @Tenant, uuidv7(), @Competition, md5('p' || n)::uuid, 'approved', now(), now(), now() FROM generate_series(1, @Registered) AS n
            """,
            new { place.Tenant, place.Competition, Registered },
            commandTimeout: 1800);
        Console.WriteLine(FormattableString.Invariant($"points: {Registered} registrations with their notes in {watch.Elapsed.TotalMilliseconds:0} ms"));
        watch.Restart();
        var seen = await (await place.Http.GetAsync(new Uri($"/api/achievements/{place.Rule}/preview", UriKind.Relative))).EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonElement>();
        Console.WriteLine(FormattableString.Invariant($"points: a dry run over {People} people, {seen.GetProperty("awards").GetInt32()} awards, in {watch.Elapsed.TotalMilliseconds:0} ms"));
        // the awards that were only made would be taken back: they are nobody's of these
        await connection.ExecuteAsync("UPDATE achievements SET deleted_at = now() WHERE id = @Rule", new { place.Rule });
        await MadeAsync(place.Http, "/api/achievements", new { @event = "registered", points = 7, frequency = "subject", fromEver = true, kind = "points", texts = new[] { new { language = "en", title = "Entry" } } });
        watch.Restart();
        await place.App.Services.GetRequiredService<WatchDeeds>().RunAsync(CancellationToken.None);
        var given = await connection.QuerySingleAsync<long>("SELECT count(*) FROM user_points WHERE amount = 7 AND source = 'event' AND turn = 1 AND booked_at > now() - interval '10 minutes' AND award_id IN (SELECT id FROM user_achievements WHERE achievement_id <> @Rule)", new { place.Rule });
        if (given != Registered) throw new InvalidOperationException($"{given} awards were given.");
        Console.WriteLine(FormattableString.Invariant($"points: {given} awards given, booked and counted at {given / watch.Elapsed.TotalSeconds:0}/s"));
    }
}
