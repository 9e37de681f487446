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
        return await EmulatedApp.StartAsync(Compose, await OptionsAsync() with { FunctionTypes = functions, ServiceBusJson = queues });

        static void Compose(FunctionsApplicationBuilder builder)
        {
        }
    }

    /// <summary>Starts Podium itself on a database of its own, in real time unless a clock is given.</summary>
    public async Task<EmulatedApp> StartPodiumAsync(IReadOnlyDictionary<string, string?> settings, TimeProvider? clock = null)
    {
        var options = await OptionsAsync();
        return await EmulatedApp.StartAsync(typeof(Podium.Functions.Middleware.Correlation).Assembly, options with
        {
            Host = options.Host! with { RoutePrefix = "" },
            Clock = clock ?? TimeProvider.System,
            Settings = new Dictionary<string, string?>(options.Settings.Concat(settings)),
        });
    }

    private async Task<EmulatorOptions> OptionsAsync()
    {
        var number = Interlocked.Increment(ref _next);
        await using (var admin = NpgsqlDataSource.Create(services.PostgresConnectionString!))
        await using (var create = admin.CreateCommand($"CREATE DATABASE bench_{number}"))
        {
            await create.ExecuteNonQueryAsync();
        }
        return new EmulatorOptions
        {
            Port = 0,
            Root = AppContext.BaseDirectory,
            Host = new HostJson { LogLevels = new Dictionary<string, LogLevel> { ["default"] = LogLevel.Warning } },
            Settings = new Dictionary<string, string?>
            {
                ["Postgres"] = new NpgsqlConnectionStringBuilder(services.PostgresConnectionString) { Database = $"bench_{number}" }.ConnectionString,
                ["AzureWebJobsStorage"] = services.StorageConnection(number),
            },
        };
    }

    public async ValueTask DisposeAsync()
    {
        NpgsqlConnection.ClearAllPools();
        await services.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }
}
