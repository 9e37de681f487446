using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Tenancy;

/// <summary>Closes a tenant's doors and opens them again; nothing of it is lost. Both are safe to repeat.</summary>
public sealed class SuspendTenant(Database database, TenantDirectory directory, TimeProvider clock)
{
    public Task<Outcome<Tenant>> Run(Guid tenantId, CancellationToken cancellationToken) => SetAsync(tenantId, "suspended", cancellationToken);

    public Task<Outcome<Tenant>> ResumeAsync(Guid tenantId, CancellationToken cancellationToken) => SetAsync(tenantId, "active", cancellationToken);

    private Task<Outcome<Tenant>> SetAsync(Guid tenantId, string status, CancellationToken cancellationToken) => database.InPlatformTransaction<Outcome<Tenant>>(
        async session =>
        {
            var tenant = await session.FirstAsync<Tenant>(
                """
                UPDATE tenants SET status = @status, version = version + 1, updated_at = @now
                WHERE id = @tenantId AND status <> @status;

                SELECT id, parent_id, slug, name, status, shard, languages, time_zone, branding, settings, version FROM tenants WHERE id = @tenantId
                """,
                new { tenantId, status, now = clock.GetUtcNow() },
                cancellationToken);
            if (tenant is null) return Problem.NotFound("tenant");
            await directory.ForgetAsync(session);
            return tenant;
        },
        cancellationToken);
}
