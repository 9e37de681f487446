using Podium.Privacy;

namespace Podium.Learning;

/// <summary>What coding practice keeps about a person.</summary>
public static class LearningData
{
    public static readonly OwnData Enrolments = new()
    {
        Name = "learningTracks",
        Description = "Tracks of coding practice, how far they came, and days in a row.",
        Columns = ["user_enrollments.user_id", "user_streaks.user_id"],
        Sql =
            """
            SELECT tracks.title AS track, enrolled_at, progress_percentage, completed_at, current_days, longest_days, last_day
            FROM user_enrollments
            JOIN tracks ON tracks.tenant_id = user_enrollments.tenant_id AND tracks.id = track_id
            LEFT JOIN user_streaks ON user_streaks.tenant_id = user_enrollments.tenant_id AND user_streaks.user_id = user_enrollments.user_id
            WHERE user_enrollments.tenant_id = @TenantId AND user_enrollments.user_id = @person ORDER BY enrolled_at, track_id
            """,
    };

    public static readonly OwnData Progress = new()
    {
        Name = "learningProgress",
        Description = "How the person stands with each challenge.",
        Columns = ["user_progress.user_id"],
        Sql =
            """
            SELECT challenges.title AS challenge, status, best_score, total_attempts, hints_taken, hint_cost, points_earned, last_attempt_at, completed_at
            FROM user_progress JOIN challenges ON challenges.tenant_id = user_progress.tenant_id AND challenges.id = challenge_id
            WHERE user_progress.tenant_id = @TenantId AND user_id = @person ORDER BY challenge_id
            """,
    };

    public static readonly OwnData Versions = new()
    {
        Name = "learningVersions",
        Description = "Which version of a challenge the person got where two were tried side by side, and how they fared with it.",
        Columns = ["version_assignments.user_id"],
        Sql =
            """
            SELECT challenge_id, arm, assigned_at, last_seen_at, active_seconds, attempts, best_score, completed_at
            FROM version_assignments JOIN version_splits ON version_splits.tenant_id = version_assignments.tenant_id AND version_splits.id = split_id
            WHERE version_assignments.tenant_id = @TenantId AND user_id = @person ORDER BY assigned_at, split_id
            """,
    };

    public static readonly OwnData Comparisons = new()
    {
        Name = "learningComparisons",
        Description = "Solutions of the person that are compared with those of others, and likenesses that an author has confirmed.",
        Columns = ["solution_fingerprints.user_id", "solution_pairs.first_user_id", "solution_pairs.second_user_id"],
        Sql =
            """
            SELECT f.challenge_id, f.attempt_id, f.attempted_at, cardinality(f.hashes) AS fingerprints,
                   (SELECT jsonb_agg(jsonb_build_object('similarity', p.similarity, 'reason', p.reason, 'decidedAt', p.decided_at) ORDER BY p.id)
                    FROM solution_pairs AS p WHERE p.tenant_id = f.tenant_id AND p.challenge_id = f.challenge_id AND @person IN (p.first_user_id, p.second_user_id) AND p.decision = 'confirmed') AS confirmed
            FROM solution_fingerprints AS f WHERE f.tenant_id = @TenantId AND f.user_id = @person ORDER BY f.attempted_at, f.challenge_id
            """,
    };

    public static readonly OwnData Attempts = new()
    {
        Name = "learningAttempts",
        Description = "Attempts at challenges, with the code.",
        Sealed = ["html", "css", "js"],
        Columns = ["challenge_attempts.user_id"],
        Sql =
            """
            SELECT id, challenge_id, number, status, score, user_code_html AS html, user_code_css AS css, user_code_js AS js, created_at
            FROM challenge_attempts WHERE tenant_id = @TenantId AND user_id = @person ORDER BY created_at, number, id
            """,
    };
}
