using System.Text.Json;
using System.Xml;
using Podium.Operations;

namespace Podium.Cli;

/// <summary>The app's queues, as servicebus.json declares them; Service Bus itself lists them only to whoever may manage it.</summary>
internal static class Queues
{
    public static IReadOnlyList<DeadLetters.Source> All { get; } = Read();

    private static List<DeadLetters.Source> Read()
    {
        using var file = typeof(Queues).Assembly.GetManifestResourceStream("servicebus.json")!;
        using var json = JsonDocument.Parse(file);
        return
        [
            .. from space in json.RootElement.GetProperty("UserConfig").GetProperty("Namespaces").EnumerateArray()
               from queue in space.GetProperty("Queues").EnumerateArray()
               let properties = queue.GetProperty("Properties")
               let remembers = properties.GetProperty("RequiresDuplicateDetection").GetBoolean()
               select new DeadLetters.Source(
                   queue.GetProperty("Name").GetString()!,
                   remembers ? XmlConvert.ToTimeSpan(properties.GetProperty("DuplicateDetectionHistoryTimeWindow").GetString()!) : null),
        ];
    }
}
