using Microsoft.Extensions.Logging;
using Npgsql;
using Podium.Platform.Databases;
using Podium.Voting.Log;

namespace Podium.Voting;

/// <summary>Seals what has come to the logs: Merkle roots in a chain, each part once. Folds the same entries into the counts.</summary>
public sealed partial class SealVoteLog(Database database, VoteReceipts receipts, TimeProvider clock, ILogger<SealVoteLog> log)
{
    private const int MostEntries = 20_000;

    private sealed record Waiting(Guid TenantId, Guid Id);

    /// <summary>Every voting whose log is longer than its seals.</summary>
    public async Task RunAllAsync(CancellationToken cancellationToken)
    {
        foreach (var shard in database.Shards)
        {
            var waiting = await database.AsPlatform(shard).QueryAsync<Waiting>(
                """
                SELECT voting.tenant_id, voting.id FROM voting_sessions AS voting
                WHERE voting.status IN ('open', 'closed') AND voting.deleted_at IS NULL AND EXISTS (
                    SELECT FROM vote_audit_log AS log
                    WHERE log.tenant_id = voting.tenant_id AND log.voting_session_id = voting.id AND log.id > coalesce(
                        (SELECT last_id FROM vote_log_seals AS seal WHERE seal.tenant_id = voting.tenant_id AND seal.voting_session_id = voting.id ORDER BY number DESC LIMIT 1), 0))
                ORDER BY voting.tenant_id, voting.id
                """,
                null,
                cancellationToken);
            foreach (var one in waiting)
            {
                try
                {
                    await RunAsync(new Actor { TenantId = one.TenantId, Shard = shard }, one.Id, cancellationToken);
                }
                catch (Exception error) when (!cancellationToken.IsCancellationRequested)
                {
                    // one log that resists must not keep the others open
                    LogFailed(log, error, one.Id);
                }
            }
        }
    }

    /// <summary>Seals all that is in a voting's log by now.</summary>
    public async Task RunAsync(Actor actor, Guid sessionId, CancellationToken cancellationToken)
    {
        var end = await database.AsPlatform(actor.Shard).SingleAsync<long>("SELECT vote_log_end(@TenantId, @sessionId)", new { actor.TenantId, sessionId }, cancellationToken);
        await database.AsPlatform(actor.Shard).ExecuteAsync("SELECT fold_votes(@TenantId, @sessionId, @end, @now)", new { actor.TenantId, sessionId, end, now = clock.GetUtcNow() }, cancellationToken);
        while (await SealNextAsync(actor, sessionId, end, cancellationToken))
        {
        }
    }

    /// <summary>The last entry, while nobody can add another.</summary>
    internal static Task<long> LastIdAsync(Session session, Actor actor, Guid sessionId, CancellationToken cancellationToken) => session.SingleAsync<long>(
        "SELECT coalesce(max(id), 0) FROM vote_audit_log WHERE tenant_id = @TenantId AND voting_session_id = @sessionId", new { actor.TenantId, sessionId }, cancellationToken);

    private async Task<bool> SealNextAsync(Actor actor, Guid sessionId, long end, CancellationToken cancellationToken)
    {
        try
        {
            return await database.InPlatformTransaction(session => SealNextAsync(session, actor, sessionId, end, cancellationToken), cancellationToken, actor.Shard);
        }
        catch (PostgresException error) when (error.SqlState == PostgresErrorCodes.UniqueViolation)
        {
            return true; // another instance has just made this seal: look what is left
        }
    }

    private async Task<bool> SealNextAsync(Session session, Actor actor, Guid sessionId, long end, CancellationToken cancellationToken)
    {
        var (last, rows) = await session.QueryManyAsync(
            $"""
            SELECT number, first_no, entries, last_id, root, previous, sealed_at FROM vote_log_seals WHERE tenant_id = @TenantId AND voting_session_id = @sessionId ORDER BY number DESC LIMIT 1;
            SELECT {VoteReceipts.Columns} FROM vote_audit_log
            WHERE tenant_id = @TenantId AND voting_session_id = @sessionId AND id <= @end
              AND id > coalesce((SELECT last_id FROM vote_log_seals WHERE tenant_id = @TenantId AND voting_session_id = @sessionId ORDER BY number DESC LIMIT 1), 0)
            ORDER BY id
            LIMIT @MostEntries
            """,
            new { actor.TenantId, sessionId, end, MostEntries },
            async results => (await results.ReadFirstOrDefaultAsync<Seal>(), (await results.ReadAsync<VoteReceipts.Row>()).ToList()),
            cancellationToken);
        if (rows.Count == 0) return false;
        var tree = new MerkleTree.Builder();
        foreach (var row in rows) tree.Add(receipts.Of(actor, sessionId, row).Leaf());
        var seal = new Seal
        {
            Number = (last?.Number ?? 0) + 1,
            FirstNo = last is null ? 1 : last.FirstNo + last.Entries,
            Entries = rows.Count,
            LastId = rows[^1].Id,
            Root = tree.Root(),
            Previous = last?.Hash(sessionId) ?? Seal.Origin(sessionId),
            SealedAt = new DateTimeOffset(clock.GetUtcNow().UtcTicks / 10 * 10, TimeSpan.Zero),
        };
        await session.ExecuteAsync(
            """
            INSERT INTO vote_log_seals (tenant_id, voting_session_id, number, first_no, entries, last_id, root, previous, seal, sealed_at)
            VALUES (@TenantId, @sessionId, @Number, @FirstNo, @Entries, @LastId, @Root, @Previous, @hash, @SealedAt)
            """,
            new { actor.TenantId, sessionId, seal.Number, seal.FirstNo, seal.Entries, seal.LastId, seal.Root, seal.Previous, hash = seal.Hash(sessionId), seal.SealedAt },
            cancellationToken);
        return rows.Count == MostEntries;
    }

    [LoggerMessage(801, LogLevel.Error, "The log of voting {Id} could not be sealed; the next round tries again.")]
    private static partial void LogFailed(ILogger logger, Exception error, Guid id);
}
