using System.Collections.Concurrent;
using System.Diagnostics;
using Azure.Storage.Blobs;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Podium.Emulator.Blobs;

namespace Podium.Benchmarks;

/// <summary>From the end of an upload to the function's start, in a container that already holds many blobs.</summary>
public static class BlobBenchmark
{
    internal static async Task RunAsync(BenchServers servers)
    {
        await using var app = await servers.StartAppAsync(null, typeof(Functions));
        var hints = app.Services.GetRequiredService<BlobHints>();
        hints.Connected = true;
        servers.Embedded.BlobWritten += write => hints.Report(write.Account, write.Container, write.Blob);
        var container = new BlobServiceClient(app.Services.GetRequiredService<IConfiguration>()["Storage"]).GetBlobContainerClient("bench");
        var existing = 0;
        foreach (var size in new[] { 100, 1000 })
        {
            for (; existing < size; existing++) await UploadAsync(container, $"old-{existing}");
            var latencies = new List<double>();
            for (var i = 0; i < 30; i++) latencies.Add(await UploadAsync(container, $"new-{size}-{i}"));
            latencies.Sort();
            Console.WriteLine($"blobs: with {size} blobs there, upload to function median {latencies[15]:0} ms, slowest {latencies[^1]:0} ms");
        }
    }

    private static async Task<double> UploadAsync(BlobContainerClient container, string name)
    {
        var seen = Functions.Seen.GetOrAdd(name, _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        await container.UploadBlobAsync(name, BinaryData.FromString("x"));
        var watch = Stopwatch.StartNew();
        await seen.Task.WaitAsync(TimeSpan.FromSeconds(30));
        return watch.Elapsed.TotalMilliseconds;
    }

    public static class Functions
    {
        public static readonly ConcurrentDictionary<string, TaskCompletionSource> Seen = new();

        [Function("See")]
        public static void See([BlobTrigger("bench/{name}", Connection = "Storage")] string content, string name)
        {
            _ = content;
            Seen.GetOrAdd(name, _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
        }
    }
}
