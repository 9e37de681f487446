using Podium.Privacy;

namespace Podium.Judging;

/// <summary>What is kept about a person as a judge.</summary>
public static class JudgingData
{
    public static readonly OwnData Judge = new()
    {
        Name = "judging",
        Description = "What the person knows about as a judge, the panels they sit on, and the conflicts of interest declared for them.",
        Columns = ["judges.user_id", "competition_judges.judge_id", "judge_conflicts.judge_id"],
        Sql =
            """
            SELECT judges.topics, judges.capacity, competition_judges.competition_id, competition_judges.joined_at, competition_judges.dropped_out_at, competition_judges.reason,
                   ARRAY(SELECT judge_conflicts.registration_id FROM judge_conflicts
                         WHERE judge_conflicts.tenant_id = judges.tenant_id AND judge_conflicts.competition_id = competition_judges.competition_id
                           AND judge_conflicts.judge_id = judges.id ORDER BY 1) AS conflicts
            FROM judges
            LEFT JOIN competition_judges ON competition_judges.tenant_id = judges.tenant_id AND competition_judges.judge_id = judges.id
            WHERE judges.tenant_id = @TenantId AND judges.user_id = @person
            ORDER BY competition_judges.joined_at, competition_judges.competition_id
            """,
    };

    public static readonly OwnData Reviews = new()
    {
        Name = "reviews",
        Description = "What the person was asked to judge, and what they said.",
        Columns = ["judge_assignments.judge_id", "reviews.judge_id"],
        Sql =
            """
            SELECT judge_assignments.id, judge_assignments.competition_id, judge_assignments.round_id, judge_assignments.registration_id, judge_assignments.status,
                   judge_assignments.assigned_at, judge_assignments.due_at, reviews.marks, reviews.comments, reviews.comment, reviews.overall_score, reviews.submitted_at
            FROM judge_assignments
            JOIN judges ON judges.tenant_id = judge_assignments.tenant_id AND judges.id = judge_assignments.judge_id
            LEFT JOIN reviews ON reviews.tenant_id = judge_assignments.tenant_id AND reviews.id = judge_assignments.id
            WHERE judges.tenant_id = @TenantId AND judges.user_id = @person
            ORDER BY judge_assignments.assigned_at, judge_assignments.id
            """,
    };
}
