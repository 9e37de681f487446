using Npgsql;

namespace Podium.Emulator.Queues;

/// <summary>How many messages a queue holds, by state.</summary>
internal sealed record QueueCounts(string Name, long Active, long Scheduled, long Locked, long Deferred, long Dead);

/// <summary>A message as the status page shows it.</summary>
internal sealed record PeekedMessage(
    long SequenceNumber, string MessageId, DateTimeOffset EnqueuedAt, int DeliveryCount, string? Subject, string? DeadLetterReason, string? DeadLetterDescription, string Body);

/// <summary>What an operator may look at and do with queues.</summary>
internal sealed class QueueAdmin(QueueHost queues, NpgsqlDataSource database)
{
    public async Task<IReadOnlyList<QueueCounts>> CountsAsync(CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand("""
            SELECT q.name,
                   count(*) FILTER (WHERE m.state = 0 AND m.locked_until IS NULL),
                   count(*) FILTER (WHERE m.state = 2),
                   count(*) FILTER (WHERE m.state <> 3 AND m.locked_until IS NOT NULL),
                   count(*) FILTER (WHERE m.state = 1 AND m.locked_until IS NULL),
                   count(*) FILTER (WHERE m.state = 3)
            FROM emulator.queues q LEFT JOIN emulator.messages m ON m.queue = q.name
            GROUP BY q.name ORDER BY q.name
            """);
        var counts = new List<QueueCounts>();
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        while (await row.ReadAsync(cancellationToken))
            counts.Add(new QueueCounts(row.GetString(0), row.GetInt64(1), row.GetInt64(2), row.GetInt64(3), row.GetInt64(4), row.GetInt64(5)));
        return counts;
    }

    public Task<bool> ExistsAsync(string queue, CancellationToken cancellationToken) => queues.Broker.ExistsAsync(queue, cancellationToken);

    public async Task<IReadOnlyList<PeekedMessage>> PeekAsync(string queue, bool dead, long fromSequence, int top, CancellationToken cancellationToken)
    {
        const int Shown = 4096;
        var messages = await queues.Broker.PeekAsync(new QueueAddress(queue, dead), top, fromSequence, cancellationToken);
        return [.. messages.Select(message =>
        {
            var body = message.Body.ToString();
            return new PeekedMessage(
                message.SequenceNumber, message.MessageId ?? "", message.EnqueuedTime, message.DeliveryCount, message.Subject,
                message.DeadLetterReason, message.DeadLetterErrorDescription, body.Length <= Shown ? body : body[..Shown] + " …");
        })];
    }

    /// <summary>Puts dead letters back into their queue with a clean slate: all, or one by its number.</summary>
    public async Task<int> ReplayAsync(string queue, long? sequence, CancellationToken cancellationToken)
    {
        using var work = queues.Broker.Tracker.Begin($"replay {queue}");
        await using var command = database.CreateCommand("""
            UPDATE emulator.messages m
            SET state = 0, delivery_count = 0, lock_token = NULL, locked_until = NULL, locked_by_host = false, dead_letter_reason = NULL, dead_letter_description = NULL,
                enqueued_at = $3, expires_at = $3 + least(m.time_to_live, q.default_time_to_live)
            FROM emulator.queues q
            WHERE q.name = m.queue AND m.queue = $1 AND m.state = 3 AND ($2 IS NULL OR m.sequence = $2)
            """);
        command.Parameters.Add(Sql.Text(QueueAddress.Name(queue)));
        command.Parameters.Add(new NpgsqlParameter { Value = (object?)sequence ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Bigint });
        command.Parameters.Add(Sql.Instant(queues.Broker.Clock.GetUtcNow()));
        var replayed = await command.ExecuteNonQueryAsync(cancellationToken);
        queues.Broker.Wake(new QueueAddress(queue, false));
        queues.Broker.OnSchedule?.Invoke(queues.Broker.Clock.GetUtcNow()); // their time to live begins anew
        return replayed;
    }

    /// <summary>Throws a queue's dead letters away.</summary>
    public async Task<int> PurgeDeadAsync(string queue, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand("DELETE FROM emulator.messages WHERE queue = $1 AND state = 3");
        command.Parameters.Add(Sql.Text(QueueAddress.Name(queue)));
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
