using Microsoft.Extensions.Logging;
using Podium.Platform.Databases;
using Podium.Tenancy;

namespace Podium.Points;

/// <summary>
/// Looks at whose deeds have changed, and gives or takes back what they earn by them. The notes were written by what changed the deeds, in its transaction, and go in the transaction that brings the awards in line.
/// </summary>
public sealed partial class WatchDeeds(Database database, TenantDirectory tenants, GiveAwards awards, TimeProvider clock, ILogger<WatchDeeds> log)
{
    private const int AtOnce = 1000;

    private sealed record Note(string Event, Guid UserId);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        foreach (var shard in database.Shards)
        {
            foreach (var id in await database.AsPlatform(shard).QueryAsync<Guid>("SELECT DISTINCT tenant_id FROM point_changes ORDER BY tenant_id", null, cancellationToken))
            {
                try
                {
                    await RunAsync(shard, id, cancellationToken);
                }
                catch (Exception error) when (!cancellationToken.IsCancellationRequested)
                {
                    // its notes stay, and are looked at again; a tenant where something resists must not keep the others waiting
                    LogFailed(log, error, id);
                }
            }
        }
    }

    private async Task RunAsync(string shard, Guid tenantId, CancellationToken cancellationToken)
    {
        if (await tenants.ByIdAsync(tenantId, cancellationToken) is not { } tenant) return;
        while (await database.InTransaction(new Actor { TenantId = tenantId, Shard = shard }, session => StepAsync(session, tenant, cancellationToken), cancellationToken) == AtOnce)
        {
        }
    }

    private async Task<int> StepAsync(Session session, Tenant tenant, CancellationToken cancellationToken)
    {
        // who is at it already takes these notes too
        if (!await session.SingleAsync<bool>("SELECT pg_try_advisory_xact_lock(points_lock(@Id))", new { tenant.Id }, cancellationToken)) return 0;
        var notes = await session.QueryAsync<Note>(
            """
            DELETE FROM point_changes
            WHERE tenant_id = @Id AND position IN (SELECT position FROM point_changes WHERE tenant_id = @Id ORDER BY position LIMIT @AtOnce)
            RETURNING event, user_id
            """,
            new { tenant.Id, AtOnce },
            cancellationToken);
        var rules = (await session.QueryAsync<Achievements.Row>(
            $"SELECT {Achievements.Columns} FROM achievements WHERE tenant_id = @Id AND event = ANY (@events) AND deleted_at IS NULL ORDER BY id",
            new { tenant.Id, events = notes.Select(note => note.Event).Distinct().ToArray() },
            cancellationToken)).Select(row => row.View()).ToLookup(rule => rule.Event);
        foreach (var kind in rules)
        {
            var people = notes.Where(note => note.Event == Achievements.NameOf(kind.Key)).Select(note => note.UserId).Distinct().Order().ToArray();
            await awards.RunAsync(new GiveAwards.Context(session, tenant, clock.GetUtcNow()), kind.Key, [.. kind], people, cancellationToken);
        }
        return notes.Count;
    }

    [LoggerMessage(820, LogLevel.Error, "What people of tenant {Tenant} earn cannot be looked at.")]
    private static partial void LogFailed(ILogger logger, Exception error, Guid tenant);
}
