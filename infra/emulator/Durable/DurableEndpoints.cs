using Microsoft.Azure.Functions.Worker;
using Podium.Emulator.Hosting;

namespace Podium.Emulator.Durable;

/// <summary>Where the management API is reached; the host sets it once it listens.</summary>
internal sealed class DurableEndpoints(HostJson host)
{
    public const string Path = "runtime/webhooks/durabletask";

    /// <summary>The app's base address, with a slash at its end.</summary>
    public Uri? BaseAddress { get; set; }

    /// <summary>The system key of the durable extension.</summary>
    public string Key { get; set; } = "";

    /// <summary>The addresses for one instance, as the extension writes them.</summary>
    public HttpManagementPayload Payload(string instanceId)
    {
        if (BaseAddress is null) throw new InvalidOperationException("Webhooks are not configured: the host is not listening yet.");
        var instance = $"{BaseAddress}{Path}/instances/{Uri.EscapeDataString(instanceId)}";
        var query = $"taskHub={Uri.EscapeDataString(host.HubName)}&connection=Storage&code={Uri.EscapeDataString(Key)}";
        return new HttpManagementPayload
        {
            Id = instanceId,
            StatusQueryGetUri = $"{instance}?{query}",
            SendEventPostUri = $"{instance}/raiseEvent/{{eventName}}?{query}",
            TerminatePostUri = $"{instance}/terminate?reason={{text}}&{query}",
            RewindPostUri = $"{instance}/rewind?reason={{text}}&{query}",
            PurgeHistoryDeleteUri = $"{instance}?{query}",
            RestartPostUri = $"{instance}/restart?{query}",
            SuspendPostUri = $"{instance}/suspend?reason={{text}}&{query}",
            ResumePostUri = $"{instance}/resume?reason={{text}}&{query}",
        };
    }
}
