namespace Podium.Emulator.Clock;

/// <summary>
/// Wakes one engine loop. From <see cref="Set"/> until the loop comes back to <see cref="WaitAsync"/> with nothing
/// new, the tracker counts the loop as busy.
/// </summary>
public sealed class WakeSignal(WorkTracker tracker, string name)
{
    private readonly Lock _gate = new();
    private TaskCompletionSource? _waiter;
    private WorkTracker.Work? _busy;
    private bool _set;

    /// <summary>Says that there is something to look at. Cheap, may be called from anywhere, any number of times.</summary>
    public void Set()
    {
        TaskCompletionSource? waiter;
        lock (_gate)
        {
            _set = true;
            _busy ??= tracker.Begin(name);
            (waiter, _waiter) = (_waiter, null);
        }
        waiter?.TrySetResult();
    }

    /// <summary>Waits for the next <see cref="Set"/>. One loop may wait at a time.</summary>
    public async Task WaitAsync(CancellationToken cancellationToken)
    {
        Task wait;
        lock (_gate)
        {
            if (_set)
            {
                _set = false;
                return;
            }
            _busy?.Dispose();
            _busy = null;
            _waiter = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            wait = _waiter.Task;
        }
        await wait.WaitAsync(cancellationToken);
        lock (_gate) _set = false;
    }

    /// <summary>Gives up the token when the loop ends.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _busy?.Dispose();
            _busy = null;
        }
    }
}
