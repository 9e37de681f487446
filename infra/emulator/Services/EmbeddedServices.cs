namespace Podium.Emulator.Services;

/// <summary>PostgreSQL and Azurite for one machine: started by the app, stopped with it, never orphaned by a kill.</summary>
public sealed class EmbeddedServices : IAsyncDisposable
{
    private readonly DataFolder _folder;
    private readonly Supervisor _supervisor;
    private int _storagePort;

    private EmbeddedServices(DataFolder folder, Supervisor supervisor)
    {
        _folder = folder;
        _supervisor = supervisor;
    }

    /// <summary>A blob was written, moments ago.</summary>
    public event Action<BlobWrite>? BlobWritten;

    /// <summary>Npgsql connection string of the database podium; null where PostgreSQL was not wanted.</summary>
    public string? PostgresConnectionString { get; private set; }

    /// <summary>Connection string of the first storage account; null where Azurite was not wanted.</summary>
    public string? StorageConnectionString => _storagePort == 0 ? null : StorageConnection(0);

    /// <summary>What runs.</summary>
    public IReadOnlyList<ServiceInfo> Running { get; private set; } = [];

    /// <summary>Starts what is wanted, installing it first where it is missing.</summary>
    public static async Task<EmbeddedServices> StartAsync(EmbeddedServicesOptions options, Action<string> progress, CancellationToken cancellationToken)
    {
        var folder = DataFolder.Open(options.DataFolder, options.Fresh);
        try
        {
            var packages = await ServicePackages.EnsureAsync(progress, cancellationToken);
            var services = new EmbeddedServices(folder, Supervisor.Start(packages.Supervisor, folder.Path));
            try
            {
                await services.StartPartsAsync(packages, options, progress, cancellationToken);
                return services;
            }
            catch
            {
                await services._supervisor.DisposeAsync();
                throw;
            }
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    /// <summary>Lets PostgreSQL read and write a folder of ours, such as one for its archive.</summary>
    public static Task GiveToPostgresAsync(string folder, CancellationToken cancellationToken) => PostgresServer.GiveToServerAsync(folder, cancellationToken);

    /// <summary>Connection string of a storage account by its number.</summary>
    public string StorageConnection(int account) => AzuriteServer.ConnectionString(account, _storagePort);

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _supervisor.DisposeAsync();
        _folder.Dispose();
    }

    private async Task StartPartsAsync(ServicePackages packages, EmbeddedServicesOptions options, Action<string> progress, CancellationToken cancellationToken)
    {
        List<Task<ServiceInfo>> starting = [];
        if (options.NeedPostgres) starting.Add(StartPostgresAsync());
        if (options.NeedStorage) starting.Add(StartStorageAsync());
        Running = await Task.WhenAll(starting);

        async Task<ServiceInfo> StartPostgresAsync()
        {
            var (connectionString, info) = await PostgresServer.StartAsync(packages, _supervisor, _folder, options, cancellationToken);
            PostgresConnectionString = connectionString;
            Report(info);
            return info;
        }

        async Task<ServiceInfo> StartStorageAsync()
        {
            var (port, info) = await AzuriteServer.StartAsync(packages, _supervisor, _folder, options, write => BlobWritten?.Invoke(write), cancellationToken);
            _storagePort = port;
            Report(info);
            return info;
        }

        void Report(ServiceInfo info) => progress($"  {info.Name} {info.Version} on {info.Endpoint} ({info.StartedIn.TotalSeconds:0.0} s)");
    }
}
