namespace Podium.Analytics;

/// <summary>What people do in a competition, read from where it is kept: nobody tells it twice, and nobody need have agreed to analytics.</summary>
public static class Milestones
{
    /// <summary>What tells a milestone from an event; the name of an event has no colon.</summary>
    public const string Prefix = "entry:";

    private const string People =
        """
        SELECT registration.id AS registration_id, registration.team_id, registration.registered_at, coalesce(registration.user_id, member.user_id) AS user_id
        FROM registrations AS registration
        LEFT JOIN team_members AS member ON member.tenant_id = @TenantId AND member.competition_id = @competitionId AND member.team_id = registration.team_id AND member.left_at IS NULL
        WHERE registration.tenant_id = @TenantId AND registration.competition_id = @competitionId AND coalesce(registration.user_id, member.user_id) IS NOT NULL
        """;

    /// <summary>Each as a source of <c>user_id</c> and <c>at</c>. Knows @TenantId and @competitionId.</summary>
    public static readonly IReadOnlyDictionary<string, string> Sql = new Dictionary<string, string>
    {
        ["entry:registered"] = $"SELECT user_id, registered_at AS at FROM ({People}) AS people",
        // a person alone is complete; a team is when as many as it needs are there and it is registered
        ["entry:team-complete"] =
            $"""
            SELECT people.user_id, greatest(people.registered_at, complete.at) AS at
            FROM ({People}) AS people
            LEFT JOIN (
                SELECT team_id, joined_at AS at
                FROM (
                    SELECT member.team_id, member.joined_at, row_number() OVER (PARTITION BY member.team_id ORDER BY member.joined_at, member.user_id) AS place, min_team_size
                    FROM team_members AS member JOIN competitions ON competitions.tenant_id = @TenantId AND competitions.id = @competitionId
                    WHERE member.tenant_id = @TenantId AND member.competition_id = @competitionId AND member.left_at IS NULL
                ) AS joined
                WHERE place = min_team_size
            ) AS complete ON complete.team_id = people.team_id
            WHERE people.team_id IS NULL OR complete.at IS NOT NULL
            """,
        ["entry:submitted"] =
            $"""
            SELECT people.user_id, submission.submitted_at AS at
            FROM ({People}) AS people
            JOIN submissions AS submission ON submission.tenant_id = @TenantId AND submission.competition_id = @competitionId AND submission.registration_id = people.registration_id
                AND submission.status <> 'draft' AND submission.deleted_at IS NULL
            """,
        ["entry:reviewed"] =
            $"""
            SELECT people.user_id, reviews.submitted_at AS at
            FROM ({People}) AS people
            JOIN judge_assignments AS given ON given.tenant_id = @TenantId AND given.competition_id = @competitionId AND given.registration_id = people.registration_id AND given.status = 'finished'
            JOIN reviews ON reviews.tenant_id = @TenantId AND reviews.id = given.id
            """,
        ["entry:advanced"] =
            $"""
            SELECT people.user_id, coalesce(run.confirmed_at, run.entered_at) AS at
            FROM ({People}) AS people
            JOIN round_entries AS entry ON entry.tenant_id = @TenantId AND entry.competition_id = @competitionId AND entry.registration_id = people.registration_id AND entry.advances
            JOIN round_runs AS run ON run.tenant_id = @TenantId AND run.round_id = entry.round_id AND run.phase <> 'cancelled'
            """,
        // whoever is in the last round, from when it opens
        ["entry:finalist"] =
            $"""
            SELECT people.user_id, last.opens_at AS at
            FROM ({People}) AS people
            JOIN (SELECT id, opens_at FROM competition_rounds WHERE tenant_id = @TenantId AND competition_id = @competitionId AND deleted_at IS NULL ORDER BY number DESC LIMIT 1) AS last ON true
            JOIN round_entries AS entry ON entry.tenant_id = @TenantId AND entry.round_id = last.id AND entry.registration_id = people.registration_id
            """,
    };
}
