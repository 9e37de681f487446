using Podium.Platform.Access;
using Podium.Platform.Databases;
using Podium.Platform.Problems;
using Podium.Webhooks;

namespace Podium.Identity.Issuers;

/// <summary>
/// Finds whose account an identity opens: the one it is linked to; else, where the issuer vouches for an address it may speak for, the one
/// with that address; else a new one, where the issuer's people get accounts by themselves.
/// </summary>
public sealed class AccountOfIdentity(EmailLinks links, OwnSessions ownSessions, RaiseWebhook webhooks, TimeProvider clock)
{
    /// <summary>Whose account it is, and whether a code of their authenticator is needed too.</summary>
    public sealed record Account(Guid UserId, bool HasTotp);

    private sealed record Row(Guid Id, string AccountStatus, DateTimeOffset? DeletedAt, DateTimeOffset? EmailVerifiedAt, bool HasTotp, bool LinkedOtherwise);

    private const string Select =
        """
        SELECT users.id, users.account_status, users.deleted_at, users.email_verified_at,
               EXISTS (SELECT FROM user_credentials
                       WHERE user_credentials.tenant_id = users.tenant_id AND user_credentials.user_id = users.id AND totp_confirmed_at IS NOT NULL) AS has_totp,
               EXISTS (SELECT FROM user_identities
                       WHERE user_identities.tenant_id = users.tenant_id AND user_identities.user_id = users.id AND issuer_id = @issuerId) AS linked_otherwise
        FROM users
        """;

    public async Task<Outcome<Account>> Run(Session session, Caller caller, Issuer issuer, IssuerIdentity identity)
    {
        // the same new identity by two doors at once must become one person
        await session.ExecuteAsync(
            "SELECT pg_advisory_xact_lock(hashtextextended(@subject, 0))", new { subject = $"identity:{caller.TenantId}:{issuer.Id}:{identity.Subject}" });
        var linked = await session.FirstAsync<Row>(
            $"""
            {Select}
            WHERE users.tenant_id = @TenantId AND users.id = (
                SELECT user_id FROM user_identities WHERE tenant_id = @TenantId AND issuer_id = @issuerId AND subject = @Subject)
            FOR UPDATE OF users
            """,
            new { caller.TenantId, issuerId = issuer.Id, identity.Subject });
        return linked is null ? await ByEmailAsync(session, caller, issuer, identity) : AccountOf(linked);
    }

    private async Task<Outcome<Account>> ByEmailAsync(Session session, Caller caller, Issuer issuer, IssuerIdentity identity)
    {
        if (identity.VerifiedEmailKey is not { } key) return new Problem(IdentityProblems.EmailUnverified, "The issuer does not vouch for an e-mail address.");
        if (!issuer.Covers(key)) return new Problem(IdentityProblems.NoAccount, "The issuer may not speak for this e-mail address.");
        var known = await FindAsync(session, caller, issuer, key);
        if (known is null)
        {
            if (!issuer.CreatesAccounts) return IdentityProblems.NoAccount;
            var made = await CreateAsync(session, caller, identity, key);
            known = (await FindAsync(session, caller, issuer, key))!;
            if (made) await webhooks.RunAsync(session, caller.TenantId, IdentityEvents.Registered, new IdentityEvents.PersonBody(known.Id), CancellationToken.None);
        }
        if (AccountOf(known) is { Problem: { } refused }) return refused;
        // an address that was given to somebody else at the issuer must not bring the account along
        if (known.LinkedOtherwise) return new Problem(IdentityProblems.IssuerRefused, "The account belongs to another identity of this issuer.");
        var isNew = known.EmailVerifiedAt is null;
        if (isNew) await ClaimAsync(session, caller, known.Id);
        await session.ExecuteAsync(
            "INSERT INTO user_identities (tenant_id, issuer_id, subject, user_id, created_at) VALUES (@TenantId, @issuerId, @Subject, @Id, @now)",
            new { caller.TenantId, issuerId = issuer.Id, identity.Subject, known.Id, now = clock.GetUtcNow() });
        if (!isNew) await links.TellPersonAsync(session, caller with { UserId = known.Id }, "account-identity-linked");
        return new Account(known.Id, known.HasTotp && !isNew);
    }

    private static Outcome<Account> AccountOf(Row row)
    {
        if (row.DeletedAt is not null) return new Problem(IdentityProblems.IssuerRefused, "The account was deleted.");
        if (row.AccountStatus != "active") return IdentityProblems.AccountSuspended;
        return new Account(row.Id, row.HasTotp);
    }

    private static Task<Row?> FindAsync(Session session, Caller caller, Issuer issuer, string key) => session.FirstAsync<Row>(
        Select + " WHERE users.tenant_id = @TenantId AND users.email_key = @key FOR UPDATE OF users", new { caller.TenantId, issuerId = issuer.Id, key });

    // left unverified until it is claimed a moment later, as if the person had registered
    private async Task<bool> CreateAsync(Session session, Caller caller, IssuerIdentity identity, string key)
    {
        var now = clock.GetUtcNow();
        return await session.ExecuteAsync(
            """
            WITH person AS (
                INSERT INTO users (tenant_id, id, email, email_key, first_name, last_name, language, created_at, created_by, updated_at, updated_by)
                VALUES (@TenantId, @id, @VerifiedEmail, @key, @FirstName, @LastName, @language, @now, @id, @now, @id)
                ON CONFLICT ON CONSTRAINT users_email_unique DO NOTHING
                RETURNING tenant_id, id
            ), credentials AS (
                INSERT INTO user_credentials (tenant_id, user_id) SELECT tenant_id, id FROM person
            )
            INSERT INTO user_roles (tenant_id, id, user_id, role_id, scope_type, granted_at)
            SELECT person.tenant_id, @grantId, person.id, roles.id, 'tenant', @now
            FROM person
            JOIN roles ON roles.tenant_id = person.tenant_id AND roles.name = @Participant
            """,
            new
            {
                caller.TenantId,
                id = Guid.CreateVersion7(now),
                identity.VerifiedEmail,
                key,
                identity.FirstName,
                identity.LastName,
                language = identity.Language is null ? caller.Language : caller.Tenant.LanguageFor([identity.Language]),
                now,
                grantId = Guid.CreateVersion7(now),
                Permissions.Participant,
            }) > 0;
    }

    // whoever registered with the address before its owner came must not keep a way in: the password they chose goes
    private async Task ClaimAsync(Session session, Caller caller, Guid userId)
    {
        await session.ExecuteAsync(
            """
            UPDATE users SET email_verified_at = @now, updated_at = @now, version = version + 1 WHERE tenant_id = @TenantId AND id = @userId;
            UPDATE user_credentials
            SET password_hash = NULL, password_changed_at = NULL, totp_secret_encrypted = NULL, totp_confirmed_at = NULL, totp_last_step = NULL
            WHERE tenant_id = @TenantId AND user_id = @userId;
            DELETE FROM user_recovery_codes WHERE tenant_id = @TenantId AND user_id = @userId;
            DELETE FROM user_identities WHERE tenant_id = @TenantId AND user_id = @userId;
            UPDATE email_tokens SET expires_at = @now WHERE tenant_id = @TenantId AND user_id = @userId AND used_at IS NULL AND expires_at > @now
            """,
            new { caller.TenantId, userId, now = clock.GetUtcNow() });
        await ownSessions.EndAllAsync(session, caller.TenantId, userId, "claimed");
    }
}
