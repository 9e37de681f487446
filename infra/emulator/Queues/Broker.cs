using Azure.Messaging.ServiceBus;
using Npgsql;
using Podium.Emulator.Clock;

namespace Podium.Emulator.Queues;

/// <summary>Queues over PostgreSQL: every operation is one statement, every wait is the clock's.</summary>
internal sealed partial class Broker
{
    public const string NotifyChannel = "podium_queue";

    private readonly NpgsqlDataSource _database;
    private readonly TimeProvider _clock;
    private readonly bool _notifies;
    private readonly QueueListeners _listeners = new();
    private readonly Combiner<(long Sequence, Guid Token), bool> _completions;

    public Broker(NpgsqlDataSource database, TimeProvider clock, WorkTracker tracker, bool notifies)
    {
        _database = database;
        _clock = clock;
        _notifies = notifies;
        Tracker = tracker;
        _completions = new Combiner<(long, Guid), bool>(200, CompleteAllAsync);
    }

    public WorkTracker Tracker { get; }

    public TimeProvider Clock => _clock;

    /// <summary>Called with an instant at which something may become due: a lock's end, a scheduled message, an expiry.</summary>
    public Action<DateTimeOffset>? OnSchedule { get; set; }

    /// <summary>Asks to be told when the queue may have something to receive.</summary>
    public IDisposable Listen(QueueAddress address, Action wake) => _listeners.Add(address, wake);

    public void Wake(QueueAddress address) => _listeners.Wake(address);

    public void WakeAll() => _listeners.WakeAll();

    /// <summary>Declares queues; one whose properties changed is updated.</summary>
    public async Task DeclareAsync(IEnumerable<QueueProperties> queues, CancellationToken cancellationToken)
    {
        await using var batch = _database.CreateBatch();
        foreach (var queue in queues)
        {
            var command = new NpgsqlBatchCommand("""
                INSERT INTO emulator.queues (name, lock_duration, max_delivery_count, default_time_to_live, dead_letter_on_expiration, duplicate_window)
                VALUES ($1, $2, $3, $4, $5, $6)
                ON CONFLICT (name) DO UPDATE
                SET lock_duration = excluded.lock_duration, max_delivery_count = excluded.max_delivery_count,
                    default_time_to_live = excluded.default_time_to_live, dead_letter_on_expiration = excluded.dead_letter_on_expiration,
                    duplicate_window = excluded.duplicate_window
                """);
            command.Parameters.Add(Sql.Text(QueueAddress.Name(queue.Name)));
            command.Parameters.Add(Sql.Interval(queue.LockDuration));
            command.Parameters.Add(Sql.Number(queue.MaxDeliveryCount));
            command.Parameters.Add(Sql.Interval(queue.DefaultTimeToLive));
            command.Parameters.Add(Sql.Flag(queue.DeadLetterOnExpiration));
            command.Parameters.Add(Sql.Interval(queue.DuplicateWindow));
            batch.BatchCommands.Add(command);
        }
        if (batch.BatchCommands.Count > 0) await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>The locks of a host that was killed are nobody's now; their deliveries still count.</summary>
    public async Task ReleaseLocksOfHostAsync(CancellationToken cancellationToken)
    {
        await using var command = _database.CreateCommand($"""
            UPDATE emulator.messages m SET {UnlockOrBury}
            FROM emulator.queues q
            WHERE q.name = m.queue AND m.locked_by_host AND m.locked_until IS NOT NULL
            """);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    // what becomes of a message whose delivery was in vain: back into the queue, or dead once it was delivered often enough
    private const string UnlockOrBury = """
        lock_token = NULL, locked_until = NULL, locked_by_host = false,
            dead_letter_reason = CASE WHEN m.state IN (0, 1) AND m.delivery_count >= q.max_delivery_count THEN 'MaxDeliveryCountExceeded' ELSE m.dead_letter_reason END,
            dead_letter_description = CASE WHEN m.state IN (0, 1) AND m.delivery_count >= q.max_delivery_count
              THEN 'Message could not be consumed after ' || q.max_delivery_count || ' delivery attempts.' ELSE m.dead_letter_description END,
            state = CASE WHEN m.state IN (0, 1) AND m.delivery_count >= q.max_delivery_count THEN 3 ELSE m.state END
        """;

    private async Task ChangedAsync(string queue, bool dead = true)
    {
        Wake(new QueueAddress(queue, false));
        if (dead) Wake(new QueueAddress(queue, true));
        if (_notifies) await NotifyAsync(queue);
    }

    private async Task NotifyAsync(string queue)
    {
        await using var notify = _database.CreateCommand("SELECT pg_notify($1, $2)");
        notify.Parameters.Add(Sql.Text(NotifyChannel));
        notify.Parameters.Add(Sql.Text(queue));
        await notify.ExecuteNonQueryAsync();
    }

    private async Task<ServiceBusException> NotFoundAsync(string queue)
    {
        await using var known = _database.CreateCommand("SELECT string_agg(name, ', ' ORDER BY name) FROM emulator.queues");
        var names = await known.ExecuteScalarAsync() as string;
        return new ServiceBusException(
            $"The messaging entity '{queue}' could not be found. The queues of servicebus.json are: {names ?? "none"}.", ServiceBusFailureReason.MessagingEntityNotFound, queue);
    }
}
