using System.ComponentModel.DataAnnotations;
using System.Globalization;
using Podium.Platform;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Databases;
using Podium.Platform.Problems;
using Podium.Tenancy;

namespace Podium.Analytics;

/// <summary>How many events there were, and how many people, in each hour, day, week or month of a time zone.</summary>
public sealed class ReadSeries(Database database, TimeProvider clock)
{
    private const int UsualDays = 30;

    private static readonly DateOnly Earliest = new(2000, 1, 1), Latest = new(2200, 1, 1);

    public sealed record Query
    {
        /// <summary>An event; absent, all of them.</summary>
        [StringLength(64, MinimumLength = 1), Example("page.viewed")]
        public string? Name { get; init; }

        public TimeInterval Interval { get; init; }

        /// <summary>Where the days and hours are those of; absent, the tenant's.</summary>
        [StringLength(64, MinimumLength = 1), TimeZoneName, Example("Asia/Almaty")]
        public string? TimeZone { get; init; }

        /// <summary>The first local day; absent, thirty days before the end. Weeks and months that begin before it are whole.</summary>
        public DateOnly? From { get; init; }

        /// <summary>The local day behind the last; absent, tomorrow.</summary>
        public DateOnly? Until { get; init; }

        /// <summary>Whether distinct people are counted too. In days of the tenant's own time zone that costs nothing; otherwise all events of the time are read.</summary>
        public bool Persons { get; init; }
    }

    /// <summary>A part of the time. The local time is that of its beginning.</summary>
    public sealed record Point(DateTimeOffset From, DateTimeOffset Until, string Local, long Events, int? Persons);

    /// <param name="UpToDate">Whether all that has come is counted; else it is within minutes.</param>
    public sealed record Series(string? Name, TimeInterval Interval, string TimeZone, bool UpToDate, long Total, IReadOnlyList<Point> Points);

    private sealed record Count(int Number, long Number2);

    private sealed record Head(bool Known, bool UpToDate);

    /// <summary>Of the tenant, or of one of its competitions.</summary>
    public async Task<Outcome<Series>> RunAsync(Caller caller, Guid? competitionId, Query query, CancellationToken cancellationToken)
    {
        var zone = TimeZoneInfo.FindSystemTimeZoneById(query.TimeZone ?? caller.Tenant.TimeZone);
        if ((query.From is { } first && (first < Earliest || first > Latest)) || (query.Until is { } last && (last < Earliest || last > Latest)))
            return Problem.Invalid("/from", "range", "The time lies between the years 2000 and 2200.");
        var until = query.Until ?? (query.From is { } begun && query.Interval != TimeInterval.Hour ? Later(begun.AddDays(1), Tomorrow(zone)) : Tomorrow(zone));
        var from = query.From ?? until.AddDays(-UsualDays);
        if (from >= until) return Problem.Invalid("/until", "order", "The end lies behind the beginning.");
        if (TimeBuckets.Of(from, until, query.Interval, zone) is not { Count: > 0 } buckets) return Problem.Invalid("/from", "too-long", $"At most {TimeBuckets.Most} parts are given at once.");
        var ownDays = query.Interval == TimeInterval.Day && zone.Id == TimeZoneInfo.FindSystemTimeZoneById(caller.Tenant.TimeZone).Id;
        var found = await database.Reading(caller).QueryManyAsync(
            SqlOf(query, competitionId, ownDays),
            new
            {
                caller.TenantId,
                competitionId,
                place = competitionId ?? caller.TenantId,
                query.Name,
                starts = buckets.Select(bucket => bucket.From.UtcDateTime).ToArray(),
                first = buckets[0].From,
                last = buckets[^1].Until,
                zone = caller.Tenant.TimeZone,
                days = buckets.Select(bucket => LocalDay.Of(bucket.From, zone)).ToArray(),
            },
            async results => (
                Head: await results.ReadSingleAsync<Head>(),
                Events: (await results.ReadAsync<Count>()).ToDictionary(count => count.Number, count => count.Number2),
                Persons: query.Persons ? (await results.ReadAsync<Count>()).ToDictionary(count => count.Number, count => (int)count.Number2) : null),
            cancellationToken);
        if (!found.Head.Known) return Problem.NotFound("competition");
        var points = buckets.Select((bucket, index) => new Point(
            bucket.From,
            bucket.Until,
            TimeZoneInfo.ConvertTime(bucket.From, zone).ToString("yyyy-MM-dd'T'HH:mmzzz", CultureInfo.InvariantCulture),
            found.Events.GetValueOrDefault(index + 1),
            found.Persons?.GetValueOrDefault(index + 1))).ToList();
        return new Series(query.Name, query.Interval, query.TimeZone ?? caller.Tenant.TimeZone, found.Head.UpToDate, points.Sum(point => point.Events), points);
    }

    /// <summary>The lines of a table; the header first.</summary>
    public static IEnumerable<string?[]> TableOf(Series series)
    {
        yield return ["from", "until", "local", "events", "persons"];
        foreach (var point in series.Points)
            yield return [point.From.UtcDateTime.ToString("O", CultureInfo.InvariantCulture), point.Until.UtcDateTime.ToString("O", CultureInfo.InvariantCulture), point.Local, point.Events.ToString(CultureInfo.InvariantCulture), point.Persons?.ToString(CultureInfo.InvariantCulture)];
    }

    private static string SqlOf(Query query, Guid? competitionId, bool ownDays)
    {
        var named = query.Name is null ? "" : "AND event_type = @Name";
        var sql =
            $"""
            SELECT {(competitionId is null ? "true" : "EXISTS (SELECT FROM competitions WHERE tenant_id = @TenantId AND id = @competitionId AND deleted_at IS NULL)")} AS known,
                   NOT EXISTS (SELECT FROM analytics_changes WHERE tenant_id = @TenantId) AS up_to_date;
            SELECT width_bucket(bucket, @starts) AS number, sum(events)::bigint AS number2
            FROM analytics_rollups WHERE tenant_id = @TenantId AND place_id = @place {named} AND bucket >= @first AND bucket < @last GROUP BY 1
            """;
        if (!query.Persons) return sql;
        return sql + (ownDays
            ? """
              ;
              SELECT array_position(@days, day) AS number, persons::bigint AS number2
              FROM analytics_days WHERE tenant_id = @TenantId AND place_id = @place AND time_zone = @zone AND day = ANY (@days) AND event_type = coalesce(@Name, '*')
              """
            : $"""
              ;
              SELECT width_bucket(created_at, @starts) AS number, count(DISTINCT user_id) AS number2
              FROM analytics_events
              WHERE tenant_id = @TenantId {named} {(competitionId is null ? "" : "AND competition_id = @competitionId")} AND created_at >= @first AND created_at < @last AND user_id IS NOT NULL
              GROUP BY 1
              """);
    }

    private DateOnly Tomorrow(TimeZoneInfo zone) => LocalDay.Of(clock.GetUtcNow(), zone).AddDays(1);

    private static DateOnly Later(DateOnly one, DateOnly other) => one > other ? one : other;
}
