using Npgsql;
using Podium.Platform.Databases;

namespace Podium.Operations;

// what concerns how the work goes: partitions in time, statements that are slow, indexes that nobody uses
public sealed partial class DatabaseChecks
{
    private const int MostNamed = 5;

    private async Task<IReadOnlyList<Finding>> PartitionsAsync(string shard, CancellationToken cancellationToken)
    {
        const string Advice = "See that the daily timer RotatePartitions runs; POST /api/operations/partitions/{table}/rotate does it now.";
        var now = clock.GetUtcNow();
        var tables = await database.AsPlatform(shard).QueryAsync<(string Name, bool Gone, bool Soon)>(
            """
            SELECT policy.table_name AS name, coalesce(max(part.until_at) <= @now, false) AS gone, coalesce(max(part.until_at) < @now + ('1 ' || policy.step)::interval / 2, true) AS soon
            FROM partition_policies AS policy
            LEFT JOIN LATERAL partitions_of(to_regclass(format('public.%I', policy.table_name))) AS part ON part.until_at < 'infinity'
            WHERE policy.enabled AND to_regclass(format('public.%I', policy.table_name)) IS NOT NULL
            GROUP BY policy.table_name, policy.step
            ORDER BY 1
            """,
            new { now },
            cancellationToken);
        var unfinished = await database.AsPlatform(shard).QueryAsync<string>(
            "SELECT partition_name FROM partition_archives WHERE dropped_at IS NULL AND began_at < @now - interval '1 day' ORDER BY began_at LIMIT 5", new { now }, cancellationToken);
        var gone = tables.Where(table => table.Gone).Select(table => table.Name).ToList();
        var soon = tables.Where(table => table.Soon && !table.Gone).Select(table => table.Name).ToList();
        if (gone.Count > 0) return [Finding.Bad("partitions", $"There is none for today: {string.Join(", ", gone)}.", Advice)];
        if (soon.Count > 0) return [Finding.Warning("partitions", $"There is soon none any more: {string.Join(", ", soon)}.", Advice)];
        return unfinished.Count > 0
            ? [Finding.Warning("partitions", $"For more than a day on their way to storage: {string.Join(", ", unfinished)}.", "See the log of RotatePartitions: storage, a legal hold, or a transaction that is open for long may hold it up.")]
            : [Finding.Good("partitions", $"{tables.Count} tables have theirs ahead.")];
    }

    private async Task<IReadOnlyList<Finding>> StatementsAsync(string shard, CancellationToken cancellationToken)
    {
        if (!await database.AsPlatform(shard).SingleAsync<bool>("SELECT EXISTS (SELECT FROM pg_extension WHERE extname = 'pg_stat_statements')", null, cancellationToken))
            return [Finding.Good("slow statements", "They are not measured here; CREATE EXTENSION pg_stat_statements would.")];
        var slow = new List<string>();
        // each role is shown its own statements only
        foreach (var role in new[] { DatabaseRole.App, DatabaseRole.Reader, DatabaseRole.Platform })
        {
            await using var connection = await database.Source(shard, role).OpenConnectionAsync(cancellationToken);
            await using var command = new NpgsqlCommand(
                $"""
                SELECT round(mean_exec_time)::int || ' ms, ' || calls || ' times: ' || left(regexp_replace(query, '\s+', ' ', 'g'), 120)
                FROM pg_stat_statements
                WHERE userid = current_user::regrole AND dbid = (SELECT oid FROM pg_database WHERE datname = current_database()) AND calls >= 3 AND mean_exec_time > {(role == DatabaseRole.Platform ? 2000 : 200)}
                ORDER BY total_exec_time DESC
                LIMIT {MostNamed}
                """,
                connection);
            await using var row = await command.ExecuteReaderAsync(cancellationToken);
            while (await row.ReadAsync(cancellationToken)) slow.Add($"{DatabaseSettings.NameOf(role)}, {row.GetString(0)}");
        }
        return slow.Count > 0
            ? [Finding.Warning("slow statements", string.Join("; ", slow) + ".", "EXPLAIN (ANALYZE, BUFFERS) these; after mending, SELECT pg_stat_statements_reset().")]
            : [Finding.Good("slow statements", "None takes long on average.")];
    }

    private async Task<IReadOnlyList<Finding>> UnusedIndexesAsync(string shard, CancellationToken cancellationToken)
    {
        // those that hold a rule, or serve a foreign key, earn their place without being read
        var unused = await database.AsPlatform(shard).QueryAsync<string>(
            """
            SELECT stats.indexrelid::regclass || ' (' || pg_size_pretty(pg_relation_size(stats.indexrelid)) || ')'
            FROM pg_stat_user_indexes AS stats
            JOIN pg_index AS index ON index.indexrelid = stats.indexrelid
            JOIN pg_class AS class ON class.oid = index.indrelid
            WHERE stats.schemaname = 'public' AND stats.idx_scan = 0 AND NOT index.indisunique AND NOT class.relispartition AND pg_relation_size(stats.indexrelid) > 1 << 20
              AND @now - (SELECT coalesce(stats_reset, pg_postmaster_start_time()) FROM pg_stat_database WHERE datname = current_database()) > interval '30 days'
              AND NOT EXISTS (
                  SELECT FROM pg_constraint
                  WHERE contype = 'f' AND conrelid = index.indrelid AND index.indnkeyatts >= cardinality(conkey)
                    AND (index.indkey::int2[])[0:cardinality(conkey) - 1] @> conkey AND conkey @> (index.indkey::int2[])[0:cardinality(conkey) - 1])
            ORDER BY pg_relation_size(stats.indexrelid) DESC
            LIMIT 5
            """,
            new { now = clock.GetUtcNow() },
            cancellationToken);
        return unused.Count > 0
            ? [Finding.Warning("unused indexes", $"Not read for thirty days: {string.Join(", ", unused)}.", "Look whether the replica reads them, which counts for itself; if not, add a migration that drops them.")]
            : [Finding.Good("unused indexes", "Every index that is large is read, holds a rule, or is not old enough to say.")];
    }
}
