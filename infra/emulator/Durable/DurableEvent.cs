namespace Podium.Emulator.Durable;

/// <summary>Kinds of history events, named as in Durable Task. The numbers are stored.</summary>
public enum DurableEventKind : short
{
    /// <summary>A turn of the orchestrator began; its instant is the orchestrator's "now".</summary>
    OrchestratorStarted = 0,

    /// <summary>The execution began.</summary>
    ExecutionStarted = 1,

    /// <summary>The execution ended.</summary>
    ExecutionCompleted = 2,

    /// <summary>Somebody ended the execution.</summary>
    ExecutionTerminated = 3,

    /// <summary>Somebody suspended the instance.</summary>
    ExecutionSuspended = 4,

    /// <summary>Somebody resumed the instance.</summary>
    ExecutionResumed = 5,

    /// <summary>An activity was called.</summary>
    TaskScheduled = 6,

    /// <summary>An activity answered.</summary>
    TaskCompleted = 7,

    /// <summary>An activity threw.</summary>
    TaskFailed = 8,

    /// <summary>A timer was set.</summary>
    TimerCreated = 9,

    /// <summary>A timer came due.</summary>
    TimerFired = 10,

    /// <summary>A sub-orchestration was started.</summary>
    SubOrchestrationInstanceCreated = 11,

    /// <summary>A sub-orchestration ended well.</summary>
    SubOrchestrationInstanceCompleted = 12,

    /// <summary>A sub-orchestration failed or was terminated.</summary>
    SubOrchestrationInstanceFailed = 13,

    /// <summary>An event was sent to another instance.</summary>
    EventSent = 14,

    /// <summary>An external event came in.</summary>
    EventRaised = 15,
}

/// <summary>One thing that happened to an instance.</summary>
public sealed record DurableEvent(DurableEventKind Kind, DateTimeOffset At)
{
    /// <summary>The sequence number of the action this belongs to; -1 where there is none.</summary>
    public int TaskId { get; init; } = -1;

    /// <summary>The name of the activity, orchestrator or event.</summary>
    public string? Name { get; init; }

    /// <summary>Input, result, reason or failure.</summary>
    public string? Payload { get; init; }

    /// <summary>The other instance, where there is one.</summary>
    public string? Target { get; init; }

    /// <summary>When a timer is due.</summary>
    public DateTimeOffset? FireAt { get; init; }
}

/// <summary>An event on its way to an instance's inbox.</summary>
internal sealed class Message(long id, string instanceId, string? executionId, DurableEvent content, DateTimeOffset visibleAt)
{
    public long Id { get; } = id;

    public string InstanceId { get; } = instanceId;

    /// <summary>The execution it is meant for; null is whichever is current.</summary>
    public string? ExecutionId { get; } = executionId;

    public DurableEvent Content { get; } = content;

    public DateTimeOffset VisibleAt { get; } = visibleAt;

    /// <summary>A timer nobody waits for any more.</summary>
    public bool Cancelled { get; set; }
}

/// <summary>An activity to be run.</summary>
internal sealed record ActivityWork(long Id, string InstanceId, string ExecutionId, int TaskId, string Name, string Version, string? Input, string? TraceParent);
