using System.ComponentModel.DataAnnotations;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Databases;
using Podium.Platform.Problems;
using Podium.Platform.Security;

namespace Podium.Identity.Issuers;

/// <summary>The issuers by which a person can sign in, and linking and unlinking them.</summary>
public sealed class OwnIdentities(
    Database database, BeginIssuerSignIn begin, AwaySignIns away, RedeemCode redeem, ConfirmPassword confirm, OwnSessions ownSessions, EmailLinks links, TimeProvider clock)
{
    public sealed record Item(Guid IssuerId, string Name, bool Enabled, DateTimeOffset LinkedAt);

    public sealed record LinkRequest
    {
        /// <summary>Where the issuer sends the person back to: on a host of the tenant, or listed in its setting signInRedirects.</summary>
        [StringLength(1000, MinimumLength = 1)]
        public required string RedirectUri { get; init; }

        /// <summary>The account's password; who has none leaves it out.</summary>
        [StringLength(256)]
        public string? Password { get; init; }
    }

    private sealed record Standing(bool HasPassword, bool Linked);

    public async Task<Page<Item>> ListAsync(Caller caller, PageQuery page, CancellationToken cancellationToken)
    {
        var rows = await database.As(caller).QueryAsync<Item>(
            """
            SELECT user_identities.issuer_id, identity_issuers.name, identity_issuers.enabled, user_identities.created_at AS linked_at
            FROM user_identities
            JOIN identity_issuers ON identity_issuers.tenant_id = user_identities.tenant_id AND identity_issuers.id = user_identities.issuer_id
            WHERE user_identities.tenant_id = @TenantId AND user_identities.user_id = @Person AND (@After::uuid IS NULL OR user_identities.issuer_id < @After)
            ORDER BY user_identities.issuer_id DESC
            LIMIT @limit
            """,
            new { caller.TenantId, caller.Person, page.After, limit = page.Fetch() },
            cancellationToken);
        return page.Of(rows, item => item.IssuerId);
    }

    /// <summary>Sends the person to an issuer, to link what they are there.</summary>
    public async Task<Outcome<BeginIssuerSignIn.Result>> BeginAsync(Caller caller, Guid issuerId, LinkRequest request, CancellationToken cancellationToken)
    {
        var standing = await database.As(caller).SingleAsync<Standing>(
            """
            SELECT EXISTS (SELECT FROM user_credentials WHERE tenant_id = @TenantId AND user_id = @Person AND password_hash IS NOT NULL) AS has_password,
                   EXISTS (SELECT FROM user_identities WHERE tenant_id = @TenantId AND user_id = @Person AND issuer_id = @issuerId) AS linked
            """,
            new { caller.TenantId, caller.Person, issuerId },
            cancellationToken);
        if (standing.Linked) return IdentityProblems.IdentityLinked;
        // a stolen session must not become a way in that outlives it
        if (standing.HasPassword)
        {
            if (request.Password is null) return Problem.Invalid("/password", "required", "It is missing.");
            if (await confirm.Run(caller, request.Password, cancellationToken) is { } wrong) return wrong;
        }
        return await begin.RunAsync(caller, issuerId, request.RedirectUri, caller.Person, cancellationToken);
    }

    /// <summary>Links the identity that the person has come back with.</summary>
    public async Task<Outcome<Item>> CompleteAsync(Caller caller, CompleteIssuerSignIn.Return request, CancellationToken cancellationToken)
    {
        if (await away.TakeAsync(caller, Secrets.HashOf(request.State), caller.Person, cancellationToken) is not { } signIn) return IdentityProblems.SignInExpired;
        var identity = await redeem.Run(caller, signIn, request.Code, request.Iss, cancellationToken);
        if (identity.Problem is { } refused) return refused;
        var now = clock.GetUtcNow();
        return await database.InTransaction<Item>(
            caller,
            async session =>
            {
                // whose it is, and that each has one of an issuer, the table's own rules say
                await session.ExecuteAsync(
                    "INSERT INTO user_identities (tenant_id, issuer_id, subject, user_id, created_at) VALUES (@TenantId, @issuerId, @Subject, @Person, @now)",
                    new { caller.TenantId, issuerId = signIn.Issuer.Id, identity.Value!.Subject, caller.Person, now },
                    cancellationToken);
                await links.TellPersonAsync(session, caller, "account-identity-linked");
                return new Item(signIn.Issuer.Id, signIn.Issuer.Name, true, now);
            },
            cancellationToken);
    }

    /// <summary>Unlinks an issuer, unless nothing else is left to sign in with. Whoever else is signed in is signed out.</summary>
    public Task<Outcome<bool>> UnlinkAsync(Caller caller, Guid issuerId, CancellationToken cancellationToken) => database.InTransaction<bool>(
        caller,
        async session =>
        {
            // two at once must not each leave the other one
            await session.ExecuteAsync("SELECT id FROM users WHERE tenant_id = @TenantId AND id = @Person FOR UPDATE", new { caller.TenantId, caller.Person }, cancellationToken);
            var removed = await session.ExecuteAsync(
                "DELETE FROM user_identities WHERE tenant_id = @TenantId AND user_id = @Person AND issuer_id = @issuerId", new { caller.TenantId, caller.Person, issuerId }, cancellationToken);
            if (removed == 0) return Problem.NotFound("identity");
            var left = await session.SingleAsync<bool>(
                """
                SELECT EXISTS (SELECT FROM user_credentials WHERE tenant_id = @TenantId AND user_id = @Person AND password_hash IS NOT NULL)
                    OR EXISTS (SELECT FROM user_identities
                               JOIN identity_issuers ON identity_issuers.tenant_id = user_identities.tenant_id AND identity_issuers.id = user_identities.issuer_id
                               WHERE user_identities.tenant_id = @TenantId AND user_id = @Person AND enabled)
                """,
                new { caller.TenantId, caller.Person },
                cancellationToken);
            if (!left) return IdentityProblems.LastSignInMethod;
            await ownSessions.EndAllAsync(session, caller.TenantId, caller.Person, "identity-unlinked", caller.SessionId);
            await links.TellPersonAsync(session, caller, "account-identity-unlinked");
            return true;
        },
        cancellationToken);
}
