using System.Text;
using System.Text.RegularExpressions;
using Podium.Emulator.Runtime;

namespace Podium.Emulator.Blobs;

/// <summary>A trigger's path, such as <c>uploads/{event}/{name}.pdf</c>: which blobs it means, and what its parts bind to.</summary>
internal sealed partial class BlobPath
{
    private readonly Regex? _pattern;

    private BlobPath(string text, string container, string prefix, Regex? pattern)
    {
        Text = text;
        Container = container;
        Prefix = prefix;
        _pattern = pattern;
    }

    public string Text { get; }

    public string Container { get; }

    /// <summary>What every blob's name begins with; a scan asks for no others.</summary>
    public string Prefix { get; }

    public static BlobPath Parse(string text, string function)
    {
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        var container = slash < 0 ? text : text[..slash];
        if (!ContainerName().IsMatch(container) || container.Contains("--", StringComparison.Ordinal))
            throw new EmulatorException($"The blob path '{text}' of function '{function}' must begin with a container's name: 3 to 63 lower-case letters, digits and single hyphens.");
        if (slash < 0) return new BlobPath(text, container, "", null);
        var blob = text[(slash + 1)..];
        if (blob.Length == 0) throw new EmulatorException($"The blob path '{text}' of function '{function}' names no blob after the slash: write {container}/{{name}}, or {container} alone for the whole container.");
        return new BlobPath(text, container, blob[..(blob.IndexOf('{', StringComparison.Ordinal) is >= 0 and var brace ? brace : blob.Length)], Compile(text, blob, function));
    }

    /// <summary>The bound parts of a blob's name, or null where the path does not mean it.</summary>
    public IReadOnlyDictionary<string, string>? Match(string blob)
    {
        if (_pattern is null) return new Dictionary<string, string>();
        var match = _pattern.Match(blob);
        return match.Success
            ? _pattern.GetGroupNames().Where(name => !char.IsAsciiDigit(name[0])).ToDictionary(name => name, name => match.Groups[name].Value, StringComparer.OrdinalIgnoreCase)
            : null;
    }

    // as in the real runtime, a part takes as much as it can, slashes too
    private static Regex Compile(string text, string blob, string function)
    {
        var pattern = new StringBuilder("^");
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        for (var i = 0; i < blob.Length;)
        {
            if (blob[i] == '}') throw Malformed("a closing brace without an opening one");
            if (blob[i] != '{')
            {
                var end = blob.AsSpan(i).IndexOfAny('{', '}') is >= 0 and var next ? i + next : blob.Length;
                pattern.Append(Regex.Escape(blob[i..end]));
                i = end;
                continue;
            }
            var close = blob.IndexOf('}', i);
            if (close < 0) throw Malformed("an opening brace without a closing one");
            var name = blob[(i + 1)..close];
            if (!PartName().IsMatch(name)) throw Malformed($"'{{{name}}}', which is not a name in braces");
            if (!names.Add(name)) throw Malformed($"'{{{name}}}' twice");
            pattern.Append("(?<").Append(name).Append(">.*)");
            i = close + 1;
        }
        return new Regex(pattern.Append('$').ToString(), RegexOptions.CultureInvariant | RegexOptions.Singleline);

        EmulatorException Malformed(string what) => new($"The blob path '{text}' of function '{function}' has {what}.");
    }

    [GeneratedRegex("^([a-z0-9][a-z0-9-]{1,61}[a-z0-9]|\\$root|\\$web)$")]
    private static partial Regex ContainerName();

    [GeneratedRegex("^[A-Za-z_][A-Za-z0-9_]*$")]
    private static partial Regex PartName();
}
