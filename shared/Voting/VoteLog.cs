using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Databases;
using Podium.Platform.Problems;
using Podium.Voting.Log;

namespace Podium.Voting;

/// <summary>What anybody may know of a voting's log: its seals.</summary>
public sealed class VoteLog(Database database, VotingSessions sessions)
{
    public sealed record Query
    {
        [System.ComponentModel.DataAnnotations.Range(1, 200)]
        public int Limit { get; init; } = 50;

        /// <summary>Only seals before this number.</summary>
        [System.ComponentModel.DataAnnotations.Range(1, int.MaxValue)]
        public int? Before { get; init; }
    }

    /// <summary>A sealed part. Hashes are SHA-256 in hexadecimal.</summary>
    public sealed record SealView(int Number, long FirstNo, int Entries, long LastId, string Root, string Previous, string Seal, DateTimeOffset SealedAt);

    /// <summary>The newest seal first; each holds all before it.</summary>
    public async Task<Outcome<Page<SealView>>> ReadAsync(Caller caller, Guid id, Query query, CancellationToken cancellationToken)
    {
        var voting = await sessions.KnownAsync(caller, id, cancellationToken);
        if (voting is null || voting.Status == VotingStatus.Draft) return Problem.NotFound("voting");
        var seals = await database.Reading(caller).QueryAsync<Seal>(
            """
            SELECT number, first_no, entries, last_id, root, previous, sealed_at FROM vote_log_seals
            WHERE tenant_id = @TenantId AND voting_session_id = @id AND (@Before::int IS NULL OR number < @Before)
            ORDER BY number DESC
            LIMIT @limit
            """,
            new { caller.TenantId, id, query.Before, limit = query.Limit + 1 },
            cancellationToken);
        var shown = seals.Take(query.Limit).Select(seal => ViewOf(id, seal)).ToList();
        return new Page<SealView>(shown, seals.Count > query.Limit ? shown[^1].Number.ToString(System.Globalization.CultureInfo.InvariantCulture) : null);
    }

    public static SealView ViewOf(Guid id, Seal seal) => new(
        seal.Number, seal.FirstNo, seal.Entries, seal.LastId, Convert.ToHexStringLower(seal.Root), Convert.ToHexStringLower(seal.Previous), Convert.ToHexStringLower(seal.Hash(id)), seal.SealedAt);
}
