using Npgsql;

namespace Podium.Emulator.Queues;

internal sealed partial class Broker
{
    private DateTimeOffset _idsForgotten;

    /// <summary>
    /// Does what the passing of time asks for: scheduled messages become active, locks end, messages expire, message ids are forgotten.
    /// Answers the next instant at which there is something to do.
    /// </summary>
    public async Task<DateTimeOffset?> TickAsync(CancellationToken cancellationToken)
    {
        var now = _clock.GetUtcNow();
        await using var batch = _database.CreateBatch();
        if (now - _idsForgotten >= TimeSpan.FromMinutes(1))
        {
            // sending knows which ids are too old to count; this only keeps the table small
            _idsForgotten = now;
            Add(batch, now, "DELETE FROM emulator.message_ids i USING emulator.queues q WHERE q.name = i.queue AND i.seen_at <= $1 - coalesce(q.duplicate_window, interval '0')");
        }
        Add(batch, now, """
            UPDATE emulator.messages SET state = 0, sequence = DEFAULT -- behind those that came meanwhile, as in Azure
            WHERE state = 2 AND available_at <= $1
            RETURNING queue
            """);
        Add(batch, now, $"""
            UPDATE emulator.messages m SET {UnlockOrBury}
            FROM emulator.queues q
            WHERE m.locked_until <= $1 AND q.name = m.queue
            RETURNING m.queue
            """);
        Add(batch, now, """
            UPDATE emulator.messages m
            SET state = 3, dead_letter_reason = 'TTLExpiredException', dead_letter_description = 'The message expired and was dead lettered.'
            FROM emulator.queues q
            WHERE m.expires_at <= $1 AND m.state IN (0, 1) AND m.locked_until IS NULL AND q.name = m.queue AND q.dead_letter_on_expiration
            RETURNING m.queue
            """);
        Add(batch, now, """
            DELETE FROM emulator.messages m
            USING emulator.queues q
            WHERE m.expires_at <= $1 AND m.state IN (0, 1) AND m.locked_until IS NULL AND q.name = m.queue AND NOT q.dead_letter_on_expiration
            RETURNING m.queue
            """);
        Add(batch, now, """
            SELECT least(
              (SELECT min(available_at) FROM emulator.messages WHERE state = 2),
              (SELECT min(locked_until) FROM emulator.messages WHERE locked_until IS NOT NULL),
              (SELECT min(expires_at) FROM emulator.messages WHERE expires_at > $1 AND state IN (0, 1)))
            """);

        var changed = new HashSet<string>(StringComparer.Ordinal);
        DateTimeOffset? next = null;
        await using (var reader = await batch.ExecuteReaderAsync(cancellationToken))
        {
            do
            {
                while (await reader.ReadAsync(cancellationToken))
                {
                    if (reader.IsDBNull(0)) continue;
                    if (reader.GetFieldType(0) == typeof(DateTime)) next = reader.GetFieldValue<DateTimeOffset>(0);
                    else changed.Add(reader.GetString(0));
                }
            }
            while (await reader.NextResultAsync(cancellationToken));
        }
        foreach (var queue in changed)
        {
            Wake(new QueueAddress(queue, false));
            Wake(new QueueAddress(queue, true));
        }
        return next;
    }

    private static void Add(NpgsqlBatch batch, DateTimeOffset now, string sql)
    {
        var command = new NpgsqlBatchCommand(sql);
        command.Parameters.Add(Sql.Instant(now));
        batch.BatchCommands.Add(command);
    }
}
