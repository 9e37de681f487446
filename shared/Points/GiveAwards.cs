using Podium.Platform;
using Podium.Platform.Databases;
using Podium.Tenancy;

namespace Podium.Points;

/// <summary>
/// Brings what some people hold by a rule in line with what they have done: gives what is missing, takes back what nothing tells of any more. What is right already stays,
/// so it may be done as often as one likes. One at a time in a tenant.
/// </summary>
public sealed class GiveAwards(PointNotices notices)
{
    /// <summary>Something that was given or taken back.</summary>
    internal sealed record Award
    {
        public required string What { get; init; }

        public required Guid Id { get; init; }

        public required Guid UserId { get; init; }

        public required int Turn { get; init; }

        public required int Points { get; init; }

        public Guid? CompetitionId { get; init; }

        public bool IsGiven => What == "earned";
    }

    internal sealed record Context(Session Session, Tenant Tenant, DateTimeOffset Now)
    {
        public string Source { get; init; } = "event";

        /// <summary>Whether those who earn something are told.</summary>
        public bool Tell { get; init; } = true;

        public Present Present => new(Now, TimeZoneInfo.FindSystemTimeZoneById(Tenant.TimeZone));
    }

    // what is given, what lapses, and the entries of both, in one statement
    private const string Sql =
        """
        WITH due AS (
            SELECT given.* FROM unnest(@users, @keys, @competitions, @instants, @days) AS given (user_id, award_key, competition_id, earned_at, earned_on)
            JOIN users ON users.tenant_id = @tenantId AND users.id = given.user_id AND users.deleted_at IS NULL
        ), earned AS (
            INSERT INTO user_achievements AS held (tenant_id, id, achievement_id, user_id, award_key, competition_id, points, earned_at, awarded_at)
            SELECT @tenantId, uuidv7(), @rule, user_id, award_key, competition_id, @points, earned_at, @now FROM due ORDER BY user_id, award_key
            ON CONFLICT (tenant_id, achievement_id, user_id, award_key) DO UPDATE
            SET state = 'standing', turn = held.turn + 1, competition_id = excluded.competition_id, points = excluded.points, earned_at = excluded.earned_at, awarded_at = excluded.awarded_at, ended_at = NULL
            WHERE held.state = 'lapsed'
            RETURNING id, user_id, award_key, turn, points, competition_id
        ), lapsed AS (
            UPDATE user_achievements AS held SET state = 'lapsed', ended_at = @now
            WHERE NOT @lasting AND tenant_id = @tenantId AND achievement_id = @rule AND user_id = ANY (@people) AND state = 'standing'
              AND NOT EXISTS (SELECT FROM unnest(@users, @keys) AS still (user_id, award_key) WHERE still.user_id = held.user_id AND still.award_key = held.award_key)
              AND EXISTS (SELECT FROM users WHERE users.tenant_id = @tenantId AND users.id = held.user_id AND users.deleted_at IS NULL)
            RETURNING id, user_id, turn, points, competition_id
        ), booked AS (
            INSERT INTO user_points (tenant_id, id, user_id, award_id, turn, amount, source, reason, competition_id, earned_on, reverses, booked_at)
            SELECT @tenantId, uuidv7(), earned.user_id, earned.id, earned.turn, earned.points, @source, @what, earned.competition_id, due.earned_on, NULL::uuid, @now
            FROM earned JOIN due ON due.user_id = earned.user_id AND due.award_key = earned.award_key WHERE earned.points > 0
            UNION ALL
            SELECT @tenantId, uuidv7(), entry.user_id, entry.award_id, entry.turn, -entry.amount, 'lapse', @what, entry.competition_id, entry.earned_on, entry.id, @now
            FROM lapsed JOIN user_points AS entry ON entry.tenant_id = @tenantId AND entry.award_id = lapsed.id AND entry.turn = lapsed.turn AND NOT entry.taken
        )
        SELECT 'earned' AS what, id, user_id, turn, points, competition_id FROM earned
        UNION ALL
        SELECT 'lapsed', id, user_id, turn, points, competition_id FROM lapsed
        """;

    /// <summary>Waits for whoever gives awards in the tenant; nobody else does until the transaction ends.</summary>
    internal static Task LockAsync(Session session, Guid tenantId, CancellationToken cancellationToken) =>
        session.ExecuteAsync("SELECT pg_advisory_xact_lock(points_lock(@tenantId))", new { tenantId }, cancellationToken);

    /// <summary>For all of these rules of one event; whoever calls holds the lock.</summary>
    internal async Task<IReadOnlyList<Award>> RunAsync(Context context, DeedEvent kind, IReadOnlyList<Achievements.View> rules, Guid[] people, CancellationToken cancellationToken)
    {
        if (rules.Count == 0 || people.Length == 0) return [];
        var deeds = await Deeds.ReadAsync(context.Session, context.Tenant.Id, kind, people, cancellationToken);
        var awards = new List<Award>();
        foreach (var rule in rules)
        {
            var categories = await CategoriesAsync(context.Session, context.Tenant.Id, rule.CategoryId, cancellationToken);
            var changed = await ApplyAsync(context, rule, people, rule.DueFor(deeds, categories, context.Present), cancellationToken);
            await notices.ChangedAsync(context, rule, changed, cancellationToken);
            awards.AddRange(changed);
        }
        return awards;
    }

    /// <summary>A category and all below it.</summary>
    internal static async Task<IReadOnlySet<Guid>> CategoriesAsync(Session session, Guid tenantId, Guid? categoryId, CancellationToken cancellationToken) =>
        categoryId is null ? new HashSet<Guid>() : (await session.QueryAsync<Guid>(
            """
            WITH RECURSIVE branch AS (
                SELECT id FROM categories WHERE tenant_id = @tenantId AND id = @categoryId
                UNION ALL
                SELECT categories.id FROM branch JOIN categories ON categories.tenant_id = @tenantId AND categories.parent_id = branch.id
            )
            SELECT id FROM branch
            """,
            new { tenantId, categoryId },
            cancellationToken)).ToHashSet();

    private static Task<IReadOnlyList<Award>> ApplyAsync(Context context, Achievements.View rule, Guid[] people, IReadOnlyList<Due> due, CancellationToken cancellationToken) => context.Session.QueryAsync<Award>(
        Sql,
        new
        {
            tenantId = context.Tenant.Id,
            rule = rule.Id,
            points = rule.Points,
            what = Achievements.NameOf(rule.Event),
            lasting = rule.IsLasting,
            source = context.Source,
            now = context.Now,
            people,
            users = due.Select(one => one.UserId).ToArray(),
            keys = due.Select(one => one.Key).ToArray(),
            competitions = due.Select(one => one.CompetitionId).ToArray(),
            instants = due.Select(one => one.EarnedAt.UtcDateTime).ToArray(),
            days = due.Select(one => LocalDay.Of(one.EarnedAt, context.Present.Zone)).ToArray(),
        },
        cancellationToken);
}
