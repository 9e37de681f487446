using Podium.Platform.Problems;

namespace Podium.Emergencies;

/// <summary>What can go wrong in an emergency.</summary>
public static class EmergencyProblems
{
    public static readonly ProblemKind SoAlready = new(409, "emergency-so-already", "It is so already.");
    public static readonly ProblemKind Over = new(409, "emergency-over", "This has been decided, or taken back, already.");
    public static readonly ProblemKind AnotherPerson = new(403, "emergency-another-person", "Another person than the one who asked has to approve it.");
    public static readonly ProblemKind Expired = new(410, "emergency-expired", "Nobody approved it in time: ask again.");
    public static readonly ProblemKind PlanChanged = new(409, "emergency-plan-changed", "It would touch something else by now: look at it again.");
    public static readonly ProblemKind Irreversible = new(409, "emergency-irreversible", "This cannot be taken back.");
    public static readonly ProblemKind ReliedOn = new(409, "emergency-relied-on", "Others rely on it by now, so it cannot be taken back.");
}
