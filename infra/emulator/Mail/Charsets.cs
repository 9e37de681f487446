using System.Text;

namespace Podium.Emulator.Mail;

/// <summary>Octets to text, whatever the mail says they are.</summary>
internal static class Charsets
{
    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    public static string Decode(ReadOnlySpan<byte> octets, string? charset)
    {
        if (Find(charset) is { } encoding) return encoding.GetString(octets);
        try
        {
            // US-ASCII is UTF-8, and where nothing or nothing known is said, UTF-8 is the likeliest
            return StrictUtf8.GetString(octets);
        }
        catch (DecoderFallbackException)
        {
            return Encoding.Latin1.GetString(octets);
        }
    }

    private static Encoding? Find(string? charset)
    {
        if (charset is null || charset.ToUpperInvariant() is "UTF-8" or "UTF8" or "US-ASCII" or "ASCII") return null;
        try
        {
            return CodePagesEncodingProvider.Instance.GetEncoding(charset) ?? Encoding.GetEncoding(charset);
        }
        catch (Exception error) when (error is ArgumentException or NotSupportedException)
        {
            return null;
        }
    }
}
