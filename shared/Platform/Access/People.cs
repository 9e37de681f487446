using Podium.Platform.Caching;
using Podium.Platform.Databases;

namespace Podium.Platform.Access;

/// <summary>What admission must know of a signed-in person: whether they still may come in, and what they may do.</summary>
public sealed class People(Database database, Cache cache, TimeProvider clock)
{
    private static readonly TimeSpan Life = TimeSpan.FromMinutes(5);

    /// <summary>A person as admission sees them.</summary>
    public sealed record Standing(bool Active, string? Language, IReadOnlyList<Grant> Grants, IReadOnlySet<Guid> EndedSessions);

    private sealed record GrantRow(string ScopeType, Guid? ScopeId, string Role, string[] Permissions, DateTimeOffset? ExpiresAt);

    public static string KeyOf(Guid tenant, Guid user) => $"person:{tenant}:{user}";

    /// <summary>What is remembered of a person for others to see.</summary>
    public static string ProfileKeyOf(Guid tenant, Guid user) => $"user:{tenant}:{user}:profile";

    public ValueTask<Standing> StandingAsync(Actor actor, Guid user, CancellationToken cancellationToken) =>
        cache.GetAsync(KeyOf(actor.TenantId, user), Life, stop => LoadAsync(actor, user, stop), cancellationToken);

    /// <summary>Makes every instance look again before the person's next request.</summary>
    public Task ForgetAsync(Session session, Guid tenant, Guid user) => cache.InvalidateAsync(session, KeyOf(tenant, user), ProfileKeyOf(tenant, user));

    /// <summary>The same for all people of a tenant, when a role's meaning changes.</summary>
    public Task ForgetAllAsync(Session session, Guid tenant) => cache.InvalidateAsync(session, $"person:{tenant}:*");

    private Task<Standing> LoadAsync(Actor actor, Guid user, CancellationToken cancellationToken)
    {
        // a token outlives its session by no more than its own life
        var since = clock.GetUtcNow() - AccessTokens.Life - TimeSpan.FromMinutes(1);
        return database.As(actor).QueryManyAsync(
            """
            SELECT account_status = 'active' AND deleted_at IS NULL AS active, language FROM users WHERE tenant_id = @TenantId AND id = @user;

            SELECT user_roles.scope_type, user_roles.scope_id, roles.name AS role,
                   ARRAY(SELECT jsonb_array_elements_text(roles.permissions)) AS permissions, user_roles.expires_at
            FROM user_roles
            JOIN roles ON roles.tenant_id = user_roles.tenant_id AND roles.id = user_roles.role_id
            WHERE user_roles.tenant_id = @TenantId AND user_roles.user_id = @user;

            SELECT id FROM user_sessions WHERE tenant_id = @TenantId AND user_id = @user AND revoked_at > @since
            """,
            new { actor.TenantId, user, since },
            async results =>
            {
                var person = await results.ReadFirstOrDefaultAsync<(bool Active, string Language)?>();
                var grants = await results.ReadAsync<GrantRow>();
                var ended = await results.ReadAsync<Guid>();
                return new Standing(
                    person?.Active ?? false,
                    person?.Language,
                    [.. grants.Select(row => new Grant(new Scope(Enum.Parse<ScopeType>(row.ScopeType, ignoreCase: true), row.ScopeId), row.Role, row.Permissions, row.ExpiresAt))],
                    ended.ToHashSet());
            },
            cancellationToken);
    }
}
