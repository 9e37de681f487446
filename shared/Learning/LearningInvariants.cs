using Podium.Operations;

namespace Podium.Learning;

/// <summary>What must hold between attempts and progress.</summary>
public static class LearningInvariants
{
    // attempts leave for the archive after a year: what is there is at most what was counted
    public static readonly Invariant Progress = new()
    {
        Name = "progress of learners",
        Holds = "Progress knows every attempt and the best score among them.",
        Sql =
            """
            SELECT made.tenant_id, 'person ' || made.user_id || ' with challenge ' || made.challenge_id || ': ' || made.number || ' attempts up to ' || made.best || ', counted ' || coalesce(total_attempts || ' up to ' || best_score, 'none')
            FROM (SELECT tenant_id, user_id, challenge_id, count(*) AS number, max(score) AS best FROM challenge_attempts GROUP BY 1, 2, 3) AS made
            LEFT JOIN user_progress AS progress ON progress.tenant_id = made.tenant_id AND progress.user_id = made.user_id AND progress.challenge_id = made.challenge_id
            -- who was removed takes progress along
            WHERE EXISTS (SELECT FROM users WHERE users.tenant_id = made.tenant_id AND users.id = made.user_id) AND (total_attempts IS NULL OR total_attempts < made.number OR best_score < made.best)
            """,
    };

    public static readonly Invariant Tallies = new()
    {
        Name = "tallies of challenges",
        Holds = "Whoever has begun or completed a challenge is counted, for the version they began with.",
        // who was removed takes progress along and stays counted
        Sql =
            """
            SELECT made.tenant_id, 'challenge ' || made.challenge_id || ': ' || made.started || ' have begun and ' || made.completed || ' completed it, counted ' || coalesce(counted.started || ' and ' || counted.completed, 'none')
            FROM (SELECT tenant_id, challenge_id, first_version_id, count(*) AS started, count(completed_at) AS completed FROM user_progress WHERE first_attempt_at IS NOT NULL GROUP BY 1, 2, 3) AS made
            LEFT JOIN (
                SELECT tenant_id, challenge_id, version_id, sum(started) AS started, sum(completed) AS completed
                FROM (SELECT tenant_id, challenge_id, version_id, started, completed FROM challenge_tallies UNION ALL SELECT tenant_id, challenge_id, version_id, started, completed FROM challenge_tally_deltas) AS both_parts
                GROUP BY 1, 2, 3
            ) AS counted ON counted.tenant_id = made.tenant_id AND counted.challenge_id = made.challenge_id AND counted.version_id = made.first_version_id
            WHERE counted.started IS NULL OR counted.started < made.started OR counted.completed < made.completed
            """,
    };

    public static readonly Invariant Splits = new()
    {
        Name = "splits of versions",
        Holds = "While two versions are tried side by side the first of them is active, and who has completed one of them has completed the challenge.",
        Sql =
            """
            SELECT s.tenant_id, 'split ' || s.id || ': its first version is not active'
            FROM version_splits AS s JOIN challenge_versions AS v ON v.tenant_id = s.tenant_id AND v.id = s.first_version_id
            WHERE s.ended_at IS NULL AND NOT v.is_active
            UNION ALL
            SELECT a.tenant_id, 'person ' || a.user_id || ' in split ' || a.split_id || ': completed there, and not the challenge'
            FROM version_assignments AS a JOIN version_splits AS s ON s.tenant_id = a.tenant_id AND s.id = a.split_id
            LEFT JOIN user_progress AS p ON p.tenant_id = a.tenant_id AND p.user_id = a.user_id AND p.challenge_id = s.challenge_id
            WHERE a.completed_at IS NOT NULL AND p.completed_at IS NULL
            """,
    };
}
