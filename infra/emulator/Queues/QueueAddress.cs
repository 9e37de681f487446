using Azure.Messaging.ServiceBus;

namespace Podium.Emulator.Queues;

/// <summary>A queue, or its dead letters. Azure's queue names know no case; ours are kept in lower case.</summary>
internal readonly record struct QueueAddress
{
    public QueueAddress(string queue, bool dead) => (Queue, Dead) = (Name(queue), dead);

    public string Queue { get; }

    public bool Dead { get; }

    public static string Name(string queue) => queue.ToLowerInvariant();

    private const string DeadLetterSuffix = "/$deadletterqueue";

    public static QueueAddress Of(string path, SubQueue subQueue)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        if (subQueue == SubQueue.TransferDeadLetter) throw new NotSupportedException("The emulator has no transfer dead letters: nothing is forwarded.");
        return path.EndsWith(DeadLetterSuffix, StringComparison.OrdinalIgnoreCase)
            ? new QueueAddress(path[..^DeadLetterSuffix.Length], true)
            : new QueueAddress(path, subQueue == SubQueue.DeadLetter);
    }

    public static string DeadLetterPath(string queue) =>
        queue.EndsWith(DeadLetterSuffix, StringComparison.OrdinalIgnoreCase) ? queue : queue + DeadLetterSuffix;

    public override string ToString() => Dead ? Queue + DeadLetterSuffix : Queue;
}
