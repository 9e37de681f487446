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

    public static readonly OwnData Reviews = new()
    {
        Name = "reviewsWritten",
        Description = "The reviews that the person wrote as a judge.",
        Columns = ["reviews.judge_id"],
        Sql =
            """
            SELECT reviews.id, competitions.name AS competition, reviews.status, reviews.marks, reviews.comments, reviews.comment, reviews.overall_score, reviews.submitted_at
            FROM reviews
            JOIN judges ON judges.tenant_id = reviews.tenant_id AND judges.id = reviews.judge_id
            JOIN competitions ON competitions.tenant_id = reviews.tenant_id AND competitions.id = reviews.competition_id
            WHERE reviews.tenant_id = @TenantId AND judges.user_id = @person
            ORDER BY reviews.created_at, reviews.id
            """,
    };
}
