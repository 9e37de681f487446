using System.Reflection;

namespace Podium.Learning;

/// <summary>The tracks of coding practice that come with Podium, each as the files of its folder.</summary>
public static class CodePractice
{
    public static IReadOnlyList<(string Track, IReadOnlyDictionary<string, string> Files)> Tracks()
    {
        const string Prefix = "codepractice/";
        var assembly = Assembly.GetExecutingAssembly();
        return [.. assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal))
            .Select(name => (Name: name, Path: name[Prefix.Length..].Replace('\\', '/')))
            .GroupBy(file => file.Path.Split('/')[0])
            .OrderBy(track => track.Key, StringComparer.Ordinal)
            .Select(track => (track.Key, (IReadOnlyDictionary<string, string>)track.ToDictionary(file => file.Path[(track.Key.Length + 1)..], file => Read(assembly, file.Name))))];
    }

    private static string Read(Assembly assembly, string name)
    {
        using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
        return reader.ReadToEnd();
    }
}
