using Podium.Platform.Databases;
using Podium.Platform.Messaging;
using Podium.Tenancy;

namespace Podium.Notifications;

/// <summary>Puts what a person has not been mailed yet into one mail a day, at the hour they chose.</summary>
public sealed class SendDigests(Database database, Outbox outbox, DeliveryLog deliveries, TenantSite site, Mailer mailer, TimeProvider clock)
{
    private static readonly TimeOnly UsualHour = new(8, 0);

    /// <summary>The queue's message that sends a person's digest.</summary>
    public sealed record Order(Guid UserId, DateTimeOffset Until);

    private sealed record Due(Guid TenantId, Guid UserId, string TimeZone, TimeOnly? DigestAt, DateTimeOffset? LastDigestAt, DateTimeOffset OldestAt);

    private sealed record Person(string Email, string Language, bool Reachable);

    private sealed record Item(string Title, string Body, string? Link);

    /// <summary>Orders the digests whose hour has come, each once a day.</summary>
    public async Task<int> OrderAsync(CancellationToken cancellationToken)
    {
        var total = 0;
        foreach (var shard in database.Shards) total += await OrderAsync(shard, cancellationToken);
        return total;
    }

    /// <summary>Sends one digest, and takes what it told off the list.</summary>
    public async Task Run(Delivery delivery, CancellationToken cancellationToken)
    {
        var order = delivery.Read<Order>();
        var of = new { tenantId = delivery.Tenant.Id, order.UserId, order.Until };
        var person = await database.As(delivery.Actor).FirstAsync<Person>(
            """
            SELECT email, language, deleted_at IS NULL AND account_status = 'active' AND email_verified_at IS NOT NULL AS reachable
            FROM users WHERE tenant_id = @tenantId AND id = @UserId
            """,
            of,
            cancellationToken) ?? throw new UnreadableMessageException("unknown-person", $"There is no person {order.UserId}.");
        await deliveries.RunAsync(
            delivery,
            order.UserId,
            "digest",
            "digest",
            person.Language,
            async () =>
            {
                var items = await database.As(delivery.Actor).QueryAsync<Item>(
                    "SELECT title, body, link FROM notifications WHERE tenant_id = @tenantId AND user_id = @UserId AND digest AND created_at <= @Until ORDER BY id", of, cancellationToken);
                if (items.Count > 0 && person.Reachable) await MailAsync(delivery, person, items, cancellationToken);
                return items.Count > 0 && person.Reachable ? "sent" : "dropped";
            },
            cancellationToken);
        await database.As(delivery.Actor).ExecuteAsync(
            "UPDATE notifications SET digest = false WHERE tenant_id = @tenantId AND user_id = @UserId AND digest AND created_at <= @Until", of, cancellationToken);
    }

    private async Task MailAsync(Delivery delivery, Person person, IReadOnlyList<Item> items, CancellationToken cancellationToken)
    {
        var parts = new List<string>();
        foreach (var item in items)
        {
            parts.Add($"{item.Title}\n{item.Body}");
            if (await SendNotificationMail.LinkAsync(site, delivery.Tenant, item.Link, cancellationToken) is { } link) parts.Add(link);
        }
        var template = MailTemplates.Find("digest", person.Language)!;
        var values = new Dictionary<string, string>
        {
            ["tenant"] = delivery.Tenant.Name,
            ["count"] = items.Count.ToString(System.Globalization.CultureInfo.InvariantCulture),
            ["items"] = string.Join("\n\n", parts),
        };
        await mailer.SendAsync(
            new Mailer.Mail(delivery.MessageId, "digest", delivery.Tenant.Name, person.Email, person.Language, MailTemplates.Fill(template.Subject, values), MailTemplates.Fill(template.Text, values)),
            cancellationToken);
    }

    private Task<int> OrderAsync(string shard, CancellationToken cancellationToken) => database.InPlatformTransaction(
        async session =>
        {
            var now = clock.GetUtcNow();
            var waiting = await session.QueryAsync<Due>(
                """
                SELECT waiting.tenant_id, waiting.user_id, coalesce(users.time_zone, tenants.time_zone) AS time_zone, hours.digest_at, hours.last_digest_at, waiting.oldest_at
                FROM (SELECT tenant_id, user_id, min(created_at) AS oldest_at FROM notifications WHERE digest GROUP BY tenant_id, user_id) AS waiting
                JOIN users ON users.tenant_id = waiting.tenant_id AND users.id = waiting.user_id
                JOIN tenants ON tenants.id = waiting.tenant_id
                LEFT JOIN user_notification_hours AS hours ON hours.tenant_id = waiting.tenant_id AND hours.user_id = waiting.user_id
                """,
                null,
                cancellationToken);
            var due = waiting.Where(one => IsDue(one, now)).ToList();
            foreach (var tenant in due.GroupBy(one => one.TenantId))
            {
                await outbox.AddManyAsync(session, tenant.Key, Outbox.Notifications, "digest", [.. tenant.Select(one => (new Order(one.UserId, now), (DateTimeOffset?)null))]);
                await session.ExecuteAsync(
                    """
                    INSERT INTO user_notification_hours (tenant_id, user_id, digest_at, last_digest_at)
                    SELECT @tenantId, user_id, @UsualHour, @now FROM unnest(@people) AS user_id
                    ON CONFLICT (tenant_id, user_id) DO UPDATE SET last_digest_at = excluded.last_digest_at
                    """,
                    new { tenantId = tenant.Key, UsualHour, now, people = tenant.Select(one => one.UserId).ToArray() },
                    cancellationToken);
            }
            return due.Count;
        },
        cancellationToken,
        shard);

    // once the day's hour has passed since the last digest and since there is something to tell
    private static bool IsDue(Due one, DateTimeOffset now)
    {
        var zone = TimeZoneInfo.FindSystemTimeZoneById(one.TimeZone);
        var local = TimeZoneInfo.ConvertTime(now, zone);
        var today = DateOnly.FromDateTime(local.DateTime).ToDateTime(one.DigestAt ?? UsualHour);
        var hour = local.DateTime >= today ? today : today.AddDays(-1);
        var instant = new DateTimeOffset(hour, zone.GetUtcOffset(hour));
        return one.OldestAt < instant && (one.LastDigestAt is null || one.LastDigestAt < instant);
    }
}
