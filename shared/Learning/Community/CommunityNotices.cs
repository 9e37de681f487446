using System.Globalization;
using Podium.Notifications;
using Podium.Platform.Access;
using Podium.Platform.Databases;

namespace Podium.Learning.Community;

/// <summary>Tells learners of answers, of followers, and of what moderators did.</summary>
public sealed class CommunityNotices(Notify notify)
{
    private sealed record Words(string Language, string Answered, string Hidden, string Restored, string Followed);

    private static readonly Words[] Spoken =
    [
        new("en", "{0} answered you at “{1}”", "What you wrote at “{1}” was hidden", "What you wrote at “{1}” is shown again", "{0} follows you"),
        new("fr", "{0} vous a répondu à propos de « {1} »", "Votre message à propos de « {1} » a été masqué", "Votre message à propos de « {1} » est de nouveau visible", "{0} vous suit"),
        new("kk", "{0} сізге «{1}» бойынша жауап берді", "«{1}» бойынша жазғаныңыз жасырылды", "«{1}» бойынша жазғаныңыз қайта көрсетілді", "{0} сізге жазылды"),
        new("ru", "{0} ответил(а) вам в обсуждении «{1}»", "Ваше сообщение в обсуждении «{1}» скрыто", "Ваше сообщение в обсуждении «{1}» снова видно", "{0} подписан(а) на вас"),
    ];

    private const string NamesSql =
        """
        SELECT coalesce((SELECT first_name || ' ' || left(last_name, 1) || '.' FROM users WHERE tenant_id = @TenantId AND id = @Person), '') AS person,
               coalesce((SELECT content->>'title' FROM challenge_versions WHERE tenant_id = @TenantId AND challenge_id = @challenge AND is_active), '') AS challenge
        """;

    internal async Task AnsweredAsync(Session session, Caller caller, Guid challenge, Guid author, CancellationToken cancellationToken)
    {
        // who is blocked is not heard of
        if (await IsBlockedAsync(session, caller, author, cancellationToken)) return;
        await TellAsync(session, caller, challenge, author, words => words.Answered, "", cancellationToken);
    }

    internal Task ModeratedAsync(Session session, Caller caller, Guid challenge, Guid author, bool hidden, string reason, CancellationToken cancellationToken) =>
        TellAsync(session, caller, challenge, author, words => hidden ? words.Hidden : words.Restored, reason, cancellationToken);

    internal Task FollowedAsync(Session session, Caller caller, Guid followed, CancellationToken cancellationToken) => TellAsync(session, caller, null, followed, words => words.Followed, "", cancellationToken);

    internal static Task<bool> IsBlockedAsync(Session session, Caller caller, Guid by, CancellationToken cancellationToken) => session.SingleAsync<bool>(
        "SELECT EXISTS (SELECT FROM person_blocks WHERE tenant_id = @TenantId AND user_id = @by AND blocked_id = @Person)", new { caller.TenantId, caller.Person, by }, cancellationToken);

    private async Task TellAsync(Session session, Caller caller, Guid? challenge, Guid to, Func<Words, string> said, string body, CancellationToken cancellationToken)
    {
        var (person, title) = await session.SingleAsync<(string, string)>(NamesSql, new { caller.TenantId, caller.Person, challenge }, cancellationToken);
        await notify.RunAsync(
            session,
            caller.TenantId,
            caller.Tenant.TimeZone,
            new Notify.Notice(NotificationKinds.Discussion, [.. Spoken.Select(words => new Notify.Text(words.Language, string.Format(CultureInfo.InvariantCulture, said(words), person, title), body))], challenge is null ? null : $"/challenges/{challenge}"),
            [to]);
    }
}
