using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Podium.Emulator.Clock;
using Podium.Emulator.Hosting;

namespace Podium.Emulator.Durable;

/// <summary>
/// Runs orchestrations and activities. The tables are the truth; memory is an index of what is live, rebuilt at the start.
/// Every step is committed first and then made known in memory, so nothing ever acts on what a crash could undo.
/// </summary>
internal sealed partial class DurableEngine : IDisposable
{
    private readonly DurableStore _store;
    private readonly Journal _journal;
    private readonly HistoryCache _cache;
    private readonly OrchestratorRunner _orchestrators;
    private readonly ActivityRunner _activities;
    private readonly HostJson _host;
    private readonly TimeProvider _clock;
    private readonly WorkTracker _tracker;
    private readonly ILogger _log;
    private readonly Alarm _alarm;
    private readonly ConcurrentDictionary<string, Instance> _live = new(StringComparer.Ordinal);
    private readonly Channel<Instance> _ready = Channel.CreateUnbounded<Instance>();
    private readonly Channel<(ActivityWork Work, WorkTracker.Work Busy)> _work = Channel.CreateUnbounded<(ActivityWork, WorkTracker.Work)>();
    private readonly TaskCompletionSource _loaded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _stopping = new();
    private readonly CancellationTokenSource _abort = new();
    private Task _loops = Task.CompletedTask;
    private Task? _start;
    private long _lastId;

    public DurableEngine(
        DurableStore store,
        Journal journal,
        InstanceQueries queries,
        OrchestratorRunner orchestrators,
        ActivityRunner activities,
        HostJson host,
        TimeProvider clock,
        WorkTracker tracker,
        ILogger<DurableEngine> log)
    {
        _store = store;
        _journal = journal;
        Queries = queries;
        _cache = new HistoryCache(store);
        _orchestrators = orchestrators;
        _activities = activities;
        _host = host;
        _clock = clock;
        _tracker = tracker;
        _log = log;
        _alarm = new Alarm(clock, tracker, Deliver);
    }

    /// <summary>What the tables say about instances.</summary>
    public InstanceQueries Queries { get; }

    /// <summary>How many instances are live.</summary>
    public int LiveCount => _live.Count;

    /// <summary>The history of an instance's current execution.</summary>
    public async Task<IReadOnlyList<DurableEvent>> HistoryAsync(DurableInstance instance, CancellationToken cancellationToken) =>
        (await _store.LoadExecutionAsync(instance.InstanceId, instance.ExecutionId, cancellationToken)).History;

    /// <summary>Takes up what is live and begins to work. Both trigger kinds ask for it; the first one does it.</summary>
    public Task StartAsync(CancellationToken cancellationToken) => _start ??= StartOnceAsync(cancellationToken);

    /// <summary>Takes no new work and waits for what runs, until the token says to give up.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_stopping.IsCancellationRequested) return;
        await _stopping.CancelAsync();
        try
        {
            await _loops.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            await _abort.CancelAsync(); // what is unfinished begins anew at the next start
        }
        await _journal.StopAsync(cancellationToken);
    }

    public void Dispose()
    {
        _alarm.Dispose();
        _stopping.Dispose();
        _abort.Dispose();
    }

    private async Task StartOnceAsync(CancellationToken cancellationToken)
    {
        using var busy = _tracker.Begin("durable start");
        var state = await _store.LoadAsync(cancellationToken);
        _lastId = Math.Max(
            state.Messages.Select(message => message.Id).DefaultIfEmpty().Max(), state.Activities.Select(work => work.Id).DefaultIfEmpty().Max());
        _journal.Start();
        foreach (var instance in state.Instances) _live[instance.Id] = instance;
        foreach (var message in state.Messages)
        {
            if (message.Content.Kind == DurableEventKind.TimerFired) _live[message.InstanceId].AddTimer(message);
            _alarm.Add(message);
        }
        foreach (var work in state.Activities) Enqueue(work);
        _loaded.SetResult();
        _loops = Task.WhenAll(
        [
            .. Enumerable.Range(0, _host.MaxConcurrentOrchestratorFunctions).Select(_ => Task.Run(RunTurnsAsync, CancellationToken.None)),
            .. Enumerable.Range(0, _host.MaxConcurrentActivityFunctions).Select(_ => Task.Run(RunActivitiesAsync, CancellationToken.None)),
        ]);
    }

    private long NextId() => Interlocked.Increment(ref _lastId);

    // Makes a committed message known. One for an instance that has ended meanwhile is dropped; its row goes at the next start.
    private void Deliver(Message message)
    {
        if (_live.TryGetValue(message.InstanceId, out var instance) && instance.Deliver(message, _tracker)) _ready.Writer.TryWrite(instance);
    }

    private void Enqueue(ActivityWork work) => _work.Writer.TryWrite((work, _tracker.Begin($"activity {work.Name} of {work.InstanceId}")));

    private async Task RunTurnsAsync()
    {
        while (await NextAsync(_ready.Reader) is { } instance) await RunTurnAsync(instance);
    }

    private async Task RunActivitiesAsync()
    {
        while (true)
        {
            var (work, busy) = await NextAsync(_work.Reader);
            if (work is null) return;
            using (busy) await RunActivityAsync(work);
        }
    }

    private async ValueTask<T?> NextAsync<T>(ChannelReader<T> reader)
    {
        try
        {
            return _stopping.IsCancellationRequested ? default : await reader.ReadAsync(_stopping.Token);
        }
        catch (OperationCanceledException)
        {
            return default;
        }
    }

    private async Task RunActivityAsync(ActivityWork work)
    {
        try
        {
            var answer = await _activities.RunAsync(work, _abort.Token);
            if (answer is null) return; // stopped half way: the row stays and runs again
            var changes = new ChangeSet();
            changes.ActivitiesDone.Add(work.Id);
            var message = new Message(NextId(), work.InstanceId, work.ExecutionId, answer, answer.At);
            var wanted = _live.TryGetValue(work.InstanceId, out var instance) && instance.ExecutionId == work.ExecutionId;
            if (wanted) changes.Sent.Add(message);
            await _journal.CommitAsync(changes);
            if (wanted) Deliver(message);
        }
        catch (Exception error) when (error is not OperationCanceledException || !_stopping.IsCancellationRequested)
        {
            LogActivityLost(_log, error, work.Name, work.InstanceId);
        }
        catch (OperationCanceledException)
        {
            // stopping: the row stays and runs again
        }
    }

    [LoggerMessage(1, LogLevel.Error, "The outcome of activity '{Activity}' of instance '{InstanceId}' could not be kept; it runs again after the next start.")]
    private static partial void LogActivityLost(ILogger logger, Exception error, string activity, string instanceId);

    [LoggerMessage(2, LogLevel.Error, "A turn of orchestration '{Orchestrator}' ({InstanceId}) could not be kept.")]
    private static partial void LogTurnLost(ILogger logger, Exception error, string orchestrator, string instanceId);

    [LoggerMessage(4, LogLevel.Warning, "The state of orchestrations cannot be read, trying again: {Reason}")]
    private static partial void LogUnreadable(ILogger logger, string reason);

    [LoggerMessage(3, LogLevel.Debug, "Dropped event '{Event}' for instance '{InstanceId}', which is not running.")]
    private static partial void LogDropped(ILogger logger, string @event, string instanceId);
}
