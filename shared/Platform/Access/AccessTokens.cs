using System.Collections.Concurrent;
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

    // a client sends the same token again and again, and a signature costs more to verify than many a request to answer
    private const int MostVerified = 20_000;

    private readonly ConcurrentDictionary<string, Verified> _verified = new(StringComparer.Ordinal);
    private readonly string _issuer = configuration["Identity:Issuer"] is { Length: > 0 } issuer ? issuer : "podium";

    /// <summary>What a token says.</summary>
    public sealed record Claims(Guid TenantId, Guid UserId, Guid SessionId);

    private sealed record Verified(string KeyId, VerificationKey Key, TokenClaims.Times Times, Claims Claims);

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
        // as long as the very key it was verified by still counts, only its times have to be looked at again
        if (_verified.TryGetValue(token, out var earlier) && known.GetValueOrDefault(earlier.KeyId) == earlier.Key)
            return earlier.Times.Fault(clock.GetUtcNow(), Skew) is { } late ? (null, late) : (earlier.Claims, null);

        (string Id, VerificationKey Key)? used = null;
        var result = Jws.Verify(token, (id, _) => id is not null && known.TryGetValue(id, out var key) ? (used = (id, key)).Value.Key : null, Algorithms);
        if (result.Claims is not { } content) return (null, result.Reason);
        if (result.Header?["typ"]?.ToString() != "at+jwt") return (null, "It is not an access token.");
        if ((TokenClaims.LastingFault(content, _issuer, Audience, out var times) ?? times.Fault(clock.GetUtcNow(), Skew)) is { } fault) return (null, fault);
        if (IdOf(content, "tid") is not { } tenant || IdOf(content, "sub") is not { } user || IdOf(content, "sid") is not { } session) return (null, "It lacks a claim.");
        var claims = new Claims(tenant, user, session);
        if (_verified.Count >= MostVerified) _verified.Clear();
        _verified[token] = new Verified(used!.Value.Id, used.Value.Key, times, claims);
        return (claims, null);
    }

    private static Guid? IdOf(JsonObject claims, string name) => Guid.TryParse(claims[name]?.ToString(), out var id) ? id : null;
}
