using System.ComponentModel.DataAnnotations;
using System.Globalization;
using Dapper;
using Podium.Identity;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Competitions;

/// <summary>Who asked whom: the team a person, or a person the team.</summary>
public enum InvitationDirection
{
    Invite,
    Request,
}

/// <summary>Where an invitation or a request stands.</summary>
public enum InvitationStatus
{
    Pending,
    Accepted,
    Declined,
    Cancelled,
    Expired,
}

/// <summary>Asks people to join a team, and teams to take one in; the other side answers, in time and once.</summary>
public sealed class InviteToTeam(Database database, Entrants entrants, CompetitionNotices notices, TimeProvider clock)
{
    public sealed record View
    {
        public required Guid Id { get; init; }

        public required Guid CompetitionId { get; init; }

        public required string CompetitionName { get; init; }

        public required Guid TeamId { get; init; }

        public required string TeamName { get; init; }

        public required InvitationDirection Direction { get; init; }

        /// <summary>The address that was invited; whether it has an account is not said.</summary>
        public string? Email { get; init; }

        /// <summary>Whose request it is, or who was invited by name.</summary>
        public string? PersonName { get; init; }

        public required string Message { get; init; }

        public required InvitationStatus Status { get; init; }

        public required DateTimeOffset CreatedAt { get; init; }

        public required DateTimeOffset ExpiresAt { get; init; }
    }

    public sealed record Request
    {
        /// <summary>Chosen by the client, so that a repeated request invites once.</summary>
        public Guid? Id { get; init; }

        /// <summary>The person's e-mail address, or their id.</summary>
        [Email, StringLength(254, MinimumLength = 3), Example("ada@example.org")]
        public string? Email { get; init; }

        public Guid? UserId { get; init; }

        [StringLength(1000)]
        public string Message { get; init; } = "";
    }

    public sealed record Asking
    {
        /// <summary>Chosen by the client, so that a repeated request asks once.</summary>
        public Guid? Id { get; init; }

        [StringLength(1000)]
        public string Message { get; init; } = "";
    }

    private sealed record Row(Guid Id, Guid TeamId, Guid CompetitionId, string Direction, Guid? UserId, string? EmailKey, string Status, Guid InvitedBy, DateTimeOffset ExpiresAt)
    {
        public bool IsInvite => Direction == "invite";
    }

    private const string Select =
        """
        SELECT invitation.id, invitation.competition_id, competitions.name AS competition_name, invitation.team_id, teams.name AS team_name, direction,
               CASE WHEN direction = 'invite' AND @asTeam THEN invitation.email_key END AS email,
               CASE WHEN NOT @asTeam OR (direction = 'invite' AND invitation.email_key IS NOT NULL AND invitation.status <> 'accepted') THEN NULL ELSE users.first_name || ' ' || users.last_name END AS person_name,
               message, CASE WHEN invitation.status = 'pending' AND expires_at <= @now THEN 'expired' ELSE invitation.status END AS status, invitation.created_at, expires_at
        FROM team_invitations AS invitation
        JOIN teams ON teams.tenant_id = invitation.tenant_id AND teams.id = invitation.team_id
        JOIN competitions ON competitions.tenant_id = invitation.tenant_id AND competitions.id = invitation.competition_id
        LEFT JOIN users ON users.tenant_id = invitation.tenant_id AND users.id = invitation.user_id
        """;

    // what the invited person sees as theirs: by their id, or by an address that they have proved
    private const string Mine =
        """
        (invitation.user_id = @Person OR (invitation.user_id IS NULL AND invitation.email_key = (
            SELECT me.email_key FROM users AS me WHERE me.tenant_id = @TenantId AND me.id = @Person AND me.email_verified_at IS NOT NULL)))
        """;

    /// <summary>The captain asks somebody.</summary>
    public async Task<Outcome<View>> Run(Caller caller, Guid teamId, Request request, CancellationToken cancellationToken)
    {
        if (request.Email is null == request.UserId is null) return Problem.Invalid("/email", "required", "Name the person by an e-mail address or by an id.");
        var now = clock.GetUtcNow();
        return await database.InTransaction<View>(
            caller,
            async session =>
            {
                var locked = await LockedTeam.ForChangeAsync(session, caller, teamId, now, withSeats: false, byAnyMember: false, cancellationToken);
                if (locked.Problem is { } problem) return problem;
                var (team, competition) = locked.Value;
                var key = request.Email is null ? null : EmailAddress.KeyOf(request.Email);
                var person = await session.FirstAsync<Guid?>(
                    "SELECT id FROM users WHERE tenant_id = @TenantId AND deleted_at IS NULL AND (id = @UserId OR (email_key = @key AND email_verified_at IS NOT NULL))",
                    new { caller.TenantId, request.UserId, key },
                    cancellationToken);
                if (request.UserId is not null && person is null) return Problem.Invalid("/userId", "unknown", "There is no such person.");
                if (person is { } member && team.Members.Contains(member)) return new Problem(CompetitionProblems.AlreadyTakingPart, "This person belongs to the team.");
                var added = await AddAsync(session, caller, team, competition, request.Id, "invite", person, key, request.Message, now, cancellationToken);
                if (added.Problem is { } taken) return taken;
                if (added.Value.IsNew && person is { } invited)
                    await notices.TellAsync(session, caller.Tenant, "team-invited", [invited], competition, await SaidAsync(session, caller, team, caller.Person, now + TimeSpan.FromDays(competition.Rules.Teams.InvitationDays), cancellationToken), cancellationToken);
                return await ReadAsync(session, caller, added.Value.Id, asTeam: true, now, cancellationToken);
            },
            cancellationToken);
    }

    /// <summary>Somebody asks to be taken in.</summary>
    public Task<Outcome<View>> AskAsync(Caller caller, Guid teamId, Asking request, CancellationToken cancellationToken) => database.InTransaction<View>(
        caller,
        async session =>
        {
            var now = clock.GetUtcNow();
            var at = await session.FirstAsync<Guid?>("SELECT competition_id FROM teams WHERE tenant_id = @TenantId AND id = @teamId AND deleted_at IS NULL", new { caller.TenantId, teamId }, cancellationToken);
            var read = at is null ? Problem.NotFound("team") : await LockedCompetition.ReadAsync(session, caller, at.Value, cancellationToken);
            if (read.Value is not { } competition || await LockedTeam.LockAsync(session, caller.TenantId, teamId, cancellationToken) is not { } team) return Problem.NotFound("team");
            if (LockedTeam.FrozenProblem(caller, competition, now) is { } frozen) return frozen;
            if (!team.Open) return CompetitionProblems.TeamClosed;
            if (await entrants.FaultAsync(session, caller.TenantId, competition, [caller.Person], cancellationToken) is { } notEligible) return notEligible;
            if (await session.SingleAsync<bool>("SELECT EXISTS (SELECT FROM competition_entrants WHERE tenant_id = @TenantId AND competition_id = @Id AND user_id = @Person)", new { caller.TenantId, caller.Person, competition.Id }, cancellationToken))
                return CompetitionProblems.AlreadyTakingPart;
            var added = await AddAsync(session, caller, team, competition, request.Id, "request", caller.Person, null, request.Message, now, cancellationToken);
            if (added.Problem is { } taken) return taken;
            if (added.Value.IsNew)
                await notices.TellAsync(session, caller.Tenant, "team-asked", [team.CaptainId], competition, await SaidAsync(session, caller, team, caller.Person, now + TimeSpan.FromDays(competition.Rules.Teams.InvitationDays), cancellationToken), cancellationToken);
            return await ReadAsync(session, caller, added.Value.Id, asTeam: false, now, cancellationToken);
        },
        cancellationToken);

    /// <summary>Takes an invitation up, or takes somebody in who asked.</summary>
    public Task<Outcome<Teams.Details>> AcceptAsync(Caller caller, Guid id, CancellationToken cancellationToken) => database.InTransaction<Teams.Details>(
        caller,
        async session =>
        {
            var now = clock.GetUtcNow();
            var answered = await LockAsync(session, caller, id, now, cancellationToken);
            if (answered.Problem is { } problem) return problem;
            var (row, team, competition) = answered.Value;
            if (LockedTeam.FrozenProblem(caller, competition, now) is { } frozen) return frozen;
            var joins = row.IsInvite ? caller.Person : row.UserId!.Value;
            if (await entrants.FaultAsync(session, caller.TenantId, competition, competition.Rules.Teams.SameInstitution ? [.. team.Members, joins] : [joins], cancellationToken) is { } notEligible) return notEligible;
            await session.ExecuteAsync(
                """
                UPDATE team_invitations SET status = 'accepted', user_id = @joins, decided_at = @now, decided_by = @Person WHERE tenant_id = @TenantId AND id = @id;

                INSERT INTO team_members (tenant_id, team_id, user_id, competition_id, role, joined_at)
                VALUES (@TenantId, @teamId, @joins, @competitionId, 'member', @now)
                ON CONFLICT (tenant_id, team_id, user_id) DO UPDATE SET left_at = NULL, role = 'member', joined_at = excluded.joined_at WHERE team_members.left_at IS NOT NULL;

                UPDATE team_invitations SET status = 'cancelled', decided_at = @now, decided_by = @Person
                WHERE tenant_id = @TenantId AND competition_id = @competitionId AND user_id = @joins AND status = 'pending'
                """,
                new { caller.TenantId, caller.Person, id, joins, teamId = team.Id, competitionId = competition.Id, now },
                cancellationToken);
            await notices.TellAsync(
                session, caller.Tenant, row.IsInvite ? "team-joined" : "team-welcome", [row.IsInvite ? team.CaptainId : joins], competition, await FormTeam.NamesAsync(session, caller, team, joins, cancellationToken), cancellationToken);
            return await Teams.ReadAsync(session, caller, team.Id, cancellationToken);
        },
        cancellationToken);

    public Task<Outcome<View>> DeclineAsync(Caller caller, Guid id, CancellationToken cancellationToken) => database.InTransaction<View>(
        caller,
        async session =>
        {
            var now = clock.GetUtcNow();
            var answered = await LockAsync(session, caller, id, now, cancellationToken);
            if (answered.Problem is { } problem) return problem;
            var (row, team, competition) = answered.Value;
            var about = row.IsInvite ? caller.Person : row.UserId!.Value;
            await session.ExecuteAsync(
                "UPDATE team_invitations SET status = 'declined', decided_at = @now, decided_by = @Person WHERE tenant_id = @TenantId AND id = @id", new { caller.TenantId, caller.Person, id, now }, cancellationToken);
            await notices.TellAsync(session, caller.Tenant, "team-declined", [row.IsInvite ? row.InvitedBy : about], competition, await FormTeam.NamesAsync(session, caller, team, about, cancellationToken), cancellationToken);
            return await ReadAsync(session, caller, id, asTeam: !row.IsInvite, now, cancellationToken);
        },
        cancellationToken);

    /// <summary>Whoever asked takes it back.</summary>
    public async Task<Problem?> CancelAsync(Caller caller, Guid id, CancellationToken cancellationToken)
    {
        var cancelled = await database.InTransaction<bool>(
            caller,
            async session =>
            {
                var row = await session.FirstAsync<Row>(
                    """
                    SELECT invitation.id, team_id, invitation.competition_id, direction, user_id, email_key, status, invited_by, expires_at
                    FROM team_invitations AS invitation JOIN teams ON teams.tenant_id = invitation.tenant_id AND teams.id = team_id
                    WHERE invitation.tenant_id = @TenantId AND invitation.id = @id AND (invited_by = @Person OR (direction = 'invite' AND captain_id = @Person))
                    FOR NO KEY UPDATE OF invitation
                    """,
                    new { caller.TenantId, caller.Person, id },
                    cancellationToken);
                if (row is null) return Problem.NotFound("invitation");
                if (row.Status == "cancelled") return true;
                if (row.Status != "pending") return CompetitionProblems.InvitationUsed;
                await session.ExecuteAsync(
                    "UPDATE team_invitations SET status = 'cancelled', decided_at = @now, decided_by = @Person WHERE tenant_id = @TenantId AND id = @id",
                    new { caller.TenantId, caller.Person, id, now = clock.GetUtcNow() },
                    cancellationToken);
                return true;
            },
            cancellationToken);
        return cancelled.Problem;
    }

    /// <summary>A team's, for its captain and the organisers.</summary>
    public async Task<Outcome<Page<View>>> ListAsync(Caller caller, Guid teamId, PageQuery page, CancellationToken cancellationToken)
    {
        var found = await database.As(caller).QueryManyAsync(
            $"""
            SELECT captain_id = @Person OR competition_id = ANY (@managed) OR @managesAll FROM teams WHERE tenant_id = @TenantId AND id = @teamId AND deleted_at IS NULL;
            {Select}
            WHERE invitation.tenant_id = @TenantId AND invitation.competition_id = (SELECT competition_id FROM teams WHERE tenant_id = @TenantId AND id = @teamId) AND invitation.team_id = @teamId
              AND (@After::uuid IS NULL OR invitation.id < @After)
            ORDER BY invitation.id DESC
            LIMIT @limit
            """,
            new
            {
                caller.TenantId,
                caller.Person,
                teamId,
                asTeam = true,
                now = clock.GetUtcNow(),
                managesAll = caller.Allows(Permissions.CompetitionManage),
                managed = caller.Grants.Where(grant => grant.Scope.Type == ScopeType.Competition && grant.Gives(Permissions.CompetitionManage)).Select(grant => grant.Scope.Id!.Value).ToArray(),
                page.After,
                limit = page.Fetch(),
            },
            async results => (Allowed: await results.ReadFirstOrDefaultAsync<bool?>(), Rows: (await results.ReadAsync<View>()).AsList()),
            cancellationToken);
        if (found.Allowed is null) return Problem.NotFound("team");
        return found.Allowed.Value ? page.Of(found.Rows, row => row.Id) : new Problem(CommonProblems.Forbidden, "The captain sees these.");
    }

    /// <summary>What a person was asked, and what they asked.</summary>
    public async Task<Page<View>> OwnAsync(Caller caller, PageQuery page, CancellationToken cancellationToken) => page.Of(
        await database.As(caller).QueryAsync<View>(
            $"""
            {Select}
            WHERE invitation.tenant_id = @TenantId AND {Mine} AND (@After::uuid IS NULL OR invitation.id < @After)
            ORDER BY invitation.id DESC
            LIMIT @limit
            """,
            new { caller.TenantId, caller.Person, asTeam = false, now = clock.GetUtcNow(), page.After, limit = page.Fetch() },
            cancellationToken),
        row => row.Id);

    private static async Task<Outcome<(Guid Id, bool IsNew)>> AddAsync(
        Session session, Caller caller, LockedTeam team, LockedCompetition competition, Guid? wantedId, string direction, Guid? whom, string? key, string message, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var wanted = new
        {
            caller.TenantId,
            caller.Person,
            id = wantedId ?? Guid.CreateVersion7(now),
            teamId = team.Id,
            competitionId = competition.Id,
            direction,
            whom,
            key,
            message,
            now,
            expires = now + TimeSpan.FromDays(competition.Rules.Teams.InvitationDays),
        };
        // what nobody answered in time makes room for another try
        var added = await session.SingleAsync<int>(
            """
            UPDATE team_invitations SET status = 'cancelled', decided_at = expires_at
            WHERE tenant_id = @TenantId AND team_id = @teamId AND competition_id = @competitionId AND status = 'pending' AND expires_at <= @now
              AND (user_id = @whom OR (user_id IS NULL AND email_key = @key));

            WITH added AS (
                INSERT INTO team_invitations (tenant_id, id, team_id, competition_id, direction, user_id, email_key, message, invited_by, created_at, expires_at)
                VALUES (@TenantId, @id, @teamId, @competitionId, @direction, @whom, @key, @message, @Person, @now, @expires)
                ON CONFLICT (tenant_id, id) DO NOTHING
                RETURNING 1
            )
            SELECT count(*)::integer FROM added
            """,
            wanted,
            cancellationToken);
        if (added == 1) return (wanted.id, true);
        var known = await session.FirstAsync<Guid?>(
            """
            SELECT id FROM team_invitations
            WHERE tenant_id = @TenantId AND id = @id AND team_id = @teamId AND direction = @direction AND invited_by = @Person
              AND user_id IS NOT DISTINCT FROM @whom AND email_key IS NOT DISTINCT FROM @key AND message = @message
            """,
            wanted,
            cancellationToken);
        return known is null ? IdentityProblems.IdTaken : (wanted.id, false);
    }

    // an open invitation that the caller may answer, its team locked
    private static async Task<Outcome<(Row Row, LockedTeam Team, LockedCompetition Competition)>> LockAsync(Session session, Caller caller, Guid id, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var row = await session.FirstAsync<Row>(
            $"""
            SELECT invitation.id, team_id, invitation.competition_id, direction, user_id, email_key, status, invited_by, expires_at
            FROM team_invitations AS invitation JOIN teams ON teams.tenant_id = invitation.tenant_id AND teams.id = team_id
            WHERE invitation.tenant_id = @TenantId AND invitation.id = @id AND (
                (direction = 'invite' AND {Mine}) OR (direction = 'request' AND (captain_id = @Person OR @managesAll OR invitation.competition_id = ANY (@managed))))
            FOR NO KEY UPDATE OF invitation
            """,
            new
            {
                caller.TenantId,
                caller.Person,
                id,
                managesAll = caller.Allows(Permissions.CompetitionManage),
                managed = caller.Grants.Where(grant => grant.Scope.Type == ScopeType.Competition && grant.Gives(Permissions.CompetitionManage)).Select(grant => grant.Scope.Id!.Value).ToArray(),
            },
            cancellationToken);
        if (row is null) return Problem.NotFound("invitation");
        if (row.Status != "pending") return new Problem(CompetitionProblems.InvitationUsed, $"It is {row.Status}.");
        if (row.ExpiresAt <= now) return new Problem(CompetitionProblems.InvitationExpired, $"It could be answered until {row.ExpiresAt:u}.");
        var read = await LockedCompetition.ReadAsync(session, caller, row.CompetitionId, cancellationToken);
        if (read.Value is not { } competition || await LockedTeam.LockAsync(session, caller.TenantId, row.TeamId, cancellationToken) is not { } team) return Problem.NotFound("invitation");
        return (row, team, competition);
    }

    private static async Task<Dictionary<string, string>> SaidAsync(Session session, Caller caller, LockedTeam team, Guid person, DateTimeOffset expires, CancellationToken cancellationToken)
    {
        var said = await FormTeam.NamesAsync(session, caller, team, person, cancellationToken);
        said["expires"] = TimeZoneInfo.ConvertTime(expires, TimeZoneInfo.FindSystemTimeZoneById(caller.Tenant.TimeZone)).ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);
        return said;
    }

    private static Task<View> ReadAsync(Session session, Caller caller, Guid id, bool asTeam, DateTimeOffset now, CancellationToken cancellationToken) =>
        session.SingleAsync<View>($"{Select} WHERE invitation.tenant_id = @TenantId AND invitation.id = @id", new { caller.TenantId, id, asTeam, now }, cancellationToken);
}
