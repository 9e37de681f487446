using Podium.Platform.Caching;
using Podium.Platform.Databases;
using Podium.Tenancy;

namespace Podium.Notifications;

/// <summary>The words for a template: the tenant's own in the reader's language, else ours.</summary>
public sealed class NotificationTexts(Database database, Cache cache)
{
    private static readonly TimeSpan Life = TimeSpan.FromHours(1);

    private sealed record Row(string Name, string Language, string Subject, string Text);

    public static string CacheKeyOf(Guid tenantId) => $"templates:{tenantId}";

    public async Task<MailTemplates.Template?> FindAsync(Tenant tenant, string name, string language, CancellationToken cancellationToken)
    {
        var own = await cache.GetAsync(CacheKeyOf(tenant.Id), Life, stop => LoadAsync(tenant, stop), cancellationToken);
        return own.GetValueOrDefault((name, language)) ?? MailTemplates.Find(name, language);
    }

    private async Task<IReadOnlyDictionary<(string Name, string Language), MailTemplates.Template>> LoadAsync(Tenant tenant, CancellationToken cancellationToken)
    {
        var rows = await database.As(new Actor { TenantId = tenant.Id, Shard = tenant.Shard }).QueryAsync<Row>(
            "SELECT name, language, subject, text FROM notification_templates WHERE tenant_id = @Id", new { tenant.Id }, cancellationToken);
        return rows.ToDictionary(row => (row.Name, row.Language), row => new MailTemplates.Template(row.Subject, row.Text));
    }
}
