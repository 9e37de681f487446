using DurableTask.Core.Exceptions;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace Podium.Functions.Messaging;

/// <summary>Orchestrations that ask the database what is due, and sleep until the next thing is or until somebody has changed something.</summary>
internal static class Waking
{
    /// <summary>Begins an instance, or lets the one that is there look again at once.</summary>
    public static async Task WakeAsync(this DurableTaskClient durable, string name, string id, object order, string changed, CancellationToken cancellationToken)
    {
        try
        {
            await durable.ScheduleNewOrchestrationInstanceAsync(name, order, new StartOrchestrationOptions(id), cancellationToken);
        }
        catch (OrchestrationAlreadyExistsException)
        {
            await durable.RaiseEventAsync(id, changed, cancellation: cancellationToken);
        }
    }

    /// <summary>Sleeps until an instant or an event; where there is no instant, until the event.</summary>
    public static async Task SleepAsync(this TaskOrchestrationContext context, string changed, DateTimeOffset? until)
    {
        var wait = until?.UtcDateTime - context.CurrentUtcDateTime;
        try
        {
            if (wait is null) await context.WaitForExternalEvent<object?>(changed);
            else if (wait > TimeSpan.Zero) await context.WaitForExternalEvent<object?>(changed, wait.Value);
        }
        catch (TaskCanceledException)
        {
            // its time has come
        }
    }
}
