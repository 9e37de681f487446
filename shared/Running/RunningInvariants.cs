using Podium.Operations;

namespace Podium.Running;

/// <summary>What must hold of competitions that go through their rounds.</summary>
public static class RunningInvariants
{
    public static readonly Invariant Steps = new()
    {
        Name = "steps of rounds",
        Holds = "A round opens once, and is closed, placed and finished once more at the most for each time it was reopened; a competition is completed once.",
        Sql =
            """
            SELECT tenant_id, 'round ' || round_id || ' was ' || what || ' ' || times || ' times'
            FROM (
                SELECT tenant_id, round_id, what, count(*) AS times, sum(count(*) FILTER (WHERE what = 'reopened')) OVER (PARTITION BY tenant_id, round_id) AS reopened
                FROM round_steps WHERE round_id IS NOT NULL GROUP BY tenant_id, round_id, what
            ) AS counted
            WHERE what = 'opened' AND times > 1 OR what IN ('closed', 'placed', 'published', 'finished') AND times > 1 + coalesce(reopened, 0)
            UNION ALL
            SELECT tenant_id, 'competition ' || competition_id || ' was completed ' || count(*) || ' times' FROM round_steps WHERE what = 'completed' GROUP BY tenant_id, competition_id HAVING count(*) > 1
            """,
    };

    public static readonly Invariant Results = new()
    {
        Name = "results",
        Holds = "A competition whose rounds have come to their end has a result for every entry of them.",
        Sql =
            """
            SELECT DISTINCT entry.tenant_id, 'competition ' || entry.competition_id || ' without registration ' || entry.registration_id
            FROM competition_runs AS run
            JOIN round_runs ON round_runs.tenant_id = run.tenant_id AND round_runs.competition_id = run.competition_id AND round_runs.phase = 'finished'
            JOIN round_entries AS entry ON entry.tenant_id = run.tenant_id AND entry.round_id = round_runs.round_id
            JOIN registrations ON registrations.tenant_id = run.tenant_id AND registrations.id = entry.registration_id AND registrations.status = 'approved' AND registrations.updated_at <= run.ended_at
            WHERE run.status = 'finished' AND NOT EXISTS (
                SELECT FROM competition_results AS result WHERE result.tenant_id = run.tenant_id AND result.competition_id = run.competition_id AND result.registration_id = entry.registration_id)
            """,
    };

    public static readonly Invariant Leaderboard = new()
    {
        Name = "leaderboard",
        Holds = "The leaderboard is what the final reviews make of it, but for entries that are noted to be counted anew.",
        Sql =
            """
            WITH counted AS (
                SELECT given.tenant_id, given.competition_id, given.registration_id, round(avg(reviews.overall_score), 6) AS score, count(*)::int AS number
                FROM judge_assignments AS given
                JOIN reviews ON reviews.tenant_id = given.tenant_id AND reviews.id = given.id AND reviews.status = 'final'
                JOIN registrations ON registrations.tenant_id = given.tenant_id AND registrations.id = given.registration_id AND registrations.status = 'approved'
                WHERE given.status = 'finished'
                GROUP BY 1, 2, 3
            )
            SELECT tenant_id, 'registration ' || registration_id || ' of ' || competition_id || ' has ' || coalesce(avg_score::text, 'no row') || ' instead of ' || coalesce(score::text, 'no row')
            FROM competition_leaderboard FULL JOIN counted USING (tenant_id, competition_id, registration_id)
            WHERE (avg_score, review_count) IS DISTINCT FROM (score, number) AND NOT EXISTS (
                SELECT FROM leaderboard_changes AS change WHERE change.tenant_id = coalesce(competition_leaderboard.tenant_id, counted.tenant_id)
                  AND change.competition_id = coalesce(competition_leaderboard.competition_id, counted.competition_id) AND change.registration_id = coalesce(competition_leaderboard.registration_id, counted.registration_id))
            """,
    };

    public static readonly Invariant Awake = new()
    {
        Name = "runs that go on",
        Holds = "No competition has waited for more than an hour longer than it says.",
        InTheEnd = true,
        Sql = "SELECT tenant_id, 'competition ' || competition_id || ' waits for ' || waits_for || ' until ' || waits_until FROM competition_runs WHERE status = 'running' AND waits_until < @now - interval '1 hour'",
    };
}
