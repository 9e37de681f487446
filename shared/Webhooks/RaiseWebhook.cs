using System.Text.Json;
using Podium.Platform.Api;
using Podium.Platform.Databases;
using Podium.Platform.Messaging;

namespace Podium.Webhooks;

/// <summary>Tells a tenant's endpoints that something has happened, in the transaction in which it happens. Costs one small read where nobody has subscribed.</summary>
public sealed class RaiseWebhook(Outbox outbox, TimeProvider clock)
{
    private sealed record Message(string Type, DateTimeOffset Timestamp, JsonElement Data);

    public Task RunAsync<T>(Session session, Guid tenantId, WebhookEvent what, T body, CancellationToken cancellationToken) => RunManyAsync(session, tenantId, what, [body], cancellationToken);

    /// <summary>The same of many things of a kind that happen at once, each told by itself.</summary>
    public async Task RunManyAsync<T>(Session session, Guid tenantId, WebhookEvent what, IReadOnlyList<T> bodies, CancellationToken cancellationToken)
    {
        if (bodies.Count == 0) return;
        if (typeof(T) != what.Body) throw new ArgumentException($"The event {what.Name} is told by a {what.Body.Name}.", nameof(bodies));
        var endpoints = await session.QueryAsync<Guid>(
            "SELECT id FROM webhook_endpoints WHERE tenant_id = @tenantId AND enabled AND events && @subscriptions ORDER BY id",
            new { tenantId, subscriptions = WebhookEvent.SubscriptionsTo(what.Name) },
            cancellationToken);
        if (endpoints.Count == 0) return;
        foreach (var body in bodies) await TellAsync(session, tenantId, what, body, [.. endpoints], cancellationToken);
    }

    /// <summary>Tells some endpoints, whatever they have subscribed to; answers the deliveries' ids.</summary>
    internal async Task<IReadOnlyList<Guid>> TellAsync<T>(Session session, Guid tenantId, WebhookEvent what, T body, Guid[] endpoints, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var deliveries = endpoints.Select(_ => Guid.CreateVersion7(now)).ToArray();
        var message = new Message(what.Name, now, JsonSerializer.SerializeToElement(body, Json.Options));
        // an endpoint that was removed a moment ago is told nothing
        var written = await session.QueryAsync<Guid>(
            """
            WITH message AS (
                INSERT INTO webhook_messages (tenant_id, id, event, body, created_at) VALUES (@tenantId, @id, @Name, @text, @now) RETURNING id
            )
            INSERT INTO webhook_deliveries (tenant_id, id, endpoint_id, message_id, status, next_try_at, created_at)
            SELECT @tenantId, given.id, webhook_endpoints.id, message.id, 'pending', @now, @now
            FROM message
            CROSS JOIN unnest(@deliveries, @endpoints) AS given (id, endpoint_id)
            JOIN webhook_endpoints ON webhook_endpoints.tenant_id = @tenantId AND webhook_endpoints.id = given.endpoint_id
            RETURNING id
            """,
            new { tenantId, id = Guid.CreateVersion7(now), what.Name, text = JsonSerializer.Serialize(message, Json.Options), now, deliveries, endpoints },
            cancellationToken);
        await outbox.AddManyAsync(session, tenantId, Outbox.Notifications, DeliverWebhook.Subject, [.. written.Select(id => (new DeliverWebhook.Order(id, 0), (DateTimeOffset?)null))]);
        return written;
    }
}
