using Podium.Platform.Access;
using Podium.Platform.Databases;
using Podium.Platform.Security;

namespace Podium.Identity.Issuers;

/// <summary>A sign-in that has come back from its issuer.</summary>
public sealed record ReturnedSignIn(Issuer Issuer, string Nonce, string Verifier, string RedirectUri);

/// <summary>Sign-ins that are away at an issuer. Each is taken once, before anything is asked of the issuer, however many bring it at once.</summary>
public sealed class AwaySignIns(Database database, FieldCipher cipher, TimeProvider clock)
{
    private sealed record Row(string Nonce, string VerifierEncrypted, string RedirectUri, Guid Id, string Name, string Url, string ClientId, string? ClientSecretEncrypted, string[] EmailDomains, bool CreatesAccounts);

    public static string VerifierContext(Guid tenantId, byte[] stateHash) => $"identity_sign_ins.verifier:{tenantId}:{Convert.ToHexString(stateHash)}";

    /// <summary>Takes what was begun to sign in (nobody is linking) or by the person who is linking; null where it is not there, or not any more.</summary>
    public async Task<ReturnedSignIn?> TakeAsync(Caller caller, byte[] stateHash, Guid? linkingUserId, CancellationToken cancellationToken)
    {
        var row = await database.As(caller).FirstAsync<Row>(
            $"""
            UPDATE identity_sign_ins SET used_at = @now
            FROM identity_issuers
            WHERE identity_sign_ins.tenant_id = @TenantId AND state_hash = @stateHash AND used_at IS NULL AND expires_at > @now
              AND linking_user_id IS NOT DISTINCT FROM @linkingUserId
              AND identity_issuers.tenant_id = identity_sign_ins.tenant_id AND identity_issuers.id = identity_sign_ins.issuer_id AND identity_issuers.enabled
            RETURNING nonce, verifier_encrypted, redirect_uri, {Issuer.Columns}
            """,
            new { caller.TenantId, stateHash, linkingUserId, now = clock.GetUtcNow() },
            cancellationToken);
        if (row is null) return null;
        return new ReturnedSignIn(
            new Issuer(row.Id, row.Name, row.Url, row.ClientId, row.ClientSecretEncrypted, row.EmailDomains, row.CreatesAccounts),
            row.Nonce,
            cipher.Decrypt(row.VerifierEncrypted, VerifierContext(caller.TenantId, stateHash)),
            row.RedirectUri);
    }
}
