using System.Net.Http.Json;
using System.Text.Json;
using Azure.Messaging.ServiceBus;
using Azure.Storage.Blobs;
using Npgsql;
using Podium.Emulator.Queues;
using Podium.Tests.Harness;

namespace Podium.Tests.Emulator;

/// <summary>
/// Kills the app's process twenty times at random points of one workload, and then counts every effect. At-least-once is
/// what Azure promises: nothing may be missing, and only what was in flight at a kill may have run again.
/// </summary>
public sealed class CrashTests
{
    private const int Kills = 20;
    private const int Concurrency = 4; // Podium.CrashApp's host.json

    [Fact]
    public async Task Twenty_kills_in_an_orchestration_fan_out_lose_nothing_and_repeat_only_activities_in_flight()
    {
        const int Activities = 1500;
        const int Waves = Activities / 25;
        await using var run = await CrashRun.StartAsync();
        await run.KillRepeatedlyAsync(app => app.Http.PostAsync($"api/start/{Activities}", null), "activity", Activities + Waves);

        await using var last = await run.LaunchAsync();
        var status = await run.UntilAsync("the orchestration has finished", last, async () =>
        {
            var answer = await last.Http.GetAsync(await run.StatusUriAsync());
            return answer.StatusCode == System.Net.HttpStatusCode.OK ? await answer.Content.ReadFromJsonAsync<JsonElement>() : (JsonElement?)null;
        });

        Assert.Equal("Completed", status!.Value.GetProperty("runtimeStatus").GetString());
        Assert.Equal(Activities, status.Value.GetProperty("output").GetInt32());
        await run.AssertEffectsAsync("activity", Activities + Waves);
    }

    [Fact]
    public async Task Twenty_kills_in_a_queue_batch_lose_nothing_and_repeat_only_messages_in_flight()
    {
        const int Messages = 8000;
        await using var run = await CrashRun.StartAsync();
        await run.KillRepeatedlyAsync(async app =>
        {
            await using var bus = new ServiceBusClient(EmulatedServiceBus.ConnectionString(run.Postgres));
            await using var sender = bus.CreateSender("work");
            foreach (var chunk in Enumerable.Range(0, Messages).Chunk(500))
            {
                await sender.SendMessagesAsync(chunk.Select(i => new ServiceBusMessage($"{i}") { MessageId = $"{i}" }));
                // the first app makes the queue, and must leave something for those that follow
                if (chunk[0] == 0) app.Kill();
            }
        }, "message", Messages);

        await using var last = await run.LaunchAsync();
        await run.UntilAsync("all messages were worked on", last, () => run.AllDoneAsync("message", Messages));
        await run.UntilAsync("the queue is empty", last, () => run.IsEmptyAsync("work"));
        await run.AssertEffectsAsync("message", Messages);
    }

    [Fact]
    public async Task Twenty_kills_among_blob_triggers_lose_nothing_and_repeat_only_blobs_in_flight()
    {
        const int Blobs = 400;
        await using var run = await CrashRun.StartAsync();
        // all are there before any app is: on a slow machine a running one would keep up with the uploads and leave nothing to kill
        var inbox = new BlobServiceClient(run.Storage).GetBlobContainerClient("inbox");
        await inbox.CreateIfNotExistsAsync();
        await Parallel.ForEachAsync(Enumerable.Range(0, Blobs), new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (i, token) =>
            await inbox.UploadBlobAsync($"{i}", BinaryData.FromString("content"), token));
        await run.KillRepeatedlyAsync(_ => Task.CompletedTask, "blob", Blobs);

        await using var last = await run.LaunchAsync();
        await run.UntilAsync("all blobs were worked on", last, () => run.AllDoneAsync("blob", Blobs));
        await run.AssertEffectsAsync("blob", Blobs);
    }

    private sealed class CrashRun(TestServers.Lease lease) : IAsyncDisposable
    {
        private readonly Random _random = new(20261120);
        private readonly NpgsqlDataSource _database = NpgsqlDataSource.Create(lease.Postgres);

        public string Postgres => lease.Postgres;

        public string Storage => lease.Storage;

        public static async Task<CrashRun> StartAsync()
        {
            var run = new CrashRun(await TestServers.Current.LeaseAsync());
            await using var create = run._database.CreateCommand("CREATE TABLE effects (kind text NOT NULL, key text NOT NULL)");
            await create.ExecuteNonQueryAsync();
            return run;
        }

        public Task<ProcessApp> LaunchAsync() => ProcessApp.StartAsync(BuiltApp.CrashApp, Settings);

        // The first run gets the workload; every run is killed a random while after it is ready, the later ones also while starting, and each before it can have done its part of the work,
        // however fast the machine is.
        public async Task KillRepeatedlyAsync(Func<ProcessApp, Task> load, string kind, int expected)
        {
            await using (var first = await LaunchAsync())
            {
                var allowed = await AllowedAsync(kind, expected);
                await load(first);
                await first.KillAsync(Task.CompletedTask, _random.Next(1, 60), async () => await DoneAsync(kind) >= allowed);
            }
            var inTheMiddle = 0;
            for (var kill = 1; kill < Kills; kill++)
            {
                await using var app = ProcessApp.Launch(BuiltApp.CrashApp, Settings, "--port", "0");
                var allowed = await AllowedAsync(kind, expected);
                var (ready, wait) = kill % 5 == 0 ? (Task.CompletedTask, 900) : (app.ReadyAsync(), 60);
                await app.KillAsync(ready, _random.Next(1, wait), async () => await DoneAsync(kind) >= allowed);
                if (!await AllDoneAsync(kind, expected)) inTheMiddle++;
            }
            // a workload that ended early would prove nothing
            Assert.True(inTheMiddle >= Kills / 2, $"Only {inTheMiddle} of {Kills} kills met unfinished work.");
        }

        private async Task<long> AllowedAsync(string kind, int expected) => await DoneAsync(kind) + _random.Next(1, Math.Max(2, expected / Kills));

        private Task<long> DoneAsync(string kind) => ScalarAsync<long>($"SELECT count(*) FROM effects WHERE kind = '{kind}'");

        public async Task<T> UntilAsync<T>(string what, ProcessApp app, Func<Task<T>> look)
        {
            var started = System.Diagnostics.Stopwatch.StartNew();
            while (true)
            {
                if (await look() is { } found && found is not false) return found;
                if (started.Elapsed > TimeSpan.FromSeconds(60)) throw new TimeoutException($"Waited in vain until {what}. The app said:\n{app.Output}");
                await Task.Delay(50);
            }
        }

        public async Task<Uri> StatusUriAsync()
        {
            var key = await ScalarAsync<string>("SELECT value FROM emulator.keys WHERE name = 'durabletask'");
            return new Uri($"runtime/webhooks/durabletask/instances/fan-out?code={key}", UriKind.Relative);
        }

        public async Task<bool> AllDoneAsync(string kind, int expected) =>
            await ScalarAsync<long>($"SELECT count(DISTINCT key) FROM effects WHERE kind = '{kind}'") == expected;

        public async Task<bool> IsEmptyAsync(string queue)
        {
            await using var bus = new ServiceBusClient(EmulatedServiceBus.ConnectionString(Postgres));
            return await bus.CreateReceiver(queue).PeekMessageAsync() is null;
        }

        public async Task AssertEffectsAsync(string kind, int expected)
        {
            Assert.Equal(expected, await ScalarAsync<long>($"SELECT count(DISTINCT key) FROM effects WHERE kind = '{kind}'"));
            var repeated = await ScalarAsync<long>($"SELECT count(*) - count(DISTINCT key) FROM effects WHERE kind = '{kind}'");
            Assert.InRange(repeated, 0, Kills * Concurrency);
        }

        public async ValueTask DisposeAsync()
        {
            await _database.DisposeAsync();
            await lease.DisposeAsync();
        }

        private Dictionary<string, string?> Settings => new() { ["Postgres"] = lease.Postgres, ["AzureWebJobsStorage"] = lease.Storage, ["Schedule"] = "0 0 0 1 1 *" };

        private async Task<T> ScalarAsync<T>(string sql)
        {
            await using var command = _database.CreateCommand(sql);
            return (T)(await command.ExecuteScalarAsync())!;
        }
    }
}
