using System.Text.Json.Nodes;
using Microsoft.Extensions.Configuration;
using Podium.Platform.Security;

namespace Podium.Platform.Access;

/// <summary>Short-lived proof of who is signed in, checked without the database.</summary>
public sealed class AccessTokens(TokenKeys keys, IConfiguration configuration, TimeProvider clock)
{
    public static readonly TimeSpan Life = TimeSpan.FromMinutes(15);

    private const string Audience = "podium-api";
    private static readonly IReadOnlySet<string> Algorithms = new HashSet<string> { "ES256" };
    private static readonly TimeSpan Skew = TimeSpan.FromSeconds(30);

    private readonly string _issuer = configuration["Identity:Issuer"] is { Length: > 0 } issuer ? issuer : "podium";

    /// <summary>What a token says.</summary>
    public sealed record Claims(Guid TenantId, Guid UserId, Guid SessionId);

    public ValueTask<string> IssueAsync(Claims claims, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        return keys.SignAsync(
            new JsonObject
            {
                ["iss"] = _issuer,
                ["aud"] = Audience,
                ["sub"] = claims.UserId.ToString(),
                ["tid"] = claims.TenantId.ToString(),
                ["sid"] = claims.SessionId.ToString(),
                ["iat"] = now.ToUnixTimeSeconds(),
                ["exp"] = (now + Life).ToUnixTimeSeconds(),
                ["jti"] = Guid.CreateVersion7(now).ToString("N"),
            },
            cancellationToken);
    }

    /// <summary>The token's claims, or why it is refused.</summary>
    public async ValueTask<(Claims? Claims, string? Reason)> VerifyAsync(string token, CancellationToken cancellationToken)
    {
        var known = await keys.VerifyingAsync(cancellationToken);
        var result = Jws.Verify(token, (id, _) => id is null ? null : known.GetValueOrDefault(id), Algorithms);
        if (result.Claims is not { } claims) return (null, result.Reason);
        if (result.Header?["typ"]?.ToString() != "at+jwt") return (null, "It is not an access token.");
        if (TokenClaims.Fault(claims, _issuer, Audience, clock.GetUtcNow(), Skew) is { } fault) return (null, fault);
        return IdOf(claims, "tid") is { } tenant && IdOf(claims, "sub") is { } user && IdOf(claims, "sid") is { } session
            ? (new Claims(tenant, user, session), null)
            : (null, "It lacks a claim.");
    }

    private static Guid? IdOf(JsonObject claims, string name) => Guid.TryParse(claims[name]?.ToString(), out var id) ? id : null;
}
