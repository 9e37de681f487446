using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Npgsql;

namespace Podium.Cli;

/// <summary>
/// The app's settings as the app itself reads them: Values of local.settings.json, over them the environment. The database is named by one
/// source alone, so that no two of its roles ever mean different servers.
/// </summary>
internal static partial class AppSettings
{
    private const string Environment = "AZURE_FUNCTIONS_ENVIRONMENT";

    public static IConfiguration Load(Surroundings around, string? connection, string? dataFolder)
    {
        var local = ReadLocal(around.Folder);
        var environment = around.Environment.ToDictionary(entry => entry.Key.Replace("__", ":", StringComparison.Ordinal), entry => entry.Value, StringComparer.OrdinalIgnoreCase);
        var settings = new Dictionary<string, string?>(local, StringComparer.OrdinalIgnoreCase);
        if (NamesDatabase(environment) || connection is not null || dataFolder is not null) RemoveDatabase(settings);
        foreach (var (name, value) in environment) settings[name] = value;

        if (connection is not null)
        {
            RemoveDatabase(settings);
            settings["Postgres"] = connection;
        }
        else if (dataFolder is not null || !NamesDatabase(settings))
        {
            RemoveDatabase(settings);
            UseEmulator(settings, around.Folder, dataFolder);
            if (!NamesDatabase(settings))
                throw new CommandException("No database is named: give --connection, set Postgres, or start the app here with 'dotnet run --project functions', which brings its own.");
            AssumeDevelopment(settings);
        }
        else if (!NamesDatabase(environment))
        {
            AssumeDevelopment(settings); // a file that never leaves a developer's machine
        }
        if (string.IsNullOrWhiteSpace(settings.GetValueOrDefault("Postgres"))) settings["Postgres"] = settings.GetValueOrDefault("Postgres:Owner");
        CheckForm(settings["Postgres"]!);
        AddQueues(settings);
        return new ConfigurationBuilder().AddInMemoryCollection(settings).Build();
    }

    /// <summary>Names the emulator's database where there is one.</summary>
    static partial void UseEmulator(Dictionary<string, string?> settings, string folder, string? dataFolder);

    /// <summary>Names the queues that go with the database.</summary>
    static partial void AddQueues(Dictionary<string, string?> settings);

    private static void CheckForm(string connection)
    {
        try
        {
            if (string.IsNullOrEmpty(new NpgsqlConnectionStringBuilder(connection).Host)) throw new ArgumentException("it names no Host.");
        }
        catch (ArgumentException error)
        {
            throw new CommandException($"The connection string is not one of Npgsql's, such as 'Host=localhost;Database=podium;Username=…;Password=…': {error.Message}", ExitCode.Usage);
        }
    }

    private static void AssumeDevelopment(Dictionary<string, string?> settings)
    {
        if (string.IsNullOrEmpty(settings.GetValueOrDefault(Environment))) settings[Environment] = "Development";
    }

    private static bool IsDatabase(string name) => name.Equals("Postgres", StringComparison.OrdinalIgnoreCase) || name.StartsWith("Postgres:", StringComparison.OrdinalIgnoreCase);

    private static bool NamesDatabase(Dictionary<string, string?> settings) =>
        !string.IsNullOrWhiteSpace(settings.GetValueOrDefault("Postgres")) || !string.IsNullOrWhiteSpace(settings.GetValueOrDefault("Postgres:Owner"));

    private static void RemoveDatabase(Dictionary<string, string?> settings)
    {
        foreach (var name in settings.Keys.Where(IsDatabase).ToList()) settings.Remove(name);
    }

    private static Dictionary<string, string?> ReadLocal(string start)
    {
        var values = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        if (Find(start) is not { } path) return values;
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllText(path), new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
            if (json.RootElement.TryGetProperty("IsEncrypted", out var encrypted) && encrypted.ValueKind == JsonValueKind.True)
                throw new CommandException($"{path} is encrypted: run 'func settings decrypt' or write it anew from local.settings.sample.json.");
            if (!json.RootElement.TryGetProperty("Values", out var section)) return values;
            foreach (var entry in section.EnumerateObject())
                values[entry.Name.Replace("__", ":", StringComparison.Ordinal)] = entry.Value.ValueKind == JsonValueKind.Null ? null : entry.Value.ToString();
            return values;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            throw new CommandException($"{path} is not valid: {error.Message}");
        }
    }

    private static string? Find(string start)
    {
        for (var folder = new DirectoryInfo(start); folder is not null; folder = folder.Parent)
        {
            var file = Path.Combine(folder.FullName, "local.settings.json");
            if (File.Exists(file)) return file;
        }
        return null;
    }
}
