namespace Podium.Platform.Databases;

/// <summary>Removes rows whose time is over, on every shard and in batches, so that no statement runs long or holds many locks.</summary>
public sealed class Sweep(Database database)
{
    private const int Batch = 5000;

    /// <summary>How many rows of a table met the condition and are gone. A row that somebody is just working on waits for the next time.</summary>
    public async Task<int> Run(string table, string condition, object args, CancellationToken cancellationToken)
    {
        var total = 0;
        foreach (var shard in database.Shards)
        {
            int removed;
            do
            {
                removed = await database.AsPlatform(shard).ExecuteAsync(
                    $"DELETE FROM {table} WHERE ctid = ANY (ARRAY (SELECT {table}.ctid FROM {table} WHERE {condition} LIMIT {Batch} FOR UPDATE SKIP LOCKED))", args, cancellationToken);
                total += removed;
            }
            while (removed == Batch);
        }
        return total;
    }
}
