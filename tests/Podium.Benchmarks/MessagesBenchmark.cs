using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Podium.Emulator.Hosting;
using Podium.Platform.Databases;
using Podium.Platform.Messaging;
using Podium.Platform.Partitions;
using Podium.Tenancy;

namespace Podium.Benchmarks;

/// <summary>Outbox, inbox and audit log at work, empty and full, against the same transactions without them; what introducing the caller costs the server; a rotation of sixty months.</summary>
internal static class MessagesBenchmark
{
    private const int Rounds = 5;
    private const int Workers = 8;
    private const string Write = "UPDATE institutions SET version = version + 1 WHERE tenant_id = @TenantId AND id = @id";
    private static readonly TimeSpan Round = TimeSpan.FromSeconds(1.5);

    private sealed record Body(string Text);

    public static async Task RunAsync(BenchServers servers)
    {
        // its messages are counted on the queue, not worked on
        await using var app = await servers.StartPodiumAsync(new Dictionary<string, string?> { ["AzureWebJobs.SendNotification.Disabled"] = "true", ["AzureWebJobs.OutboxSweep.Disabled"] = "true" });
        var database = app.Services.GetRequiredService<Database>();
        var (tenant, places) = await FurnishAsync(app, database);
        var actor = new Actor { TenantId = tenant.Id, Shard = tenant.Shard };
        await OutboxAsync(app, database, actor, places);
        await InboxAsync(app, database, tenant, actor, places);
        await AuditAsync(database, actor, places);
        await IntroductionAsync(database);
        await RotationAsync(app, database);
    }

    private static async Task<(Tenant Tenant, Guid[] Places)> FurnishAsync(EmulatedApp app, Database database)
    {
        using var operators = BenchTenant.OperatorOf(app);
        var created = await operators.PostAsJsonAsync(
            new Uri("/api/operations/tenants", UriKind.Relative), new { slug = "bench", name = "Benchmark", languages = new[] { "en" }, administratorEmail = "boss@example.org" });
        created.EnsureSuccessStatusCode();
        var id = (await created.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetGuid();
        var places = Enumerable.Range(0, Workers).Select(_ => Guid.CreateVersion7()).ToArray();
        await database.AsPlatform().ExecuteAsync(
            "INSERT INTO institutions (tenant_id, id, name, created_at, updated_at) SELECT @id, place, 'Place ' || place, @now, @now FROM unnest(@places) AS place", new { id, places, now = DateTimeOffset.UtcNow });
        return ((await app.Services.GetRequiredService<TenantDirectory>().ByIdAsync(id, CancellationToken.None))!, places);
    }

    private static async Task OutboxAsync(EmulatedApp app, Database database, Actor actor, Guid[] places)
    {
        var outbox = app.Services.GetRequiredService<Outbox>();
        Task PlainAsync(int worker) => database.InTransaction(actor, session => session.ExecuteAsync(Write, new { actor.TenantId, id = places[worker] }), CancellationToken.None);
        Task SendAsync(int worker) => database.InTransaction(
            actor,
            async session =>
            {
                var changed = await session.ExecuteAsync(Write, new { actor.TenantId, id = places[worker] });
                await outbox.AddAsync(session, actor.TenantId, Outbox.Notifications, "bench", new Body("hello"));
                return changed;
            },
            CancellationToken.None);

        foreach (var waiting in new[] { 0, 100_000 })
        {
            // messages that wait for a queue that is away, as an outage leaves them
            await database.AsPlatform().ExecuteAsync(
                """
                INSERT INTO outbox (tenant_id, id, queue, subject, body, created_at, due_at, retry_at)
                SELECT @TenantId, gen_random_uuid(), 'away', 'bench', '{}', @now, @now, @now + interval '1 day' FROM generate_series(1, @waiting)
                """,
                new { actor.TenantId, waiting, now = DateTimeOffset.UtcNow });
            await CompareAsync($"a write with a message that is sent, {waiting} others waiting, against the write alone, {Workers} at once", () => RateAsync(SendAsync), () => RateAsync(PlainAsync));
        }
        await database.AsPlatform().ExecuteAsync("DELETE FROM outbox WHERE queue = 'away'");
        var watch = Stopwatch.StartNew();
        const int Many = 20_000;
        await database.InTransaction(
            actor,
            async session =>
            {
                await outbox.AddManyAsync(session, actor.TenantId, Outbox.Notifications, "bench", [.. Enumerable.Range(0, Many).Select(i => (new Body($"{i}"), (DateTimeOffset?)null))]);
                return true;
            },
            CancellationToken.None);
        Console.WriteLine($"messages: {Many} messages of one transaction, written and sent: {Many / watch.Elapsed.TotalSeconds:0}/s");
    }

    private static async Task InboxAsync(EmulatedApp app, Database database, Tenant tenant, Actor actor, Guid[] places)
    {
        var inbox = app.Services.GetRequiredService<Inbox>();
        Task EffectAsync(Session session, int worker) => session.ExecuteAsync(Write, new { actor.TenantId, id = places[worker] });
        Task PlainAsync(int worker) => database.InTransaction(
            actor,
            async session =>
            {
                await EffectAsync(session, worker);
                return true;
            },
            CancellationToken.None);
        Task OnceAsync(int worker) => inbox.OnceAsync(new Delivery(tenant, Outbox.Notifications, Guid.NewGuid().ToString("N"), "bench", "{}"), session => EffectAsync(session, worker), CancellationToken.None);

        foreach (var known in new[] { 0, 1_000_000 })
        {
            const int Step = 50_000;
            for (var filled = 0; filled < known; filled += Step)
            {
                await database.AsPlatform().ExecuteAsync(
                    "INSERT INTO inbox (tenant_id, queue, message_id, handled_at) SELECT @TenantId, 'notifications', replace(gen_random_uuid()::text, '-', ''), @now FROM generate_series(1, @Step)",
                    new { actor.TenantId, Step, now = DateTimeOffset.UtcNow });
            }
            await CompareAsync($"an effect once by its message's id, {known} ids remembered, against the effect alone, {Workers} at once", () => RateAsync(OnceAsync), () => RateAsync(PlainAsync));
        }
    }

    private static async Task AuditAsync(Database database, Actor actor, Guid[] places)
    {
        await using var owner = await database.Source(DatabaseSettings.DefaultShard, DatabaseRole.Owner).OpenConnectionAsync();
        async Task<double> WithAsync(string trigger)
        {
            await using (var alter = new NpgsqlCommand($"ALTER TABLE institutions {trigger} TRIGGER audit", owner)) await alter.ExecuteNonQueryAsync();
            return await RateAsync(worker => database.InTransaction(actor, session => session.ExecuteAsync("UPDATE institutions SET website = gen_random_uuid()::text WHERE tenant_id = @TenantId AND id = @id", new { actor.TenantId, id = places[worker] }), CancellationToken.None));
        }
        await CompareAsync($"a write that the audit log remembers, against the same without its trigger, {Workers} at once", () => WithAsync("ENABLE"), () => WithAsync("DISABLE"));
        await WithAsync("ENABLE");
    }

    // on the server alone: a round trip would hide it
    private static async Task IntroductionAsync(Database database)
    {
        await using var connection = await database.Source(DatabaseSettings.DefaultShard, DatabaseRole.App).OpenConnectionAsync();
        async Task<double> MicrosecondsAsync(string call)
        {
            const int Calls = 200_000;
            await using var command = new NpgsqlCommand($"DO $$ BEGIN FOR i IN 1..{Calls} LOOP {call}; END LOOP; END $$", connection) { CommandTimeout = 120 };
            var watch = Stopwatch.StartNew();
            await command.ExecuteNonQueryAsync();
            return watch.Elapsed.TotalMicroseconds / Calls;
        }

        const string Tenant = "'0197c5a0-5c00-7000-8000-000000000001'::uuid";
        const string Trace = "'0af7651916cd43dd8448eb211c80319c'";
        foreach (var (what, call) in new[]
        {
            ("tenant, person and address", $"CALL act_as({Tenant}, {Tenant}, '192.0.2.1'::inet)"),
            ("and the time and the trace", $"CALL act_as({Tenant}, {Tenant}, '192.0.2.1'::inet, '2026-01-05 08:00Z'::timestamptz, {Trace})"),
            ("and the trace as application_name", $"CALL act_as({Tenant}, {Tenant}, '192.0.2.1'::inet, '2026-01-05 08:00Z'::timestamptz, {Trace}); PERFORM set_config('application_name', {Trace} || i, true)"),
        })
        {
            await MicrosecondsAsync(call);
            var times = new List<double>();
            for (var i = 0; i < Rounds; i++) times.Add(await MicrosecondsAsync(call));
            Console.WriteLine($"messages: the introduction with {what}: {times.Order().ElementAt(Rounds / 2):0.00} µs on the server");
        }
    }

    private static async Task RotationAsync(EmulatedApp app, Database database)
    {
        await database.AsPlatform().ExecuteAsync("UPDATE partition_policies SET ahead = 48, keep_active_months = NULL WHERE table_name = 'audit_log'");
        var rotate = app.Services.GetRequiredService<RotatePartitions>();
        var watch = Stopwatch.StartNew();
        var made = (await rotate.Run(CancellationToken.None)).Created.Count;
        var making = watch.Elapsed;
        var count = await database.AsPlatform().SingleAsync<long>("SELECT count(*) FROM partitions_of('audit_log')");
        var times = new List<double>();
        for (var i = 0; i < 20; i++)
        {
            watch.Restart();
            await rotate.Run(CancellationToken.None);
            times.Add(watch.Elapsed.TotalMilliseconds);
        }
        Console.WriteLine($"messages: a rotation that makes {made} monthly partitions: {making.TotalMilliseconds:0} ms; one over {count} that has nothing to do: {times.Order().ElementAt(10):0.0} ms (median of 20)");
    }

    private static async Task<double> RateAsync(Func<int, Task> work)
    {
        var counts = new long[Workers];
        var watch = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, Workers).Select(worker => Task.Run(async () =>
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
        await ours();
        await theirs();
        var pairs = new (double Ours, double Theirs)[Rounds];
        for (var i = 0; i < Rounds; i++) pairs[i] = (await ours(), await theirs());
        var ratios = pairs.Select(pair => pair.Ours / pair.Theirs).Order().ToArray();
        Console.WriteLine(
            $"messages: {what}: {pairs.Select(pair => pair.Ours).Order().ElementAt(Rounds / 2):0}/s against {pairs.Select(pair => pair.Theirs).Order().ElementAt(Rounds / 2):0}/s, ratio median {ratios[Rounds / 2]:0.00} (min {ratios[0]:0.00}, max {ratios[^1]:0.00})");
    }
}
