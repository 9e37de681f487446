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
    private readonly ConcurrentDictionary<Token, byte> _open = new();
    private readonly List<Func<CancellationToken, Task<bool>>> _sweeps = [];
    private readonly Lock _gate = new();
    private int _count;
    private TaskCompletionSource _idle = Completed();

    /// <summary>How many pieces of work are open.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>What is open, for a time-out's message.</summary>
    public IReadOnlyList<string> Open => [.. _open.Keys.Select(token => token.What).Order()];

    /// <summary>Opens a piece of work; disposing the token closes it.</summary>
    public IDisposable Begin(string what)
    {
        var token = new Token(this, what);
        _open[token] = 0;
        lock (_gate)
        {
            if (_count++ == 0) _idle = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
        return token;
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

    private void End(Token token)
    {
        if (!_open.TryRemove(token, out _)) return;
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

    private sealed class Token(WorkTracker tracker, string what) : IDisposable
    {
        public string What { get; } = what;

        public void Dispose() => tracker.End(this);
    }
}
