using Podium.Competitions;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Running;

/// <summary>How the entries of a competition stand by the mean of their final reviews, while it is judged: for organisers, and for everybody where the competition wants it.</summary>
public sealed class Leaderboard(Database database)
{
    private const int AtOnce = 5000;

    public sealed record Line
    {
        public required Guid RegistrationId { get; init; }

        public required Guid ParticipantId { get; init; }

        public required string ParticipantType { get; init; }

        public required string Participant { get; init; }

        public required decimal AvgScore { get; init; }

        public required int ReviewCount { get; init; }

        public required long Rank { get; init; }
    }

    private sealed record Standing(string Status, bool Open);

    internal const string PageSql =
        """
        SELECT page.registration_id, page.participant_id, page.participant_type, coalesce(teams.name, users.first_name || ' ' || users.last_name) AS participant, page.avg_score, page.review_count,
               page.place + (SELECT count(*) FROM competition_leaderboard AS above WHERE above.tenant_id = @TenantId AND above.competition_id = @competitionId AND above.avg_score > page.first) AS rank
        FROM (
            SELECT *, rank() OVER (ORDER BY avg_score DESC) AS place, max(avg_score) OVER () AS first
            FROM (
                SELECT registration_id, participant_id, participant_type, avg_score, review_count
                FROM competition_leaderboard AS board
                WHERE tenant_id = @TenantId AND competition_id = @competitionId
                  AND (@After::uuid IS NULL OR (-avg_score, registration_id) > (SELECT -avg_score, registration_id FROM competition_leaderboard WHERE tenant_id = @TenantId AND competition_id = @competitionId AND registration_id = @After))
                ORDER BY avg_score DESC, registration_id
                LIMIT @limit
            ) AS listed
        ) AS page
        LEFT JOIN teams ON page.participant_type = 'team' AND teams.tenant_id = @TenantId AND teams.id = page.participant_id
        LEFT JOIN users ON page.participant_type = 'individual' AND users.tenant_id = @TenantId AND users.id = page.participant_id
        ORDER BY page.avg_score DESC, page.registration_id
        """;

    public Task<Outcome<Page<Line>>> ReadAsync(Caller caller, Guid competitionId, PageQuery page, CancellationToken cancellationToken) => database.Reading(caller).QueryManyAsync<Outcome<Page<Line>>>(
        $"""
        SELECT status, coalesce((configuration->>'openBoard')::boolean, false) AS open FROM competitions WHERE tenant_id = @TenantId AND id = @competitionId AND deleted_at IS NULL;
        {PageSql}
        """,
        new { caller.TenantId, competitionId, page.After, limit = page.Fetch() },
        async results =>
        {
            var manages = CompetitionDirectory.Manages(caller, competitionId);
            if (await results.ReadFirstOrDefaultAsync<Standing>() is not { } standing || (standing.Status == "draft" && !manages)) return Problem.NotFound("competition");
            if (!manages && !standing.Open) return RunningProblems.Unpublished;
            return page.Of([.. await results.ReadAsync<Line>()], line => line.RegistrationId);
        },
        cancellationToken);

    /// <summary>Has the entries of a round counted anew, whose reviews count no more, or again.</summary>
    internal static Task NoteRoundAsync(Session session, Guid tenantId, Guid competitionId, Guid roundId, CancellationToken cancellationToken) => session.ExecuteAsync(
        """
        INSERT INTO leaderboard_changes (tenant_id, competition_id, registration_id)
        SELECT DISTINCT tenant_id, competition_id, registration_id FROM judge_assignments WHERE tenant_id = @tenantId AND competition_id = @competitionId AND round_id = @roundId AND status = 'finished'
        """,
        new { tenantId, competitionId, roundId },
        cancellationToken);

    /// <summary>Counts anew what has changed; how many entries that was.</summary>
    public async Task<int> RefreshAsync(CancellationToken cancellationToken)
    {
        var total = 0;
        foreach (var shard in database.Shards)
        {
            int changed;
            do
            {
                changed = await database.InPlatformTransaction(session => StepAsync(session, cancellationToken), cancellationToken, shard);
                total += changed;
            }
            while (changed == AtOnce);
        }
        return total;
    }

    private static async Task<int> StepAsync(Session session, CancellationToken cancellationToken)
    {
        // one at a time counts: two might write what each saw, the older last
        if (!await session.SingleAsync<bool>("SELECT pg_try_advisory_xact_lock(hashtextextended('leaderboard', 0))", null, cancellationToken)) return 0;
        return await session.SingleAsync<int>(
            """
            WITH taken AS (
                DELETE FROM leaderboard_changes WHERE position IN (SELECT position FROM leaderboard_changes ORDER BY position LIMIT @AtOnce) RETURNING tenant_id, competition_id, registration_id
            ), changed AS (
                SELECT DISTINCT tenant_id, competition_id, registration_id FROM taken
            ), counted AS (
                SELECT changed.tenant_id, changed.competition_id, changed.registration_id, avg(reviews.overall_score) AS score, count(reviews.id)::int AS number
                FROM changed
                LEFT JOIN registrations ON registrations.tenant_id = changed.tenant_id AND registrations.id = changed.registration_id AND registrations.status = 'approved'
                LEFT JOIN judge_assignments AS given ON given.tenant_id = changed.tenant_id AND given.competition_id = changed.competition_id AND given.registration_id = registrations.id AND given.status = 'finished'
                    AND NOT EXISTS (SELECT FROM round_runs WHERE round_runs.tenant_id = given.tenant_id AND round_runs.round_id = given.round_id AND round_runs.phase = 'cancelled')
                LEFT JOIN reviews ON reviews.tenant_id = given.tenant_id AND reviews.id = given.id AND reviews.status = 'final'
                GROUP BY 1, 2, 3
            ), gone AS (
                DELETE FROM competition_leaderboard AS board USING counted
                WHERE counted.number = 0 AND board.tenant_id = counted.tenant_id AND board.competition_id = counted.competition_id AND board.registration_id = counted.registration_id
            ), written AS (
                INSERT INTO competition_leaderboard (tenant_id, competition_id, registration_id, participant_id, participant_type, avg_score, review_count)
                SELECT counted.tenant_id, counted.competition_id, counted.registration_id, registrations.participant_id, registrations.participant_type, round(score, 6), number
                FROM counted JOIN registrations ON registrations.tenant_id = counted.tenant_id AND registrations.id = counted.registration_id
                WHERE number > 0
                ON CONFLICT (tenant_id, competition_id, registration_id) DO UPDATE SET avg_score = excluded.avg_score, review_count = excluded.review_count
            )
            SELECT count(*)::int FROM taken
            """,
            new { AtOnce },
            cancellationToken);
    }
}
