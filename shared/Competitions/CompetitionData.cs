using Podium.Privacy;

namespace Podium.Competitions;

/// <summary>What is kept about a person's part in competitions.</summary>
public static class CompetitionData
{
    public static readonly OwnData Registrations = new()
    {
        Name = "registrations",
        Description = "The competitions that the person registered for, alone or with a team, and what the registration said.",
        Columns = ["registrations.user_id", "registrations.participant_id", "competition_entrants.user_id"],
        Sql =
            """
            SELECT registrations.id, competitions.name AS competition, registrations.participant_type, registrations.status, registrations.reason, registrations.entry,
                   registrations.registered_at, registrations.decided_at
            FROM registrations
            JOIN competitions ON competitions.tenant_id = registrations.tenant_id AND competitions.id = registrations.competition_id
            WHERE registrations.tenant_id = @TenantId
              AND (registrations.user_id = @person
                   OR registrations.team_id IN (SELECT team_id FROM team_members WHERE tenant_id = @TenantId AND user_id = @person))
            ORDER BY registrations.registered_at, registrations.id
            """,
    };

    public static readonly OwnData Teams = new()
    {
        Name = "teams",
        Description = "The teams that the person belongs or belonged to, with when they came and went.",
        Columns = ["team_members.user_id", "teams.captain_id"],
        Sql =
            """
            SELECT teams.id, teams.name, competitions.name AS competition, team_members.role, teams.captain_id = @person AS is_captain, team_members.joined_at, team_members.left_at
            FROM team_members
            JOIN teams ON teams.tenant_id = team_members.tenant_id AND teams.id = team_members.team_id
            JOIN competitions ON competitions.tenant_id = teams.tenant_id AND competitions.id = teams.competition_id
            WHERE team_members.tenant_id = @TenantId AND team_members.user_id = @person
            ORDER BY team_members.joined_at, teams.id
            """,
    };

    public static readonly OwnData Invitations = new()
    {
        Name = "teamInvitations",
        Description = "Invitations to teams that the person got or sent, and requests to join one.",
        Columns = ["team_invitations.user_id", "team_invitations.invited_by"],
        Sql =
            """
            SELECT id, team_id, direction, user_id = @person AS is_for_you, message, status, created_at, expires_at, decided_at
            FROM team_invitations
            WHERE tenant_id = @TenantId AND (user_id = @person OR invited_by = @person)
            ORDER BY created_at, id
            """,
    };

    public static readonly OwnData Imports = new()
    {
        Name = "importedAs",
        Description = "The number under which another system's list names the person.",
        Columns = ["imported_people.user_id"],
        Sql = "SELECT external_id FROM imported_people WHERE tenant_id = @TenantId AND user_id = @person ORDER BY external_id",
    };
}
