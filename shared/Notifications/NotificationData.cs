using Podium.Privacy;

namespace Podium.Notifications;

/// <summary>What is kept about what a person was told.</summary>
public static class NotificationData
{
    public static readonly OwnData Inbox = new()
    {
        Name = "notifications",
        Description = "What the person was told in the app.",
        Columns = ["notifications.user_id"],
        Sql = "SELECT id, kind, language, title, body, link, created_at, read_at FROM notifications WHERE tenant_id = @TenantId AND user_id = @person ORDER BY id",
    };

    public static readonly OwnData Preferences = new()
    {
        Name = "notificationPreferences",
        Description = "How the person wants to hear of things.",
        Columns = ["user_notification_preferences.user_id", "user_notification_hours.user_id"],
        Sql =
            """
            SELECT kind, in_app, email, NULL::time AS quiet_from, NULL::time AS quiet_until, NULL::time AS digest_at
            FROM user_notification_preferences WHERE tenant_id = @TenantId AND user_id = @person
            UNION ALL
            SELECT NULL, NULL, NULL, quiet_from, quiet_until, digest_at FROM user_notification_hours WHERE tenant_id = @TenantId AND user_id = @person
            """,
    };

    public static readonly OwnData Deliveries = new()
    {
        Name = "mails",
        Description = "Mails that were sent, and what became of them.",
        Columns = ["notification_deliveries.user_id"],
        Sql = "SELECT channel, template, language, status, attempts, created_at, finished_at FROM notification_deliveries WHERE tenant_id = @TenantId AND user_id = @person ORDER BY created_at, id",
    };

    public static readonly OwnData Announcements = new()
    {
        Name = "announcements",
        Description = "What the person told others.",
        Columns = ["announcements.sent_by"],
        Sql = "SELECT id, texts, link, role_name, institution_id, sent_at, recipients FROM announcements WHERE tenant_id = @TenantId AND sent_by = @person ORDER BY sent_at, id",
    };
}
