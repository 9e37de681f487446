using Podium.Privacy;

namespace Podium.Analytics;

/// <summary>What analytics keeps about a person.</summary>
public static class AnalyticsData
{
    public static readonly OwnData Events = new()
    {
        Name = "analyticsEvents",
        Description = "What front-ends told while the person was signed in and agreed to analytics. It is taken apart from the person when the consent is taken back.",
        Columns = ["analytics_events.user_id"],
        Sql =
            """
            SELECT event_type AS event, created_at AS at, (SELECT name FROM competitions WHERE competitions.tenant_id = @TenantId AND competitions.id = competition_id) AS competition, properties
            FROM analytics_events WHERE tenant_id = @TenantId AND user_id = @person ORDER BY created_at, id
            """,
    };

    public static readonly OwnData Reports = new()
    {
        Name = "weeklyReports",
        Description = "The weeks for which the person was sent a report.",
        Columns = ["analytics_reports.user_id"],
        Sql = "SELECT week, ordered_at FROM analytics_reports WHERE tenant_id = @TenantId AND user_id = @person ORDER BY week",
    };
}
