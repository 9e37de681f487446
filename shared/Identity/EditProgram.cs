using System.ComponentModel.DataAnnotations;
using Podium.Platform.Access;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Identity;

/// <summary>Adds, changes and takes away an institution's programs. Each is a change of the institution, which shows them.</summary>
public sealed class EditProgram(Database database, TimeProvider clock)
{
    public sealed record Request
    {
        /// <summary>Chosen by the client, so that a repeated request makes one program.</summary>
        public Guid? Id { get; init; }

        [StringLength(200, MinimumLength = 1)]
        public required string Name { get; init; }

        [AllowedValues("school", "bachelor", "master", "doctorate", "other")]
        public string? Level { get; init; }
    }

    /// <summary>Fields that are absent stay as they are; an empty level clears it.</summary>
    public sealed record Change
    {
        [StringLength(200, MinimumLength = 1)]
        public string? Name { get; init; }

        [AllowedValues("", "school", "bachelor", "master", "doctorate", "other")]
        public string? Level { get; init; }
    }

    public Task<Outcome<Institutions.Program>> AddAsync(Caller caller, Guid institutionId, Request request, CancellationToken cancellationToken) => InAsync<Institutions.Program>(
        caller,
        institutionId,
        async session =>
        {
            var now = clock.GetUtcNow();
            var wanted = new { caller.TenantId, caller.Person, institutionId, id = request.Id ?? Guid.CreateVersion7(now), name = request.Name.Trim(), request.Level, now };
            var added = await session.FirstAsync<Institutions.Program>(
                $"""
                INSERT INTO programs (tenant_id, id, institution_id, name, level, created_at, created_by, updated_at, updated_by)
                VALUES (@TenantId, @id, @institutionId, @name, @Level, @now, @Person, @now, @Person)
                ON CONFLICT (tenant_id, id) DO NOTHING
                RETURNING {Institutions.ProgramColumns}
                """,
                wanted,
                cancellationToken);
            if (added is not null) await TouchAsync(session, caller, institutionId);
            added ??= await session.FirstAsync<Institutions.Program>(
                $"""
                SELECT {Institutions.ProgramColumns} FROM programs
                WHERE tenant_id = @TenantId AND id = @id AND institution_id = @institutionId AND deleted_at IS NULL AND name = @name AND level IS NOT DISTINCT FROM @Level
                """,
                wanted,
                cancellationToken);
            return added is null ? IdentityProblems.IdTaken : added;
        },
        cancellationToken);

    public Task<Outcome<Institutions.Program>> ChangeAsync(Caller caller, Guid institutionId, Guid id, Change change, int? ifMatch, CancellationToken cancellationToken) =>
        InAsync<Institutions.Program>(
            caller,
            institutionId,
            async session =>
            {
                if (await FaultAsync(session, caller, institutionId, id, ifMatch) is { } problem) return problem;
                await TouchAsync(session, caller, institutionId);
                return await session.SingleAsync<Institutions.Program>(
                    $"""
                    UPDATE programs SET name = coalesce(@name, name), level = nullif(coalesce(@Level, level), ''), updated_at = @now, updated_by = @Person, version = version + 1
                    WHERE tenant_id = @TenantId AND id = @id
                    RETURNING {Institutions.ProgramColumns}
                    """,
                    new { caller.TenantId, caller.Person, id, name = change.Name?.Trim(), change.Level, now = clock.GetUtcNow() },
                    cancellationToken);
            },
            cancellationToken);

    public Task<Outcome<bool>> RemoveAsync(Caller caller, Guid institutionId, Guid id, int? ifMatch, CancellationToken cancellationToken) => InAsync<bool>(
        caller,
        institutionId,
        async session =>
        {
            if (await FaultAsync(session, caller, institutionId, id, ifMatch) is { } problem) return problem;
            await TouchAsync(session, caller, institutionId);
            await session.ExecuteAsync(
                "UPDATE programs SET deleted_at = @now, updated_at = @now, updated_by = @Person, version = version + 1 WHERE tenant_id = @TenantId AND id = @id",
                new { caller.TenantId, caller.Person, id, now = clock.GetUtcNow() },
                cancellationToken);
            return true;
        },
        cancellationToken);

    private Task<Outcome<T>> InAsync<T>(Caller caller, Guid institutionId, Func<Session, Task<Outcome<T>>> work, CancellationToken cancellationToken) => database.InTransaction<T>(
        caller,
        async session =>
        {
            if (await EditInstitution.LockAsync(session, caller, institutionId, null, cancellationToken) is { } problem) return problem;
            return await work(session);
        },
        cancellationToken);

    private static async Task<Problem?> FaultAsync(Session session, Caller caller, Guid institutionId, Guid id, int? ifMatch)
    {
        var version = await session.FirstAsync<int?>(
            "SELECT version FROM programs WHERE tenant_id = @TenantId AND id = @id AND institution_id = @institutionId AND deleted_at IS NULL FOR NO KEY UPDATE",
            new { caller.TenantId, id, institutionId });
        if (version is null) return Problem.NotFound("program");
        return ifMatch is null || ifMatch == version ? null : new Problem(CommonProblems.Stale);
    }

    private Task TouchAsync(Session session, Caller caller, Guid institutionId) => session.ExecuteAsync(
        "UPDATE institutions SET updated_at = @now, updated_by = @Person, version = version + 1 WHERE tenant_id = @TenantId AND id = @institutionId",
        new { caller.TenantId, caller.Person, institutionId, now = clock.GetUtcNow() });
}
