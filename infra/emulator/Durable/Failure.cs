using System.Text.Json;
using Microsoft.DurableTask;

namespace Podium.Emulator.Durable;

/// <summary>Why an activity or orchestration failed, as it is stored and handed to whoever waits for it.</summary>
internal sealed record Failure(TaskFailureDetails Details, bool NonRetriable = false)
{
    public static Failure From(Exception error) => new(TaskFailureDetails.FromException(error));

    public static Failure Missing(string type, string message) => new(new TaskFailureDetails(type, message, null, null, null), NonRetriable: true);

    public static Failure Parse(string json) => JsonSerializer.Deserialize<Failure>(json)!;

    public string ToJson() => JsonSerializer.Serialize(this);
}
