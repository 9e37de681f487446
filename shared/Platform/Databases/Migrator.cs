using System.Diagnostics;
using Dapper;
using Npgsql;

namespace Podium.Platform.Databases;

/// <summary>Brings one database's schema up or down. Racing deploys wait for each other.</summary>
public sealed class Migrator(NpgsqlDataSource owner, TimeProvider clock, IReadOnlyList<Migration>? migrations = null)
{
    // any number will do as long as nobody else in this database uses it
    private const long Lock = 0x506f6469756d;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly IReadOnlyList<Migration> _migrations = migrations ?? Migration.All;

    /// <summary>One migration as the database has it.</summary>
    public sealed record State(int Version, string Name, DateTimeOffset? AppliedAt, string? AppliedBy, long? ExecutionTimeMs, string? Fault, long? Moved);

    /// <summary>What has just been done; a data move reports after every batch.</summary>
    public sealed record Step(Migration Migration, bool Up, bool Finished, long Moved, TimeSpan Elapsed);

    /// <summary>Applies what is missing, up to a version or all.</summary>
    public async Task<IReadOnlyList<Migration>> UpAsync(string appliedBy, int? target = null, IProgress<Step>? progress = null, CancellationToken cancellationToken = default)
    {
        // the usual start of an app finds all done, and need not wait for anyone
        if (target is null && (await StatusAsync(cancellationToken)).All(state => state.AppliedAt is not null && state.Fault is null)) return [];
        return await LockedAsync(
            async connection =>
            {
                await connection.ExecuteAsync(new CommandDefinition(Migration.Roles, cancellationToken: cancellationToken));
                var applied = await AppliedAsync(connection, cancellationToken);
                ThrowOnFault(applied);
                var missing = _migrations.Where(migration => !applied.ContainsKey(migration.Version) && migration.Version <= (target ?? int.MaxValue)).ToList();
                foreach (var migration in missing) await RunAsync(connection, migration, up: true, appliedBy, progress, cancellationToken);
                return missing;
            },
            cancellationToken);
    }

    /// <summary>Takes back what came after a version; 0 takes back all.</summary>
    public async Task<IReadOnlyList<Migration>> DownAsync(int target, string by, IProgress<Step>? progress = null, CancellationToken cancellationToken = default)
    {
        return await LockedAsync(
            async connection =>
            {
                var applied = await AppliedAsync(connection, cancellationToken);
                ThrowOnFault(applied);
                var moves = await MovesAsync(connection, cancellationToken);
                if (_migrations.FirstOrDefault(migration => moves.ContainsKey(migration.Version) && !applied.ContainsKey(migration.Version)) is { } halfDone)
                    throw new MigrationException($"{halfDone}: its data move is under way; finish it before anything is taken back.");
                var surplus = _migrations.Where(migration => applied.ContainsKey(migration.Version) && migration.Version > target).Reverse().ToList();
                foreach (var migration in surplus) await RunAsync(connection, migration, up: false, by, progress, cancellationToken);
                return surplus;
            },
            cancellationToken);
    }

    /// <summary>Every migration known here or there, with what is wrong with it.</summary>
    public async Task<IReadOnlyList<State>> StatusAsync(CancellationToken cancellationToken = default)
    {
        await using var connection = await owner.OpenConnectionAsync(cancellationToken);
        var applied = await AppliedAsync(connection, cancellationToken);
        var moves = await MovesAsync(connection, cancellationToken);
        var known = _migrations.Select(migration => applied.TryGetValue(migration.Version, out var row)
            ? new State(migration.Version, migration.Name, row.AppliedAt, row.AppliedBy, row.ExecutionTimeMs, FaultOf(row), null)
            : new State(migration.Version, migration.Name, null, null, null, null, moves.TryGetValue(migration.Version, out var moved) ? moved : null));
        var unknown = applied.Values
            .Where(row => _migrations.All(migration => migration.Version != row.Version))
            .Select(row => new State(row.Version, row.Name, row.AppliedAt, row.AppliedBy, row.ExecutionTimeMs, FaultOf(row), null));
        return [.. known.Concat(unknown).OrderBy(state => state.Version)];
    }

    private static bool IsMissingTable(PostgresException error) => error.SqlState == PostgresErrorCodes.UndefinedTable;

    private static async Task<Dictionary<int, Row>> AppliedAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        const string sql = "SELECT version, name, applied_at, applied_by, execution_time_ms, checksum FROM schema_migrations";
        try
        {
            return (await connection.QueryAsync<Row>(new CommandDefinition(sql, cancellationToken: cancellationToken))).ToDictionary(row => row.Version);
        }
        catch (PostgresException error) when (IsMissingTable(error))
        {
            return [];
        }
    }

    private static async Task<Dictionary<int, long>> MovesAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        try
        {
            var rows = await connection.QueryAsync<(int Version, long Moved)>(
                new CommandDefinition("SELECT version, moved FROM schema_migration_progress", cancellationToken: cancellationToken));
            return rows.ToDictionary(row => row.Version, row => row.Moved);
        }
        catch (PostgresException error) when (IsMissingTable(error))
        {
            return [];
        }
    }

    private string? FaultOf(Row row) => _migrations.FirstOrDefault(migration => migration.Version == row.Version) switch
    {
        null => "The database has it, this build does not: a newer build was here.",
        var migration when migration.Checksum != row.Checksum => "The file has changed since it was applied.",
        _ => null,
    };

    private void ThrowOnFault(Dictionary<int, Row> applied)
    {
        if (applied.Values.OrderBy(row => row.Version).FirstOrDefault(row => FaultOf(row) is not null) is { } row)
            throw new MigrationException($"{row.Version:0000}_{row.Name}: {FaultOf(row)}");
    }

    private async Task<T> LockedAsync<T>(Func<NpgsqlConnection, Task<T>> work, CancellationToken cancellationToken)
    {
        await using var connection = await owner.OpenConnectionAsync(cancellationToken);
        // A session's lock, since some migrations cannot run inside a transaction. Asked for again and again: a statement that waits for it
        // would hold a snapshot, and CREATE INDEX CONCURRENTLY in the session that has the lock waits for all snapshots to end.
        while (!await connection.ExecuteScalarAsync<bool>(new CommandDefinition("SELECT pg_try_advisory_lock(@Lock)", new { Lock }, cancellationToken: cancellationToken)))
            await Task.Delay(Pause, cancellationToken);
        try
        {
            return await work(connection);
        }
        finally
        {
            if (connection.State == System.Data.ConnectionState.Open)
                await connection.ExecuteAsync("RESET ROLE; SELECT pg_advisory_unlock(@Lock)", new { Lock });
        }
    }

    private async Task RunAsync(NpgsqlConnection connection, Migration migration, bool up, string by, IProgress<Step>? progress, CancellationToken cancellationToken)
    {
        var sql = up ? migration.Up : migration.Down;
        var statements = SqlScript.Statements(sql);
        var run = new Run(migration, up, by, Stopwatch.GetTimestamp());
        await connection.ExecuteAsync("SET ROLE podium_owner");
        switch (Migration.FormOf(sql))
        {
            case MigrationForm.Batches:
                await MoveAsync(connection, run, statements, progress, cancellationToken);
                break;
            case MigrationForm.NoTransaction:
                foreach (var statement in statements) await ExecuteAsync(connection, run, statement, cancellationToken);
                await RecordAsync(connection, run, cancellationToken);
                break;
            default:
                await using (var transaction = await connection.BeginTransactionAsync(cancellationToken))
                {
                    foreach (var statement in statements) await ExecuteAsync(connection, run, statement, cancellationToken);
                    await RecordAsync(connection, run, cancellationToken);
                    await transaction.CommitAsync(cancellationToken);
                }
                break;
        }
        await connection.ExecuteAsync("RESET ROLE");
        progress?.Report(new Step(migration, up, true, 0, Stopwatch.GetElapsedTime(run.Started)));
    }

    private async Task MoveAsync(NpgsqlConnection connection, Run run, IReadOnlyList<SqlStatement> statements, IProgress<Step>? progress, CancellationToken cancellationToken)
    {
        if (statements is not [var statement]) throw new MigrationException($"{run}: a move in batches is one statement, not {statements.Count}.");
        var (after, total) = await connection.QuerySingleOrDefaultAsync<(string? After, long Moved)>(new CommandDefinition(
            "SELECT after_key, moved FROM schema_migration_progress WHERE version = @Version", new { run.Migration.Version }, cancellationToken: cancellationToken));
        do
        {
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            (long Moved, string? Next) batch;
            try
            {
                batch = await connection.QuerySingleAsync<(long Moved, string? Next)>(
                    new CommandDefinition(statement.Text, new { after }, transaction, commandTimeout: 0, cancellationToken: cancellationToken));
            }
            catch (NpgsqlException error)
            {
                throw Failure(run, statement, error);
            }
            total += batch.Moved;
            after = batch.Next;
            // the last batch and the note that all is done are one: a kill between them would begin the move anew
            if (after is null) await RecordAsync(connection, run, cancellationToken);
            else await KeepPlaceAsync(connection, run, after, total);
            await transaction.CommitAsync(cancellationToken);
            progress?.Report(new Step(run.Migration, run.Up, false, total, Stopwatch.GetElapsedTime(run.Started)));
        }
        while (after is not null);
    }

    private Task KeepPlaceAsync(NpgsqlConnection connection, Run run, string after, long total) => connection.ExecuteAsync(
        """
        INSERT INTO schema_migration_progress (version, after_key, moved, batches, updated_at)
        VALUES (@Version, @after, @total, 1, @now)
        ON CONFLICT (version) DO UPDATE
        SET after_key = excluded.after_key, moved = excluded.moved, batches = schema_migration_progress.batches + 1, updated_at = excluded.updated_at
        """,
        new { run.Migration.Version, after, total, now = clock.GetUtcNow().UtcDateTime });

    private async Task RecordAsync(NpgsqlConnection connection, Run run, CancellationToken cancellationToken)
    {
        var sql = run.Up
            ? """
              INSERT INTO schema_migrations (version, name, applied_at, applied_by, execution_time_ms, checksum)
              VALUES (@Version, @Name, @now, @By, @ms, @Checksum)
              """
            : "DELETE FROM schema_migrations WHERE version = @Version";
        var row = new
        {
            run.Migration.Version,
            run.Migration.Name,
            now = clock.GetUtcNow().UtcDateTime,
            run.By,
            ms = (long)Stopwatch.GetElapsedTime(run.Started).TotalMilliseconds,
            run.Migration.Checksum,
        };
        await connection.ExecuteAsync(new CommandDefinition(sql, row, cancellationToken: cancellationToken));
        // a finished move's place is of no more use
        await connection.ExecuteAsync("DELETE FROM schema_migration_progress WHERE version = @Version", new { run.Migration.Version });
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, Run run, SqlStatement statement, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(statement.Text, connection) { CommandTimeout = 0 };
        // a parameter without a name, used or not, makes Npgsql leave the text as it is; else it would split a BEGIN ATOMIC body
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = 0 });
        try
        {
            await command.ExecuteNonQueryAsync(cancellationToken);
        }
        catch (NpgsqlException error)
        {
            throw Failure(run, statement, error);
        }
    }

    private static MigrationException Failure(Run run, SqlStatement statement, NpgsqlException error)
    {
        var within = error is PostgresException { Position: > 0 and var position } && position <= statement.Text.Length ? statement.Text.AsSpan(0, position - 1).Count('\n') : 0;
        return new MigrationException($"{run}, line {statement.Line + within}: {(error as PostgresException)?.MessageText ?? error.Message}", error);
    }

    private sealed record Run(Migration Migration, bool Up, string By, long Started)
    {
        public override string ToString() => $"{Migration} {(Up ? "up" : "down")}";
    }

    private sealed record Row(int Version, string Name, DateTimeOffset AppliedAt, string AppliedBy, long ExecutionTimeMs, string Checksum);
}

/// <summary>A migration that cannot be applied or taken back, with the reason.</summary>
public sealed class MigrationException(string message, Exception? inner = null) : Exception(message, inner);
