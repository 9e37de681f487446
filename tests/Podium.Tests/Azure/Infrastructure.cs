using System.Text.Json;
using System.Text.RegularExpressions;

namespace Podium.Tests.Azure;

/// <summary>The files under infra/azure and what they say.</summary>
internal static partial class Infrastructure
{
    public static readonly string Root = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "../../../../.."));
    public static readonly string Folder = Path.Combine(Root, "infra", "azure");

    private static readonly Lazy<IReadOnlyDictionary<string, BicepFile>> Loaded = new(() => Directory
        .EnumerateFiles(Folder, "*.bicep*", SearchOption.AllDirectories)
        .Where(path => path.EndsWith(".bicep", StringComparison.Ordinal) || path.EndsWith(".bicepparam", StringComparison.Ordinal))
        .ToDictionary(path => Path.GetRelativePath(Folder, path).Replace('\\', '/'), BicepFile.Load));

    public static IReadOnlyDictionary<string, BicepFile> Files => Loaded.Value;

    public static BicepFile Main => Files["main.bicep"];

    public static BicepFile Module(string name) => Files[$"modules/{name}.bicep"];

    public static IEnumerable<BicepFile> ParameterFiles => Files.Values.Where(file => file.Path.EndsWith(".bicepparam", StringComparison.Ordinal));

    /// <summary>The settings a function app that works gets, each with the text of its value.</summary>
    public static IReadOnlyDictionary<string, string> Settings => BicepFile.Properties(Main.Variables["settings"]);

    public static string Read(params string[] path) => File.ReadAllText(Path.Combine([Root, .. path]));

    /// <summary>The source of the app, file by file.</summary>
    public static IEnumerable<string> AppSource() => new[] { "functions", "shared" }
        .SelectMany(room => Directory.EnumerateFiles(Path.Combine(Root, room), "*.cs", SearchOption.AllDirectories))
        .Where(path => !BuildFolder().IsMatch(path))
        .Select(File.ReadAllText);

    public static JsonElement ServiceBus() => JsonDocument.Parse(Read("servicebus.json")).RootElement;

    [GeneratedRegex(@"[\\/](bin|obj)[\\/]")]
    private static partial Regex BuildFolder();
}
