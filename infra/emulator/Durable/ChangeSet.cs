using Microsoft.DurableTask.Client;

namespace Podium.Emulator.Durable;

/// <summary>A new row of durable_instances.</summary>
internal sealed record InstanceCreated(
    string InstanceId, string ExecutionId, string Name, string Version, string? Input, string? Tags, ParentLink? Parent, string? TraceParent, DateTimeOffset At);

/// <summary>What a turn changed of an instance's row.</summary>
internal sealed record InstanceChanged(
    string InstanceId,
    OrchestrationRuntimeStatus Status,
    string? CustomStatus,
    DateTimeOffset At,
    string? Output = null,
    string? Failure = null,
    bool Ended = false);

/// <summary>An execution that is followed by the next.</summary>
internal sealed record ExecutionReplaced(string InstanceId, string ExecutionId, string Version, string? Input);

/// <summary>One row of durable_history.</summary>
internal sealed record HistoryRow(string InstanceId, string ExecutionId, int Seq, DurableEvent Content);

/// <summary>
/// All that one step changes in the tables. Several are written in one round trip, so every list is a statement of its own,
/// and applying a set twice does no harm.
/// </summary>
internal sealed class ChangeSet
{
    /// <summary>Instances whose history, inbox and activities give way to a new instance of the same id.</summary>
    public List<string> Replaced { get; } = [];

    public List<InstanceCreated> Created { get; } = [];

    public List<InstanceChanged> Changed { get; } = [];

    public List<ExecutionReplaced> Continued { get; } = [];

    public List<HistoryRow> History { get; } = [];

    public List<long> Consumed { get; } = [];

    public List<Message> Sent { get; } = [];

    public List<long> ActivitiesDone { get; } = [];

    public List<ActivityWork> Activities { get; } = [];

    public void Add(ChangeSet other)
    {
        Replaced.AddRange(other.Replaced);
        Created.AddRange(other.Created);
        Changed.AddRange(other.Changed);
        Continued.AddRange(other.Continued);
        History.AddRange(other.History);
        Consumed.AddRange(other.Consumed);
        Sent.AddRange(other.Sent);
        ActivitiesDone.AddRange(other.ActivitiesDone);
        Activities.AddRange(other.Activities);
    }
}
