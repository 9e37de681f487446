using System.ComponentModel.DataAnnotations;
using Dapper;
using Podium.Identity;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Caching;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Learning;

/// <summary>What holds challenges: tracks, their modules, and the lessons of those. All are made, changed, published and archived alike.</summary>
public sealed class EditOutline(Database database, Cache cache, TimeProvider clock)
{
    public enum Level
    {
        Track,
        Module,
        Lesson,
    }

    public sealed record Request
    {
        /// <summary>Chosen by the client, so that a repeated request makes one.</summary>
        public Guid? Id { get; init; }

        [RegularExpression("[a-z0-9]+(-[a-z0-9]+)*", ErrorMessage = "Lower-case letters and digits, in parts joined by single hyphens."), StringLength(100, MinimumLength = 2), Example("web-basics")]
        public required string Slug { get; init; }

        [StringLength(200, MinimumLength = 1), Example("Web basics")]
        public required string Title { get; init; }

        [StringLength(10_000)]
        public string Description { get; init; } = "";

        [Range(0, 10_000)]
        public int Position { get; init; }
    }

    /// <summary>Fields that are absent stay as they are.</summary>
    public sealed record Change
    {
        [StringLength(200, MinimumLength = 1)]
        public string? Title { get; init; }

        [StringLength(10_000)]
        public string? Description { get; init; }

        [Range(0, 10_000)]
        public int? Position { get; init; }
    }

    public sealed record View
    {
        public required Guid Id { get; init; }

        /// <summary>The track of a module, the module of a lesson.</summary>
        public Guid? ParentId { get; init; }

        public required string Slug { get; init; }

        public required string Title { get; init; }

        public required string Description { get; init; }

        public required int Position { get; init; }

        public required bool IsPublished { get; init; }

        public required Guid CreatedBy { get; init; }

        public required int Version { get; init; }

        /// <summary>When it was archived.</summary>
        public DateTimeOffset? DeletedAt { get; init; }
    }

    public async Task<Page<View>> TracksAsync(Caller caller, PageQuery page, CancellationToken cancellationToken)
    {
        var rows = await database.As(caller).QueryAsync<View>(
            $"SELECT {Columns(Level.Track)} FROM tracks WHERE tenant_id = @TenantId AND (@After::uuid IS NULL OR id < @After) ORDER BY id DESC LIMIT @limit",
            new { caller.TenantId, page.After, limit = page.Fetch() },
            cancellationToken);
        return page.Of(rows, row => row.Id);
    }

    /// <summary>The modules of a track, or the lessons of a module.</summary>
    public Task<Outcome<Page<View>>> ListAsync(Caller caller, Level level, Guid parent, PageQuery page, CancellationToken cancellationToken) => database.As(caller).QueryManyAsync<Outcome<Page<View>>>(
        $"""
        SELECT EXISTS (SELECT FROM {Table(level - 1)} WHERE tenant_id = @TenantId AND id = @parent);
        SELECT {Columns(level)} FROM {Table(level)}
        WHERE tenant_id = @TenantId AND {Parent(level)} = @parent AND (@After::uuid IS NULL OR id < @After)
        ORDER BY id DESC LIMIT @limit
        """,
        new { caller.TenantId, parent, page.After, limit = page.Fetch() },
        async results => await results.ReadSingleAsync<bool>() ? page.Of((await results.ReadAsync<View>()).AsList(), row => row.Id) : Problem.NotFound(Name(level - 1)),
        cancellationToken);

    public async Task<Outcome<View>> ReadAsync(Caller caller, Level level, Guid id, CancellationToken cancellationToken) =>
        await database.As(caller).FirstAsync<View>($"SELECT {Columns(level)} FROM {Table(level)} WHERE tenant_id = @TenantId AND id = @id", new { caller.TenantId, id }, cancellationToken) is { } found
            ? found
            : Problem.NotFound(Name(level));

    public Task<Outcome<View>> AddAsync(Caller caller, Level level, Guid? parent, Request request, CancellationToken cancellationToken) => database.InTransaction<View>(
        caller,
        async session =>
        {
            var now = clock.GetUtcNow();
            var wanted = new { caller.TenantId, caller.Person, parent, id = request.Id ?? Guid.CreateVersion7(now), request.Slug, title = request.Title.Trim(), request.Description, request.Position, now };
            if (level != Level.Track)
            {
                var above = await session.FirstAsync<Row>($"SELECT created_by, is_published, deleted_at FROM {Table(level - 1)} WHERE tenant_id = @TenantId AND id = @parent FOR SHARE", wanted, cancellationToken);
                if (above is null) return Problem.NotFound(Name(level - 1));
                if (above.DeletedAt is not null) return LearningProblems.Archived;
            }
            var column = Parent(level) is { } name ? $"{name}, " : "";
            var added = await session.FirstAsync<View>(
                $"""
                INSERT INTO {Table(level)} (tenant_id, id, {column}slug, title, description, position, created_at, created_by, updated_at, updated_by)
                VALUES (@TenantId, @id, {(column.Length > 0 ? "@parent, " : "")}@Slug, @title, @Description, @Position, @now, @Person, @now, @Person)
                ON CONFLICT (tenant_id, id) DO NOTHING
                RETURNING {Columns(level)}
                """,
                wanted,
                cancellationToken);
            added ??= await session.FirstAsync<View>(
                $"""
                SELECT {Columns(level)} FROM {Table(level)}
                WHERE tenant_id = @TenantId AND id = @id AND slug = @Slug AND title = @title AND description = @Description AND position = @Position{(column.Length > 0 ? $" AND {Parent(level)} = @parent" : "")}
                """,
                wanted,
                cancellationToken);
            return added is null ? IdentityProblems.IdTaken : added;
        },
        cancellationToken);

    public Task<Outcome<View>> ChangeAsync(Caller caller, Level level, Guid id, Change change, int? ifMatch, CancellationToken cancellationToken) => UpdateAsync(
        caller,
        level,
        id,
        ifMatch,
        "title = coalesce(@title, title), description = coalesce(@Description, description), position = coalesce(@Position, position)",
        new { title = change.Title?.Trim(), change.Description, change.Position },
        cancellationToken);

    public Task<Outcome<View>> PublishAsync(Caller caller, Level level, Guid id, bool publish, int? ifMatch, CancellationToken cancellationToken) =>
        UpdateAsync(caller, level, id, ifMatch, "is_published = @publish", new { publish }, cancellationToken);

    /// <summary>For good: an archived thing is read by authors and changed by nobody.</summary>
    public Task<Outcome<View>> ArchiveAsync(Caller caller, Level level, Guid id, int? ifMatch, CancellationToken cancellationToken) =>
        UpdateAsync(caller, level, id, ifMatch, "is_published = false, deleted_at = @now", new { }, cancellationToken);

    private Task<Outcome<View>> UpdateAsync(Caller caller, Level level, Guid id, int? ifMatch, string set, object values, CancellationToken cancellationToken) => database.InTransaction<View>(
        caller,
        async session =>
        {
            var known = await session.FirstAsync<Row>($"SELECT created_by, is_published, deleted_at, version FROM {Table(level)} WHERE tenant_id = @TenantId AND id = @id FOR NO KEY UPDATE", new { caller.TenantId, id }, cancellationToken);
            if (known is null) return Problem.NotFound(Name(level));
            if (known.DeletedAt is not null) return LearningProblems.Archived;
            if (!known.IsPublished && known.CreatedBy != caller.Person) return LearningProblems.NotCreator;
            if (ifMatch is { } version && version != known.Version) return CommonProblems.Stale;
            var args = new DynamicParameters(values);
            args.AddDynamicParams(new { caller.TenantId, caller.Person, id, now = clock.GetUtcNow() });
            var view = await session.SingleAsync<View>(
                $"UPDATE {Table(level)} SET {set}, updated_at = @now, updated_by = @Person, version = version + 1 WHERE tenant_id = @TenantId AND id = @id RETURNING {Columns(level)}", args, cancellationToken);
            await Catalogue.ForgetAsync(cache, session, caller.TenantId);
            return view;
        },
        cancellationToken);

    private sealed record Row
    {
        public Guid CreatedBy { get; init; }

        public bool IsPublished { get; init; }

        public DateTimeOffset? DeletedAt { get; init; }

        public int Version { get; init; }
    }

    private static string Table(Level level) => level switch { Level.Track => "tracks", Level.Module => "modules", _ => "lessons" };

    private static string Name(Level level) => level switch { Level.Track => "track", Level.Module => "module", _ => "lesson" };

    private static string? Parent(Level level) => level switch { Level.Track => null, Level.Module => "track_id", _ => "module_id" };

    private static string Columns(Level level) => $"id, {Parent(level) ?? "NULL::uuid"} AS parent_id, slug, title, description, position, is_published, created_by, version, deleted_at";
}
