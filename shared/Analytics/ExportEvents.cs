using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Podium.Platform.Access;
using Podium.Platform.Databases;

namespace Podium.Analytics;

/// <summary>What front-ends told, line by line, for who counts it with other tools. Whose it was is not in it.</summary>
public sealed class ExportEvents(Database database)
{
    private const int AtOnce = 5000;

    public sealed record Query
    {
        /// <summary>The first instant; absent, from the first that is kept.</summary>
        public DateTimeOffset? From { get; init; }

        /// <summary>The instant behind the last; absent, to the last that is kept.</summary>
        public DateTimeOffset? Until { get; init; }
    }

    private sealed record Row(Guid Id, string EventType, Guid? CompetitionId, DateTimeOffset CreatedAt, bool Person, JsonElement Properties);

    /// <summary>The lines of a table, the oldest event first; page by page by its key, so that the last costs what the first does.</summary>
    public async IAsyncEnumerable<string?[]> TableAsync(Caller caller, Query query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        yield return ["id", "event_type", "competition", "created_at", "with_person", "properties"];
        var (at, after) = (query.From ?? DateTimeOffset.UnixEpoch, Guid.Empty);
        IReadOnlyList<Row> rows;
        do
        {
            rows = await database.Reading(caller).QueryAsync<Row>(
                """
                SELECT id, event_type, competition_id, created_at, user_id IS NOT NULL AS person, properties
                FROM analytics_events
                WHERE tenant_id = @TenantId AND (created_at, id) > (@at, @after) AND (@Until::timestamptz IS NULL OR created_at < @Until)
                ORDER BY created_at, id LIMIT @AtOnce
                """,
                new { caller.TenantId, at, after, query.Until, AtOnce },
                cancellationToken);
            foreach (var row in rows)
                yield return [row.Id.ToString(), row.EventType, $"{row.CompetitionId}", row.CreatedAt.UtcDateTime.ToString("O", CultureInfo.InvariantCulture), row.Person ? "true" : "false", row.Properties.GetRawText()];
            if (rows.Count > 0) (at, after) = (rows[^1].CreatedAt, rows[^1].Id);
        }
        while (rows.Count == AtOnce);
    }
}
