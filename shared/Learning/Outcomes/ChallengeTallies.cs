using Podium.Platform.Databases;

namespace Podium.Learning.Outcomes;

/// <summary>Counts first attempts and completions by version and month, without reading attempts.</summary>
public sealed class ChallengeTallies(Database database)
{
    private const int Batch = 5000;

    /// <summary>Goes before what an attempt writes into user_progress, and under the lock that lets a person's attempts come one by one: what it finds there is what was before.</summary>
    internal const string AttemptSql =
        """
        INSERT INTO challenge_tally_deltas (tenant_id, challenge_id, version_id, month, started, completed, attempts)
        SELECT @TenantId, @challenge, coalesce(p.first_version_id, @VersionId), date_trunc('month', coalesce(p.first_attempt_at, @now) AT TIME ZONE 'UTC')::date,
               CASE WHEN p.first_attempt_at IS NULL THEN 1 ELSE 0 END, CASE WHEN @passed AND p.completed_at IS NULL THEN 1 ELSE 0 END,
               CASE WHEN @passed AND p.completed_at IS NULL THEN coalesce(p.total_attempts, 0) + 1 ELSE 0 END
        FROM (VALUES (1)) AS one (row) LEFT JOIN user_progress AS p ON p.tenant_id = @TenantId AND p.user_id = @Person AND p.challenge_id = @challenge
        WHERE p.first_attempt_at IS NULL OR (@passed AND p.completed_at IS NULL);
        """;

    /// <summary>Adds up what has come since.</summary>
    public async Task FoldAsync(CancellationToken cancellationToken)
    {
        foreach (var shard in database.Shards)
        {
            long taken;
            do
            {
                taken = await database.AsPlatform(shard).SingleAsync<long>(
                    """
                    WITH taken AS (
                        DELETE FROM challenge_tally_deltas WHERE (tenant_id, id) IN (SELECT tenant_id, id FROM challenge_tally_deltas ORDER BY id LIMIT @Batch FOR UPDATE SKIP LOCKED)
                        RETURNING tenant_id, challenge_id, version_id, month, started, completed, attempts
                    ), folded AS (
                        INSERT INTO challenge_tallies AS t (tenant_id, challenge_id, version_id, month, started, completed, attempts, attempts_squared)
                        SELECT tenant_id, challenge_id, version_id, month, sum(started), sum(completed), sum(attempts), sum(attempts::bigint * attempts)
                        FROM taken GROUP BY tenant_id, challenge_id, version_id, month
                        -- in one order, so that two who fold at once wait for each other and no more
                        ORDER BY tenant_id, challenge_id, version_id, month
                        ON CONFLICT (tenant_id, challenge_id, version_id, month) DO UPDATE SET
                            started = t.started + excluded.started, completed = t.completed + excluded.completed,
                            attempts = t.attempts + excluded.attempts, attempts_squared = t.attempts_squared + excluded.attempts_squared
                    )
                    SELECT count(*) FROM taken
                    """,
                    new { Batch },
                    cancellationToken);
            }
            while (taken >= Batch);
        }
    }
}
