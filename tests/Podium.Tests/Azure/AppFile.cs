using System.Reflection;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;
using Podium.Operations;

namespace Podium.Tests.Azure;

/// <summary>What infra/azure/app.json must say, read off the app's code.</summary>
internal static partial class AppFile
{
    public static readonly string Path = System.IO.Path.Combine(Infrastructure.Folder, "app.json");

    private static readonly JsonSerializerOptions Written = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public sealed record Trigger(string Function, TriggerBindingAttribute Binding);

    public sealed record BlobEvent(string function, string container, string endsWith);

    /// <summary>Every function of the app with its trigger.</summary>
    public static IReadOnlyList<Trigger> Triggers { get; } =
    [
        .. (from type in typeof(Podium.Functions.Middleware.Correlation).Assembly.GetTypes()
           from method in type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly)
           let function = method.GetCustomAttribute<FunctionAttribute>()
           where function is not null
           let trigger = method.GetParameters().SelectMany(parameter => parameter.GetCustomAttributes<TriggerBindingAttribute>()).Single()
           select new Trigger(function.Name, trigger)).OrderBy(trigger => trigger.Function, StringComparer.Ordinal),
    ];

    /// <summary>Functions that take work by themselves: what an app that rests must not do.</summary>
    public static IReadOnlyList<string> Background { get; } =
        [.. Triggers.Where(trigger => trigger.Binding is not (HttpTriggerAttribute or BlobTriggerAttribute)).Select(trigger => trigger.Function)];

    public static IReadOnlyList<BlobEvent> BlobTriggers { get; } =
    [
        .. from trigger in Triggers
           let blob = trigger.Binding as BlobTriggerAttribute
           where blob is not null
           let slash = blob.BlobPath.IndexOf('/', StringComparison.Ordinal)
           // Event Grid can compare the beginning and the end of a name: what stands behind the last placeholder
           select new BlobEvent(trigger.Function, blob.BlobPath[..slash], blob.BlobPath[(blob.BlobPath.LastIndexOf('}') + 1)..]),
    ];

    /// <summary>Containers of the app: those its triggers watch, and those its code names.</summary>
    public static IReadOnlyList<string> Containers { get; } =
    [
        .. BlobTriggers.Select(trigger => trigger.container)
            .Concat(from type in typeof(SelfCheck).Assembly.GetTypes()
                    from field in type.GetFields(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static)
                    where field.IsLiteral && field.FieldType == typeof(string) && (field.Name.EndsWith("Container", StringComparison.Ordinal) || type.Name == "FileStore")
                    select (string)field.GetRawConstantValue()!)
            .Concat(Infrastructure.AppSource().SelectMany(source => NamedContainer().Matches(source)).Select(match => match.Groups[1].Value))
            .Distinct().Order(StringComparer.Ordinal),
    ];

    public static string Content() =>
        JsonSerializer.Serialize(new { background = Background, blobTriggers = BlobTriggers, containers = Containers }, Written).ReplaceLineEndings("\n") + "\n";

    // a purpose of files says: Container = "documents"
    [GeneratedRegex("\\bContainer = \"([a-z0-9-]+)\"")]
    private static partial Regex NamedContainer();
}
