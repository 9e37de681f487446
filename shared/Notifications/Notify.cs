using Podium.Platform.Databases;
using Podium.Platform.Live;
using Podium.Platform.Messaging;

namespace Podium.Notifications;

/// <summary>
/// Tells people something, each as they want to hear it: in the app, by mail at once but not in their quiet hours, or in their next digest.
/// Writes set-based, in the transaction that has the reason.
/// </summary>
public sealed class Notify(Outbox outbox, TimeProvider clock)
{
    /// <summary>What to tell, in the languages there are; the first is for whoever speaks none of them.</summary>
    public sealed record Notice(NotificationKind Kind, IReadOnlyList<Text> Texts, string? Link);

    public sealed record Text(string Language, string Title, string Body);

    /// <summary>The queue's message that sends one notification as a mail.</summary>
    public sealed record MailOrder(Guid NotificationId);

    private sealed record Reader(Guid Id, Guid UserId, string? TimeZone, TimeOnly? QuietFrom, TimeOnly? QuietUntil);

    public async Task RunAsync(Session session, Guid tenantId, string tenantTimeZone, Notice notice, IReadOnlyCollection<Guid> userIds)
    {
        if (userIds.Count == 0) return;
        var now = clock.GetUtcNow();
        var mailed = await session.QueryAsync<Reader>(
            """
            WITH told AS (
                SELECT users.id AS user_id, given.id, users.time_zone,
                       coalesce(preference.in_app, @kindInApp) AS in_app, coalesce(preference.email, @kindEmail) AS email,
                       coalesce(spoken.position, 1) AS text
                FROM unnest(@userIds, @ids) AS given (user_id, id)
                JOIN users ON users.tenant_id = @tenantId AND users.id = given.user_id AND users.deleted_at IS NULL AND users.account_status = 'active'
                LEFT JOIN user_notification_preferences AS preference
                       ON preference.tenant_id = users.tenant_id AND preference.user_id = users.id AND preference.kind = @kind
                LEFT JOIN unnest(@languages) WITH ORDINALITY AS spoken (language, position) ON spoken.language = users.language
            ), written AS (
                INSERT INTO notifications (tenant_id, id, user_id, kind, language, title, body, link, in_app, digest, created_at)
                SELECT @tenantId, id, user_id, @kind, (@languages)[text], (@titles)[text], (@bodies)[text], @link, in_app, email = 'digest', @now
                FROM told
                WHERE in_app OR email <> 'off'
                RETURNING id
            )
            SELECT told.id, told.user_id, told.time_zone, hours.quiet_from, hours.quiet_until
            FROM told
            JOIN written ON written.id = told.id
            LEFT JOIN user_notification_hours AS hours ON hours.tenant_id = @tenantId AND hours.user_id = told.user_id
            WHERE told.email = 'immediate'
            """,
            new
            {
                tenantId,
                userIds = userIds.ToArray(),
                ids = userIds.Select(_ => Guid.CreateVersion7(now)).ToArray(),
                kind = notice.Kind.Name,
                kindInApp = notice.Kind.InApp,
                kindEmail = notice.Kind.Email.ToString().ToLowerInvariant(),
                languages = notice.Texts.Select(text => text.Language).ToArray(),
                titles = notice.Texts.Select(text => text.Title).ToArray(),
                bodies = notice.Texts.Select(text => text.Body).ToArray(),
                link = notice.Link,
                now,
            });
        await outbox.AddManyAsync(
            session,
            tenantId,
            Outbox.Notifications,
            "email",
            [.. mailed.Select(reader => (new MailOrder(reader.Id), DueFor(reader, tenantTimeZone, now)))]);
        await LiveHub.SignalAsync(session, [.. userIds.Select(person => WatchNotifications.TopicOf(tenantId, person))]);
    }

    private static DateTimeOffset? DueFor(Reader reader, string tenantTimeZone, DateTimeOffset now)
    {
        if (reader is not { QuietFrom: { } from, QuietUntil: { } until }) return null;
        var due = new QuietHours(from, until).EndFrom(now, TimeZoneInfo.FindSystemTimeZoneById(reader.TimeZone ?? tenantTimeZone));
        return due > now ? due : null;
    }
}
