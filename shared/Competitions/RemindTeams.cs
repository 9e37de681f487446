using System.Globalization;
using Podium.Platform.Databases;
using Podium.Tenancy;

namespace Podium.Competitions;

/// <summary>Reminds captains whose team has not registered shortly before registration closes, once.</summary>
public sealed class RemindTeams(Database database, TenantDirectory tenants, CompetitionNotices notices, TimeProvider clock)
{
    private const int AtOnce = 200;

    private sealed record Due(Guid TenantId, Guid Id);

    private sealed record Unregistered(Guid CaptainId, string Name);

    public async Task Run(CancellationToken cancellationToken)
    {
        foreach (var shard in database.Shards)
        {
            var due = await database.AsPlatform(shard).QueryAsync<Due>(
                """
                SELECT tenant_id, id FROM competitions
                WHERE status = 'published' AND deleted_at IS NULL AND registration_end > @now AND registration_end <= @now + interval '720 hours' AND registration_start <= @now AND type <> 'individual'
                  AND registration_end <= @now + make_interval(hours => coalesce((configuration->'registration'->>'reminderHours')::integer, 48))
                  AND EXISTS (SELECT FROM teams WHERE teams.tenant_id = competitions.tenant_id AND teams.competition_id = competitions.id AND teams.deleted_at IS NULL AND reminded_at IS NULL)
                """,
                new { now = clock.GetUtcNow() },
                cancellationToken);
            foreach (var (tenantId, id) in due)
            {
                if (await tenants.ByIdAsync(tenantId, cancellationToken) is not { } tenant) continue;
                while (await database.InTransaction(new Actor { TenantId = tenantId, Shard = shard }, session => StepAsync(session, tenant, id, cancellationToken), cancellationToken) == AtOnce)
                {
                }
            }
        }
    }

    // so many teams are marked, so that who runs beside this tells others
    private async Task<int> StepAsync(Session session, Tenant tenant, Guid id, CancellationToken cancellationToken)
    {
        if (await LockedCompetition.LockAsync(session, tenant.Id, id, cancellationToken) is not { RegistrationEnd: { } end } competition) return 0;
        var marked = await session.QueryAsync<Unregistered>(
            """
            UPDATE teams SET reminded_at = @now
            WHERE tenant_id = @TenantId AND id IN (
                SELECT id FROM teams WHERE tenant_id = @TenantId AND competition_id = @id AND deleted_at IS NULL AND reminded_at IS NULL ORDER BY id LIMIT @AtOnce)
            RETURNING captain_id, CASE WHEN EXISTS (
                SELECT FROM registrations WHERE tenant_id = @TenantId AND competition_id = @id AND team_id = teams.id AND status <> 'withdrawn') THEN '' ELSE name END AS name
            """,
            new { TenantId = tenant.Id, id, AtOnce, now = clock.GetUtcNow() },
            cancellationToken);
        var until = TimeZoneInfo.ConvertTime(end, TimeZoneInfo.FindSystemTimeZoneById(tenant.TimeZone)).ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);
        foreach (var (captain, name) in marked.Where(team => team.Name.Length > 0))
            await notices.TellAsync(session, tenant, "competition-reminder", [captain], competition, new() { ["team"] = name, ["expires"] = until }, cancellationToken);
        return marked.Count;
    }
}
