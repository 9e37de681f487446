using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Podium.Operations;

namespace Podium.Functions.Operations;

public sealed class SelfCheckTriggers(ForwardProbe forwardProbe, TimeProvider clock)
{
    [Function("SelfCheckProbeWritten")]
    public Task ProbeWritten(
        [BlobTrigger(SelfCheck.Container + "/{id}.probe", Source = BlobTriggerSource.EventGrid, Connection = "Storage")] SelfCheck.Probe probe,
        CancellationToken cancellationToken) =>
        forwardProbe.Run(probe, cancellationToken);

    [Function("SelfCheckProbeArrived")]
    public static Task ProbeArrived(
        [ServiceBusTrigger(SelfCheck.Queue, Connection = "ServiceBus")] SelfCheck.Probe probe,
        [DurableClient] DurableTaskClient durable,
        CancellationToken cancellationToken) =>
        durable.RaiseEventAsync(probe.Id, SelfCheck.ProbeArrived, probe, cancellationToken);

    [Function("SelfCheckHourly")]
    public Task Hourly(
        [TimerTrigger("0 0 * * * *")] TimerInfo timer, [DurableClient] DurableTaskClient durable, CancellationToken cancellationToken) =>
        SelfCheckOrchestration.StartAsync(durable, clock, cancellationToken);

    [Function("SelfCheckCleanup")]
    public async Task Cleanup(
        [TimerTrigger("0 30 3 * * *")] TimerInfo timer, [DurableClient] DurableTaskClient durable, CancellationToken cancellationToken)
    {
        var old = new OrchestrationQuery { InstanceIdPrefix = SelfCheck.IdPrefix, CreatedTo = clock.GetUtcNow() - SelfCheck.Keep };
        await foreach (var check in durable.GetAllInstancesAsync(old).WithCancellation(cancellationToken))
        {
            if (check.IsCompleted) await durable.PurgeInstanceAsync(check.InstanceId, cancellationToken);
        }
    }
}
