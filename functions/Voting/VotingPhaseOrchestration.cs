using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Podium.Functions.Messaging;
using Podium.Platform.Databases;
using Podium.Voting;

namespace Podium.Functions.Voting;

/// <summary>Opens, closes and publishes a voting when its times come. Votes never pass through here; the database says what is due.</summary>
public sealed class VotingPhaseOrchestration(MovePhase phases)
{
    public const string Name = "VotingPhases";

    private const string ScheduleChanged = "ScheduleChanged";

    private static readonly TaskOptions Retry = TaskOptions.FromRetryPolicy(new RetryPolicy(5, TimeSpan.FromSeconds(5), backoffCoefficient: 2));

    /// <summary>Which voting.</summary>
    public sealed record Order(Guid TenantId, string Shard, Guid VotingId);

    /// <summary>Lets it look at the schedule again, or for the first time.</summary>
    internal static Task WakeAsync(DurableTaskClient durable, Actor actor, Guid votingId, CancellationToken cancellationToken) =>
        durable.WakeAsync(Name, $"voting-{votingId:N}", new Order(actor.TenantId, actor.Shard, votingId), ScheduleChanged, cancellationToken);

    [Function(Name)]
    public static async Task Run([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        var order = context.GetInput<Order>()!;
        var step = await context.CallActivityAsync<MovePhase.Step>(nameof(MoveVotingPhaseWhenDue), order, Retry);
        if (step.Next is not { } next) return;
        // the schedule may change meanwhile
        await context.SleepAsync(ScheduleChanged, next);
        context.ContinueAsNew(order);
    }

    [Function(nameof(MoveVotingPhaseWhenDue))]
    public Task<MovePhase.Step> MoveVotingPhaseWhenDue([ActivityTrigger] Order order, CancellationToken cancellationToken) =>
        phases.WhenDueAsync(new Actor { TenantId = order.TenantId, Shard = order.Shard }, order.VotingId, cancellationToken);
}
