using Podium.Competitions;
using Podium.Platform.Databases;
using Podium.Platform.Messaging;

namespace Podium.Running;

/// <summary>Wakes competitions that should have gone on by now: their orchestration has failed, or was lost.</summary>
public sealed class WatchRuns(Database database, Outbox outbox, TimeProvider clock)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private sealed record Late(Guid TenantId, Guid CompetitionId, int Number);

    public async Task Run(CancellationToken cancellationToken)
    {
        foreach (var shard in database.Shards)
        {
            await database.InPlatformTransaction(
                async session =>
                {
                    var late = await session.QueryAsync<Late>(
                        "SELECT tenant_id, competition_id, number FROM competition_runs WHERE status = 'running' AND waits_until < @before ORDER BY waits_until LIMIT 500", new { before = clock.GetUtcNow() - Patience }, cancellationToken);
                    foreach (var run in late) await outbox.AddAsync(session, run.TenantId, Outbox.EvaluationAssignment, WakeRun.Subject, new WakeRun.Order(run.CompetitionId, run.Number));
                    return late.Count;
                },
                cancellationToken,
                shard);
        }
    }
}
