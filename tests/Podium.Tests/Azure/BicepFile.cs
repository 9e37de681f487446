using System.Text.RegularExpressions;

namespace Podium.Tests.Azure;

/// <summary>
/// Reads as much of Bicep as the tests need: declarations on the top level, with their text, and the properties of objects. What it cannot read it
/// refuses, so that nothing goes unseen. The compiler looks at everything else, in CI.
/// </summary>
internal sealed partial class BicepFile
{
    public sealed record Parameter(string Name, string Type, bool IsRequired);

    public sealed record Declaration(string Symbol, string Of, bool Exists, string Body);

    private readonly List<Parameter> _parameters = [];
    private readonly List<Declaration> _modules = [];
    private readonly List<Declaration> _resources = [];
    private readonly Dictionary<string, string> _variables = [];
    private readonly Dictionary<string, string> _outputs = [];
    private readonly Dictionary<string, string> _assignments = [];

    private BicepFile(string path)
    {
        Path = path;
        Source = File.ReadAllText(path);
        Text = WithoutComments(Source);
        foreach (var statement in Statements(Text)) Read(statement);
    }

    public string Path { get; }

    public string Source { get; }

    /// <summary>The file without its comments.</summary>
    public string Text { get; }

    public IReadOnlyList<Parameter> Parameters => _parameters;

    public IReadOnlyList<Declaration> Modules => _modules;

    public IReadOnlyList<Declaration> Resources => _resources;

    public IReadOnlyDictionary<string, string> Variables => _variables;

    public IReadOnlyDictionary<string, string> Outputs => _outputs;

    /// <summary>What a parameter file gives.</summary>
    public IReadOnlyDictionary<string, string> Assignments => _assignments;

    public static BicepFile Load(string path) => new(path);

    /// <summary>The properties of the first object in a text, each with the text of its value.</summary>
    public static IReadOnlyDictionary<string, string> Properties(string text)
    {
        var found = new Dictionary<string, string>(StringComparer.Ordinal);
        var begin = First(text, '{');
        if (begin < 0) return found;
        foreach (var entry in Split(text[(begin + 1)..(Closing(text, begin) - 1)], "\n,"))
        {
            var match = PropertyForm().Match(entry);
            if (!match.Success) throw new FormatException($"This is no property: {entry}");
            found.Add(match.Groups["name"].Value.Trim('\''), match.Groups["value"].Value.Trim());
        }
        return found;
    }

    /// <summary>The elements of an array.</summary>
    public static IReadOnlyList<string> Elements(string text)
    {
        var begin = First(text, '[');
        return begin < 0 ? [] : Split(text[(begin + 1)..(Closing(text, begin) - 1)], "\n,");
    }

    private void Read(string statement)
    {
        var text = DecoratorForm().Match(statement) is { Success: true } decorators ? statement[decorators.Length..] : statement;
        if (ParameterForm().Match(text) is { Success: true } parameter)
            _parameters.Add(new Parameter(parameter.Groups["name"].Value, parameter.Groups["type"].Value.Trim(), !parameter.Groups["default"].Success));
        else if (AssignmentForm().Match(text) is { Success: true } assignment)
            (assignment.Groups["kind"].Value == "var" ? _variables : _assignments).Add(assignment.Groups["name"].Value, assignment.Groups["value"].Value);
        else if (OutputForm().Match(text) is { Success: true } output)
            _outputs.Add(output.Groups["name"].Value, output.Groups["value"].Value);
        else if (DeclarationForm().Match(text) is { Success: true } declaration)
            (declaration.Groups["kind"].Value == "module" ? _modules : _resources).Add(new Declaration(
                declaration.Groups["name"].Value, declaration.Groups["of"].Value, declaration.Groups["existing"].Success, declaration.Groups["body"].Value));
        else if (!HeadForm().IsMatch(text))
            throw new FormatException($"{System.IO.Path.GetFileName(Path)}: the reader does not know what this is: {text[..Math.Min(80, text.Length)]}");
    }

    private static string WithoutComments(string text)
    {
        var kept = new System.Text.StringBuilder(text.Length);
        for (var at = 0; at < text.Length;)
        {
            if (text[at] == '\'')
            {
                var end = EndOfString(text, at);
                kept.Append(text, at, end - at);
                at = end;
            }
            else if (text.AsSpan(at).StartsWith("//"))
            {
                at = text.IndexOf('\n', at) is var end and >= 0 ? end : text.Length;
            }
            else if (text.AsSpan(at).StartsWith("/*"))
            {
                at = text.IndexOf("*/", at, StringComparison.Ordinal) + 2;
            }
            else
            {
                kept.Append(text[at++]);
            }
        }
        return kept.ToString();
    }

    // a statement ends with its line, unless a bracket is open or the line is a decorator's
    private static IEnumerable<string> Statements(string text)
    {
        var pending = "";
        foreach (var line in Split(text, "\n"))
        {
            pending += (pending.Length > 0 ? "\n" : "") + line;
            if (line.StartsWith('@')) continue;
            yield return pending;
            pending = "";
        }
    }

    private static List<string> Split(string text, string separators)
    {
        var parts = new List<string>();
        var begin = 0;
        for (var at = 0; at <= text.Length;)
        {
            if (at == text.Length || separators.Contains(text[at], StringComparison.Ordinal))
            {
                if (text[begin..at].Trim() is { Length: > 0 } part) parts.Add(part);
                begin = ++at;
            }
            else
            {
                at = Next(text, at);
            }
        }
        return parts;
    }

    private static int First(string text, char wanted)
    {
        for (var at = 0; at < text.Length; at = text[at] == '\'' ? EndOfString(text, at) : at + 1)
        {
            if (text[at] == wanted) return at;
        }
        return -1;
    }

    private static int Next(string text, int at) => text[at] switch
    {
        '\'' => EndOfString(text, at),
        '{' or '[' or '(' => Closing(text, at),
        '}' or ']' or ')' => throw new FormatException($"A bracket closes that was not open, after: {text[Math.Max(0, at - 60)..at]}"),
        _ => at + 1,
    };

    /// <summary>Behind the bracket that closes the one here.</summary>
    private static int Closing(string text, int at)
    {
        var closing = text[at] switch { '{' => '}', '[' => ']', _ => ')' };
        for (var inside = at + 1; inside < text.Length; inside = Next(text, inside))
        {
            if (text[inside] == closing) return inside + 1;
        }
        throw new FormatException($"A bracket is never closed: {text[at..Math.Min(text.Length, at + 60)]}");
    }

    private static int EndOfString(string text, int at)
    {
        for (var inside = at + 1; inside < text.Length;)
        {
            if (text[inside] == '\'') return inside + 1;
            if (text[inside] == '\\') inside += 2;
            else if (text.AsSpan(inside).StartsWith("${")) inside = Closing(text, inside + 1);
            else inside++;
        }
        throw new FormatException($"A string is never closed: {text[at..Math.Min(text.Length, at + 60)]}");
    }

    [GeneratedRegex(@"\A(@[^\n]*\n)+")]
    private static partial Regex DecoratorForm();

    [GeneratedRegex(@"\Aparam\s+(?<name>\w+)\s+(?<type>\w[^=]*?)\s*(=\s*(?<default>.+))?\z", RegexOptions.Singleline)]
    private static partial Regex ParameterForm();

    [GeneratedRegex(@"\A(?<kind>var|param)\s+(?<name>\w+)\s*=\s*(?<value>.+)\z", RegexOptions.Singleline)]
    private static partial Regex AssignmentForm();

    [GeneratedRegex(@"\Aoutput\s+(?<name>\w+)\s+\w+\s*=\s*(?<value>.+)\z", RegexOptions.Singleline)]
    private static partial Regex OutputForm();

    [GeneratedRegex(@"\A(?<kind>resource|module)\s+(?<name>\w+)\s+'(?<of>[^']+)'\s*(?<existing>existing\s*)?=\s*(?<body>.+)\z", RegexOptions.Singleline)]
    private static partial Regex DeclarationForm();

    [GeneratedRegex(@"\A(targetScope\s*=|using\s+')")]
    private static partial Regex HeadForm();

    [GeneratedRegex(@"\A(?<name>\w+|'[^']*')\s*:\s*(?<value>.+)\z", RegexOptions.Singleline)]
    private static partial Regex PropertyForm();
}
