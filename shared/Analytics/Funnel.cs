using System.Globalization;
using System.Text;

namespace Podium.Analytics;

/// <summary>
/// Who went through steps in their order. A person has come to a step when there are instants of all steps up to it, none before the one of the step before it,
/// and the last within the window of the first. Of several first instants the one counts that leads furthest.
/// </summary>
public static class Funnel
{
    public const int MostSteps = 8;

    /// <summary>
    /// One statement over sources of <c>user_id</c> and <c>at</c>, a line for each step. An instant of a step is reached with the latest first instant that leads there: whatever is within the window of an
    /// earlier one is within the window of that. Knows @from, @until (of first instants) and @window.
    /// </summary>
    public static string Sql(IReadOnlyList<string> sources)
    {
        var sql = new StringBuilder();
        for (var step = 1; step <= sources.Count; step++)
        {
            var range = step == 1 ? "at < @until" : "at < @until + @window::interval";
            sql.Append(CultureInfo.InvariantCulture, $"{(step == 1 ? "" : ", ")}step{step} AS (SELECT user_id, at FROM ({sources[step - 1]}) AS source WHERE at >= @from AND {range})\n");
            if (step == 1)
            {
                sql.Append(", reached1 AS (SELECT user_id, at, at AS begun FROM step1)\n");
                continue;
            }
            sql.Append(CultureInfo.InvariantCulture, $"""
                , reached{step} AS (
                    SELECT user_id, at, begun
                    FROM (
                        SELECT user_id, at, own, max(begun) OVER (PARTITION BY user_id ORDER BY at, own ROWS UNBOUNDED PRECEDING) AS begun
                        FROM (SELECT user_id, at, begun, false AS own FROM reached{step - 1} UNION ALL SELECT user_id, at, NULL, true FROM step{step}) AS both_steps
                    ) AS walked
                    WHERE own AND begun IS NOT NULL AND at - begun <= @window::interval
                )

                """);
        }
        var counted = Enumerable.Range(1, sources.Count).Select(step => string.Create(CultureInfo.InvariantCulture, $"""
            SELECT {step} AS step, count(*)::int AS persons, trim_scale(round((percentile_cont(0.5) WITHIN GROUP (ORDER BY took) / 60)::numeric, 2)) AS median_minutes
            FROM (SELECT user_id, extract(epoch FROM min(at - begun))::double precision AS took FROM reached{step} GROUP BY user_id) AS each{step}
            """));
        return $"{sql}{string.Join("\nUNION ALL\n", counted)}\nORDER BY step";
    }
}
