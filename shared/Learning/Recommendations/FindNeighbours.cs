using Podium.Platform.Databases;

namespace Podium.Learning.Recommendations;

/// <summary>Counts every night what those who completed a challenge completed too, where somebody has completed it since. Looks at the last two hundred who did: the cost of a challenge does not grow with it.</summary>
public sealed class FindNeighbours(Database database, TimeProvider clock)
{
    private const int Batch = 20;
    private const int Asked = 200;
    private const int Kept = 10;

    /// <summary>Of fewer people nothing is told: who knows some of them would learn of the others.</summary>
    public const int FewestPeople = 5;

    internal const string Sql =
        """
        WITH due AS MATERIALIZED (
            SELECT tenant_id, challenge_id FROM challenge_statistics WHERE neighbours_at IS NULL OR neighbours_at < computed_at ORDER BY computed_at LIMIT @Batch FOR UPDATE SKIP LOCKED
        ), found AS MATERIALIZED (
            SELECT due.tenant_id, due.challenge_id, other.other_id, other.together, other.asked
            FROM due CROSS JOIN LATERAL (
                SELECT o.challenge_id AS other_id, count(*)::integer AS together, max(done.asked)::integer AS asked
                FROM (
                    SELECT user_id, count(*) OVER () AS asked FROM (
                        SELECT user_id FROM user_progress AS p WHERE p.tenant_id = due.tenant_id AND p.challenge_id = due.challenge_id AND p.status = 'completed' ORDER BY p.best_score, p.completed_at DESC, p.user_id DESC LIMIT @Asked
                    ) AS newest
                ) AS done
                JOIN user_progress AS o ON o.tenant_id = due.tenant_id AND o.user_id = done.user_id AND o.status = 'completed' AND o.challenge_id <> due.challenge_id
                GROUP BY o.challenge_id HAVING count(*) >= @FewestPeople
                ORDER BY count(*) DESC, o.challenge_id LIMIT @Kept
            ) AS other
        ), gone AS (
            DELETE FROM challenge_neighbours AS n USING due
            WHERE n.tenant_id = due.tenant_id AND n.challenge_id = due.challenge_id AND NOT EXISTS (SELECT FROM found WHERE found.tenant_id = n.tenant_id AND found.challenge_id = n.challenge_id AND found.other_id = n.other_id)
        ), kept AS (
            INSERT INTO challenge_neighbours AS n (tenant_id, challenge_id, other_id, together, asked) SELECT tenant_id, challenge_id, other_id, together, asked FROM found
            ON CONFLICT (tenant_id, challenge_id, other_id) DO UPDATE SET together = excluded.together, asked = excluded.asked
        )
        UPDATE challenge_statistics AS s SET neighbours_at = greatest(@now, s.computed_at) FROM due WHERE s.tenant_id = due.tenant_id AND s.challenge_id = due.challenge_id
        """;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        foreach (var shard in database.Shards)
        {
            int done;
            do done = await database.AsPlatform(shard).ExecuteAsync(Sql, new { Batch, Asked, Kept, FewestPeople, now = clock.GetUtcNow() }, cancellationToken);
            while (done >= Batch);
        }
    }
}
