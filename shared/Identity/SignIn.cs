using System.ComponentModel.DataAnnotations;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Databases;
using Podium.Platform.Problems;
using Podium.Platform.Security;

namespace Podium.Identity;

/// <summary>Signs a person in by password and, where one is set up, a second factor. An unknown account costs and answers the same as a wrong password.</summary>
public sealed class SignIn(Database database, SignInThrottle throttle, SecondFactor secondFactor, Sessions sessions, TimeProvider clock)
{
    public sealed record Request
    {
        [StringLength(254, MinimumLength = 1), Example("ada@example.org")]
        public required string Email { get; init; }

        [StringLength(256, MinimumLength = 1), Example("correct horse battery")]
        public required string Password { get; init; }

        /// <summary>Six digits of the authenticator, or a recovery code.</summary>
        [StringLength(40), Example("123456")]
        public string? Code { get; init; }
    }

    private sealed record Person(Guid Id, string AccountStatus, DateTimeOffset? EmailVerifiedAt, string? PasswordHash, bool HasTotp);

    public async Task<Outcome<Sessions.Tokens>> Run(Caller caller, Request request, CancellationToken cancellationToken)
    {
        var account = EmailAddress.KeyOf(request.Email) ?? request.Email.ToLowerInvariant();
        if (await throttle.CheckAsync(caller, account, cancellationToken) is { } blocked) return blocked;

        var person = await database.As(caller).FirstAsync<Person>(
            """
            SELECT users.id, users.account_status, users.email_verified_at, user_credentials.password_hash, user_credentials.totp_confirmed_at IS NOT NULL AS has_totp
            FROM users
            JOIN user_credentials ON user_credentials.tenant_id = users.tenant_id AND user_credentials.user_id = users.id
            WHERE users.tenant_id = @TenantId AND users.email_key = @account AND users.deleted_at IS NULL
            """,
            new { caller.TenantId, account },
            cancellationToken);
        var check = PasswordCheck.Wrong;
        if (person?.PasswordHash is { } hash) check = Passwords.Verify(request.Password, hash);
        else Passwords.Waste(request.Password);
        if (person is null || check == PasswordCheck.Wrong) return await RefuseAsync(caller, account, IdentityProblems.CredentialsRefused);
        if (person.AccountStatus != "active") return IdentityProblems.AccountSuspended;
        if (person.EmailVerifiedAt is null) return IdentityProblems.EmailUnverified;
        if (person.HasTotp && request.Code is null) return IdentityProblems.SecondFactorRequired;

        var opened = await database.InTransaction<Sessions.Tokens>(
            caller,
            async session =>
            {
                if (person.HasTotp && !await secondFactor.UseAsync(session, caller, person.Id, request.Code!)) return IdentityProblems.SecondFactorRefused;
                if (check == PasswordCheck.RightButOutdated) await UpgradeAsync(session, caller, person, Passwords.Hash(request.Password));
                await throttle.SucceededAsync(session, caller, account);
                return await sessions.OpenAsync(session, caller, person.Id, "password", person.HasTotp, cancellationToken);
            },
            cancellationToken);
        return opened.Problem?.Kind == IdentityProblems.SecondFactorRefused ? await RefuseAsync(caller, account, IdentityProblems.SecondFactorRefused) : opened;
    }

    private async Task<Outcome<Sessions.Tokens>> RefuseAsync(Caller caller, string account, ProblemKind kind)
    {
        await throttle.FailedAsync(caller, account);
        return kind;
    }

    private Task UpgradeAsync(Session session, Caller caller, Person person, string hash) => session.ExecuteAsync(
        """
        UPDATE user_credentials SET password_hash = @hash, password_changed_at = @now
        WHERE tenant_id = @TenantId AND user_id = @Id AND password_hash = @PasswordHash
        """,
        new { caller.TenantId, person.Id, person.PasswordHash, hash, now = clock.GetUtcNow() });
}
