using Podium.Privacy;

namespace Podium.Running;

/// <summary>What is kept about how a person fared.</summary>
public static class RunningData
{
    public static readonly OwnData Places = new()
    {
        Name = "places",
        Description = "The places, scores and awards of the rounds and competitions that the person took part in, alone or in a team, as far as they are published.",
        Columns = ["competition_leaderboard.participant_id"],
        Sql =
            """
            SELECT entry.competition_id, round.number AS round, entry.place, entry.score, entry.advances, result.place AS final_place, result.award
            FROM competition_entrants AS own
            JOIN registrations ON registrations.tenant_id = own.tenant_id AND registrations.competition_id = own.competition_id
                AND (registrations.id = own.registration_id OR registrations.team_id = own.team_id)
            JOIN round_entries AS entry ON entry.tenant_id = own.tenant_id AND entry.competition_id = own.competition_id AND entry.registration_id = registrations.id
            JOIN round_runs ON round_runs.tenant_id = entry.tenant_id AND round_runs.round_id = entry.round_id AND round_runs.phase IN ('appealing', 'finished')
            JOIN competition_rounds AS round ON round.tenant_id = entry.tenant_id AND round.id = entry.round_id
            LEFT JOIN competition_results AS result ON result.tenant_id = entry.tenant_id AND result.competition_id = entry.competition_id AND result.registration_id = entry.registration_id
            WHERE own.tenant_id = @TenantId AND own.user_id = @person
            ORDER BY entry.competition_id, round.number, entry.registration_id
            """,
    };

    public static readonly OwnData Appeals = new()
    {
        Name = "appeals",
        Description = "The appeals that the person raised, and what they wrote about appeals.",
        Columns = [],
        Sql =
            """
            SELECT competition_id, raised_at AS at, reason AS text, state, answer FROM competition_appeals WHERE tenant_id = @TenantId AND raised_by = @person
            UNION ALL
            SELECT competition_id, sent_at, text, NULL, NULL FROM appeal_messages JOIN competition_appeals ON competition_appeals.tenant_id = appeal_messages.tenant_id AND competition_appeals.id = appeal_id
            WHERE appeal_messages.tenant_id = @TenantId AND written_by = @person
            ORDER BY at, text
            """,
    };
}
