using Podium.Emulator.Queues;
using Podium.Emulator.Runtime;
using Podium.Emulator.Services;

namespace Podium.Cli;

// what the app's start on this machine fills in for itself
internal static partial class AppSettings
{
    static partial void UseEmulator(Dictionary<string, string?> settings, string folder, string? dataFolder)
    {
        if ((dataFolder is null ? RunningDatabase.FindFolder(folder) : Path.GetFullPath(dataFolder, folder)) is not { } data) return;
        settings["Postgres"] = RunningDatabase.ConnectionString(data);
        // Azurite keeps to its usual port unless somebody else has it
        if (string.IsNullOrWhiteSpace(settings.GetValueOrDefault("AzureWebJobsStorage"))) settings["AzureWebJobsStorage"] = "UseDevelopmentStorage=true";
    }

    static partial void AddQueues(Dictionary<string, string?> settings)
    {
        if (string.IsNullOrWhiteSpace(settings.GetValueOrDefault("Storage")) && string.IsNullOrWhiteSpace(settings.GetValueOrDefault("Storage:blobServiceUri")))
            settings["Storage"] = settings.GetValueOrDefault("AzureWebJobsStorage");
        if (!string.IsNullOrWhiteSpace(settings.GetValueOrDefault("ServiceBus")) || !string.IsNullOrWhiteSpace(settings.GetValueOrDefault("ServiceBus:fullyQualifiedNamespace"))) return;
        try
        {
            settings["ServiceBus"] = EmulatedServiceBus.ConnectionString(settings["Postgres"]!);
        }
        catch (EmulatorException)
        {
            // several hosts or a socket: there are no queues then, and only who asks for them is told
        }
    }
}
