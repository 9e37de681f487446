using Azure.Messaging.ServiceBus;

namespace Podium.Operations;

/// <summary>Messages that their queue has given up: looking at them, putting them back, throwing them away.</summary>
public sealed class DeadLetters(ServiceBusClient bus, TimeProvider clock)
{
    private const int BatchSize = 100;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>A queue, and for how long it drops a second message of the same id.</summary>
    public sealed record Source(string Name, TimeSpan? RemembersIds);

    public sealed record Letter
    {
        public required string Queue { get; init; }

        public required long Sequence { get; init; }

        public string? MessageId { get; init; }

        public string? Subject { get; init; }

        public required DateTimeOffset SentAt { get; init; }

        public required int Deliveries { get; init; }

        public string? Reason { get; init; }

        public string? Description { get; init; }

        /// <summary>What the reason means, and what helps.</summary>
        public required string Explanation { get; init; }

        public required IReadOnlyDictionary<string, object?> Properties { get; init; }

        public required string Body { get; init; }
    }

    /// <summary>How many went back; those sent a moment ago wait until the queue has forgotten their ids.</summary>
    public sealed record Replayed(string Queue, int Count, IReadOnlyList<Waiting> Waiting);

    public sealed record Waiting(long Sequence, string? MessageId, DateTimeOffset Until);

    public async Task<IReadOnlyList<Letter>> ListAsync(Source queue, int most, CancellationToken cancellationToken)
    {
        await using var receiver = Receiver(queue);
        var letters = new List<Letter>();
        while (letters.Count < most && await receiver.PeekMessagesAsync(Math.Min(BatchSize, most - letters.Count), cancellationToken: cancellationToken) is { Count: > 0 } messages)
            letters.AddRange(messages.Select(message => LetterOf(queue, message)));
        return letters;
    }

    /// <summary>
    /// Puts all or one of them back with a clean slate. They keep their message ids, by which consumers know what they have done already;
    /// so one whose id the queue still remembers must wait, or it would be dropped as a duplicate.
    /// </summary>
    public async Task<Replayed> ReplayAsync(Source queue, long? sequence, CancellationToken cancellationToken)
    {
        await using var sender = bus.CreateSender(queue.Name);
        var waiting = new List<Waiting>();
        var count = await SettleAsync(
            queue,
            sequence,
            async message =>
            {
                if (queue.RemembersIds is { } window && message.EnqueuedTime + window is var until && until > clock.GetUtcNow())
                {
                    waiting.Add(new Waiting(message.SequenceNumber, message.MessageId, until));
                    return false;
                }
                // sent first: a crash in between leaves two of one id, never none
                await sender.SendMessageAsync(new ServiceBusMessage(message), cancellationToken);
                return true;
            },
            cancellationToken);
        return new Replayed(queue.Name, count, waiting);
    }

    /// <summary>Throws all or one of them away and answers how many.</summary>
    public Task<int> PurgeAsync(Source queue, long? sequence, CancellationToken cancellationToken) => SettleAsync(queue, sequence, _ => Task.FromResult(true), cancellationToken);

    private async Task<int> SettleAsync(Source queue, long? sequence, Func<ServiceBusReceivedMessage, Task<bool>> isDone, CancellationToken cancellationToken)
    {
        var wanted = (await ListAsync(queue, int.MaxValue, cancellationToken)).Select(letter => letter.Sequence).Where(known => sequence is null || known == sequence).ToHashSet();
        await using var receiver = Receiver(queue);
        var kept = new List<ServiceBusReceivedMessage>();
        var done = 0;
        try
        {
            while (wanted.Count > 0 && await receiver.ReceiveMessagesAsync(BatchSize, Patience, cancellationToken) is { Count: > 0 } messages)
            {
                foreach (var message in messages)
                {
                    // locked until the end, so that each is met once
                    if (!wanted.Remove(message.SequenceNumber) || !await isDone(message))
                    {
                        kept.Add(message);
                        continue;
                    }
                    await receiver.CompleteMessageAsync(message, CancellationToken.None);
                    done++;
                }
            }
        }
        finally
        {
            foreach (var message in kept) await receiver.AbandonMessageAsync(message, cancellationToken: CancellationToken.None);
        }
        return done;
    }

    private ServiceBusReceiver Receiver(Source queue) => bus.CreateReceiver(queue.Name, new ServiceBusReceiverOptions { SubQueue = SubQueue.DeadLetter });

    private static Letter LetterOf(Source queue, ServiceBusReceivedMessage message) => new()
    {
        Queue = queue.Name,
        Sequence = message.SequenceNumber,
        MessageId = message.MessageId,
        Subject = message.Subject,
        SentAt = message.EnqueuedTime,
        Deliveries = message.DeliveryCount,
        Reason = message.DeadLetterReason,
        Description = message.DeadLetterErrorDescription,
        Explanation = Explain(message.DeadLetterReason, message.DeliveryCount),
        Properties = message.ApplicationProperties.Where(property => property.Key is not ("DeadLetterReason" or "DeadLetterErrorDescription")).ToDictionary(property => property.Key, object? (property) => property.Value),
        Body = message.Body.ToString(),
    };

    private static string Explain(string? reason, int deliveries) => reason switch
    {
        "MaxDeliveryCountExceeded" => $"Its consumer failed {deliveries} times, each time for a reason that stands in the log by this message id: mend that, then replay.",
        "TTLExpiredException" => "Nobody received it before its time was over: see that its consumer runs; replay it only if it still matters.",
        "HeaderSizeExceeded" => "Its properties are larger than the queue takes: replaying it as it is will not help.",
        null or "" => "Its consumer gave it up without a reason: see the log by its message id.",
        _ => "Its consumer gave it up itself, for this reason: replay it once the reason is gone.",
    };
}
