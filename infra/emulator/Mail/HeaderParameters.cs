using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Podium.Emulator.Mail;

/// <summary>A value with parameters, as in Content-Type and Content-Disposition.</summary>
internal sealed partial record HeaderParameters(string Value, IReadOnlyDictionary<string, string> Parameters)
{
    public string? this[string name] => Parameters.GetValueOrDefault(name);

    public static HeaderParameters Read(string? header)
    {
        header ??= "";
        var end = header.IndexOf(';', StringComparison.Ordinal);
        var value = (end < 0 ? header : header[..end]).Trim().ToLowerInvariant();
        var found = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (Match match in Parameter().Matches(end < 0 ? "" : header[end..]))
        {
            var quoted = match.Groups["quoted"];
            found.TryAdd(match.Groups["name"].Value, quoted.Success ? Escape().Replace(quoted.Value, "$1") : match.Groups["token"].Value);
        }
        return new HeaderParameters(value, Decode(found));
    }

    private static Dictionary<string, string> Decode(Dictionary<string, string> found)
    {
        var decoded = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var name in found.Keys.Select(name => name.Split('*')[0]).Distinct(StringComparer.OrdinalIgnoreCase))
        {
            decoded[name] = Extended(found, name) ?? EncodedWords.Decode(found.GetValueOrDefault(name, ""));
        }
        return decoded;
    }

    // RFC 2231: name*=charset'language'percent-encoded, or cut into name*0, name*1* and so on
    private static string? Extended(Dictionary<string, string> found, string name)
    {
        var octets = new List<byte>();
        string? charset = null;
        if (found.TryGetValue(name + "*", out var whole)) Take(whole, encoded: true);
        for (var i = 0; whole is null; i++)
        {
            var part = $"{name}*{i.ToString(CultureInfo.InvariantCulture)}";
            if (found.TryGetValue(part + "*", out var piece)) Take(piece, encoded: true);
            else if (found.TryGetValue(part, out piece)) Take(piece, encoded: false);
            else break;
        }
        return octets.Count > 0 ? Charsets.Decode([.. octets], charset) : null;

        void Take(string piece, bool encoded)
        {
            if (encoded && octets.Count == 0 && piece.Split('\'', 3) is [var said, _, var content]) (charset, piece) = (said, content);
            if (encoded) TransferEncoding.Unquote(Encoding.UTF8.GetBytes(piece), octets, escape: (byte)'%');
            else octets.AddRange(Encoding.UTF8.GetBytes(piece));
        }
    }

    [GeneratedRegex("""; *(?<name>[^\s=;"]+)\s*=\s*(?:"(?<quoted>(?:\\.|[^"\\])*)"|(?<token>[^\s;"]*))""")]
    private static partial Regex Parameter();

    [GeneratedRegex(@"\\(.)")]
    private static partial Regex Escape();
}
