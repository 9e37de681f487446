using System.ComponentModel.DataAnnotations;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Voting;

/// <summary>A voter's own votes, and taking one back.</summary>
public sealed class OwnVotes(Database database, VotingSessions sessions, CastVote cast, VoteReceipts receipts, TimeProvider clock)
{
    public sealed record Request
    {
        /// <summary>The ticket of who votes without an account.</summary>
        [StringLength(100, MinimumLength = 1)]
        public string? Ticket { get; init; }
    }

    public sealed record WithdrawRequest
    {
        /// <summary>The vote, by the entry that its receipt names.</summary>
        [Range(1, 9007199254740991), Example(1)]
        public required long EntryId { get; init; }

        [StringLength(100, MinimumLength = 1)]
        public string? Ticket { get; init; }
    }

    public sealed record Result(IReadOnlyList<Vote> Votes);

    /// <summary>A vote as it stands. Choices are in the ballot's order.</summary>
    public sealed record Vote(long EntryId, DateTimeOffset CastAt, IReadOnlyList<BallotReading.Choice> Choices);

    private sealed record Row(long EntryId, DateTime CastAt, short OptionNo, short[]? Choices);

    public async Task<Outcome<Result>> ListAsync(Caller caller, Guid sessionId, Request request, CancellationToken cancellationToken)
    {
        var voting = await sessions.KnownAsync(caller, sessionId, cancellationToken);
        if (voting is null || voting.Status == VotingStatus.Draft) return Problem.NotFound("voting");
        var (voter, refused) = cast.VoterOf(caller, voting, request.Ticket);
        if (refused is not null) return refused;
        var rows = await database.As(caller).QueryAsync<Row>(
            """
            SELECT entry_id, cast_at, option_no, choices FROM votes
            WHERE tenant_id = @TenantId AND voting_session_id = @sessionId AND voter_id = @voter
              AND contest_month = (SELECT contest_month FROM voting_sessions WHERE tenant_id = @TenantId AND id = @sessionId)
            ORDER BY entry_id
            """,
            new { caller.TenantId, sessionId, voter },
            cancellationToken);
        return new Result([.. rows.Select(row => new Vote(row.EntryId, row.CastAt, ChoicesOf(voting, row)))]);
    }

    public async Task<Outcome<bool>> WithdrawAsync(Caller caller, Guid sessionId, WithdrawRequest request, CancellationToken cancellationToken)
    {
        var voting = await sessions.KnownAsync(caller, sessionId, cancellationToken);
        if (voting is null || voting.Status == VotingStatus.Draft) return Problem.NotFound("voting");
        var (voter, refused) = cast.VoterOf(caller, voting, request.Ticket);
        if (refused is not null) return refused;
        var outcome = await database.As(caller).SingleAsync<string>(
            "SELECT withdraw_vote(@sessionId, @voter, @pseudonym, @EntryId, @now)",
            new { sessionId, voter, pseudonym = receipts.PseudonymOf(caller, sessionId, voter), request.EntryId, now = clock.GetUtcNow() },
            cancellationToken);
        return outcome == "withdrawn" ? true : CastVote.ProblemOf(outcome);
    }

    private static List<BallotReading.Choice> ChoicesOf(VotingSessions.Details voting, Row row)
    {
        Guid Id(int number) => voting.Options[Math.Abs(number) - 1].Id;
        if (row.Choices is not { } choices) return [new BallotReading.Choice { OptionId = Id(row.OptionNo) }];
        var read = new List<BallotReading.Choice>();
        if (voting.Method == VotingMethod.Score)
        {
            for (var i = 0; i < choices.Length; i += 2) read.Add(new BallotReading.Choice { OptionId = Id(choices[i]), Score = choices[i + 1] });
            return read;
        }
        var isRanked = voting.Method is not (VotingMethod.Plurality or VotingMethod.Approval);
        for (var i = 0; i < choices.Length; i++) read.Add(new BallotReading.Choice { OptionId = Id(choices[i]), Rank = !isRanked ? null : choices[i] < 0 ? read[^1].Rank : i + 1 });
        return read;
    }
}
