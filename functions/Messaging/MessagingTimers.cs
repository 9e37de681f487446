using Microsoft.Azure.Functions.Worker;
using Podium.Platform.Messaging;

namespace Podium.Functions.Messaging;

public sealed class MessagingTimers(OutboxSender sender, Inbox inbox)
{
    [Function("OutboxSweep")]
    public Task Outbox([TimerTrigger("20 * * * * *")] TimerInfo timer, CancellationToken cancellationToken) => sender.SweepAsync(cancellationToken);

    [Function("InboxSweep")]
    public Task Inbox([TimerTrigger("0 10 4 * * *")] TimerInfo timer, CancellationToken cancellationToken) => inbox.SweepAsync(cancellationToken);
}
