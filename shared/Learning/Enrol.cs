using Podium.Platform.Access;
using Podium.Platform.Caching;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Learning;

/// <summary>Puts a track on a learner's dashboard. To enrol again changes nothing.</summary>
public sealed class Enrol(Database database, Catalogue catalogue, Cache cache, TimeProvider clock)
{
    public sealed record View(Guid TrackId, decimal ProgressPercentage, DateTimeOffset EnrolledAt, DateTimeOffset? CompletedAt);

    public async Task<Outcome<View>> Run(Caller caller, Guid track, CancellationToken cancellationToken)
    {
        var tracks = await catalogue.TracksAsync(caller, cancellationToken);
        if (tracks.Items.All(known => known.Id != track)) return Problem.NotFound("track");
        return await database.InTransaction<View>(
            caller,
            async session =>
            {
                var view = await session.SingleAsync<View>(
                    """
                    INSERT INTO user_enrollments (tenant_id, user_id, track_id, enrolled_at) VALUES (@TenantId, @Person, @track, @now) ON CONFLICT DO NOTHING;
                    SELECT track_id, progress_percentage, enrolled_at, completed_at FROM user_enrollments WHERE tenant_id = @TenantId AND user_id = @Person AND track_id = @track
                    """,
                    new { caller.TenantId, caller.Person, track, now = clock.GetUtcNow() },
                    cancellationToken);
                await cache.InvalidateAsync(session, $"progress:{caller.TenantId}:{caller.Person}");
                return view;
            },
            cancellationToken);
    }
}
