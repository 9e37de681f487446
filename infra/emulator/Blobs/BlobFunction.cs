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

    // at most one look at a blob at a time
    private readonly Dictionary<string, Look> _looks = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _stopping = new();

    public FunctionDescriptor Function => function;

    public BlobPath Path => path;

    public BlobContainerClient Container => container;

    /// <summary>Looks at a blob that was written, unless the path does not mean it.</summary>
    public void Offer(string blob)
    {
        if (path.Match(blob) is not { } parts || _stopping.IsCancellationRequested) return;
        bool known;
        Look? look;
        WorkTracker.Work work;
        lock (_gate)
        {
            known = _looks.TryGetValue(blob, out look);
            if (known && look!.Sleep is null)
            {
                look.WrittenAgain = true;
                return;
            }
            if (!known) _looks.Add(blob, look = new Look());
            work = broker.Tracker.Begin($"blob {container.Name}/{blob} for {function.Name}");
        }
        _ = Task.Run(() => known ? WakeForNewVersionAsync(blob, look!, work) : RunAsync(blob, parts, look!, work));
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
            var receipt = known.GetValueOrDefault(item.Name);
            if (receipt?.ETag != Plain(item.Properties.ETag)) receipt = null;
            if (receipt is { State: not BlobReceipts.State.Failed }) continue;
            if (receipt is not null && IsLookedAt(item.Name)) continue; // its next try is waited for
            Offer(item.Name);
            found = true;
        }
        return found;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        while (IsBusy() && !cancellationToken.IsCancellationRequested) await Task.Delay(10, CancellationToken.None);
    }

    public void Dispose() => _stopping.Dispose();

    private bool IsBusy()
    {
        lock (_gate) return _looks.Count > 0;
    }

    private bool IsLookedAt(string blob)
    {
        lock (_gate) return _looks.ContainsKey(blob);
    }

    private async Task RunAsync(string blob, IReadOnlyDictionary<string, string> parts, Look look, WorkTracker.Work work)
    {
        using (work)
        {
            try
            {
                do await UntilDoneAsync(blob, parts, look, work);
                while (!Finish(blob, look));
            }
            catch (Exception error)
            {
                // the storage or the database is away, or we are stopping: the next look at the container finds it again
                lock (_gate) _looks.Remove(blob);
                if (!_stopping.IsCancellationRequested) LogPutOff(log, error, blob, function.Name);
            }
        }
    }

    // A new version does not wait for the next try of the old one; a late word of the old one leaves its wait alone.
    private async Task WakeForNewVersionAsync(string blob, Look look, WorkTracker.Work work)
    {
        using (work)
        {
            try
            {
                var etag = Plain((await PropertiesAsync(blob))?.ETag);
                lock (_gate)
                {
                    if (etag != look.ETag) look.Sleep?.Cancel();
                }
            }
            catch (Exception error)
            {
                if (!_stopping.IsCancellationRequested) LogPutOff(log, error, blob, function.Name);
            }
        }
    }

    private bool Finish(string blob, Look look)
    {
        lock (_gate) return !look.WrittenAgain && _looks.Remove(blob);
    }

    private async Task UntilDoneAsync(string blob, IReadOnlyDictionary<string, string> parts, Look look, WorkTracker.Work work)
    {
        while (true)
        {
            lock (_gate) look.WrittenAgain = false;
            DateTimeOffset? again;
            await slots.WaitAsync(_stopping.Token);
            try
            {
                again = await LookAsync(blob, parts, look);
            }
            finally
            {
                slots.Release();
            }
            if (again is not { } instant) return;
            await SleepUntilAsync(instant, look, work);
        }
    }

    // Answers when to look again; null where the version that is there now is dealt with.
    private async Task<DateTimeOffset?> LookAsync(string blob, IReadOnlyDictionary<string, string> parts, Look look)
    {
        if (await PropertiesAsync(blob) is not { } properties)
        {
            await receipts.ForgetAsync(function.Name, container.Name, blob);
            return null;
        }
        var etag = look.ETag = Plain(properties.ETag);
        var known = (await receipts.ReadAsync(function.Name, container.Name, [blob], _stopping.Token)).GetValueOrDefault(blob);
        if (known?.ETag != etag) known = null;
        if (known is { State: not BlobReceipts.State.Failed }) return null;
        if (known?.NextTry is { } next && next > broker.Clock.GetUtcNow()) return next;
        return await TryAsync(new TriggeredBlob(container, blob, parts, properties), etag, (known?.Attempts ?? 0) + 1);
    }

    private async Task SleepUntilAsync(DateTimeOffset instant, Look look, WorkTracker.Work work)
    {
        using var sleep = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
        lock (_gate)
        {
            if (look.WrittenAgain) return;
            look.Sleep = sleep;
        }
        try
        {
            await work.SleepAsync(broker.Clock, instant - broker.Clock.GetUtcNow(), sleep.Token);
        }
        catch (OperationCanceledException) when (!_stopping.IsCancellationRequested)
        {
            // there is a new version to look at
        }
        finally
        {
            lock (_gate) look.Sleep = null;
        }
    }

    private async Task<DateTimeOffset?> TryAsync(TriggeredBlob blob, string etag, int attempt)
    {
        try
        {
            await invoker.InvokeAsync(
                function,
                new Invocation { TriggerValue = blob, BindingData = () => BlobBinding.Data(blob), Reason = $"New blob detected: {container.Name}/{blob.Name}" },
                _stopping.Token);
        }
        catch (Exception error) when (!_stopping.IsCancellationRequested) // what our stop interrupts is no try
        {
            return await FailedAsync(blob, etag, attempt, error);
        }
        await receipts.WriteAsync(function.Name, container.Name, new(blob.Name, etag, BlobReceipts.State.Done, attempt, null));
        return null;
    }

    private async Task<DateTimeOffset?> FailedAsync(TriggeredBlob blob, string etag, int attempt, Exception error)
    {
        var now = broker.Clock.GetUtcNow();
        if (error is RequestFailedException { Status: 404 or 412 } && Plain((await PropertiesAsync(blob.Name))?.ETag) != etag)
            return now; // no fault of the function: the blob was deleted or overwritten under it
        if (attempt < tries)
        {
            var next = now + TimeSpan.FromSeconds(Math.Pow(2, attempt - 1));
            await receipts.WriteAsync(function.Name, container.Name, new(blob.Name, etag, BlobReceipts.State.Failed, attempt, next));
            return next;
        }
        LogPoison(log, error, blob.Name, function.Name, attempt, PoisonQueue);
        await broker.SendAsync(PoisonQueue, [PoisonMessage(blob, etag)], null, CancellationToken.None);
        await receipts.WriteAsync(function.Name, container.Name, new(blob.Name, etag, BlobReceipts.State.Poison, attempt, null));
        return null;
    }

    private ServiceBusMessage PoisonMessage(TriggeredBlob blob, string etag)
    {
        var message = new
        {
            Type = "BlobTrigger",
            FunctionId = $"Host.Functions.{function.Name}",
            BlobType = $"{blob.Properties.BlobType}Blob",
            ContainerName = container.Name,
            BlobName = blob.Name,
            ETag = $"\"{etag}\"",
        };
        return new ServiceBusMessage(JsonSerializer.Serialize(message)) { ContentType = "application/json" };
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

    // one blob on its way through the function
    private sealed class Look
    {
        /// <summary>The version last looked at.</summary>
        public string? ETag { get; set; }

        /// <summary>Since the last look began.</summary>
        public bool WrittenAgain { get; set; }

        /// <summary>The wait for the next try, while there is one.</summary>
        public CancellationTokenSource? Sleep { get; set; }
    }

    [LoggerMessage(40, LogLevel.Warning, "Blob '{Blob}' could not be worked on by '{Function}' now; it will be looked at again.")]
    private static partial void LogPutOff(ILogger logger, Exception error, string blob, string function);

    [LoggerMessage(41, LogLevel.Error, "Blob '{Blob}' failed in '{Function}' {Attempts} times and is given up: a message is on '{Queue}'.")]
    private static partial void LogPoison(ILogger logger, Exception error, string blob, string function, int attempts, string queue);
}
