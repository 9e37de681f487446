using System.ComponentModel.DataAnnotations;
using Podium.Platform.Access;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Identity;

/// <summary>
/// Gives roles to people and takes them away. Who may do so for the whole tenant does it anywhere; who may in an institution, there only.
/// Nobody gives or takes what they do not hold themselves, nor gives it for longer than they hold it.
/// </summary>
public sealed class GrantRole(Database database, People people, TimeProvider clock)
{
    public sealed record Request
    {
        /// <summary>The role's name.</summary>
        [StringLength(50, MinimumLength = 1)]
        public required string Role { get; init; }

        public ScopeType Scope { get; init; } = ScopeType.Tenant;

        /// <summary>The institution or competition in which it counts.</summary>
        public Guid? ScopeId { get; init; }

        /// <summary>Until when it counts; for good where this is absent.</summary>
        public DateTimeOffset? ExpiresAt { get; init; }
    }

    public sealed record View
    {
        public required Guid Id { get; init; }

        public required Guid RoleId { get; init; }

        public required string Role { get; init; }

        public required ScopeType Scope { get; init; }

        public Guid? ScopeId { get; init; }

        public required DateTimeOffset GrantedAt { get; init; }

        public Guid? GrantedBy { get; init; }

        public DateTimeOffset? ExpiresAt { get; init; }
    }

    /// <summary>What somebody holds, as far as the caller may give and take it.</summary>
    public sealed record Listing(IReadOnlyList<View> Items);

    private sealed record Role(Guid Id, string[] Permissions);

    private sealed record Held
    {
        public required ScopeType ScopeType { get; init; }

        public Guid? ScopeId { get; init; }

        public required string Role { get; init; }

        public required string[] Permissions { get; init; }

        public DateTimeOffset? ExpiresAt { get; init; }

        public Scope Scope => new(ScopeType, ScopeId);

        public bool RunsTheTenant => Role == Platform.Access.Permissions.Administrator && ScopeType == ScopeType.Tenant && ExpiresAt is null;
    }

    internal const string Select =
        """
        SELECT user_roles.id, role_id, roles.name AS role, scope_type AS scope, scope_id, granted_at, granted_by, expires_at
        FROM user_roles
        JOIN roles ON roles.tenant_id = user_roles.tenant_id AND roles.id = user_roles.role_id
        WHERE user_roles.tenant_id = @TenantId AND user_roles.user_id = @userId AND (expires_at IS NULL OR expires_at > @now)
        ORDER BY user_roles.id
        """;

    public async Task<Outcome<Listing>> ListAsync(Caller caller, Guid userId, CancellationToken cancellationToken)
    {
        var found = await database.As(caller).QueryManyAsync(
            $"SELECT id FROM users WHERE tenant_id = @TenantId AND id = @userId AND deleted_at IS NULL; {Select}",
            new { caller.TenantId, userId, now = clock.GetUtcNow() },
            async results => (Person: await results.ReadFirstOrDefaultAsync<Guid?>(), Grants: await results.ReadAsync<View>()),
            cancellationToken);
        if (found.Person is null) return Problem.NotFound("person");
        return new Listing([.. found.Grants.Where(grant => MayGrantIn(caller, new Scope(grant.Scope, grant.ScopeId)))]);
    }

    public Task<Outcome<View>> Run(Caller caller, Guid userId, Request request, CancellationToken cancellationToken) => database.InTransaction<View>(
        caller,
        async session =>
        {
            var given = await GiveAsync(session, caller, userId, request, "", cancellationToken);
            if (given.Problem is null) await people.ForgetAsync(session, caller.TenantId, userId);
            return given;
        },
        cancellationToken);

    /// <summary>Gives a role within a transaction; <paramref name="at"/> is where the request stands in the body.</summary>
    public async Task<Outcome<View>> GiveAsync(Session session, Caller caller, Guid userId, Request request, string at, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var scope = new Scope(request.Scope, request.ScopeId);
        if ((request.Scope == ScopeType.Tenant) != (request.ScopeId is null)) return Problem.Invalid($"{at}/scopeId", "scope", "It names the institution or competition; a role of the whole tenant has none.");
        if (request.ExpiresAt <= now) return Problem.Invalid($"{at}/expiresAt", "past", "It must be in the future.");
        if (!MayGrantIn(caller, scope)) return new Problem(CommonProblems.Forbidden, $"It needs the permission '{Permissions.RoleGrant}' there.");
        if (scope.Type == ScopeType.Institution && !await Affiliation.IsInstitutionAsync(session, caller, scope.Id!.Value, cancellationToken))
            return Problem.Invalid($"{at}/scopeId", "unknown", "There is no such institution.");

        // shared, so that the role cannot come to allow more while it is given
        var role = await session.FirstAsync<Role>(
            "SELECT id, ARRAY(SELECT jsonb_array_elements_text(permissions)) AS permissions FROM roles WHERE tenant_id = @TenantId AND name = @Role FOR SHARE",
            new { caller.TenantId, request.Role },
            cancellationToken);
        // after the role: whoever suspends or deletes an administrator takes them in this order too
        var person = await session.FirstAsync<Guid?>(
            "SELECT id FROM users WHERE tenant_id = @TenantId AND id = @userId AND deleted_at IS NULL FOR SHARE", new { caller.TenantId, userId }, cancellationToken);
        if (person is null) return Problem.NotFound("person");
        if (role is null) return Problem.Invalid($"{at}/role", "unknown", "There is no such role.");
        if (!LastingUntil(caller, request.ExpiresAt).AllowsAll(role.Permissions, scope)) return IdentityProblems.RoleBeyondOwn;
        return await session.SingleAsync<View>(
            """
            DELETE FROM user_roles
            WHERE tenant_id = @TenantId AND user_id = @userId AND role_id = @roleId AND scope_type = @type AND scope_id IS NOT DISTINCT FROM @ScopeId AND expires_at <= @now;

            INSERT INTO user_roles (tenant_id, id, user_id, role_id, scope_type, scope_id, granted_at, granted_by, expires_at)
            VALUES (@TenantId, @id, @userId, @roleId, @type, @ScopeId, @now, @Person, @ExpiresAt)
            RETURNING id, role_id, @Role AS role, scope_type AS scope, scope_id, granted_at, granted_by, expires_at
            """,
            new
            {
                caller.TenantId,
                caller.Person,
                userId,
                roleId = role.Id,
                id = Guid.CreateVersion7(now),
                type = request.Scope.ToString().ToLowerInvariant(),
                request.Role,
                request.ScopeId,
                request.ExpiresAt,
                now,
            },
            cancellationToken);
    }

    public Task<Outcome<bool>> RevokeAsync(Caller caller, Guid userId, Guid grantId, CancellationToken cancellationToken) => database.InTransaction<bool>(
        caller,
        async session =>
        {
            var last = await Rank.LastAsync(session, caller, userId, cancellationToken);
            var held = await session.FirstAsync<Held>(
                """
                DELETE FROM user_roles
                USING roles
                WHERE user_roles.tenant_id = @TenantId AND user_roles.user_id = @userId AND user_roles.id = @grantId
                  AND roles.tenant_id = user_roles.tenant_id AND roles.id = user_roles.role_id
                RETURNING scope_type, scope_id, roles.name AS role, ARRAY(SELECT jsonb_array_elements_text(roles.permissions)) AS permissions, expires_at
                """,
                new { caller.TenantId, userId, grantId },
                cancellationToken);
            if (held is null || !MayGrantIn(caller, held.Scope)) return Problem.NotFound("grant");
            if (!caller.AllowsAll(held.Permissions, held.Scope)) return IdentityProblems.RoleBeyondOwn;
            if (last is not null && held.RunsTheTenant) return last;
            await people.ForgetAsync(session, caller.TenantId, userId);
            return true;
        },
        cancellationToken);

    // what a competition is, and who runs it, is not for an institution's people to say
    private static bool MayGrantIn(Caller caller, Scope scope) =>
        caller.Allows(Permissions.RoleGrant, scope.Type == ScopeType.Competition ? Scope.Tenant : scope);

    private static Caller LastingUntil(Caller caller, DateTimeOffset? end) =>
        caller with { Grants = [.. caller.Grants.Where(grant => grant.ExpiresAt is null || grant.ExpiresAt >= end)] };
}
