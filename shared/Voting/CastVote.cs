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
        int Place, string Outcome, long? EntryId, DateTime? CastAt, Guid? Voter, short? PeriodNo, short? OptionNo, short? GroupNo, decimal? VoteWeight, string? CountryCode, short? Delta, short[]? Choices, long? EarlierId);

    private sealed record Casting(
        Caller Caller, Guid Voter, Guid? Person, Guid Pseudonym, short OptionNo, short? Nth, short[]? Choices, DateTimeOffset At, IReadOnlyList<string> Roles, GeoIp.Place? Place, int? AgentId, int? PlaceId, VoteDoor.Entrance Seen);

    private readonly SharedTrips<(string Shard, Guid Tenant, Guid Session), Casting, Row> _trips = new((voting, castings) => CastAsync(database, voting.Session, castings));

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
        var row = await _trips.GoAsync(
            (caller.Shard, caller.TenantId, sessionId),
            new Casting(
                caller,
                voter,
                UsesTickets(voting) ? null : caller.UserId,
                receipts.PseudonymOf(caller, sessionId, voter),
                ballot.OptionNo,
                (short?)request.Nth,
                ballot.Choices,
                now,
                UsesTickets(voting) ? [] : RolesOf(caller, voting.CompetitionId),
                place,
                caller.UserAgent is null ? null : BinaryPrimitives.ReadInt32BigEndian(Hash(caller, "agent", caller.UserAgent)),
                place is null ? null : BinaryPrimitives.ReadInt32BigEndian(Hash(caller, "place", $"{place.Country}|{place.Region}|{place.City}")),
                seen),
            cancellationToken);
        return row.EntryId is null ? ProblemOf(row.Outcome) : receipts.Of(caller, sessionId, row);
    }

    // votes that come at once share the way and the commit; what one of them may is looked at for each
    private static async Task<IReadOnlyList<Row>> CastAsync(Database database, Guid sessionId, IReadOnlyList<Casting> castings)
    {
        // in one order everywhere, so that no two instances wait for each other's voters
        var ordered = castings.Index().OrderBy(casting => casting.Item.Voter).ToArray();
        var rows = await database.As(ordered[0].Item.Caller).QueryAsync<Row>(
            """
            SELECT given.place::integer AS place, made.outcome, made.entry_id, made.cast_at, made.voter, made.period_no, made.option_no, made.group_no, made.vote_weight, made.country_code, made.delta, made.choices, made.earlier_id
            FROM unnest(@voters, @persons, @pseudonyms, @options, @nths, @choices, @times, @roles, @countries, @addresses, @agentIds, @agents, @devices, @placeIds, @regions, @cities, @captchas, @scores, @flags, @holds)
                WITH ORDINALITY AS given (voter, person, pseudonym, option, nth, choices, at, roles, country, address, agent_id, agent, device, place_id, region, city, captcha, score, flags, hold, place),
                cast_vote(@sessionId, given.voter, given.person, given.pseudonym, given.option, given.nth, given.choices::smallint[], given.at, given.roles::text[], given.country, given.address,
                    given.agent_id, given.agent, given.device, given.place_id, given.region, given.city, given.captcha, given.score, given.flags, given.hold) AS made
            """,
            new
            {
                sessionId,
                voters = Each(casting => casting.Voter),
                persons = Each(casting => casting.Person),
                pseudonyms = Each(casting => casting.Pseudonym),
                options = Each(casting => casting.OptionNo),
                nths = Each(casting => casting.Nth),
                choices = Each(casting => casting.Choices is null ? null : $"{{{string.Join(',', casting.Choices)}}}"),
                times = Each(casting => casting.At),
                roles = Each(casting => $"{{{string.Join(',', casting.Roles)}}}"),
                countries = Each(casting => casting.Place?.Country),
                addresses = Each(casting => casting.Caller.Address),
                agentIds = Each(casting => casting.AgentId),
                agents = Each(casting => casting.Caller.UserAgent),
                devices = Each(casting => casting.Seen.Device),
                placeIds = Each(casting => casting.PlaceId),
                regions = Each(casting => casting.Place?.Region),
                cities = Each(casting => casting.Place?.City),
                captchas = Each(casting => casting.Seen.Captcha),
                scores = Each(casting => casting.Seen.Score),
                flags = Each(casting => casting.Seen.Flags),
                holds = Each(casting => casting.Seen.Hold),
            },
            CancellationToken.None);
        return [.. rows.OrderBy(row => ordered[row.Place - 1].Index)];

        T[] Each<T>(Func<Casting, T> of) => [.. ordered.Select(casting => of(casting.Item))];
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
