using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Podium.Platform.Security;

/// <summary>Proof Key for Code Exchange (RFC 7636), method S256.</summary>
public static class Pkce
{
    private static readonly SearchValues<char> Unreserved =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~");

    /// <summary>A new code verifier of 43 characters.</summary>
    public static string NewVerifier() => Secrets.NewToken(32);

    /// <summary>The code challenge that goes with a verifier.</summary>
    public static string ChallengeOf(string verifier)
    {
        ArgumentNullException.ThrowIfNull(verifier);
        if (verifier.Length is < 43 or > 128 || verifier.AsSpan().ContainsAnyExcept(Unreserved))
            throw new ArgumentException("A code verifier has 43 to 128 unreserved characters.", nameof(verifier));

        return Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(verifier)));
    }
}
