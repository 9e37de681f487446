namespace Podium.Emulator.Clock;

/// <summary>Calls back at the earliest of the instants it was told, on the emulator's clock.</summary>
public sealed class Alarm : IDisposable
{
    // a system timer cannot wait longer than 49 days; waking in vain is harmless
    private static readonly TimeSpan Longest = TimeSpan.FromDays(30);

    private readonly TimeProvider _clock;
    private readonly Lock _gate = new();
    private readonly ITimer _timer;
    private readonly Action _ring;
    private DateTimeOffset? _next;

    /// <summary>The callback must be quick: it wakes a loop, as a rule through a <see cref="WakeSignal"/>.</summary>
    public Alarm(TimeProvider clock, Action ring)
    {
        _clock = clock;
        _ring = ring;
        _timer = clock.CreateTimer(_ => Ring(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Rings at this instant too; only the earliest counts, so ask again after every ring.</summary>
    public void At(DateTimeOffset instant)
    {
        lock (_gate)
        {
            if (_next <= instant) return;
            _next = instant;
            var wait = instant - _clock.GetUtcNow();
            _timer.Change(wait <= TimeSpan.Zero ? TimeSpan.FromTicks(1) : wait < Longest ? wait : Longest, Timeout.InfiniteTimeSpan);
        }
    }

    /// <inheritdoc />
    public void Dispose() => _timer.Dispose();

    private void Ring()
    {
        lock (_gate) _next = null;
        _ring();
    }
}
