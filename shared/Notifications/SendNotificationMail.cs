using Podium.Platform.Databases;
using Podium.Platform.Messaging;
using Podium.Tenancy;

namespace Podium.Notifications;

/// <summary>Sends one notification as a mail, to whoever still wants it.</summary>
public sealed class SendNotificationMail(Database database, DeliveryLog deliveries, TenantSite site, Mailer mailer)
{
    private sealed record Row(Guid UserId, string Kind, string Language, string Title, string Body, string? Link, string Email, bool Reachable);

    public async Task Run(Delivery delivery, CancellationToken cancellationToken)
    {
        var order = delivery.Read<Notify.MailOrder>();
        var row = await database.As(delivery.Actor).FirstAsync<Row>(
            """
            SELECT notifications.user_id, notifications.kind, notifications.language, notifications.title, notifications.body, notifications.link, users.email,
                   users.deleted_at IS NULL AND users.account_status = 'active' AND users.email_verified_at IS NOT NULL AS reachable
            FROM notifications
            JOIN users ON users.tenant_id = notifications.tenant_id AND users.id = notifications.user_id
            WHERE notifications.tenant_id = @tenantId AND notifications.id = @NotificationId
            """,
            new { tenantId = delivery.Tenant.Id, order.NotificationId },
            cancellationToken) ?? throw new UnreadableMessageException("unknown-notification", $"There is no notification {order.NotificationId}.");
        await deliveries.RunAsync(
            delivery,
            row.UserId,
            "email",
            row.Kind,
            row.Language,
            async () =>
            {
                if (!row.Reachable) return "dropped";
                var link = await LinkAsync(site, delivery.Tenant, row.Link, cancellationToken);
                var text = link is null ? row.Body : $"{row.Body}\n\n{link}";
                await mailer.SendAsync(new Mailer.Mail(delivery.MessageId, row.Kind, delivery.Tenant.Name, row.Email, row.Language, row.Title, text), cancellationToken);
                return "sent";
            },
            cancellationToken);
    }

    /// <summary>A notification's link as a mail can show it.</summary>
    internal static async Task<string?> LinkAsync(TenantSite site, Tenant tenant, string? link, CancellationToken cancellationToken) =>
        link is null || !link.StartsWith('/') ? link : await site.OfAsync(tenant, cancellationToken) is { } at ? at + link : null;
}
