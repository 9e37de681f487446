using System.Text;
using System.Text.RegularExpressions;

namespace Podium.Emulator.Mail;

/// <summary>Words like =?utf-8?B?…?= in headers (RFC 2047).</summary>
internal static partial class EncodedWords
{
    public static string Decode(string text)
    {
        if (!text.Contains("=?", StringComparison.Ordinal)) return text;
        var decoded = new StringBuilder(text.Length);
        var octets = new List<byte>();
        string? charset = null;
        var at = 0;
        foreach (Match word in Word().Matches(text))
        {
            var between = text[at..word.Index];
            if (charset is null || !string.IsNullOrWhiteSpace(between))
            {
                Flush();
                decoded.Append(between);
            }
            // many a sender cuts a letter in two, so the octets of neighbours are put together first
            if (!word.Groups["charset"].Value.Equals(charset, StringComparison.OrdinalIgnoreCase)) Flush();
            charset = word.Groups["charset"].Value;
            var content = Encoding.Latin1.GetBytes(word.Groups["content"].Value);
            octets.AddRange(word.Groups["encoding"].Value is "B" or "b" ? TransferEncoding.Base64(content) : TransferEncoding.Q(content));
            at = word.Index + word.Length;
        }
        Flush();
        return decoded.Append(text[at..]).ToString();

        void Flush()
        {
            if (charset is not null) decoded.Append(Charsets.Decode([.. octets], charset));
            octets.Clear();
            charset = null;
        }
    }

    // a charset may carry a language: =?utf-8*en?Q?…?=
    [GeneratedRegex(@"=\?(?<charset>[^?*\s]+)(?:\*[^?\s]*)?\?(?<encoding>[BbQq])\?(?<content>[^?\s]*)\?=")]
    private static partial Regex Word();
}
