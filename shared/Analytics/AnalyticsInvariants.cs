using Podium.Operations;

namespace Podium.Analytics;

/// <summary>What must hold between events and what was counted of them.</summary>
public static class AnalyticsInvariants
{
    public static readonly Invariant Rollups = new()
    {
        Name = "analytics rollups",
        Holds = "Each quarter of an hour counts exactly the events that are kept, unless it is noted to be counted anew.",
        Sql =
            """
            WITH counted AS (
                SELECT tenant_id, coalesce(competition_id, tenant_id) AS place_id, event_type, analytics_bucket(created_at) AS bucket, count(*) AS events
                FROM analytics_events
                GROUP BY GROUPING SETS ((tenant_id, event_type, analytics_bucket(created_at)), (tenant_id, event_type, analytics_bucket(created_at), competition_id))
                HAVING grouping(competition_id) = 1 OR competition_id IS NOT NULL
            ), kept AS (
                SELECT * FROM analytics_rollups WHERE bucket >= (SELECT analytics_begin())
            )
            SELECT tenant_id, event_type || ' at ' || bucket || ' in ' || place_id || ': ' || coalesce(kept.events, 0) || ' instead of ' || coalesce(counted.events, 0)
            FROM kept FULL JOIN counted USING (tenant_id, place_id, event_type, bucket)
            WHERE kept.events IS DISTINCT FROM counted.events
              AND (tenant_id, event_type, bucket) NOT IN (SELECT tenant_id, event_type, bucket FROM analytics_changes)
            """,
    };

    public static readonly Invariant Days = new()
    {
        Name = "analytics days",
        Holds = "Each day of a tenant counts exactly its events and distinct people, unless some of it is noted to be counted anew.",
        Sql =
            """
            WITH counted AS (
                SELECT tenant_id, coalesce(competition_id, tenant_id) AS place_id, time_zone, day, coalesce(event_type, '*') AS event_type, count(*) AS events, count(DISTINCT user_id) AS persons
                FROM (
                    SELECT event.tenant_id, competition_id, time_zone, (event.created_at AT TIME ZONE time_zone)::date AS day, event_type, user_id
                    FROM analytics_events AS event JOIN tenants ON tenants.id = event.tenant_id
                ) AS event
                GROUP BY GROUPING SETS ((tenant_id, time_zone, day), (tenant_id, time_zone, day, competition_id), (tenant_id, time_zone, day, event_type), (tenant_id, time_zone, day, event_type, competition_id))
                HAVING grouping(competition_id) = 1 OR competition_id IS NOT NULL
            )
            SELECT counted.tenant_id, counted.event_type || ' on ' || counted.day || ' in ' || counted.place_id || ': ' || counted.events || ' events of ' || counted.persons
            FROM counted
            LEFT JOIN analytics_days AS kept USING (tenant_id, place_id, time_zone, day, event_type)
            WHERE (kept.events, kept.persons) IS DISTINCT FROM (counted.events, counted.persons)
              AND NOT EXISTS (SELECT FROM analytics_changes AS change WHERE change.tenant_id = counted.tenant_id AND (change.bucket AT TIME ZONE counted.time_zone)::date = counted.day)
            """,
    };
}
