using Podium.Platform.Problems;

namespace Podium.Competitions;

/// <summary>What can go wrong with competitions, registrations and teams.</summary>
public static class CompetitionProblems
{
    public static readonly ProblemKind CategoryExists = new(409, "category-exists", "A category of this name stands there already.");
    public static readonly ProblemKind CategoryInUse = new(409, "category-in-use", "The category has categories below it or competitions in it.");
    public static readonly ProblemKind SlugTaken = new(409, "competition-slug-taken", "Another competition has this slug.");
    public static readonly ProblemKind ExternalIdTaken = new(409, "external-id-taken", "This external id belongs to something else.");
    public static readonly ProblemKind MoveNotAllowed = new(409, "move-not-allowed", "A competition cannot go from its status to this one.");
    public static readonly ProblemKind Incomplete = new(409, "competition-incomplete", "The competition lacks what it needs before it is shown.");
    public static readonly ProblemKind HasRegistrations = new(409, "has-registrations", "People have registered for it.");
    public static readonly ProblemKind SeatsTaken = new(409, "seats-taken", "More seats are taken than that.");
    public static readonly ProblemKind Ended = new(409, "competition-ended", "The competition is over or cancelled.");
    public static readonly ProblemKind Frozen = new(423, "competition-frozen", "The organisers have frozen the competition: nothing can be changed until they lift it.");
    public static readonly ProblemKind RoundExists = new(409, "round-exists", "The competition has a round of this number.");
    public static readonly ProblemKind RegistrationClosed = new(409, "registration-closed", "Registration is not open.");
    public static readonly ProblemKind Full = new(409, "competition-full", "All seats are taken.");
    public static readonly ProblemKind AlreadyRegistered = new(409, "already-registered", "There is a registration already.");
    public static readonly ProblemKind AlreadyTakingPart = new(409, "already-taking-part", "A person takes part in a competition once: alone or in one team.");
    public static readonly ProblemKind NotEligible = new(403, "not-eligible", "The competition is not open to everybody who wants to take part here.");
    public static readonly ProblemKind DecisionNotPossible = new(409, "decision-not-possible", "This cannot be decided about a registration in this status.");
    public static readonly ProblemKind TeamFull = new(409, "team-full", "The team has as many members as are allowed.");
    public static readonly ProblemKind TeamTooSmall = new(409, "team-too-small", "The team has too few members.");
    public static readonly ProblemKind TeamNameTaken = new(409, "team-name-taken", "Another team of the competition has this name.");
    public static readonly ProblemKind TeamFrozen = new(423, "team-frozen", "Teams cannot be changed any more.");
    public static readonly ProblemKind TeamClosed = new(409, "team-closed", "The team takes no requests.");
    public static readonly ProblemKind CaptainMustHandOver = new(409, "captain-must-hand-over", "The captain hands the team over, or dissolves it, before leaving.");
    public static readonly ProblemKind CaptainNotParticipant = new(409, "captain-not-participant", "The captain of a team must be a participant.");
    public static readonly ProblemKind InvitedAlready = new(409, "invited-already", "An invitation or a request is under way.");
    public static readonly ProblemKind InvitationUsed = new(409, "invitation-used", "This was answered before.");
    public static readonly ProblemKind InvitationExpired = new(410, "invitation-expired", "The time to answer is over.");
}
