using System.ComponentModel.DataAnnotations;
using Podium.Platform.Access;
using Podium.Platform.Databases;
using Podium.Platform.Problems;
using Podium.Webhooks;

namespace Podium.Identity;

/// <summary>
/// Closes an account: another's by an administrator, or one's own. The person is signed out, holds no roles and no password any more;
/// the row stays for what refers to it, and the e-mail address stays taken.
/// </summary>
public sealed class RemovePerson(Database database, Rank rank, ConfirmPassword confirm, OwnSessions sessions, RaiseWebhook webhooks, TimeProvider clock)
{
    public sealed record OwnRequest
    {
        [StringLength(256, MinimumLength = 1)]
        public required string Password { get; init; }
    }

    public Task<Outcome<bool>> Run(Caller caller, Guid userId, int? ifMatch, CancellationToken cancellationToken) => database.InTransaction<bool>(
        caller,
        async session =>
        {
            var last = await Rank.LastAsync(session, caller, userId, cancellationToken);
            var reached = await rank.ReachAsync(session, caller, userId, ifMatch, cancellationToken);
            if ((reached.Problem ?? last) is { } problem) return problem;
            await CloseAsync(session, caller, userId, cancellationToken);
            return true;
        },
        cancellationToken);

    public async Task<Outcome<bool>> OwnAsync(Caller caller, OwnRequest request, CancellationToken cancellationToken)
    {
        if (await confirm.Run(caller, request.Password, cancellationToken) is { } wrong) return wrong;
        return await database.InTransaction<bool>(
            caller,
            async session =>
            {
                if (await Rank.LastAsync(session, caller, caller.Person, cancellationToken) is { } last) return last;
                await CloseAsync(session, caller, caller.Person, cancellationToken);
                return true;
            },
            cancellationToken);
    }

    private async Task CloseAsync(Session session, Caller caller, Guid userId, CancellationToken cancellationToken)
    {
        await session.ExecuteAsync(
            """
            UPDATE users SET deleted_at = @now, updated_at = @now, updated_by = @Person, version = version + 1 WHERE tenant_id = @TenantId AND id = @userId AND deleted_at IS NULL;
            DELETE FROM user_roles WHERE tenant_id = @TenantId AND user_id = @userId;
            DELETE FROM user_credentials WHERE tenant_id = @TenantId AND user_id = @userId;
            DELETE FROM user_recovery_codes WHERE tenant_id = @TenantId AND user_id = @userId;
            DELETE FROM email_tokens WHERE tenant_id = @TenantId AND user_id = @userId
            """,
            new { caller.TenantId, caller.Person, userId, now = clock.GetUtcNow() },
            cancellationToken);
        await sessions.EndAllAsync(session, caller.TenantId, userId, "deleted");
        await webhooks.RunAsync(session, caller.TenantId, IdentityEvents.Removed, new IdentityEvents.PersonBody(userId), cancellationToken);
    }
}
