using Azure.Messaging.ServiceBus;
using Npgsql;
using NpgsqlTypes;

namespace Podium.Emulator.Queues;

internal sealed partial class Broker
{
    /// <summary>The message is done with.</summary>
    public async Task CompleteAsync(QueueAddress address, ServiceBusReceivedMessage message, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Settled(message, await _completions.RunAsync((message.SequenceNumber, message.LockTokenGuid)), address);
    }

    /// <summary>The message goes back; the next receiver has it at once, or it is dead when this was its last delivery.</summary>
    public async Task AbandonAsync(QueueAddress address, ServiceBusReceivedMessage message, IDictionary<string, object?>? properties, CancellationToken cancellationToken)
    {
        using var work = Tracker.Begin($"abandon in {address}");
        await using var command = _database.CreateCommand($"""
            UPDATE emulator.messages m SET {UnlockOrBury}, properties = coalesce(m.properties, jsonb_build_object()) || coalesce($4, jsonb_build_object())
            FROM emulator.queues q
            WHERE m.sequence = $1 AND m.lock_token = $2 AND m.locked_until > $3 AND q.name = m.queue
            """);
        await SettleAsync(command, address, message, properties, cancellationToken);
    }

    /// <summary>The message stays aside until it is asked for by its number.</summary>
    public async Task DeferAsync(QueueAddress address, ServiceBusReceivedMessage message, IDictionary<string, object?>? properties, CancellationToken cancellationToken)
    {
        await using var command = _database.CreateCommand("""
            UPDATE emulator.messages m
            SET state = 1, lock_token = NULL, locked_until = NULL, locked_by_host = false, properties = coalesce(m.properties, jsonb_build_object()) || coalesce($4, jsonb_build_object())
            WHERE m.sequence = $1 AND m.lock_token = $2 AND m.locked_until > $3 AND m.state <> 3
            """);
        await SettleAsync(command, address, message, properties, cancellationToken);
    }

    /// <summary>The message is given up, with a reason.</summary>
    public async Task DeadLetterAsync(
        QueueAddress address, ServiceBusReceivedMessage message, IDictionary<string, object?>? properties, string? reason, string? description, CancellationToken cancellationToken)
    {
        using var work = Tracker.Begin($"dead letter in {address}");
        await using var command = _database.CreateCommand("""
            UPDATE emulator.messages m
            SET state = 3, lock_token = NULL, locked_until = NULL, locked_by_host = false, dead_letter_reason = $5, dead_letter_description = $6,
                properties = coalesce(m.properties, jsonb_build_object()) || coalesce($4, jsonb_build_object())
            WHERE m.sequence = $1 AND m.lock_token = $2 AND m.locked_until > $3
            """);
        await SettleAsync(command, address, message, properties, cancellationToken, Sql.Text(reason), Sql.Text(description));
    }

    /// <summary>The receiver needs more time.</summary>
    public async Task RenewAsync(QueueAddress address, ServiceBusReceivedMessage message, CancellationToken cancellationToken)
    {
        await using var command = _database.CreateCommand("""
            UPDATE emulator.messages m SET locked_until = $3 + q.lock_duration
            FROM emulator.queues q
            WHERE m.sequence = $1 AND m.lock_token = $2 AND m.locked_until > $3 AND q.name = m.queue
            RETURNING m.locked_until
            """);
        AddKey(command, message);
        message.LockedUntil = await command.ExecuteScalarAsync(cancellationToken) is DateTime until ? new DateTimeOffset(until) : throw LockLost(address);
        OnSchedule?.Invoke(message.LockedUntil);
    }

    private async Task<IReadOnlyList<bool>> CompleteAllAsync(IReadOnlyList<(long Sequence, Guid Token)> messages)
    {
        using var work = Tracker.Begin("complete messages");
        await using var batch = _database.CreateBatch();
        batch.BatchCommands.Add(new NpgsqlBatchCommand($"SELECT {Unhurried}"));
        var command = new NpgsqlBatchCommand("""
            DELETE FROM emulator.messages m
            USING unnest($1, $2) AS done (sequence, token)
            WHERE m.sequence = done.sequence AND m.lock_token = done.token AND m.locked_until > $3
            RETURNING m.sequence
            """);
        command.Parameters.Add(Sql.Array([.. messages.Select(message => message.Sequence)], NpgsqlDbType.Bigint));
        command.Parameters.Add(Sql.Array([.. messages.Select(message => message.Token)], NpgsqlDbType.Uuid));
        command.Parameters.Add(Sql.Instant(_clock.GetUtcNow()));
        batch.BatchCommands.Add(command);
        var done = new HashSet<long>();
        await using var reader = await batch.ExecuteReaderAsync();
        await reader.NextResultAsync();
        while (await reader.ReadAsync()) done.Add(reader.GetInt64(0));
        return [.. messages.Select(message => done.Contains(message.Sequence))];
    }

    private async Task SettleAsync(
        NpgsqlCommand command, QueueAddress address, ServiceBusReceivedMessage message, IDictionary<string, object?>? properties,
        CancellationToken cancellationToken, params NpgsqlParameter[] more)
    {
        AddKey(command, message);
        command.Parameters.Add(Sql.Json(properties is null ? null : MessageProperties.Write(properties)));
        foreach (var parameter in more) command.Parameters.Add(parameter);
        Settled(message, await command.ExecuteNonQueryAsync(cancellationToken) == 1, address);
        // what expired while it was locked is due now
        if (message.ExpiresAt <= _clock.GetUtcNow()) OnSchedule?.Invoke(message.ExpiresAt);
        await ChangedAsync(address.Queue);
    }

    private void AddKey(NpgsqlCommand command, ServiceBusReceivedMessage message)
    {
        command.Parameters.Add(Sql.Number(message.SequenceNumber));
        command.Parameters.Add(Sql.Id(message.LockTokenGuid));
        command.Parameters.Add(Sql.Instant(_clock.GetUtcNow()));
    }

    private static void Settled(ServiceBusReceivedMessage message, bool done, QueueAddress address)
    {
        if (!done) throw LockLost(address);
        message.IsSettled = true;
    }

    private static ServiceBusException LockLost(QueueAddress address) => new(
        "The lock supplied is invalid. Either the lock expired, or the message has already been removed from the queue.", ServiceBusFailureReason.MessageLockLost, address.ToString());
}
