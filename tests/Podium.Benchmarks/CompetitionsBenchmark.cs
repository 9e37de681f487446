using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Dapper;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Podium.Competitions;
using Podium.Emulator.Hosting;
using Podium.Platform;
using Podium.Platform.Api;
using Podium.Platform.Databases;
using Podium.Submissions;

namespace Podium.Benchmarks;

/// <summary>How long a submission takes from the blob's being seen to its state; lists and search against the same rows behind bare Kestrel; hot queries' plans and a list's cost at a million submissions.</summary>
internal static partial class CompetitionsBenchmark
{
    private const int Entries = 240;
    private const int Rounds = 21;
    private const int Connections = 8;
    private static readonly TimeSpan Round = TimeSpan.FromSeconds(0.5);

    private sealed record Place(EmulatedApp App, NpgsqlDataSource Plain, Guid Tenant, Guid Person, string Token, Guid Competition);

    public static async Task RunAsync(BenchServers servers, string what)
    {
        await using var app = await servers.StartPodiumAsync(new Dictionary<string, string?>
        {
            ["RateLimits:person"] = "10000000/1",
            ["RateLimits:anyone"] = "10000000/1",
            ["AzureWebJobs.LookOver.Disabled"] = "true",
            ["AzureWebJobs.SelfCheckHourly.Disabled"] = "true",
        });
        await using var plain = NpgsqlDataSource.Create(app.Services.GetRequiredService<DatabaseSettings>().ConnectionString(DatabaseSettings.DefaultShard, DatabaseRole.Platform));
        var place = await FurnishAsync(app, plain);
        if (what is "all" or "competitions") await AcceptAsync(place);
        await FillAsync(servers, place, 10_000);
        place = place with { Person = (await QueryAsync<Guid>(place, "SELECT user_id FROM competition_entrants ORDER BY user_id DESC LIMIT 1")).Single() };
        if (what is "all" or "competitions" or "competitions-lists") await RatesAsync(place);
        if (what is "competitions-lists") return;
        var few = await CostAsync(place);
        await FillAsync(servers, place, 1_000_000 - 10_000);
        var many = await CostAsync(place);
        foreach (var (name, before) in few)
        {
            var after = many[name];
            Console.WriteLine(FormattableString.Invariant(
                $"competitions: {name}: {before.Milliseconds:0.000} ms, {before.Pages} pages at 10,000 rows, {after.Milliseconds:0.000} ms, {after.Pages} pages at 1,000,000, ratio {after.Milliseconds / before.Milliseconds:0.00} and {(double)after.Pages / before.Pages:0.00}"));
        }
        await PlansAsync(place);
    }

    private static async Task<Place> FurnishAsync(EmulatedApp app, NpgsqlDataSource plain)
    {
        using var place = await BenchTenant.CreateAsync(app);
        var (tenant, boss, token, http) = place;
        var now = DateTimeOffset.UtcNow;
        var made = await http.PostAsJsonAsync(new Uri("/api/competitions", UriKind.Relative), new
        {
            name = "Robots of the benchmark",
            type = "individual",
            registrationStart = now.AddDays(-9),
            registrationEnd = now.AddDays(-8),
            competitionStart = now.AddDays(-1),
            competitionEnd = now.AddDays(9),
            configuration = new { submissions = new { @for = "competition" } },
        });
        made.EnsureSuccessStatusCode();
        var competition = (await made.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetGuid();
        foreach (var to in new[] { "published", "active" }) (await http.PostAsJsonAsync(new Uri($"/api/competitions/{competition}/moves", UriKind.Relative), new { to })).EnsureSuccessStatusCode();
        await app.Services.GetRequiredService<Database>().AsPlatform().ExecuteAsync(
            """
            INSERT INTO users (tenant_id, id, email, email_key, first_name, last_name, language, created_at, updated_at)
            SELECT @tenant, uuidv7(), n || '@bench.example.org', n || '@bench.example.org', 'Robot', 'Number ' || n, 'en', @now, @now FROM generate_series(1, @Entries) AS n;
            INSERT INTO registrations (tenant_id, id, competition_id, user_id, status, registered_at, created_at, updated_at)
            SELECT @tenant, uuidv7(), @competition, id, 'approved', @now, @now, @now FROM users WHERE email LIKE '%@bench.example.org'
            """,
            new { tenant, competition, now, Entries });
        return new Place(app, plain, tenant, boss, token, competition);
    }

    // several at once, as before a deadline
    private static async Task AcceptAsync(Place place)
    {
        var seen = new ConcurrentDictionary<string, DateTime>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == Telemetry.Source.Name,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStarted = activity =>
            {
                if (activity.OperationName == "CheckFile" && activity.GetTagItem("file.id") is { } file) seen.TryAdd($"{file}", activity.StartTimeUtc);
            },
        };
        ActivitySource.AddActivityListener(listener);
        var registrations = (await QueryAsync<Guid>(place, "SELECT id FROM registrations ORDER BY id")).ToList();
        using var http = HttpOf(place.App, place.Token);
        using var client = new HttpClient();
        var sent = new ConcurrentDictionary<Guid, (string File, DateTimeOffset At)>();
        var pdf = Pdf();
        await Parallel.ForEachAsync(registrations, new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (registration, stop) =>
        {
            var asked = await http.PostAsJsonAsync(
                new Uri($"/api/competitions/{place.Competition}/submissions", UriKind.Relative), new { registrationId = registration, submit = true, files = new[] { new { name = "report.pdf" } } }, stop);
            if (!asked.IsSuccessStatusCode) throw new InvalidOperationException(await asked.Content.ReadAsStringAsync(stop));
            var standing = await asked.Content.ReadFromJsonAsync<JsonElement>(stop);
            var upload = standing.GetProperty("uploads")[0];
            using var put = new HttpRequestMessage(HttpMethod.Put, upload.GetProperty("request").GetProperty("url").GetString()) { Content = new ByteArrayContent(pdf) };
            put.Headers.Add("x-ms-blob-type", "BlockBlob");
            (await client.SendAsync(put, stop)).EnsureSuccessStatusCode();
            sent[standing.GetProperty("submission").GetProperty("id").GetGuid()] = (upload.GetProperty("fileId").GetString()!, DateTimeOffset.UtcNow);
        });
        var waited = Stopwatch.StartNew();
        while ((await QueryAsync<long>(place, "SELECT count(*) FROM submissions WHERE review_status = 'PENDING'")).Single() > 0)
        {
            if (waited.Elapsed > TimeSpan.FromMinutes(3)) throw new TimeoutException("Not all submissions were decided.");
            await Task.Delay(100);
        }
        var decided = (await QueryAsync<(Guid Id, string Status, DateTimeOffset At)>(place, "SELECT id, review_status, reviewed_at FROM submissions")).ToList();
        if (decided.Any(one => one.Status != "APPROVED")) throw new InvalidOperationException("Some were not approved.");
        Report("the blob's being seen to APPROVED", decided.Select(one => (one.At - new DateTimeOffset(seen[sent[one.Id].File], TimeSpan.Zero)).TotalMilliseconds));
        Report("the upload's end to APPROVED, with the emulator's noticing", decided.Select(one => (one.At - sent[one.Id].At).TotalMilliseconds));

        void Report(string span, IEnumerable<double> times)
        {
            var ordered = times.Order().ToArray();
            Console.WriteLine(FormattableString.Invariant(
                $"competitions: {ordered.Length} submissions of {pdf.Length} bytes, 4 at once, from {span}: p50 {ordered[ordered.Length / 2]:0} ms, p95 {ordered[(int)(ordered.Length * 0.95)]:0} ms, max {ordered[^1]:0} ms"));
        }
    }

    /// <summary>Rows only; their rules were tested elsewhere.</summary>
    private static async Task FillAsync(BenchServers servers, Place place, int rows)
    {
        var watch = Stopwatch.StartNew();
        await using var owner = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(servers.Embedded.PostgresConnectionString) { Database = place.Plain.CreateConnection().Database, CommandTimeout = 1800 }.ConnectionString);
        await using var connection = await owner.OpenConnectionAsync();
        await connection.ExecuteAsync(
            """
            SET session_replication_role = replica; SET synchronous_commit = off;
            WITH person AS (
                INSERT INTO users (tenant_id, id, email, email_key, first_name, last_name, language, created_at, updated_at)
                SELECT @Tenant, uuidv7(), uuidv7() || '@x', uuidv7() || '@x', 'Robot' || n % 997, 'Number ' || n, 'en', now(), now() FROM generate_series(1, @people) AS n
                RETURNING id
            ), contest AS (
                INSERT INTO competitions (tenant_id, id, slug, name, language, type, status, status_changed_at, registration_start, registration_end, competition_start, competition_end, search, created_at, updated_at)
                SELECT @Tenant, uuidv7(), 'c-' || uuidv7(), 'Robot cup ' || n, 'en', 'individual', 'active', now(), now(), now() + interval '1 day', now() + interval '2 days', now() + interval '3 days',
                       ('robot:1A cup:2A ' || n || ':3A')::tsvector, now(), now()
                FROM generate_series(1, greatest(10, @rows / 20)) AS n
                RETURNING id
            ), numbered AS (SELECT id, row_number() OVER () - 1 AS place FROM contest),
            entry AS (
                INSERT INTO registrations (tenant_id, id, competition_id, user_id, status, registered_at, created_at, updated_at)
                SELECT @Tenant, uuidv7(), CASE WHEN people.place % 2 = 0 THEN @Competition ELSE numbered.id END, people.id, 'approved', now(), now(), now()
                FROM (SELECT id, row_number() OVER () AS place FROM person) AS people
                JOIN numbered ON numbered.place = people.place % (SELECT count(*) FROM numbered)
                RETURNING id, competition_id, user_id
            ), entrant AS (
                INSERT INTO competition_entrants (tenant_id, competition_id, user_id, registration_id) SELECT @Tenant, competition_id, user_id, id FROM entry
            )
            INSERT INTO submissions (tenant_id, id, competition_id, registration_id, number, status, review_status, reason_code, due_at, submitted_at, arrived_at, receipt, late, created_at, updated_at)
            SELECT @Tenant, uuidv7(), competition_id, id, number, CASE number WHEN 10 THEN 'submitted' ELSE 'superseded' END, CASE WHEN number % 4 = 1 THEN 'REJECTED' ELSE 'APPROVED' END, 'x', now(), now(), now(), 'x',
                   number % 50 = 7, now(), now()
            FROM entry CROSS JOIN generate_series(1, 10) AS number;
            SET session_replication_role = origin;
            """,
            new { place.Tenant, place.Competition, people = rows / 10, rows });
        await connection.ExecuteAsync("VACUUM (ANALYZE) users, competitions, registrations, competition_entrants, submissions");
        Console.WriteLine(FormattableString.Invariant($"competitions: {rows} rows filled in in {watch.Elapsed.TotalSeconds:0} s"));
    }

    private static async Task RatesAsync(Place place)
    {
        var all = new CompetitionDirectory.Filter { Limit = 20 };
        var search = new CompetitionDirectory.Filter { Limit = 20, Search = "robot cup 7" };
        var handed = new SubmissionsOfCompetition.Filter { Limit = 20 };
        // the search asks by itself whose rows it may see
        await using var asApp = NpgsqlDataSource.Create(place.App.Services.GetRequiredService<DatabaseSettings>().ConnectionString(DatabaseSettings.DefaultShard, DatabaseRole.App));
        await using var bare = await StartBareAsync(place, place with { Plain = asApp }, all, search, handed);
        var port = new Uri(bare.Urls.First()).Port;
        var headers = $"Authorization: Bearer {place.Token}\r\n";
        foreach (var (what, ours, theirs, sent) in new[]
        {
            ("the list of competitions as everybody reads it", "/api/competitions?limit=20", "/list", "X-Tenant: bench\r\n"),
            ("the list of competitions for an administrator", "/api/competitions?limit=20", "/list", headers),
            ("competitions by words", "/api/competitions?limit=20&search=robot%20cup%207", "/search", headers),
            ("the list of submissions", $"/api/competitions/{place.Competition}/submissions?limit=20", "/handed", headers),
        })
        {
            await HttpLoad.RunAsync(place.App.BaseAddress.Port, ours, sent, Connections, Round); // warm
            await HttpLoad.RunAsync(port, theirs, "", Connections, Round);
            var pairs = new (double Ours, double Theirs)[Rounds];
            for (var i = 0; i < Rounds; i++) pairs[i] = (await HttpLoad.RunAsync(place.App.BaseAddress.Port, ours, sent, Connections, Round), await HttpLoad.RunAsync(port, theirs, "", Connections, Round));
            var ratios = pairs.Select(pair => pair.Ours / pair.Theirs).Order().ToArray();
            Console.WriteLine(FormattableString.Invariant(
                $"competitions: {what}, against the same rows behind bare Kestrel: {Median(pairs.Select(pair => pair.Ours)):0}/s against {Median(pairs.Select(pair => pair.Theirs)):0}/s, ratio median {ratios[Rounds / 2]:0.00} (min {ratios[0]:0.00}, max {ratios[^1]:0.00})"));
        }
    }

    private static async Task<WebApplication> StartBareAsync(Place place, Place asApp, CompetitionDirectory.Filter all, CompetitionDirectory.Filter search, SubmissionsOfCompetition.Filter handed)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http1));
        builder.Services.AddRoutingCore();
        var app = builder.Build();
        app.MapGet("/list", async (HttpResponse response) => await AnswerAsync(response, all.Of([.. await QueryAsync<CompetitionDirectory.Summary>(place, CompetitionDirectory.ListSql(all, withOwn: false))], row => row.Id)));
        app.MapGet("/search", async (HttpResponse response) => await AnswerAsync(
            response, search.Of([.. await QueryAsync<CompetitionDirectory.Summary>(asApp, "CALL act_as(@TenantId, NULL, NULL);\n" + CompetitionDirectory.ListSql(search, withOwn: false))], row => row.Id)));
        app.MapGet("/handed", async (HttpResponse response) => await AnswerAsync(response, handed.Of([.. await QueryAsync<ReadSubmissions.Summary>(place, SubmissionsOfCompetition.ListSql(handed))], row => row.Id)));
        await app.StartAsync();
        return app;

        static Task AnswerAsync<T>(HttpResponse response, T page)
        {
            var body = JsonSerializer.SerializeToUtf8Bytes(page, Json.Options);
            response.ContentType = "application/json; charset=utf-8";
            response.ContentLength = body.Length;
            return response.Body.WriteAsync(body).AsTask();
        }
    }

    private static IEnumerable<(string Name, string Sql)> Queries()
    {
        yield return ("the newest submissions of a competition", SubmissionsOfCompetition.ListSql(new SubmissionsOfCompetition.Filter()));
        yield return ("what was rejected", SubmissionsOfCompetition.ListSql(new SubmissionsOfCompetition.Filter { ReviewStatus = "REJECTED" }));
        yield return ("what counts", SubmissionsOfCompetition.ListSql(new SubmissionsOfCompetition.Filter { Status = SubmissionStatus.Submitted }));
        yield return ("what came late", SubmissionsOfCompetition.ListSql(new SubmissionsOfCompetition.Filter { Late = true }));
        yield return ("who is missing", SubmissionsOfCompetition.MissingSql);
        yield return ("one's own submissions", ReadSubmissions.OwnSql);
        yield return ("competitions by words", CompetitionDirectory.ListSql(new CompetitionDirectory.Filter { Search = "robot cup 7" }, withOwn: false));
    }

    // the fastest of many, because others work beside us; by the server's own clock, with what it touched
    private static async Task<Dictionary<string, (double Milliseconds, int Pages)>> CostAsync(Place place)
    {
        var costs = new Dictionary<string, (double Milliseconds, int Pages)>();
        await using var connection = await place.Plain.OpenConnectionAsync();
        foreach (var (name, sql) in Queries().Where(query => query.Name is "the newest submissions of a competition" or "what was rejected" or "one's own submissions"))
        {
            for (var i = 0; i < 100; i++)
            {
                var plan = string.Join('\n', await connection.QueryAsync<string>("EXPLAIN (ANALYZE, BUFFERS, TIMING OFF) " + sql, Args(place)));
                var time = double.Parse(Time().Match(plan).Groups[1].Value, CultureInfo.InvariantCulture);
                if (!costs.TryGetValue(name, out var best) || time < best.Milliseconds) costs[name] = (time, int.Parse(Buffers().Match(plan).Groups[1].Value, CultureInfo.InvariantCulture));
            }
        }
        return costs;
    }

    private static async Task PlansAsync(Place place)
    {
        await using var source = NpgsqlDataSource.Create(place.App.Services.GetRequiredService<DatabaseSettings>().ConnectionString(DatabaseSettings.DefaultShard, DatabaseRole.App));
        await using var connection = await source.OpenConnectionAsync();
        foreach (var (name, sql) in Queries())
        {
            await using var transaction = await connection.BeginTransactionAsync();
            await connection.ExecuteAsync("CALL act_as(@TenantId, NULL, NULL)", Args(place), transaction);
            var text = sql.Replace("CALL plan_anew();", "", StringComparison.Ordinal);
            var plan = string.Join('\n', await connection.QueryAsync<string>("EXPLAIN (ANALYZE, BUFFERS) " + text, Args(place), transaction));
            var whole = WholeTable().Matches(plan).Select(match => match.Value).Distinct().ToList();
            var buffers = Buffers().Match(plan).Groups[1].Value;
            Console.WriteLine($"competitions: plan of {name} at a million rows: {(whole.Count == 0 ? "by indexes" : string.Join(", ", whole))}, {buffers} pages, {Time().Match(plan).Groups[1].Value} ms");
            if (whole.Count > 0) throw new InvalidOperationException(plan);
        }
    }

    private static object Args(Place place) => new
    {
        TenantId = place.Tenant,
        place.Person,
        competitionId = place.Competition,
        RoundId = (Guid?)null,
        RegistrationId = (Guid?)null,
        status = "submitted",
        ReviewStatus = "REJECTED",
        After = (Guid?)null,
        limit = 21,
        Search = "robot cup 7",
        languages = new[] { "en" },
        statuses = Enum.GetValues<CompetitionStatus>().Select(status => status.Text()).ToArray(),
        own = Array.Empty<Guid>(),
        type = (string?)null,
        CategoryId = (Guid?)null,
        Featured = (bool?)null,
        OpenAt = (DateTime?)null,
        StartsFrom = (DateTime?)null,
        StartsBefore = (DateTime?)null,
    };

    private static async Task<IEnumerable<T>> QueryAsync<T>(Place place, string sql)
    {
        await using var connection = await place.Plain.OpenConnectionAsync();
        return await connection.QueryAsync<T>(sql, Args(place));
    }

    private static HttpClient HttpOf(EmulatedApp app, string token) => new() { BaseAddress = app.BaseAddress, DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", token) } };

    private static double Median(IEnumerable<double> values) => values.Order().ElementAt(Rounds / 2);

    // a page with some kilobytes of drawing, as small reports have
    private static byte[] Pdf()
    {
        var drawing = string.Join('\n', Enumerable.Range(0, 3000).Select(line => $"0 {line} m 100 {line} l S"));
        string[] objects = ["<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>", "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R>>", $"<</Length {drawing.Length}>>\nstream\n{drawing}\nendstream"];
        var text = new StringBuilder("%PDF-1.4\n");
        var places = new List<int>();
        foreach (var (index, content) in objects.Index())
        {
            places.Add(text.Length);
            text.Append(FormattableString.Invariant($"{index + 1} 0 obj\n{content}\nendobj\n"));
        }
        var table = text.Length;
        text.Append("xref\n0 5\n0000000000 65535 f \n").AppendJoin("", places.Select(at => FormattableString.Invariant($"{at:0000000000} 00000 n \n"))).Append(FormattableString.Invariant($"trailer<</Size 5/Root 1 0 R>>\nstartxref\n{table}\n%%EOF\n"));
        return Encoding.ASCII.GetBytes(text.ToString());
    }

    [GeneratedRegex("Seq Scan on (users|competitions|registrations|submissions|submission_files|competition_entrants)\\b")]
    private static partial Regex WholeTable();

    [GeneratedRegex(@"Buffers: shared hit=(\d+)")]
    private static partial Regex Buffers();

    [GeneratedRegex(@"Execution Time: ([\d.]+)")]
    private static partial Regex Time();
}
