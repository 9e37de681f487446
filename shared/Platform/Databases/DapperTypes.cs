using System.Data;
using System.Net;
using System.Text.Json;
using Dapper;
using Npgsql;
using NpgsqlTypes;

namespace Podium.Platform.Databases;

/// <summary>Teaches Dapper the types that our columns have.</summary>
internal static class DapperTypes
{
    private static readonly Lock Once = new();
    private static bool Registered;

    public static void Register()
    {
        lock (Once)
        {
            if (Registered) return;
            Registered = true;
            DefaultTypeMap.MatchNamesWithUnderscores = true;
            SqlMapper.AddTypeHandler(new InstantHandler());
            SqlMapper.AddTypeHandler(new DayHandler());
            SqlMapper.AddTypeHandler(new JsonHandler());
            SqlMapper.AddTypeHandler(new AddressHandler());
            SqlMapper.AddTypeHandler(new ArrayHandler<string>(NpgsqlDbType.Text));
            SqlMapper.AddTypeHandler(new ArrayHandler<Guid>(NpgsqlDbType.Uuid));
            SqlMapper.AddTypeHandler(new ArrayHandler<int>(NpgsqlDbType.Integer));
            SqlMapper.AddTypeHandler(new ArrayHandler<short>(NpgsqlDbType.Smallint));
            SqlMapper.AddTypeHandler(new ArrayHandler<long>(NpgsqlDbType.Bigint));
            SqlMapper.AddTypeHandler(new ArrayHandler<byte[]>(NpgsqlDbType.Bytea));
            SqlMapper.AddTypeHandler(new ArrayHandler<DateTime>(NpgsqlDbType.TimestampTz));
            SqlMapper.AddTypeHandler(new ArrayHandler<DateOnly>(NpgsqlDbType.Date));
            SqlMapper.AddTypeHandler(new TimeHandler());
        }
    }

    private sealed class InstantHandler : SqlMapper.TypeHandler<DateTimeOffset>
    {
        public override void SetValue(IDbDataParameter parameter, DateTimeOffset value)
        {
            parameter.Value = value.UtcDateTime;
            ((NpgsqlParameter)parameter).NpgsqlDbType = NpgsqlDbType.TimestampTz;
        }

        public override DateTimeOffset Parse(object value) => value is DateTimeOffset instant ? instant : new DateTimeOffset((DateTime)value);
    }

    private sealed class DayHandler : SqlMapper.TypeHandler<DateOnly>
    {
        public override void SetValue(IDbDataParameter parameter, DateOnly value)
        {
            parameter.Value = value;
            ((NpgsqlParameter)parameter).NpgsqlDbType = NpgsqlDbType.Date;
        }

        public override DateOnly Parse(object value) => value is DateOnly day ? day : DateOnly.FromDateTime((DateTime)value);
    }

    private sealed class TimeHandler : SqlMapper.TypeHandler<TimeOnly>
    {
        public override void SetValue(IDbDataParameter parameter, TimeOnly value)
        {
            parameter.Value = value;
            ((NpgsqlParameter)parameter).NpgsqlDbType = NpgsqlDbType.Time;
        }

        public override TimeOnly Parse(object value) => value is TimeOnly time ? time : TimeOnly.FromTimeSpan((TimeSpan)value);
    }

    private sealed class JsonHandler : SqlMapper.TypeHandler<JsonElement>
    {
        public override void SetValue(IDbDataParameter parameter, JsonElement value)
        {
            parameter.Value = value.GetRawText();
            ((NpgsqlParameter)parameter).NpgsqlDbType = NpgsqlDbType.Jsonb;
        }

        public override JsonElement Parse(object value) => JsonElement.Parse((string)value);
    }

    // without it Dapper sees a System.Array, which fits no record
    private sealed class ArrayHandler<T>(NpgsqlDbType element) : SqlMapper.TypeHandler<T[]>
    {
        public override void SetValue(IDbDataParameter parameter, T[]? value)
        {
            parameter.Value = (object?)value ?? DBNull.Value;
            ((NpgsqlParameter)parameter).NpgsqlDbType = NpgsqlDbType.Array | element;
        }

        public override T[]? Parse(object value) => (T[])value;
    }

    private sealed class AddressHandler : SqlMapper.TypeHandler<IPAddress>
    {
        public override void SetValue(IDbDataParameter parameter, IPAddress? value)
        {
            parameter.Value = (object?)value ?? DBNull.Value;
            ((NpgsqlParameter)parameter).NpgsqlDbType = NpgsqlDbType.Inet;
        }

        public override IPAddress? Parse(object value) => value as IPAddress;
    }
}
