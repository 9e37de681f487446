using System.Net;
using System.Net.Sockets;
using Podium.Emulator.Clock;
using Podium.Emulator.Services;

namespace Podium.Emulator.Hosting;

/// <summary>What one start of one app carries from <c>CreateBuilder</c> to <c>Build</c> and on to the host.</summary>
internal sealed class EmulatorSession(EmulatorOptions options, string root, HostJson host, LocalSettings local, EmulatedApp? embedding) : IAsyncDisposable
{
    public EmulatorOptions Options => options;

    public string Root => root;

    public HostJson Host => host;

    public LocalSettings Local => local;

    /// <summary>The test that started the app in its own process; null for a program of its own.</summary>
    public EmulatedApp? Embedding => embedding;

    public WorkTracker Tracker { get; } = (options.Clock as VirtualClock)?.Tracker ?? new WorkTracker();

    public DateTimeOffset Started { get; } = DateTimeOffset.UtcNow;

    /// <summary>The servers this start brought up; null where settings name others.</summary>
    public EmbeddedServices? Services { get; set; }

    /// <summary>Where mails come in; null where the setting Smtp names another server.</summary>
    public TcpListener? Mails { get; set; }

    /// <summary>Where mails come in, as the app's setting Smtp says it.</summary>
    public string? Smtp => Mails is { LocalEndpoint: IPEndPoint endpoint } ? $"smtp://{endpoint}" : null;

    public bool Verbose => !options.Quiet && embedding is null;

    public void Say(string line)
    {
        if (Verbose) Console.WriteLine(line);
    }

    public ValueTask DisposeAsync()
    {
        Mails?.Stop();
        return Services?.DisposeAsync() ?? ValueTask.CompletedTask;
    }
}
