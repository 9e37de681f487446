using System.Collections.Concurrent;

namespace Podium.Platform.Caching;

/// <summary>
/// What many read at once and nobody may read stale: one reading at a time is under way for each key and instance, and who comes meanwhile shares the next. Nothing is kept longer than it is asked for.
/// </summary>
public sealed class SharedReadings<TKey, TValue>
    where TKey : notnull
{
    private readonly ConcurrentDictionary<TKey, Reading> _readings = new();

    // the reading under way, and the one that begins when it ends
    private sealed class Reading
    {
        public Task<TValue>? Current { get; set; }

        public Task<TValue>? Next { get; set; }
    }

    public Task<TValue> GetAsync(TKey key, Func<Task<TValue>> load)
    {
        var reading = _readings.GetOrAdd(key, _ => new Reading());
        lock (reading)
        {
            if (reading.Current is not { IsCompleted: false } current) return reading.Current = load();
            // what is under way may have begun before the caller's own change was in
            if (reading.Next is { IsCompleted: false } waiting) return waiting;
            return reading.Next = AfterAsync(current, reading, load);
        }
    }

    private static async Task<TValue> AfterAsync(Task current, Reading reading, Func<Task<TValue>> load)
    {
        await current.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ForceYielding);
        Task<TValue> mine;
        lock (reading)
        {
            mine = reading.Current = load();
            reading.Next = null;
        }
        return await mine;
    }
}
