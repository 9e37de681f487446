namespace Podium.Emulator.Clock;

/// <summary>
/// A clock that stands still until it is told to move, and then stops at every due timer on the way
/// and lets all the work that becomes due run to quiet.
/// </summary>
public sealed class VirtualClock : TimeProvider
{
    private readonly Lock _gate = new();
    private readonly PriorityQueue<VirtualTimer, (long Due, long Order)> _timers = new();
    private readonly long _start;
    private long _now;
    private long _order;
    private long _target;

    /// <summary>Starts the clock at an instant.</summary>
    public VirtualClock(DateTimeOffset start) => _start = _now = start.UtcTicks;

    /// <inheritdoc />
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <inheritdoc />
    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    /// <summary>How long a step may take in real time before the clock says what is still busy.</summary>
    public TimeSpan Patience { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>What the clock waits for between its steps.</summary>
    public WorkTracker Tracker { get; } = new();

    /// <summary>
    /// How far apart the runs of timers that are due often (four times in that span, and once an hour at least) may be while the clock moves far; zero runs each of them.
    /// They always run once more close before the target, as if none had been left out.
    /// </summary>
    public TimeSpan Thinning { get; set; }

    /// <summary>Where the clock is being moved to; the present where it stands.</summary>
    public DateTimeOffset Target => new(Math.Max(Volatile.Read(ref _target), Volatile.Read(ref _now)), TimeSpan.Zero);

    /// <inheritdoc />
    public override DateTimeOffset GetUtcNow() => new(Volatile.Read(ref _now), TimeSpan.Zero);

    /// <inheritdoc />
    public override long GetTimestamp() => Volatile.Read(ref _now) - _start;

    /// <inheritdoc />
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new VirtualTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Moves on by a span, running everything that becomes due in its order.</summary>
    public Task AdvanceAsync(TimeSpan by, CancellationToken cancellationToken = default) =>
        AdvanceToAsync(GetUtcNow() + by, cancellationToken);

    /// <summary>Moves on to an instant, running everything that becomes due in its order.</summary>
    public async Task AdvanceToAsync(DateTimeOffset target, CancellationToken cancellationToken = default)
    {
        if (target < GetUtcNow()) throw new ArgumentOutOfRangeException(nameof(target), target, "A clock does not go back.");
        Volatile.Write(ref _target, target.UtcTicks);
        await SettleAsync(cancellationToken);
        while (FireNext(target.UtcTicks)) await SettleAsync(cancellationToken);
        Volatile.Write(ref _now, target.UtcTicks);
    }

    /// <summary>Lets all work that is due now run to quiet, without moving the clock.</summary>
    public async Task SettleAsync(CancellationToken cancellationToken = default)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Patience);
        try
        {
            await Tracker.WhenQuietAsync(limit.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException(
                $"At {GetUtcNow():u} the emulator did not become quiet within {Patience.TotalSeconds:0} s. Still busy: " +
                $"{string.Join(", ", Tracker.Names)}. Work that itself waits for the virtual clock can never finish while the clock waits for it.");
        }
    }

    // Fires every timer of the earliest due instant at or before the target; false when there is none.
    private bool FireNext(long target)
    {
        List<VirtualTimer> due = [];
        lock (_gate)
        {
            while (_timers.TryPeek(out var timer, out var key) && key.Due <= target)
            {
                if (timer.Order != key.Order)
                {
                    _timers.Dequeue(); // changed or disposed since
                    continue;
                }
                if (due.Count > 0 && key.Due > Volatile.Read(ref _now)) break;
                _timers.Dequeue();
                if (key.Due > _now) Volatile.Write(ref _now, key.Due);
                due.Add(timer);
                Rearm(timer, timer.Period);
            }
        }
        foreach (var timer in due) timer.Fire();
        return due.Count > 0;
    }

    private void Rearm(VirtualTimer timer, TimeSpan dueTime)
    {
        timer.Order = ++_order;
        if (dueTime == Timeout.InfiniteTimeSpan) return;
        var due = Volatile.Read(ref _now) + Math.Max(dueTime.Ticks, 0);
        _timers.Enqueue(timer, (due, timer.Order));
    }

    private sealed class VirtualTimer(VirtualClock clock, TimerCallback callback, object? state) : ITimer
    {
        private bool _disposed;

        public long Order { get; set; }

        public TimeSpan Period { get; private set; } = Timeout.InfiniteTimeSpan;

        public void Fire() => callback(state);

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            var fireNow = false;
            lock (clock._gate)
            {
                if (_disposed) return false;
                Period = period == TimeSpan.Zero ? Timeout.InfiniteTimeSpan : period;
                fireNow = dueTime == TimeSpan.Zero;
                clock.Rearm(this, fireNow ? Period : dueTime);
            }
            // what is due at once does not wait for somebody to move the clock
            if (fireNow) ThreadPool.UnsafeQueueUserWorkItem(static timer => timer.Fire(), this, preferLocal: false);
            return true;
        }

        public void Dispose()
        {
            lock (clock._gate)
            {
                _disposed = true;
                Order = -1;
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
