using Microsoft.Extensions.DependencyInjection;

namespace Podium.Notifications;

/// <summary>Telling people things.</summary>
public static class NotificationServices
{
    public static IServiceCollection AddNotifications(this IServiceCollection services) => services
        .AddSingleton<Mailer>()
        .AddSingleton<NotificationTexts>()
        .AddSingleton<TemplateEditor>()
        .AddSingleton<TenantSite>()
        .AddSingleton<DeliveryLog>()
        .AddSingleton<SendAccountMail>()
        .AddSingleton<SendNotificationMail>()
        .AddSingleton<SendDigests>()
        .AddSingleton<SendAnnouncement>()
        .AddSingleton<Notify>()
        .AddSingleton<OwnNotifications>()
        .AddSingleton<WatchNotifications>();
}
