using System.Reflection;
using Azure;
using Azure.Storage.Blobs;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;
using Podium.Emulator.Clock;
using Podium.Emulator.Hosting;
using Podium.Emulator.Queues;
using Podium.Emulator.Runtime;

namespace Podium.Emulator.Blobs;

/// <summary>Blob triggers: told of writes by hints, and sure of them by scans.</summary>
internal sealed partial class BlobTriggerKind(
    FunctionInvoker invoker, BlobReceipts receipts, QueueHost queues, BlobHints hints, EmulatorSettings settings, HostJson host,
    WorkTracker tracker, TimeProvider clock, ILogger<BlobTriggerKind> log) : ITriggerKind, IDisposable
{
    private static readonly TimeSpan ScanAlone = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan ScanBesideHints = TimeSpan.FromSeconds(10);

    private readonly List<BlobFunction> _functions = [];
    private readonly Dictionary<FunctionDescriptor, BlobPath> _paths = [];
    private readonly SemaphoreSlim _slots = new(host.MaxDegreeOfParallelism, host.MaxDegreeOfParallelism);
    private readonly SemaphoreSlim _scanning = new(1, 1);
    private readonly CancellationTokenSource _stopping = new();
    private Task _loop = Task.CompletedTask;

    public Type AttributeType => typeof(BlobTriggerAttribute);

    public ParameterBinder Add(FunctionDescriptor function)
    {
        var trigger = (BlobTriggerAttribute)function.Trigger;
        var path = BlobPath.Parse(settings.Resolve(trigger.BlobPath, function.Name), function.Name);
        _paths[function] = path;
        if (!function.Disabled)
        {
            _functions.Add(new BlobFunction(
                function, path, Service(trigger, function).GetBlobContainerClient(path.Container), invoker, receipts, queues.Broker, _slots, host.PoisonBlobThreshold, log));
        }
        return BlobBinding.For(function.TriggerParameter);
    }

    public ParameterBinder? BindOther(FunctionDescriptor function, ParameterInfo parameter) => BlobBinding.ForOther(parameter);

    public string Describe(FunctionDescriptor function) => $"blobTrigger {_paths[function].Text}";

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (_functions.Count == 0) return;
        await queues.Broker.DeclareAsync([new QueueProperties(BlobFunction.PoisonQueue)], cancellationToken);
        await CreateContainersAsync(cancellationToken);
        hints.Reported += OnReported;
        tracker.AddSweep(ScanAsync);
        if (clock == TimeProvider.System) _loop = Task.Run(ScanLoopAsync, CancellationToken.None);
        else await ScanAsync(cancellationToken); // on a virtual clock the sweeps look, whenever it wants to move
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        hints.Reported -= OnReported;
        await _stopping.CancelAsync();
        await _loop;
        await Task.WhenAll(_functions.Select(function => function.StopAsync(cancellationToken)));
    }

    public void Dispose()
    {
        foreach (var function in _functions) function.Dispose();
        _slots.Dispose();
        _scanning.Dispose();
        _stopping.Dispose();
    }

    private BlobServiceClient Service(BlobTriggerAttribute trigger, FunctionDescriptor function)
    {
        var name = string.IsNullOrEmpty(trigger.Connection) ? EmulatorSettings.WebJobsStorage : trigger.Connection;
        var connection = settings.Connection(name)
            ?? throw new EmulatorException($"Function '{function.Name}' names the connection '{name}', but there is no such setting: add it to Values in local.settings.json, or use Storage, which the emulator provides.");
        try
        {
            return new BlobServiceClient(connection);
        }
        catch (FormatException error)
        {
            throw new EmulatorException($"The connection '{name}' of function '{function.Name}' is not a storage connection string: {error.Message}", error);
        }
    }

    private async Task CreateContainersAsync(CancellationToken cancellationToken)
    {
        foreach (var container in _functions.Select(function => function.Container).DistinctBy(container => container.Uri))
        {
            try
            {
                await container.CreateIfNotExistsAsync(cancellationToken: cancellationToken);
            }
            catch (Exception error) when (error is RequestFailedException or AggregateException)
            {
                throw new EmulatorException($"The storage account at {container.Uri.GetLeftPart(UriPartial.Authority)} does not answer: {error.GetBaseException().Message} Start it, or leave {EmulatorSettings.WebJobsStorage} empty to have one started.", error);
            }
        }
    }

    private void OnReported(string account, string container, string blob)
    {
        foreach (var function in _functions)
        {
            if (function.Container.Name == container && function.Container.AccountName == account) function.Offer(blob);
        }
    }

    private async Task ScanLoopAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                await ScanAsync(_stopping.Token);
                // storage lives in real time, whatever the emulator's clock says
                await Task.Delay(hints.Connected ? ScanBesideHints : ScanAlone, _stopping.Token);
            }
            catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception error)
            {
                LogNotScanned(log, error);
                await Task.Delay(ScanAlone);
            }
        }
    }

    private async Task<bool> ScanAsync(CancellationToken cancellationToken)
    {
        if (_stopping.IsCancellationRequested) return false;
        await _scanning.WaitAsync(cancellationToken);
        try
        {
            var found = false;
            foreach (var watch in _functions.GroupBy(function => (function.Container.Uri, function.Path.Prefix)))
                found |= await ScanAsync(watch.First().Container, watch.Key.Prefix, [.. watch], cancellationToken);
            return found;
        }
        finally
        {
            _scanning.Release();
        }
    }

    private static async Task<bool> ScanAsync(BlobContainerClient container, string prefix, BlobFunction[] functions, CancellationToken cancellationToken)
    {
        var found = false;
        try
        {
            await foreach (var page in container.GetBlobsAsync(prefix: prefix.Length == 0 ? null : prefix, cancellationToken: cancellationToken).AsPages())
            {
                foreach (var function in functions) found |= await function.OfferPageAsync(page.Values, cancellationToken);
            }
        }
        catch (RequestFailedException error) when (error.Status == 404)
        {
            // somebody deleted the container; the others are scanned all the same
        }
        return found;
    }

    [LoggerMessage(42, LogLevel.Warning, "The watched containers could not be scanned; trying again.")]
    private static partial void LogNotScanned(ILogger logger, Exception error);
}
