using System.Runtime.CompilerServices;
using Podium.Emulator.Queues;

namespace Azure.Messaging.ServiceBus;

/// <summary>Receives messages of a queue, or of its dead letters, and settles them.</summary>
public class ServiceBusReceiver : IAsyncDisposable
{
    private static readonly TimeSpan DefaultWait = TimeSpan.FromMinutes(1);
    private readonly ServiceBusClient _client = null!;
    private readonly QueueAddress _address;
    private long _lastPeeked;

    protected ServiceBusReceiver()
    {
    }

    protected internal ServiceBusReceiver(ServiceBusClient client, string queueName, ServiceBusReceiverOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _client = client;
        _address = QueueAddress.Of(queueName, options.SubQueue);
        EntityPath = _address.Dead ? QueueAddress.DeadLetterPath(queueName) : queueName;
        ReceiveMode = options.ReceiveMode;
        PrefetchCount = options.PrefetchCount;
        Identifier = options.Identifier ?? $"{queueName}-{Guid.NewGuid():N}";
    }

    public virtual string EntityPath { get; } = "";

    public virtual string FullyQualifiedNamespace => _client.FullyQualifiedNamespace;

    public virtual string Identifier { get; } = "";

    public virtual bool IsClosed { get; private set; }

    public virtual int PrefetchCount { get; }

    public virtual ServiceBusReceiveMode ReceiveMode { get; }

    private Broker Broker => IsClosed ? throw new ObjectDisposedException(nameof(ServiceBusReceiver)) : _client.Broker;

    public virtual async Task<ServiceBusReceivedMessage?> ReceiveMessageAsync(TimeSpan? maxWaitTime = null, CancellationToken cancellationToken = default) =>
        (await ReceiveMessagesAsync(1, maxWaitTime, cancellationToken)).FirstOrDefault();

    public virtual Task<IReadOnlyList<ServiceBusReceivedMessage>> ReceiveMessagesAsync(int maxMessages, TimeSpan? maxWaitTime = null, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxMessages);
        return Broker.ReceiveAsync(_address, maxMessages, maxWaitTime ?? DefaultWait, ReceiveMode == ServiceBusReceiveMode.ReceiveAndDelete, cancellationToken);
    }

    public virtual async IAsyncEnumerable<ServiceBusReceivedMessage> ReceiveMessagesAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            if (await ReceiveMessageAsync(null, cancellationToken) is { } message) yield return message;
        }
    }

    public virtual async Task<ServiceBusReceivedMessage?> PeekMessageAsync(long? fromSequenceNumber = null, CancellationToken cancellationToken = default) =>
        (await PeekMessagesAsync(1, fromSequenceNumber, cancellationToken)).FirstOrDefault();

    // without a number a receiver goes on where its last look ended
    public virtual async Task<IReadOnlyList<ServiceBusReceivedMessage>> PeekMessagesAsync(int maxMessages, long? fromSequenceNumber = null, CancellationToken cancellationToken = default)
    {
        var peeked = await Broker.PeekAsync(_address, maxMessages, fromSequenceNumber ?? _lastPeeked + 1, cancellationToken);
        if (peeked.Count > 0) _lastPeeked = peeked[^1].SequenceNumber;
        return peeked;
    }

    public virtual Task CompleteMessageAsync(ServiceBusReceivedMessage message, CancellationToken cancellationToken = default) =>
        Broker.CompleteAsync(_address, message, cancellationToken);

    public virtual Task AbandonMessageAsync(ServiceBusReceivedMessage message, IDictionary<string, object?>? propertiesToModify = null, CancellationToken cancellationToken = default) =>
        Broker.AbandonAsync(_address, message, propertiesToModify, cancellationToken);

    public virtual Task DeferMessageAsync(ServiceBusReceivedMessage message, IDictionary<string, object?>? propertiesToModify = null, CancellationToken cancellationToken = default) =>
        Broker.DeferAsync(_address, message, propertiesToModify, cancellationToken);

    public virtual Task DeadLetterMessageAsync(ServiceBusReceivedMessage message, IDictionary<string, object?>? propertiesToModify = null, CancellationToken cancellationToken = default) =>
        Broker.DeadLetterAsync(_address, message, propertiesToModify, null, null, cancellationToken);

    public virtual Task DeadLetterMessageAsync(ServiceBusReceivedMessage message, string deadLetterReason, string? deadLetterErrorDescription = null, CancellationToken cancellationToken = default) =>
        Broker.DeadLetterAsync(_address, message, null, deadLetterReason, deadLetterErrorDescription, cancellationToken);

    public virtual Task DeadLetterMessageAsync(
        ServiceBusReceivedMessage message, IDictionary<string, object?> propertiesToModify, string deadLetterReason, string? deadLetterErrorDescription = null,
        CancellationToken cancellationToken = default) =>
        Broker.DeadLetterAsync(_address, message, propertiesToModify, deadLetterReason, deadLetterErrorDescription, cancellationToken);

    public virtual Task RenewMessageLockAsync(ServiceBusReceivedMessage message, CancellationToken cancellationToken = default) =>
        Broker.RenewAsync(_address, message, cancellationToken);

    public virtual async Task<ServiceBusReceivedMessage?> ReceiveDeferredMessageAsync(long sequenceNumber, CancellationToken cancellationToken = default) =>
        (await ReceiveDeferredMessagesAsync([sequenceNumber], cancellationToken)).FirstOrDefault();

    public virtual Task<IReadOnlyList<ServiceBusReceivedMessage>> ReceiveDeferredMessagesAsync(IEnumerable<long> sequenceNumbers, CancellationToken cancellationToken = default) =>
        Broker.ReceiveDeferredAsync(_address, [.. sequenceNumbers], ReceiveMode == ServiceBusReceiveMode.ReceiveAndDelete, cancellationToken);

    public virtual Task CloseAsync(CancellationToken cancellationToken = default)
    {
        IsClosed = true;
        return Task.CompletedTask;
    }

    public virtual async ValueTask DisposeAsync()
    {
        await CloseAsync();
        GC.SuppressFinalize(this);
    }
}
