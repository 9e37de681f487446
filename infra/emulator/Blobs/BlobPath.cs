using System.Text;
using System.Text.RegularExpressions;
using Podium.Emulator.Runtime;

namespace Podium.Emulator.Blobs;

/// <summary>A trigger's path, such as <c>uploads/{event}/{name}.pdf</c>: which blobs it means, and what its parts bind to.</summary>
internal sealed partial class BlobPath
{
    private readonly Regex? _pattern;
    private readonly string[] _parts;

    private BlobPath(string text, string container, string prefix, Regex? pattern, string[] parts)
    {
        Text = text;
        Container = container;
        Prefix = prefix;
        _pattern = pattern;
        _parts = parts;
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
        if (slash < 0) return new BlobPath(text, container, "", null, []);
        var blob = text[(slash + 1)..];
        if (blob.Length == 0) throw new EmulatorException($"The blob path '{text}' of function '{function}' names no blob after the slash: write {container}/{{name}}, or {container} alone for the whole container.");
        var (pattern, prefix, parts) = Compile(text, blob, function);
        return new BlobPath(text, container, prefix, pattern, parts);
    }

    /// <summary>The bound parts of a blob's name, or null where the path does not mean it.</summary>
    public IReadOnlyDictionary<string, string>? Match(string blob)
    {
        if (_pattern is null) return new Dictionary<string, string>();
        var match = _pattern.Match(blob);
        return match.Success
            ? _parts.ToDictionary(name => name, name => match.Groups[name].Value, StringComparer.OrdinalIgnoreCase)
            : null;
    }

    // as in the real runtime, a part takes as much as it can, slashes too, and a doubled brace means itself
    private static (Regex Pattern, string Prefix, string[] Parts) Compile(string text, string blob, string function)
    {
        var pattern = new StringBuilder("^");
        var prefix = new StringBuilder();
        var names = new List<string>();
        for (var i = 0; i < blob.Length;)
        {
            if (blob[i] is not ('{' or '}') || (i + 1 < blob.Length && blob[i + 1] == blob[i]))
            {
                pattern.Append(Regex.Escape(blob[i].ToString()));
                if (names.Count == 0) prefix.Append(blob[i]);
                i += blob[i] is '{' or '}' ? 2 : 1;
                continue;
            }
            if (blob[i] == '}') throw Malformed("a closing brace without an opening one");
            var close = blob.IndexOf('}', i);
            if (close < 0) throw Malformed("an opening brace without a closing one");
            var name = blob[(i + 1)..close];
            if (!PartName().IsMatch(name)) throw Malformed($"'{{{name}}}', which is not a name in braces");
            if (names.Contains(name, StringComparer.OrdinalIgnoreCase)) throw Malformed($"'{{{name}}}' twice");
            names.Add(name);
            pattern.Append("(?<").Append(name).Append(">.*)");
            i = close + 1;
        }
        return (new Regex(pattern.Append('$').ToString(), RegexOptions.CultureInvariant | RegexOptions.Singleline), prefix.ToString(), [.. names]);

        EmulatorException Malformed(string what) => new($"The blob path '{text}' of function '{function}' has {what}.");
    }

    [GeneratedRegex("^([a-z0-9][a-z0-9-]{1,61}[a-z0-9]|\\$root|\\$web)$")]
    private static partial Regex ContainerName();

    [GeneratedRegex(@"^[\p{L}_]\w*\z")]
    private static partial Regex PartName();
}
