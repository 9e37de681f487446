using System.Buffers.Text;
using System.Globalization;
using Podium.Platform.Databases;
using Podium.Platform.Problems;
using Podium.Platform.Security;
using Podium.Voting.Log;

namespace Podium.Voting;

/// <summary>What a voter gets in hand: the entry of the log, its code, and later the proof that the sealed log holds it.</summary>
public sealed class VoteReceipts(Database database, FieldCipher cipher)
{
    /// <summary>An entry as its voter may read it, and the way from it to the published root of its part of the log.</summary>
    public sealed record Proof(VoteRecord Record, string Code, int Seal, long Index, long Count, IReadOnlyList<string> Path, string Root);

    internal sealed record Row
    {
        public required long Id { get; init; }

        public required DateTimeOffset RecordedAt { get; init; }

        public required Guid Voter { get; init; }

        public required int PeriodNo { get; init; }

        public required int OptionNo { get; init; }

        public required int GroupNo { get; init; }

        public required int Delta { get; init; }

        public required string Action { get; init; }

        public string? CountryCode { get; init; }

        public required decimal VoteWeight { get; init; }

        public short[]? Choices { get; init; }

        public string? Note { get; init; }
    }

    internal const string Columns = "id, recorded_at, voter, period_no, option_no, group_no, delta, action, country_code, vote_weight, choices, note";

    /// <summary>The voter's name in a voting's log.</summary>
    public Guid PseudonymOf(Actor actor, Guid sessionId, Guid voter) => new(cipher.BlindIndex(voter.ToString(), $"votes.voter:{actor.TenantId}:{sessionId}").AsSpan(0, 16), bigEndian: true);

    internal CastVote.Receipt Of(Actor actor, Guid sessionId, CastVote.Row row)
    {
        var record = new VoteRecord
        {
            SessionId = sessionId,
            Id = row.EntryId!.Value,
            At = row.CastAt!.Value,
            Voter = row.Voter!.Value,
            Period = row.PeriodNo!.Value,
            Option = row.OptionNo!.Value,
            Group = row.GroupNo!.Value,
            Delta = row.Delta!.Value,
            Action = "cast",
            Country = row.CountryCode,
            Weight = row.VoteWeight!.Value,
            Choices = row.Choices is null ? null : [.. row.Choices],
            Salt = SaltOf(actor, sessionId, row.EntryId.Value),
        };
        return new CastVote.Receipt(record.Id, record.At, CodeOf(record), Enum.Parse<VoteOutcome>(row.Outcome, ignoreCase: true));
    }

    internal VoteRecord Of(Actor actor, Guid sessionId, Row row) => new()
    {
        SessionId = sessionId,
        Id = row.Id,
        At = row.RecordedAt,
        Voter = row.Voter,
        Period = row.PeriodNo,
        Option = row.OptionNo,
        Group = row.GroupNo,
        Delta = row.Delta,
        Action = row.Action,
        Country = row.CountryCode?.Trim(),
        Weight = row.VoteWeight,
        Choices = row.Choices is null ? null : [.. row.Choices],
        Note = row.Note,
        Salt = SaltOf(actor, sessionId, row.Id),
    };

    /// <summary>The proof for an entry, for who has its code.</summary>
    public async Task<Outcome<Proof>> ProveAsync(Actor actor, Guid sessionId, long entryId, string code, CancellationToken cancellationToken)
    {
        var (entry, seal, firstId) = await database.As(actor).QueryManyAsync(
            $"""
            SELECT {Columns} FROM vote_audit_log WHERE tenant_id = @TenantId AND voting_session_id = @sessionId AND id = @entryId;
            SELECT number, first_no, entries, last_id, root, previous, sealed_at FROM vote_log_seals
            WHERE tenant_id = @TenantId AND voting_session_id = @sessionId AND last_id >= @entryId ORDER BY number LIMIT 1;
            SELECT coalesce(max(last_id), 0) FROM vote_log_seals WHERE tenant_id = @TenantId AND voting_session_id = @sessionId AND last_id < @entryId
            """,
            new { actor.TenantId, sessionId, entryId },
            async results => (await results.ReadFirstOrDefaultAsync<Row>(), await results.ReadFirstOrDefaultAsync<Seal>(), await results.ReadSingleAsync<long>()),
            cancellationToken);
        if (entry is null) return Problem.NotFound("receipt");
        var record = Of(actor, sessionId, entry);
        // without the code an entry is nobody's business
        if (CodeOf(record) != code) return Problem.NotFound("receipt");
        if (seal is null) return VotingProblems.NotSealedYet;
        var rows = await database.As(actor).QueryAsync<Row>(
            $"SELECT {Columns} FROM vote_audit_log WHERE tenant_id = @TenantId AND voting_session_id = @sessionId AND id > @firstId AND id <= @LastId ORDER BY id",
            new { actor.TenantId, sessionId, firstId, seal.LastId },
            cancellationToken);
        var index = rows.Index().First(row => row.Item.Id == entryId).Index;
        var path = MerkleTree.PathOf([.. rows.Select(row => Of(actor, sessionId, row).Leaf())], index);
        return new Proof(record, code, seal.Number, index, rows.Count, [.. path.Select(Convert.ToHexStringLower)], Convert.ToHexStringLower(seal.Root));
    }

    private static string CodeOf(VoteRecord record) => Convert.ToHexStringLower(record.Leaf());

    private string SaltOf(Actor actor, Guid sessionId, long id) =>
        Base64Url.EncodeToString(cipher.BlindIndex(id.ToString(CultureInfo.InvariantCulture), $"votes.salt:{actor.TenantId}:{sessionId}").AsSpan(0, 16));
}
