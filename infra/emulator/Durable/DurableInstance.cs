using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace Podium.Emulator.Durable;

/// <summary>One instance as it stands in the table.</summary>
public sealed record DurableInstance
{
    /// <summary>The instance id.</summary>
    public required string InstanceId { get; init; }

    /// <summary>The current execution.</summary>
    public required string ExecutionId { get; init; }

    /// <summary>The orchestrator's name.</summary>
    public required string Name { get; init; }

    /// <summary>The orchestrator's version; empty where there is none.</summary>
    public required string Version { get; init; }

    /// <summary>Where it stands.</summary>
    public required OrchestrationRuntimeStatus Status { get; init; }

    /// <summary>When it was scheduled.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it last moved.</summary>
    public required DateTimeOffset UpdatedAt { get; init; }

    /// <summary>When it ended.</summary>
    public DateTimeOffset? CompletedAt { get; init; }

    /// <summary>The input as JSON.</summary>
    public string? Input { get; init; }

    /// <summary>The output as JSON, the message of a failure, or the reason of a termination.</summary>
    public string? Output { get; init; }

    /// <summary>The custom status as JSON.</summary>
    public string? CustomStatus { get; init; }

    /// <summary>Why it failed.</summary>
    public TaskFailureDetails? Failure { get; init; }

    /// <summary>The tags given at the start.</summary>
    public required IReadOnlyDictionary<string, string> Tags { get; init; }

    /// <summary>The instance that started it as a sub-orchestration.</summary>
    public string? ParentId { get; init; }

    /// <summary>Whether it is over.</summary>
    public bool IsCompleted =>
        Status is OrchestrationRuntimeStatus.Completed or OrchestrationRuntimeStatus.Failed or OrchestrationRuntimeStatus.Terminated;
}
