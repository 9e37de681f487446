using Microsoft.Extensions.Logging;
using Podium.Platform.Databases;

namespace Podium.Voting;

/// <summary>Holds the counts against the votes themselves, in one statement and so at one instant, and makes them anew where they differ.</summary>
public sealed partial class ReconcileCounts(Database database, TimeProvider clock, ILogger<ReconcileCounts> log)
{
    private sealed record Running(Guid TenantId, Guid Id);

    /// <summary>How many votings had to be put right.</summary>
    public async Task<int> RunAllAsync(CancellationToken cancellationToken)
    {
        var mended = 0;
        foreach (var shard in database.Shards)
        {
            var running = await database.AsPlatform(shard).QueryAsync<Running>(
                "SELECT tenant_id, id FROM voting_sessions WHERE status IN ('open', 'closed') AND deleted_at IS NULL ORDER BY tenant_id, id", null, cancellationToken);
            foreach (var one in running)
            {
                if (await DiffersAsync(database.AsPlatform(shard), one, cancellationToken) && await MendAsync(shard, one, cancellationToken)) mended++;
            }
        }
        return mended;
    }

    private static Task<bool> DiffersAsync(Session session, Running one, CancellationToken cancellationToken) => session.SingleAsync<bool>(
        """
        SELECT EXISTS (
            SELECT FROM (SELECT option_no, group_no, country_code, sum(votes) AS votes, sum(weight) AS weight FROM vote_board(@TenantId, @Id) GROUP BY 1, 2, 3) AS board
            FULL JOIN vote_recount(@TenantId, @Id) AS recount USING (option_no, group_no, country_code)
            WHERE coalesce(board.votes, 0) <> coalesce(recount.votes, 0) OR coalesce(board.weight, 0) <> coalesce(recount.weight, 0))
        """,
        one,
        cancellationToken);

    // while nobody casts: from the log, which is what the counts are made of
    private async Task<bool> MendAsync(string shard, Running one, CancellationToken cancellationToken)
    {
        var differs = await database.InPlatformTransaction(
            async session =>
            {
                var end = await session.SingleAsync<long>("SELECT vote_log_end(@TenantId, @Id)", one, cancellationToken);
                if (!await DiffersAsync(session, one, cancellationToken)) return false;
                await session.ExecuteAsync(
                    """
                    DELETE FROM vote_counts WHERE tenant_id = @TenantId AND voting_session_id = @Id;
                    UPDATE vote_folds SET folded_id = 0 WHERE tenant_id = @TenantId AND voting_session_id = @Id;
                    SELECT fold_votes(@TenantId, @Id, @end, @now)
                    """,
                    new { one.TenantId, one.Id, end, now = clock.GetUtcNow() },
                    cancellationToken);
                return true;
            },
            cancellationToken,
            shard);
        if (differs) LogMended(log, one.Id);
        return differs;
    }

    [LoggerMessage(802, LogLevel.Error, "The counts of voting {Id} were not what its log comes to, and were made anew.")]
    private static partial void LogMended(ILogger logger, Guid id);
}
