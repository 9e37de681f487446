using System.Diagnostics;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.DependencyInjection;

namespace Podium.Benchmarks;

/// <summary>Orchestrations of ten activities in a row, at one load and at ten times that.</summary>
public static class DurableBenchmark
{
    private const int Steps = 10;

    internal static async Task RunAsync(BenchServers servers)
    {
        await using var app = await servers.StartAppAsync(null, typeof(Functions));
        var client = app.Services.GetRequiredService<DurableTaskClient>();
        await OnceAsync(client, 50); // warm
        foreach (var count in new[] { 50, 500 })
        {
            var seconds = await OnceAsync(client, count);
            Console.WriteLine($"durable: {count} orchestrations of {Steps} activities at once, {count * Steps / seconds:0} activity steps/s");
        }
    }

    private static async Task<double> OnceAsync(DurableTaskClient client, int count)
    {
        var watch = Stopwatch.StartNew();
        var ids = await Task.WhenAll(Enumerable.Range(0, count).Select(_ => client.ScheduleNewOrchestrationInstanceAsync("Chain")));
        foreach (var id in ids)
        {
            var done = await client.WaitForInstanceCompletionAsync(id);
            if (done.RuntimeStatus != OrchestrationRuntimeStatus.Completed) throw new InvalidOperationException($"{id} ended as {done.RuntimeStatus}.");
        }
        return watch.Elapsed.TotalSeconds;
    }

    public static class Functions
    {
        [Function("Chain")]
        public static async Task<int> Chain([OrchestrationTrigger] TaskOrchestrationContext context)
        {
            var sum = 0;
            for (var i = 0; i < Steps; i++) sum = await context.CallActivityAsync<int>("Add", sum);
            return sum;
        }

        [Function("Add")]
        public static int Add([ActivityTrigger] int number) => number + 1;
    }
}
