namespace Podium.Learning.Plagiarism;

/// <summary>Documents as they are compared: elements and the names of their attributes, in one order; texts are t, whatever they say. What stands in script and style is of those languages.</summary>
public static class HtmlTokens
{
    public static List<CodeToken> Of(string code)
    {
        var tokens = new List<CodeToken>();
        var cursor = new CodeCursor(code, 1);
        while (!cursor.IsEnd)
        {
            if (cursor.Sees("<!--"))
            {
                cursor.StepBehind("-->");
            }
            else if (cursor.Sees("<!"))
            {
                cursor.StepBehind(">");
            }
            else if (cursor.Now == '<' && (char.IsAsciiLetter(cursor.Peek(1)) || cursor.Peek(1) == '/'))
            {
                var name = Tag(ref cursor, tokens);
                if (name is "script" or "style") Raw(ref cursor, tokens, name);
            }
            else
            {
                var (start, line) = (cursor.At, cursor.Line);
                cursor.Step();
                cursor.StepWhile(one => one != '<');
                if (!string.IsNullOrWhiteSpace(cursor.Since(start)) && tokens is not [.., { Text: "t" }]) tokens.Add(new CodeToken("t", line));
            }
        }
        return tokens;
    }

    // answers the name of an element that begins
    private static string? Tag(ref CodeCursor cursor, List<CodeToken> tokens)
    {
        var line = cursor.Line;
        cursor.Step();
        var ends = cursor.Now == '/';
        if (ends) cursor.Step();
        var start = cursor.At;
        cursor.StepWhile(one => !char.IsWhiteSpace(one) && one is not ('>' or '/'));
        var name = cursor.Since(start).ToLowerInvariant();
        tokens.Add(new CodeToken((ends ? "</" : "<") + name, line));
        var attributes = new List<CodeToken>();
        while (!cursor.IsEnd && cursor.Now != '>')
        {
            if (char.IsWhiteSpace(cursor.Now) || cursor.Now is '/' or '=') cursor.Step();
            else attributes.Add(Attribute(ref cursor));
        }
        cursor.Step();
        tokens.AddRange(attributes.OrderBy(attribute => attribute.Text, StringComparer.Ordinal));
        return ends ? null : name;
    }

    private static CodeToken Attribute(ref CodeCursor cursor)
    {
        var (start, line) = (cursor.At, cursor.Line);
        cursor.Step();
        cursor.StepWhile(one => !char.IsWhiteSpace(one) && one is not ('>' or '/' or '='));
        var name = cursor.Since(start).ToLowerInvariant();
        cursor.StepWhile(char.IsWhiteSpace);
        if (cursor.Now != '=') return new CodeToken($"@{name}", line);
        cursor.Step();
        cursor.StepWhile(char.IsWhiteSpace);
        var quote = cursor.Now;
        var quoted = quote is '"' or '\'';
        if (quoted) cursor.Step();
        start = cursor.At;
        cursor.StepWhile(one => quoted ? one != quote : !char.IsWhiteSpace(one) && one != '>');
        // what kind a field is nobody can call otherwise
        var token = new CodeToken(name == "type" ? $"@type={cursor.Since(start).ToLowerInvariant()}" : $"@{name}", line);
        if (quoted) cursor.Step();
        return token;
    }

    private static void Raw(ref CodeCursor cursor, List<CodeToken> tokens, string name)
    {
        var (start, line) = (cursor.At, cursor.Line);
        while (!cursor.IsEnd && !(cursor.Now == '<' && cursor.SeesAnyCase($"</{name}"))) cursor.Step();
        tokens.AddRange(name == "script" ? JsTokens.Of(cursor.Since(start), line) : CssTokens.Of(cursor.Since(start), line));
    }
}
