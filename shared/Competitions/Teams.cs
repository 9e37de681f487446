using System.ComponentModel.DataAnnotations;
using Dapper;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Competitions;

/// <summary>What somebody is in a team.</summary>
public enum MemberRole
{
    Captain,
    Member,
    Reserve,
}

/// <summary>The teams of competitions. Who is in one, only its members and the organisers see.</summary>
public sealed class Teams(Database database)
{
    public record View
    {
        public required Guid Id { get; init; }

        public required Guid CompetitionId { get; init; }

        public required string Name { get; init; }

        public required string Description { get; init; }

        /// <summary>Whether people may ask to be taken in.</summary>
        public required bool Open { get; init; }

        public required long MemberCount { get; init; }

        /// <summary>Where its registration stands; null where it has none.</summary>
        public RegistrationStatus? RegistrationStatus { get; init; }

        public Guid? RegistrationId { get; init; }

        public string? ExternalId { get; init; }

        public required DateTimeOffset CreatedAt { get; init; }

        public required int Version { get; init; }
    }

    public sealed record Details : View
    {
        /// <summary>Null for those who may not see who is in it.</summary>
        public IReadOnlyList<Member>? Members { get; init; }
    }

    public sealed record Member
    {
        public required Guid UserId { get; init; }

        public required string Name { get; init; }

        public required MemberRole Role { get; init; }

        public required DateTimeOffset JoinedAt { get; init; }
    }

    public sealed record Filter : PageQuery
    {
        /// <summary>Part of the name.</summary>
        [StringLength(100, MinimumLength = 1)]
        public string? Search { get; init; }

        /// <summary>Only those that take requests and have room.</summary>
        public bool Joinable { get; init; }
    }

    internal const string Select =
        """
        SELECT teams.id, teams.competition_id, teams.name, teams.description, teams.open, teams.external_id, teams.created_at, teams.version,
               (SELECT count(*) FROM team_members WHERE team_members.tenant_id = teams.tenant_id AND team_members.team_id = teams.id AND left_at IS NULL) AS member_count,
               registration.status AS registration_status, registration.id AS registration_id
        FROM teams
        LEFT JOIN registrations AS registration ON registration.tenant_id = teams.tenant_id AND registration.competition_id = teams.competition_id
                                              AND registration.team_id = teams.id AND registration.status <> 'withdrawn'
        """;

    public async Task<Outcome<Page<View>>> ListAsync(Caller caller, Guid competitionId, Filter filter, CancellationToken cancellationToken)
    {
        var found = await database.As(caller).QueryManyAsync(
            $"""
            SELECT status FROM competitions WHERE tenant_id = @TenantId AND id = @competitionId AND deleted_at IS NULL;
            {ListSql(filter)}
            """,
            new { caller.TenantId, competitionId, filter.After, filter.Search, limit = filter.Fetch() },
            async results => (Status: await results.ReadFirstOrDefaultAsync<string>(), Rows: (await results.ReadAsync<View>()).AsList()),
            cancellationToken);
        return found.Status is null || (found.Status == "draft" && !CompetitionDirectory.Manages(caller, competitionId)) ? Problem.NotFound("competition") : filter.Of(found.Rows, row => row.Id);
    }

    internal static string ListSql(Filter filter) =>
        $"""
        {Select}
        WHERE teams.tenant_id = @TenantId AND teams.competition_id = @competitionId AND teams.deleted_at IS NULL
          {(filter.After is null ? "" : "AND teams.id < @After")} {(filter.Search is null ? "" : "AND strpos(fold(teams.name), fold(@Search)) > 0")} {(filter.Joinable ? Joinable : "")}
        ORDER BY teams.id DESC
        LIMIT @limit
        """;

    private const string Joinable =
        """
        AND teams.open AND (SELECT count(*) FROM team_members WHERE tenant_id = @TenantId AND team_id = teams.id AND left_at IS NULL)
                         < (SELECT max_team_size FROM competitions WHERE tenant_id = @TenantId AND id = @competitionId)
        """;

    /// <summary>The teams that the caller belongs to.</summary>
    public async Task<Page<View>> OwnAsync(Caller caller, PageQuery page, CancellationToken cancellationToken) => page.Of(
        await database.As(caller).QueryAsync<View>(
            $"""
            {Select}
            WHERE teams.tenant_id = @TenantId AND teams.id IN (SELECT team_id FROM competition_entrants WHERE tenant_id = @TenantId AND user_id = @Person AND team_id IS NOT NULL)
              AND (@After::uuid IS NULL OR teams.id < @After)
            ORDER BY teams.id DESC
            LIMIT @limit
            """,
            new { caller.TenantId, caller.Person, page.After, limit = page.Fetch() },
            cancellationToken),
        row => row.Id);

    public Task<Outcome<Details>> ReadAsync(Caller caller, Guid id, CancellationToken cancellationToken) => ReadAsync(database.As(caller), caller, id, cancellationToken);

    internal static async Task<Outcome<Details>> ReadAsync(Session session, Caller caller, Guid id, CancellationToken cancellationToken)
    {
        var found = await session.QueryManyAsync(
            $"""
            {Select} WHERE teams.tenant_id = @TenantId AND teams.id = @id AND teams.deleted_at IS NULL;
            SELECT user_id, first_name || ' ' || last_name AS name, role, joined_at
            FROM team_members JOIN users ON users.tenant_id = team_members.tenant_id AND users.id = user_id
            WHERE team_members.tenant_id = @TenantId AND team_id = @id AND left_at IS NULL
            ORDER BY role <> 'captain', joined_at, user_id
            """,
            new { caller.TenantId, id },
            async results => (Team: await results.ReadFirstOrDefaultAsync<Details>(), Members: (await results.ReadAsync<Member>()).AsList()),
            cancellationToken);
        if (found.Team is null) return Problem.NotFound("team");
        var mayLookIn = CompetitionDirectory.Manages(caller, found.Team.CompetitionId) || found.Members.Any(member => member.UserId == caller.Person);
        return mayLookIn ? found.Team with { Members = found.Members } : found.Team;
    }
}
