using System.Collections.Concurrent;
using System.Data;
using System.Diagnostics;
using Dapper;
using Npgsql;
using NpgsqlTypes;

namespace Podium.Platform.Databases;

/// <summary>
/// Statements that run as an actor. The actor, the app's time and the trace travel in front of the first statement, in the same round trip;
/// it ends with the transaction, so a pooled connection never remembers it.
/// </summary>
public sealed class Session
{
    private const string Introduction = "CALL act_as(@__tenant, @__user, @__address, @__now, @__trace);\n";

    private readonly Database _database;
    private readonly NpgsqlDataSource? _source;
    private readonly NpgsqlConnection? _connection;
    private readonly NpgsqlTransaction? _transaction;
    private readonly Actor? _actor;
    private readonly bool _repeatable;
    private List<Func<Task>>? _afterCommit;
    private Dictionary<Type, object>? _collected;
    private bool _introduced;

    private Session(Database database, string shard, NpgsqlDataSource? source, NpgsqlConnection? connection, NpgsqlTransaction? transaction, Actor? actor, bool repeatable)
    {
        Shard = shard;
        _database = database;
        _source = source;
        _connection = connection;
        _transaction = transaction;
        _actor = actor;
        _repeatable = repeatable;
    }

    /// <summary>The transaction's connection, for COPY; only after a first statement has introduced the actor.</summary>
    public NpgsqlConnection Connection =>
        _connection is not null && (_introduced || _actor is null)
            ? _connection
            : throw new InvalidOperationException("A bare connection is there inside a transaction only, after its first statement.");

    public async Task<IReadOnlyList<T>> QueryAsync<T>(string sql, object? args = null, CancellationToken cancellationToken = default) =>
        await RunAsync(sql, args, static async (connection, command) => (await connection.QueryAsync<T>(command)).AsList(), cancellationToken);

    /// <summary>The first row, or null.</summary>
    public Task<T?> FirstAsync<T>(string sql, object? args = null, CancellationToken cancellationToken = default) =>
        RunAsync(sql, args, static (connection, command) => connection.QueryFirstOrDefaultAsync<T>(command), cancellationToken);

    /// <summary>The one row that must be there.</summary>
    public Task<T> SingleAsync<T>(string sql, object? args = null, CancellationToken cancellationToken = default) =>
        RunAsync(sql, args, static (connection, command) => connection.QuerySingleAsync<T>(command), cancellationToken);

    /// <summary>How many rows the statements changed.</summary>
    public Task<int> ExecuteAsync(string sql, object? args = null, CancellationToken cancellationToken = default) =>
        RunAsync(sql, args, static (connection, command) => connection.ExecuteAsync(command), cancellationToken);

    /// <summary>Several results from one round trip.</summary>
    public Task<T> QueryManyAsync<T>(string sql, object? args, Func<SqlMapper.GridReader, Task<T>> read, CancellationToken cancellationToken = default) =>
        RunAsync(
            sql,
            args,
            async (connection, command) =>
            {
                await using var grid = await connection.QueryMultipleAsync(command);
                return await read(grid);
            },
            cancellationToken);

    /// <summary>The shard that the session works on.</summary>
    public string Shard { get; }

    /// <summary>Does something once the transaction is committed; at once for a single statement, which is. A crash in between loses it.</summary>
    public Task AfterCommitAsync(Func<Task> action)
    {
        if (_connection is null) return action();
        (_afterCommit ??= []).Add(action);
        return Task.CompletedTask;
    }

    /// <summary>Something that a platform part collects while the transaction runs.</summary>
    public T Collected<T>() where T : class, new()
    {
        _collected ??= [];
        if (!_collected.TryGetValue(typeof(T), out var found)) _collected[typeof(T)] = found = new T();
        return (T)found;
    }

    internal static Session Single(NpgsqlDataSource source, string shard, Actor? actor, Database database, bool repeatable = false) =>
        new(database, shard, source, null, null, actor, repeatable);

    internal static Session Of(NpgsqlConnection connection, NpgsqlTransaction transaction, string shard, Actor? actor, Database database) =>
        new(database, shard, null, connection, transaction, actor, repeatable: false);

    internal async Task CommittedAsync()
    {
        foreach (var action in _afterCommit ?? []) await action();
    }

    private Task<T> RunAsync<T>(string sql, object? args, Func<NpgsqlConnection, CommandDefinition, Task<T>> run, CancellationToken cancellationToken)
    {
        if (_connection is null) return RunSingleAsync(sql, args, run, cancellationToken);
        var introduce = _actor is not null && !_introduced;
        _introduced = true;
        return run(_connection, Command(sql, args, introduce, cancellationToken));
    }

    private async Task<T> RunSingleAsync<T>(string sql, object? args, Func<NpgsqlConnection, CommandDefinition, Task<T>> run, CancellationToken cancellationToken)
    {
        var sent = false;
        return await _database.RetryAsync(
            async () =>
            {
                sent = false;
                await using var connection = await _source!.OpenConnectionAsync(cancellationToken);
                sent = true;
                return await run(connection, Command(sql, args, _actor is not null, cancellationToken));
            },
            error => Database.WasRolledBack(error) || ((_repeatable || !sent) && Database.IsConnectionLoss(error)),
            cancellationToken);
    }

    private CommandDefinition Command(string sql, object? args, bool introduce, CancellationToken cancellationToken) =>
        introduce
            ? new CommandDefinition(Introduction + sql, new IntroducedArguments(_actor!, _database.Clock.GetUtcNow(), args), _transaction, cancellationToken: cancellationToken)
            : new CommandDefinition(sql, args, _transaction, cancellationToken: cancellationToken);

    private sealed class IntroducedArguments(Actor actor, DateTimeOffset now, object? args) : SqlMapper.IDynamicParameters
    {
        // what Dapper compiles for a statement and a type of arguments; its DynamicParameters would copy every parameter besides
        private static readonly ConcurrentDictionary<(string Sql, Type Args), Action<IDbCommand, object>> Writers = new();

        public void AddParameters(IDbCommand command, SqlMapper.Identity identity)
        {
            if (args is SqlMapper.IDynamicParameters own) own.AddParameters(command, identity);
            else if (args is IEnumerable<KeyValuePair<string, object?>>) ((SqlMapper.IDynamicParameters)new DynamicParameters(args)).AddParameters(command, identity);
            else if (args is not null) WriterOf(identity, args.GetType())(command, args);
            var parameters = ((NpgsqlCommand)command).Parameters;
            parameters.Add(new NpgsqlParameter<Guid>("__tenant", NpgsqlDbType.Uuid) { TypedValue = actor.TenantId });
            parameters.Add(new NpgsqlParameter("__user", NpgsqlDbType.Uuid) { Value = (object?)actor.UserId ?? DBNull.Value });
            parameters.Add(new NpgsqlParameter("__address", NpgsqlDbType.Inet) { Value = (object?)actor.Address ?? DBNull.Value });
            parameters.Add(new NpgsqlParameter<DateTime>("__now", NpgsqlDbType.TimestampTz) { TypedValue = now.UtcDateTime });
            parameters.Add(new NpgsqlParameter("__trace", NpgsqlDbType.Text) { Value = (object?)Activity.Current?.TraceId.ToHexString() ?? DBNull.Value });
        }

        private static Action<IDbCommand, object> WriterOf(SqlMapper.Identity identity, Type type) =>
            Writers.TryGetValue((identity.Sql, type), out var known)
                ? known
                : Writers[(identity.Sql, type)] = SqlMapper.CreateParamInfoGenerator(identity.ForDynamicParameters(type), checkForDuplicates: false, removeUnused: true);
    }
}
