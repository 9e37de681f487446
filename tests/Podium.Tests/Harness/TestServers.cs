using System.Collections.Concurrent;
using Npgsql;
using Podium.Emulator.Database;
using Podium.Emulator.Services;
using Podium.Platform.Databases;
using Podium.Platform.Security;

[assembly: AssemblyFixture(typeof(Podium.Tests.Harness.TestServers))]

namespace Podium.Tests.Harness;

/// <summary>One PostgreSQL and one Azurite for a whole test run, and a fresh database and storage account for each app.</summary>
public sealed class TestServers : IAsyncLifetime
{
    private const string Template = "podium_template";
    private const int Accounts = 400;

    private readonly string _folder = Path.Combine(Roomy(), $"podium-tests-{Environment.ProcessId}");
    private readonly ConcurrentQueue<string> _log = new();
    private readonly ConcurrentDictionary<string, Action<BlobWrite>> _listeners = new();
    private EmbeddedServices? _services;
    private NpgsqlDataSource? _admin;
    private int _next;
    private int _nextDatabase;

    /// <summary>The run's servers, once a test has started.</summary>
    public static TestServers Current { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Current = this;
        ForgetTheKilled();
        _services = await EmbeddedServices.StartAsync(
            new EmbeddedServicesOptions
            {
                DataFolder = _folder,
                StorageAccounts = Accounts,
                Durable = false,
                PostgresPort = 0,
                StoragePort = 0,
                MaxConnections = 400,
            },
            _log.Enqueue,
            CancellationToken.None);
        _services.BlobWritten += write =>
        {
            if (_listeners.TryGetValue(write.Account, out var listener)) listener(write);
        };
        _admin = NpgsqlDataSource.Create(ConnectionString("postgres"));
        await ExecuteAsync($"CREATE DATABASE {Template}");
        await using (var database = new EmulatorDatabase(ConnectionString(Template))) await database.UpgradeAsync(CancellationToken.None);
        DapperTypes.Register();
        await using (var owner = NpgsqlDataSource.Create(ConnectionString(Template))) await new Migrator(owner, TimeProvider.System).UpAsync("tests");
        Passwords.Iterations = 1000; // as strong as tests need; what is stored names its own count
        NpgsqlConnection.ClearAllPools();
    }

    public async ValueTask DisposeAsync()
    {
        NpgsqlConnection.ClearAllPools();
        if (_admin is not null) await _admin.DisposeAsync();
        if (_services is not null) await _services.DisposeAsync();
        try
        {
            Directory.Delete(_folder, recursive: true);
        }
        catch (IOException)
        {
            // Azurite may still be letting go of a file; the folder is temporary
        }
    }

    /// <summary>A fresh database, made from a template, and a storage account of its own.</summary>
    internal async Task<Lease> LeaseAsync()
    {
        var number = Interlocked.Increment(ref _next);
        if (number >= Accounts) throw new InvalidOperationException($"More than {Accounts} apps in one test run: raise TestServers.Accounts.");
        var database = $"test_{number}";
        await ExecuteAsync($"CREATE DATABASE {database} TEMPLATE {Template} STRATEGY FILE_COPY");
        return new Lease(this, database, number);
    }

    /// <summary>A fresh database for tests that need no app: with our schema, or with nothing in it.</summary>
    internal async Task<DatabaseLease> LeaseDatabaseAsync(bool empty = false)
    {
        var database = $"test_database_{Interlocked.Increment(ref _nextDatabase)}";
        await ExecuteAsync(empty ? $"CREATE DATABASE {database}" : $"CREATE DATABASE {database} TEMPLATE {Template} STRATEGY FILE_COPY");
        return new DatabaseLease(this, database);
    }

    // A database for each app is hundreds of thousands of small files: in memory, where there is enough for them, an app starts in less than half the time.
    private static string Roomy()
    {
        const string Memory = "/dev/shm";
        const long Enough = 6L << 30;
        return OperatingSystem.IsLinux() && Directory.Exists(Memory) && new DriveInfo(Memory) is { DriveFormat: "tmpfs", AvailableFreeSpace: >= Enough } ? Memory : Path.GetTempPath();
    }

    // what a run left that was killed would lie in memory until the machine is
    private void ForgetTheKilled()
    {
        foreach (var folder in Directory.EnumerateDirectories(Path.GetDirectoryName(_folder)!, "podium-tests-*"))
        {
            var killed = OperatingSystem.IsLinux() && int.TryParse(folder[(folder.LastIndexOf('-') + 1)..], out var process) && !Directory.Exists($"/proc/{process}");
            if (folder != _folder && !killed) continue;
            try
            {
                Directory.Delete(folder, recursive: true);
            }
            catch (Exception error) when (folder != _folder && error is (IOException or UnauthorizedAccessException))
            {
                // somebody else's, or just being deleted by a run beside this one
            }
        }
    }

    private async Task ExecuteAsync(string sql)
    {
        await using var command = _admin!.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    private string ConnectionString(string database) =>
        new NpgsqlConnectionStringBuilder(_services!.PostgresConnectionString) { Database = database }.ConnectionString;

    /// <summary>A database that one test uses.</summary>
    internal sealed class DatabaseLease(TestServers servers, string database) : IAsyncDisposable
    {
        public string Postgres => servers.ConnectionString(database) + ";Maximum Pool Size=20";

        public ValueTask DisposeAsync() => new(servers.ExecuteAsync($"DROP DATABASE IF EXISTS {database} WITH (FORCE)"));
    }

    /// <summary>What one app uses of the servers.</summary>
    internal sealed class Lease(TestServers servers, string database, int account) : IAsyncDisposable
    {
        public string Postgres => servers.ConnectionString(database) + ";Maximum Pool Size=20";

        public string Storage => servers._services!.StorageConnection(account);

        private string Account => Storage.Split(';').First(part => part.StartsWith("AccountName=", StringComparison.Ordinal))["AccountName=".Length..];

        public void OnBlobWritten(Action<BlobWrite> listener) => servers._listeners[Account] = listener;

        public async ValueTask DisposeAsync()
        {
            servers._listeners.TryRemove(Account, out _);
            await servers.ExecuteAsync($"DROP DATABASE IF EXISTS {database} WITH (FORCE)");
        }
    }
}
