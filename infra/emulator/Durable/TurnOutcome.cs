namespace Podium.Emulator.Durable;

/// <summary>What a turn of an orchestrator led to.</summary>
internal sealed record TurnOutcome(
    IReadOnlyList<OrchestratorAction> Actions, TurnEnd? End, string? CustomStatus, bool Suspended, IReadOnlySet<int> CancelledTimers);

/// <summary>How an execution ended.</summary>
internal abstract record TurnEnd
{
    public sealed record Completed(string? Output) : TurnEnd;

    public sealed record Failed(Failure Failure) : TurnEnd;

    public sealed record Terminated(string? Output) : TurnEnd;

    public sealed record ContinuedAsNew(string? Input, string? Version, IReadOnlyList<DurableEvent> CarryOver) : TurnEnd;
}
