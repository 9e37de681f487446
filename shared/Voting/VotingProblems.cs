using Podium.Platform.Problems;

namespace Podium.Voting;

/// <summary>What can go wrong with votings.</summary>
public static class VotingProblems
{
    public static readonly ProblemKind Closed = new(409, "voting-closed", "Voting is not open.");
    public static readonly ProblemKind Halted = new(423, "voting-halted", "Voting is halted for the moment.");
    public static readonly ProblemKind NotEligible = new(403, "voter-not-eligible", "You may not vote here.");
    public static readonly ProblemKind VotedAlready = new(409, "voted-already", "You have voted, and this voting takes no changes.");
    public static readonly ProblemKind VotesUsedUp = new(409, "votes-used-up", "You have used up your votes.");
    public static readonly ProblemKind OptionWithdrawn = new(409, "option-withdrawn", "An option you chose has been withdrawn.");
    public static readonly ProblemKind NotWithdrawable = new(409, "vote-not-withdrawable", "This voting lets nobody take a vote back.");
    public static readonly ProblemKind TicketRequired = new(401, "voting-ticket-required", "Voting here needs a ticket.");
    public static readonly ProblemKind TicketRefused = new(401, "voting-ticket-refused", "The voting ticket is not accepted.");
    public static readonly ProblemKind CodeRefused = new(410, "voting-code-refused", "The code is wrong, has expired, or was tried too often.");
    public static readonly ProblemKind SessionFrozen = new(409, "voting-frozen", "Once voting has begun its rules stay as they are.");
    public static readonly ProblemKind PhaseRefused = new(409, "voting-phase-refused", "The voting cannot go to this phase from where it is.");
    public static readonly ProblemKind Sealed = new(403, "voting-sealed", "The counts are sealed until they are published.");
    public static readonly ProblemKind NotPublished = new(409, "voting-not-published", "There are no results yet.");
    public static readonly ProblemKind NotSealedYet = new(409, "vote-not-sealed-yet", "The entry is in the log, but not sealed yet.");
    public static readonly ProblemKind CaptchaRequired = new(403, "captcha-required", "Voting here needs a captcha.");
    public static readonly ProblemKind CaptchaRefused = new(403, "captcha-refused", "The captcha was not passed. Try it again.");
    public static readonly ProblemKind ReplayNotReady = new(409, "replay-not-ready", "The replay has not been reckoned yet.");
    public static readonly ProblemKind IdTaken = new(409, "voting-id-taken", "Another voting has this id.");
}
