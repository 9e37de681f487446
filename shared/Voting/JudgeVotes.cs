using System.ComponentModel.DataAnnotations;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Voting;

public enum VoteState
{
    Counted,
    Held,
    Void,
}

/// <summary>Holds votes back, counts them or voids them, in bulk and on the record; and lists those that are held or void.</summary>
public sealed class JudgeVotes(Database database, VotingSessions sessions, TimeProvider clock)
{
    public sealed record Request
    {
        /// <summary>The votes, by their log entries.</summary>
        [MinLength(1), MaxLength(1000)]
        public required IReadOnlyList<long> EntryIds { get; init; }

        public required VoteState State { get; init; }

        /// <summary>Why; it goes on the log.</summary>
        [StringLength(500, MinimumLength = 1)]
        public required string Reason { get; init; }
    }

    /// <summary>How many votes have another state now.</summary>
    public sealed record Result(int Changed);

    public sealed record Query
    {
        [Range(1, 200)]
        public int Limit { get; init; } = 50;

        /// <summary>Only votes after this log entry.</summary>
        [Range(0, int.MaxValue)]
        public int? After { get; init; }

        /// <summary>Only those from this address.</summary>
        [StringLength(45), Example("203.0.113.7")]
        public string? Address { get; init; }
    }

    public sealed record Doubtful
    {
        public required long EntryId { get; init; }

        public required DateTimeOffset CastAt { get; init; }

        public required VoteState State { get; init; }

        public required int Option { get; init; }

        public string? Address { get; init; }

        public string? UserAgent { get; init; }

        public string? Country { get; init; }

        public required int FraudScore { get; init; }
    }

    public async Task<Outcome<Result>> RunAsync(Caller caller, Guid id, Request request, CancellationToken cancellationToken)
    {
        if (await RefusalAsync(caller, id, cancellationToken) is { } refusal) return refusal;
        var changed = await database.As(caller).SingleAsync<int>(
            "SELECT judge_votes(@id, @entries, @state, @Reason, @now)",
            new { id, entries = request.EntryIds.Distinct().ToArray(), state = (short)request.State, Reason = request.Reason.Trim(), now = clock.GetUtcNow() },
            cancellationToken);
        return changed < 0 ? VotingProblems.SessionFrozen : new Result(changed);
    }

    public async Task<Outcome<Page<Doubtful>>> ListAsync(Caller caller, Guid id, Query query, CancellationToken cancellationToken)
    {
        if (await RefusalAsync(caller, id, cancellationToken) is { } refusal) return refusal;
        System.Net.IPAddress? address = null;
        if (query.Address is not null && !System.Net.IPAddress.TryParse(query.Address, out address)) return Problem.Invalid("/address", "address", "It must be an IP address.");
        var rows = await database.As(caller).QueryAsync<Doubtful>(
            """
            SELECT votes.entry_id, votes.cast_at, (ARRAY['counted', 'held', 'void'])[votes.state + 1] AS state, votes.option_no AS option, host(votes.ip_address) AS address,
                   agents.user_agent, trim(votes.country_code::text) AS country, coalesce(votes.fraud_score, 0) AS fraud_score
            FROM voting_sessions AS voting
            JOIN votes ON votes.tenant_id = voting.tenant_id AND votes.voting_session_id = voting.id AND votes.contest_month = voting.contest_month
            LEFT JOIN vote_user_agents AS agents ON agents.tenant_id = votes.tenant_id AND agents.id = votes.user_agent_id
            WHERE voting.tenant_id = @TenantId AND voting.id = @id AND votes.entry_id > @after
              AND (@address::inet IS NULL AND votes.state <> 0 OR votes.ip_address = @address)
            ORDER BY votes.entry_id
            LIMIT @limit
            """,
            new { caller.TenantId, id, after = (long)(query.After ?? 0), address, limit = query.Limit + 1 },
            cancellationToken);
        var shown = rows.Take(query.Limit).ToList();
        return new Page<Doubtful>(shown, rows.Count > query.Limit ? shown[^1].EntryId.ToString(System.Globalization.CultureInfo.InvariantCulture) : null);
    }

    private async Task<Problem?> RefusalAsync(Caller caller, Guid id, CancellationToken cancellationToken)
    {
        var voting = await sessions.ReadAsync(caller, id, cancellationToken);
        if (voting.Problem is { } problem) return problem;
        return VotingSessions.MayManage(caller, voting.Value!.CompetitionId) ? null : new Problem(CommonProblems.Forbidden);
    }
}
