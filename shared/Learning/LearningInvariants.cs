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
}
