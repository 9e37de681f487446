using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Security.Cryptography;

namespace Podium.Learning.Sandbox;

/// <summary>The sandbox's worker and the engine it needs, installed from pinned npm packages once per user and version.</summary>
internal static class SandboxPackages
{
    private const int Oldest = 20;

    /// <summary>The folder with worker.mjs and its packages, and the flags that this Node.js takes.</summary>
    public static async Task<(string Folder, string PermissionFlag)> EnsureAsync(CancellationToken cancellationToken)
    {
        var major = await NodeVersionAsync(cancellationToken);
        var files = Resources();
        var content = files.OrderBy(file => file.Key, StringComparer.Ordinal).SelectMany(file => file.Value).ToArray();
        var cache = CacheFolder();
        var folder = Path.Combine(cache, $"sandbox-{Convert.ToHexStringLower(SHA256.HashData(content))[..12]}");
        if (!Directory.Exists(folder))
        {
            Directory.CreateDirectory(cache);
            await using var turn = await TakeTurnAsync(Path.Combine(cache, "sandbox.lock"), cancellationToken);
            if (!Directory.Exists(folder)) await InstallAsync(cache, folder, files, cancellationToken);
        }
        return (folder, major >= 23 ? "--permission" : "--experimental-permission");
    }

    private static async Task<int> NodeVersionAsync(CancellationToken cancellationToken)
    {
        var (_, output) = await RunAsync("node", ["--version"], "", cancellationToken);
        return int.TryParse(output.Trim().TrimStart('v').Split('.')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var major) && major >= Oldest
            ? major
            : throw new InvalidOperationException($"Learners' code runs in Node.js {Oldest} or newer; here 'node --version' says '{output.Trim()}'.");
    }

    private static async Task InstallAsync(string cache, string folder, Dictionary<string, byte[]> files, CancellationToken cancellationToken)
    {
        var temporary = Path.Combine(cache, $"installing-{Guid.NewGuid():N}");
        try
        {
            foreach (var (name, content) in files)
            {
                var path = Path.Combine(temporary, name);
                Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                await File.WriteAllBytesAsync(path, content, cancellationToken);
            }
            var (exit, output) = await RunAsync(
                OperatingSystem.IsWindows() ? "npm.cmd" : "npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], temporary, cancellationToken);
            if (exit != 0) throw new InvalidOperationException($"npm could not install the sandbox (exit code {exit}): {output.Trim()}");
            Directory.Move(temporary, folder);
        }
        finally
        {
            if (Directory.Exists(temporary)) Directory.Delete(temporary, recursive: true);
        }
    }

    private static async Task<FileStream> TakeTurnAsync(string path, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException)
            {
                await Task.Delay(100, cancellationToken);
            }
        }
    }

    private static async Task<(int Exit, string Output)> RunAsync(string program, IEnumerable<string> arguments, string folder, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = folder };
        try
        {
            using var process = Process.Start(start)!;
            var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
            var errors = process.StandardError.ReadToEndAsync(cancellationToken);
            await process.WaitForExitAsync(cancellationToken);
            return (process.ExitCode, await output + await errors);
        }
        catch (Win32Exception error)
        {
            throw new InvalidOperationException($"Learners' code runs in Node.js, but '{program}' could not be started: install version {Oldest} or newer from https://nodejs.org.", error);
        }
    }

    private static string CacheFolder()
    {
        if (Environment.GetEnvironmentVariable("PODIUM_CACHE") is { Length: > 0 } given) return Path.GetFullPath(given);
        if (OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess) return "/var/cache/podium";
        if (OperatingSystem.IsWindows()) return Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData), "podium");
        return Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } xdg
            ? Path.Combine(xdg, "podium")
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache", "podium");
    }

    private static Dictionary<string, byte[]> Resources()
    {
        const string Prefix = "sandbox/";
        var assembly = Assembly.GetExecutingAssembly();
        var files = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (var name in assembly.GetManifestResourceNames().Where(name => name.StartsWith(Prefix, StringComparison.Ordinal)))
        {
            using var stream = assembly.GetManifestResourceStream(name)!;
            using var copy = new MemoryStream();
            stream.CopyTo(copy);
            files[name[Prefix.Length..]] = copy.ToArray();
        }
        return files;
    }
}
