using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Podium.Voting;

namespace Podium.Functions.Voting;

public sealed class VotingTimers(SealVoteLog log, ReconcileCounts counts, VoterTickets tickets, VotingSessions sessions)
{
    [Function("SealVoteLogs")]
    public Task Seal([TimerTrigger("40 * * * * *")] TimerInfo timer, CancellationToken cancellationToken) => log.RunAllAsync(cancellationToken);

    [Function("ReconcileVoteCounts")]
    public Task Reconcile([TimerTrigger("0 25 * * * *")] TimerInfo timer, CancellationToken cancellationToken) => counts.RunAllAsync(cancellationToken);

    [Function("ForgetVotingCodes")]
    public Task Forget([TimerTrigger("0 20 4 * * *")] TimerInfo timer, CancellationToken cancellationToken) => tickets.SweepAsync(cancellationToken);

    // a crash between the change of a schedule and the start of its orchestration must not keep a voting from opening
    [Function("WakeVotingPhases")]
    public async Task Wake([TimerTrigger("0 */10 * * * *")] TimerInfo timer, [DurableClient] DurableTaskClient durable, CancellationToken cancellationToken)
    {
        foreach (var (actor, id) in await sessions.OverdueAsync(cancellationToken)) await VotingPhaseOrchestration.WakeAsync(durable, actor, id, cancellationToken);
    }
}
