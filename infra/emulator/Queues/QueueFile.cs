using System.Text.Json;
using System.Xml;
using Podium.Emulator.Runtime;

namespace Podium.Emulator.Queues;

/// <summary>Reads queues from the configuration file of Microsoft's Service Bus emulator, within the limits Azure sets.</summary>
internal static class QueueFile
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(365_000);

    public static IReadOnlyList<QueueProperties> Read(string text, string path)
    {
        try
        {
            using var json = JsonDocument.Parse(text);
            var queues = json.RootElement.GetProperty("UserConfig").GetProperty("Namespaces").EnumerateArray()
                .SelectMany(space => Queues(space, path)).Select(queue => Queue(queue, path)).ToList();
            if (queues.GroupBy(queue => queue.Name, StringComparer.OrdinalIgnoreCase).FirstOrDefault(group => group.Count() > 1) is { } twice)
                throw new EmulatorException($"{path} names the queue '{twice.Key}' twice: keep one of them.");
            return queues;
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new EmulatorException($"{path} is not a Service Bus emulator configuration (UserConfig, Namespaces, Queues): {error.Message}", error);
        }
    }

    private static JsonElement.ArrayEnumerator Queues(JsonElement space, string path)
    {
        if (space.TryGetProperty("Topics", out var topics) && topics.GetArrayLength() > 0)
            throw new EmulatorException($"{path} declares topics, which the emulator does not have: use queues.");
        return space.TryGetProperty("Queues", out var queues) ? queues.EnumerateArray() : default;
    }

    private static QueueProperties Queue(JsonElement queue, string path)
    {
        if (!queue.TryGetProperty("Name", out var given) || given.ValueKind != JsonValueKind.String || given.GetString() is not { Length: > 0 and <= 260 } name)
            throw new EmulatorException($"{path} has a queue without a Name of 1 to 260 characters: give it one.");
        var properties = new QueueProperties(name);
        if (!queue.TryGetProperty("Properties", out var values)) return properties;
        var detects = false;
        TimeSpan? window = null;
        foreach (var property in values.EnumerateObject())
        {
            var value = new Property(property, name, path);
            switch (property.Name)
            {
                case "LockDuration": properties = properties with { LockDuration = value.Span(TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(5)) }; break;
                case "MaxDeliveryCount": properties = properties with { MaxDeliveryCount = value.Number(1, 2000) }; break;
                case "DefaultMessageTimeToLive": properties = properties with { DefaultTimeToLive = value.Span(TimeSpan.FromSeconds(1), TimeSpan.MaxValue) is var life && life < Longest ? life : null }; break;
                case "DeadLetteringOnMessageExpiration": properties = properties with { DeadLetterOnExpiration = value.Flag() }; break;
                case "RequiresDuplicateDetection": detects = value.Flag(); break;
                case "DuplicateDetectionHistoryTimeWindow": window = value.Span(TimeSpan.FromSeconds(20), TimeSpan.FromDays(7)); break;
                case "RequiresSession" when value.Flag(): throw new EmulatorException($"{path}: queue '{name}' requires sessions, which the emulator does not have: set RequiresSession to false.");
                case "ForwardTo" or "ForwardDeadLetteredMessagesTo" when property.Value.ValueKind == JsonValueKind.String && property.Value.GetString() is { Length: > 0 }:
                    throw new EmulatorException($"{path}: queue '{name}' has {property.Name}, but the emulator does not forward: leave it empty.");
                case "RequiresSession" or "ForwardTo" or "ForwardDeadLetteredMessagesTo": break;
                default: throw new EmulatorException($"{path}: queue '{name}' has a property '{property.Name}', which is not known: check its spelling.");
            }
        }
        return properties with { DuplicateWindow = detects ? window ?? TimeSpan.FromMinutes(10) : null };
    }

    private readonly struct Property(JsonProperty property, string queue, string path)
    {
        private readonly string _subject = $"{path}: {property.Name} of queue '{queue}' is '{property.Value}', which is not ";

        public bool Flag() => property.Value.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            _ => throw new EmulatorException(_subject + "true or false."),
        };

        public int Number(int least, int most) =>
            property.Value.ValueKind == JsonValueKind.Number && property.Value.TryGetInt32(out var number) && number >= least && number <= most
                ? number
                : throw new EmulatorException(_subject + $"a number from {least} to {most}.");

        public TimeSpan Span(TimeSpan least, TimeSpan most)
        {
            TimeSpan span;
            try
            {
                span = XmlConvert.ToTimeSpan(property.Value.ValueKind == JsonValueKind.String ? property.Value.GetString()! : "");
            }
            catch (Exception error) when (error is FormatException or OverflowException)
            {
                throw new EmulatorException(_subject + "an ISO 8601 duration like PT1M.", error);
            }
            if (span < least || span > most)
                throw new EmulatorException(_subject + (most == TimeSpan.MaxValue ? $"at least {XmlConvert.ToString(least)}." : $"between {XmlConvert.ToString(least)} and {XmlConvert.ToString(most)}."));
            return span;
        }
    }
}
