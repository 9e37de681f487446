using Podium.Platform.Problems;

namespace Podium.Exams;

/// <summary>What can go wrong with examinations.</summary>
public static class ExamProblems
{
    public static readonly ProblemKind IdTaken = new(409, "exam-id-taken", "Another session or run has this id already.");
    public static readonly ProblemKind SessionExists = new(409, "exam-session-exists", "There is a session of this year and level already.");
    public static readonly ProblemKind NumberTaken = new(409, "exam-number-taken", "A candidate number of the file belongs to a candidate of another centre.");
    public static readonly ProblemKind StructureFixed = new(409, "exam-structure-fixed", "There are marks already: subjects and papers stay as they are.");
    public static readonly ProblemKind MarksLocked = new(423, "exam-marks-locked", "The marks are locked.");
    public static readonly ProblemKind MarksNotLocked = new(409, "exam-marks-not-locked", "Lock the marks first: results are computed from marks that nobody changes.");
    public static readonly ProblemKind RunUnderWay = new(409, "exam-run-under-way", "Another computation is on its way to publication: publish or cancel it first.");
    public static readonly ProblemKind RunState = new(409, "exam-run-state", "The run is not in a state that allows this.");
    public static readonly ProblemKind AnotherPerson = new(403, "exam-another-person", "Two persons approve a run, and neither of them is who asked for it.");
    public static readonly ProblemKind DigestDiffers = new(409, "exam-digest-differs", "These are not the results you were shown: read the run again.");
    public static readonly ProblemKind NotPublished = new(404, "exam-not-published", "The results are not published yet.");
    public static readonly ProblemKind LookupRefused = new(403, "exam-lookup-refused", "The candidate number or the secret is wrong.");
    public static readonly ProblemKind LookupBlocked = new(429, "exam-lookup-blocked", "Too many wrong secrets: wait a while.");
    public static readonly ProblemKind WaitingRoom = new(503, "exam-waiting-room", "Very many people are asking at this moment. Your place is kept by asking again.");
    public static readonly ProblemKind AppealsClosed = new(409, "exam-appeals-closed", "Re-marks of this session cannot be asked for, or not any more.");
    public static readonly ProblemKind AppealExists = new(409, "exam-appeal-exists", "A re-mark of this published result has been asked for.");
    public static readonly ProblemKind AppealDecided = new(409, "exam-appeal-decided", "The appeal has been decided.");
    public static readonly ProblemKind FeeUnpaid = new(409, "exam-fee-unpaid", "The fee has not been noted as paid.");
    public static readonly ProblemKind CaseDecided = new(409, "exam-case-decided", "The case has been decided.");
}
