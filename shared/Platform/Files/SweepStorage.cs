using Podium.Platform.Databases;
using Podium.Tenancy;

namespace Podium.Platform.Files;

/// <summary>
/// Tidies the containers: uploads that are decided, uploads that nobody asked for (reported at once, removed a day later), and what has been set
/// aside for long enough.
/// </summary>
public sealed class SweepStorage(Database database, TenantDirectory tenants, FileStore store, FileIncidents incidents, TimeProvider clock)
{
    /// <summary>How long content that was refused is kept.</summary>
    public static readonly TimeSpan QuarantineLife = TimeSpan.FromDays(30);

    private static readonly TimeSpan OrphanLife = TimeSpan.FromDays(1);
    private const int Batch = 200;

    private sealed record Old(Guid TenantId, Guid Id);

    public sealed record Result(int Leftovers, int Orphans, int Removed);

    public async Task<Result> Run(CancellationToken cancellationToken)
    {
        var (leftovers, orphans) = (0, 0);
        await foreach (var page in store.ListAsync(FileStore.Uploads, cancellationToken))
        {
            foreach (var name in page)
            {
                var state = await StateOfAsync(name, cancellationToken);
                if (state is not null && CheckFile.IsOpen(state)) continue;
                if (state is null) orphans++;
                else leftovers++;
                await (state is null ? OrphanAsync(name, cancellationToken) : store.RemoveAsync($"{FileStore.Uploads}/{name}", cancellationToken));
            }
        }
        return new Result(leftovers, orphans, await EmptyQuarantineAsync(cancellationToken));
    }

    private async Task<string?> StateOfAsync(string name, CancellationToken cancellationToken)
    {
        if (name.Split('/') is not [var first, var second] || !Guid.TryParseExact(first, "D", out var tenantId) || !Guid.TryParseExact(second, "D", out var id)) return null;
        if (await tenants.ByIdAsync(tenantId, cancellationToken) is not { } tenant) return null;
        return await database.As(new Actor { TenantId = tenant.Id, Shard = tenant.Shard }).FirstAsync<string>("SELECT state FROM files WHERE tenant_id = @tenantId AND id = @id", new { tenantId, id }, cancellationToken);
    }

    private async Task OrphanAsync(string name, CancellationToken cancellationToken)
    {
        var place = $"{FileStore.Uploads}/{name}";
        await incidents.ReportAsync(DatabaseSettings.DefaultShard, FileIncidents.Orphan, place, null, "Nobody asked for this blob. It is removed a day after it was found.", cancellationToken);
        var foundAt = await database.AsPlatform().SingleAsync<DateTimeOffset>("SELECT found_at FROM file_incidents WHERE kind = 'orphan' AND place = @place AND settled_at IS NULL", new { place }, cancellationToken);
        if (foundAt > clock.GetUtcNow() - OrphanLife) return;
        await store.RemoveAsync(place, cancellationToken);
        await incidents.SettleAsync(DatabaseSettings.DefaultShard, [FileIncidents.Orphan], place, "removed", cancellationToken);
    }

    private async Task<int> EmptyQuarantineAsync(CancellationToken cancellationToken)
    {
        var removed = 0;
        foreach (var shard in database.Shards)
        {
            IReadOnlyList<Old> old;
            do
            {
                old = await database.AsPlatform(shard).QueryAsync<Old>(
                    "SELECT tenant_id, id FROM files WHERE state = 'quarantined' AND removed_at IS NULL AND checked_at < @before ORDER BY checked_at LIMIT @Batch",
                    new { before = clock.GetUtcNow() - QuarantineLife, Batch },
                    cancellationToken);
                foreach (var file in old) await store.RemoveAsync($"{FileStore.Quarantine}/{file.TenantId}/{file.Id}", cancellationToken);
                await database.AsPlatform(shard).ExecuteAsync(
                    "UPDATE files SET removed_at = @now FROM unnest(@tenants, @ids) AS gone (tenant_id, id) WHERE files.tenant_id = gone.tenant_id AND files.id = gone.id",
                    new { now = clock.GetUtcNow(), tenants = old.Select(file => file.TenantId).ToArray(), ids = old.Select(file => file.Id).ToArray() },
                    cancellationToken);
                removed += old.Count;
            }
            while (old.Count == Batch);
        }
        return removed;
    }
}
