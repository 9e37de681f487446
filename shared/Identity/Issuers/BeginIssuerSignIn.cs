using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.WebUtilities;
using Podium.Platform.Access;
using Podium.Platform.Databases;
using Podium.Platform.Problems;
using Podium.Platform.Security;

namespace Podium.Identity.Issuers;

/// <summary>Sends a person to an issuer: authorization code with PKCE, a state that comes back once, and a nonce that its token must repeat.</summary>
public sealed class BeginIssuerSignIn(Database database, IssuerDirectory directory, RedirectUris redirects, FieldCipher cipher, TimeProvider clock)
{
    public static readonly TimeSpan Life = TimeSpan.FromMinutes(10);

    public sealed record Request
    {
        /// <summary>Where the issuer sends the person back to: on a host of the tenant, or listed in its setting signInRedirects.</summary>
        [StringLength(1000, MinimumLength = 1)]
        public required string RedirectUri { get; init; }
    }

    /// <summary>Where to send the person. A front-end keeps the state in the tab, and completes no other than the one it began.</summary>
    public sealed record Result(string AuthorizationUrl, string State, DateTimeOffset ExpiresAt);

    public Task<Outcome<Result>> Run(Caller caller, Guid issuerId, Request request, CancellationToken cancellationToken) =>
        RunAsync(caller, issuerId, request.RedirectUri, linkingUserId: null, cancellationToken);

    /// <summary>The same for a signed-in person who links the identity to their account.</summary>
    internal async Task<Outcome<Result>> RunAsync(Caller caller, Guid issuerId, string redirectUri, Guid? linkingUserId, CancellationToken cancellationToken)
    {
        if (await Issuer.EnabledAsync(database, caller, issuerId, cancellationToken) is not { } issuer) return Problem.NotFound("issuer");
        if (!await redirects.AllowsAsync(caller, redirectUri, cancellationToken))
            return Problem.Invalid("/redirectUri", "not-allowed", "It must be on a host of the tenant, by https, or listed in the tenant's setting signInRedirects.");
        var found = await directory.MetadataAsync(issuer.Url, cancellationToken);
        if (found.Problem is { } problem) return problem;

        var now = clock.GetUtcNow();
        var (state, nonce, verifier) = (Secrets.NewToken(), Secrets.NewToken(), Pkce.NewVerifier());
        var stateHash = Secrets.HashOf(state);
        await database.As(caller).ExecuteAsync(
            """
            INSERT INTO identity_sign_ins (tenant_id, state_hash, issuer_id, nonce, verifier_encrypted, redirect_uri, linking_user_id, created_at, expires_at)
            VALUES (@TenantId, @stateHash, @Id, @nonce, @verifier, @redirectUri, @linkingUserId, @now, @expires)
            """,
            new
            {
                caller.TenantId,
                stateHash,
                issuer.Id,
                nonce,
                verifier = cipher.Encrypt(verifier, AwaySignIns.VerifierContext(caller.TenantId, stateHash)),
                redirectUri,
                linkingUserId,
                now,
                expires = now + Life,
            },
            cancellationToken);
        var url = QueryHelpers.AddQueryString(found.Value!.AuthorizationEndpoint, new Dictionary<string, string?>
        {
            ["response_type"] = "code",
            ["client_id"] = issuer.ClientId,
            ["redirect_uri"] = redirectUri,
            ["scope"] = "openid email profile",
            ["state"] = state,
            ["nonce"] = nonce,
            ["code_challenge"] = Pkce.ChallengeOf(verifier),
            ["code_challenge_method"] = "S256",
        });
        return new Result(url, state, now + Life);
    }
}
