using Podium.Platform.Caching;
using Podium.Platform.Databases;
using Podium.Tenancy;

namespace Podium.Competitions;

/// <summary>Those who wait for a seat: who waits longest moves up first, as soon as one is free.</summary>
public sealed class Waitlist(Database database, Cache cache, TenantDirectory tenants, CompetitionNotices notices, TimeProvider clock)
{
    private sealed record Waiting(Guid TenantId, Guid CompetitionId);

    /// <summary>Gives the free seats of a competition away. Whoever calls need not have locked it.</summary>
    internal async Task<int> MoveUpAsync(Session session, Tenant tenant, Guid competitionId, CancellationToken cancellationToken)
    {
        if (await LockedCompetition.LockAsync(session, tenant.Id, competitionId, cancellationToken) is not { Status: CompetitionStatus.Published or CompetitionStatus.Active } competition || competition.Free <= 0) return 0;
        var promoted = await session.QueryAsync<Guid>(
            """
            UPDATE registrations SET status = @status, decided_at = @now, updated_at = @now, version = version + 1
            WHERE tenant_id = @TenantId AND id IN (
                SELECT id FROM registrations
                WHERE tenant_id = @TenantId AND competition_id = @competitionId AND status = 'waitlisted'
                ORDER BY queue_number
                LIMIT @free::integer)
            RETURNING id
            """,
            new { TenantId = tenant.Id, competitionId, status = competition.RequiresApproval ? "pending" : "approved", free = competition.Free, now = clock.GetUtcNow() },
            cancellationToken);
        if (promoted.Count == 0) return 0;
        await notices.TellAsync(
            session, tenant, competition.RequiresApproval ? "registration-moved" : "registration-promoted", await PeopleOfAsync(session, tenant.Id, promoted, cancellationToken), competition, [], cancellationToken);
        await CompetitionDirectory.ForgetAsync(cache, session, tenant.Id, competitionId);
        return promoted.Count;
    }

    /// <summary>Whoever stands behind registrations: persons, and the members of teams.</summary>
    internal static Task<IReadOnlyList<Guid>> PeopleOfAsync(Session session, Guid tenantId, IReadOnlyCollection<Guid> registrations, CancellationToken cancellationToken) => session.QueryAsync<Guid>(
        """
        SELECT user_id FROM registrations WHERE tenant_id = @tenantId AND id = ANY (@ids) AND user_id IS NOT NULL
        UNION
        SELECT team_members.user_id FROM registrations
        JOIN team_members ON team_members.tenant_id = @tenantId AND team_members.team_id = registrations.team_id AND left_at IS NULL
        WHERE registrations.tenant_id = @tenantId AND registrations.id = ANY (@ids)
        """,
        new { tenantId, ids = registrations.ToArray() },
        cancellationToken);

    /// <summary>Where a seat became free without anybody's hand, such as by an account that was closed.</summary>
    public async Task SweepAsync(CancellationToken cancellationToken)
    {
        foreach (var shard in database.Shards)
        {
            var waiting = await database.AsPlatform(shard).QueryAsync<Waiting>(
                """
                SELECT DISTINCT competitions.tenant_id, competitions.id AS competition_id
                FROM competitions
                JOIN registrations ON registrations.tenant_id = competitions.tenant_id AND registrations.competition_id = competitions.id AND registrations.status = 'waitlisted'
                WHERE competitions.status IN ('published', 'active') AND competitions.deleted_at IS NULL AND (max_participants IS NULL OR seats_taken < max_participants)
                """,
                cancellationToken: cancellationToken);
            foreach (var (tenantId, competitionId) in waiting)
            {
                if (await tenants.ByIdAsync(tenantId, cancellationToken) is not { } tenant) continue;
                await database.InTransaction(new Actor { TenantId = tenantId, Shard = shard }, session => MoveUpAsync(session, tenant, competitionId, cancellationToken), cancellationToken);
            }
        }
    }
}
