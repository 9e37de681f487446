using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Podium.Functions.Api;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Webhooks;

namespace Podium.Functions.Webhooks;

/// <summary>Other systems that are told what happens, signed as Standard Webhooks has it.</summary>
public sealed class WebhooksApi(WebhookEndpoints webhooks, EditWebhook edit, ReplayWebhook replay)
{
    [Function("ListWebhookEvents"), Requires(Permissions.WebhookManage)]
    [Operation("What webhooks can be told", Answer = typeof(IReadOnlyList<WebhookEndpoints.EventView>))]
    public static IResult Events([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/webhook-events")] HttpRequest request)
    {
        _ = request;
        return Answer.Ok(WebhookEndpoints.Events());
    }

    [Function("ListWebhooks"), Requires(Permissions.WebhookManage)]
    [Operation("Webhooks", Query = typeof(PageQuery), Answer = typeof(Page<WebhookEndpoints.View>))]
    public async Task<IResult> List([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/webhooks")] HttpRequest request) =>
        Answer.Ok(await webhooks.ListAsync(request.Caller(), request.Query<PageQuery>(), request.HttpContext.RequestAborted));

    [Function("AddWebhook"), Requires(Permissions.WebhookManage)]
    [Operation("Add a webhook", Description = "Its secret is in this one answer.", Body = typeof(EditWebhook.Request), Answer = typeof(EditWebhook.WithSecret), Status = 201,
        Problems = ["id-taken", "too-many-webhooks"])]
    public async Task<IResult> Add([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/webhooks")] HttpRequest request)
    {
        var added = await edit.AddAsync(request.Caller(), await request.ReadAsync<EditWebhook.Request>(), request.HttpContext.RequestAborted);
        return added.Answer(view => Answer.Created($"/api/webhooks/{view.Id}", view, view.Version));
    }

    [Function("GetWebhook"), Requires(Permissions.WebhookManage)]
    [Operation("A webhook", Answer = typeof(WebhookEndpoints.View), Problems = ["not-found"])]
    public async Task<IResult> Get([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/webhooks/{webhookId}")] HttpRequest request, string webhookId)
    {
        var found = await webhooks.ReadAsync(request.Caller(), Id(webhookId), request.HttpContext.RequestAborted);
        return found.Answer(view => Answer.Ok(view, view.Version));
    }

    [Function("ChangeWebhook"), Requires(Permissions.WebhookManage)]
    [Operation("Change a webhook, or switch it on or off", Body = typeof(EditWebhook.Change), Answer = typeof(WebhookEndpoints.View), Problems = ["not-found", "stale"])]
    public async Task<IResult> Change([HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = "api/webhooks/{webhookId}")] HttpRequest request, string webhookId)
    {
        var changed = await edit.ChangeAsync(request.Caller(), Id(webhookId), await request.ReadAsync<EditWebhook.Change>(), request.IfMatch(), request.HttpContext.RequestAborted);
        return changed.Answer(view => Answer.Ok(view, view.Version));
    }

    [Function("RemoveWebhook"), Requires(Permissions.WebhookManage)]
    [Operation("Remove a webhook", Status = 204, Problems = ["not-found", "stale"])]
    public async Task<IResult> Remove([HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/webhooks/{webhookId}")] HttpRequest request, string webhookId)
    {
        var removed = await edit.RemoveAsync(request.Caller(), Id(webhookId), request.IfMatch(), request.HttpContext.RequestAborted);
        return removed.Answer(_ => Answer.NoContent());
    }

    [Function("RotateWebhookSecret"), Requires(Permissions.WebhookManage)]
    [Operation("Give a webhook a new secret", Description = "The new secret is in this one answer; the old one signs beside it for a while.",
        Body = typeof(EditWebhook.Rotation), Answer = typeof(EditWebhook.WithSecret), Problems = ["not-found"])]
    public async Task<IResult> Rotate([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/webhooks/{webhookId}/secret")] HttpRequest request, string webhookId)
    {
        var rotated = await edit.RotateAsync(request.Caller(), Id(webhookId), await request.ReadAsync<EditWebhook.Rotation>(), request.HttpContext.RequestAborted);
        return rotated.Answer(Answer.Secret);
    }

    [Function("PingWebhook"), Requires(Permissions.WebhookManage)]
    [Operation("Try a webhook", Description = "Sends the event `ping`, also to one that is switched off.", Answer = typeof(WebhookEndpoints.DeliveryView), Status = 202, Problems = ["not-found"])]
    public async Task<IResult> Ping([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/webhooks/{webhookId}/ping")] HttpRequest request, string webhookId)
    {
        var sent = await replay.PingAsync(request.Caller(), Id(webhookId), request.HttpContext.RequestAborted);
        return sent.Answer(view => Answer.Accepted(view, $"/api/webhooks/{webhookId}/deliveries/{view.Id}"));
    }

    [Function("ListWebhookDeliveries"), Requires(Permissions.WebhookManage)]
    [Operation("What a webhook was told", Query = typeof(WebhookEndpoints.DeliveryFilter), Answer = typeof(Page<WebhookEndpoints.DeliveryView>), Problems = ["not-found"])]
    public async Task<IResult> Deliveries([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/webhooks/{webhookId}/deliveries")] HttpRequest request, string webhookId)
    {
        var found = await webhooks.DeliveriesAsync(request.Caller(), Id(webhookId), request.Query<WebhookEndpoints.DeliveryFilter>(), request.HttpContext.RequestAborted);
        return found.Answer(page => Answer.Ok(page));
    }

    [Function("GetWebhookDelivery"), Requires(Permissions.WebhookManage)]
    [Operation("What a webhook was told, to the byte", Answer = typeof(WebhookEndpoints.DeliveryDetails), Problems = ["not-found"])]
    public async Task<IResult> Delivery(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/webhooks/{webhookId}/deliveries/{deliveryId}")] HttpRequest request, string webhookId, string deliveryId)
    {
        var found = await webhooks.DeliveryAsync(request.Caller(), Id(webhookId), RequestReading.Id(deliveryId, "delivery"), request.HttpContext.RequestAborted);
        return found.Answer(view => Answer.Ok(view));
    }

    [Function("ReplayWebhookDelivery"), Requires(Permissions.WebhookManage)]
    [Operation("Tell a webhook again", Answer = typeof(WebhookEndpoints.DeliveryView), Status = 202, Problems = ["not-found"])]
    public async Task<IResult> Replay(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/webhooks/{webhookId}/deliveries/{deliveryId}/replay")] HttpRequest request, string webhookId, string deliveryId)
    {
        var begun = await replay.OneAsync(request.Caller(), Id(webhookId), RequestReading.Id(deliveryId, "delivery"), request.HttpContext.RequestAborted);
        return begun.Answer(view => Answer.Accepted(view, $"/api/webhooks/{webhookId}/deliveries/{view.Id}"));
    }

    [Function("ReplayWebhook"), Requires(Permissions.WebhookManage)]
    [Operation("Tell a webhook all that did not arrive", Body = typeof(ReplayWebhook.Request), Answer = typeof(ReplayWebhook.Result), Status = 202, Problems = ["not-found"])]
    public async Task<IResult> ReplayAll([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/webhooks/{webhookId}/replay")] HttpRequest request, string webhookId)
    {
        var begun = await replay.ManyAsync(request.Caller(), Id(webhookId), await request.ReadAsync<ReplayWebhook.Request>(), request.HttpContext.RequestAborted);
        return begun.Answer(result => Answer.Accepted(result));
    }

    private static Guid Id(string text) => RequestReading.Id(text, "webhook");
}
