using Azure.Identity;
using Azure.Messaging.ServiceBus;
using Azure.Storage.Blobs;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Caching;
using Podium.Platform.Databases;
using Podium.Platform.Files;
using Podium.Platform.Http;
using Podium.Platform.Live;
using Podium.Platform.Messaging;
using Podium.Platform.Observation;
using Podium.Platform.Security;
using Podium.Tenancy;

namespace Podium.Platform;

/// <summary>What every feature stands on: the clock, PostgreSQL, storage, queues, and who calls.</summary>
public static class PlatformServices
{
    public static IServiceCollection AddPlatform(this IServiceCollection services, IConfiguration configuration)
    {
        DapperTypes.Register();
        services.TryAddSingleton(TimeProvider.System);
        services.AddObservation(configuration);
        services.AddSingleton<DatabaseSettings>();
        services.AddSingleton(_ => new EntraLogin(new DefaultAzureCredential()));
        services.AddSingleton<Database>();
        services.AddHostedService<MigrateAtStart>();
        services.AddSingleton<Cache>();
        services.AddSingleton<IHostedService>(provider => provider.GetRequiredService<Cache>());
        services.AddSingleton(_ => EncryptionSettings.Cipher(configuration));
        services.AddSingleton<TokenKeys>();
        services.AddSingleton<StatementKeys>();
        services.AddSingleton<AccessTokens>();
        services.AddSingleton<People>();
        services.AddSingleton<TenantDirectory>();
        services.AddSingleton<RateLimits>();
        services.AddSingleton<IdempotencyKeys>();
        services.AddSingleton<Outbox>();
        services.AddSingleton<OutboxSender>();
        services.AddSingleton<Inbox>();
        services.AddSingleton<SafeHttp>();
        services.AddSingleton<VirusScanner>();
        services.AddSingleton<Sweep>();
        services.AddSingleton<LiveHub>();
        services.AddSingleton<LiveLimits>();
        services.AddSingleton<LiveStreams>();
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
