using System.Collections.Concurrent;
using System.Text.Json;
using Azure;
using Azure.Messaging.ServiceBus;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Microsoft.Extensions.Logging;
using Podium.Emulator.Clock;
using Podium.Emulator.Queues;
using Podium.Emulator.Runtime;

namespace Podium.Emulator.Blobs;

/// <summary>One blob function: runs once for each version of each blob its path means, again after a failure, and gives up in the end.</summary>
internal sealed partial class BlobFunction(
    FunctionDescriptor function, BlobPath path, BlobContainerClient container, FunctionInvoker invoker, BlobReceipts receipts, Broker broker,
    SemaphoreSlim slots, int tries, ILogger log) : IDisposable
{
    public const string PoisonQueue = "webjobs-blobtrigger-poison";

    // a blob that is being worked on; true once it was written again meanwhile
    private readonly ConcurrentDictionary<string, bool> _running = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _stopping = new();

    public FunctionDescriptor Function => function;

    public BlobPath Path => path;

    public BlobContainerClient Container => container;

    /// <summary>Looks at a blob that was written, unless the path does not mean it.</summary>
    public void Offer(string blob)
    {
        if (path.Match(blob) is not { } parts || _stopping.IsCancellationRequested) return;
        if (!_running.TryAdd(blob, false))
        {
            if (_running.TryUpdate(blob, true, false) || _running.ContainsKey(blob)) return;
            if (!_running.TryAdd(blob, false)) return; // somebody else was as quick
        }
        var work = broker.Tracker.Begin($"blob {container.Name}/{blob} for {function.Name}");
        _ = Task.Run(() => RunAsync(blob, parts, work));
    }

    /// <summary>Looks at a page of a listing; answers whether anything in it was new.</summary>
    public async Task<bool> OfferPageAsync(IReadOnlyList<BlobItem> page, CancellationToken cancellationToken)
    {
        var meant = page.Where(item => path.Match(item.Name) is not null).ToList();
        if (meant.Count == 0) return false;
        var known = await receipts.ReadAsync(function.Name, container.Name, [.. meant.Select(item => item.Name)], cancellationToken);
        var found = false;
        foreach (var item in meant)
        {
            if (known.TryGetValue(item.Name, out var receipt) && receipt.ETag == Plain(item.Properties.ETag) && receipt.State != BlobReceipts.State.Failed) continue;
            if (_running.ContainsKey(item.Name)) continue; // it will look again itself
            Offer(item.Name);
            found = true;
        }
        return found;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        while (!_running.IsEmpty && !cancellationToken.IsCancellationRequested) await Task.Delay(10, CancellationToken.None);
    }

    public void Dispose() => _stopping.Dispose();

    private async Task RunAsync(string blob, IReadOnlyDictionary<string, string> parts, WorkTracker.Work work)
    {
        using (work)
        {
            try
            {
                do
                {
                    _running[blob] = false;
                    await UntilDoneAsync(blob, parts, work);
                }
                while (!_running.TryRemove(new KeyValuePair<string, bool>(blob, false)));
            }
            catch (Exception error)
            {
                // the storage or the database is away, or we are stopping: the next look at the container finds it again
                _running.TryRemove(blob, out _);
                if (!_stopping.IsCancellationRequested) LogPutOff(log, error, blob, function.Name);
            }
        }
    }

    private async Task UntilDoneAsync(string blob, IReadOnlyDictionary<string, string> parts, WorkTracker.Work work)
    {
        while (true)
        {
            if (await PropertiesAsync(blob) is not { } properties)
            {
                await receipts.ForgetAsync(function.Name, container.Name, blob);
                return;
            }
            var etag = Plain(properties.ETag);
            var known = (await receipts.ReadAsync(function.Name, container.Name, [blob], _stopping.Token)).GetValueOrDefault(blob);
            if (known?.ETag != etag) known = null;
            if (known is { State: not BlobReceipts.State.Failed }) return;
            if (known?.NextTry is { } next && next > broker.Clock.GetUtcNow())
            {
                await work.SleepAsync(broker.Clock, next - broker.Clock.GetUtcNow(), _stopping.Token);
                continue; // it may have been overwritten or deleted meanwhile
            }
            if (await TryAsync(new TriggeredBlob(container, blob, parts, properties), etag, (known?.Attempts ?? 0) + 1)) return;
        }
    }

    // Answers whether this version is dealt with, one way or the other.
    private async Task<bool> TryAsync(TriggeredBlob blob, string etag, int attempt)
    {
        await slots.WaitAsync(_stopping.Token);
        try
        {
            await invoker.InvokeAsync(
                function,
                new Invocation { TriggerValue = blob, BindingData = () => BlobBinding.Data(blob), Reason = $"New blob detected: {container.Name}/{blob.Name}" },
                _stopping.Token);
            await receipts.WriteAsync(function.Name, container.Name, new(blob.Name, etag, BlobReceipts.State.Done, attempt, null));
            return true;
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            throw;
        }
        catch (RequestFailedException error) when (error.Status is 404 or 412)
        {
            return false; // deleted or overwritten between the look and the reading
        }
        catch (Exception error)
        {
            return await FailedAsync(blob, etag, attempt, error);
        }
        finally
        {
            slots.Release();
        }
    }

    private async Task<bool> FailedAsync(TriggeredBlob blob, string etag, int attempt, Exception error)
    {
        if (attempt < tries)
        {
            var next = broker.Clock.GetUtcNow() + TimeSpan.FromSeconds(Math.Pow(2, attempt - 1));
            await receipts.WriteAsync(function.Name, container.Name, new(blob.Name, etag, BlobReceipts.State.Failed, attempt, next));
            return false;
        }
        LogPoison(log, error, blob.Name, function.Name, attempt, PoisonQueue);
        var message = new
        {
            Type = "BlobTrigger",
            FunctionId = $"Host.Functions.{function.Name}",
            BlobType = blob.Properties.BlobType == BlobType.Block ? "BlockBlob" : $"{blob.Properties.BlobType}Blob",
            ContainerName = container.Name,
            BlobName = blob.Name,
            ETag = $"\"{etag}\"",
        };
        await broker.SendAsync(PoisonQueue, [new ServiceBusMessage(JsonSerializer.Serialize(message)) { ContentType = "application/json" }], null, CancellationToken.None);
        await receipts.WriteAsync(function.Name, container.Name, new(blob.Name, etag, BlobReceipts.State.Poison, attempt, null));
        return true;
    }

    private async Task<BlobProperties?> PropertiesAsync(string blob)
    {
        try
        {
            return (await container.GetBlobClient(blob).GetPropertiesAsync(cancellationToken: _stopping.Token)).Value;
        }
        catch (RequestFailedException error) when (error.Status == 404)
        {
            return null;
        }
    }

    private static string Plain(ETag? etag) => etag?.ToString().Trim('"') ?? "";

    [LoggerMessage(40, LogLevel.Warning, "Blob '{Blob}' could not be worked on by '{Function}' now; it will be looked at again.")]
    private static partial void LogPutOff(ILogger logger, Exception error, string blob, string function);

    [LoggerMessage(41, LogLevel.Error, "Blob '{Blob}' failed in '{Function}' {Attempts} times and is given up: a message is on '{Queue}'.")]
    private static partial void LogPoison(ILogger logger, Exception error, string blob, string function, int attempts, string queue);
}
