using Azure.Messaging.ServiceBus;
using Npgsql;
using NpgsqlTypes;

namespace Podium.Emulator.Queues;

internal sealed partial class Broker
{
    private const string Columns = """
        m.sequence, m.state, m.message_id, m.body, m.content_type, m.correlation_id, m.subject, m.reply_to, m."to", m.partition_key, m.properties,
        m.time_to_live, m.enqueued_at, m.available_at, m.delivery_count, m.lock_token, m.locked_until, m.dead_letter_reason, m.dead_letter_description, m.queue
        """;

    // A table that fills and empties all day has no statistics to trust: read in the index's order, never collect and sort.
    private const string InOrder = "SELECT set_config('enable_bitmapscan', 'off', true)";

    // Locks and completions need not reach the disk at once: what a crash of PostgreSQL forgets is delivered again.
    private const string Unhurried = "set_config('synchronous_commit', 'off', true)";

    /// <summary>Receives what is there; where nothing is, waits on the clock for up to the given time.</summary>
    public async Task<IReadOnlyList<ServiceBusReceivedMessage>> ReceiveAsync(
        QueueAddress address, int most, TimeSpan wait, bool delete, CancellationToken cancellationToken)
    {
        var arrived = new SemaphoreSlim(0);
        using var listening = Listen(address, () => arrived.Release());
        using var patience = new CancellationTokenSource(wait < TimeSpan.Zero ? TimeSpan.Zero : wait, _clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, patience.Token);
        while (true)
        {
            if (await TryReceiveAsync(address, most, delete, cancellationToken) is { Count: > 0 } messages) return messages;
            try
            {
                await arrived.WaitAsync(either.Token);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                // nobody wakes us for what another process sent
                return _notifies ? await TryReceiveAsync(address, most, delete, cancellationToken) : [];
            }
        }
    }

    /// <summary>Receives what is there now, locked, or deleted at once.</summary>
    public async Task<IReadOnlyList<ServiceBusReceivedMessage>> TryReceiveAsync(
        QueueAddress address, int most, bool delete, CancellationToken cancellationToken)
    {
        // a lock that has ended is for the tick to take away: this may have been the last delivery
        const string Ready = """
            SELECT sequence FROM emulator.messages
            WHERE queue = $1 AND state = $2 AND locked_until IS NULL AND (expires_at IS NULL OR expires_at > $3 OR state = 3)
            ORDER BY sequence LIMIT $4 FOR UPDATE SKIP LOCKED
            """;
        await using var batch = _database.CreateBatch();
        batch.BatchCommands.Add(new NpgsqlBatchCommand(delete ? InOrder : $"{InOrder}, {Unhurried}"));
        var command = new NpgsqlBatchCommand(delete
            ? $"WITH ready AS ({Ready}) DELETE FROM emulator.messages m USING ready WHERE m.sequence = ready.sequence RETURNING {Columns}"
            : $"""
              WITH ready AS ({Ready})
              UPDATE emulator.messages m
              SET delivery_count = m.delivery_count + CASE WHEN m.state = 3 THEN 0 ELSE 1 END, lock_token = gen_random_uuid(), locked_until = $3 + q.lock_duration, locked_by_host = $5
              FROM ready, emulator.queues q
              WHERE m.sequence = ready.sequence AND q.name = m.queue
              RETURNING {Columns}
              """);
        command.Parameters.Add(Sql.Text(address.Queue));
        command.Parameters.Add(new NpgsqlParameter<short> { TypedValue = (short)(address.Dead ? 3 : 0) });
        command.Parameters.Add(Sql.Instant(_clock.GetUtcNow()));
        command.Parameters.Add(Sql.Number(most));
        if (!delete) command.Parameters.Add(Sql.Flag(!_notifies));
        batch.BatchCommands.Add(command);
        var messages = new List<ServiceBusReceivedMessage>();
        await using (var reader = await batch.ExecuteReaderAsync(cancellationToken))
        {
            await reader.NextResultAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken)) messages.Add(Read(reader));
        }
        if (messages.Count > 0 && !delete) await LockedAsync(address, messages[0].LockedUntil);
        else if (messages.Count == 0 && !await ExistsAsync(address.Queue, cancellationToken)) throw await NotFoundAsync(address.Queue);
        messages.Sort(static (one, other) => one.SequenceNumber.CompareTo(other.SequenceNumber));
        return messages;
    }

    /// <summary>Receives deferred messages by their numbers.</summary>
    public async Task<IReadOnlyList<ServiceBusReceivedMessage>> ReceiveDeferredAsync(QueueAddress address, long[] sequences, bool delete, CancellationToken cancellationToken)
    {
        await using var command = _database.CreateCommand(delete
            ? $"DELETE FROM emulator.messages m WHERE queue = $1 AND state = 1 AND sequence = ANY($2) AND (locked_until IS NULL OR locked_until <= $3) RETURNING {Columns}"
            : $"""
              UPDATE emulator.messages m
              SET delivery_count = m.delivery_count + 1, lock_token = gen_random_uuid(), locked_until = $3 + q.lock_duration, locked_by_host = $4
              FROM emulator.queues q
              WHERE m.queue = $1 AND m.state = 1 AND m.sequence = ANY($2) AND (m.locked_until IS NULL OR m.locked_until <= $3) AND q.name = m.queue
              RETURNING {Columns}
              """);
        command.Parameters.Add(Sql.Text(address.Queue));
        command.Parameters.Add(Sql.Array(sequences, NpgsqlDbType.Bigint));
        command.Parameters.Add(Sql.Instant(_clock.GetUtcNow()));
        if (!delete) command.Parameters.Add(Sql.Flag(!_notifies));
        var messages = await ReadAsync(command, cancellationToken);
        if (messages.Count > 0 && !delete) await LockedAsync(address, messages[0].LockedUntil);
        if (messages.Count < sequences.Length)
            throw new ServiceBusException("Failed to lock one or more specified messages. The message does not exist.", ServiceBusFailureReason.MessageNotFound, address.ToString());
        return messages;
    }

    /// <summary>Looks at messages without receiving them.</summary>
    public async Task<IReadOnlyList<ServiceBusReceivedMessage>> PeekAsync(QueueAddress address, int most, long from, CancellationToken cancellationToken)
    {
        await using var command = _database.CreateCommand($"""
            SELECT {Columns}
            FROM unnest($3) AS wanted (state)
            CROSS JOIN LATERAL (
              SELECT * FROM emulator.messages WHERE queue = $1 AND state = wanted.state AND sequence >= $2 ORDER BY sequence LIMIT $4
            ) m
            ORDER BY m.sequence LIMIT $4
            """);
        command.Parameters.Add(Sql.Text(address.Queue));
        command.Parameters.Add(Sql.Number(from));
        command.Parameters.Add(Sql.Array<short>(address.Dead ? [3] : [0, 1, 2], NpgsqlDbType.Smallint));
        command.Parameters.Add(Sql.Number(most));
        var messages = await ReadAsync(command, cancellationToken);
        if (messages.Count == 0 && !await ExistsAsync(address.Queue, cancellationToken)) throw await NotFoundAsync(address.Queue);
        return messages;
    }

    /// <summary>Whether there is such a queue.</summary>
    public async Task<bool> ExistsAsync(string queue, CancellationToken cancellationToken)
    {
        await using var command = _database.CreateCommand("SELECT 1 FROM emulator.queues WHERE name = $1");
        command.Parameters.Add(Sql.Text(QueueAddress.Name(queue)));
        return await command.ExecuteScalarAsync(cancellationToken) is not null;
    }

    // a lock taken by another process ends without the emulator's knowing, unless it is told
    private Task LockedAsync(QueueAddress address, DateTimeOffset until)
    {
        OnSchedule?.Invoke(until);
        return _notifies ? NotifyAsync(address.Queue) : Task.CompletedTask;
    }

    private static async Task<List<ServiceBusReceivedMessage>> ReadAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        var messages = new List<ServiceBusReceivedMessage>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken)) messages.Add(Read(reader));
        return messages;
    }

    private static ServiceBusReceivedMessage Read(NpgsqlDataReader row)
    {
        string? Text(int column) => row.IsDBNull(column) ? null : row.GetString(column);
        DateTimeOffset Instant(int column) => row.IsDBNull(column) ? default : row.GetFieldValue<DateTimeOffset>(column);
        var properties = MessageProperties.Read(Text(10));
        var state = row.GetInt16(1);
        if (Text(17) is { } reason) properties["DeadLetterReason"] = reason;
        if (Text(18) is { } description) properties["DeadLetterErrorDescription"] = description;
        return new ServiceBusReceivedMessage
        {
            SequenceNumber = row.GetInt64(0),
            EnqueuedSequenceNumber = row.GetInt64(0),
            State = state == 3 ? ServiceBusMessageState.Active : (ServiceBusMessageState)state,
            MessageId = row.GetString(2),
            Body = BinaryData.FromBytes(row.GetFieldValue<byte[]>(3)),
            ContentType = Text(4),
            CorrelationId = Text(5),
            Subject = Text(6),
            ReplyTo = Text(7),
            To = Text(8),
            PartitionKey = Text(9),
            ApplicationProperties = properties,
            TimeToLive = row.IsDBNull(11) ? TimeSpan.MaxValue : row.GetTimeSpan(11),
            EnqueuedTime = Instant(12),
            ScheduledEnqueueTime = Instant(13),
            DeliveryCount = row.GetInt32(14),
            LockTokenGuid = row.IsDBNull(15) ? Guid.Empty : row.GetGuid(15),
            LockedUntil = Instant(16),
            DeadLetterSource = state == 3 ? row.GetString(19) : null,
        };
    }
}
