using Microsoft.DurableTask.Converters;

namespace Podium.Emulator.Durable;

/// <summary>Waiters for external events and the events nobody waited for yet, by name without regard to case.</summary>
/// <remarks>
/// As in Durable Task the youngest waiter is served first, so that a loop around WhenAny may abandon older ones.
/// A waiter that was cancelled keeps its place there and swallows the event that reaches it; so it does here.
/// </remarks>
internal sealed class ExternalEvents
{
    private readonly Dictionary<string, Stack<IWaiter>> _waiters = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, Queue<DurableEvent>> _early = new(StringComparer.OrdinalIgnoreCase);

    private interface IWaiter
    {
        Type EventType { get; }

        bool IsWaiting { get; }

        void Complete(string? payload);
    }

    /// <summary>Whether the orchestrator waits for any event.</summary>
    public bool Awaited => _waiters.Values.Any(stack => stack.Any(waiter => waiter.IsWaiting));

    /// <summary>Events that came in and were not asked for, in the order of their names' first coming.</summary>
    public IEnumerable<DurableEvent> Unprocessed => _early.Values.SelectMany(queue => queue);

    public Task<T> Wait<T>(string name, CancellationToken cancellationToken)
    {
        if (!_waiters.TryGetValue(name, out var stack)) _waiters[name] = stack = new Stack<IWaiter>();
        if (stack.TryPeek(out var other) && other.EventType != typeof(T))
        {
            throw new ArgumentException(
                $"Events with the same name must have the same type argument. Expected {other.EventType.FullName} but was requested {typeof(T).FullName}.");
        }
        var waiter = new Waiter<T>();
        stack.Push(waiter);
        if (_early.TryGetValue(name, out var queue) && queue.TryDequeue(out var early)) Raise(early);
        cancellationToken.Register(() => waiter.TrySetCanceled(cancellationToken));
        return waiter.Task;
    }

    public void Raise(DurableEvent raised)
    {
        if (_waiters.TryGetValue(raised.Name!, out var stack) && stack.TryPop(out var waiter))
        {
            waiter.Complete(raised.Payload);
            return;
        }
        if (!_early.TryGetValue(raised.Name!, out var queue)) _early[raised.Name!] = queue = new Queue<DurableEvent>();
        queue.Enqueue(raised);
    }

    private sealed class Waiter<T> : TaskCompletionSource<T>, IWaiter
    {
        public Type EventType => typeof(T);

        public bool IsWaiting => !Task.IsCompleted;

        public void Complete(string? payload) => TrySetResult(JsonDataConverter.Default.Deserialize<T>(payload)!);
    }
}
