using Podium.Privacy;

namespace Podium.Learning;

/// <summary>What is kept about a person as a learner.</summary>
public static class LearningData
{
    public static readonly OwnData Progress = new()
    {
        Name = "learning",
        Description = "The tracks that the person follows and how far they have come, challenge by challenge.",
        Columns = ["user_enrollments.user_id", "user_progress.user_id"],
        Sql =
            """
            SELECT 'track' AS what, track_id AS id, progress_percentage, NULL AS status, NULL AS best_score, NULL AS total_attempts, NULL AS points_earned, enrolled_at AS since, completed_at
            FROM user_enrollments WHERE tenant_id = @TenantId AND user_id = @person
            UNION ALL
            SELECT 'challenge', challenge_id, NULL, status, best_score, total_attempts, points_earned, last_attempt_at, completed_at
            FROM user_progress WHERE tenant_id = @TenantId AND user_id = @person
            """,
    };

    public static readonly OwnData Attempts = new()
    {
        Name = "attempts",
        Description = "What the person wrote for challenges, and how it did. Attempts older than a year are in the archive.",
        Columns = ["challenge_attempts.user_id"],
        Sql =
            """
            SELECT challenge_id, number, status, score, user_code_html, user_code_css, user_code_js, test_results, created_at
            FROM challenge_attempts WHERE tenant_id = @TenantId AND user_id = @person
            ORDER BY created_at, id
            """,
    };

    public static readonly OwnData Streak = new()
    {
        Name = "streak",
        Description = "On how many days in a row the person has practised.",
        Columns = ["user_streaks.user_id"],
        Sql = "SELECT current_days, longest_days, last_day FROM user_streaks WHERE tenant_id = @TenantId AND user_id = @person",
    };
}
