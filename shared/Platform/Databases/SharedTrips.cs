using System.Diagnostics;
using Npgsql;

namespace Podium.Platform.Databases;

/// <summary>
/// Statements of one kind that come while others are under way go to the database together: one round trip, one commit. What comes alone goes at once.
/// </summary>
public sealed class SharedTrips<TKey, TItem, TResult>(Func<TKey, IReadOnlyList<TItem>, Task<IReadOnlyList<TResult>>> travel)
    where TKey : notnull
{
    // two, so that one travels while the other's answers are read; more would leave fewer to go together
    private const int MostTrips = 2;
    private const int MostTogether = 64;

    private readonly Dictionary<TKey, Line> _lines = [];

    private sealed class Line
    {
        public Queue<Traveller> Waiting { get; } = [];

        public int Trips { get; set; }
    }

    private sealed record Traveller(TItem Item, Activity? Activity)
    {
        public TaskCompletionSource<TResult> Arrival { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <summary>The item's own result. Who stops waiting does not stop what is under way.</summary>
    public Task<TResult> GoAsync(TKey key, TItem item, CancellationToken cancellationToken)
    {
        var traveller = new Traveller(item, Activity.Current);
        bool leaves;
        lock (_lines)
        {
            if (!_lines.TryGetValue(key, out var line)) _lines[key] = line = new Line();
            line.Waiting.Enqueue(traveller);
            leaves = line.Trips < MostTrips;
            if (leaves) line.Trips++;
        }
        if (leaves) _ = TravelAsync(key);
        return traveller.Arrival.Task.WaitAsync(cancellationToken);
    }

    private async Task TravelAsync(TKey key)
    {
        while (Next(key) is { } travellers)
        {
            // several go in the trace of the first
            Activity.Current = travellers[0].Activity;
            await ArriveAsync(key, travellers);
        }
    }

    private Traveller[]? Next(TKey key)
    {
        lock (_lines)
        {
            var line = _lines[key];
            if (line.Waiting.Count > 0) return [.. Enumerable.Range(0, Math.Min(MostTogether, line.Waiting.Count)).Select(_ => line.Waiting.Dequeue())];
            if (--line.Trips == 0) _lines.Remove(key);
            return null;
        }
    }

    private async Task ArriveAsync(TKey key, Traveller[] travellers)
    {
        try
        {
            var results = await travel(key, [.. travellers.Select(traveller => traveller.Item)]);
            foreach (var (place, traveller) in travellers.Index()) traveller.Arrival.SetResult(results[place]);
        }
        catch (PostgresException) when (travellers.Length > 1)
        {
            // the server has kept nothing, and one's fault is not the others'
            foreach (var traveller in travellers) await ArriveAsync(key, [traveller]);
        }
        catch (Exception error)
        {
            foreach (var traveller in travellers) traveller.Arrival.TrySetException(error);
        }
    }
}
