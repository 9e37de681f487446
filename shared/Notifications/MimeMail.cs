using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Podium.Notifications;

/// <summary>Writes a mail as it goes over the wire: headers in ASCII (RFC 2047), and the same text as plain text and as HTML for programs to choose from (RFC 2046).</summary>
internal static class MimeMail
{
    // an encoded word has at most 75 characters: "=?utf-8?B?" and "?=" leave 63, which is 45 octets in whole quartets
    private const int OctetsOfWord = 45;

    /// <summary>One way to show the mail.</summary>
    public sealed record Part(string ContentType, byte[] Content)
    {
        /// <summary>What it shows within itself (RFC 2387).</summary>
        public IReadOnlyList<Inline> Within { get; init; } = [];
    }

    /// <summary>A picture that a part names by <c>cid:</c> and this id (RFC 2392).</summary>
    public sealed record Inline(string Id, string ContentType, byte[] Content);

    public static byte[] Write(IEnumerable<(string Name, string Value)> headers, IReadOnlyList<Part> alternatives)
    {
        var mail = new StringBuilder();
        foreach (var (name, value) in headers) Line($"{name}: {value}");
        var boundary = Boundary();
        Line("MIME-Version: 1.0");
        Line($"Content-Type: multipart/alternative; boundary=\"{boundary}\"");
        Line("");
        foreach (var part in alternatives)
        {
            Line($"--{boundary}");
            if (part.Within.Count == 0) Leaf(part.ContentType, part.Content);
            else Related(part);
        }
        Line($"--{boundary}--");
        return Encoding.UTF8.GetBytes(mail.ToString());

        void Related(Part part)
        {
            var inner = Boundary();
            Line($"Content-Type: multipart/related; type=\"{part.ContentType.Split(';')[0]}\"; boundary=\"{inner}\"");
            Line("");
            Line($"--{inner}");
            Leaf(part.ContentType, part.Content);
            foreach (var picture in part.Within)
            {
                Line($"--{inner}");
                Line($"Content-ID: <{picture.Id}>");
                Line("Content-Disposition: inline");
                Leaf(picture.ContentType, picture.Content);
            }
            Line($"--{inner}--");
        }

        void Leaf(string contentType, byte[] content)
        {
            Line($"Content-Type: {contentType}");
            Line("Content-Transfer-Encoding: base64");
            Line("");
            Line(Convert.ToBase64String(content, Base64FormattingOptions.InsertLineBreaks));
        }

        void Line(string text) => mail.Append(text).Append("\r\n");
    }

    private static string Boundary() => "=_" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(12));

    /// <summary>A header's text: as it is where it is plain, else in encoded words of whole characters.</summary>
    public static string Words(string text)
    {
        text = text.ReplaceLineEndings(" ");
        if (text.Length <= OctetsOfWord && text.All(letter => letter is >= ' ' and <= '~') && !text.Contains("=?", StringComparison.Ordinal)) return text;
        List<string> words = [];
        var word = new List<byte>();
        foreach (var rune in text.EnumerateRunes())
        {
            var octets = Encoding.UTF8.GetBytes(rune.ToString());
            if (word.Count + octets.Length > OctetsOfWord) Flush();
            word.AddRange(octets);
        }
        Flush();
        return string.Join("\r\n ", words);

        void Flush()
        {
            words.Add($"=?utf-8?B?{Convert.ToBase64String(word.ToArray())}?=");
            word.Clear();
        }
    }

    /// <summary>Somebody's name before an address.</summary>
    public static string Mailbox(string name, string address) =>
        name.Length == 0 ? address
        : Words(name) is var words && words.StartsWith("=?", StringComparison.Ordinal) ? $"{words} <{address}>"
        : $"\"{words.Replace("\\", @"\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\" <{address}>";

    public static string Date(DateTimeOffset at) => at.UtcDateTime.ToString("ddd, dd MMM yyyy HH:mm:ss '+0000'", CultureInfo.InvariantCulture);
}
