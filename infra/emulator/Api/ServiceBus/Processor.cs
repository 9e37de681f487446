using Podium.Emulator.Queues;

namespace Azure.Messaging.ServiceBus;

/// <summary>A message to be worked on by a processor's handler.</summary>
public class ProcessMessageEventArgs : EventArgs
{
    private readonly ServiceBusReceiver? _receiver;

    public ProcessMessageEventArgs(ServiceBusReceivedMessage message, ServiceBusReceiver receiver, CancellationToken cancellationToken)
        : this(message, receiver, receiver?.Identifier ?? "", cancellationToken)
    {
    }

    public ProcessMessageEventArgs(ServiceBusReceivedMessage message, ServiceBusReceiver receiver, string identifier, CancellationToken cancellationToken)
    {
        Message = message;
        _receiver = receiver;
        Identifier = identifier;
        CancellationToken = cancellationToken;
    }

    public ServiceBusReceivedMessage Message { get; }

    public CancellationToken CancellationToken { get; }

    public string Identifier { get; }

    public string EntityPath => Receiver.EntityPath;

    public string FullyQualifiedNamespace => Receiver.FullyQualifiedNamespace;

    private ServiceBusReceiver Receiver => _receiver ?? throw new InvalidOperationException("These arguments were made without a receiver.");

    public virtual Task CompleteMessageAsync(ServiceBusReceivedMessage message, CancellationToken cancellationToken = default) =>
        Receiver.CompleteMessageAsync(message, cancellationToken);

    public virtual Task AbandonMessageAsync(ServiceBusReceivedMessage message, IDictionary<string, object?>? propertiesToModify = null, CancellationToken cancellationToken = default) =>
        Receiver.AbandonMessageAsync(message, propertiesToModify, cancellationToken);

    public virtual Task DeferMessageAsync(ServiceBusReceivedMessage message, IDictionary<string, object?>? propertiesToModify = null, CancellationToken cancellationToken = default) =>
        Receiver.DeferMessageAsync(message, propertiesToModify, cancellationToken);

    public virtual Task DeadLetterMessageAsync(ServiceBusReceivedMessage message, IDictionary<string, object?>? propertiesToModify = null, CancellationToken cancellationToken = default) =>
        Receiver.DeadLetterMessageAsync(message, propertiesToModify, cancellationToken);

    public virtual Task DeadLetterMessageAsync(ServiceBusReceivedMessage message, string deadLetterReason, string? deadLetterErrorDescription = null, CancellationToken cancellationToken = default) =>
        Receiver.DeadLetterMessageAsync(message, deadLetterReason, deadLetterErrorDescription, cancellationToken);

    public virtual Task RenewMessageLockAsync(ServiceBusReceivedMessage message, CancellationToken cancellationToken = default) =>
        Receiver.RenewMessageLockAsync(message, cancellationToken);
}

/// <summary>A failure of a processor's handler or of its receiving.</summary>
public sealed class ProcessErrorEventArgs(
    Exception exception, ServiceBusErrorSource errorSource, string fullyQualifiedNamespace, string entityPath, string identifier, CancellationToken cancellationToken) : EventArgs
{
    public Exception Exception { get; } = exception;

    public ServiceBusErrorSource ErrorSource { get; } = errorSource;

    public string FullyQualifiedNamespace { get; } = fullyQualifiedNamespace;

    public string EntityPath { get; } = entityPath;

    public string Identifier { get; } = identifier;

    public CancellationToken CancellationToken { get; } = cancellationToken;
}

/// <summary>Hands a queue's messages to a handler, several at a time.</summary>
public class ServiceBusProcessor : IAsyncDisposable
{
    private readonly ServiceBusClient _client = null!;
    private readonly ServiceBusProcessorOptions _options = new();
    private readonly ServiceBusReceiver _receiver = null!;
    private QueuePump? _pump;

    protected ServiceBusProcessor()
    {
    }

    protected internal ServiceBusProcessor(ServiceBusClient client, string queueName, ServiceBusProcessorOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _client = client;
        _options = options;
        MaxConcurrentCalls = options.MaxConcurrentCalls;
        PrefetchCount = options.PrefetchCount;
        _receiver = client.CreateReceiver(queueName, new ServiceBusReceiverOptions { ReceiveMode = options.ReceiveMode, SubQueue = options.SubQueue, PrefetchCount = options.PrefetchCount });
        Identifier = options.Identifier ?? _receiver.Identifier;
    }

    public event Func<ProcessMessageEventArgs, Task>? ProcessMessageAsync;

    public event Func<ProcessErrorEventArgs, Task>? ProcessErrorAsync;

    public virtual bool AutoCompleteMessages => _options.AutoCompleteMessages;

    public virtual string EntityPath => _receiver.EntityPath;

    public virtual string FullyQualifiedNamespace => _client.FullyQualifiedNamespace;

    public virtual string Identifier { get; } = "";

    public virtual bool IsClosed { get; private set; }

    public virtual bool IsProcessing => _pump is not null;

    public virtual TimeSpan MaxAutoLockRenewalDuration => _options.MaxAutoLockRenewalDuration;

    public virtual int MaxConcurrentCalls { get; private set; }

    public virtual int PrefetchCount { get; private set; }

    public virtual ServiceBusReceiveMode ReceiveMode => _options.ReceiveMode;

    public virtual Task StartProcessingAsync(CancellationToken cancellationToken = default)
    {
        if (ProcessMessageAsync is null) throw new InvalidOperationException("Cannot begin processing without ProcessMessageAsync handler set.");
        if (ProcessErrorAsync is null) throw new InvalidOperationException("Cannot begin processing without ProcessErrorAsync handler set.");
        if (_pump is not null) throw new InvalidOperationException("The message processor is already processing messages. This operation cannot be performed once the processor has been started.");
        _pump = new QueuePump(_client.Broker, QueueAddress.Of(EntityPath, SubQueue.None), MaxConcurrentCalls, 1, ReceiveMode == ServiceBusReceiveMode.ReceiveAndDelete, HandleAsync,
            MaxAutoLockRenewalDuration, error => _ = FailedAsync(error, ServiceBusErrorSource.Receive, CancellationToken.None), PrefetchCount);
        _pump.Start();
        return Task.CompletedTask;
    }

    public virtual async Task StopProcessingAsync(CancellationToken cancellationToken = default)
    {
        if (_pump is not { } pump) return;
        _pump = null;
        await pump.StopAsync(cancellationToken);
    }

    public virtual async Task CloseAsync(CancellationToken cancellationToken = default)
    {
        await StopProcessingAsync(cancellationToken);
        IsClosed = true;
    }

    public async ValueTask DisposeAsync()
    {
        await CloseAsync();
        GC.SuppressFinalize(this);
    }

    public void UpdateConcurrency(int maxConcurrentCalls) => MaxConcurrentCalls = maxConcurrentCalls;

    public void UpdatePrefetchCount(int prefetchCount) => PrefetchCount = prefetchCount;

    protected internal virtual Task OnProcessMessageAsync(ProcessMessageEventArgs args) => ProcessMessageAsync!(args);

    protected internal virtual Task OnProcessErrorAsync(ProcessErrorEventArgs args) => ProcessErrorAsync!(args);

    private async Task HandleAsync(IReadOnlyList<ServiceBusReceivedMessage> messages, CancellationToken cancellationToken)
    {
        var message = messages[0];
        var source = ServiceBusErrorSource.ProcessMessageCallback;
        try
        {
            await OnProcessMessageAsync(new ProcessMessageEventArgs(message, _receiver, Identifier, cancellationToken));
            source = ServiceBusErrorSource.Complete;
            if (AutoCompleteMessages && !message.IsSettled && ReceiveMode == ServiceBusReceiveMode.PeekLock) await _receiver.CompleteMessageAsync(message, CancellationToken.None);
        }
        catch (Exception error)
        {
            await FailedAsync(error, source, cancellationToken);
            var lost = error is ServiceBusException { Reason: ServiceBusFailureReason.MessageLockLost };
            if (!message.IsSettled && !lost && ReceiveMode == ServiceBusReceiveMode.PeekLock) await AbandonAsync(message);
        }
    }

    private async Task AbandonAsync(ServiceBusReceivedMessage message)
    {
        try
        {
            await _receiver.AbandonMessageAsync(message, null, CancellationToken.None);
        }
        catch (Exception error)
        {
            await FailedAsync(error, ServiceBusErrorSource.Abandon, CancellationToken.None);
        }
    }

    private async Task FailedAsync(Exception error, ServiceBusErrorSource source, CancellationToken cancellationToken)
    {
        try
        {
            await OnProcessErrorAsync(new ProcessErrorEventArgs(error, source, FullyQualifiedNamespace, EntityPath, Identifier, cancellationToken));
        }
        catch (Exception)
        {
            // an error handler that fails itself changes nothing
        }
    }
}
