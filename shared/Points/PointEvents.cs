using Podium.Webhooks;

namespace Podium.Points;

/// <summary>What other systems can be told of achievements.</summary>
public static class PointEvents
{
    public sealed record AwardBody(Guid AwardId, Guid AchievementId, Guid UserId, int Points, Guid? CompetitionId);

    public static readonly WebhookEvent Earned = new("achievement.earned", "Somebody has earned an achievement, or points.", typeof(AwardBody));

    public static readonly WebhookEvent TakenBack = new("achievement.taken-back", "What somebody had earned does not count any more.", typeof(AwardBody));
}
