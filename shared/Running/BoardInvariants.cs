using Podium.Operations;

namespace Podium.Running;

/// <summary>What must hold between a board and what is kept of its past.</summary>
public static class BoardInvariants
{
    public static readonly Invariant Past = new()
    {
        Name = "leaderboard's past",
        Holds = "The last line that is kept of each entry is the one that the leaderboard shows.",
        Sql =
            """
            WITH last AS (
                SELECT DISTINCT ON (tenant_id, competition_id, registration_id) tenant_id, competition_id, registration_id, avg_score, review_count
                FROM leaderboard_then ORDER BY tenant_id, competition_id, registration_id, position DESC
            )
            SELECT tenant_id, 'registration ' || registration_id || ' of ' || competition_id
            FROM competition_leaderboard AS board FULL JOIN last USING (tenant_id, competition_id, registration_id)
            WHERE (board.avg_score, coalesce(board.review_count, 0)) IS DISTINCT FROM (last.avg_score, coalesce(last.review_count, 0))
            """,
    };
}
