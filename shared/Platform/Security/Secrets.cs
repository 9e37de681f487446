using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Podium.Platform.Security;

/// <summary>Random values that open something: tokens, recovery codes, one-time codes.</summary>
public static class Secrets
{
    // Crockford's base 32: 5 bits a symbol and no letter that reads as another symbol
    private const string RecoveryAlphabet = "0123456789abcdefghjkmnpqrstvwxyz";
    private const int RecoveryGroup = 4;
    private const int RecoveryGroups = 3;

    /// <summary>A new random token as base64url.</summary>
    public static string NewToken(int bytes = 32)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bytes, 16);
        return Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(bytes));
    }

    /// <summary>What is kept of a token: its SHA-256. A token is random, so no salt and no work factor are needed.</summary>
    public static byte[] HashOf(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));

    /// <summary>A new recovery code of 60 random bits, such as <c>k7tq-9mzx-2hfd</c>.</summary>
    public static string NewRecoveryCode() => Group(RandomNumberGenerator.GetString(RecoveryAlphabet, RecoveryGroup * RecoveryGroups));

    /// <summary>A recovery code as <see cref="NewRecoveryCode"/> writes it, whatever its case, spaces, dashes and look-alikes were.</summary>
    public static string NormaliseRecoveryCode(string code)
    {
        var symbols = new StringBuilder(code.Length);
        foreach (var symbol in code.ToLowerInvariant())
        {
            if (char.IsWhiteSpace(symbol) || char.GetUnicodeCategory(symbol) == UnicodeCategory.DashPunctuation)
                continue;
            symbols.Append(symbol switch { 'o' => '0', 'i' or 'l' => '1', _ => symbol });
        }

        return Group(symbols.ToString());
    }

    /// <summary>A new one-time code of decimal digits, leading zeros included.</summary>
    public static string NewCode(int digits)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(digits, 4);
        return RandomNumberGenerator.GetString("0123456789", digits);
    }

    private static string Group(string symbols) => string.Join('-', symbols.Chunk(RecoveryGroup).Select(group => new string(group)));
}
