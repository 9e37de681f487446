namespace Podium.Platform.Files;

// What browsers take for HTML (WHATWG MIME Sniffing, 7.1): a text may begin in other ways, but not so.
internal static class HtmlPrefix
{
    private static readonly string[] Tags =
    [
        "!doctype html", "html", "head", "script", "iframe", "h1", "div", "font", "table", "a", "style", "title", "b", "body", "br", "p",
    ];

    public static bool Matches(ReadOnlySpan<char> text)
    {
        text = text.TrimStart();
        while (text.StartsWith("<!--"))
        {
            var end = text.IndexOf("-->");
            if (end < 0) return false;
            text = text[(end + 3)..].TrimStart();
        }
        foreach (var tag in Tags)
            if (text.Length > tag.Length + 1 && text[0] == '<' && text[1..].StartsWith(tag, StringComparison.OrdinalIgnoreCase)
                && (text[tag.Length + 1] == '>' || char.IsWhiteSpace(text[tag.Length + 1]))) return true;
        return false;
    }
}
