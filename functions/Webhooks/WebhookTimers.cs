using Microsoft.Azure.Functions.Worker;
using Podium.Webhooks;

namespace Podium.Functions.Webhooks;

public sealed class WebhookTimers(SweepWebhooks sweep)
{
    [Function("WebhookSweep")]
    public Task Sweep([TimerTrigger("0 40 4 * * *")] TimerInfo timer, CancellationToken cancellationToken) => sweep.RunAsync(cancellationToken);
}
