using System.Text;

namespace Azure.Messaging.ServiceBus;

public enum ServiceBusMessageState
{
    Active = 0,
    Deferred = 1,
    Scheduled = 2,
}

/// <summary>A message to send.</summary>
public class ServiceBusMessage
{
    private TimeSpan _timeToLive = TimeSpan.MaxValue;

    public ServiceBusMessage() : this(BinaryData.FromBytes(ReadOnlyMemory<byte>.Empty))
    {
    }

    public ServiceBusMessage(string? body) : this(BinaryData.FromBytes(Encoding.UTF8.GetBytes(body ?? "")))
    {
    }

    public ServiceBusMessage(ReadOnlyMemory<byte> body) : this(BinaryData.FromBytes(body))
    {
    }

    public ServiceBusMessage(BinaryData body) => Body = body ?? throw new ArgumentNullException(nameof(body));

    public ServiceBusMessage(ServiceBusReceivedMessage receivedMessage)
    {
        ArgumentNullException.ThrowIfNull(receivedMessage);
        Body = receivedMessage.Body;
        ContentType = receivedMessage.ContentType;
        CorrelationId = receivedMessage.CorrelationId;
        MessageId = receivedMessage.MessageId;
        PartitionKey = receivedMessage.PartitionKey;
        ReplyTo = receivedMessage.ReplyTo;
        Subject = receivedMessage.Subject;
        TimeToLive = receivedMessage.TimeToLive;
        To = receivedMessage.To;
        foreach (var (name, value) in receivedMessage.ApplicationProperties)
        {
            // what the service wrote when it gave the message up does not travel on
            if (name is not ("DeadLetterReason" or "DeadLetterErrorDescription")) ApplicationProperties[name] = value;
        }
    }

    public IDictionary<string, object?> ApplicationProperties { get; } = new Dictionary<string, object?>();

    public BinaryData Body { get; set; }

    public string? ContentType { get; set; }

    public string? CorrelationId { get; set; }

    public string? MessageId
    {
        get;
        set
        {
            if (value is { Length: 0 or > 128 }) throw new ArgumentException("A message id has 1 to 128 characters.", nameof(value));
            field = value;
        }
    }

    public string? PartitionKey { get; set; }

    public string? ReplyTo { get; set; }

    public string? ReplyToSessionId { get; set; }

    public DateTimeOffset ScheduledEnqueueTime { get; set; }

    public string? SessionId { get; set; }

    public string? Subject { get; set; }

    public TimeSpan TimeToLive
    {
        get => _timeToLive;
        set => _timeToLive = value > TimeSpan.Zero ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "A message must live for some time.");
    }

    public string? To { get; set; }

    public string? TransactionPartitionKey { get; set; }

    public override string ToString() => $"{{MessageId:{MessageId}}}";
}

/// <summary>A message as it was received or peeked at.</summary>
public class ServiceBusReceivedMessage
{
    internal ServiceBusReceivedMessage()
    {
    }

    public IReadOnlyDictionary<string, object?> ApplicationProperties { get; internal init; } = new Dictionary<string, object?>();

    public BinaryData Body { get; internal init; } = BinaryData.FromBytes(ReadOnlyMemory<byte>.Empty);

    public string? ContentType { get; internal init; }

    public string? CorrelationId { get; internal init; }

    public string? DeadLetterErrorDescription => ApplicationProperties.GetValueOrDefault("DeadLetterErrorDescription") as string;

    public string? DeadLetterReason => ApplicationProperties.GetValueOrDefault("DeadLetterReason") as string;

    public string? DeadLetterSource { get; internal init; }

    public int DeliveryCount { get; internal init; }

    public long EnqueuedSequenceNumber { get; internal init; }

    public DateTimeOffset EnqueuedTime { get; internal init; }

    public DateTimeOffset ExpiresAt => TimeToLive >= DateTimeOffset.MaxValue - EnqueuedTime ? DateTimeOffset.MaxValue : EnqueuedTime + TimeToLive;

    public DateTimeOffset LockedUntil { get; internal set; }

    public string? LockToken => LockTokenGuid == Guid.Empty ? null : LockTokenGuid.ToString();

    public string? MessageId { get; internal init; }

    public string? PartitionKey { get; internal init; }

    public string? ReplyTo { get; internal init; }

    public string? ReplyToSessionId { get; internal init; }

    public DateTimeOffset ScheduledEnqueueTime { get; internal init; }

    public long SequenceNumber { get; internal init; }

    public string? SessionId { get; internal init; }

    public ServiceBusMessageState State { get; internal init; }

    public string? Subject { get; internal init; }

    public TimeSpan TimeToLive { get; internal init; } = TimeSpan.MaxValue;

    public string? To { get; internal init; }

    public string? TransactionPartitionKey { get; internal init; }

    internal Guid LockTokenGuid { get; init; }

    /// <summary>Whether somebody has completed, abandoned, deferred or dead-lettered it.</summary>
    internal bool IsSettled { get; set; }

    public override string ToString() => $"{{MessageId:{MessageId}}}";
}

/// <summary>Makes received messages and batches for unit tests.</summary>
public static class ServiceBusModelFactory
{
    public static ServiceBusMessageBatch ServiceBusMessageBatch(
        long batchSizeBytes, IList<ServiceBusMessage> batchMessageStore, CreateMessageBatchOptions? batchOptions = null, Func<ServiceBusMessage, bool>? tryAddCallback = null) =>
        new(batchSizeBytes, batchMessageStore, batchOptions, tryAddCallback);

    public static ServiceBusReceivedMessage ServiceBusReceivedMessage(
        BinaryData? body = null, string? messageId = null, string? partitionKey = null, string? viaPartitionKey = null, string? sessionId = null,
        string? replyToSessionId = null, TimeSpan timeToLive = default, string? correlationId = null, string? subject = null, string? to = null,
        string? contentType = null, string? replyTo = null, DateTimeOffset scheduledEnqueueTime = default, IDictionary<string, object?>? properties = null,
        Guid lockTokenGuid = default, int deliveryCount = 0, DateTimeOffset lockedUntil = default, long sequenceNumber = -1, string? deadLetterSource = null,
        long enqueuedSequenceNumber = 0, DateTimeOffset enqueuedTime = default, ServiceBusMessageState serviceBusMessageState = ServiceBusMessageState.Active) => new()
        {
            Body = body ?? BinaryData.FromBytes(ReadOnlyMemory<byte>.Empty),
            MessageId = messageId,
            PartitionKey = partitionKey,
            TransactionPartitionKey = viaPartitionKey,
            SessionId = sessionId,
            ReplyToSessionId = replyToSessionId,
            TimeToLive = timeToLive == default ? TimeSpan.MaxValue : timeToLive,
            CorrelationId = correlationId,
            Subject = subject,
            To = to,
            ContentType = contentType,
            ReplyTo = replyTo,
            ScheduledEnqueueTime = scheduledEnqueueTime,
            ApplicationProperties = properties is null ? new Dictionary<string, object?>() : new Dictionary<string, object?>(properties),
            LockTokenGuid = lockTokenGuid,
            DeliveryCount = deliveryCount,
            LockedUntil = lockedUntil,
            SequenceNumber = sequenceNumber,
            DeadLetterSource = deadLetterSource,
            EnqueuedSequenceNumber = enqueuedSequenceNumber,
            EnqueuedTime = enqueuedTime,
            State = serviceBusMessageState,
        };
}
