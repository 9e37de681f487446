using System.ComponentModel.DataAnnotations;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Databases;
using Podium.Platform.Live;
using Podium.Platform.Problems;

namespace Podium.Notifications;

/// <summary>A person's inbox in the app, and how they want to hear of things.</summary>
public sealed class OwnNotifications(Database database, TimeProvider clock)
{
    public sealed record View(Guid Id, string Kind, string Language, string Title, string Body, string? Link, DateTimeOffset CreatedAt, DateTimeOffset? ReadAt);

    public sealed record Counted(long Unread);

    public sealed record Query : PageQuery
    {
        /// <summary>Only what has not been read.</summary>
        public bool Unread { get; init; }
    }

    public sealed record Preferences
    {
        /// <summary>When mails wait, in the person's time zone; both or none.</summary>
        [RegularExpression("([01][0-9]|2[0-3]):[0-5][0-9]", ErrorMessage = "A time of day such as 22:00."), StringLength(5), Example("22:00")]
        public string? QuietFrom { get; init; }

        [RegularExpression("([01][0-9]|2[0-3]):[0-5][0-9]", ErrorMessage = "A time of day such as 07:00."), StringLength(5), Example("07:00")]
        public string? QuietUntil { get; init; }

        /// <summary>When the digest may come.</summary>
        [RegularExpression("([01][0-9]|2[0-3]):[0-5][0-9]", ErrorMessage = "A time of day such as 08:00."), StringLength(5), Example("08:00")]
        public string DigestAt { get; init; } = "08:00";

        [MaxLength(100)]
        public IReadOnlyList<KindPreference> Kinds { get; init; } = [];
    }

    public sealed record KindPreference
    {
        [StringLength(50, MinimumLength = 1), Example("announcement")]
        public required string Kind { get; init; }

        public required bool InApp { get; init; }

        public required EmailMode Email { get; init; }
    }

    private sealed record Hours(string? QuietFrom, string? QuietUntil, string DigestAt);

    private sealed record Stored(string Kind, bool InApp, string Email);

    public async Task<Page<View>> ListAsync(Caller caller, Query query, CancellationToken cancellationToken) => query.Of(
        await database.As(caller).QueryAsync<View>(
            $"""
            SELECT id, kind, language, title, body, link, created_at, read_at
            FROM notifications
            WHERE tenant_id = @TenantId AND user_id = @Person AND in_app AND (@After::uuid IS NULL OR id < @After){(query.Unread ? " AND read_at IS NULL" : "")}
            ORDER BY id DESC
            LIMIT @limit
            """,
            new { caller.TenantId, caller.Person, query.After, limit = query.Fetch() },
            cancellationToken),
        view => view.Id);

    public async Task<Counted> CountAsync(Caller caller, CancellationToken cancellationToken) => new(await database.As(caller).SingleAsync<long>(
        "SELECT count(*) FROM notifications WHERE tenant_id = @TenantId AND user_id = @Person AND in_app AND read_at IS NULL",
        new { caller.TenantId, caller.Person },
        cancellationToken));

    /// <summary>Marks one notification as read; a second time changes nothing.</summary>
    public async Task<Problem?> ReadAsync(Caller caller, Guid id, CancellationToken cancellationToken)
    {
        return await database.InTransaction(
            caller,
            async session =>
            {
                var found = await session.ExecuteAsync(
                    "UPDATE notifications SET read_at = coalesce(read_at, @now) WHERE tenant_id = @TenantId AND user_id = @Person AND id = @id AND in_app",
                    new { caller.TenantId, caller.Person, id, now = clock.GetUtcNow() },
                    cancellationToken);
                if (found == 0) return Problem.NotFound("notification");
                await SignalAsync(session, caller);
                return null;
            },
            cancellationToken);
    }

    public Task ReadAllAsync(Caller caller, CancellationToken cancellationToken) => database.InTransaction(
        caller,
        async session =>
        {
            var found = await session.ExecuteAsync(
                "UPDATE notifications SET read_at = @now WHERE tenant_id = @TenantId AND user_id = @Person AND in_app AND read_at IS NULL",
                new { caller.TenantId, caller.Person, now = clock.GetUtcNow() },
                cancellationToken);
            if (found > 0) await SignalAsync(session, caller);
            return found;
        },
        cancellationToken);

    private static Task SignalAsync(Session session, Caller caller) => LiveHub.SignalAsync(session, WatchNotifications.TopicOf(caller.TenantId, caller.Person));

    public async Task<Preferences> PreferencesAsync(Caller caller, CancellationToken cancellationToken) => await database.As(caller).QueryManyAsync(
        """
        SELECT to_char(quiet_from, 'HH24:MI') AS quiet_from, to_char(quiet_until, 'HH24:MI') AS quiet_until, to_char(digest_at, 'HH24:MI') AS digest_at
        FROM user_notification_hours WHERE tenant_id = @TenantId AND user_id = @Person;
        SELECT kind, in_app, email FROM user_notification_preferences WHERE tenant_id = @TenantId AND user_id = @Person
        """,
        new { caller.TenantId, caller.Person },
        async results =>
        {
            var hours = await results.ReadFirstOrDefaultAsync<Hours>();
            var stored = (await results.ReadAsync<Stored>()).ToDictionary(row => row.Kind);
            return new Preferences
            {
                QuietFrom = hours?.QuietFrom,
                QuietUntil = hours?.QuietUntil,
                DigestAt = hours?.DigestAt ?? "08:00",
                Kinds = [.. NotificationKinds.All.Values.Select(kind => stored.TryGetValue(kind.Name, out var own)
                    ? new KindPreference { Kind = kind.Name, InApp = own.InApp, Email = Enum.Parse<EmailMode>(own.Email, ignoreCase: true) }
                    : new KindPreference { Kind = kind.Name, InApp = kind.InApp, Email = kind.Email })],
            };
        },
        cancellationToken);

    public async Task<Outcome<Preferences>> SetPreferencesAsync(Caller caller, Preferences wanted, CancellationToken cancellationToken)
    {
        if (wanted.QuietFrom is null != wanted.QuietUntil is null) return Problem.Invalid(wanted.QuietFrom is null ? "/quietFrom" : "/quietUntil", "required", "Quiet hours have a beginning and an end.");
        for (var i = 0; i < wanted.Kinds.Count; i++)
        {
            if (!NotificationKinds.All.ContainsKey(wanted.Kinds[i].Kind)) return Problem.Invalid($"/kinds/{i}/kind", "unknown", "There is no such kind.");
            if (wanted.Kinds.Take(i).Any(kind => kind.Kind == wanted.Kinds[i].Kind)) return Problem.Invalid($"/kinds/{i}/kind", "repeated", "This kind stands there already.");
        }
        await database.InTransaction(
            caller,
            session => session.ExecuteAsync(
                """
                INSERT INTO user_notification_hours (tenant_id, user_id, quiet_from, quiet_until, digest_at)
                VALUES (@TenantId, @Person, @QuietFrom::time, @QuietUntil::time, @DigestAt::time)
                ON CONFLICT (tenant_id, user_id) DO UPDATE
                SET quiet_from = excluded.quiet_from, quiet_until = excluded.quiet_until, digest_at = excluded.digest_at;

                INSERT INTO user_notification_preferences (tenant_id, user_id, kind, in_app, email)
                SELECT @TenantId, @Person, kind, in_app, email FROM unnest(@kinds, @inApp, @email) AS given (kind, in_app, email)
                ON CONFLICT (tenant_id, user_id, kind) DO UPDATE SET in_app = excluded.in_app, email = excluded.email
                """,
                new
                {
                    caller.TenantId,
                    caller.Person,
                    wanted.QuietFrom,
                    wanted.QuietUntil,
                    wanted.DigestAt,
                    kinds = wanted.Kinds.Select(kind => kind.Kind).ToArray(),
                    inApp = wanted.Kinds.Select(kind => kind.InApp).ToArray(),
                    email = wanted.Kinds.Select(kind => kind.Email.ToString().ToLowerInvariant()).ToArray(),
                },
                cancellationToken),
            cancellationToken);
        return await PreferencesAsync(caller, cancellationToken);
    }
}
