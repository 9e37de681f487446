using Microsoft.DurableTask.Client;
using Podium.Emulator.Clock;

namespace Podium.Emulator.Durable;

/// <summary>A live orchestration instance in memory: its inbox, its timers, and whether a turn is due or under way.</summary>
internal sealed class Instance(string id, string executionId, string name, string version, ParentLink? parent, string? traceParent = null)
{
    private readonly Lock _gate = new();
    private readonly List<Message> _inbox = [];
    private readonly Dictionary<int, Message> _timers = [];
    private WorkTracker.Work? _busy;
    private bool _gone;

    public string Id { get; } = id;

    public string Name { get; } = name;

    public ParentLink? Parent { get; } = parent;

    /// <summary>The trace in which it was started.</summary>
    public string? TraceParent { get; } = traceParent;

    public string ExecutionId { get; private set; } = executionId;

    public string Version { get; private set; } = version;

    public OrchestrationRuntimeStatus Status { get; private set; } = OrchestrationRuntimeStatus.Pending;

    /// <summary>Input and history of the current execution, where they are in memory.</summary>
    public Execution? Cached { get; set; }

    public LinkedListNode<Instance>? CacheNode { get; set; }

    public int CachedWeight { get; set; }

    public TaskCompletionSource Started { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public TaskCompletionSource Ended { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Takes a message in; true when a turn became due by it, which then counts as work.</summary>
    public bool Deliver(Message message, WorkTracker tracker)
    {
        lock (_gate)
        {
            if (_gone || message.Cancelled) return false;
            _inbox.Add(message);
            if (message.Content.Kind == DurableEventKind.TimerFired && message.ExecutionId == ExecutionId) _timers.Remove(message.Content.TaskId);
            if (_busy is not null || !HasWork()) return false;
            _busy = tracker.Begin($"orchestration {Name} {Id}");
            return true;
        }
    }

    /// <summary>Everything in the inbox; it stays there until the turn is committed.</summary>
    public IReadOnlyList<Message> Peek()
    {
        lock (_gate) return [.. _inbox];
    }

    /// <summary>Keeps a timer, so that it can be cancelled.</summary>
    public void AddTimer(Message timer)
    {
        lock (_gate) _timers[timer.Content.TaskId] = timer;
    }

    /// <summary>Cancels timers that have not fired, and answers their messages.</summary>
    public IReadOnlyList<Message> CancelTimers(IEnumerable<int> taskIds)
    {
        lock (_gate)
        {
            List<Message> cancelled = [];
            foreach (var id in taskIds)
            {
                if (!_timers.Remove(id, out var timer)) continue;
                timer.Cancelled = true;
                cancelled.Add(timer);
            }
            return cancelled;
        }
    }

    /// <summary>As read from the table.</summary>
    public void Restore(OrchestrationRuntimeStatus status)
    {
        Status = status;
        if (status != OrchestrationRuntimeStatus.Pending) Started.TrySetResult();
    }

    /// <summary>Ends a turn whose effects are committed; true when the next one is due already.</summary>
    public bool EndTurn(int consumed, OrchestrationRuntimeStatus status)
    {
        lock (_gate)
        {
            _inbox.RemoveRange(0, consumed);
            Restore(status);
            if (HasWork()) return true;
            _busy?.Dispose();
            _busy = null;
            return false;
        }
    }

    /// <summary>The next execution takes over.</summary>
    public void ContinueAsNew(string executionId, string version)
    {
        lock (_gate)
        {
            ExecutionId = executionId;
            Version = version;
            foreach (var timer in _timers.Values) timer.Cancelled = true;
            _timers.Clear();
        }
    }

    /// <summary>The instance has ended: nothing comes in any more.</summary>
    public void End(OrchestrationRuntimeStatus status)
    {
        lock (_gate)
        {
            _gone = true;
            Restore(status);
            foreach (var timer in _timers.Values) timer.Cancelled = true;
            _timers.Clear();
            _inbox.Clear();
            _busy?.Dispose();
            _busy = null;
        }
        Ended.TrySetResult();
    }

    private bool HasWork() => Status switch
    {
        OrchestrationRuntimeStatus.Pending => Has(DurableEventKind.ExecutionStarted) || Has(DurableEventKind.ExecutionTerminated),
        OrchestrationRuntimeStatus.Suspended => Has(DurableEventKind.ExecutionResumed) || Has(DurableEventKind.ExecutionTerminated),
        _ => _inbox.Count > 0,
    };

    private bool Has(DurableEventKind kind) =>
        _inbox.Exists(message => message.Content.Kind == kind && (message.ExecutionId is null || message.ExecutionId == ExecutionId));
}

/// <summary>What an execution is replayed from.</summary>
internal sealed record Execution(string? Input, List<DurableEvent> History);
