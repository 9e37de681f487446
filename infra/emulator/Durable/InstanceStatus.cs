using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Podium.Emulator.Durable;

/// <summary>An instance as the management API shows it.</summary>
internal sealed record InstanceStatus(
    string Name, string InstanceId, string RuntimeStatus, JsonNode? Input, JsonNode? CustomStatus, JsonNode? Output, string CreatedTime, string LastUpdatedTime)
{
    public static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public JsonArray? HistoryEvents { get; init; }

    public static InstanceStatus Of(DurableInstance instance, bool showInput) => new(
        instance.Name,
        instance.InstanceId,
        instance.Status.ToString(),
        showInput ? Node(instance.Input) : null,
        Node(instance.CustomStatus),
        Node(instance.Output),
        Second(instance.CreatedAt),
        Second(instance.UpdatedAt));

    /// <summary>The events in the extension's words: one entry an activity, timer or sub-orchestration, when it has ended.</summary>
    public static JsonArray HistoryOf(IReadOnlyList<DurableEvent> history, bool showOutput)
    {
        var begun = history.Where(BeginsSomething).ToDictionary(e => e.TaskId);
        var ended = history.Where(e => e.TaskId >= 0 && !BeginsSomething(e)).Select(e => e.TaskId).ToHashSet();
        var shown = new JsonArray();
        foreach (var happened in history)
        {
            if (happened.Kind == DurableEventKind.OrchestratorStarted || (BeginsSomething(happened) && ended.Contains(happened.TaskId))) continue;
            shown.Add(Entry(happened, begun.GetValueOrDefault(happened.TaskId), showOutput));
        }
        return shown;
    }

    private static bool BeginsSomething(DurableEvent happened) => happened.Kind
        is DurableEventKind.TaskScheduled or DurableEventKind.TimerCreated or DurableEventKind.SubOrchestrationInstanceCreated;

    private static JsonObject Entry(DurableEvent happened, DurableEvent? scheduled, bool showOutput)
    {
        var entry = new JsonObject { ["EventType"] = happened.Kind.ToString(), ["Timestamp"] = Instant(happened.At) };
        if (scheduled is not null && scheduled != happened) entry["ScheduledTime"] = Instant(scheduled.At);
        if (scheduled?.FireAt is { } fireAt) entry["FireAt"] = Instant(fireAt);
        switch (happened.Kind)
        {
            case DurableEventKind.ExecutionStarted:
                entry["FunctionName"] = happened.Name;
                break;
            case DurableEventKind.ExecutionCompleted:
                entry["OrchestrationStatus"] = happened.Name;
                break;
            case DurableEventKind.EventRaised or DurableEventKind.EventSent:
                entry[nameof(Name)] = happened.Name;
                break;
            default:
                if ((scheduled?.Name ?? happened.Name) is { } name) entry["FunctionName"] = name;
                break;
        }
        if (happened.Kind is DurableEventKind.TaskFailed or DurableEventKind.SubOrchestrationInstanceFailed)
            entry["Reason"] = Failure.Parse(happened.Payload!).Details.ErrorMessage;
        else if (showOutput && happened.Payload is not null)
            entry[happened.Kind == DurableEventKind.EventRaised ? "Input" : "Result"] = Node(happened.Payload);
        return entry;
    }

    // the output of a failure and the reason of a termination are plain text
    private static JsonNode? Node(string? payload)
    {
        if (payload is null) return null;
        try
        {
            return JsonNode.Parse(payload);
        }
        catch (JsonException)
        {
            return JsonValue.Create(payload);
        }
    }

    private static string Second(DateTimeOffset at) => at.UtcDateTime.ToString("s", CultureInfo.InvariantCulture) + "Z";

    private static string Instant(DateTimeOffset at) => at.UtcDateTime.ToString("o", CultureInfo.InvariantCulture);
}
