using Azure.Core;
using Podium.Emulator.Queues;

namespace Azure.Messaging.ServiceBus;

/// <summary>The way to the emulator's queues. It knows no other service.</summary>
public class ServiceBusClient : IAsyncDisposable
{
    private readonly string _connectionString = "";

    protected ServiceBusClient()
    {
    }

    public ServiceBusClient(string connectionString) : this(connectionString, new ServiceBusClientOptions())
    {
    }

    public ServiceBusClient(string connectionString, ServiceBusClientOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        EmulatedServiceBus.Parse(connectionString); // says at once what is wrong with it
        _connectionString = connectionString;
        Identifier = options.Identifier ?? $"emulator-{Guid.NewGuid():N}";
        TransportType = options.TransportType;
    }

    public ServiceBusClient(string fullyQualifiedNamespace, TokenCredential credential) : this(fullyQualifiedNamespace, credential, new ServiceBusClientOptions())
    {
    }

    public ServiceBusClient(string fullyQualifiedNamespace, TokenCredential credential, ServiceBusClientOptions options) =>
        throw new NotSupportedException(
            $"This build talks to the emulator only and cannot reach '{fullyQualifiedNamespace}': leave ServiceBus__fullyQualifiedNamespace empty, or build with -p:FunctionsRuntime=Azure.");

    public ServiceBusClient(string fullyQualifiedNamespace, AzureNamedKeyCredential credential, ServiceBusClientOptions? options = null)
        : this(fullyQualifiedNamespace, (TokenCredential)null!, options!)
    {
    }

    public ServiceBusClient(string fullyQualifiedNamespace, AzureSasCredential credential, ServiceBusClientOptions? options = null)
        : this(fullyQualifiedNamespace, (TokenCredential)null!, options!)
    {
    }

    public virtual string FullyQualifiedNamespace => EmulatedServiceBus.Parse(_connectionString).Endpoint;

    public virtual string Identifier { get; } = "";

    public virtual bool IsClosed { get; private set; }

    public ServiceBusTransportType TransportType { get; }

    // asked for at every use: the emulator in this process may have been started anew
    internal Broker Broker => IsClosed
        ? throw new ObjectDisposedException(nameof(ServiceBusClient), "The ServiceBusClient has been closed.")
        : EmulatedServiceBus.BrokerOf(_connectionString);

    public virtual ServiceBusSender CreateSender(string queueOrTopicName) => new(this, queueOrTopicName);

    public virtual ServiceBusSender CreateSender(string queueOrTopicName, ServiceBusSenderOptions options) => new(this, queueOrTopicName, options);

    public virtual ServiceBusReceiver CreateReceiver(string queueName) => new(this, queueName, new ServiceBusReceiverOptions());

    public virtual ServiceBusReceiver CreateReceiver(string queueName, ServiceBusReceiverOptions options) => new(this, queueName, options);

    public virtual ServiceBusProcessor CreateProcessor(string queueName) => new(this, queueName, new ServiceBusProcessorOptions());

    public virtual ServiceBusProcessor CreateProcessor(string queueName, ServiceBusProcessorOptions options) => new(this, queueName, options);

    public virtual ValueTask DisposeAsync()
    {
        IsClosed = true;
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }
}

/// <summary>Sends messages to a queue.</summary>
public class ServiceBusSender : IAsyncDisposable
{
    private readonly ServiceBusClient _client = null!;

    protected ServiceBusSender()
    {
    }

    protected internal ServiceBusSender(ServiceBusClient client, string queueOrTopicName) : this(client, queueOrTopicName, null)
    {
    }

    protected internal ServiceBusSender(ServiceBusClient client, string queueOrTopicName, ServiceBusSenderOptions? options)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(queueOrTopicName);
        _client = client;
        EntityPath = queueOrTopicName;
        Identifier = options?.Identifier ?? $"{queueOrTopicName}-{Guid.NewGuid():N}";
    }

    public virtual string EntityPath { get; } = "";

    public virtual string FullyQualifiedNamespace => _client.FullyQualifiedNamespace;

    public virtual string Identifier { get; } = "";

    public virtual bool IsClosed { get; private set; }

    private Broker Broker => IsClosed ? throw new ObjectDisposedException(nameof(ServiceBusSender)) : _client.Broker;

    public virtual Task SendMessageAsync(ServiceBusMessage message, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(message);
        return Broker.SendAsync(EntityPath, [message], null, cancellationToken);
    }

    public virtual Task SendMessagesAsync(IEnumerable<ServiceBusMessage> messages, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(messages);
        ServiceBusMessage[] all = [.. messages];
        if (all.Length == 0) return Task.CompletedTask;
        using var batch = new ServiceBusMessageBatch(null);
        if (all.Any(message => !batch.TryAddMessage(message)))
        {
            throw new ServiceBusException(
                $"The {all.Length} messages are together larger than {batch.MaxSizeInBytes} bytes, the most that is sent at once: send them in batches.",
                ServiceBusFailureReason.MessageSizeExceeded, EntityPath);
        }
        return Broker.SendAsync(EntityPath, all, null, cancellationToken);
    }

    public virtual Task SendMessagesAsync(ServiceBusMessageBatch messageBatch, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(messageBatch);
        return messageBatch.Count == 0 ? Task.CompletedTask : Broker.SendAsync(EntityPath, messageBatch.Messages, null, cancellationToken);
    }

    public virtual async Task<long> ScheduleMessageAsync(ServiceBusMessage message, DateTimeOffset scheduledEnqueueTime, CancellationToken cancellationToken = default) =>
        (await ScheduleMessagesAsync([message], scheduledEnqueueTime, cancellationToken))[0];

    public virtual async Task<IReadOnlyList<long>> ScheduleMessagesAsync(
        IEnumerable<ServiceBusMessage> messages, DateTimeOffset scheduledEnqueueTime, CancellationToken cancellationToken = default)
    {
        ServiceBusMessage[] all = [.. messages];
        return all.Length == 0 ? [] : await Broker.SendAsync(EntityPath, all, scheduledEnqueueTime, cancellationToken);
    }

    public virtual Task CancelScheduledMessageAsync(long sequenceNumber, CancellationToken cancellationToken = default) =>
        CancelScheduledMessagesAsync([sequenceNumber], cancellationToken);

    public virtual Task CancelScheduledMessagesAsync(IEnumerable<long> sequenceNumbers, CancellationToken cancellationToken = default) =>
        Broker.CancelScheduledAsync(EntityPath, [.. sequenceNumbers], cancellationToken);

    public virtual ValueTask<ServiceBusMessageBatch> CreateMessageBatchAsync(CancellationToken cancellationToken = default) => new(new ServiceBusMessageBatch(null));

    public virtual ValueTask<ServiceBusMessageBatch> CreateMessageBatchAsync(CreateMessageBatchOptions options, CancellationToken cancellationToken = default) =>
        new(new ServiceBusMessageBatch(options?.MaxSizeInBytes));

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

/// <summary>Messages that go in one sending, of limited size.</summary>
public sealed class ServiceBusMessageBatch : IDisposable
{
    private const long Largest = 262_144; // of a standard namespace
    private const long Overhead = 64;
    private readonly IList<ServiceBusMessage> _messages = [];
    private readonly Func<ServiceBusMessage, bool>? _takes;

    internal ServiceBusMessageBatch(long? largest)
    {
        if (largest > Largest) throw new ArgumentOutOfRangeException(nameof(largest), largest, $"A batch may hold at most {Largest} bytes.");
        MaxSizeInBytes = largest ?? Largest;
    }

    // a batch as a unit test wants it
    internal ServiceBusMessageBatch(long size, IList<ServiceBusMessage> store, CreateMessageBatchOptions? options, Func<ServiceBusMessage, bool>? takes)
        : this(options?.MaxSizeInBytes) => (SizeInBytes, _messages, _takes) = (size, store, takes ?? (_ => true));

    public int Count => _messages.Count;

    public long MaxSizeInBytes { get; }

    public long SizeInBytes { get; private set; }

    internal IReadOnlyList<ServiceBusMessage> Messages => [.. _messages];

    public bool TryAddMessage(ServiceBusMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (_takes is not null)
        {
            var taken = _takes(message);
            if (taken) _messages.Add(message);
            return taken;
        }
        var size = Size(message);
        if (SizeInBytes + size > MaxSizeInBytes) return false;
        SizeInBytes += size;
        _messages.Add(message);
        return true;
    }

    public void Dispose()
    {
    }

    internal static long Size(ServiceBusMessage message) =>
        Overhead + message.Body.ToMemory().Length + (message.MessageId?.Length ?? 0) + (message.Subject?.Length ?? 0) +
        message.ApplicationProperties.Sum(property => property.Key.Length + (property.Value is string text ? text.Length : 8));
}
