using System.Diagnostics;
using Azure.Messaging.ServiceBus;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Podium.Benchmarks;

/// <summary>Messages sent in batches of 100 and worked on by a queue function, end to end, at one load and at ten times that.</summary>
public static class QueueBenchmark
{
    private const string Queues = """
        { "UserConfig": { "Namespaces": [ { "Name": "bench", "Queues": [ { "Name": "bench", "Properties": {
          "DeadLetteringOnMessageExpiration": false, "DefaultMessageTimeToLive": "P1D", "DuplicateDetectionHistoryTimeWindow": "PT10M",
          "LockDuration": "PT1M", "MaxDeliveryCount": 10, "RequiresDuplicateDetection": false, "RequiresSession": false } } ] } ] } }
        """;

    internal static async Task RunAsync(BenchServers servers)
    {
        await using var app = await servers.StartAppAsync(Queues, typeof(Functions));
        var bus = new ServiceBusClient(app.Services.GetRequiredService<IConfiguration>()["ServiceBus"]!);
        await OnceAsync(bus, 1000); // warm
        foreach (var count in new[] { 2_000, 20_000 })
        {
            var seconds = await OnceAsync(bus, count);
            Console.WriteLine($"queue: {count} messages end to end, {count / seconds:0} messages/s");
        }
    }

    private static async Task<double> OnceAsync(ServiceBusClient bus, int count)
    {
        Functions.Expect(count);
        var watch = Stopwatch.StartNew();
        await using var sender = bus.CreateSender("bench");
        foreach (var chunk in Enumerable.Range(0, count).Chunk(100))
            await sender.SendMessagesAsync(chunk.Select(i => new ServiceBusMessage($"{i}")));
        await Functions.AllDone;
        return watch.Elapsed.TotalSeconds;
    }

    public static class Functions
    {
        private static int Left;
        private static TaskCompletionSource Done = new();

        public static Task AllDone => Done.Task;

        public static void Expect(int count)
        {
            Left = count;
            Done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        [Function("Take")]
        public static void Take([ServiceBusTrigger("bench", Connection = "ServiceBus")] string body)
        {
            _ = body;
            if (Interlocked.Decrement(ref Left) == 0) Done.TrySetResult();
        }
    }
}
