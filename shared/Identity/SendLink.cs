using System.ComponentModel.DataAnnotations;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Databases;

namespace Podium.Identity;

/// <summary>Mails a new link: to verify an address, or to reset a password. Says nothing of whether there is such an account.</summary>
public sealed class SendLink(Database database, EmailLinks links)
{
    public sealed record Request
    {
        [Email, StringLength(254, MinimumLength = 3), Example("ada@example.org")]
        public required string Email { get; init; }
    }

    public sealed record Result(string Status);

    private sealed record Person(Guid Id, string Email, string Language, DateTimeOffset? EmailVerifiedAt);

    public Task<Result> VerificationAsync(Caller caller, Request request, CancellationToken cancellationToken) =>
        SendAsync(caller, request, EmailLinks.Purpose.Verify, person => person.EmailVerifiedAt is null, "verification-sent", cancellationToken);

    public Task<Result> PasswordResetAsync(Caller caller, Request request, CancellationToken cancellationToken) =>
        SendAsync(caller, request, EmailLinks.Purpose.Reset, _ => true, "reset-sent", cancellationToken);

    private Task<Result> SendAsync(Caller caller, Request request, EmailLinks.Purpose purpose, Func<Person, bool> applies, string status, CancellationToken cancellationToken) =>
        database.InTransaction(
            caller,
            async session =>
            {
                var person = await session.FirstAsync<Person>(
                    """
                    SELECT id, email, language, email_verified_at FROM users
                    WHERE tenant_id = @TenantId AND email_key = @key AND deleted_at IS NULL AND account_status = 'active'
                    """,
                    new { caller.TenantId, key = EmailAddress.KeyOf(request.Email) },
                    cancellationToken);
                if (person is not null && applies(person)) await links.SendAsync(session, caller.TenantId, person.Id, purpose, person.Email, person.Language);
                return new Result(status);
            },
            cancellationToken);
}
