namespace Podium.Emulator.Durable;

/// <summary>
/// The one thread an orchestrator may run on during a turn: continuations queue up here and are pumped dry after every
/// event. What comes from any other thread comes from something that is not durable.
/// </summary>
internal sealed class OrchestratorLoop : SynchronizationContext
{
    private readonly Queue<(SendOrPostCallback Callback, object? State)> _queue = new();
    private SynchronizationContext? _previous;
    private volatile int _thread;
    private volatile bool _disturbed;

    /// <summary>Whether the caller is the orchestrator's own thread.</summary>
    public bool IsCurrent => _thread == Environment.CurrentManagedThreadId;

    /// <summary>Another thread got involved during the turn.</summary>
    public bool Disturbed => _disturbed;

    public void Enter()
    {
        _previous = Current;
        _thread = Environment.CurrentManagedThreadId;
        SetSynchronizationContext(this);
    }

    public void Exit()
    {
        _thread = 0;
        SetSynchronizationContext(_previous);
    }

    public void Disturb() => _disturbed = true;

    public void RunDry()
    {
        while (_queue.TryDequeue(out var next)) next.Callback(next.State);
    }

    public override void Post(SendOrPostCallback d, object? state)
    {
        if (IsCurrent) _queue.Enqueue((d, state));
        else _disturbed = true;
    }

    public override void Send(SendOrPostCallback d, object? state)
    {
        if (IsCurrent) d(state);
        else _disturbed = true;
    }

    public override SynchronizationContext CreateCopy() => this;
}
