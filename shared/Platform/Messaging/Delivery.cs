using System.Text.Json;
using Azure.Messaging.ServiceBus;
using Podium.Platform.Api;
using Podium.Platform.Databases;
using Podium.Tenancy;

namespace Podium.Platform.Messaging;

/// <summary>A message that no try will make sense of. It goes to the dead letters with this reason.</summary>
public sealed class UnreadableMessageException(string reason, string detail) : Exception(detail)
{
    public string Reason { get; } = reason;
}

/// <summary>A message as its consumer sees it: of a known tenant, its body what it says it is.</summary>
public sealed record Delivery(Tenant Tenant, string Queue, string MessageId, string Subject, string Body)
{
    public const string TenantProperty = "tenant";

    /// <summary>The id under which the message was first sent; a try that is put off travels under another.</summary>
    public const string OriginProperty = "origin";

    public const string AttemptProperty = "attempt";

    /// <summary>The tenant itself acts: nobody is signed in.</summary>
    public Actor Actor => new() { TenantId = Tenant.Id, Shard = Tenant.Shard };

    public T Read<T>()
    {
        try
        {
            using var document = JsonDocument.Parse(Body, Json.Strict);
            var faults = RequestShape.Check(document.RootElement, typeof(T));
            if (faults.Count > 0) throw new UnreadableMessageException("invalid", $"The body is no {typeof(T).Name}: {string.Join(" ", faults.Select(fault => $"{fault.Pointer}: {fault.Detail}"))}");
            return document.RootElement.Deserialize<T>(Json.Options)!;
        }
        catch (JsonException)
        {
            throw new UnreadableMessageException("malformed", "The body is not JSON.");
        }
    }

    /// <summary>Finds the tenant that a message belongs to.</summary>
    public static async Task<Delivery> OfAsync(ServiceBusReceivedMessage message, string queue, TenantDirectory tenants, CancellationToken cancellationToken)
    {
        if (!Guid.TryParse(PropertyOf(message, TenantProperty), out var id)) throw new UnreadableMessageException("no-tenant", $"The property '{TenantProperty}' must name the tenant's id.");
        var tenant = await tenants.ByIdAsync(id, cancellationToken) ?? throw new UnreadableMessageException("unknown-tenant", $"There is no tenant {id}.");
        return new Delivery(tenant, queue, PropertyOf(message, OriginProperty) ?? message.MessageId ?? "", message.Subject ?? "", message.Body.ToString());
    }

    public static string? PropertyOf(ServiceBusReceivedMessage message, string name) =>
        message.ApplicationProperties.TryGetValue(name, out var value) ? value?.ToString() : null;
}
