using System.ComponentModel.DataAnnotations;
using Podium.Platform.Access;
using Podium.Platform.Databases;
using Podium.Platform.Messaging;
using Podium.Platform.Problems;

namespace Podium.Webhooks;

/// <summary>Tells an endpoint again what it has missed, or tries it with a ping.</summary>
public sealed class ReplayWebhook(Database database, RaiseWebhook raise, Outbox outbox, TimeProvider clock)
{
    private const int MostAtOnce = 1000;

    public sealed record Request
    {
        /// <summary>From when on; what failed or was dropped since then is sent again.</summary>
        public required DateTimeOffset Since { get; init; }
    }

    /// <summary>How many are sent again; a thousand at most, so where it is a thousand, ask again.</summary>
    public sealed record Result(int Replayed);

    /// <summary>One delivery, whatever became of it, with all its tries before it.</summary>
    public Task<Outcome<WebhookEndpoints.DeliveryView>> OneAsync(Caller caller, Guid id, Guid deliveryId, CancellationToken cancellationToken) => database.InTransaction<WebhookEndpoints.DeliveryView>(
        caller,
        async session =>
        {
            var begun = await BeginAsync(session, caller, id, "id = @deliveryId", new { caller.TenantId, id, deliveryId, now = clock.GetUtcNow(), MostAtOnce }, cancellationToken);
            if (begun == 0) return Problem.NotFound("delivery");
            return await ViewAsync(session, caller, deliveryId, cancellationToken);
        },
        cancellationToken);

    /// <summary>All that did not arrive.</summary>
    public Task<Outcome<Result>> ManyAsync(Caller caller, Guid id, Request request, CancellationToken cancellationToken) => database.InTransaction<Result>(
        caller,
        async session =>
        {
            if (!await IsThereAsync(session, caller, id, cancellationToken)) return Problem.NotFound("webhook");
            var args = new { caller.TenantId, id, request.Since, now = clock.GetUtcNow(), MostAtOnce };
            return new Result(await BeginAsync(session, caller, id, "status IN ('failed', 'dropped') AND created_at >= @Since", args, cancellationToken));
        },
        cancellationToken);

    public Task<Outcome<WebhookEndpoints.DeliveryView>> PingAsync(Caller caller, Guid id, CancellationToken cancellationToken) => database.InTransaction<WebhookEndpoints.DeliveryView>(
        caller,
        async session =>
        {
            if (!await IsThereAsync(session, caller, id, cancellationToken)) return Problem.NotFound("webhook");
            var told = await raise.TellAsync(session, caller.TenantId, WebhookEvent.Ping, new WebhookEvent.PingBody(id), [id], cancellationToken);
            return await ViewAsync(session, caller, told[0], cancellationToken);
        },
        cancellationToken);

    private async Task<int> BeginAsync(Session session, Caller caller, Guid id, string which, object args, CancellationToken cancellationToken)
    {
        var begun = await session.QueryAsync<Guid>(
            $"""
            UPDATE webhook_deliveries SET status = 'pending', attempts = 0, next_try_at = @now, finished_at = NULL
            WHERE tenant_id = @TenantId AND id = ANY (ARRAY (
                SELECT id FROM webhook_deliveries WHERE tenant_id = @TenantId AND endpoint_id = @id AND {which} ORDER BY id LIMIT @MostAtOnce FOR UPDATE))
            RETURNING id
            """,
            args,
            cancellationToken);
        await outbox.AddManyAsync(session, caller.TenantId, Outbox.Notifications, DeliverWebhook.Subject, [.. begun.Order().Select(one => (new DeliverWebhook.Order(one, 0), (DateTimeOffset?)null))]);
        return begun.Count;
    }

    private static async Task<bool> IsThereAsync(Session session, Caller caller, Guid id, CancellationToken cancellationToken) =>
        await session.FirstAsync<int?>("SELECT 1 FROM webhook_endpoints WHERE tenant_id = @TenantId AND id = @id FOR SHARE", new { caller.TenantId, id }, cancellationToken) is not null;

    private static Task<WebhookEndpoints.DeliveryView> ViewAsync(Session session, Caller caller, Guid deliveryId, CancellationToken cancellationToken) => session.SingleAsync<WebhookEndpoints.DeliveryView>(
        $"SELECT {WebhookEndpoints.DeliveryColumns} FROM {WebhookEndpoints.DeliveryTables} WHERE deliveries.tenant_id = @TenantId AND deliveries.id = @deliveryId", new { caller.TenantId, deliveryId }, cancellationToken);
}
