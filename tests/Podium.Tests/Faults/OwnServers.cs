using System.Diagnostics;
using Npgsql;
using Podium.Emulator.Runtime;
using Podium.Emulator.Services;

namespace Podium.Tests.Faults;

/// <summary>A PostgreSQL and an Azurite of a test's own, which it may take away and bring back.</summary>
internal sealed class OwnServers : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("podium-faults-").FullName;
    private EmbeddedServices? _database;
    private EmbeddedServices? _storage;

    public string Postgres => _database!.PostgresConnectionString!;

    public string Storage => _storage!.StorageConnectionString!;

    public static async Task<OwnServers> StartAsync()
    {
        var servers = new OwnServers();
        try
        {
            await Task.WhenAll(servers.StartDatabaseAsync(0), servers.StartStorageAsync(0));
            return servers;
        }
        catch
        {
            await servers.DisposeAsync();
            throw;
        }
    }

    /// <summary>All at once and without a word, as when the power fails: nothing is written out, every connection breaks, and the next start recovers from the log.</summary>
    public async Task LoseDatabaseAsync()
    {
        var port = new NpgsqlConnectionStringBuilder(Postgres).Port;
        // an immediate shutdown: the server kills its children and leaves, without a checkpoint
        Process.Start("kill", ["-QUIT", $"{_database!.Running[0].ProcessId}"]).WaitForExit();
        await _database.DisposeAsync();
        await StartDatabaseAsync(port);
    }

    /// <summary>kill -9 of one of its processes: the server ends all the others, recovers, and goes on.</summary>
    public async Task CrashDatabaseAsync()
    {
        await using var source = NpgsqlDataSource.Create(Postgres + ";Pooling=false");
        await using var connection = await source.OpenConnectionAsync();
        using var victim = Process.GetProcessById(connection.ProcessID);
        victim.Kill();
        await victim.WaitForExitAsync();
    }

    /// <summary>Stops storage and starts it again. It is told to, because Azurite itself forgets its last seconds when it is killed.</summary>
    public async Task LoseStorageAsync()
    {
        var port = new Uri(Storage.Split(';').First(part => part.StartsWith("BlobEndpoint=", StringComparison.Ordinal))["BlobEndpoint=".Length..]).Port;
        await _storage!.DisposeAsync();
        await StartStorageAsync(port);
    }

    public async ValueTask DisposeAsync()
    {
        if (_database is not null) await _database.DisposeAsync();
        if (_storage is not null) await _storage.DisposeAsync();
        try
        {
            Directory.Delete(_folder, recursive: true);
        }
        catch (IOException)
        {
            // Azurite may still be letting go of a file; the folder is temporary
        }
    }

    // what is promised must survive the server's end, not the machine's: its log goes to the operating system and no further
    private async Task StartDatabaseAsync(int port) => _database = await EmbeddedServices.StartAsync(
        new EmbeddedServicesOptions { DataFolder = Path.Combine(_folder, "database"), NeedStorage = false, PostgresPort = port, PostgresSettings = new Dictionary<string, string> { ["fsync"] = "off" } },
        _ => { },
        CancellationToken.None);

    private async Task StartStorageAsync(int port) => _storage = await EmbeddedServices.StartAsync(
        new EmbeddedServicesOptions { DataFolder = Path.Combine(_folder, "storage"), NeedPostgres = false, StoragePort = port }, _ => { }, CancellationToken.None);
}
