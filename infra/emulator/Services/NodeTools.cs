using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using Podium.Emulator.Runtime;

namespace Podium.Emulator.Services;

/// <summary>Node.js and npm as they are on this machine.</summary>
internal static class NodeTools
{
    private const int Oldest = 20;

    public static async Task CheckNodeAsync(CancellationToken cancellationToken)
    {
        var (exit, output) = await RunAsync("node", ["--version"], null, null, cancellationToken);
        var version = output.Trim().TrimStart('v');
        if (exit != 0 || !int.TryParse(version.Split('.')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var major))
            throw new EmulatorException($"Node.js does not work here ('node --version' said '{output.Trim()}'): install version {Oldest} or newer from https://nodejs.org.");
        if (major < Oldest)
            throw new EmulatorException($"Node.js here is {version}, but {Oldest} or newer is needed to run PostgreSQL and Azurite: install it from https://nodejs.org.");
    }

    /// <summary>Runs a program to its end and answers its exit code and all it printed.</summary>
    public static async Task<(int Exit, string Output)> RunAsync(
        string program, IEnumerable<string> arguments, string? folder, IReadOnlyDictionary<string, string>? environment, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            WorkingDirectory = folder ?? "",
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>()) start.Environment[name] = value;
        using var process = Start(start);
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        var errors = process.StandardError.ReadToEndAsync(cancellationToken);
        try
        {
            await process.WaitForExitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
        return (process.ExitCode, await output + await errors);
    }

    public static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception error)
        {
            throw new EmulatorException(
                start.FileName is "node" or "npm" or "npm.cmd"
                    ? $"Node.js is not on the PATH ({start.FileName} could not be started): install version {Oldest} or newer from https://nodejs.org; it runs PostgreSQL and Azurite."
                    : $"{start.FileName} could not be started: {error.Message}",
                error);
        }
    }
}
