using Podium.Privacy;

namespace Podium.Submissions;

/// <summary>What is kept about a person's submissions.</summary>
public static class SubmissionData
{
    public static readonly OwnData Submissions = new()
    {
        Name = "submissions",
        Description = "What the person handed in, alone or with a team, and what became of it. The files are under files.",
        Columns = [],
        Sql =
            """
            SELECT submissions.id, competitions.name AS competition, submissions.number AS version, submissions.status, submissions.review_status, submissions.reason_code, submissions.reason, submissions.entry,
                   submissions.due_at, submissions.submitted_at, submissions.submitted_by = @person AS submitted_by_you, submissions.arrived_at, submissions.late, submissions.penalty
            FROM registrations
            JOIN submissions ON submissions.tenant_id = @TenantId AND submissions.competition_id = registrations.competition_id AND submissions.registration_id = registrations.id
            JOIN competitions ON competitions.tenant_id = @TenantId AND competitions.id = submissions.competition_id
            WHERE registrations.tenant_id = @TenantId
              AND (registrations.user_id = @person OR registrations.team_id IN (SELECT team_id FROM team_members WHERE tenant_id = @TenantId AND user_id = @person))
            ORDER BY submissions.created_at, submissions.id
            """,
    };
}
