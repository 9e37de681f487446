using Podium.Platform.Problems;

namespace Podium.Judging;

/// <summary>What can go wrong with judges and reviews.</summary>
public static class JudgingProblems
{
    public static readonly ProblemKind NotAJudge = new(409, "not-a-judge", "Who judges must have the role JUDGE.");
    public static readonly ProblemKind JudgeExists = new(409, "judge-exists", "This person is a judge already.");
    public static readonly ProblemKind ConflictDeclared = new(409, "conflict-declared", "This conflict of interest was declared before.");
    public static readonly ProblemKind NoRubric = new(409, "no-rubric", "The round has no rubric yet.");
    public static readonly ProblemKind ReviewFinal = new(409, "review-final", "The review is final. An organiser can reopen it.");
    public static readonly ProblemKind ReviewNotFinal = new(409, "review-not-final", "Only a final review is reopened.");
    public static readonly ProblemKind ReviewPlaced = new(409, "review-placed", "Places were made of it: reopen the round, or let an appeal have it written once more.");
    public static readonly ProblemKind ReviewOver = new(409, "review-over", "This is not yours to judge any more.");
    public static readonly ProblemKind NoComparisonRubric = new(409, "no-comparison-rubric", "The round's rubric is one of marks, or there is none.");
    public static readonly ProblemKind NotOfPanel = new(409, "not-of-panel", "You do not judge in this competition.");
    public static readonly ProblemKind ComparisonsClosed = new(409, "comparisons-closed", "Nothing is compared in this round now.");
    public static readonly ProblemKind ComparisonAnswered = new(409, "comparison-answered", "This was answered otherwise before. The last answer can be taken back.");
    public static readonly ProblemKind NotTheLast = new(409, "not-the-last", "Only the last answer can be taken back.");
}
