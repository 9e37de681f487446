using Podium.Privacy;

namespace Podium.Points;

/// <summary>What is kept of what a person has earned.</summary>
public static class PointData
{
    public static readonly OwnData Achievements = new()
    {
        Name = "achievements",
        Description = "What the person has earned, and what does not count any more.",
        Columns = ["user_achievements.user_id"],
        Sql =
            """
            SELECT achievements.texts, achievements.event, held.state, held.points, held.competition_id, held.earned_at, held.ended_at, held.ended_reason
            FROM user_achievements AS held JOIN achievements ON achievements.tenant_id = held.tenant_id AND achievements.id = held.achievement_id
            WHERE held.tenant_id = @TenantId AND held.user_id = @person ORDER BY held.position
            """,
    };

    public static readonly OwnData Points = new()
    {
        Name = "points",
        Description = "Points as they were given and taken back.",
        Columns = ["user_points.user_id"],
        Sql = "SELECT amount, source, reason, competition_id, earned_on, booked_at FROM user_points WHERE tenant_id = @TenantId AND user_id = @person ORDER BY position",
    };

    public static readonly OwnData Totals = new()
    {
        Name = "pointBoards",
        Description = "The sums by which the person stands on boards, and what is to be looked at anew.",
        Columns = ["user_point_totals.user_id", "point_changes.user_id"],
        Sql =
            """
            SELECT board, period, points, institution_id, listed, agreed FROM user_point_totals WHERE tenant_id = @TenantId AND user_id = @person
            UNION ALL
            SELECT NULL, event, NULL, NULL, NULL, NULL FROM point_changes WHERE tenant_id = @TenantId AND user_id = @person
            ORDER BY 1, 2
            """,
    };
}
