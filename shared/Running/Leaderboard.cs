using Podium.Competitions;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Running;

/// <summary>How the entries of a competition stand by the mean of their final reviews, while it is judged: for organisers, and for everybody where the competition wants it.</summary>
public sealed class Leaderboard(Database database, TimeProvider clock)
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

    public sealed record Query : PageQuery
    {
        /// <summary>The board as it stood then; absent, as it stands now.</summary>
        [Example(null!)]
        public DateTimeOffset? At { get; init; }
    }

    private const string Now = "(SELECT tenant_id, competition_id, registration_id, avg_score, review_count FROM competition_leaderboard WHERE tenant_id = @TenantId AND competition_id = @competitionId)";

    // the last line of each entry by then, unless it told that the entry had gone
    private const string Then =
        """
        (SELECT tenant_id, competition_id, registration_id, avg_score, review_count
         FROM leaderboard_then AS line
         WHERE tenant_id = @TenantId AND competition_id = @competitionId AND avg_score IS NOT NULL AND since <= @At AND NOT EXISTS (
             SELECT FROM leaderboard_then AS later
             WHERE later.tenant_id = @TenantId AND later.competition_id = @competitionId AND later.registration_id = line.registration_id AND later.position > line.position AND later.since <= @At))
        """;

    // who stood there when the page before was read may have gone since: their last score still says where to go on
    private const string Seek =
        """
        WHERE (-avg_score, registration_id) > (
            coalesce(
                (SELECT -avg_score FROM lines AS last WHERE last.registration_id = @After),
                (SELECT -avg_score FROM leaderboard_then AS last
                 WHERE last.tenant_id = @TenantId AND last.competition_id = @competitionId AND last.registration_id = @After AND avg_score IS NOT NULL ORDER BY position DESC LIMIT 1)),
            @After)
        """;

    /// <summary>A page of the board, found by its key: the hundredth costs what the first does, but for counting who is ahead.</summary>
    internal static string PageSql(bool past, bool first) =>
        $"""
        WITH page AS MATERIALIZED (
            SELECT registration_id, avg_score, review_count FROM {(past ? Then : Now)} AS board
            {(first ? "" : Seek.Replace("lines", past ? Then : Now, StringComparison.Ordinal))}
            ORDER BY -avg_score, registration_id LIMIT @limit
        ), first AS MATERIALIZED (
            SELECT avg_score, registration_id FROM page ORDER BY -avg_score, registration_id LIMIT 1
        ), ahead AS MATERIALIZED (
            -- of those before the page some may be level with its first
            SELECT count(*) AS listed, count(*) FILTER (WHERE board.avg_score > (SELECT avg_score FROM first)) AS better
            FROM {(past ? Then : Now)} AS board
            WHERE (-avg_score, registration_id) < ((SELECT -avg_score FROM first), (SELECT registration_id FROM first))
        )
        SELECT page.registration_id, registrations.participant_id, registrations.participant_type, coalesce(teams.name, users.first_name || ' ' || users.last_name) AS participant, page.avg_score, page.review_count,
               CASE WHEN page.avg_score = (SELECT avg_score FROM first) THEN (SELECT better FROM ahead) + 1 ELSE (SELECT listed FROM ahead) + rank() OVER (ORDER BY page.avg_score DESC) END AS rank
        FROM page
        JOIN registrations ON registrations.tenant_id = @TenantId AND registrations.id = page.registration_id
        LEFT JOIN teams ON teams.tenant_id = @TenantId AND teams.id = registrations.team_id
        LEFT JOIN users ON users.tenant_id = @TenantId AND users.id = registrations.user_id
        ORDER BY page.avg_score DESC, page.registration_id
        """;

    public Task<Outcome<Page<Line>>> ReadAsync(Caller caller, Guid competitionId, Query page, CancellationToken cancellationToken) => database.Reading(caller).QueryManyAsync<Outcome<Page<Line>>>(
        $"""
        SELECT status, coalesce((configuration->>'openBoard')::boolean, false) AS open FROM competitions WHERE tenant_id = @TenantId AND id = @competitionId AND deleted_at IS NULL;
        {PageSql(past: page.At < clock.GetUtcNow(), first: page.After is null)}
        """,
        new { caller.TenantId, competitionId, page.After, limit = page.Fetch(), page.At },
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
                changed = await database.InPlatformTransaction(session => StepAsync(session, clock.GetUtcNow(), cancellationToken), cancellationToken, shard);
                total += changed;
            }
            while (changed == AtOnce);
        }
        return total;
    }

    private static async Task<int> StepAsync(Session session, DateTimeOffset now, CancellationToken cancellationToken)
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
                SELECT changed.tenant_id, changed.competition_id, changed.registration_id, round(avg(reviews.overall_score), 6) AS score, count(reviews.id)::int AS number
                FROM changed
                LEFT JOIN registrations ON registrations.tenant_id = changed.tenant_id AND registrations.id = changed.registration_id AND registrations.status = 'approved'
                LEFT JOIN judge_assignments AS given ON given.tenant_id = changed.tenant_id AND given.competition_id = changed.competition_id AND given.registration_id = registrations.id AND given.status = 'finished'
                    AND NOT EXISTS (SELECT FROM round_runs WHERE round_runs.tenant_id = given.tenant_id AND round_runs.round_id = given.round_id AND round_runs.phase = 'cancelled')
                LEFT JOIN reviews ON reviews.tenant_id = given.tenant_id AND reviews.id = given.id AND reviews.status = 'final'
                GROUP BY 1, 2, 3
            ), noted AS (
                INSERT INTO leaderboard_then (tenant_id, competition_id, registration_id, since, avg_score, review_count)
                SELECT counted.tenant_id, counted.competition_id, counted.registration_id, @now, counted.score, counted.number
                FROM counted
                LEFT JOIN competition_leaderboard AS board ON board.tenant_id = counted.tenant_id AND board.competition_id = counted.competition_id AND board.registration_id = counted.registration_id
                WHERE (board.avg_score, coalesce(board.review_count, 0)) IS DISTINCT FROM (counted.score, counted.number)
            ), gone AS (
                DELETE FROM competition_leaderboard AS board USING counted
                WHERE counted.number = 0 AND board.tenant_id = counted.tenant_id AND board.competition_id = counted.competition_id AND board.registration_id = counted.registration_id
            ), written AS (
                INSERT INTO competition_leaderboard (tenant_id, competition_id, registration_id, participant_id, participant_type, avg_score, review_count)
                SELECT counted.tenant_id, counted.competition_id, counted.registration_id, registrations.participant_id, registrations.participant_type, score, number
                FROM counted JOIN registrations ON registrations.tenant_id = counted.tenant_id AND registrations.id = counted.registration_id
                WHERE number > 0
                ON CONFLICT (tenant_id, competition_id, registration_id) DO UPDATE SET avg_score = excluded.avg_score, review_count = excluded.review_count
            )
            SELECT count(*)::int FROM taken
            """,
            new { AtOnce, now },
            cancellationToken);
    }
}
