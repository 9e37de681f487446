using Npgsql;
using NpgsqlTypes;
using Podium.Emulator.Database;

namespace Podium.Emulator.Timers;

/// <summary>Remembers when timers ran and run next, so that a run missed by a stop is made up for.</summary>
public sealed class TimerMonitor(EmulatorDatabase database, TimeProvider clock)
{
    /// <summary>Reads what is remembered.</summary>
    public async Task<IReadOnlyDictionary<string, Entry>> LoadAsync(CancellationToken cancellationToken)
    {
        var entries = new Dictionary<string, Entry>(StringComparer.OrdinalIgnoreCase);
        await using var command = database.Source.CreateCommand("SELECT function_name, schedule, last, next FROM emulator.timers");
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            var entry = new Entry(
                reader.GetString(0), reader.GetString(1),
                reader.IsDBNull(2) ? null : reader.GetFieldValue<DateTimeOffset>(2),
                reader.GetFieldValue<DateTimeOffset>(3));
            entries[entry.Function] = entry;
        }
        return entries;
    }

    /// <summary>Keeps one timer's status.</summary>
    public async Task SaveAsync(Entry entry, CancellationToken cancellationToken)
    {
        await using var command = database.Source.CreateCommand("""
            INSERT INTO emulator.timers (function_name, schedule, last, next, updated)
            VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (function_name) DO UPDATE
            SET schedule = excluded.schedule, last = excluded.last, next = excluded.next, updated = excluded.updated
            """);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = entry.Function });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = entry.Schedule });
        command.Parameters.Add(new NpgsqlParameter { Value = (object?)entry.Last ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.TimestampTz });
        command.Parameters.Add(new NpgsqlParameter<DateTimeOffset> { TypedValue = entry.Next });
        command.Parameters.Add(new NpgsqlParameter<DateTimeOffset> { TypedValue = clock.GetUtcNow() });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>One timer's status.</summary>
    public sealed record Entry(string Function, string Schedule, DateTimeOffset? Last, DateTimeOffset Next);
}
