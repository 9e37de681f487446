using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using Podium.Notifications;
using Podium.Platform;
using Podium.Platform.Databases;
using Podium.Platform.Http;
using Podium.Platform.Messaging;
using Podium.Platform.Security;
using Podium.Tenancy;

namespace Podium.Webhooks;

/// <summary>
/// One try to tell one endpoint. What fails is tried again with growing pauses for three days; an endpoint that has failed for five is switched off.
/// Neither a slow endpoint nor many of them keep other messages of the queue waiting.
/// </summary>
public sealed class DeliverWebhook(Database database, Outbox outbox, SafeHttp http, FieldCipher cipher, Notify notify, TimeProvider clock)
{
    public const string Subject = "webhook";

    // how many of the queue's places one tenant's endpoints may hold on an instance
    private const int MostAtOnce = 4;
    private const int FailuresBeforePause = 3;
    private static readonly TimeSpan Patience = TimeSpan.FromDays(5);
    private static readonly TimeSpan LongestPause = TimeSpan.FromHours(1);

    private static readonly TimeSpan[] Pauses =
    [
        TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(30), TimeSpan.FromHours(2), TimeSpan.FromHours(5), TimeSpan.FromHours(10),
        TimeSpan.FromHours(14), TimeSpan.FromHours(20), TimeSpan.FromHours(24),
    ];

    private readonly ConcurrentDictionary<Guid, int> _busy = new();

    /// <summary>The queue's message. One for a try that has been made already does nothing.</summary>
    public sealed record Order(Guid DeliveryId, int Attempt);

    private sealed record Row(
        Guid EndpointId, string Url, bool Enabled, string SecretEncrypted, string? OldSecretEncrypted, DateTimeOffset? OldSecretUntil, int Failures, DateTimeOffset? PausedUntil,
        Guid MessageId, string Event, string Body, int Attempts);

    public async Task RunAsync(Delivery delivery, CancellationToken cancellationToken)
    {
        var order = delivery.Read<Order>();
        var row = await FindAsync(delivery, order, cancellationToken);
        if (row is null || row.Attempts != order.Attempt) return;
        if (!row.Enabled && row.Event != WebhookEvent.Ping.Name)
        {
            await SettleAsync(delivery, order, row, "dropped", new SafeAnswer(0, [], "The endpoint is switched off."), cancellationToken);
            return;
        }
        if (row.PausedUntil > clock.GetUtcNow())
        {
            await PutOffAsync(delivery, order, row.PausedUntil.Value, cancellationToken);
            return;
        }
        if (_busy.AddOrUpdate(delivery.Tenant.Id, 1, (_, busy) => busy + 1) > MostAtOnce)
        {
            Leave(delivery.Tenant.Id);
            await PutOffAsync(delivery, order, clock.GetUtcNow() + Pauses[0], cancellationToken);
            return;
        }
        SafeAnswer answer;
        try
        {
            answer = await SendAsync(delivery.Tenant, row, cancellationToken);
        }
        finally
        {
            Leave(delivery.Tenant.Id);
        }
        var status = answer is { Fault: null, Status: >= 200 and < 300 } ? "delivered" : order.Attempt < Pauses.Length ? "pending" : "failed";
        await SettleAsync(delivery, order, row, status, answer, cancellationToken);
    }

    private Task<Row?> FindAsync(Delivery delivery, Order order, CancellationToken cancellationToken) => database.As(delivery.Actor).FirstAsync<Row>(
        """
        SELECT endpoints.id AS endpoint_id, endpoints.url, endpoints.enabled, endpoints.secret_encrypted, endpoints.old_secret_encrypted, endpoints.old_secret_until,
               endpoints.failures, endpoints.paused_until, messages.id AS message_id, messages.event, messages.body, deliveries.attempts
        FROM webhook_deliveries AS deliveries
        JOIN webhook_endpoints AS endpoints ON endpoints.tenant_id = deliveries.tenant_id AND endpoints.id = deliveries.endpoint_id
        JOIN webhook_messages AS messages ON messages.tenant_id = deliveries.tenant_id AND messages.id = deliveries.message_id
        WHERE deliveries.tenant_id = @tenantId AND deliveries.id = @DeliveryId AND deliveries.status = 'pending'
        """,
        new { tenantId = delivery.Tenant.Id, order.DeliveryId },
        cancellationToken);

    private async Task<SafeAnswer> SendAsync(Tenant tenant, Row row, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        List<string> secrets = [cipher.Decrypt(row.SecretEncrypted, EncryptedColumn.WebhookSecret.Context(tenant.Id, row.EndpointId))];
        if (row.OldSecretEncrypted is { } old && row.OldSecretUntil > now) secrets.Add(cipher.Decrypt(old, EncryptedColumn.WebhookOldSecret.Context(tenant.Id, row.EndpointId)));
        var id = $"msg_{row.MessageId:N}";
        using var request = new HttpRequestMessage(HttpMethod.Post, row.Url) { Content = new StringContent(row.Body, Encoding.UTF8, "application/json") };
        request.Headers.TryAddWithoutValidation("User-Agent", "Podium-Webhooks/1");
        using var activity = Telemetry.Source.StartActivity($"webhook {row.Event}", ActivityKind.Client);
        request.Headers.Add("webhook-id", id);
        request.Headers.Add("webhook-timestamp", now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture));
        request.Headers.Add("webhook-signature", WebhookSignature.Of(id, now, row.Body, secrets));
        var answer = await http.SendAsync(request, cancellationToken);
        var fault = FaultOf(answer);
        if (fault is not null) activity?.SetStatus(ActivityStatusCode.Error, fault);
        Telemetry.Webhooks.Add(1, new("event", row.Event), new("outcome", fault is null ? "delivered" : "failed"));
        return answer;
    }

    private Task<bool> SettleAsync(Delivery delivery, Order order, Row row, string status, SafeAnswer answer, CancellationToken cancellationToken) => database.InTransaction(
        delivery.Actor,
        async session =>
        {
            var now = clock.GetUtcNow();
            var next = status == "pending" ? now + Pauses[order.Attempt] : (DateTimeOffset?)null;
            var settled = await session.ExecuteAsync(
                """
                UPDATE webhook_deliveries
                SET attempts = attempts + 1, status = @status, last_attempt_at = @now, last_status = nullif(@code, 0), last_fault = @fault, next_try_at = @next,
                    finished_at = CASE WHEN @status <> 'pending' THEN @now END
                WHERE tenant_id = @tenantId AND id = @DeliveryId AND status = 'pending' AND attempts = @Attempt
                """,
                new { tenantId = delivery.Tenant.Id, order.DeliveryId, order.Attempt, status, code = answer.Status, fault = FaultOf(answer), next, now },
                cancellationToken) > 0;
            // another delivery of this message was quicker
            if (!settled) return false;
            if (next is not null) await outbox.AddAsync(session, delivery.Tenant.Id, Outbox.Notifications, Subject, order with { Attempt = order.Attempt + 1 }, next);
            if (status != "dropped") await JudgeAsync(session, delivery.Tenant, row, status == "delivered", answer.Status, now, cancellationToken);
            return true;
        },
        cancellationToken);

    private async Task JudgeAsync(Session session, Tenant tenant, Row row, bool delivered, int code, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (delivered)
        {
            if (row.Failures == 0) return;
            await session.ExecuteAsync(
                "UPDATE webhook_endpoints SET failures = 0, failing_since = NULL, paused_until = NULL WHERE tenant_id = @tenantId AND id = @EndpointId", new { tenantId = tenant.Id, row.EndpointId }, cancellationToken);
            return;
        }
        var pause = row.Failures + 1 < FailuresBeforePause ? (TimeSpan?)null : TimeSpan.FromSeconds(Math.Min(LongestPause.TotalSeconds, 5 * Math.Pow(2, Math.Min(row.Failures, 20))));
        var found = await session.ExecuteAsync(
            "UPDATE webhook_endpoints SET failures = failures + 1, failing_since = coalesce(failing_since, @now), paused_until = @until WHERE tenant_id = @tenantId AND id = @EndpointId",
            new { tenantId = tenant.Id, row.EndpointId, now, until = now + pause },
            cancellationToken);
        if (found == 0) return;
        var reason = code == 410 ? "It says that it is gone (410)." : $"It has failed for {Patience.TotalDays:0} days.";
        var switchedOff = await session.ExecuteAsync(
            """
            UPDATE webhook_endpoints SET enabled = false, disabled_for = @reason, version = version + 1, updated_at = @now, updated_by = NULL
            WHERE tenant_id = @tenantId AND id = @EndpointId AND enabled AND (@gone OR failing_since <= @before)
            """,
            new { tenantId = tenant.Id, row.EndpointId, reason, gone = code == 410, before = now - Patience, now },
            cancellationToken) > 0;
        if (switchedOff) await TellAsync(session, tenant, row, cancellationToken);
    }

    private async Task TellAsync(Session session, Tenant tenant, Row row, CancellationToken cancellationToken)
    {
        var administrators = await session.QueryAsync<Guid>(
            """
            SELECT DISTINCT user_id
            FROM user_roles
            JOIN roles ON roles.tenant_id = user_roles.tenant_id AND roles.id = user_roles.role_id
            WHERE user_roles.tenant_id = @tenantId AND roles.name = @Administrator AND scope_type = 'tenant' AND (expires_at IS NULL OR expires_at > @now)
            LIMIT 100
            """,
            new { tenantId = tenant.Id, Podium.Platform.Access.Permissions.Administrator, now = clock.GetUtcNow() },
            cancellationToken);
        await notify.RunAsync(session, tenant.Id, tenant.TimeZone, new Notify.Notice(NotificationKinds.WebhookDisabled, WebhookTexts.Disabled(row.Url), null), [.. administrators]);
    }

    // not a failure of the endpoint: the try is still to be made
    private Task<bool> PutOffAsync(Delivery delivery, Order order, DateTimeOffset until, CancellationToken cancellationToken) => database.InTransaction(
        delivery.Actor,
        async session =>
        {
            // not all at the same instant
            var due = until + TimeSpan.FromMilliseconds(Random.Shared.Next(0, 5000));
            var found = await session.ExecuteAsync(
                "UPDATE webhook_deliveries SET next_try_at = @due WHERE tenant_id = @tenantId AND id = @DeliveryId AND status = 'pending' AND attempts = @Attempt",
                new { tenantId = delivery.Tenant.Id, order.DeliveryId, order.Attempt, due },
                cancellationToken);
            if (found > 0) await outbox.AddAsync(session, delivery.Tenant.Id, Outbox.Notifications, Subject, order, due);
            return found > 0;
        },
        cancellationToken);

    private void Leave(Guid tenantId)
    {
        while (_busy.TryGetValue(tenantId, out var busy))
        {
            if (busy == 1 ? _busy.TryRemove(KeyValuePair.Create(tenantId, 1)) : _busy.TryUpdate(tenantId, busy - 1, busy)) return;
        }
    }

    private static string? FaultOf(SafeAnswer answer) => answer.Fault ?? (answer.Status is >= 200 and < 300 ? null : $"It answers {answer.Status}.");
}
