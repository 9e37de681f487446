using Podium.Platform.Access;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Identity;

/// <summary>What an administrator does for somebody who cannot get in, or whose account is in the wrong hands.</summary>
public sealed class AssistPerson(Database database, Rank rank, OwnSessions sessions, EmailLinks links, TimeProvider clock)
{
    /// <summary>Mails a link that sets a password; who never had one gets the invitation again.</summary>
    public Task<Outcome<SendLink.Result>> SendPasswordResetAsync(Caller caller, Guid userId, CancellationToken cancellationToken) => ActAsync<SendLink.Result>(
        caller,
        userId,
        async (session, person) =>
        {
            if (person.Status != Users.Status.Active) return new Problem(CommonProblems.Conflict, "The account is suspended.");
            var hasPassword = await session.SingleAsync<bool>(
                "SELECT EXISTS (SELECT FROM user_credentials WHERE tenant_id = @TenantId AND user_id = @userId AND password_hash IS NOT NULL)",
                new { caller.TenantId, userId },
                cancellationToken);
            await links.SendAsync(session, caller.TenantId, userId, hasPassword ? EmailLinks.Purpose.Reset : EmailLinks.Purpose.Invite, person.Email, person.Language);
            return new SendLink.Result("reset-sent");
        },
        cancellationToken);

    /// <summary>For who has lost the authenticator and the recovery codes. One's own goes only by proving to have it.</summary>
    public async Task<Outcome<bool>> RemoveSecondFactorAsync(Caller caller, Guid userId, CancellationToken cancellationToken)
    {
        if (userId == caller.Person) return new Problem(CommonProblems.Forbidden, "Remove your own authenticator in your account, with a code.");
        return await ActAsync<bool>(
            caller,
            userId,
            async (session, person) =>
            {
                var removed = await session.ExecuteAsync(
                    """
                    UPDATE user_credentials SET totp_secret_encrypted = NULL, totp_confirmed_at = NULL, totp_last_step = NULL
                    WHERE tenant_id = @TenantId AND user_id = @userId AND totp_confirmed_at IS NOT NULL
                    """,
                    new { caller.TenantId, userId },
                    cancellationToken);
                if (removed == 0) return IdentityProblems.TotpMissing;
                await session.ExecuteAsync(
                    """
                    DELETE FROM user_recovery_codes WHERE tenant_id = @TenantId AND user_id = @userId;
                    UPDATE users SET updated_at = @now, updated_by = @Person, version = version + 1 WHERE tenant_id = @TenantId AND id = @userId
                    """,
                    new { caller.TenantId, caller.Person, userId, now = clock.GetUtcNow() },
                    cancellationToken);
                await links.TellAsync(session, caller.TenantId, new EmailLinks.Mail("account-second-factor-off", userId, person.Email, person.Language, null, null));
                return true;
            },
            cancellationToken);
    }

    public Task<Outcome<bool>> EndSessionsAsync(Caller caller, Guid userId, CancellationToken cancellationToken) => ActAsync<bool>(
        caller,
        userId,
        async (session, _) =>
        {
            await sessions.EndAllAsync(session, caller.TenantId, userId, "ended-by-administrator");
            return true;
        },
        cancellationToken);

    private Task<Outcome<T>> ActAsync<T>(Caller caller, Guid userId, Func<Session, Rank.Person, Task<Outcome<T>>> act, CancellationToken cancellationToken) => database.InTransaction<T>(
        caller,
        async session =>
        {
            var reached = await rank.ReachAsync(session, caller, userId, null, cancellationToken);
            return reached.Problem is { } problem ? problem : await act(session, reached.Value!);
        },
        cancellationToken);
}
