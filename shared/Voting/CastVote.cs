using System.Buffers.Binary;
using System.ComponentModel.DataAnnotations;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Databases;
using Podium.Platform.Problems;
using Podium.Platform.Security;
using Podium.Voting.Fraud;

namespace Podium.Voting;

/// <summary>
/// Casts a vote in one round trip to the database, whose function looks at everything that may change while voting is open. The same vote again has the same answer;
/// another in its place is a change, where the voting takes one.
/// </summary>
public sealed class CastVote(Database database, VotingSessions sessions, VoterTickets tickets, VoteReceipts receipts, GeoIp geo, FieldCipher cipher, VoteDoor door, TimeProvider clock)
{
    public sealed record Request
    {
        /// <summary>Options, with places or scores where the method asks for them.</summary>
        [MinLength(1), MaxLength(1000)]
        public required IReadOnlyList<BallotReading.Choice> Choices { get; init; }

        /// <summary>Which of the period's votes this is, from 1 on, where a voter has several: with it a repeated request casts one vote.</summary>
        [Range(1, 50)]
        public int? Nth { get; init; }

        /// <summary>The ticket of who votes without an account.</summary>
        [StringLength(100, MinimumLength = 1)]
        public string? Ticket { get; init; }

        /// <summary>What the front-end knows a device by.</summary>
        [StringLength(255, MinimumLength = 1)]
        public string? DeviceFingerprint { get; init; }

        /// <summary>The captcha's token, where the voting asks for one.</summary>
        [StringLength(8000, MinimumLength = 1), Example(null!)]
        public string? Captcha { get; init; }
    }

    /// <summary>
    /// The vote is in the log as this entry; its code is the fingerprint of what the log says, to be found again when the log is sealed.
    /// </summary>
    public sealed record Receipt(long EntryId, DateTimeOffset CastAt, string Code, VoteOutcome Outcome);

    internal sealed record Row(
        string Outcome, long? EntryId, DateTime? CastAt, Guid? Voter, short? PeriodNo, short? OptionNo, short? GroupNo, decimal? VoteWeight, string? CountryCode, short? Delta, short[]? Choices, long? EarlierId);

    public async Task<Outcome<Receipt>> RunAsync(Caller caller, Guid sessionId, Request request, CancellationToken cancellationToken)
    {
        var voting = await sessions.KnownAsync(caller, sessionId, cancellationToken);
        if (voting is null || voting.Status == VotingStatus.Draft) return Problem.NotFound("voting");
        var (voter, refused) = VoterOf(caller, voting, request.Ticket);
        if (refused is not null) return refused;
        var read = BallotReading.Read(voting, request.Choices, caller.UserId);
        if (read.Problem is { } problem) return problem;
        var ballot = read.Value!;
        var entrance = await door.LookAsync(caller, sessionId, request, cancellationToken);
        if (entrance.Problem is { } stopped) return stopped;
        var seen = entrance.Value!;
        var place = geo.Find(caller.Address);
        // the database keeps microseconds, and the receipt must say what it keeps
        var now = new DateTimeOffset(clock.GetUtcNow().UtcTicks / 10 * 10, TimeSpan.Zero);
        var row = await database.As(caller).SingleAsync<Row>(
            """
            SELECT outcome, entry_id, cast_at, voter, period_no, option_no, group_no, vote_weight, country_code, delta, choices, earlier_id
            FROM cast_vote(@sessionId, @voter, @person, @pseudonym, @option, @nth, @choices, @now, @roles, @country, @Address, @agentId, @agent, @fingerprint, @placeId, @region, @city, @Captcha, @Score, @Flags, @Hold)
            """,
            new
            {
                sessionId,
                voter,
                person = UsesTickets(voting) ? null : caller.UserId,
                pseudonym = receipts.PseudonymOf(caller, sessionId, voter),
                option = ballot.OptionNo,
                nth = (short?)request.Nth,
                choices = ballot.Choices,
                now,
                roles = UsesTickets(voting) ? [] : RolesOf(caller, voting.CompetitionId),
                caller.Address,
                agentId = caller.UserAgent is null ? (int?)null : BinaryPrimitives.ReadInt32BigEndian(Hash(caller, "agent", caller.UserAgent)),
                agent = caller.UserAgent,
                country = place?.Country,
                placeId = place is null ? (int?)null : BinaryPrimitives.ReadInt32BigEndian(Hash(caller, "place", $"{place.Country}|{place.Region}|{place.City}")),
                region = place?.Region,
                city = place?.City,
                fingerprint = seen.Device,
                seen.Captcha,
                seen.Score,
                seen.Flags,
                seen.Hold,
            },
            cancellationToken);
        return row.EntryId is null ? ProblemOf(row.Outcome) : receipts.Of(caller, sessionId, row);
    }

    internal static bool UsesTickets(VotingRules voting) => voting.Voters is VotersKind.Email or VotersKind.Anyone;

    /// <summary>Who votes: the signed-in person, or whom a ticket names.</summary>
    internal (Guid Voter, Problem? Problem) VoterOf(Caller caller, VotingSessions.Details voting, string? ticket)
    {
        if (!UsesTickets(voting)) return caller.UserId is { } person ? (person, null) : (default, CommonProblems.SignInRequired);
        if (ticket is null) return (default, VotingProblems.TicketRequired);
        return tickets.Read(caller, voting.Id, voting.Voters, ticket) is { } voter ? (voter, null) : (default, VotingProblems.TicketRefused);
    }

    internal static Problem ProblemOf(string outcome) => outcome switch
    {
        "not-found" => Problem.NotFound("voting"),
        "closed" => VotingProblems.Closed,
        "halted" => VotingProblems.Halted,
        "unverified" => new Problem(VotingProblems.NotEligible, "Verify your e-mail address first."),
        "country" => new Problem(VotingProblems.NotEligible, "Voters of your country cannot vote here."),
        "institution" => new Problem(VotingProblems.NotEligible, "Only people of certain institutions may vote here."),
        "group" => new Problem(VotingProblems.NotEligible, "Only members of certain groups may vote here."),
        "option-withdrawn" => VotingProblems.OptionWithdrawn,
        "voted-already" => VotingProblems.VotedAlready,
        "too-many" => VotingProblems.VotesUsedUp,
        "no-vote" => Problem.NotFound("vote"),
        "not-allowed" => VotingProblems.NotWithdrawable,
        _ => throw new InvalidOperationException($"Voting knows no outcome '{outcome}'."),
    };

    private static string[] RolesOf(Caller caller, Guid? competitionId) =>
        [.. caller.Grants.Where(grant => grant.Scope == Scope.Tenant || (competitionId is { } competition && grant.Scope == Scope.Competition(competition))).Select(grant => grant.Role).Distinct()];

    private byte[] Hash(Caller caller, string what, string text) => cipher.BlindIndex(text, $"votes.{what}:{caller.TenantId}");
}

public enum VoteOutcome
{
    Cast,
    Changed,

    /// <summary>The vote stands already, just so.</summary>
    Same,
}
