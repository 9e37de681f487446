using System.Reflection;
using Azure.Messaging.ServiceBus;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;
using Podium.Emulator.Hosting;
using Podium.Emulator.Runtime;

namespace Podium.Emulator.Queues;

/// <summary>Service Bus queue triggers.</summary>
internal sealed partial class ServiceBusTriggerKind(
    QueueHost queues, FunctionInvoker invoker, HostJson host, EmulatorSettings settings, ILogger<ServiceBusTriggerKind> log) : ITriggerKind
{
    private readonly List<QueueFunction> _functions = [];
    private readonly List<QueuePump> _pumps = [];

    public Type AttributeType => typeof(ServiceBusTriggerAttribute);

    public ParameterBinder Add(FunctionDescriptor function)
    {
        var trigger = (ServiceBusTriggerAttribute)function.Trigger;
        if (trigger.TopicName is not null) throw new EmulatorException($"Function '{function.Name}' listens to a topic, which the emulator does not have: use a queue.");
        if (trigger.IsSessionsEnabled) throw new EmulatorException($"Function '{function.Name}' asks for sessions, which the emulator does not have.");
        var queue = settings.Resolve(trigger.QueueName!, function.Name);
        var address = QueueAddress.Of(queue, SubQueue.None); // a function may also work on "queue/$deadletterqueue"
        if (!queues.Declared.Any(known => QueueAddress.Name(known.Name) == address.Queue)) throw new EmulatorException($"Function '{function.Name}' listens to queue '{queue}', which servicebus.json does not declare: add it there, so that it exists in Azure too.");
        CheckConnection(trigger, function);
        _functions.Add(new QueueFunction(function, address, trigger.IsBatched, AutoComplete(function)));
        return MessageBinding.For(function.TriggerParameter, trigger.IsBatched, function.Name);
    }

    public ParameterBinder? BindOther(FunctionDescriptor function, ParameterInfo parameter)
    {
        if (parameter.ParameterType != typeof(ServiceBusMessageActions)) return null;
        var address = _functions.Single(known => known.Function == function).Address;
        return _ => new ValueTask<object?>(new ServiceBusMessageActions(queues.Broker, address));
    }

    public string Describe(FunctionDescriptor function) => $"serviceBusTrigger {_functions.Single(known => known.Function == function).Address}";

    public Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var function in _functions.Where(function => !function.Function.Disabled))
        {
            var pump = new QueuePump(
                queues.Broker, function.Address, host.MaxConcurrentCalls, function.Batched ? host.MaxMessageBatchSize : 1, delete: false,
                (messages, token) => RunAsync(function, messages, token), host.MaxAutoLockRenewal, error => LogListener(log, error, function.Function.Name), host.PrefetchCount);
            _pumps.Add(pump);
            pump.Start();
        }
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.WhenAll(_pumps.Select(pump => pump.StopAsync(cancellationToken)));

    private async Task RunAsync(QueueFunction function, IReadOnlyList<ServiceBusReceivedMessage> messages, CancellationToken cancellationToken)
    {
        var first = messages[0];
        try
        {
            await invoker.InvokeAsync(
                function.Function,
                new Invocation
                {
                    TriggerValue = messages,
                    BindingData = () => function.Batched ? MessageBinding.BatchData(messages) : MessageBinding.Data(first),
                    TraceParent = first.ApplicationProperties.GetValueOrDefault(MessageProperties.Trace) as string,
                    Reason = $"(new message detected on '{function.Address}')",
                },
                cancellationToken);
            if (function.AutoComplete) await SettleAsync(messages, message => queues.Broker.CompleteAsync(function.Address, message, CancellationToken.None));
        }
        catch (Exception)
        {
            // the invoker has logged it; the message goes back whatever auto-complete says
            await SettleAsync(messages, message => queues.Broker.AbandonAsync(function.Address, message, null, CancellationToken.None));
        }

        async Task SettleAsync(IEnumerable<ServiceBusReceivedMessage> all, Func<ServiceBusReceivedMessage, Task> settle)
        {
            try
            {
                await Task.WhenAll(all.Where(message => !message.IsSettled).Select(settle));
            }
            catch (ServiceBusException error) when (error.Reason == ServiceBusFailureReason.MessageLockLost)
            {
                LogLockLost(log, function.Function.Name, first.MessageId);
            }
        }
    }

    private void CheckConnection(ServiceBusTriggerAttribute trigger, FunctionDescriptor function)
    {
        var name = trigger.Connection ?? "AzureWebJobsServiceBus";
        var connection = settings.Connection(name)
            ?? throw new EmulatorException($"Function '{function.Name}' names the connection '{name}', but there is no such setting: add it to Values in local.settings.json, or use ServiceBus, which the emulator provides.");
        try
        {
            EmulatedServiceBus.Parse(connection);
        }
        catch (Exception error) when (error is FormatException or NotSupportedException or ArgumentException)
        {
            throw new EmulatorException($"The connection '{name}' of function '{function.Name}' cannot be used: {error.Message}", error);
        }
    }

    // written in the attribute it counts; left out, host.json decides
    private bool AutoComplete(FunctionDescriptor function) =>
        function.TriggerParameter.CustomAttributes.Single(data => data.AttributeType == typeof(ServiceBusTriggerAttribute)).NamedArguments
            .Where(argument => argument.MemberName == nameof(ServiceBusTriggerAttribute.AutoCompleteMessages))
            .Select(argument => (bool?)argument.TypedValue.Value).FirstOrDefault() ?? host.AutoCompleteMessages;

    private sealed record QueueFunction(FunctionDescriptor Function, QueueAddress Address, bool Batched, bool AutoComplete);

    [LoggerMessage(32, LogLevel.Warning, "The lock of message '{Message}' was lost before function '{Function}' was done with it: it will be delivered again.")]
    private static partial void LogLockLost(ILogger logger, string function, string? message);

    [LoggerMessage(33, LogLevel.Warning, "The listener of function '{Function}' met an error and goes on.")]
    private static partial void LogListener(ILogger logger, Exception error, string function);
}
