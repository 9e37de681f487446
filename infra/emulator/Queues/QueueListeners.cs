namespace Podium.Emulator.Queues;

/// <summary>Who wants to know that a queue may have something to receive.</summary>
internal sealed class QueueListeners
{
    private readonly Lock _gate = new();
    private readonly Dictionary<QueueAddress, List<Action>> _listeners = [];

    public IDisposable Add(QueueAddress address, Action wake)
    {
        lock (_gate)
        {
            if (!_listeners.TryGetValue(address, out var list)) _listeners[address] = list = [];
            list.Add(wake);
        }
        return new Subscription(this, address, wake);
    }

    public void Wake(QueueAddress address)
    {
        Action[] wakes;
        lock (_gate) wakes = _listeners.TryGetValue(address, out var list) ? [.. list] : [];
        foreach (var wake in wakes) wake();
    }

    public void WakeAll()
    {
        Action[] wakes;
        lock (_gate) wakes = [.. _listeners.Values.SelectMany(list => list)];
        foreach (var wake in wakes) wake();
    }

    private sealed class Subscription(QueueListeners owner, QueueAddress address, Action wake) : IDisposable
    {
        public void Dispose()
        {
            lock (owner._gate) owner._listeners[address].Remove(wake);
        }
    }
}
