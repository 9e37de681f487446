using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Caching;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Analytics;

/// <summary>The events that a tenant's front-ends may tell, kept as data.</summary>
public sealed class EventDefinitions(Database database, Cache cache, TimeProvider clock)
{
    private static readonly TimeSpan Life = TimeSpan.FromMinutes(10);

    public sealed record Request
    {
        [StringLength(64, MinimumLength = 1), RegularExpression("[a-z][a-z0-9_.-]{0,63}", ErrorMessage = "Small letters, digits, dots, hyphens and underscores, a letter first."), Example("page.viewed")]
        public required string Name { get; init; }

        [StringLength(500)]
        public string Description { get; init; } = "";

        [MaxLength(30)]
        public IReadOnlyList<EventProperty> Properties { get; init; } = [];
    }

    /// <summary>Fields that are absent stay as they are.</summary>
    public sealed record Change
    {
        [StringLength(500)]
        public string? Description { get; init; }

        [MaxLength(30)]
        public IReadOnlyList<EventProperty>? Properties { get; init; }
    }

    public sealed record View(string Name, string Description, IReadOnlyList<EventProperty> Properties, int Version);

    private sealed record Row(string Name, string Description, JsonElement Properties, int Version)
    {
        public View View => new(Name, Description, Properties.Deserialize<List<EventProperty>>(Json.Options)!, Version);
    }

    private const string Columns = "name, description, properties, version";

    public async Task<IReadOnlyList<View>> ListAsync(Caller caller, CancellationToken cancellationToken) =>
        [.. (await database.As(caller).QueryAsync<Row>($"SELECT {Columns} FROM analytics_definitions WHERE tenant_id = @TenantId ORDER BY name", new { caller.TenantId }, cancellationToken)).Select(row => row.View)];

    public async Task<Outcome<View>> ReadAsync(Caller caller, string name, CancellationToken cancellationToken) =>
        CanBeName(name) && await database.As(caller).FirstAsync<Row>($"SELECT {Columns} FROM analytics_definitions WHERE tenant_id = @TenantId AND name = @name", new { caller.TenantId, name }, cancellationToken) is { } found
            ? found.View
            : Problem.NotFound("event");

    public Task<Outcome<View>> AddAsync(Caller caller, Request request, CancellationToken cancellationToken) => database.InTransaction<View>(
        caller,
        async session =>
        {
            if (EventRules.FaultsOf(request.Properties) is { Count: > 0 } faults) return new Problem(CommonProblems.Invalid) { Faults = faults };
            var wanted = new { caller.TenantId, caller.Person, request.Name, request.Description, properties = TextOf(request.Properties), now = clock.GetUtcNow() };
            await session.ExecuteAsync(
                """
                INSERT INTO analytics_definitions (tenant_id, name, description, properties, created_at, created_by, updated_at, updated_by)
                VALUES (@TenantId, @Name, @Description, @properties::jsonb, @now, @Person, @now, @Person)
                ON CONFLICT (tenant_id, name) DO NOTHING
                """,
                wanted,
                cancellationToken);
            var kept = await session.FirstAsync<Row>(
                $"SELECT {Columns} FROM analytics_definitions WHERE tenant_id = @TenantId AND name = @Name AND description = @Description AND properties = @properties::jsonb", wanted, cancellationToken);
            if (kept is null) return AnalyticsProblems.DefinitionExists;
            await cache.InvalidateAsync(session, KeyOf(caller.TenantId));
            return kept.View;
        },
        cancellationToken);

    public Task<Outcome<View>> ChangeAsync(Caller caller, string name, Change change, int? ifMatch, CancellationToken cancellationToken) => database.InTransaction<View>(
        caller,
        async session =>
        {
            if (change.Properties is not null && EventRules.FaultsOf(change.Properties) is { Count: > 0 } faults) return new Problem(CommonProblems.Invalid) { Faults = faults };
            if (await LockAsync(session, caller, name, ifMatch, cancellationToken) is { } problem) return problem;
            var changed = await session.SingleAsync<Row>(
                $"""
                UPDATE analytics_definitions
                SET description = coalesce(@Description, description), properties = coalesce(@properties::jsonb, properties), version = version + 1, updated_at = @now, updated_by = @Person
                WHERE tenant_id = @TenantId AND name = @name
                RETURNING {Columns}
                """,
                new { caller.TenantId, caller.Person, name, change.Description, properties = change.Properties is null ? null : TextOf(change.Properties), now = clock.GetUtcNow() },
                cancellationToken);
            await cache.InvalidateAsync(session, KeyOf(caller.TenantId));
            return changed.View;
        },
        cancellationToken);

    /// <summary>Nobody tells of it any more; what was told stays.</summary>
    public Task<Outcome<bool>> RemoveAsync(Caller caller, string name, int? ifMatch, CancellationToken cancellationToken) => database.InTransaction<bool>(
        caller,
        async session =>
        {
            if (await LockAsync(session, caller, name, ifMatch, cancellationToken) is { } problem) return problem;
            await session.ExecuteAsync("DELETE FROM analytics_definitions WHERE tenant_id = @TenantId AND name = @name", new { caller.TenantId, name }, cancellationToken);
            await cache.InvalidateAsync(session, KeyOf(caller.TenantId));
            return true;
        },
        cancellationToken);

    /// <summary>All of a tenant by their names, as every instance remembers them.</summary>
    internal ValueTask<IReadOnlyDictionary<string, EventDefinition>> KnownAsync(Caller caller, CancellationToken cancellationToken) =>
        cache.GetAsync(KeyOf(caller.TenantId), Life, stop => LoadAsync(caller, stop), cancellationToken);

    private async Task<IReadOnlyDictionary<string, EventDefinition>> LoadAsync(Caller caller, CancellationToken cancellationToken) =>
        (await ListAsync(caller, cancellationToken)).ToDictionary(view => view.Name, view => new EventDefinition(view.Name, view.Properties));

    private static async Task<Problem?> LockAsync(Session session, Caller caller, string name, int? ifMatch, CancellationToken cancellationToken)
    {
        if (!CanBeName(name)) return Problem.NotFound("event");
        var version = await session.FirstAsync<int?>("SELECT version FROM analytics_definitions WHERE tenant_id = @TenantId AND name = @name FOR UPDATE", new { caller.TenantId, name }, cancellationToken);
        if (version is null) return Problem.NotFound("event");
        return ifMatch is null || ifMatch == version ? null : new Problem(CommonProblems.Stale);
    }

    // what cannot be a name is none
    private static bool CanBeName(string name) => name.Length <= 64 && name.All(char.IsAscii) && !name.Contains('\0', StringComparison.Ordinal);

    private static string TextOf(IReadOnlyList<EventProperty> properties) => JsonSerializer.Serialize(properties, Json.Options);

    private static string KeyOf(Guid tenantId) => $"analytics:{tenantId}";
}
