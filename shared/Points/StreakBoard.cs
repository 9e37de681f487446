using Podium.Platform;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Databases;

namespace Podium.Points;

/// <summary>Who practises the most days in a row: the streaks that run, as coding practice counts them. Only those are shown whom boards of points show.</summary>
public sealed class StreakBoard(Database database, TimeProvider clock)
{
    public sealed record Line
    {
        public required long Rank { get; init; }

        public required Guid UserId { get; init; }

        public required string DisplayName { get; init; }

        public required int Days { get; init; }
    }

    // a streak runs until a day has passed without an attempt; ranks are counted among those that run
    internal static string PageSql(bool agreedOnly) =>
        $"""
        WITH running AS MATERIALIZED (
            SELECT streak.user_id, streak.current_days, rank() OVER (ORDER BY streak.current_days DESC) AS rank
            FROM user_streaks AS streak
            JOIN users ON users.tenant_id = @TenantId AND users.id = streak.user_id AND users.deleted_at IS NULL AND users.account_status = 'active'
            WHERE streak.tenant_id = @TenantId AND streak.last_day >= @yesterday
            {PointBoards.AgreedSql(agreedOnly, "streak.user_id")}
        ), page AS MATERIALIZED (
            SELECT * FROM running
            WHERE @After::uuid IS NULL OR (-current_days, user_id) > ((SELECT -current_days FROM user_streaks WHERE tenant_id = @TenantId AND user_id = @After), @After)
            ORDER BY -current_days, user_id LIMIT @limit
        )
        SELECT rank, user_id, current_days AS days,
               (SELECT first_name || ' ' || left(last_name, 1) || '.' FROM users WHERE users.tenant_id = @TenantId AND users.id = page.user_id) AS display_name
        FROM page ORDER BY -current_days, user_id
        """;

    public async Task<Page<Line>> ReadAsync(Caller caller, PageQuery page, CancellationToken cancellationToken)
    {
        var today = LocalDay.Of(clock.GetUtcNow(), caller.Tenant.TimeZone);
        var lines = await database.Reading(caller).QueryAsync<Line>(
            PageSql(PointBoards.AsksFor(caller.Tenant)), new { caller.TenantId, yesterday = today.AddDays(-1), PointBoards.Purpose, page.After, limit = page.Fetch() }, cancellationToken);
        return page.Of(lines, line => line.UserId);
    }
}
