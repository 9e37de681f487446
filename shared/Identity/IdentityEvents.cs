using Podium.Webhooks;

namespace Podium.Identity;

/// <summary>What other systems can be told of people.</summary>
public static class IdentityEvents
{
    public sealed record PersonBody(Guid UserId);

    public static readonly WebhookEvent Registered = new("person.registered", "Somebody has opened an account, by themselves or by another issuer's sign-in.", typeof(PersonBody));

    public static readonly WebhookEvent Invited = new("person.invited", "Somebody was given an account.", typeof(PersonBody));

    public static readonly WebhookEvent Verified = new("person.verified", "Somebody has proved that an e-mail address is theirs.", typeof(PersonBody));

    public static readonly WebhookEvent Removed = new("person.removed", "An account was closed.", typeof(PersonBody));
}
