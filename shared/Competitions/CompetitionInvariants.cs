using Podium.Operations;

namespace Podium.Competitions;

/// <summary>What must hold between competitions, registrations and teams.</summary>
public static class CompetitionInvariants
{
    public static readonly Invariant Seats = new()
    {
        Name = "seats",
        Holds = "As many seats are taken as registrations are pending or approved.",
        Sql =
            """
            SELECT competitions.tenant_id, 'competition ' || competitions.id || ' counts ' || seats_taken || ' and has ' || count(registrations.id)
            FROM competitions
            LEFT JOIN registrations ON registrations.tenant_id = competitions.tenant_id AND registrations.competition_id = competitions.id AND registrations.status IN ('pending', 'approved')
            GROUP BY competitions.tenant_id, competitions.id, seats_taken
            HAVING seats_taken <> count(registrations.id)
            """,
    };

    public static readonly Invariant Entrants = new()
    {
        Name = "entrants",
        Holds = "Who is in a team of a competition or registered alone takes part in it, and nobody else does.",
        Sql =
            """
            WITH should AS (
                SELECT tenant_id, competition_id, user_id, team_id, NULL::uuid AS registration_id FROM team_members WHERE left_at IS NULL
                UNION ALL
                SELECT tenant_id, competition_id, user_id, NULL, id FROM registrations WHERE user_id IS NOT NULL AND status NOT IN ('rejected', 'withdrawn')
            ), are AS (
                SELECT tenant_id, competition_id, user_id, team_id, registration_id FROM competition_entrants
            )
            SELECT tenant_id, 'person ' || user_id || ' should take part in ' || competition_id FROM (SELECT * FROM should EXCEPT ALL SELECT * FROM are) AS missing
            UNION ALL
            SELECT tenant_id, 'person ' || user_id || ' should not take part in ' || competition_id FROM (SELECT * FROM are EXCEPT ALL SELECT * FROM should) AS extra
            """,
    };

    public static readonly Invariant Captains = new()
    {
        Name = "captains",
        Holds = "A team that was not dissolved has its captain among its members, and only one.",
        Sql =
            """
            SELECT teams.tenant_id, 'team ' || teams.id
            FROM teams
            WHERE deleted_at IS NULL AND 1 IS DISTINCT FROM (
                SELECT CASE WHEN bool_or(user_id = teams.captain_id) THEN count(*) END FROM team_members
                WHERE team_members.tenant_id = teams.tenant_id AND team_members.team_id = teams.id AND left_at IS NULL AND role = 'captain')
            """,
    };
}
