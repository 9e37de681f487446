using System.Text.Json;
using Azure.Messaging.ServiceBus;

namespace Podium.Operations;

/// <summary>Sends a probe that arrived as a blob on to the queue. The message id makes a repeated sending harmless.</summary>
public sealed class ForwardProbe(ServiceBusClient bus)
{
    public async Task Run(SelfCheck.Probe probe, CancellationToken cancellationToken)
    {
        await using var sender = bus.CreateSender(SelfCheck.Queue);
        await sender.SendMessageAsync(
            new ServiceBusMessage(JsonSerializer.Serialize(probe)) { MessageId = $"probe-{probe.Id}", ContentType = "application/json", Subject = "self-check" },
            cancellationToken);
    }
}
