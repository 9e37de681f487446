using System.Globalization;

namespace Podium.Emulator.Mail;

/// <summary>Undoes base64 and quoted-printable, and forgives what is not quite either.</summary>
internal static class TransferEncoding
{
    public static ReadOnlyMemory<byte> Decode(ReadOnlyMemory<byte> content, string? encoding) => encoding?.Trim().ToUpperInvariant() switch
    {
        "BASE64" => Base64(content.Span),
        "QUOTED-PRINTABLE" => QuotedPrintable(content.Span),
        _ => content,
    };

    public static byte[] Base64(ReadOnlySpan<byte> text)
    {
        var octets = new List<byte>(text.Length * 3 / 4);
        var (bits, count) = (0, 0);
        foreach (var letter in text)
        {
            var value = letter switch
            {
                >= (byte)'A' and <= (byte)'Z' => letter - 'A',
                >= (byte)'a' and <= (byte)'z' => letter - 'a' + 26,
                >= (byte)'0' and <= (byte)'9' => letter - '0' + 52,
                (byte)'+' => 62,
                (byte)'/' => 63,
                _ => -1, // line ends, padding, noise
            };
            if (letter == '=') count = 0;
            if (value < 0) continue;
            bits = (bits << 6) | value;
            if ((count += 6) < 8) continue;
            count -= 8;
            octets.Add((byte)(bits >> count));
        }
        return [.. octets];
    }

    public static byte[] QuotedPrintable(ReadOnlySpan<byte> text)
    {
        var octets = new List<byte>(text.Length);
        while (!text.IsEmpty)
        {
            var end = text.IndexOf((byte)'\n');
            var line = end < 0 ? text : text[..end];
            var broken = end >= 0;
            var rest = line.TrimEnd(" \t\r"u8); // blanks at the end came on the way
            if (rest is [.. var kept, (byte)'='])
            {
                rest = kept;
                broken = false; // a line that goes on
            }
            Unquote(rest, octets);
            if (broken) octets.AddRange("\r\n"u8);
            text = end < 0 ? [] : text[(end + 1)..];
        }
        return [.. octets];
    }

    /// <summary>Q of RFC 2047: the same, with _ for a space.</summary>
    public static byte[] Q(ReadOnlySpan<byte> text)
    {
        var spaced = text.ToArray();
        spaced.AsSpan().Replace((byte)'_', (byte)' ');
        var octets = new List<byte>(text.Length);
        Unquote(spaced, octets);
        return [.. octets];
    }

    /// <summary>What follows an escape character in hexadecimal becomes the octet it names.</summary>
    public static void Unquote(ReadOnlySpan<byte> text, List<byte> octets, byte escape = (byte)'=')
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == escape && i + 2 < text.Length && byte.TryParse(text[(i + 1)..(i + 3)], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var octet))
            {
                octets.Add(octet);
                i += 2;
            }
            else
            {
                octets.Add(text[i]);
            }
        }
    }
}
