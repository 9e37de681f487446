using Podium.Emulator.Clock;

namespace Podium.Emulator.Durable;

/// <summary>Holds messages that are not due yet, behind one timer of the clock.</summary>
internal sealed class Alarm : IDisposable
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(30); // system timers end at 49 days
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(1);

    private readonly Lock _gate = new();
    private readonly PriorityQueue<Message, (DateTimeOffset, long)> _queue = new();
    private readonly TimeProvider _clock;
    private readonly WorkTracker _tracker;
    private readonly Action<Message> _deliver;
    private readonly ITimer _timer;

    public Alarm(TimeProvider clock, WorkTracker tracker, Action<Message> deliver)
    {
        _clock = clock;
        _tracker = tracker;
        _deliver = deliver;
        _timer = clock.CreateTimer(_ => Ring(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Delivers a message when it is due, at once where it is due already.</summary>
    public void Add(Message message)
    {
        if (message.VisibleAt <= _clock.GetUtcNow())
        {
            _deliver(message);
            return;
        }
        lock (_gate)
        {
            _queue.Enqueue(message, (message.VisibleAt, message.Id));
            if (_queue.Peek() == message) Arm();
        }
    }

    public void Dispose() => _timer.Dispose();

    private void Ring()
    {
        using var work = _tracker.Begin("durable timers");
        while (TryTake() is { } due) _deliver(due);
    }

    private Message? TryTake()
    {
        lock (_gate)
        {
            while (_queue.TryPeek(out var next, out _))
            {
                if (next.Cancelled)
                {
                    _queue.Dequeue();
                    continue;
                }
                if (next.VisibleAt <= _clock.GetUtcNow()) return _queue.Dequeue();
                Arm();
                return null;
            }
            return null;
        }
    }

    private void Arm()
    {
        var wait = _queue.Peek().VisibleAt - _clock.GetUtcNow();
        if (wait < Shortest) wait = Shortest;
        _timer.Change(wait < Longest ? wait : Longest, Timeout.InfiniteTimeSpan);
    }
}
