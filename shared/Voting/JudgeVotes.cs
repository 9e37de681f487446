using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Net;
using System.Text.Json;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Databases;
using Podium.Platform.Problems;
using Podium.Voting.Fraud;

namespace Podium.Voting;

public enum VoteState
{
    Counted,
    Held,
    Void,
}

/// <summary>The moderators' queue, and their decisions: votes are held back, counted or voided, in bulk and on the record.</summary>
public sealed class JudgeVotes(Database database, VotingSessions sessions, TimeProvider clock)
{
    private const int Together = 5000;
    private const int MostAtOnce = 200_000;

    /// <summary>Which votes. What is absent is not asked about.</summary>
    public record Which
    {
        public VoteState? State { get; init; }

        /// <summary>Only votes with this score or more.</summary>
        [Range(1, 100)]
        public int? MinScore { get; init; }

        /// <summary>Only votes against which such a rule spoke.</summary>
        public FraudSignal? Signal { get; init; }

        /// <summary>Only votes for this option, by its number.</summary>
        [Range(1, 1000)]
        public int? Option { get; init; }

        /// <summary>Only those from this address, or network (203.0.113.0/24).</summary>
        [StringLength(50), Example("203.0.113.7")]
        public string? Address { get; init; }

        /// <summary>Only those of the device that a vote of the queue names.</summary>
        [RegularExpression("[0-9a-f]{16}", ErrorMessage = "16 hexadecimal digits."), StringLength(16), Example("00f1e2d3c4b5a697")]
        public string? Device { get; init; }

        internal bool IsAll => this is { State: null, MinScore: null, Signal: null, Option: null, Address: null, Device: null };
    }

    public sealed record Query : Which
    {
        [Range(1, 200)]
        public int Limit { get; init; } = 50;

        /// <summary>Only votes after this log entry.</summary>
        [Range(0, int.MaxValue)]
        public int? After { get; init; }
    }

    public sealed record Request
    {
        /// <summary>The votes, by their log entries; or else say which.</summary>
        [MinLength(1), MaxLength(1000), Example(new[] { 1L })]
        public IReadOnlyList<long>? EntryIds { get; init; }

        [Example(null!)]
        public Which? Where { get; init; }

        /// <summary>Of those that 'where' means, only votes up to this log entry: what a dry run has seen, and nothing that came since.</summary>
        [Range(1, 9007199254740991), Example(null!)]
        public long? UpTo { get; init; }

        /// <summary>Says what would be touched, and touches nothing.</summary>
        public bool DryRun { get; init; }

        public required VoteState State { get; init; }

        /// <summary>Why; it goes on the log.</summary>
        [StringLength(500, MinimumLength = 1)]
        public required string Reason { get; init; }
    }

    /// <summary>How many votes have another state now, or would have after a dry run; up to which entry; and what they are.</summary>
    public sealed record Result(int Changed, bool DryRun, long UpTo, IReadOnlyList<Part> Parts);

    /// <summary>So many votes for an option, by the state that they have or had.</summary>
    public sealed record Part(int Option, VoteState From, int Votes);

    public sealed record Doubtful
    {
        public required long EntryId { get; init; }

        public required DateTimeOffset CastAt { get; init; }

        public required VoteState State { get; init; }

        /// <summary>The option's number; 0 is a whole ballot.</summary>
        public required int Option { get; init; }

        public string? Address { get; init; }

        /// <summary>The same for every vote with the same fingerprint.</summary>
        public string? Device { get; init; }

        public string? UserAgent { get; init; }

        public string? Country { get; init; }

        public int? CaptchaScore { get; init; }

        public required int FraudScore { get; init; }

        /// <summary>What spoke against it, with the values that were seen; until it has been looked at again, only what was plain before it was cast.</summary>
        public IReadOnlyList<FraudSignal> Signals { get; init; } = [];

        public IReadOnlyList<FraudFinding> Findings { get; init; } = [];

        /// <summary>By which version of the rules.</summary>
        public int? RulesVersion { get; init; }

        /// <summary>The decision of a person, where there is one.</summary>
        public Guid? DecisionId { get; init; }
    }

    private sealed record Extra(int Flags, string? Findings);

    private sealed record Chosen(long EntryId, short State, short OptionNo);

    private const string Conditions =
        """
        votes.tenant_id = @TenantId AND votes.voting_session_id = @id AND votes.contest_month = (SELECT contest_month FROM voting_sessions WHERE tenant_id = @TenantId AND id = @id)
          AND (@state::smallint IS NULL OR votes.state = @state) AND (@MinScore::integer IS NULL OR votes.fraud_score >= @MinScore)
          AND (@flag::integer IS NULL OR votes.fraud_flags & @flag <> 0)
          AND (@Option::integer IS NULL OR votes.option_no = @Option OR votes.option_no = 0 AND @Option::smallint = ANY (votes.choices))
          AND (@address::inet IS NULL OR votes.ip_address <<= @address::inet) AND (@device::bigint IS NULL OR votes.device_fingerprint = @device)
        """;

    public async Task<Outcome<Page<Doubtful>>> ListAsync(Caller caller, Guid id, Query query, CancellationToken cancellationToken)
    {
        if (await RefusalAsync(caller, id, cancellationToken) is { } refusal) return refusal;
        var (values, fault) = ValuesOf(caller, id, query, "/address");
        if (fault is not null) return fault;
        values!.AddDynamicParams(new { after = (long)(query.After ?? 0), limit = query.Limit + 1 });
        // what nobody doubts is looked for by where it came from only
        var doubtful = query.State is null && query.Address is null && query.Device is null ? "AND votes.state <> 0" : "";
        var rows = await database.As(caller).QueryManyAsync(
            $"""
            SELECT votes.entry_id, votes.cast_at, (ARRAY['counted', 'held', 'void'])[votes.state + 1] AS state, votes.option_no::integer AS option, host(votes.ip_address) AS address,
                   lpad(to_hex(votes.device_fingerprint), 16, '0') AS device, agents.user_agent, trim(votes.country_code::text) AS country, votes.recaptcha_score::integer AS captcha_score,
                   coalesce(votes.fraud_score, 0)::integer AS fraud_score, finding.rules_version, finding.decision_id,
                   coalesce(votes.fraud_flags, 0) AS flags, finding.findings::text AS findings
            FROM votes
            LEFT JOIN vote_user_agents AS agents ON agents.tenant_id = votes.tenant_id AND agents.id = votes.user_agent_id
            LEFT JOIN vote_findings AS finding ON finding.tenant_id = votes.tenant_id AND finding.voting_session_id = votes.voting_session_id AND finding.entry_id = votes.entry_id
            WHERE {Conditions} AND votes.entry_id > @after {doubtful}
            ORDER BY votes.entry_id
            LIMIT @limit
            """,
            values,
            results => Task.FromResult(results.Read<Doubtful, Extra, Doubtful>(Explained, splitOn: "flags").ToList()),
            cancellationToken);
        var shown = rows.Take(query.Limit).ToList();
        return new Page<Doubtful>(shown, rows.Count > query.Limit ? shown[^1].EntryId.ToString(CultureInfo.InvariantCulture) : null);
    }

    public async Task<Outcome<Result>> RunAsync(Caller caller, Guid id, Request request, CancellationToken cancellationToken)
    {
        if (await RefusalAsync(caller, id, cancellationToken) is { } refusal) return refusal;
        if ((request.EntryIds is null) == (request.Where is null)) return Problem.Invalid("/where", "one-of", "Name the votes or say which, one of both.");
        if (request.Where is { IsAll: true }) return Problem.Invalid("/where", "too-wide", "Say at least one thing that the votes have in common.");
        var (values, fault) = ValuesOf(caller, id, request.Where ?? new Which(), "/where/address");
        if (fault is not null) return fault;
        values!.AddDynamicParams(new { entries = request.EntryIds?.Distinct().ToArray(), upTo = request.UpTo ?? long.MaxValue, wanted = (short)request.State, most = MostAtOnce + 1 });
        return await database.InTransaction<Result>(
            caller,
            async session =>
            {
                var chosen = await session.QueryAsync<Chosen>(
                    $"""
                    SELECT votes.entry_id, votes.state, votes.option_no FROM votes
                    WHERE {Conditions} AND votes.state <> @wanted AND votes.entry_id <= @upTo AND (@entries::bigint[] IS NULL OR votes.entry_id = ANY (@entries))
                    ORDER BY votes.entry_id
                    LIMIT @most
                    """,
                    values,
                    cancellationToken);
                if (chosen.Count > MostAtOnce) return Problem.Invalid("/where", "too-many", $"These are more than {MostAtOnce} votes: narrow it down.");
                var parts = chosen.GroupBy(vote => (vote.OptionNo, vote.State)).OrderBy(part => part.Key).Select(part => new Part(part.Key.OptionNo, (VoteState)part.Key.State, part.Count())).ToList();
                var upTo = chosen.Count > 0 ? chosen[^1].EntryId : request.UpTo ?? 0;
                return request.DryRun
                    ? new Result(chosen.Count, true, upTo, parts)
                    : await DecideAsync(session, caller, id, request, [.. chosen.Select(vote => vote.EntryId)], cancellationToken) is { } problem ? problem : new Result(chosen.Count, false, upTo, parts);
            },
            cancellationToken);
    }

    // from now on people have decided, and no rule does any more
    private async Task<Problem?> DecideAsync(Session session, Caller caller, Guid id, Request request, long[] entries, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var decision = Guid.CreateVersion7(now);
        foreach (var some in entries.Chunk(Together).DefaultIfEmpty([]))
        {
            var changed = await session.SingleAsync<int>(
                "SELECT judge_votes(@id, @some, @state, @Reason, @now)", new { id, some, state = (short)request.State, Reason = request.Reason.Trim(), now }, cancellationToken);
            if (changed < 0) return VotingProblems.SessionFrozen;
        }
        if (entries.Length == 0) return null;
        await session.ExecuteAsync(
            """
            INSERT INTO vote_decisions (tenant_id, id, voting_session_id, state, reason, of, votes, decided_at, decided_by) VALUES (@TenantId, @decision, @id, @state, @Reason, @of::jsonb, @votes, @now, @Person);
            INSERT INTO vote_findings AS known (tenant_id, voting_session_id, entry_id, rules_version, score, flags, findings, checked_at, decision_id)
            SELECT @TenantId, @id, entry, 0, 0, 0, '[]', @now, @decision FROM unnest(@entries) AS entry
            ON CONFLICT (tenant_id, voting_session_id, entry_id) DO UPDATE SET decision_id = excluded.decision_id
            """,
            new
            {
                caller.TenantId,
                caller.Person,
                id,
                decision,
                state = request.State.Word(),
                Reason = request.Reason.Trim(),
                of = JsonSerializer.Serialize(new { request.EntryIds, request.Where, request.UpTo }, Json.Options),
                votes = entries.Length,
                entries,
                now,
            },
            cancellationToken);
        return null;
    }

    private static (Dapper.DynamicParameters? Values, Problem? Problem) ValuesOf(Caller caller, Guid id, Which which, string pointer)
    {
        if (which.Address is not null && !IPNetwork.TryParse(which.Address, out _) && !IPAddress.TryParse(which.Address, out _)) return (null, Problem.Invalid(pointer, "address", "It must be an IP address, or a network such as 203.0.113.0/24."));
        return (new Dapper.DynamicParameters(new
        {
            caller.TenantId,
            id,
            state = (short?)which.State,
            which.MinScore,
            flag = which.Signal is { } signal ? 1 << (int)signal : (int?)null,
            which.Option,
            address = which.Address,
            device = which.Device is { } device ? long.Parse(device, NumberStyles.HexNumber, CultureInfo.InvariantCulture) : (long?)null,
        }), null);
    }

    private static Doubtful Explained(Doubtful vote, Extra extra)
    {
        var findings = extra.Findings is { } known ? JsonSerializer.Deserialize<IReadOnlyList<FraudFinding>>(known, Json.Options)! : [];
        return vote with { Signals = FraudRules.SignalsOf(extra.Flags), Findings = findings, RulesVersion = vote.RulesVersion is 0 ? null : vote.RulesVersion };
    }

    private async Task<Problem?> RefusalAsync(Caller caller, Guid id, CancellationToken cancellationToken)
    {
        var voting = await sessions.ReadAsync(caller, id, cancellationToken);
        if (voting.Problem is { } problem) return problem;
        return VotingSessions.MayManage(caller, voting.Value!.CompetitionId) ? null : new Problem(CommonProblems.Forbidden);
    }
}
