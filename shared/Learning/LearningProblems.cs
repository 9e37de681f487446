using Podium.Platform.Problems;

namespace Podium.Learning;

/// <summary>What can go wrong with coding practice.</summary>
public static class LearningProblems
{
    public static readonly ProblemKind SlugTaken = new(409, "slug-taken-here", "Something beside it has this slug.");
    public static readonly ProblemKind NotCreator = new(403, "not-creator", "Only who made a draft changes it.");
    public static readonly ProblemKind Archived = new(409, "content-archived", "It is archived and cannot be changed.");
    public static readonly ProblemKind SolutionFails = new(409, "solution-fails", "The reference solution does not pass all tests.");
    public static readonly ProblemKind StarterPasses = new(409, "starter-passes", "The starter code passes all tests already: they ask nothing.");
    public static readonly ProblemKind ReviewMissing = new(409, "review-missing", "Somebody else has to review it first.");
    public static readonly ProblemKind OwnReview = new(403, "own-review", "Nobody reviews what they have written themselves.");
    public static readonly ProblemKind NothingNew = new(409, "nothing-new", "The draft is the active version already.");
    public static readonly ProblemKind SandboxBusy = new(503, "sandbox-busy", "Too many attempts are running just now.");
    public static readonly ProblemKind NotPublished = new(409, "not-published", "It is not published.");
    public static readonly ProblemKind SplitOpen = new(409, "split-open", "Two versions of it are tried side by side: end that first.");
    public static readonly ProblemKind SplitEnded = new(409, "split-ended", "It has ended, with another choice.");
    public static readonly ProblemKind OwnPair = new(403, "own-pair", "Nobody judges a likeness that they are part of.");
    public static readonly ProblemKind Resembles = new(409, "challenge-resembles", "It shares much with another challenge: say why, and it is published.");
    public static readonly ProblemKind NoMoreHints = new(409, "no-more-hints", "All hints are taken.");
}
