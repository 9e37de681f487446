using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Podium.Webhooks;

/// <summary>Signatures as Standard Webhooks has them (https://www.standardwebhooks.com): HMAC-SHA256 over id, time and body.</summary>
public static class WebhookSignature
{
    public const string SecretPrefix = "whsec_";

    /// <summary>A new secret of 256 bits.</summary>
    public static string NewSecret() => SecretPrefix + Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));

    /// <summary>The header <c>webhook-signature</c>: one signature for each secret that counts.</summary>
    public static string Of(string id, DateTimeOffset at, string body, params IEnumerable<string> secrets) => string.Join(' ', secrets.Select(secret => One(id, at, body, secret)));

    private static string One(string id, DateTimeOffset at, string body, string secret)
    {
        var signed = string.Create(CultureInfo.InvariantCulture, $"{id}.{at.ToUnixTimeSeconds()}.{body}");
        return $"v1,{Convert.ToBase64String(HMACSHA256.HashData(Convert.FromBase64String(secret[SecretPrefix.Length..]), Encoding.UTF8.GetBytes(signed)))}";
    }
}
