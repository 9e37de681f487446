using Podium.Webhooks;

namespace Podium.Submissions;

/// <summary>What other systems hear of submissions.</summary>
public static class SubmissionEvents
{
    public static readonly WebhookEvent Decided = new("submission.decided", "A submission was validated, or an organiser has decided about it.", typeof(DecidedBody));

    public sealed record DecidedBody(Guid SubmissionId, Guid CompetitionId, Guid? RoundId, Guid RegistrationId, string ReviewStatus, string? ReasonCode);
}
