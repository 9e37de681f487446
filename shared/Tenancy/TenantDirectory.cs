using Podium.Platform.Caching;
using Podium.Platform.Databases;

namespace Podium.Tenancy;

/// <summary>Which tenant a name means. The directory is kept on the default shard.</summary>
public sealed class TenantDirectory(Database database, Cache cache)
{
    private static readonly TimeSpan Life = TimeSpan.FromMinutes(10);

    public ValueTask<Tenant?> ByHostAsync(string host, CancellationToken cancellationToken) =>
        FindAsync($"tenant:host:{host}", "JOIN tenant_hosts ON tenant_hosts.tenant_id = tenants.id WHERE tenant_hosts.host = @name", host, cancellationToken);

    public ValueTask<Tenant?> BySlugAsync(string slug, CancellationToken cancellationToken) =>
        FindAsync($"tenant:slug:{slug}", "WHERE slug = @name", slug, cancellationToken);

    public ValueTask<Tenant?> ByIdAsync(Guid id, CancellationToken cancellationToken) =>
        FindAsync($"tenant:id:{id}", "WHERE id = @name", id, cancellationToken);

    /// <summary>Tells every instance that a tenant, or who answers by a name, has changed.</summary>
    public Task ForgetAsync(Session session) => cache.InvalidateAsync(session, "tenant:*");

    private ValueTask<Tenant?> FindAsync(string key, string where, object name, CancellationToken cancellationToken) =>
        cache.GetAsync(
            key,
            Life,
            stop => database.AsPlatform().FirstAsync<Tenant>(
                $"""
                SELECT id, parent_id, slug, name, status, shard, languages, time_zone, branding, settings, version
                FROM tenants
                {where}
                """,
                new { name },
                stop),
            cancellationToken);
}
