using System.Diagnostics;
using System.Threading.Channels;

namespace Podium.Platform.Live;

/// <summary>Reads one topic for all who watch it on this instance, from the first who comes to the last who goes.</summary>
internal sealed class LiveProducer : IDisposable
{
    // more than any reading finds again
    private const int MostRemembered = 2000;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly HashSet<LiveWatcher> _watchers = [];
    private readonly Dictionary<string, LiveEvent> _states = [];
    private readonly HashSet<string> _told = [];
    private readonly Queue<string> _toldInOrder = new();
    private readonly Channel<bool> _signals = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _stop = new();
    private readonly LiveTopic _topic;
    private readonly Action<Exception> _onError;
    private readonly ITimer? _timer;
    private string? _place;

    public LiveProducer(LiveTopic topic, TimeProvider clock, Action<Exception> onError)
    {
        (_topic, _onError, _place) = (topic, onError, topic.Start);
        if (topic.Every is { } every) _timer = clock.CreateTimer(_ => Signal(), null, every, every);
        // it belongs to no request's trace
        using (ExecutionContext.SuppressFlow()) _ = Task.Run(() => RunAsync(_stop.Token));
    }

    /// <summary>Done once it has read for the first time.</summary>
    public Task Ready => _ready.Task;

    public bool IsWatched
    {
        get
        {
            lock (_gate) return _watchers.Count > 0;
        }
    }

    public void Add(LiveWatcher watcher)
    {
        lock (_gate)
        {
            _watchers.Add(watcher);
            watcher.Offer(_states.Values);
        }
    }

    public bool Remove(LiveWatcher watcher)
    {
        lock (_gate) return _watchers.Remove(watcher);
    }

    public void Signal() => _signals.Writer.TryWrite(true);

    public void Dispose()
    {
        _timer?.Dispose();
        _stop.Cancel();
        _stop.Dispose();
        lock (_gate)
        {
            foreach (var watcher in _watchers) watcher.End();
        }
        _ready.TrySetCanceled();
    }

    private async Task RunAsync(CancellationToken stop)
    {
        var sinceReading = new Stopwatch();
        try
        {
            while (true)
            {
                try
                {
                    sinceReading.Restart();
                    Tell(await _topic.Read(_place, stop));
                }
                catch (Exception error) when (!stop.IsCancellationRequested)
                {
                    _onError(error);
                    await Task.Delay(Pause, stop);
                    continue;
                }
                await _signals.Reader.ReadAsync(stop);
                // real time: it spares the database, and is on nobody's virtual clock
                if (_topic.AtMostEvery - sinceReading.Elapsed is { Ticks: > 0 } rest) await Task.Delay(rest, stop);
                // what was signalled in the meantime is in this reading
                _signals.Reader.TryRead(out _);
            }
        }
        catch (Exception) when (stop.IsCancellationRequested)
        {
            // nobody watches any more
        }
    }

    private void Tell(IReadOnlyList<LiveEvent> found)
    {
        lock (_gate)
        {
            var isFirst = !_ready.Task.IsCompleted;
            var news = new List<LiveEvent>();
            foreach (var one in found)
            {
                if (one.IsState)
                {
                    if (_states.TryGetValue(one.Name, out var before) && before == one) continue;
                    _states[one.Name] = one;
                    news.Add(one);
                }
                else
                {
                    _place = one.Id;
                    // what was there before anybody watched is no news
                    if (Remember(one.Id!) && !isFirst) news.Add(one);
                }
            }
            foreach (var watcher in _watchers) watcher.Offer(news);
        }
        _ready.TrySetResult();
    }

    private bool Remember(string id)
    {
        if (!_told.Add(id)) return false;
        _toldInOrder.Enqueue(id);
        if (_toldInOrder.Count > MostRemembered) _told.Remove(_toldInOrder.Dequeue());
        return true;
    }
}
