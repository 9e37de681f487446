using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.Logging;
using Npgsql;
using Podium.Emulator.Hosting;
using Podium.Emulator.Services;

namespace Podium.Benchmarks;

/// <summary>PostgreSQL and Azurite for the benchmarks, with the settings a developer's start has.</summary>
internal sealed class BenchServers(EmbeddedServices services, string folder) : IAsyncDisposable
{
    private int _next;

    public static async Task<BenchServers> StartAsync()
    {
        var folder = Path.Combine(Path.GetTempPath(), $"podium-bench-{Guid.NewGuid():N}");
        var services = await EmbeddedServices.StartAsync(
            new EmbeddedServicesOptions { DataFolder = folder, PostgresPort = 0, StoragePort = 0, StorageAccounts = 20 },
            _ => { },
            CancellationToken.None);
        return new BenchServers(services, folder);
    }

    public EmbeddedServices Embedded => services;

    /// <summary>Starts an app of these functions on a database of its own, in real time.</summary>
    public async Task<EmulatedApp> StartAppAsync(string? queues = null, params Type[] functions)
    {
        var number = Interlocked.Increment(ref _next);
        await using (var admin = NpgsqlDataSource.Create(services.PostgresConnectionString!))
        await using (var create = admin.CreateCommand($"CREATE DATABASE bench_{number}"))
        {
            await create.ExecuteNonQueryAsync();
        }
        return await EmulatedApp.StartAsync(Compose, new EmulatorOptions
        {
            Port = 0,
            Host = new HostJson { LogLevels = new Dictionary<string, LogLevel> { ["default"] = LogLevel.Warning } },
            FunctionTypes = functions,
            ServiceBusJson = queues,
            Settings = new Dictionary<string, string?>
            {
                ["Postgres"] = new NpgsqlConnectionStringBuilder(services.PostgresConnectionString) { Database = $"bench_{number}" }.ConnectionString,
                ["AzureWebJobsStorage"] = services.StorageConnection(number),
            },
        });

        static void Compose(FunctionsApplicationBuilder builder)
        {
        }
    }

    public async ValueTask DisposeAsync()
    {
        NpgsqlConnection.ClearAllPools();
        await services.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }
}
