using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Identity;

/// <summary>The roles of a tenant: the built-in ones, which are fixed, and its own. Nobody makes or changes one that allows more than they may.</summary>
public sealed class Roles(Database database, People people, TimeProvider clock)
{
    public sealed record View
    {
        public required Guid Id { get; init; }

        public required string Name { get; init; }

        public required string Description { get; init; }

        public required string[] Permissions { get; init; }

        public required bool BuiltIn { get; init; }

        public required int Version { get; init; }
    }

    public sealed record Request
    {
        /// <summary>Chosen by the client, so that a repeated request makes one role.</summary>
        public Guid? Id { get; init; }

        [RegularExpression("[A-Z][A-Z0-9_]{1,49}", ErrorMessage = "2 to 50 capital letters, digits and underscores, a letter first."), StringLength(50, MinimumLength = 2)]
        public required string Name { get; init; }

        [StringLength(500)]
        public string Description { get; init; } = "";

        /// <summary>Permissions by their names, whole subjects (competition.*), or all (*).</summary>
        [MaxLength(100), KnownPermissions, Example(new[] { "competition.judge" })]
        public required IReadOnlyList<string> Permissions { get; init; }
    }

    /// <summary>Fields that are absent stay as they are.</summary>
    public sealed record Change
    {
        [RegularExpression("[A-Z][A-Z0-9_]{1,49}", ErrorMessage = "2 to 50 capital letters, digits and underscores, a letter first."), StringLength(50, MinimumLength = 2)]
        public string? Name { get; init; }

        [StringLength(500)]
        public string? Description { get; init; }

        [MaxLength(100), KnownPermissions, Example(new[] { "competition.judge" })]
        public IReadOnlyList<string>? Permissions { get; init; }
    }

    private const string Columns = "id, name, description, ARRAY(SELECT jsonb_array_elements_text(permissions)) AS permissions, built_in, version";

    public async Task<Page<View>> ListAsync(Caller caller, PageQuery page, CancellationToken cancellationToken)
    {
        var rows = await database.As(caller).QueryAsync<View>(
            $"SELECT {Columns} FROM roles WHERE tenant_id = @TenantId AND (@After::uuid IS NULL OR id < @After) ORDER BY id DESC LIMIT @limit",
            new { caller.TenantId, page.After, limit = page.Fetch() },
            cancellationToken);
        return page.Of(rows, row => row.Id);
    }

    public Task<Outcome<View>> AddAsync(Caller caller, Request request, CancellationToken cancellationToken) => database.InTransaction<View>(
        caller,
        async session =>
        {
            if (!caller.AllowsAll(request.Permissions, Scope.Tenant)) return IdentityProblems.RoleBeyondOwn;
            var now = clock.GetUtcNow();
            var wanted = new { caller.TenantId, caller.Person, id = request.Id ?? Guid.CreateVersion7(now), request.Name, request.Description, permissions = JsonOf(request.Permissions), now };
            var added = await session.FirstAsync<View>(
                $"""
                INSERT INTO roles (tenant_id, id, name, description, permissions, created_at, created_by, updated_at, updated_by)
                VALUES (@TenantId, @id, @Name, @Description, @permissions::jsonb, @now, @Person, @now, @Person)
                ON CONFLICT (tenant_id, id) DO NOTHING
                RETURNING {Columns}
                """,
                wanted,
                cancellationToken);
            added ??= await session.FirstAsync<View>(
                $"""
                SELECT {Columns} FROM roles
                WHERE tenant_id = @TenantId AND id = @id AND NOT built_in AND name = @Name AND description = @Description AND permissions = @permissions::jsonb
                """,
                wanted,
                cancellationToken);
            return added is null ? IdentityProblems.IdTaken : added;
        },
        cancellationToken);

    public Task<Outcome<View>> ChangeAsync(Caller caller, Guid id, Change change, int? ifMatch, CancellationToken cancellationToken) => database.InTransaction<View>(
        caller,
        async session =>
        {
            if (await FaultAsync(session, caller, id, ifMatch, cancellationToken) is { } problem) return problem;
            if (!caller.AllowsAll(change.Permissions ?? [], Scope.Tenant)) return IdentityProblems.RoleBeyondOwn;
            var changed = await session.SingleAsync<View>(
                $"""
                UPDATE roles
                SET name = coalesce(@Name, name), description = coalesce(@Description, description), permissions = coalesce(@permissions::jsonb, permissions),
                    updated_at = @now, updated_by = @Person, version = version + 1
                WHERE tenant_id = @TenantId AND id = @id
                RETURNING {Columns}
                """,
                new { caller.TenantId, caller.Person, id, change.Name, change.Description, permissions = change.Permissions is null ? null : JsonOf(change.Permissions), now = clock.GetUtcNow() },
                cancellationToken);
            await people.ForgetAllAsync(session, caller.TenantId);
            return changed;
        },
        cancellationToken);

    /// <summary>Only a role that nobody holds.</summary>
    public Task<Outcome<bool>> RemoveAsync(Caller caller, Guid id, int? ifMatch, CancellationToken cancellationToken) => database.InTransaction<bool>(
        caller,
        async session =>
        {
            if (await FaultAsync(session, caller, id, ifMatch, cancellationToken) is { } problem) return problem;
            await session.ExecuteAsync(
                """
                DELETE FROM user_roles WHERE tenant_id = @TenantId AND role_id = @id AND expires_at <= @now;
                DELETE FROM roles WHERE tenant_id = @TenantId AND id = @id
                """,
                new { caller.TenantId, id, now = clock.GetUtcNow() },
                cancellationToken);
            return true;
        },
        cancellationToken);

    private static async Task<Problem?> FaultAsync(Session session, Caller caller, Guid id, int? ifMatch, CancellationToken cancellationToken)
    {
        var role = await session.FirstAsync<View>($"SELECT {Columns} FROM roles WHERE tenant_id = @TenantId AND id = @id FOR UPDATE", new { caller.TenantId, id }, cancellationToken);
        if (role is null) return Problem.NotFound("role");
        if (role.BuiltIn) return IdentityProblems.RoleBuiltIn;
        if (ifMatch is not null && ifMatch != role.Version) return CommonProblems.Stale;
        return caller.AllowsAll(role.Permissions, Scope.Tenant) ? null : new Problem(IdentityProblems.RoleBeyondOwn);
    }

    private static string JsonOf(IEnumerable<string> permissions) => JsonSerializer.Serialize(permissions.Distinct().Order(StringComparer.Ordinal));
}

/// <summary>A list of permissions that there are.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class KnownPermissionsAttribute : ValidationAttribute
{
    public KnownPermissionsAttribute() => ErrorMessage = "Each must be a permission, a whole subject (competition.*) or all (*).";

    public override bool IsValid(object? value) => value is not IEnumerable<string> permissions || permissions.All(Permissions.IsKnown);
}
