namespace Podium.Emulator.Runtime;

/// <summary>Cancels an invocation that takes longer than host.json's functionTimeout.</summary>
internal sealed class TimeLimit : IDisposable
{
    private readonly CancellationTokenSource _source;
    private readonly ITimer? _timer;

    private TimeLimit(TimeSpan limit, TimeProvider clock, CancellationToken cancellationToken)
    {
        _source = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _timer = clock.CreateTimer(static state => ((TimeLimit)state!).Exceed(), this, limit, Timeout.InfiniteTimeSpan);
    }

    public CancellationToken Token => _source.Token;

    public bool Exceeded { get; private set; }

    /// <summary>Starts the clock, where there is a limit at all.</summary>
    public static TimeLimit? Start(TimeSpan limit, TimeProvider clock, CancellationToken cancellationToken) =>
        limit == Timeout.InfiniteTimeSpan ? null : new TimeLimit(limit, clock, cancellationToken);

    public void Dispose()
    {
        _timer?.Dispose();
        _source.Dispose();
    }

    private void Exceed()
    {
        Exceeded = true;
        try
        {
            _source.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // it ended in this very moment
        }
    }
}
