namespace Podium.Platform.Live;

/// <summary>One who watches a topic: what it still has to be told.</summary>
public sealed class LiveWatcher : IDisposable
{
    // who is further behind must come back, and reads on in the source
    private const int MostWaiting = 256;
    private const int MostMissed = 2000;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, LiveEvent> _states = [];
    private readonly Queue<LiveEvent> _entries = new();
    private readonly HashSet<string> _told = [];
    private readonly LiveTopic _topic;
    private readonly Task _ready;
    private readonly Action<LiveWatcher> _leave;
    private TaskCompletionSource _something = NewSignal();
    private string? _lastId;
    private bool _ended;

    internal LiveWatcher(LiveTopic topic, string? lastId, Task ready, Action<LiveWatcher> leave) => (_topic, _lastId, _ready, _leave) = (topic, lastId, ready, leave);

    /// <summary>Waits until nothing that happens from now on is missed.</summary>
    public Task ReadyAsync(CancellationToken cancellationToken) => _ready.WaitAsync(cancellationToken);

    /// <summary>What there is to tell, as soon as there is something; null when this watcher must go, and may come back.</summary>
    public async Task<IReadOnlyList<LiveEvent>?> NextAsync(CancellationToken cancellationToken)
    {
        if (_lastId is { } place)
        {
            var missed = await MissedAsync(place, cancellationToken);
            _lastId = null;
            if (missed.Count > 0) return missed;
        }
        while (true)
        {
            Task something;
            lock (_gate)
            {
                if (_ended) return null;
                List<LiveEvent> next = [.. _entries.Where(entry => !_told.Contains(entry.Id!)), .. _states.Values.Where(state => state.Id is null || !_told.Contains(state.Id))];
                _states.Clear();
                _entries.Clear();
                if (next.Count > 0) return next;
                if (_something.Task.IsCompleted) _something = NewSignal();
                something = _something.Task;
            }
            await something.WaitAsync(cancellationToken);
        }
    }

    public void Dispose() => _leave(this);

    internal void Offer(IEnumerable<LiveEvent> events)
    {
        lock (_gate)
        {
            foreach (var one in events)
            {
                if (one.IsState) _states[one.Name] = one;
                else _entries.Enqueue(one);
            }
            if (_entries.Count > MostWaiting) _ended = true;
            if (_ended || _entries.Count > 0 || _states.Count > 0) _something.TrySetResult();
        }
    }

    internal void End()
    {
        lock (_gate)
        {
            _ended = true;
            _something.TrySetResult();
        }
    }

    private async Task<List<LiveEvent>> MissedAsync(string place, CancellationToken cancellationToken)
    {
        _told.Add(place);
        var missed = new List<LiveEvent>();
        while (true)
        {
            var found = (await _topic.Read(place, cancellationToken)).Where(one => !one.IsState && _told.Add(one.Id!)).ToList();
            missed.AddRange(found);
            if (missed.Count > MostMissed) End();
            if (found.Count == 0 || missed.Count > MostMissed) return missed;
            place = found[^1].Id!;
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
