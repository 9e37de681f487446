using Azure.Identity;
using Azure.Messaging.ServiceBus;
using Azure.Storage.Blobs;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Npgsql;

namespace Podium.Platform;

/// <summary>What every feature stands on: the clock, PostgreSQL, storage and queues.</summary>
public static class PlatformServices
{
    public static IServiceCollection AddPlatform(this IServiceCollection services, IConfiguration configuration)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(_ => NpgsqlDataSource.Create(Required(configuration, "Postgres")));
        services.AddSingleton(_ => configuration["Storage"] is { Length: > 0 } storage
            ? new BlobServiceClient(storage)
            : new BlobServiceClient(new Uri(Required(configuration, "Storage:blobServiceUri")), new DefaultAzureCredential()));
        services.AddSingleton(_ => configuration["ServiceBus"] is { Length: > 0 } bus
            ? new ServiceBusClient(bus)
            : new ServiceBusClient(Required(configuration, "ServiceBus:fullyQualifiedNamespace"), new DefaultAzureCredential()));
        return services;
    }

    private static string Required(IConfiguration configuration, string name) =>
        configuration[name] is { Length: > 0 } value
            ? value
            : throw new InvalidOperationException($"The setting '{name}' is missing; docs/settings.md lists what the app needs.");
}
