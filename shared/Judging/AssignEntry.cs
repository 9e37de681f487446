using Podium.Platform.Messaging;
using Podium.Submissions;

namespace Podium.Judging;

/// <summary>Finds judges for what was handed in after a round's judges were assigned. Where nobody was assigned yet nothing is done.</summary>
public sealed class AssignEntry(Inbox inbox, AssignRound assign)
{
    public Task Run(Delivery delivery, CancellationToken cancellationToken)
    {
        var ready = delivery.Read<SettleSubmission.Ready>();
        return inbox.OnceAsync(
            delivery,
            async session =>
            {
                var rounds = await session.QueryAsync<Guid>(
                    """
                    SELECT round_id FROM (
                        SELECT DISTINCT ON (round_id) round_id, registration_ids FROM assignment_plans
                        WHERE tenant_id = @tenantId AND competition_id = @CompetitionId AND (@RoundId::uuid IS NULL OR round_id = @RoundId)
                        ORDER BY round_id, position DESC) AS plan
                    WHERE (registration_ids IS NULL OR @RegistrationId = ANY (registration_ids)) AND NOT EXISTS (
                        SELECT FROM judge_assignments AS given
                        WHERE given.tenant_id = @tenantId AND given.competition_id = @CompetitionId AND given.registration_id = @RegistrationId AND given.round_id = plan.round_id AND given.status <> 'withdrawn')
                    ORDER BY round_id
                    """,
                    new { tenantId = delivery.Tenant.Id, ready.CompetitionId, ready.RoundId, ready.RegistrationId },
                    cancellationToken);
                foreach (var round in rounds) await assign.AgainAsync(session, delivery.Tenant.Id, null, ready.CompetitionId, round, "submission", cancellationToken);
            },
            cancellationToken);
    }
}
