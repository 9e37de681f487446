using System.Buffers;

namespace Podium.Platform.Files;

// One pass over the characters of a text: its lines, what must not be in it, and which shapes it could have.
internal sealed class TextScan
{
    private const int PrefixLength = 4096;
    private static readonly SearchValues<char> Notable = SearchValues.Create([.. Enumerable.Range(0, 32).Select(code => (char)code), '\x7f']);

    private string _prefix = "";
    private long _seen;
    private long _line;
    private bool _afterReturn;

    // markup: how far the words of a document type's entities are matched, and the longest way from one tag to the next
    private int _entity, _attributes;
    private long _run;

    public JsonShape Json { get; } = new();
    public CsvShape Csv { get; } = new();

    /// <summary>The lines so far, the unfinished one included.</summary>
    public long Lines { get; private set; }
    public long LongestLine { get; private set; }
    public (char Character, bool Early)? Control { get; private set; }
    public bool DeclaresEntities { get; private set; }
    public long LongestRun { get; private set; }

    public bool Feed(ReadOnlySpan<char> part)
    {
        if (_seen == 0)
        {
            _prefix = part[..Math.Min(part.Length, PrefixLength)].ToString();
            Lines = 1;
        }
        if (!CountLines(part)) return false;
        if (LooksLikeMarkup) ScanMarkup(part);
        else
        {
            Json.Feed(part);
            Csv.Feed(part);
        }
        _seen += part.Length;
        return true;
    }

    public FileKind Kind()
    {
        // a line break at the very end begins no line
        if (Lines > 1 && _line == 0) Lines--;
        if (_prefix.StartsWith("#!", StringComparison.Ordinal)) return FileKind.Script;
        if (LooksLikeMarkup) return HtmlPrefix.Matches(_prefix) ? FileKind.Html : FileKind.Xml;
        if (Json.Complete()) return FileKind.Json;
        return Csv.Complete() ? FileKind.Csv : FileKind.Text;
    }

    private bool LooksLikeMarkup => _prefix.AsSpan().TrimStart() is ['<', '?' or '!' or (>= 'a' and <= 'z') or (>= 'A' and <= 'Z') or '_', ..];

    private bool CountLines(ReadOnlySpan<char> part)
    {
        for (var at = 0; at < part.Length; at++)
        {
            var next = part[at..].IndexOfAny(Notable);
            if (next != 0) _afterReturn = false;
            if (next < 0)
            {
                _line += part.Length - at;
                break;
            }
            _line += next;
            at += next;
            if (!Note(part[at], at)) return false;
        }
        LongestLine = Math.Max(LongestLine, _line);
        return true;
    }

    private bool Note(char character, int at)
    {
        switch (character)
        {
            case '\n' when _afterReturn:
                _afterReturn = false;
                return true;
            case '\n' or '\r':
                LongestLine = Math.Max(LongestLine, _line);
                (_line, _afterReturn) = (0, character == '\r');
                Lines++;
                return true;
            case '\t' or '\f':
                _line++;
                _afterReturn = false;
                return true;
            default:
                Control = (character, _seen + at < PrefixLength);
                return false;
        }
    }

    private void ScanMarkup(ReadOnlySpan<char> part)
    {
        const string entity = "<!ENTITY", attributes = "<!ATTLIST";
        foreach (var character in part)
        {
            if (character == '<')
            {
                LongestRun = Math.Max(LongestRun, _run);
                _run = 0;
            }
            _run++;
            _entity = Match(entity, _entity, character);
            _attributes = Match(attributes, _attributes, character);
            DeclaresEntities |= _entity == entity.Length || _attributes == attributes.Length;
        }
        LongestRun = Math.Max(LongestRun, _run);
    }

    // the words begin with the one '<' they have, so a mismatch starts anew
    private static int Match(string word, int matched, char character) =>
        matched < word.Length && character == word[matched] ? matched + 1 : character == '<' ? 1 : 0;
}
