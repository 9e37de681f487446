using Microsoft.Extensions.DependencyInjection;
using Podium.Emulator.Database;
using Podium.Emulator.Runtime;

namespace Podium.Emulator.Queues;

/// <summary>Registers the queues.</summary>
internal static class QueueServices
{
    public static IServiceCollection AddServiceBus(this IServiceCollection services) => services
        .AddSingleton<QueueHost>()
        .AddSingleton(provider => new QueueAdmin(provider.GetRequiredService<QueueHost>(), provider.GetRequiredService<EmulatorDatabase>().Source))
        .AddSingleton<ServiceBusTriggerKind>()
        .AddSingleton<ITriggerKind>(provider => provider.GetRequiredService<ServiceBusTriggerKind>());
}
