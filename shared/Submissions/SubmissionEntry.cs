using System.Text.Json;
using Podium.Competitions;
using Podium.Platform;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Databases;
using Podium.Platform.Problems;
using Podium.Tenancy;

namespace Podium.Submissions;

/// <summary>Who hands in, for what, and under which rules. While it is locked nobody else hands in for the same entry.</summary>
internal sealed record SubmissionEntry
{
    public required Guid RegistrationId { get; init; }
    public required Guid CompetitionId { get; init; }
    public Guid? TeamId { get; init; }
    public required Guid ParticipantId { get; init; }
    public Guid? CaptainId { get; init; }
    public required string Name { get; init; }
    public required string RegistrationStatus { get; init; }
    public required bool IsMember { get; init; }
    public required string CompetitionName { get; init; }
    public required JsonElement Translations { get; init; }
    public required CompetitionStatus Status { get; init; }
    public DateTimeOffset? CompetitionStart { get; init; }
    public DateTimeOffset? CompetitionEnd { get; init; }
    public required JsonElement Configuration { get; init; }
    public Guid? RoundId { get; init; }
    public DateTimeOffset? OpensAt { get; init; }
    public DateTimeOffset? ClosesAt { get; init; }
    public JsonElement? RoundConfiguration { get; init; }
    public IReadOnlyList<Extension> Extensions { get; init; } = [];

    private const string Select =
        """
        SELECT registration.id AS registration_id, registration.competition_id, registration.team_id, registration.participant_id, teams.captain_id,
               coalesce(teams.name, users.first_name || ' ' || users.last_name) AS name, registration.status AS registration_status,
               coalesce(registration.user_id = @person, false) OR EXISTS (
                   SELECT FROM team_members WHERE tenant_id = @tenantId AND team_members.team_id = registration.team_id AND team_members.user_id = @person AND left_at IS NULL) AS is_member,
               competition.name AS competition_name, competition.translations, competition.status, competition.competition_start, competition.competition_end, competition.configuration,
               round.id AS round_id, round.opens_at, round.closes_at, round.configuration AS round_configuration
        FROM registrations AS registration
        JOIN competitions AS competition ON competition.tenant_id = @tenantId AND competition.id = registration.competition_id AND competition.deleted_at IS NULL
        LEFT JOIN teams ON teams.tenant_id = @tenantId AND teams.id = registration.team_id
        LEFT JOIN users ON users.tenant_id = @tenantId AND users.id = registration.user_id
        LEFT JOIN competition_rounds AS round ON round.tenant_id = @tenantId AND round.competition_id = registration.competition_id AND round.id = @roundId AND round.deleted_at IS NULL
        WHERE registration.tenant_id = @tenantId AND registration.competition_id = @competitionId AND registration.id = @registrationId
        """;

    private const string SelectExtensions =
        """
        SELECT until, granted_at, revoked_at FROM submission_extensions
        WHERE tenant_id = @tenantId AND competition_id = @competitionId AND registration_id = @registrationId AND round_id IS NOT DISTINCT FROM @roundId
        """;

    /// <summary>The caller's own entry in a competition, or null.</summary>
    public const string OwnSql =
        """
        SELECT coalesce(entrant.registration_id, registration.id) FROM competition_entrants AS entrant
        LEFT JOIN registrations AS registration ON registration.tenant_id = @TenantId AND registration.competition_id = @competitionId AND registration.team_id = entrant.team_id AND registration.status <> 'withdrawn'
        WHERE entrant.tenant_id = @TenantId AND entrant.competition_id = @competitionId AND entrant.user_id = @Person
        """;

    public SubmissionRules? Rules => RulesOf(Configuration, RoundId is null ? null : RoundConfiguration);

    /// <summary>The rules of a round, by its own configuration or the competition's; of the whole competition where there is no round; null where nothing is handed in.</summary>
    public static SubmissionRules? RulesOf(JsonElement ofCompetition, JsonElement? ofRound)
    {
        var all = CompetitionConfiguration.Of(ofCompetition).Submissions;
        if (ofRound is not { } text) return all.For == SubmissionsFor.Competition ? all : null;
        var rules = text.Deserialize<Rounds.RoundConfiguration>(Json.Options)!.Submissions ?? all;
        return rules.For == SubmissionsFor.Rounds ? rules : null;
    }

    /// <summary>The lock is a statement of its own, so that what is read behind it is what others left.</summary>
    public static Task<SubmissionEntry?> LockAsync(Session session, Guid tenantId, Guid? person, Guid competitionId, Guid? roundId, Guid registrationId, CancellationToken cancellationToken) =>
        session.QueryManyAsync(
            $"""
            SELECT 1 FROM registrations WHERE tenant_id = @tenantId AND id = @registrationId FOR NO KEY UPDATE;
            {Select};
            {SelectExtensions}
            """,
            new { tenantId, person, competitionId, roundId, registrationId },
            async results =>
            {
                await results.ReadAsync<int>();
                return await OfAsync(results, roundId);
            },
            cancellationToken);

    public static Task<SubmissionEntry?> ReadAsync(Session session, Guid tenantId, Guid? person, Guid competitionId, Guid? roundId, Guid registrationId, CancellationToken cancellationToken) =>
        session.QueryManyAsync($"{Select};\n{SelectExtensions}", new { tenantId, person, competitionId, roundId, registrationId }, results => OfAsync(results, roundId), cancellationToken);

    /// <summary>The caller's own entry, or the one that an organiser names; locked where something is to be done with it.</summary>
    public static async Task<Outcome<SubmissionEntry>> OwnAsync(Session session, Caller caller, Guid competitionId, Guid? roundId, Guid? registrationId, bool locked, CancellationToken cancellationToken)
    {
        if (await LockedCompetition.ReadAsync(session, caller, competitionId, cancellationToken) is { Problem: { } gone }) return gone;
        var own = registrationId ?? await session.FirstAsync<Guid?>(OwnSql, new { caller.TenantId, caller.Person, competitionId }, cancellationToken);
        if (own is null) return SubmissionProblems.NotTakingPart;
        var entry = await (locked ? LockAsync(session, caller.TenantId, caller.UserId, competitionId, roundId, own.Value, cancellationToken)
            : ReadAsync(session, caller.TenantId, caller.UserId, competitionId, roundId, own.Value, cancellationToken));
        if (entry is null || (!entry.IsMember && !CompetitionDirectory.Manages(caller, competitionId))) return registrationId is null ? SubmissionProblems.NotTakingPart : Problem.Invalid("/registrationId", "unknown", "There is no such entry of yours.");
        return roundId is not null && entry.RoundId is null ? Problem.Invalid("/roundId", "unknown", "There is no such round.") : entry;
    }

    /// <summary>When it may be handed in, judged at an instant; only where something is.</summary>
    public SubmissionWindow WindowAt(DateTimeOffset at) => SubmissionWindow.Of(
        Rules!, OpensAt ?? CompetitionStart ?? DateTimeOffset.MaxValue, ClosesAt ?? CompetitionEnd ?? DateTimeOffset.MinValue, Extensions, at);

    /// <summary>What keeps the caller from handing in now, or null.</summary>
    public Problem? FaultFor(Caller caller, DateTimeOffset now) => ActingFault(caller) ?? OpenFault(now);

    /// <summary>Why the caller may not act for the entry, or null.</summary>
    public Problem? ActingFault(Caller caller)
    {
        if (Rules is not { } rules) return SubmissionProblems.NotTaken;
        if (rules.By == SubmittedBy.Captain && TeamId is not null && caller.Person != CaptainId && !CompetitionDirectory.Manages(caller, CompetitionId)) return new Problem(CommonProblems.Forbidden, "The captain hands in for the team.");
        return RegistrationStatus == "approved" ? null : new Problem(SubmissionProblems.NotTakingPart, $"The registration is {RegistrationStatus}.");
    }

    public Problem? OpenFault(DateTimeOffset now)
    {
        if (Status is not (CompetitionStatus.Published or CompetitionStatus.Active or CompetitionStatus.Judging)) return new Problem(SubmissionProblems.Closed, $"The competition is {Status.Text()}.");
        var window = WindowAt(now);
        return window.TimingOf(Rules!, now).Timeliness switch
        {
            Timeliness.TooEarly => new Problem(SubmissionProblems.Closed, $"It opens at {window.OpensAt:u}."),
            Timeliness.TooLate => new Problem(SubmissionProblems.Closed, $"The deadline was {window.DueAt:u}{(window.EndsAt > window.DueAt ? $", and late work was taken until {window.EndsAt:u}" : "")}."),
            _ => null,
        };
    }

    /// <summary>The day that it is where the competition is.</summary>
    public DateOnly DayOf(Tenant tenant, DateTimeOffset at) =>
        LocalDay.Of(at, Rules?.TimeZone ?? tenant.TimeZone);

    /// <summary>What has been taken of the limits by now; the entry is locked, or the answer is for reading.</summary>
    public Task<Attempts.Taken> TakenAsync(Session session, Tenant tenant, DateTimeOffset now, CancellationToken cancellationToken) => session.SingleAsync<Attempts.Taken>(
        """
        SELECT (count(*) FILTER (WHERE counted_on IS NOT NULL))::int AS total, (count(*) FILTER (WHERE counted_on = @today))::int AS today, (count(*) FILTER (WHERE look_at IS NOT NULL))::int AS in_flight,
               coalesce(max(number), 0) AS last_number
        FROM submissions
        WHERE tenant_id = @Id AND competition_id = @CompetitionId AND registration_id = @RegistrationId AND round_id IS NOT DISTINCT FROM @RoundId
        """,
        new { tenant.Id, CompetitionId, RegistrationId, RoundId, today = DayOf(tenant, now) },
        cancellationToken);

    private static async Task<SubmissionEntry?> OfAsync(Dapper.SqlMapper.GridReader results, Guid? roundId)
    {
        var entry = await results.ReadFirstOrDefaultAsync<SubmissionEntry>();
        var extensions = await results.ReadAsync<Extension>();
        // a round that was removed takes nothing, and is no competition
        return entry is null ? null : entry with { Extensions = [.. extensions], Configuration = roundId is not null && entry.RoundId is null ? JsonElement.Parse("{}") : entry.Configuration };
    }
}
