using System.Diagnostics;
using System.Globalization;
using Azure.Messaging.ServiceBus;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;
using Podium.Platform;
using Podium.Platform.Messaging;
using Podium.Tenancy;

namespace Podium.Functions.Messaging;

/// <summary>
/// Runs a queue function's work and settles its message: done, put off with a growing pause, or dead with a reason that an operator understands.
/// </summary>
public sealed partial class QueueWork(TenantDirectory tenants, ServiceBusClient bus, TimeProvider clock, ILogger<QueueWork> log)
{
    private const int MostAttempts = 8;
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestPause = TimeSpan.FromHours(1);

    public async Task RunAsync(
        string queue, ServiceBusReceivedMessage message, ServiceBusMessageActions actions, Func<Delivery, Task> work, CancellationToken cancellationToken)
    {
        try
        {
            var delivery = await Delivery.OfAsync(message, queue, tenants, cancellationToken);
            Activity.Current?.SetTag("messaging.destination.name", queue).SetTag("messaging.message.id", delivery.MessageId).SetTag("podium.subject", delivery.Subject).SetTag("podium.tenant", delivery.Tenant.Slug);
            await work(delivery);
            await actions.CompleteMessageAsync(message, CancellationToken.None);
            Count(queue, message, "done");
        }
        catch (UnreadableMessageException unreadable)
        {
            LogUnreadable(log, queue, message.MessageId ?? "", unreadable.Reason);
            await actions.DeadLetterMessageAsync(message, null, unreadable.Reason, Shorten(unreadable.Message), CancellationToken.None);
            Count(queue, message, "unreadable");
        }
        catch (Exception error) when (!cancellationToken.IsCancellationRequested)
        {
            await PutOffAsync(queue, message, actions, error);
        }
    }

    private async Task PutOffAsync(string queue, ServiceBusReceivedMessage message, ServiceBusMessageActions actions, Exception error)
    {
        var attempt = message.ApplicationProperties.TryGetValue(Delivery.AttemptProperty, out var value) ? Convert.ToInt32(value, CultureInfo.InvariantCulture) : 1;
        LogFailed(log, error, queue, message.MessageId ?? "", attempt);
        if (Activity.Current is { } activity) Telemetry.Fail(activity, error);
        Count(queue, message, attempt >= MostAttempts ? "dead" : "put-off");
        if (attempt >= MostAttempts)
        {
            await actions.DeadLetterMessageAsync(message, null, "failed", Shorten($"Given up after {attempt} tries. The last: {error.GetType().Name}: {error.Message}"), CancellationToken.None);
            return;
        }
        var origin = Delivery.PropertyOf(message, Delivery.OriginProperty) ?? message.MessageId ?? Guid.NewGuid().ToString("N");
        var pause = TimeSpan.FromTicks(Math.Min(LongestPause.Ticks, FirstPause.Ticks << (2 * (attempt - 1))));
        var again = new ServiceBusMessage(message)
        {
            // another id, or the queue would take it for a duplicate; the same for each try, so that a crash between the two lines sends one
            MessageId = $"{origin}-{attempt + 1}",
            ScheduledEnqueueTime = clock.GetUtcNow() + pause,
        };
        again.ApplicationProperties[Delivery.OriginProperty] = origin;
        again.ApplicationProperties[Delivery.AttemptProperty] = attempt + 1;
        await using var sender = bus.CreateSender(queue);
        await sender.SendMessageAsync(again);
        await actions.CompleteMessageAsync(message, CancellationToken.None);
    }

    // a subject that nobody knows must not become a series of its own
    private static void Count(string queue, ServiceBusReceivedMessage message, string outcome) =>
        Telemetry.Messages.Add(1, new("queue", queue), new("subject", outcome == "unreadable" ? null : message.Subject), new("outcome", outcome));

    private static string Shorten(string text) => text.Length <= 1000 ? text : text[..1000];

    [LoggerMessage(340, LogLevel.Warning, "Message {MessageId} of queue '{Queue}' cannot be read ({Reason}) and is dead.")]
    private static partial void LogUnreadable(ILogger logger, string queue, string messageId, string reason);

    [LoggerMessage(341, LogLevel.Warning, "Message {MessageId} of queue '{Queue}' failed, try {Attempt}.")]
    private static partial void LogFailed(ILogger logger, Exception error, string queue, string messageId, int attempt);
}
