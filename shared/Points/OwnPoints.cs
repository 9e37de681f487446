using System.Text.Json;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Points;

/// <summary>What one person has: the points and where they came from, the achievements, and how others see them.</summary>
public sealed class OwnPoints(Database database, PointBoards boards)
{
    public sealed record Standing
    {
        public required long Points { get; init; }

        public required long ThisMonth { get; init; }

        /// <summary>Null where no season runs.</summary>
        public long? ThisSeason { get; init; }

        /// <summary>The rank on the board of all; null for who is not shown there.</summary>
        public long? Rank { get; init; }
    }

    /// <summary>An entry of the ledger; what is taken back has an amount below zero.</summary>
    public sealed record Entry
    {
        public required Guid Id { get; init; }

        public required int Amount { get; init; }

        /// <summary>event, backfill, lapse, revocation.</summary>
        public required string Source { get; init; }

        /// <summary>What it is given for; or why it was taken back.</summary>
        public required string Reason { get; init; }

        public required Guid AchievementId { get; init; }

        public Guid? CompetitionId { get; init; }

        /// <summary>The day on which it counts.</summary>
        public required DateOnly EarnedOn { get; init; }

        /// <summary>The entry that is taken back.</summary>
        public Guid? Reverses { get; init; }

        public required DateTimeOffset BookedAt { get; init; }
    }

    public sealed record Badge
    {
        public required Guid Id { get; init; }

        public required Guid AchievementId { get; init; }

        public required string Title { get; init; }

        public required string Text { get; init; }

        public required int Points { get; init; }

        public Guid? CompetitionId { get; init; }

        public required DateTimeOffset EarnedAt { get; init; }
    }

    private sealed record BadgeRow(Guid Id, Guid AchievementId, JsonElement Texts, int Points, Guid? CompetitionId, DateTimeOffset EarnedAt);

    public async Task<Standing> StandingAsync(Caller caller, CancellationToken cancellationToken)
    {
        var month = await boards.KeyOfAsync(caller, PointPeriod.Month, null, cancellationToken);
        var season = await boards.KeyOfAsync(caller, PointPeriod.Season, null, cancellationToken);
        return await database.As(caller).SingleAsync<Standing>(
            """
            SELECT coalesce(sum(points) FILTER (WHERE period = 'all'), 0)::bigint AS points, coalesce(sum(points) FILTER (WHERE period = @month), 0)::bigint AS this_month,
                   CASE WHEN @season IS NOT NULL THEN coalesce(sum(points) FILTER (WHERE period = @season), 0)::bigint END AS this_season,
                   (SELECT (SELECT 1 + count(*) FROM user_point_totals AS better
                            WHERE better.tenant_id = @TenantId AND better.board = @nil AND better.period = 'all' AND better.points > 0 AND better.listed AND (better.agreed OR NOT @asks) AND -better.points < -own.points)
                    FROM user_point_totals AS own
                    WHERE own.tenant_id = @TenantId AND own.board = @nil AND own.period = 'all' AND own.user_id = @Person AND own.points > 0 AND own.listed AND (own.agreed OR NOT @asks)) AS rank
            FROM user_point_totals WHERE tenant_id = @TenantId AND board = @nil AND period = ANY (ARRAY['all', @month, @season]) AND user_id = @Person
            """,
            new { caller.TenantId, caller.Person, month, season, nil = Guid.Empty, asks = PointBoards.AsksFor(caller.Tenant) },
            cancellationToken);
    }

    /// <summary>A person's ledger, the newest first: one's own, or for who manages points anybody's.</summary>
    public async Task<Outcome<Page<Entry>>> EntriesAsync(Caller caller, Guid userId, PageQuery page, CancellationToken cancellationToken)
    {
        var session = database.As(caller);
        if (await session.FirstAsync<Guid?>("SELECT id FROM users WHERE tenant_id = @TenantId AND id = @userId AND deleted_at IS NULL", new { caller.TenantId, userId }, cancellationToken) is null) return Problem.NotFound("person");
        return page.Of(
            await session.QueryAsync<Entry>(
                """
                SELECT entry.id, entry.amount, entry.source, entry.reason, entry.competition_id, entry.earned_on, entry.reverses, entry.booked_at,
                       (SELECT achievement_id FROM user_achievements AS held WHERE held.tenant_id = entry.tenant_id AND held.id = entry.award_id) AS achievement_id
                FROM user_points AS entry
                WHERE entry.tenant_id = @TenantId AND entry.user_id = @userId AND (@After::uuid IS NULL OR entry.position < (SELECT position FROM user_points WHERE tenant_id = @TenantId AND id = @After))
                ORDER BY entry.position DESC LIMIT @limit
                """,
                new { caller.TenantId, userId, page.After, limit = page.Fetch() },
                cancellationToken),
            entry => entry.Id);
    }

    /// <summary>The achievements of a person: for themselves, for who may see accounts, and for everybody where the person is shown on boards.</summary>
    public async Task<Outcome<Page<Badge>>> BadgesAsync(Caller caller, Guid userId, PageQuery page, CancellationToken cancellationToken)
    {
        var session = database.As(caller);
        var shown = caller.UserId == userId || caller.Allows(Permissions.UserRead) || caller.Allows(Permissions.PointsManage) || !PointBoards.AsksFor(caller.Tenant);
        var known = await session.FirstAsync<Guid?>(
            """
            SELECT id FROM users
            WHERE tenant_id = @TenantId AND id = @userId AND deleted_at IS NULL AND (@self OR account_status = 'active')
              AND (@shown OR EXISTS (SELECT FROM consents WHERE consents.tenant_id = @TenantId AND consents.user_id = users.id AND purpose = @Purpose AND ended_at IS NULL))
            """,
            new { caller.TenantId, userId, shown, self = caller.UserId == userId, PointBoards.Purpose },
            cancellationToken);
        if (known is null) return Problem.NotFound("person");
        var rows = await session.QueryAsync<BadgeRow>(
            """
            SELECT held.id, held.achievement_id, achievements.texts, held.points, held.competition_id, held.earned_at
            FROM user_achievements AS held
            JOIN achievements ON achievements.tenant_id = held.tenant_id AND achievements.id = held.achievement_id AND achievements.kind = 'achievement'
            WHERE held.tenant_id = @TenantId AND held.user_id = @userId AND held.state = 'standing'
              AND (@After::uuid IS NULL OR held.position < (SELECT position FROM user_achievements WHERE tenant_id = @TenantId AND id = @After))
            ORDER BY held.position DESC LIMIT @limit
            """,
            new { caller.TenantId, userId, page.After, limit = page.Fetch() },
            cancellationToken);
        return page.Of([.. rows.Select(row => BadgeOf(row, caller.Language))], badge => badge.Id);
    }

    private static Badge BadgeOf(BadgeRow row, string language)
    {
        var texts = row.Texts.Deserialize<List<AchievementText>>(Json.Options)!;
        var text = texts.Find(one => one.Language == language) ?? texts[0];
        return new Badge { Id = row.Id, AchievementId = row.AchievementId, Title = text.Title, Text = text.Badge, Points = row.Points, CompetitionId = row.CompetitionId, EarnedAt = row.EarnedAt };
    }
}
