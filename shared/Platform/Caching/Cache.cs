using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Podium.Platform.Databases;

namespace Podium.Platform.Caching;

/// <summary>
/// What every instance remembers of rows that seldom change. A change forgets its keys in the same transaction, everywhere:
/// PostgreSQL's NOTIFY carries them to the other instances at commit. An instance that cannot listen does not remember.
/// </summary>
public sealed partial class Cache(Database database, TimeProvider clock, ILogger<Cache> log) : BackgroundService
{
    private const string Name = "podium_cache";
    private const int MostEntries = 50_000;

    private readonly ConcurrentDictionary<string, Entry> _entries = new();
    private readonly TaskCompletionSource _firstTry = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _deaf = database.Shards.Count;

    /// <summary>What is remembered under a key, or what the loading gives; many who ask at once wait for one loading.</summary>
    public async ValueTask<T> GetAsync<T>(string key, TimeSpan life, Func<CancellationToken, Task<T>> load, CancellationToken cancellationToken)
    {
        if (Volatile.Read(ref _deaf) > 0) return await load(cancellationToken);
        if (_entries.TryGetValue(key, out var known) && known.Until > clock.GetUtcNow())
        {
            if (known.Value is Task<T> { IsCompletedSuccessfully: true } done) return done.Result;
            if (known.Value is Task<T> { IsCompleted: false } underWay) return await underWay.WaitAsync(cancellationToken);
        }
        if (_entries.Count >= MostEntries) Shrink();

        var promise = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        var entry = new Entry(promise.Task, clock.GetUtcNow() + life);
        var winner = _entries.AddOrUpdate(key, entry, (_, other) => other == known || other.Until <= clock.GetUtcNow() || other.Value.IsFaulted ? entry : other);
        if (winner != entry) return winner.Value is Task<T> theirs ? await theirs.WaitAsync(cancellationToken) : await load(cancellationToken);
        _ = LoadAsync(key, entry, promise, load);
        return await promise.Task.WaitAsync(cancellationToken);
    }

    /// <summary>Forgets keys on every instance once the session's transaction is committed. A key that ends in * means all that begin so.</summary>
    public async Task InvalidateAsync(Session session, params string[] keys)
    {
        await session.ExecuteAsync("SELECT pg_notify(@Name, key) FROM unnest(@keys) AS key", new { Name, keys });
        await session.AfterCommitAsync(() =>
        {
            foreach (var key in keys) Forget(key);
            return Task.CompletedTask;
        });
    }

    /// <summary>How long the listening connection may be silent before it is asked whether it is still there.</summary>
    internal TimeSpan Silence { get; init; } = Channel.Silence;

    internal int Count => _entries.Count;

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await base.StartAsync(cancellationToken);
        await _firstTry.Task.WaitAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.WhenAll(database.Shards.Select(shard => ListenAsync(shard, stoppingToken)));
    }

    private Task ListenAsync(string shard, CancellationToken stop)
    {
        var hears = false;
        return Channel.ListenAsync(
            database.Source(shard, DatabaseRole.Platform),
            Name,
            Silence,
            begun: () =>
            {
                // what changed meanwhile nobody told us
                _entries.Clear();
                hears = true;
                if (Interlocked.Decrement(ref _deaf) == 0) _firstTry.TrySetResult();
            },
            heard: Forget,
            lost: error =>
            {
                if (hears) Interlocked.Increment(ref _deaf);
                hears = false;
                _entries.Clear();
                LogDeaf(log, error, shard);
                _firstTry.TrySetResult();
            },
            stop);
    }

    // whoever asked first may go away; the others still wait
    private async Task LoadAsync<T>(string key, Entry entry, TaskCompletionSource<T> promise, Func<CancellationToken, Task<T>> load)
    {
        try
        {
            promise.SetResult(await load(CancellationToken.None));
        }
        catch (Exception error)
        {
            _entries.TryRemove(new KeyValuePair<string, Entry>(key, entry));
            promise.SetException(error);
        }
    }

    private void Forget(string key)
    {
        if (!key.EndsWith('*'))
        {
            _entries.TryRemove(key, out _);
            return;
        }
        foreach (var known in _entries.Keys)
        {
            if (known.StartsWith(key[..^1], StringComparison.Ordinal)) _entries.TryRemove(known, out _);
        }
    }

    private void Shrink()
    {
        var now = clock.GetUtcNow();
        foreach (var (key, entry) in _entries)
        {
            if (entry.Until <= now) _entries.TryRemove(key, out _);
        }
        if (_entries.Count >= MostEntries) _entries.Clear();
    }

    private sealed record Entry(Task Value, DateTimeOffset Until);

    [LoggerMessage(310, LogLevel.Warning, "The cache cannot hear of changes on shard '{Shard}'; nothing is remembered until it can.")]
    private static partial void LogDeaf(ILogger logger, Exception error, string shard);
}
