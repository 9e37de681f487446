using Azure.Messaging.ServiceBus;

namespace Podium.Emulator.Queues;

/// <summary>A queue, or its dead letters.</summary>
internal readonly record struct QueueAddress(string Queue, bool Dead)
{
    private const string DeadLetterSuffix = "/$deadletterqueue";

    public static QueueAddress Of(string path, SubQueue subQueue)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        if (subQueue == SubQueue.TransferDeadLetter) throw new NotSupportedException("The emulator has no transfer dead letters: nothing is forwarded.");
        return path.EndsWith(DeadLetterSuffix, StringComparison.OrdinalIgnoreCase)
            ? new QueueAddress(path[..^DeadLetterSuffix.Length], true)
            : new QueueAddress(path, subQueue == SubQueue.DeadLetter);
    }

    public override string ToString() => Dead ? Queue + DeadLetterSuffix : Queue;
}
