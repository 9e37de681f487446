using System.ComponentModel.DataAnnotations;
using Podium.Notifications;
using Podium.Platform.Api;
using Podium.Platform.Problems;

namespace Podium.Emergencies;

/// <summary>Tells something to everybody whom a competition concerns. What is said cannot be unsaid, so two persons say it.</summary>
internal sealed class Broadcast(Notify notify) : EmergencyMeasure
{
    internal override EmergencyKind Kind => EmergencyKind.Broadcast;

    internal override async Task<Outcome<Done>> DoAsync(Acting acting, CancellationToken cancellationToken)
    {
        var request = acting.Read<BroadcastRequest>();
        if (SendAnnouncement.FaultsOf(acting.Caller, [.. request.Texts.Select(text => text.Language)]) is { Count: > 0 } faults) return new Problem(CommonProblems.Invalid) { Faults = faults };
        var people = await Concerned.PeopleAsync(acting, cancellationToken);
        var texts = request.Texts.Select(text => new Notify.Text(text.Language, text.Title, text.Body)).ToList();
        await notify.RunAsync(acting.Session, acting.Caller.TenantId, acting.Caller.Tenant.TimeZone, new Notify.Notice(NotificationKinds.Announcement, texts, $"/competitions/{acting.Locked.Id}"), people);
        var plan = EmergencyPlan.Of(request.Texts.Select(text => new Touched($"text in {text.Language}", acting.Locked.Id, text.Title, null, text.Body)), people.Count);
        return new Done(plan with { SecondPerson = true, Reversible = false }, new { });
    }
}

public sealed record BroadcastRequest : EmergencyRequest
{
    /// <summary>In the tenant's languages, each once; who reads none of them gets the first.</summary>
    [MinLength(1), MaxLength(20)]
    public required IReadOnlyList<SendAnnouncement.TextRequest> Texts { get; init; }
}
