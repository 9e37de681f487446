using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Podium.Platform.Security;

/// <summary>What came of a token: its claims, or the reason they are refused. The header is there whenever it could be read.</summary>
public sealed record JwsResult(JsonObject? Claims, JsonObject? Header, string? Reason);

/// <summary>Checks signed tokens (RFC 7515, compact form, JSON claims) as strictly as RFC 8725 asks. What the claims say is for <see cref="TokenClaims"/>.</summary>
public static class Jws
{
    private const int MostCharacters = 16 * 1024;

    /// <summary>
    /// The claims of a token that is signed by the key <paramref name="find"/> answers for its <c>kid</c> and <c>alg</c>,
    /// with one of the <paramref name="algorithms"/>. No key is ever taken from the token itself.
    /// </summary>
    public static JwsResult Verify(string token, Func<string?, string, VerificationKey?> find, IReadOnlySet<string> algorithms)
    {
        ArgumentNullException.ThrowIfNull(token);
        if (token.Length > MostCharacters)
            return Refused("The token is too long.");
        if (token.Split('.') is not [var headerPart, var claimsPart, var signaturePart])
            return Refused("The token does not have three parts.");
        if (!StrictBase64Url.TryDecode(headerPart, out var headerBytes)
            || !StrictBase64Url.TryDecode(claimsPart, out var claimsBytes)
            || !StrictBase64Url.TryDecode(signaturePart, out var signature))
            return Refused("A part of the token is not base64url.");
        if (!StrictJson.TryObject(headerBytes, out var header))
            return Refused("The header of the token is not a JSON object.");

        if (!TryText(header, "alg", out var algorithm) || algorithm is null)
            return Refused("The token names no algorithm.", header);
        if (!algorithms.Contains(algorithm) || !VerificationKey.SupportedAlgorithms.Contains(algorithm))
            return Refused("The algorithm of the token is not allowed.", header);
        // no extension is understood here; b64 changes what is signed, with or without crit
        if (header.ContainsKey("crit") || header.ContainsKey("b64"))
            return Refused("The token asks for an extension.", header);
        if (!TryText(header, "kid", out var id))
            return Refused("The key id of the token is not text.", header);

        var key = find(id, algorithm);
        if (key is null || id is not null && key.Id is not null && key.Id != id)
            return Refused("The key of the token is unknown.", header);
        if (!key.Algorithms.Contains(algorithm))
            return Refused("The key of the token is for another algorithm.", header);
        var signed = Encoding.ASCII.GetBytes(token, 0, headerPart.Length + 1 + claimsPart.Length);
        if (!key.Verify(algorithm, signed, signature))
            return Refused("The signature of the token is wrong.", header);

        return StrictJson.TryObject(claimsBytes, out var claims)
            ? new(claims, header, null)
            : Refused("The claims of the token are not a JSON object.", header);
    }

    private static JwsResult Refused(string reason, JsonObject? header = null) => new(null, header, reason);

    // absent is well, present and not text is not
    private static bool TryText(JsonObject json, string name, out string? text)
    {
        text = null;
        return !json.TryGetPropertyValue(name, out var value)
            || value?.GetValueKind() == JsonValueKind.String && (text = value.GetValue<string>()) is not null;
    }
}
