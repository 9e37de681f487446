using System.Collections.Frozen;
using System.Reflection;

namespace Podium.Webhooks;

/// <summary>A kind of thing that other systems can be told, and the record that tells it. Bodies name people and things by id: who may know more asks the API.</summary>
public sealed record WebhookEvent(string Name, string Description, Type Body)
{
    /// <summary>What a test of an endpoint sends; every endpoint takes it.</summary>
    public static readonly WebhookEvent Ping = new("ping", "Somebody tries whether the endpoint answers.", typeof(PingBody));

    /// <summary>Every event there is: each <c>static readonly WebhookEvent</c> of a feature.</summary>
    public static readonly FrozenDictionary<string, WebhookEvent> All = typeof(WebhookEvent).Assembly.GetTypes()
        .Where(type => !type.ContainsGenericParameters)
        .SelectMany(type => type.GetFields(BindingFlags.Public | BindingFlags.Static))
        .Where(field => field.FieldType == typeof(WebhookEvent))
        .Select(field => (WebhookEvent)field.GetValue(null)!)
        .ToFrozenDictionary(one => one.Name);

    public sealed record PingBody(Guid WebhookId);

    /// <summary>Whether an endpoint may subscribe to this: an event, all of a subject (<c>person.*</c>), or all (<c>*</c>).</summary>
    public static bool IsKnown(string subscription) =>
        subscription == "*" || All.ContainsKey(subscription) || (subscription.EndsWith(".*", StringComparison.Ordinal) && All.Keys.Any(name => Covers(subscription, name)));

    /// <summary>Whether a subscription is to an event.</summary>
    public static bool Covers(string subscription, string name) => SubscriptionsTo(name).Contains(subscription);

    /// <summary>The subscriptions that are to an event.</summary>
    public static string[] SubscriptionsTo(string name) => ["*", name, $"{name.Split('.')[0]}.*"];
}
