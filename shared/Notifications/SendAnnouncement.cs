using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Databases;
using Podium.Platform.Messaging;
using Podium.Platform.Problems;
using Podium.Webhooks;

namespace Podium.Notifications;

/// <summary>Tells something to everybody of a tenant, of a role or of an institution, some hundreds of people at a time.</summary>
public sealed class SendAnnouncement(Database database, Outbox outbox, Inbox inbox, Notify notify, RaiseWebhook webhooks, TimeProvider clock)
{
    private const int Step = 500;

    public sealed record Request
    {
        /// <summary>Chosen by the client, so that a repeated request tells people once.</summary>
        public Guid? Id { get; init; }

        [MinLength(1), MaxLength(20)]
        public required IReadOnlyList<TextRequest> Texts { get; init; }

        /// <summary>Where to read on: a web address, or a path of the tenant's front-end.</summary>
        [RegularExpression("https://.+|/.*", ErrorMessage = "A https address, or a path that begins with a slash."), StringLength(500), Example("/news/1")]
        public string? Link { get; init; }

        /// <summary>Only people who hold this role.</summary>
        [StringLength(50), Example("JUDGE")]
        public string? Role { get; init; }

        /// <summary>Only people of this institution.</summary>
        public Guid? InstitutionId { get; init; }
    }

    public sealed record TextRequest
    {
        [StringLength(35, MinimumLength = 2), Example("en")]
        public required string Language { get; init; }

        [StringLength(200, MinimumLength = 1), Example("Doors open")]
        public required string Title { get; init; }

        [StringLength(10000, MinimumLength = 1), Example("Come at nine.")]
        public required string Body { get; init; }
    }

    public sealed record View(Guid Id, JsonElement Texts, string? Link, string? RoleName, Guid? InstitutionId, Guid SentBy, DateTimeOffset SentAt, int Recipients, DateTimeOffset? FinishedAt);

    /// <summary>The queue's message that tells the next people.</summary>
    public sealed record Order(Guid AnnouncementId, Guid? After);

    public async Task<Outcome<View>> Run(Caller caller, Request request, CancellationToken cancellationToken)
    {
        var faults = FaultsOf(caller, [.. request.Texts.Select(text => text.Language)]);
        if (faults.Count > 0) return new Problem(CommonProblems.Invalid) { Faults = faults };
        var id = request.Id ?? Guid.CreateVersion7(clock.GetUtcNow());
        return await database.InTransaction<View>(
            caller,
            async session =>
            {
                if (request.Role is not null && await session.FirstAsync<Guid?>("SELECT id FROM roles WHERE tenant_id = @TenantId AND name = @Role", new { caller.TenantId, request.Role }, cancellationToken) is null)
                    return Problem.Invalid("/role", "unknown", "There is no such role.");
                var added = await session.ExecuteAsync(
                    """
                    INSERT INTO announcements (tenant_id, id, texts, link, role_name, institution_id, sent_by, sent_at)
                    VALUES (@TenantId, @id, @texts::jsonb, @Link, @Role, @InstitutionId, @Person, @now)
                    ON CONFLICT (tenant_id, id) DO NOTHING
                    """,
                    new { caller.TenantId, id, texts = JsonSerializer.Serialize(request.Texts, Json.Options), request.Link, request.Role, request.InstitutionId, caller.Person, now = clock.GetUtcNow() },
                    cancellationToken);
                if (added > 0)
                {
                    await outbox.AddAsync(session, caller.TenantId, Outbox.Notifications, "announcement", new Order(id, null));
                    await webhooks.RunAsync(session, caller.TenantId, NotificationEvents.AnnouncementSent, new NotificationEvents.AnnouncementBody(id, request.Link, request.Role, request.InstitutionId), cancellationToken);
                }
                return await session.SingleAsync<View>(Select + " WHERE tenant_id = @TenantId AND id = @id", new { caller.TenantId, id }, cancellationToken);
            },
            cancellationToken);
    }

    /// <summary>One step of the telling, once; the next step's message leaves with it.</summary>
    public Task StepAsync(Delivery delivery, CancellationToken cancellationToken)
    {
        var order = delivery.Read<Order>();
        var tenantId = delivery.Tenant.Id;
        return inbox.OnceAsync(
            delivery,
            async session =>
            {
                var announcement = await session.FirstAsync<View>(Select + " WHERE tenant_id = @tenantId AND id = @AnnouncementId", new { tenantId, order.AnnouncementId }, cancellationToken)
                    ?? throw new UnreadableMessageException("unknown-announcement", $"There is no announcement {order.AnnouncementId}.");
                var people = await session.QueryAsync<Guid>(
                    """
                    SELECT id FROM users
                    WHERE tenant_id = @tenantId AND deleted_at IS NULL AND (@After::uuid IS NULL OR id > @After)
                      AND (@InstitutionId::uuid IS NULL OR institution_id = @InstitutionId)
                      AND (@RoleName::text IS NULL OR EXISTS (
                            SELECT FROM user_roles JOIN roles ON roles.tenant_id = user_roles.tenant_id AND roles.id = user_roles.role_id
                            WHERE user_roles.tenant_id = @tenantId AND user_roles.user_id = users.id AND roles.name = @RoleName
                              AND (user_roles.expires_at IS NULL OR user_roles.expires_at > @now)))
                    ORDER BY id
                    LIMIT @Step
                    """,
                    new { tenantId, order.After, announcement.InstitutionId, announcement.RoleName, now = clock.GetUtcNow(), Step },
                    cancellationToken);
                await notify.RunAsync(session, tenantId, delivery.Tenant.TimeZone, NoticeOf(announcement), people);
                if (people.Count == Step) await outbox.AddAsync(session, tenantId, Outbox.Notifications, "announcement", new Order(order.AnnouncementId, people[^1]));
                await session.ExecuteAsync(
                    "UPDATE announcements SET recipients = recipients + @Count, finished_at = @finished WHERE tenant_id = @tenantId AND id = @AnnouncementId",
                    new { tenantId, order.AnnouncementId, people.Count, finished = people.Count < Step ? clock.GetUtcNow() : (DateTimeOffset?)null },
                    cancellationToken);
            },
            cancellationToken);
    }

    public async Task<Page<View>> ListAsync(Caller caller, PageQuery page, CancellationToken cancellationToken) => page.Of(
        await database.As(caller).QueryAsync<View>(
            Select + " WHERE tenant_id = @TenantId AND (@After::uuid IS NULL OR id < @After) ORDER BY id DESC LIMIT @limit",
            new { caller.TenantId, page.After, limit = page.Fetch() },
            cancellationToken),
        view => view.Id);

    private const string Select = "SELECT id, texts, link, role_name, institution_id, sent_by, sent_at, recipients, finished_at FROM announcements";

    /// <summary>Texts in languages that the tenant speaks, each once.</summary>
    internal static List<Fault> FaultsOf(Caller caller, IReadOnlyList<string> languages)
    {
        var faults = new List<Fault>();
        for (var i = 0; i < languages.Count; i++)
        {
            var language = languages[i];
            if (!caller.Tenant.Languages.Contains(language)) faults.Add(new Fault($"/texts/{i}/language", "unknown", $"The tenant speaks {string.Join(", ", caller.Tenant.Languages)}."));
            else if (languages.Take(i).Contains(language)) faults.Add(new Fault($"/texts/{i}/language", "repeated", "This language stands there already."));
        }
        return faults;
    }

    private static Notify.Notice NoticeOf(View announcement) => new(
        NotificationKinds.Announcement,
        [.. announcement.Texts.EnumerateArray().Select(text => new Notify.Text(text.GetProperty("language").GetString()!, text.GetProperty("title").GetString()!, text.GetProperty("body").GetString()!))],
        announcement.Link);
}
