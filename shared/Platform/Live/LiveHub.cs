using System.Collections.Concurrent;
using System.Text;
using Microsoft.Extensions.Logging;
using Podium.Platform.Databases;

namespace Podium.Platform.Live;

/// <summary>
/// Lets many watch what changes. A change signals its topic in its own transaction; PostgreSQL's NOTIFY carries the name to every instance at commit,
/// and each instance with somebody who watches reads the topic once and tells them all.
/// </summary>
public sealed partial class LiveHub(Database database, TimeProvider clock, ILogger<LiveHub> log) : IAsyncDisposable
{
    private const string Name = "podium_live";
    private const int MostPayload = 7900;

    private readonly Lock _gate = new();
    private readonly Dictionary<(string Shard, string Name), LiveProducer> _producers = [];
    private readonly ConcurrentDictionary<string, Lazy<Task>> _listeners = new();
    private readonly CancellationTokenSource _stop = new();
    private int _watchers;

    /// <summary>How many watch on this instance.</summary>
    public int Watchers => Volatile.Read(ref _watchers);

    /// <summary>How many topics are watched on this instance.</summary>
    public int Topics
    {
        get
        {
            lock (_gate) return _producers.Count;
        }
    }

    /// <summary>Says, at the commit of the session's transaction, that topics have changed. Cheap where nobody watches, but commits that signal go one after another.</summary>
    public static Task SignalAsync(Session session, params IReadOnlyCollection<string> topics) => topics.Count == 0
        ? Task.CompletedTask
        : session.ExecuteAsync("SELECT pg_notify(@Name, payload) FROM unnest(@payloads) AS payload", new { Name, payloads = Payloads(topics) });

    /// <summary>Begins to watch. Who names the last id that it has heard is told first what came after.</summary>
    public LiveWatcher Watch(LiveTopic topic, string? lastId = null)
    {
        var key = (topic.Shard, topic.Name);
        LiveProducer? producer;
        LiveWatcher watcher;
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_stop.IsCancellationRequested, this);
            if (!_producers.TryGetValue(key, out producer)) _producers[key] = producer = new LiveProducer(topic, clock, error => LogCannotRead(log, error, topic.Name));
            watcher = new LiveWatcher(topic, lastId, producer.Ready, Leave);
            producer.Add(watcher);
            _watchers++;
            Telemetry.LiveWatchers.Add(1);
        }
        _ = _listeners.GetOrAdd(topic.Shard, shard => new Lazy<Task>(() => Listen(shard))).Value;
        return watcher;

        void Leave(LiveWatcher leaving)
        {
            lock (_gate)
            {
                if (!producer.Remove(leaving)) return;
                _watchers--;
                Telemetry.LiveWatchers.Add(-1);
                if (producer.IsWatched) return;
                _producers.Remove(key);
            }
            producer.Dispose();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_stop.IsCancellationRequested) return;
        await _stop.CancelAsync();
        lock (_gate)
        {
            foreach (var producer in _producers.Values) producer.Dispose();
        }
        foreach (var listener in _listeners.Values) await listener.Value;
        _stop.Dispose();
    }

    // one message carries many names, as far as its 8000 bytes go
    private static string[] Payloads(IReadOnlyCollection<string> topics)
    {
        var payloads = new List<string>();
        var one = new StringBuilder();
        foreach (var topic in topics)
        {
            if (topic.Length is 0 or > 200 || topic.Any(character => character is <= ' ' or > '~')) throw new ArgumentException($"'{topic}' is no name for a topic.", nameof(topics));
            if (one.Length + topic.Length + 1 > MostPayload)
            {
                payloads.Add(one.ToString());
                one.Clear();
            }
            if (one.Length > 0) one.Append('\n');
            one.Append(topic);
        }
        payloads.Add(one.ToString());
        return [.. payloads];
    }

    // the first who watches does not wait for the connection, which belongs to no request's trace
    private Task Listen(string shard)
    {
        using (ExecutionContext.SuppressFlow())
        {
            return Task.Run(() => Channel.ListenAsync(
                database.Source(shard, DatabaseRole.Platform),
                Name,
                Channel.Silence,
                begun: () => SignalAll(shard), // what was signalled meanwhile nobody told us
                heard: payload => Signal(shard, payload.Split('\n')),
                lost: error => LogDeaf(log, error, shard),
                _stop.Token));
        }
    }

    private void Signal(string shard, string[] names)
    {
        lock (_gate)
        {
            foreach (var name in names)
            {
                if (_producers.TryGetValue((shard, name), out var producer)) producer.Signal();
            }
        }
    }

    private void SignalAll(string shard)
    {
        lock (_gate)
        {
            foreach (var (key, producer) in _producers)
            {
                if (key.Shard == shard) producer.Signal();
            }
        }
    }

    [LoggerMessage(350, LogLevel.Warning, "Changes on shard '{Shard}' cannot be heard; who watches is told when they can be again.")]
    private static partial void LogDeaf(ILogger logger, Exception error, string shard);

    [LoggerMessage(351, LogLevel.Warning, "The topic '{Topic}' cannot be read; it is tried again.")]
    private static partial void LogCannotRead(ILogger logger, Exception error, string topic);
}
