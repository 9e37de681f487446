using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Caching;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Competitions;

/// <summary>Finds and reads competitions. Drafts are seen by those who manage them only.</summary>
public sealed class CompetitionDirectory(Database database, Cache cache)
{
    private static readonly TimeSpan Life = TimeSpan.FromHours(1);

    private static readonly string[] Shown = [.. Enum.GetValues<CompetitionStatus>().Where(status => status != CompetitionStatus.Draft).Select(status => status.Text())];

    private static readonly string[] All = [.. Enum.GetValues<CompetitionStatus>().Select(status => status.Text())];

    public record Summary
    {
        public required Guid Id { get; init; }

        public required string Slug { get; init; }

        public required string Name { get; init; }

        /// <summary>The language of name and description.</summary>
        public required string Language { get; init; }

        /// <summary>Name and description in other languages.</summary>
        public required JsonElement Translations { get; init; }

        public Guid? CategoryId { get; init; }

        public required CompetitionType Type { get; init; }

        public required CompetitionStatus Status { get; init; }

        public required bool Featured { get; init; }

        public DateTimeOffset? RegistrationStart { get; init; }

        public DateTimeOffset? RegistrationEnd { get; init; }

        public DateTimeOffset? CompetitionStart { get; init; }

        public DateTimeOffset? CompetitionEnd { get; init; }

        public required int Version { get; init; }
    }

    public sealed record View : Summary
    {
        public required string Description { get; init; }

        public required int MinTeamSize { get; init; }

        public int? MaxTeamSize { get; init; }

        /// <summary>How many teams or individuals may take part; null is any number.</summary>
        public int? MaxParticipants { get; init; }

        /// <summary>Registrations that are approved or await approval.</summary>
        public required int SeatsTaken { get; init; }

        public required bool RequiresApproval { get; init; }

        public required JsonElement Configuration { get; init; }

        /// <summary>The blueprint it was made from.</summary>
        public string? Blueprint { get; init; }

        public string? ExternalId { get; init; }

        public Guid? WinnerTeamId { get; init; }

        /// <summary>Since when nothing can be changed in it, by an emergency; absent where it can.</summary>
        public DateTimeOffset? FrozenAt { get; init; }

        public string? FrozenReason { get; init; }

        public required DateTimeOffset StatusChangedAt { get; init; }

        public required DateTimeOffset CreatedAt { get; init; }

        public IReadOnlyList<Rounds.View> Rounds { get; init; } = [];
    }

    public sealed record Filter : PageQuery
    {
        /// <summary>Words of name and description, the most fitting first; the last may be cut short.</summary>
        [StringLength(100, MinimumLength = 1)]
        public string? Search { get; init; }

        public CompetitionStatus? Status { get; init; }

        public CompetitionType? Type { get; init; }

        /// <summary>In this category or one below it.</summary>
        public Guid? CategoryId { get; init; }

        public bool? Featured { get; init; }

        /// <summary>Registration is open at this instant.</summary>
        public DateTimeOffset? OpenAt { get; init; }

        /// <summary>It starts at this instant or later.</summary>
        public DateTimeOffset? StartsFrom { get; init; }

        /// <summary>It starts before this instant.</summary>
        public DateTimeOffset? StartsBefore { get; init; }
    }

    internal const string SummaryColumns =
        """
        id, slug, name, language, translations, category_id, type, status, featured, registration_start, registration_end, competition_start, competition_end, version
        """;

    internal const string Columns =
        $"""
        {SummaryColumns}, description, min_team_size, max_team_size, max_participants, seats_taken, requires_approval, configuration, blueprint, external_id, winner_team_id,
        frozen_at, frozen_reason, status_changed_at, created_at
        """;

    public static string CacheKeyOf(Guid tenant, Guid competition) => $"kazrockets:event:{tenant}:{competition}";

    /// <summary>Makes every instance read a competition again.</summary>
    public static Task ForgetAsync(Cache cache, Session session, Guid tenant, Guid competition) =>
        cache.InvalidateAsync(session, CacheKeyOf(tenant, competition), $"competition:{tenant}:{competition}:*", $"competitions:active:{tenant}:*");

    /// <summary>Whether the caller runs a competition.</summary>
    public static bool Manages(Caller caller, Guid competition) => caller.Allows(Permissions.CompetitionManage, Scope.Competition(competition));

    public async Task<Page<Summary>> ListAsync(Caller caller, Filter filter, CancellationToken cancellationToken)
    {
        var isPlain = filter with { Limit = 50, After = null } == new Filter();
        if (!isPlain || caller.AllowsSomewhere(Permissions.CompetitionManage)) return await FindAsync(caller, filter, cancellationToken);
        return await cache.GetAsync($"competitions:active:{caller.TenantId}:{filter.Limit}:{filter.After}", Life, stop => FindAsync(caller, filter, stop), cancellationToken);
    }

    /// <summary>A competition that the caller may know of.</summary>
    public async Task<Outcome<View>> ReadAsync(Caller caller, Guid id, CancellationToken cancellationToken)
    {
        var found = await cache.GetAsync(CacheKeyOf(caller.TenantId, id), Life, stop => LoadAsync(caller, id, stop), cancellationToken);
        return found is null || (found.Status == CompetitionStatus.Draft && !Manages(caller, id)) ? Problem.NotFound("competition") : found;
    }

    private Task<View?> LoadAsync(Caller caller, Guid id, CancellationToken cancellationToken) => database.As(caller).QueryManyAsync(
        $"""
        SELECT {Columns} FROM competitions WHERE tenant_id = @TenantId AND id = @id AND deleted_at IS NULL;
        SELECT {Rounds.Columns} FROM competition_rounds WHERE tenant_id = @TenantId AND competition_id = @id AND deleted_at IS NULL ORDER BY number
        """,
        new { caller.TenantId, id },
        async results =>
        {
            var view = await results.ReadFirstOrDefaultAsync<View>();
            return view is null ? null : view with { Rounds = [.. await results.ReadAsync<Rounds.View>()] };
        },
        cancellationToken);

    private async Task<Page<Summary>> FindAsync(Caller caller, Filter filter, CancellationToken cancellationToken)
    {
        var args = new
        {
            caller.TenantId,
            filter.Search,
            languages = caller.Tenant.Languages,
            statuses = Visible(caller, filter),
            own = OwnOf(caller, filter),
            type = filter.Type?.Text(),
            filter.CategoryId,
            filter.Featured,
            filter.OpenAt,
            filter.StartsFrom,
            filter.StartsBefore,
            filter.After,
            limit = filter.Fetch(),
        };
        return filter.Of(await database.Reading(caller).QueryAsync<Summary>(ListSql(filter, args.own.Length > 0), args, cancellationToken), row => row.Id);
    }

    internal static string ListSql(Filter filter, bool withOwn)
    {
        const string Within =
            """
            WITH RECURSIVE branch AS (
                SELECT id FROM categories WHERE tenant_id = @TenantId AND id = @CategoryId AND deleted_at IS NULL
                UNION ALL
                SELECT categories.id FROM branch JOIN categories ON categories.tenant_id = @TenantId AND categories.parent_id = branch.id AND deleted_at IS NULL
            )
            """;
        var branch = filter.CategoryId is null ? "NULL" : "ARRAY(SELECT id FROM branch)";
        return filter.Search is null
            ? $"""
               CALL plan_anew();
               {(filter.CategoryId is null ? "" : Within)}
               SELECT {SummaryColumns} FROM competitions
               WHERE tenant_id = @TenantId AND deleted_at IS NULL AND {(withOwn ? "(status = ANY (@statuses) OR (status = 'draft' AND id = ANY (@own)))" : "status = ANY (@statuses)")} {string.Concat(Conditions(filter, branch))}
               ORDER BY id DESC
               LIMIT @limit
               """
            : $"""
               {(filter.CategoryId is null ? "" : Within)}
               SELECT {string.Join(", ", SummaryColumns.Split(',').Select(column => $"competitions.{column.Trim()}"))}
               FROM find_competitions(@Search, @languages, @statuses, @own, @type, {branch}, @Featured, @OpenAt, @StartsFrom, @StartsBefore, @After, @limit) AS found
               JOIN competitions ON competitions.tenant_id = @TenantId AND competitions.id = found.id
               ORDER BY found.rank DESC, found.id DESC
               """;
    }

    private static string[] Visible(Caller caller, Filter filter)
    {
        var shown = caller.Allows(Permissions.CompetitionManage) ? All : Shown;
        return filter.Status is { } one ? [.. shown.Intersect([one.Text()])] : shown;
    }

    // the drafts of those who run some competitions but not the tenant's
    private static Guid[] OwnOf(Caller caller, Filter filter) => caller.Allows(Permissions.CompetitionManage) || filter.Status is not (null or CompetitionStatus.Draft)
        ? []
        : [.. caller.Grants.Where(grant => grant.Scope.Type == ScopeType.Competition && grant.Gives(Permissions.CompetitionManage)).Select(grant => grant.Scope.Id!.Value)];

    private static IEnumerable<string> Conditions(Filter filter, string branch)
    {
        if (filter.After is not null) yield return " AND id < @After";
        if (filter.Type is not null) yield return " AND type = @type";
        if (filter.CategoryId is not null) yield return $" AND category_id = ANY ({branch})";
        if (filter.Featured is true) yield return " AND featured AND status <> 'draft'";
        if (filter.Featured is false) yield return " AND NOT featured";
        if (filter.OpenAt is not null) yield return " AND registration_start <= @OpenAt AND registration_end > @OpenAt AND status IN ('published', 'active')";
        if (filter.StartsFrom is not null) yield return " AND competition_start >= @StartsFrom";
        if (filter.StartsBefore is not null) yield return " AND competition_start < @StartsBefore";
    }
}
