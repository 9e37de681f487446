using System.Globalization;

namespace Podium.Learning.Plagiarism;

/// <summary>Stylesheets as they are compared: classes, ids and own variables become n; colours and numbers have one form.</summary>
public static class CssTokens
{
    public static List<CodeToken> Of(string code, int firstLine = 1)
    {
        var tokens = new List<CodeToken>();
        var cursor = new CodeCursor(code, firstLine);
        while (!cursor.IsEnd)
        {
            var (c, line) = (cursor.Now, cursor.Line);
            if (char.IsWhiteSpace(c))
            {
                cursor.Step();
            }
            else if (cursor.Sees("/*"))
            {
                cursor.StepBehind("*/");
            }
            else if (c is '"' or '\'')
            {
                cursor.Step();
                while (!cursor.IsEnd && cursor.Now != c && cursor.Now != '\n') cursor.Step(cursor.Now == '\\' ? 2 : 1);
                cursor.Step();
                tokens.Add(new CodeToken("s", line));
            }
            else if (char.IsAsciiDigit(c) || (c is '.' or '-' or '+' && char.IsAsciiDigit(cursor.Peek(1))) || (c is '-' or '+' && cursor.Peek(1) == '.' && char.IsAsciiDigit(cursor.Peek(2))))
            {
                tokens.Add(new CodeToken(Number(ref cursor), line));
            }
            else if (c is '.' or '#' && IsName(cursor.Peek(1)) || (c == '#' && char.IsAsciiDigit(cursor.Peek(1))))
            {
                cursor.Step();
                var name = Name(ref cursor);
                tokens.Add(new CodeToken(c == '#' && Colour(name) is { } colour && tokens is [.., { Text: not ("}" or "{" or ";") }] ? colour : $"{c}n", line));
            }
            else if (IsName(c))
            {
                var name = Name(ref cursor).ToLowerInvariant();
                tokens.Add(new CodeToken(name.StartsWith("--", StringComparison.Ordinal) ? "--n" : name, line));
            }
            else
            {
                cursor.Step();
                // ::before was written :before, and what ends a declaration is the next one's beginning as well
                if (c == ';' || (c == ':' && tokens is [.., { Text: ":" }])) continue;
                tokens.Add(new CodeToken(c.ToString(), line));
            }
        }
        return tokens;
    }

    private static string Number(ref CodeCursor cursor)
    {
        var start = cursor.At;
        cursor.Step();
        cursor.StepWhile(one => char.IsAsciiDigit(one) || one == '.');
        var text = cursor.Since(start);
        var unit = cursor.At;
        cursor.StepWhile(one => char.IsAsciiLetter(one) || one == '%');
        if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)) return text;
        return number == 0 ? "0" : number.ToString("R", CultureInfo.InvariantCulture) + cursor.Since(unit).ToLowerInvariant();
    }

    private static string Name(ref CodeCursor cursor)
    {
        var start = cursor.At;
        cursor.StepWhile(one => IsName(one) || char.IsDigit(one));
        return cursor.Since(start);
    }

    // #FFF is #ffffff
    private static string? Colour(string name)
    {
        if (name.Length is not (3 or 4 or 6 or 8) || !name.All(char.IsAsciiHexDigit)) return null;
        var digits = name.Length < 6 ? string.Concat(name.Select(digit => $"{digit}{digit}")) : name;
        return $"#{digits.ToLowerInvariant()}";
    }

    private static bool IsName(char c) => char.IsLetter(c) || c is '_' or '-' or '@' or '\\' || char.IsSurrogate(c);
}
