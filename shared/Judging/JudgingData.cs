using Podium.Privacy;

namespace Podium.Judging;

/// <summary>What is kept about a person who judges.</summary>
public static class JudgingData
{
    public static readonly OwnData Judge = new()
    {
        Name = "judge",
        Description = "That the person judges, what they know, and how much they take on.",
        Columns = ["judges.user_id"],
        Sql = "SELECT topics, capacity, created_at FROM judges WHERE tenant_id = @TenantId AND user_id = @person AND deleted_at IS NULL ORDER BY created_at, id",
    };

    public static readonly OwnData Panels = new()
    {
        Name = "judgingPanels",
        Description = "The competitions in which the person judges or judged.",
        Columns = ["competition_judges.judge_id"],
        Sql =
            """
            SELECT competitions.name AS competition, competition_judges.capacity, joined_at, dropped_out_at, competition_judges.reason
            FROM competition_judges
            JOIN judges ON judges.tenant_id = competition_judges.tenant_id AND judges.id = competition_judges.judge_id
            JOIN competitions ON competitions.tenant_id = competition_judges.tenant_id AND competitions.id = competition_judges.competition_id
            WHERE competition_judges.tenant_id = @TenantId AND judges.user_id = @person
            ORDER BY joined_at, competitions.id
            """,
    };

    public static readonly OwnData Conflicts = new()
    {
        Name = "conflictsOfInterest",
        Description = "The conflicts of interest that were declared for the person as a judge.",
        Columns = ["judge_conflicts.judge_id"],
        Sql =
            """
            SELECT competitions.name AS competition, judge_conflicts.reason, declared_at, declared_by = @person AS by_you
            FROM judge_conflicts
            JOIN judges ON judges.tenant_id = judge_conflicts.tenant_id AND judges.id = judge_conflicts.judge_id
            JOIN competitions ON competitions.tenant_id = judge_conflicts.tenant_id AND competitions.id = judge_conflicts.competition_id
            WHERE judge_conflicts.tenant_id = @TenantId AND judges.user_id = @person
            ORDER BY declared_at, judge_conflicts.id
            """,
    };

    public static readonly OwnData Reviews = new()
    {
        Name = "reviewsAsJudge",
        Description = "What the person was given to judge, and the reviews that they wrote.",
        Columns = ["judge_assignments.judge_id", "reviews.judge_id"],
        Sql =
            """
            SELECT given.id, competitions.name AS competition, given.status AS assignment, given.assigned_at, given.reason AS recusal_reason,
                   reviews.status, reviews.marks, reviews.comments, reviews.comment, reviews.overall_score, reviews.submitted_at
            FROM judge_assignments AS given
            JOIN judges ON judges.tenant_id = given.tenant_id AND judges.id = given.judge_id
            JOIN competitions ON competitions.tenant_id = given.tenant_id AND competitions.id = given.competition_id
            LEFT JOIN reviews ON reviews.tenant_id = given.tenant_id AND reviews.id = given.id
            WHERE given.tenant_id = @TenantId AND judges.user_id = @person
            ORDER BY given.assigned_at, given.id
            """,
    };

    public static readonly OwnData Comparisons = new()
    {
        Name = "comparisonsAsJudge",
        Description = "Which of two entries the person held the better as a judge.",
        Columns = ["judge_comparisons.judge_id"],
        Sql =
            """
            SELECT shown.id, competitions.name AS competition, shown.asked_at, shown.choice, shown.answered_at
            FROM judge_comparisons AS shown
            JOIN judges ON judges.tenant_id = shown.tenant_id AND judges.id = shown.judge_id
            JOIN competitions ON competitions.tenant_id = shown.tenant_id AND competitions.id = shown.competition_id
            WHERE shown.tenant_id = @TenantId AND judges.user_id = @person
            ORDER BY shown.position
            """,
    };
}
