using Microsoft.Extensions.Logging;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Learning.Plagiarism;

/// <summary>
/// Finds the learners of a challenge whose solutions share more than chance lets expect. What was decided about a pair stays. Nobody is compared before an author has asked for it once;
/// from then on the challenge is compared every night after which there are new solutions.
/// </summary>
public sealed partial class CompareSolutions(Database database, TimeProvider clock, ILogger<CompareSolutions> log)
{
    /// <summary>Fewer shared fingerprints are chance: one line that fits into the starter code in one way only gives five.</summary>
    public const int FewestShared = 7;

    /// <summary>Of the smaller solution's own part.</summary>
    public const double LeastSimilarity = 0.5;

    /// <summary>
    /// What more than half of the learners wrote (and more than ten), or more than fifty, is how one does it: it tells nothing of a pair, and comparing all of them would cost their number squared.
    /// </summary>
    internal const string Sql =
        """
        WITH held AS MATERIALIZED (
            SELECT user_id, hash FROM solution_fingerprints CROSS JOIN LATERAL unnest(hashes) AS hash WHERE tenant_id = @TenantId AND challenge_id = @challenge
        ), telling AS MATERIALIZED (
            SELECT user_id, hash FROM (SELECT user_id, hash, count(*) OVER (PARTITION BY hash) AS holders FROM held) AS counted
            WHERE holders <= greatest(10, least(50, (SELECT count(*) FROM solution_fingerprints WHERE tenant_id = @TenantId AND challenge_id = @challenge) / 2))
        ), totals AS MATERIALIZED (
            SELECT user_id, count(*)::integer AS total FROM telling GROUP BY user_id
        ), pairs AS (
            SELECT a.user_id AS first_user_id, b.user_id AS second_user_id, count(*)::integer AS shared
            FROM telling AS a JOIN telling AS b ON b.hash = a.hash AND b.user_id > a.user_id
            GROUP BY a.user_id, b.user_id HAVING count(*) >= @FewestShared
        ), found AS (
            INSERT INTO solution_pairs AS known (tenant_id, id, challenge_id, first_user_id, second_user_id, shared, first_total, second_total, found_at, checked_at)
            SELECT @TenantId, uuidv7(), @challenge, first_user_id, second_user_id, shared, one.total, two.total, @now, @now
            FROM pairs JOIN totals AS one ON one.user_id = first_user_id JOIN totals AS two ON two.user_id = second_user_id
            WHERE shared >= @LeastSimilarity * least(one.total, two.total)
            ON CONFLICT (tenant_id, challenge_id, first_user_id, second_user_id) DO UPDATE
            SET shared = excluded.shared, first_total = excluded.first_total, second_total = excluded.second_total, checked_at = @now
            RETURNING 1
        )
        SELECT (SELECT count(*) FROM totals) AS solutions, (SELECT count(*) FROM found) AS pairs
        """;

    /// <summary>How many solutions had something of their own to compare, and how many pairs of them are alike.</summary>
    public sealed record View(long Solutions, long Pairs);

    private sealed record Asked(Guid TenantId, Guid ChallengeId);

    /// <summary>What authors have asked for before and new solutions have come to since.</summary>
    public async Task RunAllAsync(CancellationToken cancellationToken)
    {
        foreach (var shard in database.Shards)
        {
            var waiting = await database.AsPlatform(shard).QueryAsync<Asked>(
                """
                SELECT tenant_id, challenge_id FROM solution_comparisons AS last
                WHERE EXISTS (
                    SELECT FROM solution_fingerprints AS f
                    -- one that was just being written was not seen
                    WHERE f.tenant_id = last.tenant_id AND f.challenge_id = last.challenge_id AND f.attempted_at > last.compared_at - interval '10 minutes')
                ORDER BY tenant_id, challenge_id
                """,
                null,
                cancellationToken);
            foreach (var one in waiting)
            {
                try
                {
                    await RunAsync(new Actor { TenantId = one.TenantId, Shard = shard }, one.ChallengeId, cancellationToken);
                }
                catch (Exception error) when (!cancellationToken.IsCancellationRequested)
                {
                    // one challenge that resists must not hold up the others
                    LogFailed(log, error, one.ChallengeId);
                }
            }
        }
    }

    public Task<Outcome<View>> RunAsync(Actor actor, Guid challenge, CancellationToken cancellationToken) => database.InTransaction<View>(
        actor,
        async session =>
        {
            var args = new { actor.TenantId, challenge, FewestShared, LeastSimilarity, now = clock.GetUtcNow(), key = $"similarities {challenge}" };
            var known = await session.SingleAsync<bool>(
                "SELECT EXISTS (SELECT FROM challenges WHERE tenant_id = @TenantId AND id = @challenge) FROM pg_advisory_xact_lock(hashtextextended(@key, 0))", args, cancellationToken);
            if (!known) return Problem.NotFound("challenge");
            var view = await session.SingleAsync<View>(Sql, args, cancellationToken);
            // what is not alike any more, now that more have solved it, and nobody has decided
            await session.ExecuteAsync(
                """
                DELETE FROM solution_pairs WHERE tenant_id = @TenantId AND challenge_id = @challenge AND decision IS NULL AND checked_at < @now;
                INSERT INTO solution_comparisons (tenant_id, challenge_id, compared_at) VALUES (@TenantId, @challenge, @now) ON CONFLICT (tenant_id, challenge_id) DO UPDATE SET compared_at = @now
                """,
                args,
                cancellationToken);
            return view;
        },
        cancellationToken);

    [LoggerMessage(832, LogLevel.Error, "The solutions of challenge {Challenge} could not be compared; the next night tries again.")]
    private static partial void LogFailed(ILogger logger, Exception error, Guid challenge);
}
