using System.Collections;
using System.Text;

namespace Podium.Emulator.Mail;

/// <summary>One header of a mail, its value decoded.</summary>
public sealed record MailHeader(string Name, string Value);

/// <summary>A mail's headers in their order.</summary>
public sealed class MailHeaders : IReadOnlyList<MailHeader>
{
    private readonly List<MailHeader> _headers = [];
    private readonly List<string> _raw = [];

    private MailHeaders()
    {
    }

    /// <inheritdoc />
    public int Count => _headers.Count;

    /// <inheritdoc />
    public MailHeader this[int index] => _headers[index];

    /// <summary>The value of the first header with a name; null where there is none.</summary>
    public string? this[string name] => Find(name) is var index && index >= 0 ? _headers[index].Value : null;

    /// <inheritdoc />
    public IEnumerator<MailHeader> GetEnumerator() => _headers.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>Reads up to the empty line; says where the body begins.</summary>
    internal static MailHeaders Read(ReadOnlySpan<byte> octets, out int body)
    {
        var headers = new MailHeaders();
        var header = new List<byte>();
        for (body = 0; body < octets.Length;)
        {
            var end = octets[body..].IndexOf((byte)'\n');
            var next = end < 0 ? octets.Length : body + end + 1;
            var line = octets[body..next].TrimEnd("\r\n"u8);
            var folded = line is [(byte)' ' or (byte)'\t', ..] && header.Count > 0;
            if (!folded)
            {
                headers.Add(header);
                header.Clear();
                if (line.IsEmpty)
                {
                    body = next;
                    return headers;
                }
                if (!IsHeader(line)) return headers; // a body without the empty line before it
            }
            header.AddRange(line);
            body = next;
        }
        headers.Add(header);
        return headers;
    }

    /// <summary>As it came but unfolded: for values with a structure, whose words are decoded one by one.</summary>
    internal string? Raw(string name) => Find(name) is var index && index >= 0 ? _raw[index] : null;

    private static bool IsHeader(ReadOnlySpan<byte> line) =>
        line.IndexOf((byte)':') is > 0 and var colon && !line[..colon].TrimEnd(" \t"u8).ContainsAnyExceptInRange((byte)'!', (byte)'~');

    private void Add(List<byte> header)
    {
        if (header.Count == 0) return;
        var text = Charsets.Decode([.. header], null);
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        var value = text[(colon + 1)..].Trim();
        _raw.Add(value);
        _headers.Add(new MailHeader(text[..colon].Trim(), WithoutControls(EncodedWords.Decode(value))));
    }

    private static string WithoutControls(string text)
    {
        var clean = new StringBuilder(text);
        for (var i = 0; i < clean.Length; i++) if (char.IsControl(clean[i])) clean[i] = ' ';
        return clean.ToString();
    }

    private int Find(string name) => _headers.FindIndex(header => header.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
}
