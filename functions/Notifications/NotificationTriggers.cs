using Azure.Messaging.ServiceBus;
using Microsoft.Azure.Functions.Worker;
using Podium.Analytics;
using Podium.Functions.Messaging;
using Podium.Notifications;
using Podium.Platform.Messaging;
using Podium.Points;
using Podium.Privacy;
using Podium.Webhooks;

namespace Podium.Functions.Notifications;

public sealed class NotificationTriggers(QueueWork work, SendAccountMail sendAccountMail, SendNotificationMail sendNotificationMail, SendAnnouncement sendAnnouncement, SendDigests sendDigests, DeliverWebhook deliverWebhook, ExportOwnData exportOwnData, BackfillAchievement backfillAchievement, SendReports sendReports)
{
    [Function("SendNotification")]
    public Task Send(
        [ServiceBusTrigger(Outbox.Notifications, Connection = "ServiceBus")] ServiceBusReceivedMessage message,
        ServiceBusMessageActions actions,
        CancellationToken cancellationToken) =>
        work.RunAsync(
            Outbox.Notifications,
            message,
            actions,
            delivery => delivery.Subject switch
            {
                "mail" => sendAccountMail.Run(delivery, cancellationToken),
                "email" => sendNotificationMail.Run(delivery, cancellationToken),
                "digest" => sendDigests.Run(delivery, cancellationToken),
                DeliverWebhook.Subject => deliverWebhook.RunAsync(delivery, cancellationToken),
                ExportOwnData.Subject => exportOwnData.RunAsync(delivery, cancellationToken),
                BackfillAchievement.Subject => backfillAchievement.StepAsync(delivery, cancellationToken),
                SendReports.Subject => sendReports.RunAsync(delivery, cancellationToken),
                "announcement" => sendAnnouncement.StepAsync(delivery, cancellationToken),
                _ => throw new UnreadableMessageException("unknown-subject", $"Nothing is known of messages '{delivery.Subject}'."),
            },
            cancellationToken);

    [Function("OrderDigests")]
    public Task OrderDigests([TimerTrigger("0 5,35 * * * *")] TimerInfo timer, CancellationToken cancellationToken) => sendDigests.OrderAsync(cancellationToken);
}
