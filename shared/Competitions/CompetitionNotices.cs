using System.Text.Json;
using Podium.Notifications;
using Podium.Platform.Databases;
using Podium.Tenancy;

namespace Podium.Competitions;

/// <summary>Tells people of their registrations and teams, in the tenant's languages and in its own words where it has some.</summary>
public sealed class CompetitionNotices(Notify notify)
{
    /// <summary>Writes one notice for each of the people, within the session's transaction.</summary>
    internal Task TellAsync(
        Session session, Tenant tenant, string template, IReadOnlyCollection<Guid> people, LockedCompetition competition, Dictionary<string, string> values, CancellationToken cancellationToken) =>
        TellAsync(session, tenant, template, people, competition.Id, competition.Name, competition.Translations, _ => values, cancellationToken);

    /// <summary>The same with words that differ from language to language.</summary>
    internal async Task TellAsync(
        Session session, Tenant tenant, string template, IReadOnlyCollection<Guid> people, Guid competitionId, string competitionName, JsonElement translations,
        Func<string, Dictionary<string, string>> values, CancellationToken cancellationToken)
    {
        if (people.Count == 0) return;
        var said = await NoticeTexts.ReadAsync(session, tenant, template, FilledIn, cancellationToken);
        await notify.RunAsync(session, tenant.Id, tenant.TimeZone, new Notify.Notice(KindOf(template), said, $"/competitions/{competitionId}"), people);

        Dictionary<string, string> FilledIn(string language)
        {
            var filled = new Dictionary<string, string>(values(language))
            {
                ["tenant"] = tenant.Name,
                ["competition"] = Translations.Of(translations, language)?.Name ?? competitionName,
            };
            filled.TryAdd("reason", "");
            return filled;
        }
    }

    private static NotificationKind KindOf(string template) => template.Split('-')[0] switch
    {
        "registration" => NotificationKinds.Registration,
        "team" => NotificationKinds.Team,
        "review" => NotificationKinds.Judging,
        "submission" => template == "submission-reminder" ? NotificationKinds.Reminder : NotificationKinds.Submission,
        _ => template == "competition-reminder" ? NotificationKinds.Reminder : NotificationKinds.Competition,
    };
}
