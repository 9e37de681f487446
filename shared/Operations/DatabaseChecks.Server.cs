using Npgsql;
using Podium.Platform.Databases;

namespace Podium.Operations;

// what concerns the server more than our schema
public sealed partial class DatabaseChecks
{
    private const int LeastVersion = 16;

    private async Task<IReadOnlyList<Finding>> VersionAsync(string shard, CancellationToken cancellationToken)
    {
        var (number, text) = await database.AsPlatform(shard).SingleAsync<(int Number, string Text)>(
            "SELECT current_setting('server_version_num')::int AS number, current_setting('server_version') AS text", null, cancellationToken);
        return number / 10_000 < LeastVersion
            ? [Finding.Bad("version", $"PostgreSQL {text}.", $"Upgrade to {LeastVersion} or later.")]
            : [Finding.Good("version", $"PostgreSQL {text}.")];
    }

    private async Task<IReadOnlyList<Finding>> SettingsAsync(string shard, CancellationToken cancellationToken)
    {
        (string Name, string Wanted, string Why)[] wanted =
        [
            ("fsync", "on", "a crash of the server can destroy the data"),
            ("full_page_writes", "on", "a crash of the server can destroy the data"),
            ("synchronous_commit", "on", "a crash can take back what was answered with success"),
            ("autovacuum", "on", "tables grow without end"),
            ("track_activities", "on", "nobody sees what runs"),
        ];
        var values = (await database.AsPlatform(shard).QueryAsync<(string Name, string Setting)>(
            "SELECT name, setting FROM pg_settings WHERE name = ANY(@names)", new { names = wanted.Select(setting => setting.Name).ToArray() }, cancellationToken)).ToDictionary(row => row.Name, row => row.Setting);
        var wrong = wanted.Where(setting => values.TryGetValue(setting.Name, out var value) && (setting.Name == "synchronous_commit" ? value is "off" : value != setting.Wanted)).ToList();
        if (wrong.Count == 0) return [Finding.Good("settings", "fsync, full_page_writes, synchronous_commit and autovacuum are on.")];
        var detail = string.Join(" ", wrong.Select(setting => $"{setting.Name} is {values[setting.Name]}: {setting.Why}."));
        var advice = $"Set {string.Join(" and ", wrong.Select(setting => $"{setting.Name} = {setting.Wanted}"))}.";
        // a developer's throw-away server may be fast and careless
        return [_development ? Finding.Warning("settings", detail, advice) : Finding.Bad("settings", detail, advice)];
    }

    private async Task<IReadOnlyList<Finding>> TransactionsAsync(string shard, CancellationToken cancellationToken)
    {
        // the login itself, since roles are not shown what other sessions do
        await using var connection = await database.Source(shard, DatabaseRole.Owner).OpenConnectionAsync(cancellationToken);
        await using var command = new NpgsqlCommand(
            """
            SELECT 'process ' || pid || ' (' || coalesce(nullif(application_name, ''), 'unnamed') || ', ' || state || ') for ' || extract(epoch FROM clock_timestamp() - xact_start)::int || ' s',
                   clock_timestamp() - xact_start > interval '1 hour'
            FROM pg_stat_activity
            WHERE datname = current_database() AND xact_start < clock_timestamp() - interval '5 minutes' AND backend_type = 'client backend'
            UNION ALL
            SELECT 'prepared transaction ' || gid || ' since ' || prepared, true FROM pg_prepared_xacts WHERE database = current_database() AND prepared < clock_timestamp() - interval '5 minutes'
            """,
            connection);
        var found = new List<string>();
        var worst = false;
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        while (await row.ReadAsync(cancellationToken))
        {
            found.Add(row.GetString(0));
            worst |= row.GetBoolean(1);
        }
        if (found.Count == 0) return [Finding.Good("long transactions", "None is older than five minutes.")];
        var detail = $"Open: {string.Join(", ", found)}.";
        const string Advice = "Find out who that is; SELECT pg_terminate_backend(process) ends it.";
        return [worst ? Finding.Bad("long transactions", detail, Advice) : Finding.Warning("long transactions", detail, Advice)];
    }

    private async Task<IReadOnlyList<Finding>> RoomAsync(string shard, CancellationToken cancellationToken)
    {
        var (size, connections, most, age) = await database.AsPlatform(shard).SingleAsync<(string Size, int Connections, int Most, long Age)>(
            """
            SELECT pg_size_pretty(pg_database_size(current_database())) AS size, (SELECT sum(numbackends)::int FROM pg_stat_database) AS connections,
                   current_setting('max_connections')::int AS most, (SELECT max(age(datfrozenxid))::bigint FROM pg_database) AS age
            """,
            null,
            cancellationToken);
        if (age > 1_500_000_000) return [Finding.Bad("room", $"The oldest transaction id is {age:N0} transactions old; PostgreSQL stops at two thousand million.", "VACUUM FREEZE at once, and find out what holds autovacuum up.")];
        if (connections > most * 0.8) return [Finding.Warning("room", $"{connections} of {most} connections are in use.", "Lower 'Maximum Pool Size', or put PgBouncer in front.")];
        return [Finding.Good("room", $"The database takes {size}; {connections} of {most} connections are in use.")];
    }

    private async Task<IReadOnlyList<Finding>> BloatAsync(string shard, CancellationToken cancellationToken)
    {
        var bloated = await database.AsPlatform(shard).QueryAsync<string>(
            """
            SELECT relname || ' (' || round(100.0 * n_dead_tup / (n_live_tup + n_dead_tup)) || ' % of ' || n_live_tup + n_dead_tup || ' rows)'
            FROM pg_stat_user_tables
            WHERE schemaname = 'public' AND n_dead_tup > 10000 AND n_dead_tup > 0.2 * n_live_tup
            ORDER BY n_dead_tup DESC
            """,
            null,
            cancellationToken);
        return bloated.Count > 0
            ? [Finding.Warning("bloat", $"Many dead rows: {string.Join(", ", bloated)}.", "VACUUM (ANALYZE) these, and see whether autovacuum keeps up or a long transaction holds it up.")]
            : [Finding.Good("bloat", "No table has more than a fifth of dead rows.")];
    }
}
