using System.ComponentModel.DataAnnotations;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Databases;
using Podium.Platform.Problems;
using Podium.Platform.Security;

namespace Podium.Identity;

/// <summary>Sets a new password: by knowing the old one, or by a link sent to the address. Whoever else is signed in is signed out.</summary>
public sealed class ChangePassword(Database database, ConfirmPassword confirm, EmailLinks links, OwnSessions ownSessions, TimeProvider clock)
{
    public sealed record Request
    {
        [StringLength(256, MinimumLength = 1), Example("correct horse battery")]
        public required string Password { get; init; }

        [StringLength(256, MinimumLength = 1), Example("wrong zebra pudding")]
        public required string NewPassword { get; init; }
    }

    public sealed record ResetRequest
    {
        /// <summary>The secret of the link that was mailed.</summary>
        [StringLength(200, MinimumLength = 1), Example("xJ3kVb0s9mQ2tRzL8wYp4uNc7aFd1eHg")]
        public required string Token { get; init; }

        [StringLength(256, MinimumLength = 1), Example("wrong zebra pudding")]
        public required string NewPassword { get; init; }
    }

    private sealed record Person(string EmailKey, string FirstName, string LastName)
    {
        public IEnumerable<string> Words => [EmailKey.Split('@')[0], FirstName, LastName];
    }

    public async Task<Outcome<bool>> Run(Caller caller, Request request, CancellationToken cancellationToken)
    {
        if (await confirm.Run(caller, request.Password, cancellationToken) is { } problem) return problem;
        return await database.InTransaction<bool>(caller, session => SetAsync(session, caller, caller.Person, request.NewPassword, caller.SessionId), cancellationToken);
    }

    /// <summary>By a mailed link, of a reset or an invitation. It also proves the address.</summary>
    public Task<Outcome<bool>> ResetAsync(Caller caller, ResetRequest request, CancellationToken cancellationToken) => database.InTransaction<bool>(
        caller,
        async session =>
        {
            if (await links.UseAsync(session, caller, request.Token, EmailLinks.Purpose.Reset, EmailLinks.Purpose.Invite) is not { } used) return IdentityProblems.LinkRefused;
            await session.ExecuteAsync(
                "UPDATE users SET email_verified_at = coalesce(email_verified_at, @now) WHERE tenant_id = @TenantId AND id = @UserId",
                new { caller.TenantId, used.UserId, now = clock.GetUtcNow() },
                cancellationToken);
            return await SetAsync(session, caller, used.UserId, request.NewPassword, keep: null);
        },
        cancellationToken);

    private async Task<Outcome<bool>> SetAsync(Session session, Caller caller, Guid userId, string password, Guid? keep)
    {
        var person = await session.FirstAsync<Person>(
            "SELECT email_key, first_name, last_name FROM users WHERE tenant_id = @TenantId AND id = @userId AND deleted_at IS NULL", new { caller.TenantId, userId });
        if (person is null) return IdentityProblems.LinkRefused;
        if (Passwords.Fault(password, person.Words) is { } fault) return Problem.Invalid("/newPassword", "weak", fault);
        await session.ExecuteAsync(
            """
            INSERT INTO user_credentials (tenant_id, user_id, password_hash, password_changed_at) VALUES (@TenantId, @userId, @hash, @now)
            ON CONFLICT (tenant_id, user_id) DO UPDATE SET password_hash = excluded.password_hash, password_changed_at = excluded.password_changed_at
            """,
            new { caller.TenantId, userId, hash = Passwords.Hash(password), now = clock.GetUtcNow() });
        await ownSessions.EndAllAsync(session, caller.TenantId, userId, "password-changed", keep);
        await links.TellPersonAsync(session, caller with { UserId = userId }, "account-password-changed");
        return true;
    }
}
