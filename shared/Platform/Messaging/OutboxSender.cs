using System.Diagnostics;
using System.Text;
using Azure.Messaging.ServiceBus;
using Microsoft.Extensions.Logging;
using Podium.Platform.Databases;

namespace Podium.Platform.Messaging;

/// <summary>
/// Moves messages from the outbox to their queues: locked, sent, deleted, in one transaction. A crash after the sending sends again
/// under the same message id, which the queue's duplicate detection and the consumer's inbox make harmless.
/// </summary>
public sealed partial class OutboxSender(Database database, ServiceBusClient bus, TimeProvider clock, ILogger<OutboxSender> log) : IAsyncDisposable
{
    /// <summary>How long the sender of a transaction has before the sweep takes its messages up.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private const int BatchSize = 500;

    // what Service Bus takes at once, 256 KB, with some room; and what a message has beside its body
    private const int MostBytes = 200_000;
    private const int Envelope = 500;
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(15);

    private readonly System.Collections.Concurrent.ConcurrentDictionary<string, ServiceBusSender> _senders = new();

    private sealed record Row(Guid TenantId, Guid Id, long Position, string Queue, string Subject, string Body, string? TraceParent, DateTimeOffset DueAt, int Attempts);

    /// <summary>Sends what a transaction has just committed. A failure is the sweep's business, not the caller's.</summary>
    public async Task SendNewAsync(string shard, Guid tenantId, IReadOnlyCollection<Guid> ids)
    {
        try
        {
            foreach (var some in ids.Chunk(BatchSize)) await SendAsync(shard, "tenant_id = @tenantId AND id = ANY(@some)", new { tenantId, some, limit = BatchSize }, CancellationToken.None);
        }
        catch (Exception error)
        {
            LogLeft(log, error, ids.Count, shard);
        }
    }

    /// <summary>Sends everything that waits longer than it should; how many messages it was.</summary>
    public async Task<int> SweepAsync(CancellationToken cancellationToken)
    {
        var total = 0;
        foreach (var shard in database.Shards)
        {
            int sent;
            do
            {
                sent = await SendAsync(shard, "retry_at <= @now", new { now = clock.GetUtcNow(), limit = BatchSize }, cancellationToken);
                total += sent;
            }
            while (sent == BatchSize);
            if (Telemetry.OutboxLag.Enabled) await MeasureAsync(shard, cancellationToken);
        }
        return total;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var sender in _senders.Values) await sender.DisposeAsync();
    }

    private async Task MeasureAsync(string shard, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var (waiting, oldest) = await database.AsPlatform(shard).SingleAsync<(long Waiting, DateTimeOffset? Oldest)>(
            "SELECT count(*), min(due_at) FROM outbox WHERE created_at < @since AND due_at <= @now", new { now, since = now - Patience }, cancellationToken);
        Telemetry.OutboxWaiting.Record(waiting, new KeyValuePair<string, object?>("shard", shard));
        Telemetry.OutboxLag.Record(oldest is null ? 0 : (now - oldest.Value).TotalSeconds, new KeyValuePair<string, object?>("shard", shard));
    }

    private Task<int> SendAsync(string shard, string which, object args, CancellationToken cancellationToken) => database.InPlatformTransaction(
        async session =>
        {
            var rows = await session.QueryAsync<Row>(
                $"""
                SELECT tenant_id, id, position, queue, subject, body, trace_parent, due_at, attempts
                FROM outbox
                WHERE {which}
                ORDER BY position
                LIMIT @limit
                FOR UPDATE SKIP LOCKED
                """,
                args,
                cancellationToken);
            var sent = new List<Row>();
            foreach (var queue in rows.GroupBy(row => row.Queue))
            {
                foreach (var part in Parts(queue)) sent.AddRange(await SendAsync(session, queue.Key, part, cancellationToken));
            }
            await session.ExecuteAsync(
                "DELETE FROM outbox USING unnest(@tenants, @ids) AS sent (tenant_id, id) WHERE outbox.tenant_id = sent.tenant_id AND outbox.id = sent.id",
                new { tenants = sent.Select(row => row.TenantId).ToArray(), ids = sent.Select(row => row.Id).ToArray() },
                CancellationToken.None);
            return rows.Count;
        },
        cancellationToken,
        shard);

    private async Task<IReadOnlyList<Row>> SendAsync(Session session, string queue, IReadOnlyList<Row> rows, CancellationToken cancellationToken)
    {
        var sender = _senders.GetOrAdd(queue, name => bus.CreateSender(name));
        using var activity = Telemetry.Source.StartActivity($"send {queue}", ActivityKind.Producer)?.SetTag("messaging.batch.message_count", rows.Count);
        try
        {
            await sender.SendMessagesAsync(rows.Select(MessageOf), cancellationToken);
            return rows;
        }
        catch (Exception error) when (rows.Count > 1 && !cancellationToken.IsCancellationRequested)
        {
            // one message that the queue refuses must not hold the others back
            var sent = new List<Row>();
            foreach (var row in rows) sent.AddRange(await SendAsync(session, queue, [row], cancellationToken));
            LogSingly(log, error, queue, rows.Count - sent.Count, rows.Count);
            return sent;
        }
        catch (Exception error) when (!cancellationToken.IsCancellationRequested)
        {
            var row = rows[0];
            var pause = TimeSpan.FromSeconds(Math.Min(LongestPause.TotalSeconds, Math.Pow(2, Math.Min(row.Attempts, 20)) * 15));
            LogRefused(log, error, queue, row.Subject, row.Attempts + 1);
            await session.ExecuteAsync(
                "UPDATE outbox SET attempts = attempts + 1, retry_at = @retry, last_error = @reason WHERE tenant_id = @TenantId AND id = @Id",
                new { row.TenantId, row.Id, retry = clock.GetUtcNow() + pause, reason = error.GetType().Name },
                CancellationToken.None);
            return [];
        }
    }

    private static IEnumerable<List<Row>> Parts(IEnumerable<Row> rows)
    {
        var part = new List<Row>();
        var bytes = 0;
        foreach (var row in rows)
        {
            var size = Encoding.UTF8.GetByteCount(row.Body) + Envelope;
            if (part.Count > 0 && bytes + size > MostBytes)
            {
                yield return part;
                (part, bytes) = ([], 0);
            }
            part.Add(row);
            bytes += size;
        }
        if (part.Count > 0) yield return part;
    }

    private ServiceBusMessage MessageOf(Row row)
    {
        var message = new ServiceBusMessage(row.Body)
        {
            MessageId = row.Id.ToString("N"),
            Subject = row.Subject,
            ContentType = "application/json",
            ApplicationProperties = { [Delivery.TenantProperty] = row.TenantId.ToString() },
        };
        // what the Service Bus library itself reads, so that the consumer's trace goes on from here
        if (row.TraceParent is not null) message.ApplicationProperties["Diagnostic-Id"] = row.TraceParent;
        if (row.DueAt > clock.GetUtcNow()) message.ScheduledEnqueueTime = row.DueAt;
        return message;
    }

    [LoggerMessage(330, LogLevel.Warning, "{Count} messages of shard '{Shard}' stay on the outbox for the sweep.")]
    private static partial void LogLeft(ILogger logger, Exception error, int count, string shard);

    [LoggerMessage(331, LogLevel.Warning, "Queue '{Queue}' refused a batch; sent singly, {Refused} of {Count} are refused.")]
    private static partial void LogSingly(ILogger logger, Exception error, string queue, int refused, int count);

    [LoggerMessage(332, LogLevel.Warning, "Queue '{Queue}' refused a message '{Subject}', try {Attempt}.")]
    private static partial void LogRefused(ILogger logger, Exception error, string queue, string subject, int attempt);
}
