namespace Podium.Emulator.Durable;

/// <summary>Keeps the histories of the instances that ran last, up to a number of events.</summary>
internal sealed class HistoryCache(DurableStore store)
{
    private const int MaxEvents = 200_000;
    private readonly Lock _gate = new();
    private readonly LinkedList<Instance> _recent = [];
    private int _events;

    public async ValueTask<Execution> LoadAsync(Instance instance, CancellationToken cancellationToken)
    {
        if (instance.Cached is { } cached) return cached;
        return await store.LoadExecutionAsync(instance.Id, instance.ExecutionId, cancellationToken);
    }

    /// <summary>Keeps an instance's history as it is after a turn, letting go of those that have rested longest.</summary>
    public void Keep(Instance instance, Execution execution)
    {
        lock (_gate)
        {
            Remove(instance);
            instance.Cached = execution;
            instance.CacheNode = _recent.AddFirst(instance);
            instance.CachedWeight = execution.History.Count + 1;
            _events += instance.CachedWeight;
            while (_events > MaxEvents && _recent.Last is { } oldest && oldest.Value != instance) Remove(oldest.Value);
        }
    }

    public void Forget(Instance instance)
    {
        lock (_gate) Remove(instance);
    }

    private void Remove(Instance instance)
    {
        if (instance.CacheNode is not { } node) return;
        _recent.Remove(node);
        instance.CacheNode = null;
        _events -= instance.CachedWeight;
        instance.Cached = null;
    }
}
