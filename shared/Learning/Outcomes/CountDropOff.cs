using Podium.Platform.Databases;

namespace Podium.Learning.Outcomes;

/// <summary>Counts every night where learners of each track have stopped: time passing changes it, and nothing else tells.</summary>
public sealed class CountDropOff(Database database, TimeProvider clock)
{
    /// <summary>Who was not seen for so long has stopped.</summary>
    public static readonly TimeSpan Idle = TimeSpan.FromDays(14);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        foreach (var shard in database.Shards)
        {
            await database.InPlatformTransaction(
                async session =>
                {
                    // once is enough, on whichever instance
                    if (!await session.SingleAsync<bool>("SELECT pg_try_advisory_xact_lock(hashtextextended('practice drop-off', 0))", null, cancellationToken)) return 0;
                    var now = clock.GetUtcNow();
                    return await session.ExecuteAsync(
                        """
                        DELETE FROM challenge_stops;
                        INSERT INTO challenge_stops (tenant_id, track_id, challenge_id, stuck, departed)
                        SELECT e.tenant_id, e.track_id, e.last_challenge_id, count(*) FILTER (WHERE p.status <> 'completed'), count(*) FILTER (WHERE p.status = 'completed')
                        FROM user_enrollments AS e
                        JOIN user_progress AS p ON p.tenant_id = e.tenant_id AND p.user_id = e.user_id AND p.challenge_id = e.last_challenge_id
                        WHERE e.completed_at IS NULL AND p.last_attempt_at < @before
                        GROUP BY e.tenant_id, e.track_id, e.last_challenge_id;

                        INSERT INTO track_tallies (tenant_id, track_id, learners, finished, computed_at)
                        SELECT tenant_id, track_id, count(*), count(completed_at), @now FROM user_enrollments GROUP BY tenant_id, track_id ORDER BY tenant_id, track_id
                        ON CONFLICT (tenant_id, track_id) DO UPDATE SET learners = excluded.learners, finished = excluded.finished, computed_at = excluded.computed_at
                        """,
                        new { now, before = now - Idle },
                        cancellationToken);
                },
                cancellationToken,
                shard);
        }
    }
}
