using Podium.Platform.Access;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Identity;

/// <summary>Whose account somebody may act on, and that somebody is left who runs the tenant.</summary>
public sealed class Rank(TimeProvider clock)
{
    /// <summary>Whom an administrator acts on.</summary>
    public sealed record Person
    {
        public required string Email { get; init; }

        public required string Language { get; init; }

        public required Users.Status Status { get; init; }

        public Guid? InstitutionId { get; init; }

        public required int Version { get; init; }
    }

    private sealed record Held
    {
        public required ScopeType ScopeType { get; init; }

        public Guid? ScopeId { get; init; }

        public required string[] Permissions { get; init; }
    }

    /// <summary>The person, kept as they are until the transaction ends, if they hold nothing that the caller does not.</summary>
    public async Task<Outcome<Person>> ReachAsync(Session session, Caller caller, Guid userId, int? ifMatch, CancellationToken cancellationToken)
    {
        var person = await session.FirstAsync<Person>(
            "SELECT email, language, account_status AS status, institution_id, version FROM users WHERE tenant_id = @TenantId AND id = @userId AND deleted_at IS NULL FOR NO KEY UPDATE",
            new { caller.TenantId, userId },
            cancellationToken);
        if (person is null) return Problem.NotFound("person");
        if (ifMatch is not null && ifMatch != person.Version) return CommonProblems.Stale;
        var held = await session.QueryAsync<Held>(
            """
            SELECT user_roles.scope_type, user_roles.scope_id, ARRAY(SELECT jsonb_array_elements_text(roles.permissions)) AS permissions
            FROM user_roles
            JOIN roles ON roles.tenant_id = user_roles.tenant_id AND roles.id = user_roles.role_id
            WHERE user_roles.tenant_id = @TenantId AND user_roles.user_id = @userId AND (user_roles.expires_at IS NULL OR user_roles.expires_at > @now)
            """,
            new { caller.TenantId, userId, now = clock.GetUtcNow() },
            cancellationToken);
        return held.All(grant => caller.AllowsAll(grant.Permissions, new Scope(grant.ScopeType, grant.ScopeId)))
            ? person
            : new Problem(IdentityProblems.RoleBeyondOwn, "This person may do more than you.");
    }

    /// <summary>
    /// The problem with a person no longer running the tenant, or null. Comes first in its transaction: whoever takes another administrator
    /// away waits for its end. Who counts can go on for good and has proven to read the mail.
    /// </summary>
    public static async Task<Problem?> LastAsync(Session session, Caller caller, Guid userId, CancellationToken cancellationToken)
    {
        var role = await session.SingleAsync<Guid>(
            "SELECT id FROM roles WHERE tenant_id = @TenantId AND name = @Administrator FOR NO KEY UPDATE", new { caller.TenantId, Permissions.Administrator }, cancellationToken);
        var isLast = await session.SingleAsync<bool>(
            """
            SELECT count(*) = 1 AND bool_or(users.id = @userId)
            FROM user_roles
            JOIN users ON users.tenant_id = user_roles.tenant_id AND users.id = user_roles.user_id
            WHERE user_roles.tenant_id = @TenantId AND user_roles.role_id = @role AND user_roles.scope_type = 'tenant' AND user_roles.expires_at IS NULL
              AND users.account_status = 'active' AND users.deleted_at IS NULL AND users.email_verified_at IS NOT NULL
            """,
            new { caller.TenantId, userId, role },
            cancellationToken);
        return isLast ? new Problem(IdentityProblems.LastAdministrator) : null;
    }
}
