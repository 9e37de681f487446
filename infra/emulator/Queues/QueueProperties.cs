using Podium.Emulator.Hosting;

namespace Podium.Emulator.Queues;

/// <summary>What a queue is like, with Azure's defaults.</summary>
public sealed record QueueProperties(string Name)
{
    /// <summary>How long a received message stays locked.</summary>
    public TimeSpan LockDuration { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>After so many deliveries in vain a message is dead.</summary>
    public int MaxDeliveryCount { get; init; } = 10;

    /// <summary>How long a message lives that says nothing itself; null is for ever.</summary>
    public TimeSpan? DefaultTimeToLive { get; init; }

    /// <summary>Whether an expired message is a dead letter or just gone.</summary>
    public bool DeadLetterOnExpiration { get; init; }

    /// <summary>Within this window a message id is taken once; null is no detection.</summary>
    public TimeSpan? DuplicateWindow { get; init; }

    /// <summary>Reads servicebus.json: given as text, or the file beside host.json; none means no queues.</summary>
    internal static IReadOnlyList<QueueProperties> Load(EmulatorSession session)
    {
        const string FileName = "servicebus.json";
        if (session.Options.ServiceBusJson is { } text) return QueueFile.Read(text, FileName);
        foreach (var folder in new[] { session.Root, AppContext.BaseDirectory })
        {
            var path = Path.Combine(folder, FileName);
            if (File.Exists(path)) return QueueFile.Read(File.ReadAllText(path), path);
        }
        return [];
    }
}
