using System.Text.Json;
using Microsoft.Extensions.Logging;
using Podium.Emulator.Runtime;

namespace Podium.Emulator.Hosting;

/// <summary>What the emulator honours of host.json, with the real runtime's defaults.</summary>
public sealed record HostJson
{
    /// <summary>extensions.http.routePrefix</summary>
    public string RoutePrefix { get; init; } = "api";

    /// <summary>functionTimeout; -1 means none.</summary>
    public TimeSpan FunctionTimeout { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>extensions.serviceBus.maxConcurrentCalls</summary>
    public int MaxConcurrentCalls { get; init; } = 16 * Environment.ProcessorCount;

    /// <summary>extensions.serviceBus.prefetchCount</summary>
    public int PrefetchCount { get; init; }

    /// <summary>extensions.serviceBus.maxAutoLockRenewalDuration</summary>
    public TimeSpan MaxAutoLockRenewal { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>extensions.serviceBus.autoCompleteMessages</summary>
    public bool AutoCompleteMessages { get; init; } = true;

    /// <summary>extensions.serviceBus.maxMessageBatchSize</summary>
    public int MaxMessageBatchSize { get; init; } = 1000;

    /// <summary>extensions.blobs.maxDegreeOfParallelism</summary>
    public int MaxDegreeOfParallelism { get; init; } = 8 * Environment.ProcessorCount;

    /// <summary>extensions.blobs.poisonBlobThreshold</summary>
    public int PoisonBlobThreshold { get; init; } = 5;

    /// <summary>extensions.durableTask.hubName</summary>
    public string HubName { get; init; } = "TestHubName";

    /// <summary>extensions.durableTask.maxConcurrentActivityFunctions</summary>
    public int MaxConcurrentActivityFunctions { get; init; } = 10 * Environment.ProcessorCount;

    /// <summary>extensions.durableTask.maxConcurrentOrchestratorFunctions</summary>
    public int MaxConcurrentOrchestratorFunctions { get; init; } = 10 * Environment.ProcessorCount;

    /// <summary>extensions.durableTask.defaultVersion</summary>
    public string DefaultVersion { get; init; } = "";

    /// <summary>logging.logLevel, by category prefix; "default" for the rest.</summary>
    public IReadOnlyDictionary<string, LogLevel> LogLevels { get; init; } = new Dictionary<string, LogLevel>();

    /// <summary>Reads the file; one sentence says what is wrong with it.</summary>
    public static HostJson Load(string path)
    {
        if (!File.Exists(path)) throw new EmulatorException($"There is no host.json at {path}: start in the app's folder, or a folder below it.");
        try
        {
            using var json = JsonDocument.Parse(
                File.ReadAllText(path), new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
            return Read(json.RootElement, path);
        }
        catch (JsonException error)
        {
            throw new EmulatorException($"{path} is not valid JSON: {error.Message}", error);
        }
        catch (Exception error) when (error is FormatException or InvalidOperationException)
        {
            throw new EmulatorException($"{path} has a value of the wrong kind: {error.Message}", error);
        }
    }

    private static HostJson Read(JsonElement root, string path)
    {
        if (!root.TryGetProperty("version", out var version) || version.GetString() != "2.0")
            throw new EmulatorException($"{path} must say \"version\": \"2.0\", as the Functions host demands.");

        var defaults = new HostJson();
        var serviceBus = Section(root, "extensions", "serviceBus");
        var blobs = Section(root, "extensions", "blobs");
        var durable = Section(root, "extensions", "durableTask");
        return new HostJson
        {
            RoutePrefix = Text(Section(root, "extensions", "http"), "routePrefix") ?? defaults.RoutePrefix,
            FunctionTimeout = Text(root, "functionTimeout") is { } text
                ? text == "-1" ? Timeout.InfiniteTimeSpan : Span(text, "functionTimeout", path)
                : defaults.FunctionTimeout,
            MaxConcurrentCalls = Positive(serviceBus, "maxConcurrentCalls", path) ?? defaults.MaxConcurrentCalls,
            PrefetchCount = Number(serviceBus, "prefetchCount") ?? defaults.PrefetchCount,
            MaxAutoLockRenewal = Text(serviceBus, "maxAutoLockRenewalDuration") is { } renewal
                ? Span(renewal, "maxAutoLockRenewalDuration", path)
                : defaults.MaxAutoLockRenewal,
            AutoCompleteMessages = serviceBus is { } bus && bus.TryGetProperty("autoCompleteMessages", out var auto) ? auto.GetBoolean() : defaults.AutoCompleteMessages,
            MaxMessageBatchSize = Positive(serviceBus, "maxMessageBatchSize", path) ?? defaults.MaxMessageBatchSize,
            MaxDegreeOfParallelism = Positive(blobs, "maxDegreeOfParallelism", path) ?? defaults.MaxDegreeOfParallelism,
            PoisonBlobThreshold = Positive(blobs, "poisonBlobThreshold", path) ?? defaults.PoisonBlobThreshold,
            HubName = Text(durable, "hubName") ?? defaults.HubName,
            MaxConcurrentActivityFunctions = Positive(durable, "maxConcurrentActivityFunctions", path) ?? defaults.MaxConcurrentActivityFunctions,
            MaxConcurrentOrchestratorFunctions = Positive(durable, "maxConcurrentOrchestratorFunctions", path) ?? defaults.MaxConcurrentOrchestratorFunctions,
            DefaultVersion = Text(durable, "defaultVersion") ?? defaults.DefaultVersion,
            LogLevels = Levels(Section(root, "logging", "logLevel"), path),
        };
    }

    private static JsonElement? Section(JsonElement root, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (!root.TryGetProperty(name, out root)) return null;
        }
        return root;
    }

    private static string? Text(JsonElement? section, string name) =>
        section is { } found && found.TryGetProperty(name, out var value) ? value.GetString() : null;

    private static int? Number(JsonElement? section, string name) =>
        section is { } found && found.TryGetProperty(name, out var value) ? value.GetInt32() : null;

    private static int? Positive(JsonElement? section, string name, string path)
    {
        var number = Number(section, name);
        return number is null or > 0 ? number : throw new EmulatorException($"{path}: {name} is {number}, but must be 1 or more.");
    }

    private static TimeSpan Span(string text, string name, string path) =>
        TimeSpan.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out var span)
            ? span
            : throw new EmulatorException($"{path}: {name} is '{text}', which is not a time span like 00:05:00.");

    private static Dictionary<string, LogLevel> Levels(JsonElement? section, string path)
    {
        var levels = new Dictionary<string, LogLevel>(StringComparer.OrdinalIgnoreCase);
        if (section is not { } found) return levels;
        foreach (var entry in found.EnumerateObject())
        {
            levels[entry.Name] = Enum.TryParse<LogLevel>(entry.Value.GetString(), ignoreCase: true, out var level)
                ? level
                : throw new EmulatorException($"{path}: log level '{entry.Value}' of '{entry.Name}' is not one of Trace, Debug, Information, Warning, Error, Critical, None.");
        }
        return levels;
    }
}
