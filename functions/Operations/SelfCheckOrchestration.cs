using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Podium.Operations;

namespace Podium.Functions.Operations;

public sealed class SelfCheckOrchestration(WriteProbe writeProbe, RemoveProbe removeProbe)
{
    public const string Name = "SelfCheck";

    private static readonly TaskOptions Retry = TaskOptions.FromRetryPolicy(new RetryPolicy(3, TimeSpan.FromSeconds(2), backoffCoefficient: 2));

    internal static Task<string> StartAsync(DurableTaskClient durable, TimeProvider clock, CancellationToken cancellationToken) =>
        durable.ScheduleNewOrchestrationInstanceAsync(
            Name, null, new StartOrchestrationOptions(SelfCheck.NewId(clock.GetUtcNow())), cancellationToken);

    [Function(Name)]
    public static async Task<SelfCheck.Outcome> Run([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        var started = context.CurrentUtcDateTime;
        await context.CallActivityAsync(nameof(WriteSelfCheckProbe), context.InstanceId, Retry);
        string? reason = null;
        try
        {
            await context.WaitForExternalEvent<SelfCheck.Probe>(SelfCheck.ProbeArrived, SelfCheck.Patience);
        }
        catch (TaskCanceledException)
        {
            reason = $"The probe did not come back within {SelfCheck.Patience.TotalMinutes:0} minutes: look at the blob trigger, the queue '{SelfCheck.Queue}' and its dead letters.";
        }
        await context.CallActivityAsync(nameof(RemoveSelfCheckProbe), context.InstanceId, Retry);
        return new SelfCheck.Outcome(reason is null, (context.CurrentUtcDateTime - started).TotalSeconds, reason);
    }

    [Function(nameof(WriteSelfCheckProbe))]
    public Task WriteSelfCheckProbe([ActivityTrigger] string id, CancellationToken cancellationToken) =>
        writeProbe.Run(id, cancellationToken);

    [Function(nameof(RemoveSelfCheckProbe))]
    public Task RemoveSelfCheckProbe([ActivityTrigger] string id, CancellationToken cancellationToken) =>
        removeProbe.Run(id, cancellationToken);
}
