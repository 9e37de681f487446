using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Dapper;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Competitions;

/// <summary>Where a registration stands.</summary>
public enum RegistrationStatus
{
    Pending,
    Approved,
    Waitlisted,
    Rejected,
    Withdrawn,
    Disqualified,
}

/// <summary>Whether a person or a team takes part.</summary>
public enum ParticipantType
{
    Individual,
    Team,
}

/// <summary>Who has registered, as organisers see it and as everybody sees their own.</summary>
public sealed class Registrations(Database database)
{
    public sealed record View
    {
        public required Guid Id { get; init; }

        public required Guid CompetitionId { get; init; }

        public required ParticipantType ParticipantType { get; init; }

        /// <summary>The person or the team.</summary>
        public required Guid ParticipantId { get; init; }

        /// <summary>The person's or the team's name.</summary>
        public required string Name { get; init; }

        public required RegistrationStatus Status { get; init; }

        /// <summary>Why it is so.</summary>
        public string? Reason { get; init; }

        /// <summary>The place among those who wait, from 1; null for who does not wait.</summary>
        public long? Place { get; init; }

        /// <summary>The form that the entry was filled in with.</summary>
        public Guid? FormId { get; init; }

        public required JsonElement Entry { get; init; }

        public required DateTimeOffset RegisteredAt { get; init; }

        public DateTimeOffset? DecidedAt { get; init; }

        public string? ExternalId { get; init; }

        public required int Version { get; init; }
    }

    public sealed record Filter : PageQuery
    {
        public RegistrationStatus? Status { get; init; }
    }

    internal const string Select =
        """
        SELECT registration.id, registration.competition_id, registration.participant_type, registration.participant_id,
               coalesce(teams.name, users.first_name || ' ' || users.last_name) AS name, registration.status, registration.reason,
               CASE registration.status WHEN 'waitlisted' THEN 1 + (
                   SELECT count(*) FROM registrations AS before
                   WHERE before.tenant_id = registration.tenant_id AND before.competition_id = registration.competition_id AND before.status = 'waitlisted'
                     AND before.queue_number < registration.queue_number) END AS place,
               registration.form_id, registration.entry, registration.registered_at, registration.decided_at, registration.external_id, registration.version
        FROM registrations AS registration
        LEFT JOIN users ON users.tenant_id = registration.tenant_id AND users.id = registration.user_id
        LEFT JOIN teams ON teams.tenant_id = registration.tenant_id AND teams.id = registration.team_id
        """;

    /// <summary>All of a competition, the newest first, for those who run it.</summary>
    public async Task<Outcome<Page<View>>> ListAsync(Caller caller, Guid competitionId, Filter filter, CancellationToken cancellationToken)
    {
        var found = await database.As(caller).QueryManyAsync(
            $"""
            SELECT EXISTS (SELECT FROM competitions WHERE tenant_id = @TenantId AND id = @competitionId AND deleted_at IS NULL);
            {ListSql(filter)}
            """,
            new { caller.TenantId, competitionId, status = filter.Status?.Text(), filter.After, limit = filter.Fetch() },
            async results => (IsThere: await results.ReadSingleAsync<bool>(), Rows: (await results.ReadAsync<View>()).AsList()),
            cancellationToken);
        return found.IsThere ? filter.Of(found.Rows, row => row.Id) : Problem.NotFound("competition");
    }

    internal const string OwnSql =
        $"""
        {Select}
        WHERE registration.tenant_id = @TenantId AND registration.id IN (
            SELECT id FROM registrations WHERE tenant_id = @TenantId AND user_id = @Person
            UNION ALL
            SELECT registrations.id FROM team_members
            JOIN registrations ON registrations.tenant_id = @TenantId AND registrations.competition_id = team_members.competition_id AND registrations.team_id = team_members.team_id
            WHERE team_members.tenant_id = @TenantId AND team_members.user_id = @Person AND left_at IS NULL)
          AND (@After::uuid IS NULL OR registration.id < @After)
        ORDER BY registration.id DESC
        LIMIT @limit
        """;

    internal static string ListSql(Filter filter) =>
        $"""
        {Select}
        WHERE registration.tenant_id = @TenantId AND registration.competition_id = @competitionId
          {(filter.Status is null ? "" : "AND registration.status = @status")} {(filter.After is null ? "" : "AND registration.id < @After")}
        ORDER BY registration.id DESC
        LIMIT @limit
        """;

    /// <summary>The caller's own, and those of the teams they belong to.</summary>
    public async Task<Page<View>> OwnAsync(Caller caller, PageQuery page, CancellationToken cancellationToken) => page.Of(
        await database.As(caller).QueryAsync<View>(
            OwnSql,
            new { caller.TenantId, caller.Person, page.After, limit = page.Fetch() },
            cancellationToken),
        row => row.Id);

    /// <summary>One, for who runs the competition or takes part by it.</summary>
    public async Task<Outcome<View>> ReadAsync(Caller caller, Guid competitionId, Guid id, CancellationToken cancellationToken)
    {
        var found = await database.As(caller).FirstAsync<View>(
            $"""
            {Select}
            WHERE registration.tenant_id = @TenantId AND registration.competition_id = @competitionId AND registration.id = @id AND (
                @manages OR registration.user_id = @Person OR EXISTS (
                    SELECT FROM team_members
                    WHERE tenant_id = @TenantId AND team_members.team_id = registration.team_id AND team_members.user_id = @Person AND left_at IS NULL))
            """,
            new { caller.TenantId, caller.Person, competitionId, id, manages = CompetitionDirectory.Manages(caller, competitionId) },
            cancellationToken);
        return found is null ? Problem.NotFound("registration") : found;
    }

    internal static Task<View> ReadAsync(Session session, Guid tenantId, Guid id, CancellationToken cancellationToken) =>
        session.SingleAsync<View>($"{Select} WHERE registration.tenant_id = @tenantId AND registration.id = @id", new { tenantId, id }, cancellationToken);
}
