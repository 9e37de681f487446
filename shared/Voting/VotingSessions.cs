using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Dapper;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Caching;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Voting;

/// <summary>Votings and their options, as voters and organisers see them.</summary>
public sealed class VotingSessions(Database database, Cache cache, TimeProvider clock)
{
    private static readonly TimeSpan Life = TimeSpan.FromMinutes(5);

    public record View : VotingRules
    {
        public required Guid Id { get; init; }

        public required VotingStatus Status { get; init; }

        public DateTimeOffset? OpenedAt { get; init; }

        public DateTimeOffset? ClosedAt { get; init; }

        public DateTimeOffset? PublishedAt { get; init; }

        /// <summary>Since when voting is halted, by an emergency switch.</summary>
        public DateTimeOffset? HaltedAt { get; init; }

        public string? HaltedFor { get; init; }

        public required int Version { get; init; }
    }

    public sealed record Details : View
    {
        public IReadOnlyList<Option> Options { get; init; } = [];
    }

    public sealed record Option
    {
        public required Guid Id { get; init; }

        /// <summary>What ballots, counts and the log call it.</summary>
        public required int Number { get; init; }

        public required string Title { get; init; }

        public required string Description { get; init; }

        public string? Genre { get; init; }

        public string? Country { get; init; }

        /// <summary>Whose it is; nobody votes for their own.</summary>
        public Guid? OwnerId { get; init; }

        public DateTimeOffset? WithdrawnAt { get; init; }
    }

    public sealed record Filter : PageQuery
    {
        public VotingStatus? Status { get; init; }

        public Guid? CompetitionId { get; init; }
    }

    internal const string Columns =
        """
        id, competition_id, title, description, method, ballot, period, votes_per_period, most_options, seats, lowest_score, highest_score, may_change, may_withdraw, visibility, voters,
        countries, institution_ids, groups, only_groups, points, time_zone, opens_at, closes_at, publishes_itself, status, opened_at, closed_at, published_at, halted_at, halted_for, version
        """;

    internal const string OptionColumns = "id, number, title, description, genre, country, owner_id, withdrawn_at";

    /// <summary>Whether the caller runs a voting: those of a competition are also run by who runs it.</summary>
    public static bool MayManage(Caller caller, Guid? competitionId) => Allows(caller, Permissions.VotingManage, competitionId);

    public static bool MayAudit(Caller caller, Guid? competitionId) => Allows(caller, Permissions.VotingAudit, competitionId);

    public async Task<Page<View>> ListAsync(Caller caller, Filter filter, CancellationToken cancellationToken)
    {
        var rows = await database.Reading(caller).QueryAsync<View>(
            $"""
            SELECT {Columns} FROM voting_sessions
            WHERE tenant_id = @TenantId AND deleted_at IS NULL AND (@After::uuid IS NULL OR id < @After)
              AND (@CompetitionId::uuid IS NULL OR competition_id = @CompetitionId) AND (@status::text IS NULL OR status = @status)
              AND (status <> 'draft' OR @all OR competition_id = ANY (@own))
            ORDER BY id DESC
            LIMIT @limit
            """,
            new
            {
                caller.TenantId,
                filter.After,
                filter.CompetitionId,
                status = filter.Status?.Word(),
                all = caller.Allows(Permissions.VotingManage),
                own = caller.Grants.Where(grant => grant.Gives(Permissions.VotingManage) && grant.Scope is { Type: ScopeType.Competition, Id: not null }).Select(grant => grant.Scope.Id!.Value).ToArray(),
                limit = filter.Fetch(),
            },
            cancellationToken);
        return filter.Of(rows, row => row.Id);
    }

    public async Task<Outcome<Details>> ReadAsync(Caller caller, Guid id, CancellationToken cancellationToken)
    {
        var found = await LoadAsync(caller, id, cancellationToken);
        return found is null || (found.Status == VotingStatus.Draft && !MayManage(caller, found.CompetitionId)) ? Problem.NotFound("voting") : found;
    }

    /// <summary>A voting as every instance remembers it. What decides about a vote at the instant it is cast, the database looks at itself.</summary>
    internal ValueTask<Details?> KnownAsync(Actor actor, Guid id, CancellationToken cancellationToken) =>
        cache.GetAsync(KeyOf(actor.TenantId, id), Life, stop => LoadAsync(new Actor { TenantId = actor.TenantId, Shard = actor.Shard }, id, stop), cancellationToken);

    internal Task ForgetAsync(Session session, Guid tenantId, Guid id) => cache.InvalidateAsync(session, KeyOf(tenantId, id));

    /// <summary>Votings whose next phase is due and has not come.</summary>
    public async Task<IReadOnlyList<(Actor Actor, Guid Id)>> OverdueAsync(CancellationToken cancellationToken)
    {
        var overdue = new List<(Actor, Guid)>();
        foreach (var shard in database.Shards)
        {
            var rows = await database.AsPlatform(shard).QueryAsync<(Guid TenantId, Guid Id)>(
                """
                SELECT tenant_id, id FROM voting_sessions
                WHERE deleted_at IS NULL AND (status = 'draft' AND opens_at <= @now OR status = 'open' AND closes_at <= @now OR status = 'closed' AND publishes_itself)
                ORDER BY tenant_id, id
                LIMIT 1000
                """,
                new { now = clock.GetUtcNow() },
                cancellationToken);
            overdue.AddRange(rows.Select(row => (new Actor { TenantId = row.TenantId, Shard = shard }, row.Id)));
        }
        return overdue;
    }

    /// <summary>The voting of a route, locked until the transaction ends, where the caller runs it.</summary>
    internal static async Task<(View? View, Problem? Problem)> LockAsync(Session session, Caller caller, Guid id, int? ifMatch, CancellationToken cancellationToken)
    {
        var view = await session.FirstAsync<View>(
            $"SELECT {Columns} FROM voting_sessions WHERE tenant_id = @TenantId AND id = @id AND deleted_at IS NULL FOR NO KEY UPDATE", new { caller.TenantId, id }, cancellationToken);
        if (view is null) return (null, Problem.NotFound("voting"));
        if (!MayManage(caller, view.CompetitionId)) return (null, view.Status == VotingStatus.Draft ? Problem.NotFound("voting") : CommonProblems.Forbidden);
        return ifMatch is null || ifMatch == view.Version ? (view, null) : (null, CommonProblems.Stale);
    }

    private Task<Details?> LoadAsync(Actor actor, Guid id, CancellationToken cancellationToken) => database.As(actor).QueryManyAsync(
        $"""
        SELECT {Columns} FROM voting_sessions WHERE tenant_id = @TenantId AND id = @id AND deleted_at IS NULL;
        SELECT {OptionColumns} FROM vote_options WHERE tenant_id = @TenantId AND voting_session_id = @id ORDER BY number
        """,
        new { actor.TenantId, id },
        async results =>
        {
            var voting = await results.ReadFirstOrDefaultAsync<Details>();
            var options = (await results.ReadAsync<Option>()).AsList();
            return voting is null ? null : voting with { Options = options };
        },
        cancellationToken);

    private static bool Allows(Caller caller, string permission, Guid? competitionId) =>
        caller.Allows(permission, competitionId is { } competition ? Scope.Competition(competition) : Scope.Tenant);

    private static string KeyOf(Guid tenantId, Guid id) => $"voting:{tenantId}:{id}";
}

/// <summary>Reads a JSON column as what it holds.</summary>
internal sealed class JsonColumn<T> : SqlMapper.TypeHandler<T>
{
    public override void SetValue(System.Data.IDbDataParameter parameter, T? value) => throw new NotSupportedException("JSON goes out as text.");

    public override T? Parse(object value) => JsonSerializer.Deserialize<T>((string)value, Json.Options);
}
