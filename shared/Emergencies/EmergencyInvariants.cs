using Podium.Operations;

namespace Podium.Emergencies;

/// <summary>What must hold of emergencies.</summary>
public static class EmergencyInvariants
{
    public static readonly Invariant Freezes = new()
    {
        Name = "frozen competitions",
        Holds = "A competition is frozen by an emergency that was not taken back, and its run stands still.",
        Sql =
            """
            SELECT tenant_id, 'competition ' || id || ' is frozen by nobody' FROM competitions
            WHERE frozen_at IS NOT NULL AND NOT EXISTS (
                SELECT FROM emergencies WHERE emergencies.tenant_id = competitions.tenant_id AND competition_id = competitions.id AND kind = 'freeze' AND state = 'done')
            UNION ALL
            SELECT tenant_id, 'competition ' || competition_id || ' is not frozen' FROM emergencies
            WHERE kind = 'freeze' AND state = 'done' AND NOT EXISTS (SELECT FROM competitions WHERE competitions.tenant_id = emergencies.tenant_id AND competitions.id = competition_id AND frozen_at IS NOT NULL)
            UNION ALL
            SELECT run.tenant_id, 'competition ' || run.competition_id || ' is frozen and runs' FROM competition_runs AS run
            JOIN competitions ON competitions.tenant_id = run.tenant_id AND competitions.id = run.competition_id AND frozen_at IS NOT NULL
            WHERE run.status = 'running'
            """,
    };
}
