using Microsoft.DurableTask.Converters;
using Microsoft.Extensions.Logging;

namespace Podium.Emulator.Durable;

/// <summary>Who is replayed.</summary>
internal sealed record ReplaySubject(string InstanceId, string Name, string Version, string DefaultVersion, ParentLink? Parent, string? Input);

/// <summary>The orchestration that waits for this one.</summary>
internal sealed record ParentLink(string InstanceId, string ExecutionId, string Name, int TaskId);

/// <summary>
/// One turn of an orchestrator: a fresh run of its function, fed with its history and then with what is new,
/// which ends in new actions, a result, or both.
/// </summary>
internal sealed partial class Replay
{
    private const string IllegalAwait =
        "An invalid asynchronous invocation was detected. This can be caused by awaiting non-durable tasks " +
        "in an orchestrator function's implementation or by middleware that invokes asynchronous code.";

    private readonly OrchestratorLoop _loop = new();
    private readonly SortedDictionary<int, OrchestratorAction> _actions = [];
    private readonly SortedDictionary<int, OrchestratorAction> _heldActions = [];
    private readonly Dictionary<int, OpenTask> _open = [];
    private readonly Queue<DurableEvent> _held = new();
    private readonly List<DurableEvent> _carryOver = [];
    private readonly Func<ReplayContext, Task<object?>> _start;
    private readonly ReplayContext _context;
    private Task<object?>? _run;
    private Continuation? _continuation;
    private int _next;

    public Replay(ReplaySubject subject, ILoggerFactory loggers, Func<ReplayContext, Task<object?>> start)
    {
        _start = start;
        _context = new ReplayContext(this, subject, loggers);
    }

    public bool IsReplaying { get; private set; }

    public bool IsSuspended { get; private set; }

    public DateTimeOffset Now { get; private set; }

    public ExternalEvents External { get; } = new();

    /// <summary>Timers that were set in an earlier turn or this one and are not waited for any more.</summary>
    public HashSet<int> CancelledTimers { get; } = [];

    public TurnOutcome Run(IEnumerable<DurableEvent> past, IEnumerable<DurableEvent> fresh)
    {
        _loop.Enter();
        try
        {
            IsReplaying = true;
            foreach (var known in past) Play(known);
            IsReplaying = false;
            foreach (var news in fresh) Play(news);
            return Conclude();
        }
        catch (Exception error) // non-determinism, an illegal await, an event that cannot be read, an async void that threw
        {
            return Failed(error);
        }
        finally
        {
            _loop.Exit();
        }
    }

    /// <summary>Only the turn's own thread may use the context.</summary>
    public void EnsureLegal()
    {
        if (_loop.IsCurrent) return;
        _loop.Disturb();
        throw new InvalidOperationException(IllegalAwait);
    }

    public Task<string?> CallActivity(string name, string version, string? input)
    {
        var id = _next++;
        _actions.Add(id, new CallActivity(id, name, version, input));
        return Open(id, name);
    }

    public Task<string?> StartSubOrchestration(string name, string version, string instanceId, bool isExplicit, string? input)
    {
        var id = _next++;
        _actions.Add(id, new StartSubOrchestration(id, name, version, instanceId, isExplicit, input));
        return Open(id, name);
    }

    public async Task SetTimer(DateTimeOffset fireAt, CancellationToken cancellationToken)
    {
        var id = _next++;
        _actions.Add(id, new SetTimer(id, fireAt));
        var fired = new TaskCompletionSource<string?>();
        _open.Add(id, new OpenTask("", fired));
        cancellationToken.Register(() =>
        {
            EnsureLegal();
            if (!fired.TrySetCanceled(cancellationToken)) return;
            _open.Remove(id);
            CancelledTimers.Add(id);
        });
        await fired.Task;
    }

    public void SendEvent(string instanceId, string name, string? payload)
    {
        var id = _next++;
        _actions.Add(id, new SendEventTo(id, instanceId, name, payload));
    }

    public void ContinueAsNew(string? input, string? version, bool preserve) => _continuation = new Continuation(input, version, preserve);

    private Task<string?> Open(int id, string name)
    {
        var answer = new TaskCompletionSource<string?>();
        _open.Add(id, new OpenTask(name, answer));
        return answer.Task;
    }

    private TurnOutcome Conclude()
    {
        if (_run is { IsCompleted: false } && _open.Count == 0 && !External.Awaited) throw new InvalidOperationException(IllegalAwait);

        // as in Durable Task an orchestration is not over while an activity or timer it started is open
        if (_run is not { IsCompleted: true } || _open.Count > 0) return Outcome(null);
        if (_run.IsCompletedSuccessfully)
        {
            return Outcome(_continuation is { } next
                ? new TurnEnd.ContinuedAsNew(next.Input, next.Version, [.. next.Preserve ? External.Unprocessed : [], .. _carryOver])
                : new TurnEnd.Completed(JsonDataConverter.Default.Serialize(_run.Result)));
        }
        return Outcome(new TurnEnd.Failed(Failure.From(_run.Exception?.InnerException ?? new TaskCanceledException(_run))));
    }

    private TurnOutcome Outcome(TurnEnd? end) => new([.. _actions.Values], end, _context.CustomStatus, IsSuspended, CancelledTimers);

    private TurnOutcome Failed(Exception error) => new([], new TurnEnd.Failed(Failure.From(error)), _context.CustomStatus, false, CancelledTimers);

    private sealed record OpenTask(string Name, TaskCompletionSource<string?> Answer);

    private sealed record Continuation(string? Input, string? Version, bool Preserve);
}
