using System.Collections.Concurrent;

namespace Podium.Emulator.Clock;

/// <summary>
/// Counts everything the emulator is doing or about to do. A virtual clock moves on only when nothing is left,
/// so a test never has to sleep.
/// </summary>
/// <remarks>
/// The rule for every engine: from the moment work becomes due until its effects are committed, somebody holds a token.
/// HTTP requests hold none: they belong to their client, who may be waiting for the clock.
/// </remarks>
public sealed class WorkTracker
{
    private readonly ConcurrentDictionary<Work, byte> _open = new();
    private readonly List<Func<CancellationToken, Task<bool>>> _sweeps = [];
    private readonly Lock _gate = new();
    private int _count;
    private TaskCompletionSource _idle = Completed();

    /// <summary>How many pieces of work are open.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>What is open, for a time-out's message.</summary>
    public IReadOnlyList<string> Names => [.. _open.Keys.Select(work => work.What).Order()];

    /// <summary>Opens a piece of work; disposing it closes it.</summary>
    public Work Begin(string what)
    {
        var work = new Work(this, what);
        Open(work);
        return work;
    }

    /// <summary>
    /// Registers a look at the outside world (a blob container) that is made before the clock is called quiet.
    /// It answers whether it found work.
    /// </summary>
    public void AddSweep(Func<CancellationToken, Task<bool>> sweep)
    {
        lock (_gate) _sweeps.Add(sweep);
    }

    /// <summary>Completes once nothing is open, the outside world has been looked at, and still nothing is open.</summary>
    public async Task WhenQuietAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await WhenIdleAsync(cancellationToken);
            Func<CancellationToken, Task<bool>>[] sweeps;
            lock (_gate) sweeps = [.. _sweeps];
            var found = false;
            foreach (var sweep in sweeps) found |= await sweep(cancellationToken);
            if (!found && Count == 0) return;
        }
    }

    private Task WhenIdleAsync(CancellationToken cancellationToken)
    {
        lock (_gate) return _count == 0 ? Task.CompletedTask : _idle.Task.WaitAsync(cancellationToken);
    }

    private void Open(Work work)
    {
        if (!_open.TryAdd(work, 0)) return;
        lock (_gate)
        {
            if (_count++ == 0) _idle = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    private void Close(Work work)
    {
        if (!_open.TryRemove(work, out _)) return;
        lock (_gate)
        {
            if (--_count == 0) _idle.TrySetResult();
        }
    }

    private static TaskCompletionSource Completed()
    {
        var source = new TaskCompletionSource();
        source.SetResult();
        return source;
    }

    /// <summary>A piece of open work.</summary>
    public sealed class Work : IDisposable
    {
        private readonly WorkTracker _tracker;

        internal Work(WorkTracker tracker, string what) => (_tracker, What) = (tracker, what);

        /// <summary>What it is, for a time-out's message.</summary>
        public string What { get; }

        /// <summary>Waits on the clock without counting as busy, and counts again from the very instant it is due.</summary>
        public async Task SleepAsync(TimeProvider clock, TimeSpan delay, CancellationToken cancellationToken)
        {
            if (delay <= TimeSpan.Zero) return;
            var due = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            await using var timer = clock.CreateTimer(_ => Wake(() => due.TrySetResult()), null, delay, Timeout.InfiniteTimeSpan);
            await using var cancelled = cancellationToken.UnsafeRegister(_ => Wake(() => due.TrySetCanceled(cancellationToken)), null);
            lock (due)
            {
                if (!due.Task.IsCompleted) _tracker.Close(this); // else cancelled already: stay open
            }
            await due.Task;

            // the first of the two opens; the second must not open again what may be closed by then
            void Wake(Action wake)
            {
                lock (due)
                {
                    if (due.Task.IsCompleted) return;
                    _tracker.Open(this);
                    wake();
                }
            }
        }

        /// <inheritdoc />
        public void Dispose() => _tracker.Close(this);
    }
}
