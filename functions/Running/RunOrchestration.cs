using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Podium.Competitions;
using Podium.Functions.Messaging;
using Podium.Platform.Databases;
using Podium.Platform.Messaging;
using Podium.Running;

namespace Podium.Functions.Running;

/// <summary>
/// One for each start of a competition: asks what is due and waits until the next thing is, or until somebody has changed something. The database says what that is,
/// so new code takes over at the next step, and a step that is repeated finds its work done.
/// </summary>
public sealed class RunOrchestration(MoveRounds rounds, WatchRuns watch, Leaderboard leaderboard)
{
    public const string Name = "RunCompetition";

    private const string Changed = "Changed";

    private static readonly TaskOptions Retry = TaskOptions.FromRetryPolicy(new RetryPolicy(100, TimeSpan.FromSeconds(5), backoffCoefficient: 2, maxRetryInterval: TimeSpan.FromMinutes(10)));

    /// <summary>Which start of which competition.</summary>
    public sealed record Order(Guid TenantId, string Shard, Guid CompetitionId, int Number);

    /// <summary>Begins it, or lets it look again at once.</summary>
    internal static Task WakeAsync(DurableTaskClient durable, Delivery delivery, CancellationToken cancellationToken)
    {
        var wanted = delivery.Read<WakeRun.Order>();
        var order = new Order(delivery.Tenant.Id, delivery.Tenant.Shard, wanted.CompetitionId, wanted.Number);
        return durable.WakeAsync(Name, $"competition-{order.CompetitionId:N}-{order.Number}", order, Changed, cancellationToken);
    }

    [Function(Name)]
    public static async Task Run([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        var order = context.GetInput<Order>()!;
        var step = await context.CallActivityAsync<MoveRounds.Step>(nameof(MoveRoundsWhenDue), order, Retry);
        context.SetCustomStatus(step);
        if (step.Ended) return;
        await context.SleepAsync(Changed, step.Until);
        context.ContinueAsNew(order);
    }

    [Function(nameof(MoveRoundsWhenDue))]
    public Task<MoveRounds.Step> MoveRoundsWhenDue([ActivityTrigger] Order order, CancellationToken cancellationToken) =>
        rounds.WhenDueAsync(new Actor { TenantId = order.TenantId, Shard = order.Shard }, order.CompetitionId, order.Number, cancellationToken);

    [Function("WatchRuns")]
    public Task Watch([TimerTrigger("20 */10 * * * *")] TimerInfo timer, CancellationToken cancellationToken) => watch.Run(cancellationToken);

    [Function("RefreshLeaderboards")]
    public Task RefreshLeaderboards([TimerTrigger("50 * * * * *")] TimerInfo timer, CancellationToken cancellationToken) => leaderboard.RefreshAsync(cancellationToken);
}
