using Podium.Platform.Databases;
using Podium.Tenancy;

namespace Podium.Notifications;

/// <summary>Where a tenant's front-end is, for links in mails: its setting siteUrl, else its first host name.</summary>
public sealed class TenantSite(Database database)
{
    public async Task<string?> OfAsync(Tenant tenant, CancellationToken cancellationToken)
    {
        if (tenant.Setting<string?>("siteUrl", null) is { Length: > 0 } site) return site.TrimEnd('/');
        var host = await database.AsPlatform().FirstAsync<string>(
            "SELECT host FROM tenant_hosts WHERE tenant_id = @Id ORDER BY created_at, host LIMIT 1", new { tenant.Id }, cancellationToken);
        return host is null ? null : $"https://{host}";
    }
}
