using System.Globalization;
using Podium.Competitions;
using Podium.Platform;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Databases;
using Podium.Platform.Problems;
using Podium.Tenancy;

namespace Podium.Points;

/// <summary>Of which days points count.</summary>
public enum PointPeriod
{
    All,

    /// <summary>This month, or the one of the day that is asked for.</summary>
    Month,

    /// <summary>The season that runs, or that of the day.</summary>
    Season,
}

/// <summary>Who has the most points: of all, of an institution, of a competition. Only those are shown who are there and, where the tenant asks, have agreed.</summary>
public sealed class PointBoards(Database database, TimeProvider clock)
{
    /// <summary>The purpose of the consent by which people are shown on boards, where the tenant asks for it.</summary>
    public const string Purpose = "public-boards";

    public sealed record Line
    {
        public required long Rank { get; init; }

        public required Guid UserId { get; init; }

        public required string DisplayName { get; init; }

        public string? Institution { get; init; }

        public required long Points { get; init; }
    }

    public sealed record Query : PageQuery
    {
        public PointPeriod Period { get; init; } = PointPeriod.All;

        /// <summary>A day of the month or season; today, where nothing is said.</summary>
        [Example(null!)]
        public DateOnly? On { get; init; }
    }

    internal const string OfInstitution = "board = '00000000-0000-0000-0000-000000000000' AND institution_id = @place";
    internal const string OfAll = "board = '00000000-0000-0000-0000-000000000000'";
    internal const string OfCompetition = "board = @place";

    /// <summary>A page of a board, found by its key: the hundredth costs what the first does, but for counting who is ahead.</summary>
    internal static string PageSql(string board, bool agreedOnly, bool first)
    {
        var shown = $"tenant_id = @TenantId AND {board} AND period = @period AND points > 0 AND listed{(agreedOnly ? " AND agreed" : "")}";
        return $"""
            WITH page AS MATERIALIZED (
                SELECT user_id, points FROM user_point_totals WHERE {shown}
                {(first ? "" : $"AND (-points, user_id) > ((SELECT -points FROM user_point_totals WHERE tenant_id = @TenantId AND {board} AND period = @period AND user_id = @After), @After)")}
                ORDER BY -points, user_id LIMIT @limit
            ), first AS MATERIALIZED (
                SELECT points, user_id FROM page ORDER BY -points, user_id LIMIT 1
            ), ahead AS MATERIALIZED (
                -- of those before the page some may be level with its first
                SELECT count(*) AS listed, count(*) FILTER (WHERE points > (SELECT points FROM first)) AS better
                FROM user_point_totals WHERE {shown} AND (-points, user_id) < ((SELECT -points FROM first), (SELECT user_id FROM first))
            )
            SELECT CASE WHEN points = (SELECT points FROM first) THEN (SELECT better FROM ahead) + 1 ELSE (SELECT listed FROM ahead) + rank() OVER (ORDER BY points DESC) END AS rank,
                   user_id, points,
                   (SELECT first_name || ' ' || left(last_name, 1) || '.' FROM users WHERE users.tenant_id = @TenantId AND users.id = page.user_id) AS display_name,
                   (SELECT (SELECT name FROM institutions WHERE institutions.tenant_id = @TenantId AND institutions.id = users.institution_id) FROM users WHERE users.tenant_id = @TenantId AND users.id = page.user_id) AS institution
            FROM page
            ORDER BY points DESC, user_id
            """;
    }

    public Task<Outcome<Page<Line>>> OverallAsync(Caller caller, Query query, CancellationToken cancellationToken) => ReadAsync(caller, OfAll, Guid.Empty, query, cancellationToken);

    public async Task<Outcome<Page<Line>>> OfInstitutionAsync(Caller caller, Guid institutionId, Query query, CancellationToken cancellationToken) =>
        await database.Reading(caller).FirstAsync<Guid?>("SELECT id FROM institutions WHERE tenant_id = @TenantId AND id = @institutionId AND deleted_at IS NULL", new { caller.TenantId, institutionId }, cancellationToken) is null
            ? Problem.NotFound("institution")
            : await ReadAsync(caller, OfInstitution, institutionId, query, cancellationToken);

    /// <summary>Points that were earned in one competition, whenever that was.</summary>
    public async Task<Outcome<Page<Line>>> OfCompetitionAsync(Caller caller, Guid competitionId, PageQuery query, CancellationToken cancellationToken)
    {
        var status = await database.Reading(caller).FirstAsync<string>("SELECT status FROM competitions WHERE tenant_id = @TenantId AND id = @competitionId AND deleted_at IS NULL", new { caller.TenantId, competitionId }, cancellationToken);
        if (status is null || (status == "draft" && !CompetitionDirectory.Manages(caller, competitionId))) return Problem.NotFound("competition");
        return await ReadAsync(caller, OfCompetition, competitionId, new Query { Limit = query.Limit, After = query.After }, cancellationToken);
    }

    /// <summary>Whether a tenant shows only those who have agreed to it.</summary>
    internal static bool AsksFor(Tenant tenant) => ConsentPurpose.Of(tenant).Any(asked => asked.Purpose == Purpose);

    /// <summary>The condition, with @TenantId and @Purpose, that a person has agreed to stand on public boards; none where the tenant does not ask.</summary>
    internal static string AgreedSql(bool agreedOnly, string person) => agreedOnly
        ? $"AND EXISTS (SELECT FROM consents WHERE consents.tenant_id = @TenantId AND consents.user_id = {person} AND consents.purpose = @Purpose AND consents.ended_at IS NULL)"
        : "";

    /// <summary>What a period is called in the totals; null where there is no such season.</summary>
    internal async Task<string?> KeyOfAsync(Caller caller, PointPeriod period, DateOnly? on, CancellationToken cancellationToken)
    {
        var day = on ?? LocalDay.Of(clock.GetUtcNow(), caller.Tenant.TimeZone);
        return period switch
        {
            PointPeriod.All => "all",
            PointPeriod.Month => day.ToString("yyyy-MM", CultureInfo.InvariantCulture),
            _ => await database.Reading(caller).FirstAsync<string>("SELECT id::text FROM point_seasons WHERE tenant_id = @TenantId AND starts_on <= @day AND ends_on >= @day", new { caller.TenantId, day }, cancellationToken),
        };
    }

    private async Task<Outcome<Page<Line>>> ReadAsync(Caller caller, string board, Guid place, Query query, CancellationToken cancellationToken)
    {
        if (await KeyOfAsync(caller, query.Period, query.On, cancellationToken) is not { } period) return Problem.NotFound("season");
        var lines = await database.Reading(caller).QueryAsync<Line>(
            PageSql(board, AsksFor(caller.Tenant), first: query.After is null), new { caller.TenantId, place, period, query.After, limit = query.Fetch() }, cancellationToken);
        return query.Of(lines, line => line.UserId);
    }
}
