using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Podium.Platform.Security;

/// <summary>The rules of RFC 7519 for the claims of a token whose signature is already known to be right.</summary>
public static class TokenClaims
{
    // the last second of the year 9999: what lies beyond is no date but an attempt at one
    private const double LastSecond = 253_402_300_799;

    /// <summary>When a token counts, in seconds since 1970.</summary>
    public readonly record struct Times(double Expires, double? Begins, double? Issued)
    {
        /// <summary>Why a token with these times is not good now, or null if it is.</summary>
        public string? Fault(DateTimeOffset now, TimeSpan skew)
        {
            var seconds = (now - DateTimeOffset.UnixEpoch).TotalSeconds;
            if (seconds >= Expires + skew.TotalSeconds)
                return "The token has expired.";
            if (seconds < Begins - skew.TotalSeconds)
                return "The token is not valid yet.";
            if (seconds < Issued - skew.TotalSeconds)
                return "The token was issued in the future.";
            return null;
        }
    }

    /// <summary>Why these claims are not good for this audience at this time, or null if they are.</summary>
    public static string? Fault(JsonObject claims, string issuer, string audience, DateTimeOffset now, TimeSpan skew) =>
        LastingFault(claims, issuer, audience, out var times) ?? times.Fault(now, skew);

    /// <summary>Why these claims are never good for this audience, or null if at some time they are.</summary>
    public static string? LastingFault(JsonObject claims, string issuer, string audience, out Times times)
    {
        times = default;
        if (!IsText(claims["iss"], issuer))
            return "The token is from another issuer.";
        if (!IsFor(claims["aud"], audience))
            return "The token is for another audience.";

        if (!TryTime(claims, "exp", out var expires) || !TryTime(claims, "nbf", out var begins) || !TryTime(claims, "iat", out var issued))
            return "A time in the token is not a number of seconds.";
        if (expires is null)
            return "The token does not say when it expires.";
        times = new Times(expires.Value, begins, issued);
        return null;
    }

    private static bool IsFor(JsonNode? claim, string audience) => claim is JsonArray several
        ? several.All(one => one?.GetValueKind() == JsonValueKind.String) && several.Any(one => IsText(one, audience))
        : IsText(claim, audience);

    private static bool IsText(JsonNode? claim, string text) => claim is JsonValue value && value.TryGetValue<string>(out var said) && said == text;

    // absent is well, present and not a date is not
    private static bool TryTime(JsonObject claims, string name, out double? seconds)
    {
        seconds = null;
        if (!claims.TryGetPropertyValue(name, out var claim))
            return true;
        // by way of its text, because a claim set in code may be any type of number
        if (claim?.GetValueKind() != JsonValueKind.Number
            || !double.TryParse(claim.ToJsonString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
            || value is not (>= 0 and <= LastSecond))
            return false;
        seconds = value;
        return true;
    }
}
