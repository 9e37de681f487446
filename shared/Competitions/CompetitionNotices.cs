using System.Text.Json;
using Podium.Notifications;
using Podium.Platform.Databases;
using Podium.Tenancy;

namespace Podium.Competitions;

/// <summary>Tells people of their registrations and teams, in the tenant's languages and in its own words where it has some.</summary>
public sealed class CompetitionNotices(Notify notify)
{
    private sealed record Own(string Language, string Subject, string Text);

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
        // by the session's own connection: one more would be waited for while this one holds locks
        var own = (await session.QueryAsync<Own>(
            "SELECT language, subject, text FROM notification_templates WHERE tenant_id = @Id AND name = @template", new { tenant.Id, template }, cancellationToken)).ToDictionary(words => words.Language);
        var said = new List<Notify.Text>();
        foreach (var language in tenant.Languages)
        {
            var words = own.TryGetValue(language, out var theirs)
                ? new MailTemplates.Template(theirs.Subject, theirs.Text)
                : MailTemplates.Find(template, language) ?? throw new InvalidOperationException($"There is no template {template}.");
            var filled = new Dictionary<string, string>(values(language))
            {
                ["tenant"] = tenant.Name,
                ["competition"] = Translations.Of(translations, language)?.Name ?? competitionName,
            };
            filled.TryAdd("reason", "");
            said.Add(new Notify.Text(language, MailTemplates.Fill(words.Subject, filled), MailTemplates.Fill(words.Text, filled).Trim()));
        }
        await notify.RunAsync(session, tenant.Id, tenant.TimeZone, new Notify.Notice(KindOf(template), said, $"/competitions/{competitionId}"), people);
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
