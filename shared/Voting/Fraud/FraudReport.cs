using Podium.Platform.Access;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Voting.Fraud;

/// <summary>What was doubtful about a voting, in one answer: how many votes, why, for whom, from where, and what was decided.</summary>
public sealed class FraudReport(Database database, VotingSessions sessions, FraudRulesBook book)
{
    public sealed record Report
    {
        public required Guid VotingId { get; init; }

        public required int RulesVersion { get; init; }

        public required long Counted { get; init; }

        public required long Held { get; init; }

        public required long Void { get; init; }

        /// <summary>Votes that nobody has looked at again yet are in the log after this entry.</summary>
        public required long CheckedUpTo { get; init; }

        public required IReadOnlyList<SignalLine> Signals { get; init; }

        public required IReadOnlyList<OptionLine> Options { get; init; }

        public required IReadOnlyList<DayLine> Days { get; init; }

        /// <summary>The networks and devices that most of the held and void votes came from.</summary>
        public required IReadOnlyList<SourceLine> Sources { get; init; }

        /// <summary>The newest hundred.</summary>
        public required IReadOnlyList<DecisionLine> Decisions { get; init; }
    }

    /// <summary>Votes against which a rule of a kind spoke, and how many of them count nevertheless.</summary>
    public sealed record SignalLine(FraudSignal Signal, int Votes, int Counted, int Held, int Void);

    public sealed record OptionLine(int Option, string Title, int Held, int Void);

    public sealed record DayLine(DateOnly Day, int Held, int Void);

    public sealed record SourceLine(string Kind, string Name, int Held, int Void);

    public sealed record DecisionLine
    {
        public required Guid Id { get; init; }

        public required VoteState State { get; init; }

        public required string Reason { get; init; }

        public required int Votes { get; init; }

        public required DateTimeOffset DecidedAt { get; init; }

        public Guid? DecidedBy { get; init; }
    }

    private sealed record Totals(long Counted, long Held, long Void, long CheckedId);

    public async Task<Outcome<Report>> ReadAsync(Caller caller, Guid id, CancellationToken cancellationToken)
    {
        var voting = await sessions.ReadAsync(caller, id, cancellationToken);
        if (voting.Problem is { } problem) return problem;
        if (!VotingSessions.MayManage(caller, voting.Value!.CompetitionId)) return CommonProblems.Forbidden;
        var version = (await book.LoadAsync(caller, id, null, cancellationToken)).Version;
        return await database.As(caller).QueryManyAsync(
            """
            WITH doubtful AS (
                SELECT state FROM votes WHERE tenant_id = @TenantId AND voting_session_id = @id AND state <> 0 AND contest_month = (SELECT contest_month FROM voting_sessions WHERE tenant_id = @TenantId AND id = @id)
            )
            SELECT coalesce((SELECT sum(votes) FROM vote_board(@TenantId, @id) WHERE option_no = 0), 0)::bigint AS counted,
                   (SELECT count(*) FROM doubtful WHERE state = 1) AS held, (SELECT count(*) FROM doubtful WHERE state = 2) AS void,
                   coalesce((SELECT checked_id FROM vote_checks WHERE tenant_id = @TenantId AND voting_session_id = @id), 0) AS checked_id;

            SELECT bit AS signal, count(*)::integer AS votes, (count(*) FILTER (WHERE coalesce(votes.state, 0) = 0))::integer AS counted,
                   (count(*) FILTER (WHERE votes.state = 1))::integer AS held, (count(*) FILTER (WHERE votes.state = 2))::integer AS void
            FROM vote_findings AS finding
            CROSS JOIN generate_series(0, 30) AS bit
            LEFT JOIN votes ON votes.tenant_id = @TenantId AND votes.voting_session_id = @id AND votes.entry_id = finding.entry_id AND votes.state <> 0
                AND votes.contest_month = (SELECT contest_month FROM voting_sessions WHERE tenant_id = @TenantId AND id = @id)
            WHERE finding.tenant_id = @TenantId AND finding.voting_session_id = @id AND finding.flags & (1 << bit) <> 0
            GROUP BY bit ORDER BY count(*) DESC, bit;

            SELECT votes.option_no::integer AS option, coalesce(option.title, '') AS title, (count(*) FILTER (WHERE state = 1))::integer AS held, (count(*) FILTER (WHERE state = 2))::integer AS void
            FROM votes LEFT JOIN vote_options AS option ON option.tenant_id = votes.tenant_id AND option.voting_session_id = votes.voting_session_id AND option.number = votes.option_no
            WHERE votes.tenant_id = @TenantId AND votes.voting_session_id = @id AND state <> 0 AND contest_month = (SELECT contest_month FROM voting_sessions WHERE tenant_id = @TenantId AND id = @id)
            GROUP BY 1, 2 ORDER BY count(*) DESC, 1;

            SELECT (votes.cast_at AT TIME ZONE voting.time_zone)::date AS day, (count(*) FILTER (WHERE state = 1))::integer AS held, (count(*) FILTER (WHERE state = 2))::integer AS void
            FROM votes JOIN voting_sessions AS voting ON voting.tenant_id = votes.tenant_id AND voting.id = votes.voting_session_id AND voting.contest_month = votes.contest_month
            WHERE votes.tenant_id = @TenantId AND votes.voting_session_id = @id AND state <> 0
            GROUP BY 1 ORDER BY 1;

            SELECT source.kind, source.name, (count(*) FILTER (WHERE state = 1))::integer AS held, (count(*) FILTER (WHERE state = 2))::integer AS void
            FROM votes
            CROSS JOIN LATERAL (
                SELECT 'network' AS kind, network(set_masklen(ip_address, CASE family(ip_address) WHEN 4 THEN 24 ELSE 48 END))::text AS name WHERE ip_address IS NOT NULL
                UNION ALL SELECT 'device', lpad(to_hex(device_fingerprint), 16, '0') WHERE device_fingerprint IS NOT NULL
            ) AS source
            WHERE votes.tenant_id = @TenantId AND votes.voting_session_id = @id AND state <> 0 AND contest_month = (SELECT contest_month FROM voting_sessions WHERE tenant_id = @TenantId AND id = @id)
            GROUP BY 1, 2 ORDER BY count(*) DESC, 1, 2 LIMIT 40;

            SELECT id, state, reason, votes, decided_at, decided_by FROM vote_decisions WHERE tenant_id = @TenantId AND voting_session_id = @id ORDER BY id DESC LIMIT 100
            """,
            new { caller.TenantId, id },
            async results =>
            {
                var totals = await results.ReadSingleAsync<Totals>();
                return new Report
                {
                    VotingId = id,
                    RulesVersion = version,
                    Counted = totals.Counted,
                    Held = totals.Held,
                    Void = totals.Void,
                    CheckedUpTo = totals.CheckedId,
                    Signals = [.. (await results.ReadAsync<(int Signal, int Votes, int Counted, int Held, int Void)>()).Select(line => new SignalLine((FraudSignal)line.Signal, line.Votes, line.Counted, line.Held, line.Void))],
                    Options = [.. await results.ReadAsync<OptionLine>()],
                    Days = [.. (await results.ReadAsync<(DateOnly Day, int Held, int Void)>()).Select(line => new DayLine(line.Day, line.Held, line.Void))],
                    Sources = [.. await results.ReadAsync<SourceLine>()],
                    Decisions = [.. await results.ReadAsync<DecisionLine>()],
                };
            },
            cancellationToken);
    }
}
