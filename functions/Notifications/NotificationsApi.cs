using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Podium.Functions.Api;
using Podium.Notifications;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Live;

namespace Podium.Functions.Notifications;

/// <summary>What people are told, how they want to hear of it, and the words it is said in.</summary>
public sealed class NotificationsApi(OwnNotifications own, WatchNotifications watch, LiveStreams streams, SendAnnouncement sendAnnouncement, TemplateEditor templates, DeliveryLog deliveries)
{
    [Function("ListNotifications"), SignedIn]
    [Operation("What I was told", Query = typeof(OwnNotifications.Query), Answer = typeof(Page<OwnNotifications.View>))]
    public async Task<IResult> List([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/me/notifications")] HttpRequest request) =>
        Answer.Ok(await own.ListAsync(request.Caller(), request.Query<OwnNotifications.Query>(), request.HttpContext.RequestAborted));

    [Function("CountNotifications"), SignedIn]
    [Operation("How much I have not read", Answer = typeof(OwnNotifications.Counted))]
    public async Task<IResult> Count([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/me/notifications/count")] HttpRequest request) =>
        Answer.Ok(await own.CountAsync(request.Caller(), request.HttpContext.RequestAborted));

    [Function("StreamNotifications"), SignedIn]
    [Operation("What I am told, as it happens", Description = "Server-sent events: `notification` with each new one, `unread` with how many are unread. A Last-Event-ID brings those that came after.",
        MediaType = LiveStreams.MediaType, Problems = ["too-many-streams"])]
    public IResult Stream([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/me/notifications/stream")] HttpRequest request) =>
        streams.Open(request, watch.Topic(request.Caller()));

    [Function("ReadNotification"), SignedIn]
    [Operation("Mark a notification as read", Status = 204, Problems = ["not-found"])]
    public async Task<IResult> Read([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/me/notifications/{notificationId}/read")] HttpRequest request, string notificationId)
    {
        var problem = await own.ReadAsync(request.Caller(), RequestReading.Id(notificationId, "notification"), request.HttpContext.RequestAborted);
        return problem?.ToResult() ?? Answer.NoContent();
    }

    [Function("ReadAllNotifications"), SignedIn]
    [Operation("Mark all as read", Status = 204)]
    public async Task<IResult> ReadAll([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/me/notifications/read")] HttpRequest request)
    {
        await own.ReadAllAsync(request.Caller(), request.HttpContext.RequestAborted);
        return Answer.NoContent();
    }

    [Function("GetNotificationPreferences"), SignedIn]
    [Operation("How I want to hear of things", Answer = typeof(OwnNotifications.Preferences))]
    public async Task<IResult> GetPreferences([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/me/notification-preferences")] HttpRequest request) =>
        Answer.Ok(await own.PreferencesAsync(request.Caller(), request.HttpContext.RequestAborted));

    [Function("SetNotificationPreferences"), SignedIn]
    [Operation("Say how I want to hear of things", Body = typeof(OwnNotifications.Preferences), Answer = typeof(OwnNotifications.Preferences))]
    public async Task<IResult> SetPreferences([HttpTrigger(AuthorizationLevel.Anonymous, "put", Route = "api/me/notification-preferences")] HttpRequest request)
    {
        var set = await own.SetPreferencesAsync(request.Caller(), await request.ReadAsync<OwnNotifications.Preferences>(), request.HttpContext.RequestAborted);
        return set.Answer(preferences => Answer.Ok(preferences));
    }

    [Function("SendAnnouncement"), Requires(Permissions.AnnouncementSend)]
    [Operation("Tell everybody something", Body = typeof(SendAnnouncement.Request), Answer = typeof(SendAnnouncement.View), Status = 202)]
    public async Task<IResult> Announce([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/announcements")] HttpRequest request)
    {
        var sent = await sendAnnouncement.Run(request.Caller(), await request.ReadAsync<SendAnnouncement.Request>(), request.HttpContext.RequestAborted);
        return sent.Answer(view => Answer.Accepted(view));
    }

    [Function("ListAnnouncements"), Requires(Permissions.AnnouncementSend)]
    [Operation("What everybody was told", Query = typeof(PageQuery), Answer = typeof(Page<SendAnnouncement.View>))]
    public async Task<IResult> ListAnnouncements([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/announcements")] HttpRequest request) =>
        Answer.Ok(await sendAnnouncement.ListAsync(request.Caller(), request.Query<PageQuery>(), request.HttpContext.RequestAborted));

    [Function("ListNotificationTemplates"), Requires(Permissions.NotificationManage)]
    [Operation("The words of mails", Answer = typeof(IReadOnlyList<TemplateEditor.View>))]
    public async Task<IResult> ListTemplates([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/notification-templates")] HttpRequest request) =>
        Answer.Ok(await templates.ListAsync(request.Caller(), request.HttpContext.RequestAborted));

    [Function("SetNotificationTemplate"), Requires(Permissions.NotificationManage)]
    [Operation("Say it in the tenant's own words", Body = typeof(TemplateEditor.Change), Answer = typeof(TemplateEditor.View), Problems = ["not-found"])]
    public async Task<IResult> SetTemplate([HttpTrigger(AuthorizationLevel.Anonymous, "put", Route = "api/notification-templates/{name}/{language}")] HttpRequest request, string name, string language)
    {
        var set = await templates.SetAsync(request.Caller(), name, language, await request.ReadAsync<TemplateEditor.Change>(), request.HttpContext.RequestAborted);
        return set.Answer(view => Answer.Ok(view));
    }

    [Function("ResetNotificationTemplate"), Requires(Permissions.NotificationManage)]
    [Operation("Go back to the words that came with Podium", Status = 204, Problems = ["not-found"])]
    public async Task<IResult> ResetTemplate([HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/notification-templates/{name}/{language}")] HttpRequest request, string name, string language)
    {
        var reset = await templates.ResetAsync(request.Caller(), name, language, request.HttpContext.RequestAborted);
        return reset.Answer(_ => Answer.NoContent());
    }

    [Function("ListNotificationDeliveries"), Requires(Permissions.NotificationManage)]
    [Operation("What was sent, and what became of it", Query = typeof(DeliveryLog.Query), Answer = typeof(IReadOnlyList<DeliveryLog.View>))]
    public async Task<IResult> ListDeliveries([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/notification-deliveries")] HttpRequest request) =>
        Answer.Ok(await deliveries.ListAsync(request.Caller(), request.Query<DeliveryLog.Query>(), request.HttpContext.RequestAborted));
}
