using Azure.Messaging.ServiceBus;
using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;
using Podium.Emulator.Queues;

namespace Microsoft.Azure.Functions.Worker;

[AttributeUsage(AttributeTargets.Parameter)]
public sealed class ServiceBusTriggerAttribute : TriggerBindingAttribute
{
    public ServiceBusTriggerAttribute(string queueName) => QueueName = queueName;

    public ServiceBusTriggerAttribute(string topicName, string subscriptionName)
    {
        TopicName = topicName;
        SubscriptionName = subscriptionName;
    }

    public string? Connection { get; set; }

    public string? QueueName { get; }

    public string? TopicName { get; }

    public string? SubscriptionName { get; }

    public bool IsSessionsEnabled { get; set; }

    public bool IsBatched { get; set; }

    public bool AutoCompleteMessages { get; set; }
}

/// <summary>Settles the messages of an invocation by hand.</summary>
public class ServiceBusMessageActions
{
    private readonly Broker _broker = null!;
    private readonly QueueAddress _address;

    protected ServiceBusMessageActions()
    {
    }

    internal ServiceBusMessageActions(Broker broker, QueueAddress address) => (_broker, _address) = (broker, address);

    public virtual Task CompleteMessageAsync(ServiceBusReceivedMessage message, CancellationToken cancellationToken = default) =>
        _broker.CompleteAsync(_address, message, cancellationToken);

    public virtual Task AbandonMessageAsync(ServiceBusReceivedMessage message, IDictionary<string, object>? propertiesToModify = null, CancellationToken cancellationToken = default) =>
        _broker.AbandonAsync(_address, message, Plain(propertiesToModify), cancellationToken);

    public virtual Task DeadLetterMessageAsync(
        ServiceBusReceivedMessage message, Dictionary<string, object>? propertiesToModify = null, string? deadLetterReason = null,
        string? deadLetterErrorDescription = null, CancellationToken cancellationToken = default) =>
        _broker.DeadLetterAsync(_address, message, Plain(propertiesToModify), deadLetterReason, deadLetterErrorDescription, cancellationToken);

    public virtual Task DeferMessageAsync(ServiceBusReceivedMessage message, IDictionary<string, object>? propertiesToModify = null, CancellationToken cancellationToken = default) =>
        _broker.DeferAsync(_address, message, Plain(propertiesToModify), cancellationToken);

    public virtual Task RenewMessageLockAsync(ServiceBusReceivedMessage message, CancellationToken cancellationToken = default) =>
        _broker.RenewAsync(_address, message, cancellationToken);

    private static Dictionary<string, object?>? Plain(IDictionary<string, object>? properties) =>
        properties?.ToDictionary(property => property.Key, object? (property) => property.Value);
}
