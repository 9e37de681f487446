using Podium.Notifications;
using Podium.Platform;
using Podium.Platform.Access;
using Podium.Platform.Databases;
using Podium.Platform.Messaging;
using Podium.Platform.Pictures;

namespace Podium.Analytics;

/// <summary>Tells organisers on their Monday morning how their competitions go, in a few lines and a picture of each; once a week, and not to who does not want it.</summary>
public sealed class SendReports(Database database, Outbox outbox, DeliveryLog deliveries, Dashboards dashboards, Mailer mailer, Sweep sweep, TimeProvider clock)
{
    public const string Subject = "weekly-report";

    private const int MostCompetitions = 5;

    private static readonly TimeOnly Hour = new(8, 0);

    /// <summary>Who could not be told on Monday, since nothing ran, is told on the next day or not at all.</summary>
    private static readonly TimeSpan Late = TimeSpan.FromHours(36);

    private static readonly TimeSpan Remembered = TimeSpan.FromDays(400);

    // who may see analytics, in the tenant or in a competition; who may do everything is no organiser by that
    private const string Holders =
        """
        SELECT user_roles.tenant_id, user_roles.user_id, user_roles.scope_type, user_roles.scope_id
        FROM user_roles JOIN roles ON roles.tenant_id = user_roles.tenant_id AND roles.id = user_roles.role_id
        WHERE user_roles.scope_type IN ('tenant', 'competition') AND (user_roles.expires_at IS NULL OR user_roles.expires_at > @now) AND roles.permissions ?| ARRAY['analytics.read', 'analytics.*']
        """;

    private const string Running = "competitions.deleted_at IS NULL AND competitions.status IN ('published', 'active', 'judging')";

    /// <summary>The queue's message that sends a person's report.</summary>
    public sealed record Order(Guid UserId, DateOnly Week);

    private sealed record Organiser(Guid TenantId, Guid UserId, string TimeZone);

    private sealed record Person(string Email, string Language, bool Reachable);

    /// <summary>Orders the reports whose hour has come, each once; how many.</summary>
    public async Task<int> OrderAsync(CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        // Monday begins fourteen hours before and ends twelve after UTC's
        if (WeekOf(now.AddHours(14)) == WeekOf(now.AddHours(-12) - Hour.ToTimeSpan() - Late)) return 0;
        var total = 0;
        foreach (var shard in database.Shards) total += await OrderAsync(shard, now, cancellationToken);
        await sweep.Run("analytics_reports", "ordered_at < @before", new { before = now - Remembered }, cancellationToken);
        return total;
    }

    /// <summary>Sends one report.</summary>
    public async Task RunAsync(Delivery delivery, CancellationToken cancellationToken)
    {
        var order = delivery.Read<Order>();
        var of = new { tenantId = delivery.Tenant.Id, order.UserId, now = clock.GetUtcNow(), kind = NotificationKinds.WeeklyReport.Name, MostCompetitions };
        var (person, competitions) = await database.As(delivery.Actor).QueryManyAsync(
            $"""
            SELECT email, language, deleted_at IS NULL AND account_status = 'active' AND email_verified_at IS NOT NULL
                AND NOT EXISTS (SELECT FROM user_notification_preferences WHERE tenant_id = @tenantId AND user_id = @UserId AND kind = @kind AND email = 'off') AS reachable
            FROM users WHERE tenant_id = @tenantId AND id = @UserId;
            SELECT id FROM competitions
            WHERE tenant_id = @tenantId AND {Running}
              AND EXISTS (SELECT FROM ({Holders}) AS held WHERE held.tenant_id = @tenantId AND held.user_id = @UserId AND (held.scope_type = 'tenant' OR held.scope_id = competitions.id))
            ORDER BY competition_start, id LIMIT @MostCompetitions
            """,
            of,
            async results => (await results.ReadFirstOrDefaultAsync<Person>(), (await results.ReadAsync<Guid>()).ToList()),
            cancellationToken);
        if (person is null) throw new UnreadableMessageException("unknown-person", $"There is no person {order.UserId}.");
        await deliveries.RunAsync(
            delivery,
            order.UserId,
            "email",
            Subject,
            person.Language,
            async () =>
            {
                if (!person.Reachable || competitions.Count == 0) return "dropped";
                await MailAsync(delivery, person, order, competitions, cancellationToken);
                return "sent";
            },
            cancellationToken);
    }

    private async Task MailAsync(Delivery delivery, Person person, Order order, IReadOnlyList<Guid> competitions, CancellationToken cancellationToken)
    {
        var words = AnalyticsWords.Of(person.Language);
        var caller = new Caller { TenantId = delivery.Tenant.Id, Shard = delivery.Tenant.Shard, Tenant = delivery.Tenant, Language = person.Language };
        var (lines, pictures) = (new List<string>(), new List<Mailer.Picture>());
        foreach (var id in competitions)
        {
            if ((await dashboards.OfCompetitionAsync(caller, id, cancellationToken)).Value is not { } board) continue;
            var (week, total) = (board.Registrations.TakeLast(7).Sum(day => day.Count), board.Judging.Total);
            lines.Add(words.Say("reportLine", board.Name, week, board.Entries.Approved, total.Done, total.Open, total.Overdue));
            var drawing = DashboardPictures.Draw(board, board.Status == "published" ? "registrations" : "funnel", words).Draw();
            pictures.Add(new Mailer.Picture($"picture-{pictures.Count + 1}", $"{drawing.Title}. {drawing.Description}", PngWriter.Write(drawing, Palette.Light), (int)drawing.Width, (int)drawing.Height));
        }
        var template = MailTemplates.Find(Subject, person.Language)!;
        var values = new Dictionary<string, string> { ["tenant"] = delivery.Tenant.Name, ["week"] = AnalyticsWords.Day(order.Week), ["items"] = string.Join("\n\n", lines) };
        await mailer.SendAsync(
            new Mailer.Mail(delivery.MessageId, Subject, delivery.Tenant.Name, person.Email, person.Language, MailTemplates.Fill(template.Subject, values), MailTemplates.Fill(template.Text, values)) { Pictures = pictures },
            cancellationToken);
    }

    private Task<int> OrderAsync(string shard, DateTimeOffset now, CancellationToken cancellationToken) => database.InPlatformTransaction(
        async session =>
        {
            var organisers = await session.QueryAsync<Organiser>(
                $"""
                SELECT users.tenant_id, users.id AS user_id, coalesce(users.time_zone, tenants.time_zone) AS time_zone
                FROM users JOIN tenants ON tenants.id = users.tenant_id AND tenants.status = 'active'
                WHERE users.deleted_at IS NULL AND users.account_status = 'active' AND users.email_verified_at IS NOT NULL
                  AND (users.tenant_id, users.id) IN (
                      SELECT held.tenant_id, held.user_id FROM ({Holders}) AS held
                      JOIN competitions ON competitions.tenant_id = held.tenant_id AND (held.scope_type = 'tenant' OR competitions.id = held.scope_id) AND {Running})
                  AND NOT EXISTS (SELECT FROM user_notification_preferences AS preference WHERE preference.tenant_id = users.tenant_id AND preference.user_id = users.id AND preference.kind = @kind AND preference.email = 'off')
                ORDER BY users.tenant_id, users.id
                """,
                new { now, kind = NotificationKinds.WeeklyReport.Name },
                cancellationToken);
            var total = 0;
            foreach (var tenant in organisers.Select(one => (one.TenantId, one.UserId, Week: DueWeek(now, TimeZoneInfo.FindSystemTimeZoneById(one.TimeZone)))).Where(one => one.Week is not null).GroupBy(one => one.TenantId))
            {
                // whoever else orders at the same time finds the row, and so does this one at its next turn
                var ordered = await session.QueryAsync<Order>(
                    """
                    INSERT INTO analytics_reports (tenant_id, user_id, week, ordered_at)
                    SELECT @tenantId, user_id, week, @now FROM unnest(@people, @weeks) AS due (user_id, week)
                    ON CONFLICT (tenant_id, user_id, week) DO NOTHING
                    RETURNING user_id, week
                    """,
                    new { tenantId = tenant.Key, now, people = tenant.Select(one => one.UserId).ToArray(), weeks = tenant.Select(one => one.Week!.Value).ToArray() },
                    cancellationToken);
                await outbox.AddManyAsync(session, tenant.Key, Outbox.Notifications, Subject, [.. ordered.Select(order => (order, (DateTimeOffset?)null))]);
                total += ordered.Count;
            }
            return total;
        },
        cancellationToken,
        shard);

    /// <summary>The Monday whose report is due; null where its hour has not come, or is long over.</summary>
    internal static DateOnly? DueWeek(DateTimeOffset now, TimeZoneInfo zone)
    {
        var monday = TimeBuckets.FirstOf(LocalDay.Of(now, zone), TimeInterval.Week);
        var morning = monday.ToDateTime(Hour);
        var due = new DateTimeOffset(morning, zone.GetUtcOffset(morning));
        return now >= due && now < due + Late ? monday : null;
    }

    private static DateOnly WeekOf(DateTimeOffset at) => TimeBuckets.FirstOf(DateOnly.FromDateTime(at.DateTime), TimeInterval.Week);
}
