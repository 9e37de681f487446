using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Podium.Emulator.Hosting;
using Podium.Exams;
using Podium.Platform.Access;
using Podium.Platform.Databases;
using Podium.Tenancy;

namespace Podium.Benchmarks;

/// <summary>What the day of results costs: a million marks taken in against a bare COPY, 160,000 results computed and published, lookups against bare endpoints.</summary>
internal static class ExamsBenchmark
{
    private const int Connections = 16;
    private const int Rounds = 9;
    private const int AskersARound = 1_600;
    private static readonly TimeSpan Round = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(1);

    private sealed record Place(EmulatedApp App, Tenant Tenant, Caller Officer, IReadOnlyList<Caller> Approvers);

    public static async Task RunAsync(BenchServers servers)
    {
        await using var app = await servers.StartPodiumAsync(new Dictionary<string, string?> { ["RateLimits:lookups"] = "10000000/1" });
        var place = await FurnishAsync(app);
        await LookUpAsync(place, await PublishAsync(place));
        await ImportAsync(place);
    }

    private static async Task<Place> FurnishAsync(EmulatedApp app)
    {
        using var operators = BenchTenant.OperatorOf(app);
        foreach (var slug in new[] { "bench", "marks" })
        {
            (await operators.PostAsJsonAsync(
                new Uri("/api/operations/tenants", UriKind.Relative),
                new { slug, name = "Benchmark", languages = new[] { "en" }, administratorEmail = "boss@example.org", settings = new { } })).EnsureSuccessStatusCode();
        }
        return await PlaceOfAsync(app, "bench");
    }

    private static async Task<Place> PlaceOfAsync(EmulatedApp app, string slug)
    {
        var tenant = (await app.Services.GetRequiredService<TenantDirectory>().BySlugAsync(slug, CancellationToken.None))!;
        var boss = await app.Services.GetRequiredService<Podium.Platform.Databases.Database>().AsPlatform().SingleAsync<Guid>("SELECT id FROM users WHERE tenant_id = @Id", new { tenant.Id });
        Caller By(Guid person) => new() { TenantId = tenant.Id, Shard = tenant.Shard, Tenant = tenant, Language = "en", UserId = person, Grants = [new Grant(Scope.Tenant, "EXAM_OFFICER", ["exam.*"], null)] };
        return new Place(app, tenant, By(boss), [By(Guid.CreateVersion7()), By(Guid.CreateVersion7())]);
    }

    private static async Task<SeedExams.Result> PublishAsync(Place place)
    {
        var watch = Stopwatch.StartNew();
        var seeded = (await place.App.Services.GetRequiredService<SeedExams>().Run(place.Officer, place.Approvers, SeedExams.Whole, CancellationToken.None)).Value!;
        Console.WriteLine($"exams: {seeded.Candidates:N0} candidates seeded, {seeded.Results:N0} results computed, computed again, approved and published in {watch.Elapsed.TotalSeconds:0.0} s");

        var (runs, compute, publish) = (place.App.Services.GetRequiredService<ExamRuns>(), place.App.Services.GetRequiredService<ComputeExamRun>(), place.App.Services.GetRequiredService<PublishExamRun>());
        var run = (await runs.RequestAsync(place.Officer, seeded.SessionId, new ExamRuns.Request { Reason = "Amended", PublishAt = DateTimeOffset.UtcNow }, CancellationToken.None)).Value!;
        watch.Restart();
        await compute.ComputeAsync(place.Officer, run.Id, CancellationToken.None);
        var computed = watch.Elapsed;
        watch.Restart();
        await compute.VerifyAsync(place.Officer, run.Id, CancellationToken.None);
        Console.WriteLine($"exams: {seeded.Results:N0} results computed in {computed.TotalSeconds:0.0} s, verified by computing them again in {watch.Elapsed.TotalSeconds:0.0} s");
        run = (await runs.ReadAsync(place.Officer, run.Id, CancellationToken.None)).Value!;
        foreach (var approver in place.Approvers) await runs.ApproveAsync(approver, run.Id, new ExamRuns.Approval { Digest = run.Digest! }, CancellationToken.None);
        watch.Restart();
        await publish.WhenDueAsync(place.Officer, run.Id, CancellationToken.None);
        using var http = new HttpClient { BaseAddress = place.App.BaseAddress, DefaultRequestHeaders = { { "X-Tenant", "bench" } } };
        (await http.SendAsync(Request(seeded, seeded.Samples[0].Number, place.Tenant.Id))).EnsureSuccessStatusCode();
        Console.WriteLine($"exams: published, and the first lookup answered by HTTP, {watch.Elapsed.TotalMilliseconds:0} ms after the instant");
        await CertifyAsync(place, seeded, run.Id);
        return seeded;
    }

    // all of them compared with what is published and found the same, then all issued anew
    private static async Task CertifyAsync(Place place, SeedExams.Result seeded, Guid runId)
    {
        var (certificates, database) = (place.App.Services.GetRequiredService<IssueExamCertificates>(), place.App.Services.GetRequiredService<Podium.Platform.Databases.Database>());
        var watch = Stopwatch.StartNew();
        await certificates.RunAsync(place.Officer, seeded.SessionId, runId, CancellationToken.None);
        var compared = watch.Elapsed;
        await database.InPlatformTransaction(
            session => session.ExecuteAsync("UPDATE certificates SET revoked_at = now(), revoked_reason = 'annulled' WHERE source_id = @SessionId AND revoked_at IS NULL", new { seeded.SessionId }), CancellationToken.None);
        watch.Restart();
        await certificates.RunAsync(place.Officer, seeded.SessionId, runId, CancellationToken.None);
        Console.WriteLine($"exams: {seeded.Certificates:N0} certificates signed and issued in {watch.Elapsed.TotalSeconds:0.0} s, compared with what is published in {compared.TotalSeconds:0.0} s");
    }

    private static HttpRequestMessage Request(SeedExams.Result seeded, string number, Guid tenant)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"/api/exam-sessions/{seeded.SessionId}/results/{number}", UriKind.Relative));
        request.Headers.Add("X-Candidate-Secret", SeedExams.SecretOf(tenant, number));
        return request;
    }

    private static async Task LookUpAsync(Place place, SeedExams.Result seeded)
    {
        var port = place.App.BaseAddress.Port;
        using var http = new HttpClient { BaseAddress = place.App.BaseAddress, DefaultRequestHeaders = { { "X-Tenant", "bench" } } };
        var body = await (await http.SendAsync(Request(seeded, seeded.Samples[0].Number, place.Tenant.Id))).Content.ReadAsByteArrayAsync();
        var settings = place.App.Services.GetRequiredService<DatabaseSettings>();
        await using var plain = NpgsqlDataSource.Create(settings.ConnectionString(DatabaseSettings.DefaultShard, DatabaseRole.Platform));
        await using var bare = await StartBareAsync(body, plain);
        var bareport = new Uri(bare.Urls.First()).Port;
        // every candidate asks once, in one of the rounds; the first three warm what nobody counts
        IReadOnlyList<byte[]>[] Slice(int round, Func<int, byte[]> request) =>
            [.. Enumerable.Range(0, Connections).Select(own => (IReadOnlyList<byte[]>)[.. Enumerable.Range(0, AskersARound / Connections).Select(at => request((round * AskersARound) + (at * Connections) + own + 1))])];
        byte[] Ours(int candidate) => RequestBytes(seeded, place.Tenant.Id, port, candidate);
        byte[] Bare(int candidate) => BareBytes(bareport, candidate);
        foreach (var warm in new[] { 0, 1, 2 })
        {
            await HttpLoad.RunAsync(port, Slice(warm, Ours), Longest);
            await HttpLoad.RunAsync(bareport, Slice(warm, Bare), Longest);
        }
        await HttpLoad.RunAsync(bareport, "/static", "", Connections, Round);
        var (first, again, stat, read) = (new double[Rounds], new double[Rounds], new double[Rounds], new double[Rounds]);
        for (var i = 0; i < Rounds; i++)
        {
            first[i] = await HttpLoad.RunAsync(port, Slice(i + 3, Ours), Longest);
            read[i] = await HttpLoad.RunAsync(bareport, Slice(i + 3, Bare), Longest);
            again[i] = await HttpLoad.RunAsync(port, Slice(i + 3, Ours), Longest);
            stat[i] = await HttpLoad.RunAsync(bareport, "/static", "", Connections, Round);
        }
        Console.WriteLine($"exams: lookups, each candidate's first: {Median(first):0} req/s; bare Kestrel with one SELECT by Npgsql {Median(read):0} req/s (ratio {Ratio(first, read):0.00})");
        Console.WriteLine($"exams: lookups of what is remembered: {Median(again):0} req/s; bare Kestrel with the same bytes from memory {Median(stat):0} req/s (ratio {Ratio(again, stat):0.00})");

        static double Ratio(double[] ours, double[] theirs) => Median([.. ours.Zip(theirs, (a, b) => a / b)]);
    }

    private static byte[] RequestBytes(SeedExams.Result seeded, Guid tenant, int port, int candidate)
    {
        var number = SeedExams.NumberOf(candidate, SeedExams.Whole);
        return Encoding.ASCII.GetBytes(
            $"GET /api/exam-sessions/{seeded.SessionId}/results/{number} HTTP/1.1\r\nHost: localhost:{port}\r\nX-Tenant: bench\r\nX-Candidate-Secret: {SeedExams.SecretOf(tenant, number)}\r\n\r\n");
    }

    private static byte[] BareBytes(int port, int candidate) => Encoding.ASCII.GetBytes($"GET /read/{SeedExams.NumberOf(candidate, SeedExams.Whole)} HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n");

    private static async Task<WebApplication> StartBareAsync(byte[] body, NpgsqlDataSource plain)
    {
        var run = await PublishedAsync(plain);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http1));
        builder.Services.AddRoutingCore();
        var app = builder.Build();
        app.MapGet("/static", () => TypedResults.Bytes(body, "application/json"));
        app.MapGet("/read/{number}", async (string number) =>
        {
            await using var command = plain.CreateCommand("SELECT document FROM exam_statements WHERE tenant_id = $1 AND year_at = $2 AND run_id = $3 AND number = $4");
            command.Parameters.AddWithValue(run.Tenant);
            command.Parameters.AddWithValue(run.Year);
            command.Parameters.AddWithValue(run.Run);
            command.Parameters.AddWithValue(number);
            return TypedResults.Bytes(Encoding.UTF8.GetBytes((string)(await command.ExecuteScalarAsync())!), "application/json");
        });
        await app.StartAsync();
        return app;
    }

    private static async Task<(Guid Tenant, DateTime Year, Guid Run)> PublishedAsync(NpgsqlDataSource plain)
    {
        await using var command = plain.CreateCommand("SELECT tenant_id, year_at, published_run_id FROM exam_sessions WHERE published_run_id IS NOT NULL");
        await using var reader = await command.ExecuteReaderAsync();
        await reader.ReadAsync();
        return (reader.GetGuid(0), reader.GetDateTime(1), reader.GetGuid(2));
    }

    // a million rows: 62,500 candidates of eight subjects of two papers
    private static async Task ImportAsync(Place bench)
    {
        var place = await PlaceOfAsync(bench.App, "marks");
        var settings = place.App.Services.GetRequiredService<DatabaseSettings>();
        await using var plain = NpgsqlDataSource.Create(settings.ConnectionString(DatabaseSettings.DefaultShard, DatabaseRole.Owner) + ";Command Timeout=0");
        var seeded = (await place.App.Services.GetRequiredService<SeedExams>().Run(place.Officer, [], new SeedExams.Size(30, 62_500, 8, WithMarks: false), CancellationToken.None)).Value!;
        var text = await TableAsync(plain, seeded.SessionId);
        var table = Encoding.UTF8.GetBytes(text);
        Console.WriteLine($"exams: a file of {table.Count(letter => letter == (byte)'\n') - 1:N0} marks, {table.Length / 1e6:0.0} MB");
        var bare = await BareAsync(plain, text, "");
        var keyed = await BareAsync(plain, text, ", PRIMARY KEY (number, subject, paper)");
        Console.WriteLine($"exams: a bare COPY of it {bare:0.0} s, into a table with a primary key {keyed:0.0} s");

        var asked = (await place.App.Services.GetRequiredService<MarkFiles>().AskAsync(place.Officer, seeded.SessionId, new MarkFiles.Request { Name = "marks.csv", Bytes = table.Length }, CancellationToken.None)).Value!;
        using var http = new HttpClient();
        using var content = new ByteArrayContent(table);
        using var put = new HttpRequestMessage(HttpMethod.Put, asked.Upload.Url) { Content = content };
        put.Headers.Add("x-ms-blob-type", "BlockBlob");
        (await http.SendAsync(put)).EnsureSuccessStatusCode();
        GC.Collect();
        var (before, peak, watch) = (Environment.WorkingSet, 0L, Stopwatch.StartNew());
        MarkFiles.View view;
        do
        {
            await Task.Delay(100);
            peak = Math.Max(peak, Environment.WorkingSet);
            view = (await place.App.Services.GetRequiredService<MarkFiles>().ReadAsync(place.Officer, asked.File.Id, CancellationToken.None)).Value!;
        }
        while (view.State is "awaiting" or "importing");
        var import = (view.FinishedAt - view.StartedAt)!.Value.TotalSeconds;
        Console.WriteLine(
            $"exams: {view.State}, {view.Added:N0} added: {watch.Elapsed.TotalSeconds:0.0} s after the upload with the look at the file, the import {import:0.0} s ({view.Added / import:N0} rows/s); ratio {bare / import:0.00} to the bare COPY, {keyed / import:0.00} to the one with a key; resident {before / 1e6:0} MB before, {peak / 1e6:0} MB at the peak");
    }

    private static async Task<string> TableAsync(NpgsqlDataSource plain, Guid session)
    {
        await using var command = plain.CreateCommand(
            """
            SELECT candidate.number || ',' || subject.code || ',' || paper.code || ',' || (hashtext(entry.id::text || paper.id) & 2147483647) % 50
            FROM exam_entries AS entry JOIN exam_candidates AS candidate ON candidate.id = entry.candidate_id JOIN exam_subjects AS subject ON subject.id = entry.subject_id JOIN exam_papers AS paper ON paper.subject_id = subject.id
            WHERE entry.session_id = $1 ORDER BY subject.code, paper.code, candidate.number
            """);
        command.Parameters.AddWithValue(session);
        await using var reader = await command.ExecuteReaderAsync();
        var table = new StringBuilder("number,subject,paper,mark\n");
        while (await reader.ReadAsync()) table.Append(CultureInfo.InvariantCulture, $"{reader.GetString(0)}\n");
        return table.ToString();
    }

    private static async Task<double> BareAsync(NpgsqlDataSource plain, string table, string key)
    {
        var times = new double[3];
        for (var i = 0; i < times.Length; i++)
        {
            await using var connection = await plain.OpenConnectionAsync();
            await using (var create = new NpgsqlCommand($"DROP TABLE IF EXISTS bare_marks; CREATE TABLE bare_marks (number text, subject text, paper text, mark numeric(6,2){key})", connection)) await create.ExecuteNonQueryAsync();
            var watch = Stopwatch.StartNew();
            await using (var copy = await connection.BeginTextImportAsync("COPY bare_marks FROM STDIN (FORMAT csv, HEADER)")) await copy.WriteAsync(table);
            times[i] = watch.Elapsed.TotalSeconds;
            await using (var drop = new NpgsqlCommand("DROP TABLE bare_marks", connection)) await drop.ExecuteNonQueryAsync();
        }
        return Median(times);
    }

    private static double Median(double[] values) => values.Order().ElementAt(values.Length / 2);
}
