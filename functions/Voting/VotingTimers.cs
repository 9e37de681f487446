using Azure.Messaging.ServiceBus;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Podium.Functions.Messaging;
using Podium.Platform.Messaging;
using Podium.Voting;
using Podium.Voting.Fraud;

namespace Podium.Functions.Voting;

public sealed class VotingTimers(SealVoteLog log, ReconcileCounts counts, VoterTickets tickets, VotingSessions sessions, CheckVotes check, ReplayVotes replays, QueueWork work)
{
    [Function("SealVoteLogs")]
    public Task Seal([TimerTrigger("40 * * * * *")] TimerInfo timer, CancellationToken cancellationToken) => log.RunAllAsync(cancellationToken);

    [Function("ReconcileVoteCounts")]
    public Task Reconcile([TimerTrigger("0 25 * * * *")] TimerInfo timer, CancellationToken cancellationToken) => counts.RunAllAsync(cancellationToken);

    [Function("ForgetVotingCodes")]
    public Task Forget([TimerTrigger("0 20 4 * * *")] TimerInfo timer, CancellationToken cancellationToken) => tickets.SweepAsync(cancellationToken);

    [Function("ForgetVoteSightings")]
    public Task ForgetSightings([TimerTrigger("0 35 4 * * *")] TimerInfo timer, CancellationToken cancellationToken) => check.SweepAsync(cancellationToken);

    // a cast sends nothing: what it would cost all of them, this costs once
    [Function("OrderVoteChecks")]
    public Task OrderChecks([TimerTrigger("10 * * * * *")] TimerInfo timer, CancellationToken cancellationToken) => check.OrderAsync(cancellationToken);

    [Function("VotesToCheck")]
    public Task Check([ServiceBusTrigger(Outbox.VoteChecks, Connection = "ServiceBus")] ServiceBusReceivedMessage message, ServiceBusMessageActions actions, CancellationToken cancellationToken) => work.RunAsync(
        Outbox.VoteChecks,
        message,
        actions,
        delivery => delivery.Subject switch
        {
            CheckVotes.Subject => check.RunAsync(delivery, cancellationToken),
            ReplayVotes.Subject => replays.RunAsync(delivery, cancellationToken),
            _ => throw new UnreadableMessageException("unknown-subject", $"Nothing is known of messages '{delivery.Subject}'."),
        },
        cancellationToken);

    // a crash between the change of a schedule and the start of its orchestration must not keep a voting from opening
    [Function("WakeVotingPhases")]
    public async Task Wake([TimerTrigger("0 */10 * * * *")] TimerInfo timer, [DurableClient] DurableTaskClient durable, CancellationToken cancellationToken)
    {
        foreach (var (actor, id) in await sessions.OverdueAsync(cancellationToken)) await VotingPhaseOrchestration.WakeAsync(durable, actor, id, cancellationToken);
    }
}
