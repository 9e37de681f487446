using System.ComponentModel.DataAnnotations;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Points;

/// <summary>Stretches of days that have a board of their own.</summary>
public sealed class PointSeasons(Database database, TimeProvider clock)
{
    public sealed record View(Guid Id, string Name, DateOnly StartsOn, DateOnly EndsOn);

    public sealed record Request
    {
        [StringLength(100, MinimumLength = 1), Example("Spring 2026")]
        public required string Name { get; init; }

        [Example("2026-03-01")]
        public required DateOnly StartsOn { get; init; }

        /// <summary>The last day.</summary>
        [Example("2026-05-31")]
        public required DateOnly EndsOn { get; init; }
    }

    /// <summary>All of them, the newest first.</summary>
    public sealed record Seasons(IReadOnlyList<View> Items);

    public async Task<Seasons> ListAsync(Caller caller, CancellationToken cancellationToken) => new(await database.Reading(caller).QueryAsync<View>(
        "SELECT id, name, starts_on, ends_on FROM point_seasons WHERE tenant_id = @TenantId ORDER BY starts_on DESC", new { caller.TenantId }, cancellationToken));

    /// <summary>Makes a season or changes it; its board is counted from the ledger in the same transaction.</summary>
    public async Task<Outcome<View>> SetAsync(Caller caller, Guid id, Request request, CancellationToken cancellationToken)
    {
        if (request.EndsOn < request.StartsOn) return Problem.Invalid("/endsOn", "order", "A season ends after it has begun.");
        return await database.InTransaction<View>(
            caller,
            async session =>
            {
                await GiveAwards.LockAsync(session, caller.TenantId, cancellationToken);
                var args = new { caller.TenantId, caller.Person, id, name = request.Name.Trim(), request.StartsOn, request.EndsOn, now = clock.GetUtcNow() };
                await session.ExecuteAsync(
                    """
                    INSERT INTO point_seasons AS season (tenant_id, id, name, starts_on, ends_on, updated_at, updated_by) VALUES (@TenantId, @id, @name, @StartsOn, @EndsOn, @now, @Person)
                    ON CONFLICT (tenant_id, id) DO UPDATE SET name = excluded.name, starts_on = excluded.starts_on, ends_on = excluded.ends_on, updated_at = excluded.updated_at, updated_by = excluded.updated_by
                    WHERE (season.name, season.starts_on, season.ends_on) <> (excluded.name, excluded.starts_on, excluded.ends_on)
                    """,
                    args,
                    cancellationToken);
                return await session.SingleAsync<View>("SELECT id, name, starts_on, ends_on FROM point_seasons WHERE tenant_id = @TenantId AND id = @id", args, cancellationToken);
            },
            cancellationToken);
    }

    public Task<Outcome<bool>> RemoveAsync(Caller caller, Guid id, CancellationToken cancellationToken) => database.InTransaction<bool>(
        caller,
        async session => await session.ExecuteAsync("DELETE FROM point_seasons WHERE tenant_id = @TenantId AND id = @id", new { caller.TenantId, id }, cancellationToken) == 0 ? Problem.NotFound("season") : true,
        cancellationToken);
}
