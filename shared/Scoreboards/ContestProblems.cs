using Podium.Platform.Problems;

namespace Podium.Scoreboards;

/// <summary>What can go wrong in problem-solving contests.</summary>
public static class ContestProblems
{
    public static readonly ProblemKind ProblemInUse = new(409, "problem-in-use", "Solutions of a problem that would go were handed in.");
    public static readonly ProblemKind Finalized = new(409, "contest-finalized", "The contest is final.");
    public static readonly ProblemKind NotRunning = new(409, "contest-not-running", "The contest is not running.");
    public static readonly ProblemKind NotOver = new(409, "contest-not-over", "The contest is not over yet.");
    public static readonly ProblemKind StillPending = new(409, "still-pending", "Submissions wait for their judgement.");
    public static readonly ProblemKind RejudgingOver = new(409, "rejudging-over", "This re-judging was applied or cancelled before.");
}
