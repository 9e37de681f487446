using Podium.Webhooks;

namespace Podium.Notifications;

/// <summary>What other systems can be told of announcements.</summary>
public static class NotificationEvents
{
    public sealed record AnnouncementBody(Guid AnnouncementId, string? Link, string? Role, Guid? InstitutionId);

    public static readonly WebhookEvent AnnouncementSent = new("announcement.sent", "Organisers tell everybody something, or all of a role or an institution.", typeof(AnnouncementBody));
}
