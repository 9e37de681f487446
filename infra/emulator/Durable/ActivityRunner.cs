using Microsoft.DurableTask.Converters;
using Podium.Emulator.Runtime;

namespace Podium.Emulator.Durable;

/// <summary>Runs one activity and answers what goes into its orchestrator's inbox.</summary>
internal sealed class ActivityRunner(DurableFunctions functions, FunctionInvoker invoker, TimeProvider clock)
{
    /// <summary>Null when the emulator stopped meanwhile and the activity has to run again.</summary>
    public async Task<DurableEvent?> RunAsync(ActivityWork work, CancellationToken stopping)
    {
        if (!functions.TryFindActivity(work.Name, out var function))
            return Failed(work, Failure.Missing("ActivityTaskNotFound", functions.NoActivity(work.Name)));

        try
        {
            var result = await invoker.InvokeAsync(function, Invocation(work), stopping);
            return new DurableEvent(DurableEventKind.TaskCompleted, clock.Now()) { TaskId = work.TaskId, Payload = JsonDataConverter.Default.Serialize(result) };
        }
        catch (Exception) when (stopping.IsCancellationRequested)
        {
            return null;
        }
        catch (Exception error)
        {
            return Failed(work, Failure.From(error));
        }
    }

    private static Invocation Invocation(ActivityWork work) => new()
    {
        TriggerValue = work,
        BindingData = () => new Dictionary<string, object?>(StringComparer.OrdinalIgnoreCase) { ["instanceId"] = work.InstanceId },
        TraceParent = work.TraceParent,
        Reason = "Activity",
    };

    private DurableEvent Failed(ActivityWork work, Failure failure) =>
        new(DurableEventKind.TaskFailed, clock.Now()) { TaskId = work.TaskId, Payload = failure.ToJson() };
}
