using Microsoft.Extensions.DependencyInjection;

namespace Podium.Webhooks;

/// <summary>Telling other systems what happens.</summary>
public static class WebhookServices
{
    public static IServiceCollection AddWebhooks(this IServiceCollection services) => services
        .AddSingleton<RaiseWebhook>()
        .AddSingleton<DeliverWebhook>()
        .AddSingleton<EditWebhook>()
        .AddSingleton<ReplayWebhook>()
        .AddSingleton<SweepWebhooks>()
        .AddSingleton<WebhookEndpoints>();
}
