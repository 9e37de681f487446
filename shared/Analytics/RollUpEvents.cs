using Podium.Platform.Databases;

namespace Podium.Analytics;

/// <summary>Counts anew the quarters of an hour, and their days, in which something came since the last time.</summary>
public sealed class RollUpEvents(Database database)
{
    private const int AtOnce = 1000;

    /// <summary>How many notes of changes it took.</summary>
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        var total = 0;
        foreach (var shard in database.Shards)
        {
            int taken;
            do
            {
                taken = await database.InPlatformTransaction(session => StepAsync(session, cancellationToken), cancellationToken, shard);
                total += taken;
            }
            while (taken == AtOnce);
        }
        return total;
    }

    private static async Task<int> StepAsync(Session session, CancellationToken cancellationToken)
    {
        // one at a time counts: two might write what each saw, the older last
        if (!await session.SingleAsync<bool>("SELECT pg_try_advisory_xact_lock(hashtextextended('analytics', 0))", null, cancellationToken)) return 0;
        return await session.SingleAsync<int>("SELECT roll_up_analytics(@AtOnce)", new { AtOnce }, cancellationToken);
    }
}
