using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Podium.Platform.Security;

/// <summary>Base 32 of RFC 4648, section 6.</summary>
public static class Base32
{
    private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    private const int BlockSymbols = 8;

    /// <summary>The text of <paramref name="bytes"/>; unpadded unless asked for, as authenticator apps expect it.</summary>
    public static string Encode(ReadOnlySpan<byte> bytes, bool padded = false)
    {
        var text = new StringBuilder();
        var (buffer, bits) = (0, 0);
        foreach (var octet in bytes)
        {
            buffer = (buffer << 8 | octet) & 0xfff;
            for (bits += 8; bits >= 5;)
                text.Append(Alphabet[buffer >> (bits -= 5) & 31]);
        }

        if (bits > 0)
            text.Append(Alphabet[buffer << 5 - bits & 31]);
        while (padded && text.Length % BlockSymbols != 0)
            text.Append('=');
        return text.ToString();
    }

    /// <summary>The bytes of a text in either case, padded in full or not at all; false if it is no base 32.</summary>
    public static bool TryDecode(string text, [NotNullWhen(true)] out byte[]? bytes)
    {
        bytes = null;
        var symbols = text.AsSpan().TrimEnd('=');
        var padding = text.Length - symbols.Length;
        // of the remainders of eight, these three no whole number of octets ends on
        if (symbols.Length % BlockSymbols is 1 or 3 or 6 || padding != 0 && (padding >= BlockSymbols || text.Length % BlockSymbols != 0))
            return false;

        var octets = new List<byte>(symbols.Length * 5 / 8);
        var (buffer, bits) = (0, 0);
        foreach (var symbol in symbols)
        {
            var value = Alphabet.IndexOf(char.IsAsciiLetterLower(symbol) ? char.ToUpperInvariant(symbol) : symbol, StringComparison.Ordinal);
            if (value < 0)
                return false;
            buffer = (buffer << 5 | value) & 0xfff;
            if ((bits += 5) >= 8)
                octets.Add((byte)(buffer >> (bits -= 8)));
        }

        if ((buffer & (1 << bits) - 1) != 0)
            return false;
        bytes = [.. octets];
        return true;
    }
}
