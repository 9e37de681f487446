using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Podium.Identity;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Competitions;

/// <summary>What competitions are about: a tree of categories.</summary>
public sealed class Categories(Database database, TimeProvider clock)
{
    public sealed record View
    {
        public required Guid Id { get; init; }

        public Guid? ParentId { get; init; }

        public required string Name { get; init; }

        /// <summary>The name in other languages.</summary>
        public required JsonElement Names { get; init; }

        public required string Description { get; init; }

        /// <summary>Its place among its sisters.</summary>
        public required int Position { get; init; }

        public required int Version { get; init; }
    }

    /// <summary>All categories: each parent comes before those below it.</summary>
    public sealed record Tree(IReadOnlyList<View> Items);

    public sealed record Request
    {
        /// <summary>Chosen by the client, so that a repeated request makes one category.</summary>
        public Guid? Id { get; init; }

        public Guid? ParentId { get; init; }

        [StringLength(200, MinimumLength = 1), Example("Robotics")]
        public required string Name { get; init; }

        /// <summary>The name in other languages.</summary>
        [MaxLength(20), Example(null!)]
        public IReadOnlyDictionary<string, string>? Names { get; init; }

        [StringLength(2000)]
        public string Description { get; init; } = "";

        [Range(0, 10000)]
        public int Position { get; init; }
    }

    /// <summary>Fields that are absent stay as they are.</summary>
    public sealed record Change
    {
        public Guid? ParentId { get; init; }

        /// <summary>Puts it at the top of the tree.</summary>
        [Example(false)]
        public bool AtTop { get; init; }

        [StringLength(200, MinimumLength = 1), Example("Robotics")]
        public string? Name { get; init; }

        [MaxLength(20), Example(null!)]
        public IReadOnlyDictionary<string, string>? Names { get; init; }

        [StringLength(2000)]
        public string? Description { get; init; }

        [Range(0, 10000)]
        public int? Position { get; init; }
    }

    private const string Columns = "id, parent_id, name, names, description, position, version";

    public async Task<Tree> ListAsync(Caller caller, CancellationToken cancellationToken) => new(await database.Reading(caller).QueryAsync<View>(
        $"""
        WITH RECURSIVE tree AS (
            SELECT {Columns}, ARRAY[]::text[] AS path FROM categories WHERE tenant_id = @TenantId AND parent_id IS NULL AND deleted_at IS NULL
            UNION ALL
            SELECT categories.id, categories.parent_id, categories.name, categories.names, categories.description, categories.position, categories.version,
                   path || to_char(categories.position, 'FM000000') || lower(categories.name)
            FROM tree JOIN categories ON categories.tenant_id = @TenantId AND categories.parent_id = tree.id AND deleted_at IS NULL
        )
        SELECT {Columns} FROM tree ORDER BY cardinality(path), path, position, lower(name)
        """,
        new { caller.TenantId },
        cancellationToken));

    public async Task<Outcome<View>> AddAsync(Caller caller, Request request, CancellationToken cancellationToken)
    {
        var faults = Translations.FaultsOf(caller.Tenant, request.Names?.Keys, "/names").ToList();
        if (faults.Count > 0) return new Problem(CommonProblems.Invalid) { Faults = faults };
        return await database.InTransaction<View>(
            caller,
            async session =>
            {
                var now = clock.GetUtcNow();
                if (request.ParentId is { } parent && !await IsThereAsync(session, caller, parent, cancellationToken)) return Problem.Invalid("/parentId", "unknown", "There is no such category.");
                var wanted = new
                {
                    caller.TenantId,
                    caller.Person,
                    id = request.Id ?? Guid.CreateVersion7(now),
                    request.ParentId,
                    name = request.Name.Trim(),
                    names = NamesOf(request.Names) ?? "{}",
                    request.Description,
                    request.Position,
                    now,
                };
                var added = await session.FirstAsync<View>(
                    $"""
                    INSERT INTO categories (tenant_id, id, parent_id, name, names, description, position, created_at, created_by, updated_at, updated_by)
                    VALUES (@TenantId, @id, @ParentId, @name, @names::jsonb, @Description, @Position, @now, @Person, @now, @Person)
                    ON CONFLICT (tenant_id, id) DO NOTHING
                    RETURNING {Columns}
                    """,
                    wanted,
                    cancellationToken);
                added ??= await session.FirstAsync<View>(
                    $"""
                    SELECT {Columns} FROM categories
                    WHERE tenant_id = @TenantId AND id = @id AND deleted_at IS NULL AND name = @name AND parent_id IS NOT DISTINCT FROM @ParentId AND names = @names::jsonb
                      AND description = @Description AND position = @Position
                    """,
                    wanted,
                    cancellationToken);
                return added is null ? IdentityProblems.IdTaken : added;
            },
            cancellationToken);
    }

    public async Task<Outcome<View>> ChangeAsync(Caller caller, Guid id, Change change, int? ifMatch, CancellationToken cancellationToken)
    {
        var faults = Translations.FaultsOf(caller.Tenant, change.Names?.Keys, "/names").ToList();
        if (change is { AtTop: true, ParentId: not null }) faults.Add(new Fault("/parentId", "contradiction", "It stands at the top or below another, not both."));
        if (faults.Count > 0) return new Problem(CommonProblems.Invalid) { Faults = faults };
        return await database.InTransaction<View>(
            caller,
            async session =>
            {
                if (await LockAsync(session, caller, id, ifMatch, cancellationToken) is { } problem) return problem;
                if (change.ParentId is { } parent && !await IsThereAsync(session, caller, parent, cancellationToken)) return Problem.Invalid("/parentId", "unknown", "There is no such category.");
                return await session.SingleAsync<View>(
                    $"""
                    UPDATE categories
                    SET parent_id = CASE WHEN @AtTop THEN NULL ELSE coalesce(@ParentId, parent_id) END, name = coalesce(@name, name), names = coalesce(@names::jsonb, names),
                        description = coalesce(@Description, description), position = coalesce(@Position, position), updated_at = @now, updated_by = @Person, version = version + 1
                    WHERE tenant_id = @TenantId AND id = @id
                    RETURNING {Columns}
                    """,
                    new { caller.TenantId, caller.Person, id, change.AtTop, change.ParentId, name = change.Name?.Trim(), names = NamesOf(change.Names), change.Description, change.Position, now = clock.GetUtcNow() },
                    cancellationToken);
            },
            cancellationToken);
    }

    public Task<Outcome<bool>> RemoveAsync(Caller caller, Guid id, int? ifMatch, CancellationToken cancellationToken) => database.InTransaction<bool>(
        caller,
        async session =>
        {
            if (await LockAsync(session, caller, id, ifMatch, cancellationToken) is { } problem) return problem;
            var removed = await session.ExecuteAsync(
                """
                UPDATE categories SET deleted_at = @now, updated_at = @now, updated_by = @Person, version = version + 1
                WHERE tenant_id = @TenantId AND id = @id
                  AND NOT EXISTS (SELECT FROM categories AS below WHERE below.tenant_id = @TenantId AND below.parent_id = @id AND below.deleted_at IS NULL)
                  AND NOT EXISTS (SELECT FROM competitions WHERE tenant_id = @TenantId AND category_id = @id AND deleted_at IS NULL)
                """,
                new { caller.TenantId, caller.Person, id, now = clock.GetUtcNow() },
                cancellationToken);
            return removed == 0 ? CompetitionProblems.CategoryInUse : true;
        },
        cancellationToken);

    /// <summary>Whether a category can be chosen. Whoever is just removing it waits.</summary>
    internal static async Task<bool> IsThereAsync(Session session, Caller caller, Guid id, CancellationToken cancellationToken) =>
        await session.FirstAsync<Guid?>("SELECT id FROM categories WHERE tenant_id = @TenantId AND id = @id AND deleted_at IS NULL FOR SHARE", new { caller.TenantId, id }, cancellationToken) is not null;

    private static async Task<Problem?> LockAsync(Session session, Caller caller, Guid id, int? ifMatch, CancellationToken cancellationToken)
    {
        var version = await session.FirstAsync<int?>("SELECT version FROM categories WHERE tenant_id = @TenantId AND id = @id AND deleted_at IS NULL FOR UPDATE", new { caller.TenantId, id }, cancellationToken);
        if (version is null) return Problem.NotFound("category");
        return ifMatch is null || ifMatch == version ? null : new Problem(CommonProblems.Stale);
    }

    private static string? NamesOf(IReadOnlyDictionary<string, string>? names) => names is null ? null : JsonSerializer.Serialize(names, Json.Options);
}
