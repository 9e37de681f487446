using Podium.Platform.Problems;

namespace Podium.Running;

/// <summary>What can go wrong while a competition goes through its rounds.</summary>
public static class RunningProblems
{
    public static readonly ProblemKind NotReady = new(409, "run-not-ready", "The competition cannot go through its rounds yet.");
    public static readonly ProblemKind Running = new(409, "run-started", "The competition goes through its rounds already.");
    public static readonly ProblemKind NotRunning = new(409, "run-not-running", "The competition does not go through its rounds.");
    public static readonly ProblemKind WrongPhase = new(409, "round-phase-refused", "The round does not allow this now.");
    public static readonly ProblemKind AppealsClosed = new(409, "appeals-closed", "Nobody can appeal against these places now.");
    public static readonly ProblemKind AppealRaised = new(409, "appeal-raised", "There is an appeal of this entry against these places already.");
    public static readonly ProblemKind AppealDecided = new(409, "appeal-settled", "The appeal does not allow this any more.");
    public static readonly ProblemKind ReviewsWaiting = new(409, "appeal-reviews-waiting", "The reviews that are written once more are not all final.");
    public static readonly ProblemKind Unpublished = new(404, "results-not-published", "The results are not published.");
}
