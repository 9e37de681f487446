using Dapper;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Webhooks;

/// <summary>A tenant's endpoints, and what became of what they were told.</summary>
public sealed class WebhookEndpoints(Database database, TimeProvider clock)
{
    public record View
    {
        public required Guid Id { get; init; }

        public required string Url { get; init; }

        public required string Description { get; init; }

        /// <summary>What it is told: names of events, all of a subject (<c>person.*</c>), or all (<c>*</c>).</summary>
        public required string[] Events { get; init; }

        public required bool Enabled { get; init; }

        /// <summary>Why it was switched off by itself.</summary>
        public string? DisabledFor { get; init; }

        /// <summary>Since when nothing has reached it; null where the last try did.</summary>
        public DateTimeOffset? FailingSince { get; init; }

        /// <summary>Until when the secret before this one signs too.</summary>
        public DateTimeOffset? OldSecretUntil { get; init; }

        public required int Version { get; init; }

        public required DateTimeOffset CreatedAt { get; init; }
    }

    public record DeliveryView
    {
        public required Guid Id { get; init; }

        public required string Event { get; init; }

        public required string Status { get; init; }

        public required int Attempts { get; init; }

        public DateTimeOffset? LastAttemptAt { get; init; }

        /// <summary>The HTTP status of its last answer.</summary>
        public int? LastStatus { get; init; }

        /// <summary>Why the last try failed.</summary>
        public string? LastFault { get; init; }

        public DateTimeOffset? NextTryAt { get; init; }

        public required DateTimeOffset CreatedAt { get; init; }

        public DateTimeOffset? FinishedAt { get; init; }
    }

    public sealed record DeliveryDetails : DeliveryView
    {
        /// <summary>The header <c>webhook-id</c>: the same at every try, so that the receiver can drop what it knows.</summary>
        public required string WebhookId { get; init; }

        /// <summary>What is sent, to the byte.</summary>
        public required string Body { get; init; }
    }

    public sealed record EventView(string Name, string Description);

    public sealed record DeliveryFilter : PageQuery
    {
        [System.ComponentModel.DataAnnotations.AllowedValues("pending", "delivered", "failed", "dropped")]
        public string? Status { get; init; }
    }

    internal const string Columns = "id, url, description, events, enabled, disabled_for, failing_since, CASE WHEN old_secret_until > @now THEN old_secret_until END AS old_secret_until, version, created_at";

    internal const string DeliveryColumns = "deliveries.id, messages.event, deliveries.status, deliveries.attempts, deliveries.last_attempt_at, deliveries.last_status, deliveries.last_fault, "
        + "CASE WHEN deliveries.status = 'pending' THEN deliveries.next_try_at END AS next_try_at, deliveries.created_at, deliveries.finished_at";

    internal const string DeliveryTables = "webhook_deliveries AS deliveries JOIN webhook_messages AS messages ON messages.tenant_id = deliveries.tenant_id AND messages.id = deliveries.message_id";

    public static IReadOnlyList<EventView> Events() => [.. WebhookEvent.All.Values.OrderBy(one => one.Name, StringComparer.Ordinal).Select(one => new EventView(one.Name, one.Description))];

    public async Task<Page<View>> ListAsync(Caller caller, PageQuery page, CancellationToken cancellationToken) => page.Of(
        await database.As(caller).QueryAsync<View>(
            $"SELECT {Columns} FROM webhook_endpoints WHERE tenant_id = @TenantId AND (@After::uuid IS NULL OR id < @After) ORDER BY id DESC LIMIT @limit",
            new { caller.TenantId, page.After, limit = page.Fetch(), now = clock.GetUtcNow() },
            cancellationToken),
        view => view.Id);

    public async Task<Outcome<View>> ReadAsync(Caller caller, Guid id, CancellationToken cancellationToken)
    {
        var found = await database.As(caller).FirstAsync<View>(
            $"SELECT {Columns} FROM webhook_endpoints WHERE tenant_id = @TenantId AND id = @id", new { caller.TenantId, id, now = clock.GetUtcNow() }, cancellationToken);
        return found is null ? Problem.NotFound("webhook") : found;
    }

    public async Task<Outcome<Page<DeliveryView>>> DeliveriesAsync(Caller caller, Guid id, DeliveryFilter filter, CancellationToken cancellationToken)
    {
        var (isThere, rows) = await database.As(caller).QueryManyAsync(
            $"""
            SELECT EXISTS (SELECT FROM webhook_endpoints WHERE tenant_id = @TenantId AND id = @id);

            SELECT {DeliveryColumns} FROM {DeliveryTables}
            WHERE deliveries.tenant_id = @TenantId AND deliveries.endpoint_id = @id AND (@After::uuid IS NULL OR deliveries.id < @After) AND (@Status::text IS NULL OR deliveries.status = @Status)
            ORDER BY deliveries.id DESC
            LIMIT @limit
            """,
            new { caller.TenantId, id, filter.After, filter.Status, limit = filter.Fetch() },
            async results => (await results.ReadSingleAsync<bool>(), (await results.ReadAsync<DeliveryView>()).AsList()),
            cancellationToken);
        return isThere ? filter.Of(rows, view => view.Id) : Problem.NotFound("webhook");
    }

    public async Task<Outcome<DeliveryDetails>> DeliveryAsync(Caller caller, Guid id, Guid deliveryId, CancellationToken cancellationToken)
    {
        var found = await database.As(caller).FirstAsync<DeliveryDetails>(
            $"""
            SELECT {DeliveryColumns}, 'msg_' || replace(messages.id::text, '-', '') AS webhook_id, messages.body FROM {DeliveryTables}
            WHERE deliveries.tenant_id = @TenantId AND deliveries.endpoint_id = @id AND deliveries.id = @deliveryId
            """,
            new { caller.TenantId, id, deliveryId },
            cancellationToken);
        return found is null ? Problem.NotFound("delivery") : found;
    }
}
