using Podium.Operations;

namespace Podium.Points;

/// <summary>What must hold of points, whatever was retried, came twice or was taken back.</summary>
public static class PointInvariants
{
    public static readonly Invariant Ledger = new()
    {
        Name = "points of awards",
        Holds = "The ledger has for each award its points while it stands, and nothing while it does not; what is taken back is what was given.",
        Sql =
            """
            SELECT held.tenant_id, 'award ' || held.id || ' is ' || held.state || ' and has ' || coalesce(sum(entry.amount), 0) || ' of ' || held.points
            FROM user_achievements AS held LEFT JOIN user_points AS entry ON entry.tenant_id = held.tenant_id AND entry.award_id = held.id
            GROUP BY held.tenant_id, held.id, held.state, held.points
            HAVING coalesce(sum(entry.amount), 0) <> CASE held.state WHEN 'standing' THEN held.points ELSE 0 END
            UNION ALL
            SELECT taken.tenant_id, 'entry ' || taken.id || ' takes ' || taken.amount || ' back of ' || given.amount
            FROM user_points AS taken JOIN user_points AS given ON given.tenant_id = taken.tenant_id AND given.id = taken.reverses
            WHERE (given.user_id, given.award_id, given.turn, given.earned_on, given.amount, given.competition_id) IS DISTINCT FROM (taken.user_id, taken.award_id, taken.turn, taken.earned_on, -taken.amount, taken.competition_id)
            """,
    };

    public static readonly Invariant Totals = new()
    {
        Name = "totals of points",
        Holds = "Each board has the sums that the ledger makes, and shows whom it may show.",
        Sql =
            """
            WITH counted AS (
                SELECT entry.tenant_id, kept.board, kept.period, entry.user_id, sum(entry.amount) AS points
                FROM user_points AS entry CROSS JOIN LATERAL (
                    SELECT '00000000-0000-0000-0000-000000000000'::uuid, 'all'
                    UNION ALL
                    SELECT '00000000-0000-0000-0000-000000000000'::uuid, to_char(entry.earned_on, 'YYYY-MM')
                    UNION ALL
                    SELECT '00000000-0000-0000-0000-000000000000'::uuid, season.id::text FROM point_seasons AS season WHERE season.tenant_id = entry.tenant_id AND entry.earned_on BETWEEN season.starts_on AND season.ends_on
                    UNION ALL
                    SELECT entry.competition_id, 'all' WHERE entry.competition_id IS NOT NULL
                ) AS kept (board, period)
                GROUP BY 1, 2, 3, 4
            )
            SELECT coalesce(total.tenant_id, counted.tenant_id), 'person ' || coalesce(total.user_id, counted.user_id) || ' on ' || coalesce(total.board, counted.board) || ' ' || coalesce(total.period, counted.period)
                || ' has ' || coalesce(total.points::text, 'no row') || ' instead of ' || coalesce(counted.points::text, 'no row')
            FROM user_point_totals AS total
            FULL JOIN counted ON counted.tenant_id = total.tenant_id AND counted.board = total.board AND counted.period = total.period AND counted.user_id = total.user_id
            WHERE total.points IS DISTINCT FROM counted.points
            UNION ALL
            SELECT total.tenant_id, 'person ' || total.user_id || ' on ' || total.board || ' ' || total.period || ' is shown wrongly'
            FROM user_point_totals AS total JOIN users ON users.tenant_id = total.tenant_id AND users.id = total.user_id
            WHERE (total.institution_id, total.listed, total.agreed) IS DISTINCT FROM (
                users.institution_id, users.deleted_at IS NULL AND users.account_status = 'active',
                EXISTS (SELECT FROM consents WHERE consents.tenant_id = total.tenant_id AND consents.user_id = total.user_id AND purpose = 'public-boards' AND ended_at IS NULL))
            """,
    };
}
