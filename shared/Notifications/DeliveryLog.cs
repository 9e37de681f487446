using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Databases;
using Podium.Platform.Messaging;

namespace Podium.Notifications;

/// <summary>What was sent to whom and what came of it, one row for each message; a message that comes again goes on where it stopped.</summary>
public sealed class DeliveryLog(Database database, TimeProvider clock)
{
    public sealed record View(string Id, Guid? UserId, string Channel, string Template, string Language, string Status, int Attempts, string? LastError, DateTimeOffset CreatedAt, DateTimeOffset? FinishedAt);

    public record Query
    {
        [System.ComponentModel.DataAnnotations.Range(1, PageQuery.MaxLimit)]
        public int Limit { get; init; } = 50;

        /// <summary>Only what was begun before.</summary>
        public DateTimeOffset? Before { get; init; }

        public Guid? UserId { get; init; }

        [System.ComponentModel.DataAnnotations.AllowedValues("pending", "sent", "expired", "dropped")]
        public string? Status { get; init; }
    }

    /// <summary>Sends unless it has been sent; a failure is written down and thrown on, so that the queue tries again.</summary>
    public async Task RunAsync(Delivery delivery, Guid? userId, string channel, string template, string language, Func<Task<string>> send, CancellationToken cancellationToken)
    {
        var status = await database.As(delivery.Actor).SingleAsync<string>(
            """
            INSERT INTO notification_deliveries AS known (tenant_id, id, user_id, channel, template, language, status, attempts, created_at)
            VALUES (@tenantId, @MessageId, @userId, @channel, @template, @language, 'pending', 1, @now)
            ON CONFLICT (tenant_id, id) DO UPDATE SET attempts = known.attempts + 1
            RETURNING status
            """,
            new { tenantId = delivery.Tenant.Id, delivery.MessageId, userId, channel, template, language, now = clock.GetUtcNow() },
            cancellationToken);
        if (status != "pending") return;
        try
        {
            await FinishAsync(delivery, await send());
        }
        catch (Exception error) when (!cancellationToken.IsCancellationRequested)
        {
            await database.As(delivery.Actor).ExecuteAsync(
                "UPDATE notification_deliveries SET last_error = @reason WHERE tenant_id = @tenantId AND id = @MessageId",
                new { tenantId = delivery.Tenant.Id, delivery.MessageId, reason = error.GetType().Name },
                CancellationToken.None);
            throw;
        }
    }

    public Task<IReadOnlyList<View>> ListAsync(Caller caller, Query query, CancellationToken cancellationToken) => database.As(caller).QueryAsync<View>(
        """
        SELECT id, user_id, channel, template, language, status, attempts, last_error, created_at, finished_at
        FROM notification_deliveries
        WHERE tenant_id = @TenantId AND (@Before::timestamptz IS NULL OR created_at < @Before) AND (@UserId::uuid IS NULL OR user_id = @UserId) AND (@Status::text IS NULL OR status = @Status)
        ORDER BY created_at DESC, id DESC
        LIMIT @Limit
        """,
        new { caller.TenantId, query.Before, query.UserId, query.Status, query.Limit },
        cancellationToken);

    private Task FinishAsync(Delivery delivery, string status) => database.As(delivery.Actor).ExecuteAsync(
        "UPDATE notification_deliveries SET status = @status, finished_at = @now, last_error = NULL WHERE tenant_id = @tenantId AND id = @MessageId",
        new { tenantId = delivery.Tenant.Id, delivery.MessageId, status, now = clock.GetUtcNow() });
}
