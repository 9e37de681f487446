using System.ComponentModel.DataAnnotations;
using Podium.Identity;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Caching;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Competitions;

/// <summary>Forms teams, changes them, hands them over and dissolves them. Who forms a team is its captain.</summary>
public sealed class FormTeam(Database database, Cache cache, Entrants entrants, Waitlist waitlist, CompetitionNotices notices, TimeProvider clock)
{
    public sealed record Request
    {
        /// <summary>Chosen by the client, so that a repeated request forms one team.</summary>
        public Guid? Id { get; init; }

        [StringLength(100, MinimumLength = 1), Example("Steppe Eagles")]
        public required string Name { get; init; }

        [StringLength(2000)]
        public string Description { get; init; } = "";

        /// <summary>Whether people may ask to be taken in.</summary>
        public bool Open { get; init; } = true;
    }

    /// <summary>Fields that are absent stay as they are.</summary>
    public sealed record Change
    {
        [StringLength(100, MinimumLength = 1), Example("Steppe Eagles")]
        public string? Name { get; init; }

        [StringLength(2000)]
        public string? Description { get; init; }

        public bool? Open { get; init; }
    }

    public sealed record HandOver
    {
        /// <summary>The member who leads the team from now on.</summary>
        public required Guid UserId { get; init; }
    }

    public sealed record RoleChange
    {
        /// <summary>Member or reserve; a captain is made by handing over.</summary>
        [Example("reserve")]
        public required MemberRole Role { get; init; }
    }

    public Task<Outcome<Teams.Details>> Run(Caller caller, Guid competitionId, Request request, CancellationToken cancellationToken) => database.InTransaction<Teams.Details>(
        caller,
        async session =>
        {
            var now = clock.GetUtcNow();
            var read = await LockedCompetition.ReadAsync(session, caller, competitionId, cancellationToken);
            if (read.Value is not { } competition) return read.Problem!;
            if (competition.Type == CompetitionType.Individual) return new Problem(CommonProblems.Conflict, "There are no teams in this competition.");
            if (competition.Status == CompetitionStatus.Draft) return new Problem(CompetitionProblems.TeamFrozen, "The competition is not published yet.");
            if (LockedTeam.FrozenProblem(caller, competition, now) is { } frozen) return frozen;
            if (await entrants.FaultAsync(session, caller.TenantId, competition, [caller.Person], cancellationToken) is { } notEligible) return notEligible;
            var wanted = new { caller.TenantId, caller.Person, id = request.Id ?? Guid.CreateVersion7(now), competitionId, name = request.Name.Trim(), request.Description, request.Open, now };
            var added = await session.ExecuteAsync(
                """
                INSERT INTO teams (tenant_id, id, competition_id, name, description, captain_id, open, created_at, created_by, updated_at, updated_by)
                VALUES (@TenantId, @id, @competitionId, @name, @Description, @Person, @Open, @now, @Person, @now, @Person)
                ON CONFLICT (tenant_id, id) DO NOTHING
                """,
                wanted,
                cancellationToken);
            if (added == 0)
            {
                var known = await session.FirstAsync<Guid?>(
                    """
                    SELECT id FROM teams
                    WHERE tenant_id = @TenantId AND id = @id AND competition_id = @competitionId AND created_by = @Person AND name = @name AND description = @Description AND deleted_at IS NULL
                    """,
                    wanted,
                    cancellationToken);
                return known is null ? IdentityProblems.IdTaken : await Teams.ReadAsync(session, caller, wanted.id, cancellationToken);
            }
            await session.ExecuteAsync(
                "INSERT INTO team_members (tenant_id, team_id, user_id, competition_id, role, joined_at) VALUES (@TenantId, @id, @Person, @competitionId, 'captain', @now)", wanted, cancellationToken);
            return await Teams.ReadAsync(session, caller, wanted.id, cancellationToken);
        },
        cancellationToken);

    public Task<Outcome<Teams.Details>> ChangeAsync(Caller caller, Guid id, Change change, int? ifMatch, CancellationToken cancellationToken) => database.InTransaction<Teams.Details>(
        caller,
        async session =>
        {
            var locked = await LockedTeam.ForChangeAsync(session, caller, id, clock.GetUtcNow(), withSeats: false, byAnyMember: false, cancellationToken);
            if (locked.Problem is { } problem) return problem;
            if (ifMatch is not null && ifMatch != locked.Value.Team.Version) return CommonProblems.Stale;
            await session.ExecuteAsync(
                """
                UPDATE teams SET name = coalesce(@name, name), description = coalesce(@Description, description), open = coalesce(@Open, open),
                    updated_at = @now, updated_by = @Person, version = version + 1
                WHERE tenant_id = @TenantId AND id = @id
                """,
                new { caller.TenantId, caller.Person, id, name = change.Name?.Trim(), change.Description, change.Open, now = clock.GetUtcNow() },
                cancellationToken);
            if (change.Name is not null) await CompetitionDirectory.ForgetAsync(cache, session, caller.TenantId, locked.Value.Team.CompetitionId);
            return await Teams.ReadAsync(session, caller, id, cancellationToken);
        },
        cancellationToken);

    /// <summary>Makes another member the captain; whoever was it stays a member.</summary>
    public Task<Outcome<Teams.Details>> HandOverAsync(Caller caller, Guid id, HandOver request, CancellationToken cancellationToken) => database.InTransaction<Teams.Details>(
        caller,
        async session =>
        {
            var locked = await LockedTeam.ForChangeAsync(session, caller, id, clock.GetUtcNow(), withSeats: false, byAnyMember: false, cancellationToken);
            if (locked.Problem is { } problem) return problem;
            var (team, competition) = locked.Value;
            if (!team.Members.Contains(request.UserId)) return Problem.Invalid("/userId", "unknown", "This person does not belong to the team.");
            if (team.CaptainId == request.UserId) return await Teams.ReadAsync(session, caller, id, cancellationToken);
            await session.ExecuteAsync(
                """
                UPDATE team_members SET role = 'member' WHERE tenant_id = @TenantId AND team_id = @id AND role = 'captain';
                UPDATE team_members SET role = 'captain' WHERE tenant_id = @TenantId AND team_id = @id AND user_id = @UserId;
                UPDATE teams SET captain_id = @UserId, updated_at = @now, updated_by = @Person, version = version + 1 WHERE tenant_id = @TenantId AND id = @id
                """,
                new { caller.TenantId, caller.Person, id, request.UserId, now = clock.GetUtcNow() },
                cancellationToken);
            await notices.TellAsync(session, caller.Tenant, "team-captain", [request.UserId], competition, new() { ["team"] = team.Name }, cancellationToken);
            return await Teams.ReadAsync(session, caller, id, cancellationToken);
        },
        cancellationToken);

    public Task<Outcome<Teams.Details>> ChangeRoleAsync(Caller caller, Guid id, Guid memberId, RoleChange request, CancellationToken cancellationToken) => database.InTransaction<Teams.Details>(
        caller,
        async session =>
        {
            if (request.Role == MemberRole.Captain) return Problem.Invalid("/role", "hand-over", "A captain is made by handing the team over.");
            var locked = await LockedTeam.ForChangeAsync(session, caller, id, clock.GetUtcNow(), withSeats: false, byAnyMember: false, cancellationToken);
            if (locked.Problem is { } problem) return problem;
            if (!locked.Value.Team.Members.Contains(memberId)) return Problem.NotFound("member");
            if (locked.Value.Team.CaptainId == memberId) return CompetitionProblems.CaptainMustHandOver;
            await session.ExecuteAsync(
                "UPDATE team_members SET role = @role WHERE tenant_id = @TenantId AND team_id = @id AND user_id = @memberId", new { caller.TenantId, id, memberId, role = request.Role.Text() }, cancellationToken);
            return await Teams.ReadAsync(session, caller, id, cancellationToken);
        },
        cancellationToken);

    /// <summary>A member goes, or is sent away by the captain. A registered team cannot fall below its least size, unless the organisers want it.</summary>
    public Task<Outcome<bool>> LeaveAsync(Caller caller, Guid id, Guid memberId, CancellationToken cancellationToken) => database.InTransaction<bool>(
        caller,
        async session =>
        {
            var now = clock.GetUtcNow();
            var locked = await LockedTeam.ForChangeAsync(session, caller, id, now, withSeats: false, byAnyMember: memberId == caller.Person, cancellationToken);
            if (locked.Problem is { } problem) return problem;
            var (team, competition) = locked.Value;
            if (!team.Members.Contains(memberId)) return Problem.NotFound("member");
            if (team.CaptainId == memberId) return CompetitionProblems.CaptainMustHandOver;
            if (team.Members.Length <= competition.MinTeamSize && !CompetitionDirectory.Manages(caller, competition.Id) && await session.SingleAsync<bool>(
                "SELECT EXISTS (SELECT FROM registrations WHERE tenant_id = @TenantId AND competition_id = @CompetitionId AND team_id = @id AND status IN ('pending', 'approved', 'waitlisted'))",
                new { caller.TenantId, team.CompetitionId, id },
                cancellationToken)) return new Problem(CompetitionProblems.TeamTooSmall, $"A registered team has {competition.MinTeamSize} members at least: find somebody first, or withdraw the registration.");
            await session.ExecuteAsync(
                "UPDATE team_members SET left_at = @now, role = 'member' WHERE tenant_id = @TenantId AND team_id = @id AND user_id = @memberId", new { caller.TenantId, id, memberId, now }, cancellationToken);
            if (memberId == caller.Person) await notices.TellAsync(session, caller.Tenant, "team-left", [team.CaptainId], competition, await NamesAsync(session, caller, team, memberId, cancellationToken), cancellationToken);
            else await notices.TellAsync(session, caller.Tenant, "team-removed", [memberId], competition, new() { ["team"] = team.Name }, cancellationToken);
            return true;
        },
        cancellationToken);

    /// <summary>The team is no more; its registration is withdrawn and its seat goes to who waits.</summary>
    public Task<Outcome<bool>> DissolveAsync(Caller caller, Guid id, int? ifMatch, CancellationToken cancellationToken) => database.InTransaction<bool>(
        caller,
        async session =>
        {
            var now = clock.GetUtcNow();
            var locked = await LockedTeam.ForChangeAsync(session, caller, id, now, withSeats: true, byAnyMember: false, cancellationToken);
            if (locked.Problem is { } problem) return problem;
            var (team, competition) = locked.Value;
            if (ifMatch is not null && ifMatch != team.Version) return CommonProblems.Stale;
            await session.ExecuteAsync(
                """
                UPDATE registrations SET status = 'withdrawn', reason = 'The team was dissolved.', decided_at = @now, decided_by = @Person, updated_at = @now, updated_by = @Person, version = version + 1
                WHERE tenant_id = @TenantId AND competition_id = @CompetitionId AND team_id = @id AND status IN ('pending', 'approved', 'waitlisted');
                UPDATE team_members SET left_at = @now WHERE tenant_id = @TenantId AND team_id = @id AND left_at IS NULL;
                UPDATE team_invitations SET status = 'cancelled', decided_at = @now, decided_by = @Person WHERE tenant_id = @TenantId AND competition_id = @CompetitionId AND team_id = @id AND status = 'pending';
                UPDATE teams SET deleted_at = @now, updated_at = @now, updated_by = @Person, version = version + 1 WHERE tenant_id = @TenantId AND id = @id
                """,
                new { caller.TenantId, caller.Person, team.CompetitionId, id, now },
                cancellationToken);
            await notices.TellAsync(session, caller.Tenant, "team-dissolved", [.. team.Members.Where(member => member != caller.Person)], competition, new() { ["team"] = team.Name }, cancellationToken);
            await waitlist.MoveUpAsync(session, caller.Tenant, competition.Id, cancellationToken);
            await CompetitionDirectory.ForgetAsync(cache, session, caller.TenantId, competition.Id);
            return true;
        },
        cancellationToken);

    internal static async Task<Dictionary<string, string>> NamesAsync(Session session, Caller caller, LockedTeam team, Guid personId, CancellationToken cancellationToken) => new()
    {
        ["team"] = team.Name,
        ["person"] = await session.SingleAsync<string>("SELECT first_name || ' ' || last_name FROM users WHERE tenant_id = @TenantId AND id = @personId", new { caller.TenantId, personId }, cancellationToken),
    };
}
