using System.Text.Json;
using System.Xml;
using Podium.Emulator.Hosting;
using Podium.Emulator.Runtime;

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
        if (session.Options.ServiceBusJson is { } text) return Read(text, FileName);
        foreach (var folder in new[] { session.Root, AppContext.BaseDirectory })
        {
            var path = Path.Combine(folder, FileName);
            if (File.Exists(path)) return Read(File.ReadAllText(path), path);
        }
        return [];
    }

    private static List<QueueProperties> Read(string text, string path)
    {
        try
        {
            using var json = JsonDocument.Parse(text);
            var namespaces = json.RootElement.GetProperty("UserConfig").GetProperty("Namespaces");
            var queues = namespaces.EnumerateArray()
                .SelectMany(space => space.TryGetProperty("Queues", out var list) ? list.EnumerateArray() : [])
                .Select(queue => ReadQueue(queue, path)).ToList();
            if (queues.GroupBy(queue => queue.Name, StringComparer.OrdinalIgnoreCase).FirstOrDefault(group => group.Count() > 1) is { } twice)
                throw new EmulatorException($"{path} names the queue '{twice.Key}' twice: keep one of them.");
            return queues;
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new EmulatorException($"{path} is not a Service Bus emulator configuration (UserConfig, Namespaces, Queues): {error.Message}", error);
        }
    }

    private static QueueProperties ReadQueue(JsonElement queue, string path)
    {
        var name = queue.GetProperty("Name").GetString()!;
        var properties = queue.TryGetProperty("Properties", out var found) ? found : default;
        var given = new QueueProperties(name);
        bool Flag(string property) => properties.ValueKind == JsonValueKind.Object && properties.TryGetProperty(property, out var value) && value.GetBoolean();
        TimeSpan? Span(string property)
        {
            if (properties.ValueKind != JsonValueKind.Object || !properties.TryGetProperty(property, out var value)) return null;
            try
            {
                return XmlConvert.ToTimeSpan(value.GetString()!);
            }
            catch (FormatException)
            {
                throw new EmulatorException($"{path}: {property} of queue '{name}' is '{value}', which is not an ISO 8601 duration like PT1M.");
            }
        }

        if (Flag("RequiresSession")) throw new EmulatorException($"{path}: queue '{name}' requires sessions, which the emulator does not have.");
        return given with
        {
            LockDuration = Span("LockDuration") ?? given.LockDuration,
            MaxDeliveryCount = properties.ValueKind == JsonValueKind.Object && properties.TryGetProperty("MaxDeliveryCount", out var most) ? most.GetInt32() : given.MaxDeliveryCount,
            DefaultTimeToLive = Span("DefaultMessageTimeToLive"),
            DeadLetterOnExpiration = Flag("DeadLetteringOnMessageExpiration"),
            DuplicateWindow = Flag("RequiresDuplicateDetection") ? Span("DuplicateDetectionHistoryTimeWindow") ?? TimeSpan.FromMinutes(10) : null,
        };
    }
}
