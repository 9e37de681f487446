using System.Diagnostics;
using System.Globalization;
using Npgsql;
using Podium.Emulator.Runtime;

namespace Podium.Emulator.Services;

/// <summary>Finds the database of an emulator that runs in another process, by what it keeps in its data folder.</summary>
public static class RunningDatabase
{
    /// <summary>The data folder in a folder or above it; null where there is none.</summary>
    public static string? FindFolder(string start)
    {
        for (var folder = new DirectoryInfo(start); folder is not null; folder = folder.Parent)
        {
            var data = Path.Combine(folder.FullName, ".podium");
            if (File.Exists(Path.Combine(data, "podium-emulator"))) return data;
        }
        return null;
    }

    /// <summary>The connection string of the database podium.</summary>
    /// <exception cref="EmulatorException">It does not run, or is another user's.</exception>
    public static string ConnectionString(string dataFolder)
    {
        try
        {
            var port = PortOf(Path.Combine(dataFolder, "postgres", "postmaster.pid"))
                ?? throw new EmulatorException($"The database in {dataFolder} does not run: start the app with 'dotnet run --project functions', or name another database with --connection.");
            return new NpgsqlConnectionStringBuilder
            {
                Host = "127.0.0.1",
                Port = port,
                Username = "postgres",
                Password = File.ReadAllText(Path.Combine(dataFolder, "password")).Trim(),
                Database = "podium",
            }.ConnectionString;
        }
        catch (Exception error) when (error is UnauthorizedAccessException or FileNotFoundException)
        {
            throw new EmulatorException($"The database in {dataFolder} cannot be opened ({error.Message}): run this as the user who runs the app.", error);
        }
    }

    // PostgreSQL's own note: process, folder, start, port, socket folder, address, memory, state
    private static int? PortOf(string file)
    {
        if (!File.Exists(file)) return null;
        var lines = File.ReadAllLines(file);
        if (lines.Length < 4 || !int.TryParse(lines[0], NumberStyles.None, CultureInfo.InvariantCulture, out var process) || !int.TryParse(lines[3], NumberStyles.None, CultureInfo.InvariantCulture, out var port)) return null;
        try
        {
            using var server = Process.GetProcessById(process);
            return port;
        }
        catch (ArgumentException)
        {
            return null; // it was killed and could not take its note away
        }
    }
}
