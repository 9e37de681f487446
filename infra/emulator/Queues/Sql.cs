using Npgsql;
using NpgsqlTypes;

namespace Podium.Emulator.Queues;

/// <summary>Short names for typed parameters.</summary>
internal static class Sql
{
    public static NpgsqlParameter Text(string? value) => new() { Value = (object?)value ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text };

    public static NpgsqlParameter Number(int value) => new NpgsqlParameter<int> { TypedValue = value };

    public static NpgsqlParameter Number(long value) => new NpgsqlParameter<long> { TypedValue = value };

    public static NpgsqlParameter Flag(bool value) => new NpgsqlParameter<bool> { TypedValue = value };

    public static NpgsqlParameter Id(Guid value) => new NpgsqlParameter<Guid> { TypedValue = value };

    public static NpgsqlParameter Instant(DateTimeOffset? value) =>
        new() { Value = value is { } instant ? instant.UtcDateTime : DBNull.Value, NpgsqlDbType = NpgsqlDbType.TimestampTz };

    public static NpgsqlParameter Interval(TimeSpan? value) => new() { Value = (object?)value ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Interval };

    public static NpgsqlParameter Json(string? value) => new() { Value = (object?)value ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Jsonb };

    public static NpgsqlParameter Array<T>(T[] values, NpgsqlDbType element) => new() { Value = values, NpgsqlDbType = NpgsqlDbType.Array | element };
}
