using Podium.Platform.Databases;
using Podium.Tenancy;

namespace Podium.Notifications;

/// <summary>A template's words in all of a tenant's languages, filled in: the tenant's own where it has some.</summary>
internal static class NoticeTexts
{
    private sealed record Own(string Language, string Subject, string Text);

    public static async Task<IReadOnlyList<Notify.Text>> ReadAsync(Session session, Tenant tenant, string template, Func<string, Dictionary<string, string>> values, CancellationToken cancellationToken)
    {
        // by the session's own connection: one more would be waited for while this one holds locks
        var own = (await session.QueryAsync<Own>(
            "SELECT language, subject, text FROM notification_templates WHERE tenant_id = @Id AND name = @template", new { tenant.Id, template }, cancellationToken)).ToDictionary(words => words.Language);
        var said = new List<Notify.Text>();
        foreach (var language in tenant.Languages)
        {
            var words = own.TryGetValue(language, out var theirs)
                ? new MailTemplates.Template(theirs.Subject, theirs.Text)
                : MailTemplates.Find(template, language) ?? throw new InvalidOperationException($"There is no template {template}.");
            var filled = values(language);
            said.Add(new Notify.Text(language, MailTemplates.Fill(words.Subject, filled), MailTemplates.Fill(words.Text, filled).Trim()));
        }
        return said;
    }
}
