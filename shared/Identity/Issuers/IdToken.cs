using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Podium.Platform.Security;

namespace Podium.Identity.Issuers;

/// <summary>The rules of OpenID Connect Core 3.1.3.7 for an ID token whose signature is already known to be right.</summary>
public static class IdToken
{
    private const int LongestSubject = 255;
    private static readonly TimeSpan Skew = TimeSpan.FromMinutes(1);

    /// <summary>What a token must fit.</summary>
    public sealed record Expected(string Issuer, string ClientId, string Nonce, string? AccessToken, DateTimeOffset Now);

    /// <summary>Why the token is not good for this sign-in, or null if it is.</summary>
    public static string? Fault(JsonObject claims, JsonObject header, Expected expected)
    {
        if (TokenClaims.Fault(claims, expected.Issuer, expected.ClientId, expected.Now, Skew) is { } fault) return fault;
        if (!claims.ContainsKey("iat")) return "The token does not say when it was issued.";
        if (Text(claims, "sub") is not { Length: > 0 and <= LongestSubject } subject || subject.Contains('\0', StringComparison.Ordinal)) return "The token has no subject.";
        if (Text(claims, "nonce") is not { } nonce || !CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(nonce), Encoding.UTF8.GetBytes(expected.Nonce)))
            return "The token answers another sign-in.";
        if (claims["aud"] is JsonArray { Count: > 1 } && !claims.ContainsKey("azp")) return "The token has several audiences and does not say which asked for it.";
        if (claims.ContainsKey("azp") && Text(claims, "azp") != expected.ClientId) return "Another client asked for the token.";
        if (claims.ContainsKey("at_hash") && Text(claims, "at_hash") != HashOf(expected.AccessToken, Text(header, "alg")!)) return "The token goes with another access token.";
        return null;
    }

    internal static string? Text(JsonObject json, string name) => json[name] is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    // the left half of the hash that the signature's algorithm uses
    private static string? HashOf(string? accessToken, string algorithm)
    {
        if (accessToken is null) return null;
        var hash = CryptographicOperations.HashData(new HashAlgorithmName($"SHA{algorithm[2..]}"), Encoding.UTF8.GetBytes(accessToken));
        return Base64Url.EncodeToString(hash.AsSpan(0, hash.Length / 2));
    }
}
