using Podium.Platform.Problems;

namespace Podium.Submissions;

/// <summary>What can go wrong with submissions.</summary>
public static class SubmissionProblems
{
    public static readonly ProblemKind NotTaken = new(409, "submissions-not-taken", "Nothing is handed in here.");
    public static readonly ProblemKind Closed = new(409, "submissions-closed", "Nothing can be handed in at this time.");
    public static readonly ProblemKind NotTakingPart = new(403, "not-taking-part", "Only approved entries hand something in.");
    public static readonly ProblemKind AttemptsUsed = new(409, "attempts-used", "No attempt is left.");
    public static readonly ProblemKind DraftExists = new(409, "draft-exists", "There is a draft already: change it, hand it in or discard it.");
    public static readonly ProblemKind NotADraft = new(409, "submission-not-draft", "This was handed in: make a new version instead.");
    public static readonly ProblemKind IsADraft = new(409, "submission-draft", "A draft was not handed in yet.");
    public static readonly ProblemKind TooManyFiles = new(409, "too-many-files", "A submission has no more files.");
    public static readonly ProblemKind NotValid = new(409, "submission-not-valid", "This version is not complete and valid.");
    public static readonly ProblemKind Withdrawn = new(409, "submission-withdrawn", "The submission was withdrawn or replaced.");
    public static readonly ProblemKind NoReceipt = new(409, "no-receipt", "There is a receipt once a submission has come whole and was validated.");
}
