using System.ComponentModel.DataAnnotations;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Databases;
using Podium.Platform.Problems;
using Podium.Platform.Security;

namespace Podium.Identity;

/// <summary>A person's authenticator (RFC 6238) and the recovery codes for who has lost it.</summary>
public sealed class SecondFactor(Database database, ConfirmPassword confirm, EmailLinks links, FieldCipher cipher, TimeProvider clock)
{
    public const int RecoveryCodes = 10;

    public sealed record SetUpRequest
    {
        [StringLength(256, MinimumLength = 1), Example("correct horse battery")]
        public required string Password { get; init; }
    }

    /// <summary>What an authenticator needs: as text, and as the URI of a QR code.</summary>
    public sealed record SetUpResult(string Secret, string Uri);

    public sealed record ConfirmRequest
    {
        [StringLength(10, MinimumLength = 6), Example("123456")]
        public required string Code { get; init; }
    }

    /// <summary>Codes that each work once; they are shown this one time.</summary>
    public sealed record ConfirmResult(IReadOnlyList<string> RecoveryCodes);

    public sealed record RemoveRequest
    {
        [StringLength(256, MinimumLength = 1), Example("correct horse battery")]
        public required string Password { get; init; }

        /// <summary>Six digits of the authenticator, or a recovery code.</summary>
        [StringLength(40, MinimumLength = 1), Example("123456")]
        public required string Code { get; init; }
    }

    private sealed record Row(string? TotpSecretEncrypted, DateTimeOffset? TotpConfirmedAt, long? TotpLastStep);

    public async Task<Outcome<SetUpResult>> SetUpAsync(Caller caller, SetUpRequest request, CancellationToken cancellationToken)
    {
        if (await confirm.Run(caller, request.Password, cancellationToken) is { } problem) return problem;
        var secret = Totp.NewSecret();
        return await database.InTransaction<SetUpResult>(
            caller,
            async session =>
            {
                var email = await session.FirstAsync<string>(
                    """
                    UPDATE user_credentials SET totp_secret_encrypted = @secret, totp_last_step = NULL
                    FROM users
                    WHERE user_credentials.tenant_id = @TenantId AND user_credentials.user_id = @Person AND totp_confirmed_at IS NULL
                      AND users.tenant_id = user_credentials.tenant_id AND users.id = user_credentials.user_id
                    RETURNING users.email
                    """,
                    new { caller.TenantId, caller.Person, secret = cipher.EncryptBytes(secret, ContextOf(caller.TenantId, caller.Person)) },
                    cancellationToken);
                if (email is null) return IdentityProblems.TotpConfirmed;
                return new SetUpResult(Base32.Encode(secret), Totp.Uri(caller.Tenant.Name, email, secret));
            },
            cancellationToken);
    }

    public Task<Outcome<ConfirmResult>> ConfirmAsync(Caller caller, ConfirmRequest request, CancellationToken cancellationToken) => database.InTransaction<ConfirmResult>(
        caller,
        async session =>
        {
            var row = await LockAsync(session, caller.TenantId, caller.Person);
            if (row?.TotpConfirmedAt is not null) return IdentityProblems.TotpConfirmed;
            if (row?.TotpSecretEncrypted is null) return IdentityProblems.TotpMissing;
            if (Match(row, caller.TenantId, caller.Person, request.Code) is not { } step) return Problem.Invalid("/code", "wrong", "The code is not the one that the authenticator shows now.");
            var codes = Enumerable.Range(0, RecoveryCodes).Select(_ => Secrets.NewRecoveryCode()).ToList();
            await session.ExecuteAsync(
                """
                UPDATE user_credentials SET totp_confirmed_at = @now, totp_last_step = @step WHERE tenant_id = @TenantId AND user_id = @Person;
                DELETE FROM user_recovery_codes WHERE tenant_id = @TenantId AND user_id = @Person;
                INSERT INTO user_recovery_codes (tenant_id, user_id, code_hash) SELECT @TenantId, @Person, hash FROM unnest(@hashes) AS hash
                """,
                new { caller.TenantId, caller.Person, step, now = clock.GetUtcNow(), hashes = codes.Select(HashOf).ToArray() },
                cancellationToken);
            await links.TellPersonAsync(session, caller, "account-second-factor-on");
            return new ConfirmResult(codes);
        },
        cancellationToken);

    public async Task<Outcome<bool>> RemoveAsync(Caller caller, RemoveRequest request, CancellationToken cancellationToken)
    {
        if (await confirm.Run(caller, request.Password, cancellationToken) is { } problem) return problem;
        return await database.InTransaction<bool>(
            caller,
            async session =>
            {
                if (!await UseAsync(session, caller, caller.Person, request.Code)) return Problem.Invalid("/code", "wrong", "The code is wrong or was used before.");
                await session.ExecuteAsync(
                    """
                    UPDATE user_credentials SET totp_secret_encrypted = NULL, totp_confirmed_at = NULL, totp_last_step = NULL WHERE tenant_id = @TenantId AND user_id = @Person;
                    DELETE FROM user_recovery_codes WHERE tenant_id = @TenantId AND user_id = @Person
                    """,
                    new { caller.TenantId, caller.Person },
                    cancellationToken);
                await links.TellPersonAsync(session, caller, "account-second-factor-off");
                return true;
            },
            cancellationToken);
    }

    /// <summary>Uses up a code: each counts once, whether of the authenticator or for recovery.</summary>
    public async Task<bool> UseAsync(Session session, Caller caller, Guid userId, string code)
    {
        var row = await LockAsync(session, caller.TenantId, userId);
        if (row?.TotpSecretEncrypted is null || row.TotpConfirmedAt is null) return false;
        if (Match(row, caller.TenantId, userId, code) is { } step)
        {
            await session.ExecuteAsync(
                "UPDATE user_credentials SET totp_last_step = @step WHERE tenant_id = @TenantId AND user_id = @userId", new { caller.TenantId, userId, step });
            return true;
        }
        return await session.ExecuteAsync(
            "UPDATE user_recovery_codes SET used_at = @now WHERE tenant_id = @TenantId AND user_id = @userId AND code_hash = @hash AND used_at IS NULL",
            new { caller.TenantId, userId, hash = HashOf(code), now = clock.GetUtcNow() }) > 0;
    }

    private static byte[] HashOf(string code) => Secrets.HashOf(Secrets.NormaliseRecoveryCode(code));

    private static string ContextOf(Guid tenantId, Guid userId) => EncryptedColumn.TotpSecret.Context(tenantId, userId);

    private static Task<Row?> LockAsync(Session session, Guid tenantId, Guid userId) => session.FirstAsync<Row>(
        "SELECT totp_secret_encrypted, totp_confirmed_at, totp_last_step FROM user_credentials WHERE tenant_id = @tenantId AND user_id = @userId FOR UPDATE",
        new { tenantId, userId });

    private long? Match(Row row, Guid tenantId, Guid userId, string code) =>
        Totp.Match(cipher.DecryptBytes(row.TotpSecretEncrypted!, ContextOf(tenantId, userId)), code.Replace(" ", "", StringComparison.Ordinal), clock.GetUtcNow(), row.TotpLastStep);
}
