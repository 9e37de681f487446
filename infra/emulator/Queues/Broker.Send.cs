using System.Diagnostics;
using Azure.Messaging.ServiceBus;
using NpgsqlTypes;

namespace Podium.Emulator.Queues;

internal sealed partial class Broker
{
    /// <summary>Puts messages into a queue, now or at an instant; answers their sequence numbers (0 for a duplicate that was dropped).</summary>
    public async Task<IReadOnlyList<long>> SendAsync(
        string queue, IReadOnlyList<ServiceBusMessage> messages, DateTimeOffset? at, CancellationToken cancellationToken)
    {
        using var work = Tracker.Begin($"send to {queue}");
        queue = QueueAddress.Name(queue);
        foreach (var message in messages) Check(message, queue);
        var now = _clock.GetUtcNow();
        // one statement: the queue's rules, the duplicates, the messages, and word to the emulator where it is another process
        await using var command = _database.CreateCommand("""
            WITH queue AS (
              SELECT name, default_time_to_live, duplicate_window FROM emulator.queues WHERE name = $1
            ), input AS (
              SELECT *, row_number() OVER (PARTITION BY message_id ORDER BY ordinal) AS nth
              FROM unnest($3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) WITH ORDINALITY
                AS i (message_id, body, content_type, correlation_id, subject, reply_to, "to", partition_key, properties, time_to_live, available_at, ordinal)
            ), fresh AS (
              INSERT INTO emulator.message_ids AS seen (queue, message_id, seen_at)
              SELECT q.name, i.message_id, $2 FROM input i, queue q WHERE q.duplicate_window IS NOT NULL AND i.nth = 1
              ON CONFLICT (queue, message_id) DO UPDATE SET seen_at = excluded.seen_at
              WHERE seen.seen_at <= excluded.seen_at - (SELECT duplicate_window FROM queue)
              RETURNING message_id
            ), added AS (
              INSERT INTO emulator.messages (
                queue, state, message_id, body, content_type, correlation_id, subject, reply_to, "to", partition_key, properties,
                time_to_live, enqueued_at, available_at, expires_at)
              SELECT q.name, CASE WHEN i.available_at > $2 THEN 2 ELSE 0 END, i.message_id, i.body, i.content_type, i.correlation_id, i.subject, i.reply_to,
                     i."to", i.partition_key, i.properties::jsonb, least(i.time_to_live, q.default_time_to_live), greatest($2, i.available_at),
                     i.available_at, greatest($2, i.available_at) + least(i.time_to_live, q.default_time_to_live)
              FROM input i, queue q
              WHERE q.duplicate_window IS NULL OR i.nth = 1 AND i.message_id IN (SELECT message_id FROM fresh)
              ORDER BY i.ordinal
              RETURNING sequence, message_id, least(available_at, expires_at) AS due
            )
            SELECT (SELECT name FROM queue), a.sequence, a.message_id, a.due, CASE WHEN $14 THEN pg_notify($15, $1)::text END FROM (SELECT 1) one LEFT JOIN added a ON true ORDER BY a.sequence
            """);
        command.Parameters.Add(Sql.Text(queue));
        command.Parameters.Add(Sql.Instant(now));
        string[] ids = [.. messages.Select(message => message.MessageId ?? Guid.NewGuid().ToString("N"))];
        command.Parameters.Add(Sql.Array(ids, NpgsqlDbType.Text));
        command.Parameters.Add(Sql.Array([.. messages.Select(message => message.Body.ToArray())], NpgsqlDbType.Bytea));
        command.Parameters.Add(Sql.Array([.. messages.Select(message => message.ContentType)], NpgsqlDbType.Text));
        command.Parameters.Add(Sql.Array([.. messages.Select(message => message.CorrelationId)], NpgsqlDbType.Text));
        command.Parameters.Add(Sql.Array([.. messages.Select(message => message.Subject)], NpgsqlDbType.Text));
        command.Parameters.Add(Sql.Array([.. messages.Select(message => message.ReplyTo)], NpgsqlDbType.Text));
        command.Parameters.Add(Sql.Array([.. messages.Select(message => message.To)], NpgsqlDbType.Text));
        command.Parameters.Add(Sql.Array([.. messages.Select(message => message.PartitionKey)], NpgsqlDbType.Text));
        command.Parameters.Add(Sql.Array([.. messages.Select(Properties)], NpgsqlDbType.Text));
        command.Parameters.Add(Sql.Array([.. messages.Select(message => message.TimeToLive == TimeSpan.MaxValue ? (TimeSpan?)null : message.TimeToLive)], NpgsqlDbType.Interval));
        command.Parameters.Add(Sql.Array([.. messages.Select(message => Scheduled(message, at))], NpgsqlDbType.TimestampTz));

        command.Parameters.Add(Sql.Flag(_notifies));
        command.Parameters.Add(Sql.Text(NotifyChannel));

        var added = new Dictionary<string, Queue<long>>(StringComparer.Ordinal);
        await using (var reader = await command.ExecuteReaderAsync(cancellationToken))
        {
            while (await reader.ReadAsync(cancellationToken))
            {
                if (reader.IsDBNull(0)) throw await NotFoundAsync(queue);
                if (reader.IsDBNull(1)) continue;
                if (!added.TryGetValue(reader.GetString(2), out var sequences)) added[reader.GetString(2)] = sequences = new Queue<long>();
                sequences.Enqueue(reader.GetInt64(1));
                if (!reader.IsDBNull(3)) OnSchedule?.Invoke(reader.GetFieldValue<DateTimeOffset>(3));
            }
        }
        Wake(new QueueAddress(queue, false));
        return [.. ids.Select(id => added.TryGetValue(id, out var sequences) && sequences.TryDequeue(out var sequence) ? sequence : 0)];
    }

    /// <summary>Takes scheduled messages back.</summary>
    public async Task CancelScheduledAsync(string queue, long[] sequences, CancellationToken cancellationToken)
    {
        await using var command = _database.CreateCommand("DELETE FROM emulator.messages WHERE queue = $1 AND state = 2 AND sequence = ANY($2)");
        command.Parameters.Add(Sql.Text(QueueAddress.Name(queue)));
        command.Parameters.Add(Sql.Array(sequences, NpgsqlDbType.Bigint));
        if (await command.ExecuteNonQueryAsync(cancellationToken) < sequences.Length)
            throw new ServiceBusException("The scheduled message with this sequence number could not be found.", ServiceBusFailureReason.MessageNotFound, queue);
    }

    private static void Check(ServiceBusMessage message, string queue)
    {
        if ((message.SessionId ?? message.ReplyToSessionId) is not null) throw new NotSupportedException($"The emulator has no sessions: send to '{queue}' without SessionId and ReplyToSessionId.");
        if (message.TransactionPartitionKey is not null) throw new NotSupportedException($"The emulator has no transactions across queues: send to '{queue}' without TransactionPartitionKey.");
        if (ServiceBusMessageBatch.Size(message) > new ServiceBusMessageBatch(null).MaxSizeInBytes)
            throw new ServiceBusException("The message is larger than 262144 bytes, the most a standard namespace takes.", ServiceBusFailureReason.MessageSizeExceeded, queue);
    }

    private static DateTime? Scheduled(ServiceBusMessage message, DateTimeOffset? at) =>
        at?.UtcDateTime ?? (message.ScheduledEnqueueTime == default ? null : message.ScheduledEnqueueTime.UtcDateTime);

    // the trace of whoever sends travels with the message, under the names the Azure SDK gives it
    private static string? Properties(ServiceBusMessage message)
    {
        if (Activity.Current?.Id is { } trace)
        {
            message.ApplicationProperties.TryAdd(MessageProperties.Trace, trace);
            message.ApplicationProperties.TryAdd(MessageProperties.TraceParent, trace);
        }
        return MessageProperties.Write(message.ApplicationProperties);
    }
}
