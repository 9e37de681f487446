using Azure.Messaging.ServiceBus;
using Podium.Platform.Messaging;

namespace Podium.Operations;

/// <summary>Looks at every queue: whether it answers, how long its oldest message has waited, and what it gave up.</summary>
public sealed class QueueChecks(ServiceBusClient bus, TimeProvider clock)
{
    private const int MostLookedAt = 100;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    internal static readonly IReadOnlyList<string> Names = [Outbox.Notifications, Outbox.EvaluationAssignment, Outbox.SubmissionProcessing, Outbox.VoteChecks, SelfCheck.Queue];

    public async Task<IReadOnlyList<Finding>> Run(CancellationToken cancellationToken) => await Task.WhenAll(Names.Select(name => GuardAsync(name, cancellationToken)));

    private async Task<Finding> GuardAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            return await LookAsync(name, cancellationToken).WaitAsync(Patience, cancellationToken);
        }
        catch (Exception error) when (!cancellationToken.IsCancellationRequested)
        {
            return Finding.Bad($"queue {name}", $"It does not answer: {error.GetType().Name}.", "See that the queue is there and that the app may reach it.");
        }
    }

    private async Task<Finding> LookAsync(string name, CancellationToken cancellationToken)
    {
        await using var receiver = bus.CreateReceiver(name);
        await using var given = bus.CreateReceiver(name, new ServiceBusReceiverOptions { SubQueue = SubQueue.DeadLetter });
        var now = clock.GetUtcNow();
        // what is to come later waits for a reason; one that is worked on is still there
        var waiting = (await receiver.PeekMessagesAsync(MostLookedAt, cancellationToken: cancellationToken)).Where(message => message.State == ServiceBusMessageState.Active).ToList();
        var dead = (await given.PeekMessagesAsync(MostLookedAt, cancellationToken: cancellationToken)).Count;
        var age = waiting.Count == 0 ? TimeSpan.Zero : now - waiting.Min(message => message.EnqueuedTime);
        var check = $"queue {name}";
        if (age > TimeSpan.FromMinutes(30)) return Finding.Bad(check, $"The oldest message has waited {age.TotalMinutes:0} minutes.", "See that its consumer runs, and in the log whether it fails.");
        if (dead > 0) return Finding.Warning(check, $"{(dead == MostLookedAt ? "At least " : "")}{dead} dead letters.", $"Run 'podium dead-letters list --queue {name}'.");
        if (age > TimeSpan.FromMinutes(5)) return Finding.Warning(check, $"The oldest message has waited {age.TotalMinutes:0} minutes.", "More comes than is worked off: see instances, and the database.");
        return Finding.Good(check, waiting.Count == 0 ? "Nothing waits." : $"{waiting.Count} or more are on their way.");
    }
}
