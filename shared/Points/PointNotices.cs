using System.Globalization;
using Podium.Notifications;
using Podium.Platform.Databases;
using Podium.Tenancy;
using Podium.Webhooks;

namespace Podium.Points;

/// <summary>Tells people what they have earned, and other systems too.</summary>
public sealed class PointNotices(Notify notify, RaiseWebhook webhooks)
{
    internal async Task ChangedAsync(GiveAwards.Context context, Achievements.View rule, IReadOnlyList<GiveAwards.Award> awards, CancellationToken cancellationToken)
    {
        await RaiseAsync(PointEvents.Earned, awards.Where(award => award.IsGiven));
        await RaiseAsync(PointEvents.TakenBack, awards.Where(award => !award.IsGiven));
        // who gets back what was gone for a while knows of it already
        if (rule.Kind == AchievementKind.Achievement && context.Tell)
            await TellAsync(context.Session, context.Tenant, "achievement-earned", rule, "", [.. awards.Where(award => award is { IsGiven: true, Turn: 1 }).Select(award => award.UserId).Distinct()], cancellationToken);

        Task RaiseAsync(WebhookEvent what, IEnumerable<GiveAwards.Award> some) => webhooks.RunManyAsync(
            context.Session, context.Tenant.Id, what, [.. some.Select(award => new PointEvents.AwardBody(award.Id, rule.Id, award.UserId, award.Points, award.CompetitionId))], cancellationToken);
    }

    internal async Task RevokedAsync(Session session, Tenant tenant, Achievements.View rule, PointEvents.AwardBody award, string reason, CancellationToken cancellationToken)
    {
        await webhooks.RunAsync(session, tenant.Id, PointEvents.TakenBack, award, cancellationToken);
        await TellAsync(session, tenant, "achievement-revoked", rule, reason, [award.UserId], cancellationToken);
    }

    private async Task TellAsync(Session session, Tenant tenant, string template, Achievements.View rule, string reason, IReadOnlyCollection<Guid> people, CancellationToken cancellationToken)
    {
        if (people.Count == 0) return;
        var texts = await NoticeTexts.ReadAsync(session, tenant, template, WordsIn, cancellationToken);
        await notify.RunAsync(session, tenant.Id, tenant.TimeZone, new Notify.Notice(NotificationKinds.Achievement, texts, "/achievements"), people);

        Dictionary<string, string> WordsIn(string language)
        {
            var text = rule.Texts.FirstOrDefault(one => one.Language == language) ?? rule.Texts[0];
            return new() { ["tenant"] = tenant.Name, ["achievement"] = text.Title, ["badge"] = text.Badge, ["points"] = rule.Points.ToString(CultureInfo.InvariantCulture), ["reason"] = reason };
        }
    }
}
