using Npgsql;
using Podium.Platform.Databases;

namespace Podium.Operations;

/// <summary>Looks for what was lost, doubled or half done. It reads whole tables, and changes nothing.</summary>
public sealed class CheckInvariants(Database database, TimeProvider clock)
{
    private const int MostNamed = 5;

    private sealed record Broken(Guid TenantId, string What);

    /// <summary>A finding for each invariant on each shard. Those that hold in the end are left out where work is under way.</summary>
    public async Task<IReadOnlyList<Finding>> RunAsync(bool settled, CancellationToken cancellationToken)
    {
        var findings = new List<Finding>();
        foreach (var shard in database.Shards)
        {
            foreach (var invariant in Invariant.All.Where(one => settled || !one.InTheEnd)) findings.Add(await LookAsync(shard, invariant, cancellationToken) with { Shard = shard });
        }
        return findings;
    }

    private async Task<Finding> LookAsync(string shard, Invariant invariant, CancellationToken cancellationToken)
    {
        try
        {
            var broken = await database.InPlatformTransaction(
                async session =>
                {
                    // whole tables are read, beside an app that must not notice
                    await session.ExecuteAsync("SET TRANSACTION READ ONLY; SET LOCAL statement_timeout = '10min'", null, cancellationToken);
                    return await session.QueryAsync<Broken>($"SELECT tenant_id, what FROM ({invariant.Sql}) AS broken (tenant_id, what) ORDER BY tenant_id, what LIMIT {MostNamed + 1}", new { now = clock.GetUtcNow() }, cancellationToken);
                },
                cancellationToken,
                shard);
            if (broken.Count == 0) return Finding.Good(invariant.Name, invariant.Holds);
            var named = string.Join("; ", broken.Take(MostNamed).Select(one => $"{one.What} (tenant {one.TenantId})"));
            return Finding.Bad(invariant.Name, $"{named}{(broken.Count > MostNamed ? "; and more" : "")}.", $"It must hold: {invariant.Holds}");
        }
        catch (Exception error) when (error is NpgsqlException or TimeoutException)
        {
            return Finding.Bad(invariant.Name, $"It could not be looked at: {error.Message}", "See that the database answers, and that its schema is the one of this version.");
        }
    }
}
