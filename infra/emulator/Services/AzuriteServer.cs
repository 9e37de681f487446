using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Podium.Emulator.Runtime;

namespace Podium.Emulator.Services;

/// <summary>The embedded Azurite, and what its access log tells of written blobs.</summary>
internal static partial class AzuriteServer
{
    // published with Azurite; no secret
    private const string WellKnownKey = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static async Task<(int Port, ServiceInfo Info)> StartAsync(
        ServicePackages packages, Supervisor supervisor, DataFolder folder, EmbeddedServicesOptions options, Action<BlobWrite> onWrite, CancellationToken cancellationToken)
    {
        var watch = Stopwatch.StartNew();
        var location = folder.Combine("azurite");
        Directory.CreateDirectory(location);
        return await Ports.TryAsync(options.StoragePort, async port =>
        {
            var child = await StartOnAsync(port, packages, supervisor, location, options, onWrite, cancellationToken);
            return (port, new ServiceInfo("Azurite", packages.AzuriteVersion, $"127.0.0.1:{port}", await child.Started, watch.Elapsed));
        });
    }

    public static string ConnectionString(int account, int port) =>
        $"DefaultEndpointsProtocol=http;AccountName={Name(account)};AccountKey={Key(account)};BlobEndpoint=http://127.0.0.1:{port}/{Name(account)};";

    /// <summary>A line of the access log, where it tells of a blob that is now whole; blocks of a blob to come are none.</summary>
    internal static BlobWrite? Parse(string line)
    {
        var match = AccessLog().Match(line);
        if (!match.Success) return null;
        var query = match.Groups["query"].Value;
        if (Parameter(query, "comp") is { } comp && comp is not ("blocklist" or "appendblock" or "page")) return null;
        if (Parameter(query, "restype") is not null) return null;
        return new BlobWrite(match.Groups["account"].Value, match.Groups["container"].Value, Uri.UnescapeDataString(match.Groups["blob"].Value));
    }

    private static async Task<Supervisor.Child> StartOnAsync(
        int port, ServicePackages packages, Supervisor supervisor, string location, EmbeddedServicesOptions options, Action<BlobWrite> onWrite, CancellationToken cancellationToken)
    {
        List<string> arguments = [
            packages.Azurite, "--disableTelemetry", "--skipApiVersionCheck", "--blobHost", "127.0.0.1", "--blobPort", port.ToString(CultureInfo.InvariantCulture),
            .. options.Durable ? ["--location", location] : new[] { "--inMemoryPersistence" }];
        var (command, all) = OperatingSystem.IsLinux() && SystemTools.Find("setpriv") is { } setpriv
            ? (setpriv, ["--pdeathsig", "TERM", "node", .. arguments])
            : ("node", arguments);
        var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var child = await supervisor.StartAsync(
            new Supervisor.ChildProgram("azurite", command, all, new Dictionary<string, string> { ["AZURITE_ACCOUNTS"] = Accounts(options.StorageAccounts) }, ["SIGTERM", "SIGKILL"]),
            line =>
            {
                if (line.Contains("successfully listens", StringComparison.Ordinal)) ready.TrySetResult();
                else if (Parse(line) is { } write) onWrite(write);
            });
        var first = await Task.WhenAny(ready.Task, child.Exited, Task.Delay(Patience, cancellationToken));
        cancellationToken.ThrowIfCancellationRequested();
        if (first == child.Exited && child.Tail.Contains("EADDRINUSE", StringComparison.Ordinal)) throw new PortTakenException();
        if (first != ready.Task) throw new EmulatorException($"Azurite did not start: {(child.Tail.Length > 0 ? child.Tail : $"no answer within {Patience.TotalSeconds:0} seconds")}");
        return child;
    }

    private static string? Parameter(string query, string name) =>
        query.TrimStart('?').Split('&').Select(pair => pair.Split('=', 2)).FirstOrDefault(pair => pair[0] == name) is [_, var value] ? value : null;

    private static string Accounts(int count) => string.Join(';', Enumerable.Range(0, count).Select(i => $"{Name(i)}:{Key(i)}"));

    private static string Name(int account) => account == 0 ? "devstoreaccount1" : $"podium{account}";

    private static string Key(int account) =>
        account == 0 ? WellKnownKey : Convert.ToBase64String(SHA512.HashData(Encoding.UTF8.GetBytes($"podium emulator account {account}")));

    [GeneratedRegex(@"""PUT /(?<account>[^/?]+)/(?<container>[^/?]+)/(?<blob>[^?\s]+)(?<query>\?\S*)? HTTP/1\.1"" 20[12] ")]
    private static partial Regex AccessLog();
}
