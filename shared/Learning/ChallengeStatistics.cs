using Podium.Platform.Access;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Learning;

/// <summary>How challenges of a track are completed. Counted by a timer for those that were tried since, so that reading costs the same however many tried.</summary>
public sealed class ChallengeStatistics(Database database, TimeProvider clock)
{
    private const int Batch = 20;

    public sealed record Line(Guid ChallengeId, string Title, string Difficulty, int TotalUsers, int CompletedUsers, decimal? CompletionRate, decimal? AvgScore, decimal? AvgAttempts);

    public sealed record View(IReadOnlyList<Line> Items);

    /// <summary>Seed query 5.</summary>
    internal const string Sql =
        $"""
        SELECT c.id AS challenge_id, v.content->>'title' AS title, v.content->>'difficulty' AS difficulty, coalesce(s.total_users, 0) AS total_users, coalesce(s.completed_users, 0) AS completed_users,
               round(100.0 * s.completed_users / nullif(s.total_users, 0), 2) AS completion_rate, s.avg_score, s.avg_attempts
        {Catalogue.Visible}
        LEFT JOIN challenge_statistics AS s ON s.tenant_id = c.tenant_id AND s.challenge_id = c.id
        WHERE c.tenant_id = @TenantId AND c.is_published AND t.id = @track
        ORDER BY completion_rate NULLS LAST, c.id
        """;

    public async Task<Outcome<View>> ReadAsync(Caller caller, Guid track, CancellationToken cancellationToken)
    {
        var found = await database.As(caller).QueryManyAsync(
            $"SELECT id FROM tracks WHERE tenant_id = @TenantId AND id = @track; {Sql}",
            new { caller.TenantId, track },
            async results => (Track: await results.ReadFirstOrDefaultAsync<Guid?>(), Items: (await results.ReadAsync<Line>()).ToList()),
            cancellationToken);
        return found.Track is null ? Problem.NotFound("track") : new View(found.Items);
    }

    /// <summary>Takes what is dirty, the longest waiting first, some at a time.</summary>
    public async Task RefreshAsync(CancellationToken cancellationToken)
    {
        foreach (var shard in database.Shards)
        {
            int done;
            do
            {
                done = await database.AsPlatform(shard).ExecuteAsync(
                    """
                    WITH taken AS (
                        DELETE FROM leaderboard_dirty WHERE (tenant_id, challenge_id) IN (SELECT tenant_id, challenge_id FROM leaderboard_dirty ORDER BY since LIMIT @Batch FOR UPDATE SKIP LOCKED)
                        RETURNING tenant_id, challenge_id
                    )
                    INSERT INTO challenge_statistics (tenant_id, challenge_id, total_users, completed_users, avg_score, avg_attempts, computed_at)
                    SELECT taken.tenant_id, taken.challenge_id, sums.total, sums.completed, sums.score, sums.attempts, @now
                    FROM taken CROSS JOIN LATERAL (
                        SELECT count(*) AS total, count(*) FILTER (WHERE status = 'completed') AS completed, round(avg(best_score), 2) AS score, round(avg(total_attempts), 2) AS attempts
                        FROM user_progress WHERE tenant_id = taken.tenant_id AND challenge_id = taken.challenge_id
                    ) AS sums
                    ON CONFLICT (tenant_id, challenge_id) DO UPDATE SET
                        total_users = excluded.total_users, completed_users = excluded.completed_users, avg_score = excluded.avg_score, avg_attempts = excluded.avg_attempts, computed_at = excluded.computed_at
                    """,
                    new { Batch, now = clock.GetUtcNow() },
                    cancellationToken);
            }
            while (done >= Batch);
        }
    }
}
