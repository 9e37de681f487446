using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using NpgsqlTypes;
using Podium.Emulator.Hosting;
using Podium.Platform.Access;
using Podium.Platform.Databases;

namespace Podium.Benchmarks;

/// <summary>What the kernel adds to a request and to a statement: each against the same work without it, in turn, in one run.</summary>
internal static class KernelBenchmark
{
    private const int Rounds = 9;
    private const int Connections = 16;
    private const int Workers = 8;

    private const string SelectPerson = "SELECT id, email, first_name, last_name, language, version, created_at FROM users WHERE tenant_id = @TenantId AND id = @UserId";
    private const string SelectPlace = "SELECT name FROM institutions WHERE tenant_id = @TenantId AND id = @id";
    private const string UpdatePlace = "UPDATE institutions SET version = version + 1 WHERE tenant_id = @TenantId AND id = @id";

    private static readonly TimeSpan Round = TimeSpan.FromSeconds(1.5);

    private sealed record Person(Guid Id, string Email, string FirstName, string LastName, string Language, int Version, DateTimeOffset CreatedAt);

    public static async Task RunAsync(BenchServers servers, string? only)
    {
        await using var app = await servers.StartPodiumAsync(new Dictionary<string, string?> { ["RateLimits:person"] = "1000000/1" });
        var (actor, places) = await FurnishAsync(app);
        await using var plain = NpgsqlDataSource.Create(app.Services.GetRequiredService<DatabaseSettings>().ConnectionString(DatabaseSettings.DefaultShard, DatabaseRole.Platform));
        if (only is null or "statements") await StatementsAsync(app.Services.GetRequiredService<Database>(), plain, actor, places);
        if (only is null or "requests") await RequestsAsync(app, plain, actor);
    }

    private static async Task<(Actor Actor, Guid[] Places)> FurnishAsync(EmulatedApp app)
    {
        using var operators = BenchTenant.OperatorOf(app);
        var created = await operators.PostAsJsonAsync(
            new Uri("/api/operations/tenants", UriKind.Relative),
            new { slug = "bench", name = "Benchmark", languages = new[] { "en", "kk" }, administratorEmail = "boss@example.org", settings = new { grace = 15 } });
        created.EnsureSuccessStatusCode();
        var tenant = (await created.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetGuid();
        var database = app.Services.GetRequiredService<Database>();
        var places = Enumerable.Range(0, Workers).Select(_ => Guid.CreateVersion7()).ToArray();
        await database.AsPlatform().ExecuteAsync(
            "INSERT INTO institutions (tenant_id, id, name, created_at, updated_at) SELECT @tenant, id, 'Place ' || id, @now, @now FROM unnest(@places) AS id",
            new { tenant, places, now = DateTimeOffset.UtcNow });
        return (new Actor { TenantId = tenant, UserId = await database.AsPlatform().SingleAsync<Guid>("SELECT id FROM users"), Address = IPAddress.Loopback }, places);
    }

    private static async Task StatementsAsync(Database database, NpgsqlDataSource plain, Actor actor, Guid[] places)
    {
        foreach (var parallel in new[] { 1, Workers })
        {
            await CompareAsync(
                $"one row as a tenant, against the same SQL by Npgsql, {parallel} at once",
                () => RateAsync(parallel, _ => database.As(actor).SingleAsync<Person>(SelectPerson, new { actor.TenantId, actor.UserId })),
                () => RateAsync(parallel, _ => PersonAsync(plain, actor)));
            await CompareAsync(
                $"a tenant's transaction of two reads, against the same in Npgsql's transaction, {parallel} at once",
                () => RateAsync(parallel, worker => WorkAsync(database, actor, places[worker], SelectPlace)),
                () => RateAsync(parallel, worker => WorkAsync(plain, actor, places[worker], SelectPlace)));
            await CompareAsync(
                $"a tenant's transaction of a read and a write, against the same in Npgsql's transaction, {parallel} at once",
                () => RateAsync(parallel, worker => WorkAsync(database, actor, places[worker], UpdatePlace)),
                () => RateAsync(parallel, worker => WorkAsync(plain, actor, places[worker], UpdatePlace)));
        }
    }

    private static async Task RequestsAsync(EmulatedApp app, NpgsqlDataSource plain, Actor actor)
    {
        var token = await app.Services.GetRequiredService<AccessTokens>().IssueAsync(new AccessTokens.Claims(actor.TenantId, actor.UserId!.Value, Guid.NewGuid()), CancellationToken.None);
        var headers = $"Authorization: Bearer {token}\r\n";
        using var client = new HttpClient { BaseAddress = app.BaseAddress, DefaultRequestHeaders = { { "Authorization", $"Bearer {token}" } } };
        var settings = await client.GetByteArrayAsync(new Uri("/api/tenant/settings", UriKind.Relative));
        await using var bare = await StartBareAsync(settings, plain, actor);
        var barePort = new Uri(bare.Urls.First()).Port;

        await CompareAsync(
            "GET /api/tenant/settings, signed in, against the same bytes from bare Kestrel",
            () => HttpLoad.RunAsync(app.BaseAddress.Port, "/api/tenant/settings", headers, Connections, Round),
            () => HttpLoad.RunAsync(barePort, "/settings", "", Connections, Round));
        await CompareAsync(
            "GET /api/me, signed in, against a row read by Npgsql behind bare Kestrel",
            () => HttpLoad.RunAsync(app.BaseAddress.Port, "/api/me", headers, Connections, Round),
            () => HttpLoad.RunAsync(barePort, "/me", "", Connections, Round));
    }

    private static async Task<WebApplication> StartBareAsync(byte[] settings, NpgsqlDataSource plain, Actor actor)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http1));
        builder.Services.AddRoutingCore();
        var app = builder.Build();
        app.MapGet("/settings", (HttpResponse response) => AnswerAsync(response, settings));
        app.MapGet("/me", async (HttpResponse response) => await AnswerAsync(response, JsonSerializer.SerializeToUtf8Bytes(await PersonAsync(plain, actor), JsonSerializerOptions.Web)));
        await app.StartAsync();
        return app;

        static Task AnswerAsync(HttpResponse response, byte[] body)
        {
            response.ContentType = "application/json; charset=utf-8";
            response.ContentLength = body.Length;
            return response.Body.WriteAsync(body).AsTask();
        }
    }

    private static async Task<Person> PersonAsync(NpgsqlDataSource source, Actor actor)
    {
        await using var connection = await source.OpenConnectionAsync();
        await using var command = Command(SelectPerson, connection, null, ("TenantId", actor.TenantId), ("UserId", actor.UserId!.Value));
        await using var reader = await command.ExecuteReaderAsync();
        await reader.ReadAsync();
        return new Person(reader.GetGuid(0), reader.GetString(1), reader.GetString(2), reader.GetString(3), reader.GetString(4), reader.GetInt32(5), reader.GetFieldValue<DateTimeOffset>(6));
    }

    private static Task<int> WorkAsync(Database database, Actor actor, Guid place, string second) => database.InTransaction(
        actor,
        async session =>
        {
            await session.SingleAsync<Person>(SelectPerson, new { actor.TenantId, actor.UserId });
            return await session.ExecuteAsync(second, new { actor.TenantId, id = place });
        },
        CancellationToken.None);

    private static async Task<int> WorkAsync(NpgsqlDataSource source, Actor actor, Guid place, string second)
    {
        await using var connection = await source.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await using (var command = Command(SelectPerson, connection, transaction, ("TenantId", actor.TenantId), ("UserId", actor.UserId!.Value)))
        await using (var reader = await command.ExecuteReaderAsync())
        {
            await reader.ReadAsync();
            _ = new Person(reader.GetGuid(0), reader.GetString(1), reader.GetString(2), reader.GetString(3), reader.GetString(4), reader.GetInt32(5), reader.GetFieldValue<DateTimeOffset>(6));
        }
        await using var next = Command(second, connection, transaction, ("TenantId", actor.TenantId), ("id", place));
        var changed = await next.ExecuteNonQueryAsync();
        await transaction.CommitAsync();
        return changed;
    }

    private static NpgsqlCommand Command(string sql, NpgsqlConnection connection, NpgsqlTransaction? transaction, params ReadOnlySpan<(string Name, Guid Value)> parameters)
    {
        var command = new NpgsqlCommand(sql, connection, transaction);
        foreach (var (name, value) in parameters) command.Parameters.Add(new NpgsqlParameter<Guid>(name, NpgsqlDbType.Uuid) { TypedValue = value });
        return command;
    }

    private static async Task<double> RateAsync(int parallel, Func<int, Task> work)
    {
        var counts = new long[parallel];
        var watch = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, parallel).Select(worker => Task.Run(async () =>
        {
            while (watch.Elapsed < Round)
            {
                await work(worker);
                counts[worker]++;
            }
        })));
        return counts.Sum() / watch.Elapsed.TotalSeconds;
    }

    private static async Task CompareAsync(string what, Func<Task<double>> ours, Func<Task<double>> theirs)
    {
        await ours(); // warm
        await theirs();
        var pairs = new (double Ours, double Theirs)[Rounds];
        for (var i = 0; i < Rounds; i++) pairs[i] = (await ours(), await theirs());
        var ratios = pairs.Select(pair => pair.Ours / pair.Theirs).Order().ToArray();
        Console.WriteLine(
            $"kernel: {what}: {Median(pairs.Select(pair => pair.Ours)):0}/s against {Median(pairs.Select(pair => pair.Theirs)):0}/s, ratio median {ratios[Rounds / 2]:0.00} (min {ratios[0]:0.00}, max {ratios[^1]:0.00})");
    }

    private static double Median(IEnumerable<double> values) => values.Order().ElementAt(Rounds / 2);
}
