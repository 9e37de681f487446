using System.Reflection;
using Npgsql;
using Podium.Emulator.Runtime;

namespace Podium.Emulator.Database;

/// <summary>The emulator's own state: schema <c>emulator</c> in the app's PostgreSQL, created and upgraded here.</summary>
public sealed class EmulatorDatabase : IAsyncDisposable
{
    private const long OwnerLock = 0x506F6469756D_01; // one emulator at a time works on a database
    private NpgsqlConnection? _owner;

    /// <summary>Opens the pool; nothing is connected yet.</summary>
    public EmulatorDatabase(string connectionString)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString)
        {
            ApplicationName = "podium-emulator",
            SearchPath = "emulator",
            MaxPoolSize = 40,
            MaxAutoPrepare = 100,
            AutoPrepareMinUsages = 2,
        };
        ConnectionString = settings.ConnectionString;
        Source = NpgsqlDataSource.Create(settings.ConnectionString);
    }

    /// <summary>Connections with <c>search_path = emulator</c> and automatic preparation.</summary>
    public NpgsqlDataSource Source { get; }

    /// <summary>As given, with the emulator's pool settings.</summary>
    public string ConnectionString { get; }

    /// <summary>Makes sure that no other emulator works on this database, then applies the schema scripts it lacks.</summary>
    public async Task OpenAsync(CancellationToken cancellationToken)
    {
        await TakeOwnershipAsync(cancellationToken);
        await UpgradeAsync(cancellationToken);
    }

    /// <summary>Applies the schema scripts that the database lacks.</summary>
    public async Task UpgradeAsync(CancellationToken cancellationToken)
    {
        await using var connection = await Source.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using (var prepare = new NpgsqlCommand("""
            SELECT pg_advisory_xact_lock(hashtext('podium emulator schema'));
            CREATE SCHEMA IF NOT EXISTS emulator;
            CREATE TABLE IF NOT EXISTS emulator.schema_versions (
              script text PRIMARY KEY,
              applied_at timestamptz NOT NULL
            );
            """, connection, transaction))
        {
            await prepare.ExecuteNonQueryAsync(cancellationToken);
        }

        var applied = new HashSet<string>(StringComparer.Ordinal);
        await using (var read = new NpgsqlCommand("SELECT script FROM emulator.schema_versions", connection, transaction))
        await using (var reader = await read.ExecuteReaderAsync(cancellationToken))
        {
            while (await reader.ReadAsync(cancellationToken)) applied.Add(reader.GetString(0));
        }

        var scripts = Scripts();
        if (applied.Except(scripts.Keys).Order().FirstOrDefault() is { } unknown)
        {
            throw new EmulatorException(
                $"The emulator's state in this database was written by a newer version (it has {unknown}): use that version, or start with --fresh to empty it.");
        }

        foreach (var (name, sql) in scripts.Where(script => !applied.Contains(script.Key)))
        {
            await using var apply = new NpgsqlCommand(sql, connection, transaction);
            await apply.ExecuteNonQueryAsync(cancellationToken);
            await using var note = new NpgsqlCommand(
                "INSERT INTO emulator.schema_versions (script, applied_at) VALUES ($1, clock_timestamp())", connection, transaction);
            note.Parameters.Add(new NpgsqlParameter<string> { TypedValue = name });
            await note.ExecuteNonQueryAsync(cancellationToken);
        }
        await transaction.CommitAsync(cancellationToken);
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        if (_owner is not null) await _owner.DisposeAsync();
        await Source.DisposeAsync();
    }

    // The server may take a moment to notice that the last owner has gone, so this waits for the lock a little.
    private async Task TakeOwnershipAsync(CancellationToken cancellationToken)
    {
        var settings = new NpgsqlConnectionStringBuilder(ConnectionString)
        {
            Pooling = false,
            ApplicationName = "podium-emulator-owner",
            Options = "-c lock_timeout=3s",
        };
        _owner = new NpgsqlConnection(settings.ConnectionString);
        await _owner.OpenAsync(cancellationToken);
        await using var take = new NpgsqlCommand("SELECT pg_advisory_lock($1)", _owner);
        take.Parameters.Add(new NpgsqlParameter<long> { TypedValue = OwnerLock });
        try
        {
            await take.ExecuteNonQueryAsync(cancellationToken);
        }
        catch (PostgresException error) when (error.SqlState == PostgresErrorCodes.LockNotAvailable)
        {
            throw new EmulatorException(
                $"Another emulator already works on database '{settings.Database}' at {settings.Host}:{settings.Port}: stop it, or give this one its own data with --data or another Postgres setting.",
                error);
        }
    }

    private static SortedDictionary<string, string> Scripts()
    {
        const string Prefix = "schema/";
        var assembly = Assembly.GetExecutingAssembly();
        var scripts = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var resource in assembly.GetManifestResourceNames().Where(name => name.StartsWith(Prefix, StringComparison.Ordinal)))
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!);
            scripts[resource[Prefix.Length..]] = reader.ReadToEnd();
        }
        return scripts;
    }
}
