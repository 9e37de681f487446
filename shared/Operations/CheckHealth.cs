using System.Diagnostics;
using Azure.Messaging.ServiceBus;
using Azure.Storage.Blobs;
using Microsoft.Extensions.Logging;
using Podium.Platform.Databases;

namespace Podium.Operations;

/// <summary>Asks each part the app cannot work without whether it answers.</summary>
public sealed partial class CheckHealth(Database database, BlobServiceClient storage, ServiceBusClient bus, ILogger<CheckHealth> log)
{
    // a probe that takes longer than this is of no use to a load balancer
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    public sealed record Part(string Name, bool Healthy, long Milliseconds, string? Error);

    public sealed record Result(bool Healthy, IReadOnlyList<Part> Parts);

    public async Task<Result> Run(CancellationToken cancellationToken)
    {
        var parts = await Task.WhenAll(
            CheckAsync("postgresql", AskDatabaseAsync, cancellationToken),
            CheckAsync("storage", AskStorageAsync, cancellationToken),
            CheckAsync("queue", AskQueueAsync, cancellationToken));
        return new Result(parts.All(part => part.Healthy), parts);
    }

    private async Task AskDatabaseAsync(CancellationToken cancellationToken)
    {
        foreach (var shard in database.Shards) await database.AsPlatform(shard).SingleAsync<int>("SELECT 1", null, cancellationToken);
    }

    private async Task AskStorageAsync(CancellationToken cancellationToken)
    {
        if (!await storage.GetBlobContainerClient(SelfCheck.Container).ExistsAsync(cancellationToken))
            throw new InvalidOperationException($"There is no container '{SelfCheck.Container}'.");
    }

    private async Task AskQueueAsync(CancellationToken cancellationToken)
    {
        await using var receiver = bus.CreateReceiver(SelfCheck.Queue);
        await receiver.PeekMessageAsync(cancellationToken: cancellationToken);
    }

    private async Task<Part> CheckAsync(string name, Func<CancellationToken, Task> ask, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Patience);
        try
        {
            await ask(limit.Token).WaitAsync(Patience, cancellationToken);
            return new Part(name, true, Elapsed(started), null);
        }
        catch (Exception error) when (!cancellationToken.IsCancellationRequested)
        {
            LogUnhealthy(log, error, name);
            // the reason's kind only: a message may name hosts and accounts
            return new Part(name, false, Elapsed(started), error is OperationCanceledException or TimeoutException
                ? $"No answer within {Patience.TotalSeconds:0} seconds."
                : $"{error.GetType().Name}; see the log.");
        }
    }

    private static long Elapsed(long started) => (long)Stopwatch.GetElapsedTime(started).TotalMilliseconds;

    [LoggerMessage(200, LogLevel.Warning, "{Part} is not healthy.")]
    private static partial void LogUnhealthy(ILogger logger, Exception error, string part);
}
