using System.ComponentModel.DataAnnotations;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Databases;
using Podium.Platform.Problems;
using Podium.Webhooks;

namespace Podium.Identity;

/// <summary>Proves an e-mail address by the link that was sent there; a change of address takes effect.</summary>
public sealed class VerifyEmail(Database database, EmailLinks links, RaiseWebhook webhooks, TimeProvider clock)
{
    public sealed record Request
    {
        [StringLength(200, MinimumLength = 1), Example("xJ3kVb0s9mQ2tRzL8wYp4uNc7aFd1eHg")]
        public required string Token { get; init; }
    }

    public sealed record Result(Guid UserId);

    public Task<Outcome<Result>> Run(Caller caller, Request request, CancellationToken cancellationToken) => database.InTransaction<Result>(
        caller,
        async session =>
        {
            if (await links.UseAsync(session, caller, request.Token, EmailLinks.Purpose.Verify, EmailLinks.Purpose.Change) is not { } used) return IdentityProblems.LinkRefused;
            await session.ExecuteAsync(
                """
                UPDATE users
                SET email = coalesce(@NewEmail, email), email_key = coalesce(@newKey, email_key), email_verified_at = @now, updated_at = @now, version = version + 1
                WHERE tenant_id = @TenantId AND id = @UserId AND deleted_at IS NULL
                """,
                new { caller.TenantId, used.UserId, used.NewEmail, newKey = used.NewEmail is null ? null : EmailAddress.KeyOf(used.NewEmail), now = clock.GetUtcNow() },
                cancellationToken);
            await webhooks.RunAsync(session, caller.TenantId, IdentityEvents.Verified, new IdentityEvents.PersonBody(used.UserId), cancellationToken);
            return new Result(used.UserId);
        },
        cancellationToken);
}
