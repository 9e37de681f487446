using System.ComponentModel.DataAnnotations;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Caching;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Notifications;

/// <summary>A tenant's own words for mails.</summary>
public sealed class TemplateEditor(Database database, Cache cache, NotificationTexts texts, TimeProvider clock)
{
    public sealed record View(string Name, string Language, string Subject, string Text, bool Own);

    public sealed record Change
    {
        [StringLength(200, MinimumLength = 1), Example("Welcome to {{tenant}}")]
        public required string Subject { get; init; }

        [StringLength(10000, MinimumLength = 1), Example("Hello {{name}},\n\n{{link}}")]
        public required string Text { get; init; }
    }

    private sealed record Key(string Name, string Language);

    /// <summary>Every template in every language of the tenant, in the words that would be sent.</summary>
    public async Task<IReadOnlyList<View>> ListAsync(Caller caller, CancellationToken cancellationToken)
    {
        var own = (await database.As(caller).QueryAsync<Key>("SELECT name, language FROM notification_templates WHERE tenant_id = @TenantId", new { caller.TenantId }, cancellationToken)).ToHashSet();
        var views = new List<View>();
        foreach (var name in MailTemplates.Names.Order(StringComparer.Ordinal))
        {
            foreach (var language in caller.Tenant.Languages)
            {
                var template = (await texts.FindAsync(caller.Tenant, name, language, cancellationToken))!;
                views.Add(new View(name, language, template.Subject, template.Text, own.Contains(new Key(name, language))));
            }
        }
        return views;
    }

    public async Task<Outcome<View>> SetAsync(Caller caller, string name, string language, Change change, CancellationToken cancellationToken)
    {
        if (Fault(caller, name, language, change) is { } problem) return problem;
        return await database.InTransaction<View>(
            caller,
            async session =>
            {
                await session.ExecuteAsync(
                    """
                    INSERT INTO notification_templates AS known (tenant_id, name, language, subject, text, updated_at, updated_by)
                    VALUES (@TenantId, @name, @language, @Subject, @Text, @now, @UserId)
                    ON CONFLICT (tenant_id, name, language) DO UPDATE
                    SET subject = excluded.subject, text = excluded.text, version = known.version + 1, updated_at = excluded.updated_at, updated_by = excluded.updated_by
                    """,
                    new { caller.TenantId, name, language, change.Subject, change.Text, now = clock.GetUtcNow(), caller.UserId },
                    cancellationToken);
                await cache.InvalidateAsync(session, NotificationTexts.CacheKeyOf(caller.TenantId));
                return new View(name, language, change.Subject, change.Text, Own: true);
            },
            cancellationToken);
    }

    /// <summary>Goes back to our words.</summary>
    public Task<Outcome<bool>> ResetAsync(Caller caller, string name, string language, CancellationToken cancellationToken) => database.InTransaction<bool>(
        caller,
        async session =>
        {
            var removed = await session.ExecuteAsync(
                "DELETE FROM notification_templates WHERE tenant_id = @TenantId AND name = @name AND language = @language", new { caller.TenantId, name, language }, cancellationToken);
            if (removed == 0) return Problem.NotFound("template of your own");
            await cache.InvalidateAsync(session, NotificationTexts.CacheKeyOf(caller.TenantId));
            return true;
        },
        cancellationToken);

    private static Problem? Fault(Caller caller, string name, string language, Change change)
    {
        if (!MailTemplates.Names.Contains(name)) return Problem.NotFound("template");
        if (!caller.Tenant.Languages.Contains(language)) return Problem.NotFound("language of this tenant");
        var known = MailTemplates.PlaceholdersOf(MailTemplates.Find(name, "en")!);
        var unknown = MailTemplates.PlaceholdersOf(new MailTemplates.Template(change.Subject, change.Text)).Except(known).ToList();
        if (unknown.Count > 0) return Problem.Invalid("/text", "placeholder", $"There is no {{{{{unknown[0]}}}}} here; there are {string.Join(", ", known.Select(one => $"{{{{{one}}}}}"))}.");
        // a mail that exists for its link is of no use without it
        if (known.Contains("link") && !change.Text.Contains("{{link}}", StringComparison.Ordinal)) return Problem.Invalid("/text", "placeholder", "The text must hold {{link}}.");
        return null;
    }
}
