namespace Podium.Emulator.Durable;

/// <summary>Something an orchestrator asked for, numbered in the order of asking.</summary>
internal abstract record OrchestratorAction(int Id)
{
    /// <summary>What Durable Task calls it, for its messages about non-determinism.</summary>
    public abstract string OfficialName { get; }
}

internal sealed record CallActivity(int Id, string Name, string Version, string? Input) : OrchestratorAction(Id)
{
    public override string OfficialName => "ScheduleTaskOrchestratorAction";
}

internal sealed record SetTimer(int Id, DateTimeOffset FireAt) : OrchestratorAction(Id)
{
    public override string OfficialName => "CreateTimerOrchestratorAction";
}

internal sealed record StartSubOrchestration(int Id, string Name, string Version, string InstanceId, bool Explicit, string? Input)
    : OrchestratorAction(Id)
{
    public override string OfficialName => "CreateSubOrchestrationAction";
}

internal sealed record SendEventTo(int Id, string InstanceId, string Name, string? Payload) : OrchestratorAction(Id)
{
    public override string OfficialName => "SendEventOrchestratorAction";
}
