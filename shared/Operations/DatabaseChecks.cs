using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using Microsoft.Extensions.Configuration;
using Npgsql;
using Podium.Platform.Databases;
using Podium.Platform.Security;

namespace Podium.Operations;

/// <summary>Looks every shard's database over: access, protection of tenants, schema, keys, health. It changes nothing.</summary>
public sealed partial class DatabaseChecks(Database database, IConfiguration configuration, TimeProvider clock)
{
    private static readonly TimeSpan LargestSkew = TimeSpan.FromSeconds(2);

    private readonly bool _development = configuration["AZURE_FUNCTIONS_ENVIRONMENT"] == "Development";

    private sealed record Standing(string Name, string Login, bool Superuser, bool BypassesRls, bool LoginIsSuperuser, bool Encrypted, bool Local);

    public async Task<IReadOnlyList<Finding>> Run(CancellationToken cancellationToken)
    {
        var findings = new List<Finding>();
        foreach (var shard in database.Shards)
        {
            var connections = await ConnectionsAsync(shard, cancellationToken);
            findings.AddRange(connections.Select(finding => finding with { Shard = shard }));
            // where nobody answers, the rest would say the same a dozen times
            if (connections.Any(finding => finding is { Check: "connections", Verdict: Verdict.Bad })) continue;
            foreach (var check in Checks())
            {
                foreach (var finding in await check(shard, cancellationToken)) findings.Add(finding with { Shard = shard });
            }
        }
        return findings;
    }

    private IEnumerable<Func<string, CancellationToken, Task<IReadOnlyList<Finding>>>> Checks() =>
    [
        Guarded("migrations", MigrationsAsync),
        Guarded("row-level security", ProtectionAsync),
        Guarded("indexes of foreign keys", ForeignKeysAsync),
        Guarded("valid indexes", IndexesAsync),
        Guarded("clock", ClockAsync),
        Guarded("version", VersionAsync),
        Guarded("settings", SettingsAsync),
        Guarded("signing keys", SigningKeysAsync),
        Guarded("encryption keys", EncryptionAsync),
        Guarded("outbox", OutboxAsync),
        Guarded("long transactions", TransactionsAsync),
        Guarded("room", RoomAsync),
        Guarded("bloat", BloatAsync),
        Guarded("partitions", PartitionsAsync),
        Guarded("slow statements", StatementsAsync),
        Guarded("unused indexes", UnusedIndexesAsync),
    ];

    // one check that cannot be made must not hide the others
    private static Func<string, CancellationToken, Task<IReadOnlyList<Finding>>> Guarded(string name, Func<string, CancellationToken, Task<IReadOnlyList<Finding>>> check) =>
        async (shard, stop) =>
        {
            try
            {
                return await check(shard, stop);
            }
            catch (Exception error) when (error is NpgsqlException or InvalidOperationException or TimeoutException)
            {
                return [Finding.Bad(name, $"It could not be looked at: {Sentence(error)}", "See the other findings first; then run it again.")];
            }
        };

    private async Task<IReadOnlyList<Finding>> ConnectionsAsync(string shard, CancellationToken cancellationToken)
    {
        var findings = new List<Finding>();
        var names = new List<string>();
        var failures = new List<(string Role, string Sentence, string Advice)>();
        foreach (var role in Enum.GetValues<DatabaseRole>())
        {
            try
            {
                var standing = await StandingAsync(shard, role, cancellationToken);
                names.Add(standing.Name);
                findings.AddRange(RoleFindings(role, standing));
            }
            catch (Exception error) when (error is NpgsqlException or InvalidOperationException or TimeoutException or ArgumentException)
            {
                failures.Add((DatabaseSettings.NameOf(role), Sentence(error), error is PostgresException { SqlState: PostgresErrorCodes.InvalidParameterValue or PostgresErrorCodes.InsufficientPrivilege }
                    ? "Run 'podium migrate up' with a login that may create roles, and grant the roles to the app's login."
                    : "Check the connection string, the network and that the server runs."));
            }
        }
        foreach (var alike in failures.GroupBy(failure => (failure.Sentence, failure.Advice)))
            findings.Add(Finding.Bad("connections", $"None as {string.Join(", ", alike.Select(failure => failure.Role))}: {alike.Key.Sentence}", alike.Key.Advice));
        if (failures.Count == 0) findings.Insert(0, Finding.Good("connections", $"Every role connects: {string.Join(", ", names.Distinct())}."));
        return findings;
    }

    private async Task<Standing> StandingAsync(string shard, DatabaseRole role, CancellationToken cancellationToken)
    {
        await using var connection = await database.Source(shard, role).OpenConnectionAsync(cancellationToken);
        await using var command = new NpgsqlCommand(
            """
            SELECT current_user, session_user, mine.rolsuper, mine.rolbypassrls, login.rolsuper, coalesce(ssl, false), inet_client_addr() IS NULL OR inet_client_addr() <<= '127.0.0.0/8' OR inet_client_addr() = '::1'
            FROM pg_roles mine
            JOIN pg_roles login ON login.rolname = session_user
            LEFT JOIN pg_stat_ssl ON pid = pg_backend_pid()
            WHERE mine.rolname = current_user
            """,
            connection);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        await row.ReadAsync(cancellationToken);
        return new Standing(row.GetString(0), row.GetString(1), row.GetBoolean(2), row.GetBoolean(3), row.GetBoolean(4), row.GetBoolean(5), row.GetBoolean(6));
    }

    private IEnumerable<Finding> RoleFindings(DatabaseRole role, Standing standing)
    {
        if (role == DatabaseRole.Owner)
        {
            if (!standing.Encrypted && !standing.Local) yield return Finding.Warning("encrypted connection", "The connection is not encrypted.", "Add 'SSL Mode=VerifyFull' to the connection string.");
            yield break;
        }
        var check = $"{DatabaseSettings.NameOf(role)} obeys row-level security";
        if (standing.Name != DatabaseSettings.NameOf(role))
            yield return Finding.Bad(check, $"The connection works as {standing.Name}.", "Remove what sets another role in the connection string's Options.");
        else if (standing.Superuser || standing.BypassesRls)
            yield return Finding.Bad(check, $"{standing.Name} {(standing.Superuser ? "is a superuser" : "has BYPASSRLS")}.", $"ALTER ROLE {standing.Name} NOSUPERUSER NOBYPASSRLS;");
        else if (standing.LoginIsSuperuser && !_development && role == DatabaseRole.App)
            yield return Finding.Warning(check, $"It does, but its login {standing.Login} is a superuser, which an attacker could become again.", "Give the app a login of its own that is only a member of podium_app, podium_reader and podium_platform.");
        else
            yield return Finding.Good(check, $"{standing.Name} is no superuser and has no BYPASSRLS.");
    }

    private async Task<IReadOnlyList<Finding>> MigrationsAsync(string shard, CancellationToken cancellationToken)
    {
        var states = await new Migrator(database.Source(shard, DatabaseRole.Platform), clock).StatusAsync(cancellationToken);
        var wrong = states.Where(state => state.Fault is not null).Select(state => $"{state.Version:0000}_{state.Name}: {state.Fault}").ToList();
        var missing = states.Where(state => state.AppliedAt is null).Select(state => $"{state.Version:0000}_{state.Name}").ToList();
        if (wrong.Count > 0) return [Finding.Bad("migrations", string.Join(" ", wrong), "Deploy the build that belongs to this database, or restore the migration's file.")];
        return missing.Count > 0
            ? [Finding.Bad("migrations", $"Not applied: {string.Join(", ", missing)}.", "Run 'podium migrate up'.")]
            : [Finding.Good("migrations", $"All {states.Count} are applied as this build has them.")];
    }

    private async Task<IReadOnlyList<Finding>> ProtectionAsync(string shard, CancellationToken cancellationToken)
    {
        var tables = await database.AsPlatform(shard).QueryAsync<(string Name, bool Protected)>(
            """
            SELECT class.relname AS name, class.relrowsecurity AND class.relforcerowsecurity AND EXISTS (SELECT FROM pg_policy WHERE polrelid = class.oid) AS protected
            FROM pg_class class
            JOIN pg_attribute attribute ON attribute.attrelid = class.oid AND attribute.attname = 'tenant_id' AND NOT attribute.attisdropped
            WHERE class.relkind IN ('r', 'p') AND class.relnamespace = 'public'::regnamespace
            ORDER BY 1
            """,
            null,
            cancellationToken);
        var open = tables.Where(table => !table.Protected).Select(table => table.Name).ToList();
        return open.Count > 0
            ? [Finding.Bad("row-level security", $"Not forced, or without a policy, on {string.Join(", ", open)}.", "Add a migration that calls protect('…') for each.")]
            : [Finding.Good("row-level security", $"Forced on all {tables.Count} tables with a tenant_id.")];
    }

    private async Task<IReadOnlyList<Finding>> ForeignKeysAsync(string shard, CancellationToken cancellationToken)
    {
        var naked = await database.AsPlatform(shard).QueryAsync<string>(
            """
            SELECT conrelid::regclass || ' (' || conname || ')'
            FROM pg_constraint
            WHERE contype = 'f' AND conparentid = 0 AND connamespace = 'public'::regnamespace AND NOT EXISTS (
                SELECT FROM pg_index
                WHERE indrelid = conrelid AND indisvalid AND indpred IS NULL AND indnkeyatts >= cardinality(conkey)
                  AND (indkey::int2[])[0:cardinality(conkey) - 1] @> conkey AND conkey @> (indkey::int2[])[0:cardinality(conkey) - 1])
            ORDER BY 1
            """,
            null,
            cancellationToken);
        return naked.Count > 0
            ? [Finding.Bad("indexes of foreign keys", $"None serves {string.Join(", ", naked)}.", "Add a migration that creates an index that begins with the key's columns.")]
            : [Finding.Good("indexes of foreign keys", "Every foreign key has one.")];
    }

    private async Task<IReadOnlyList<Finding>> IndexesAsync(string shard, CancellationToken cancellationToken)
    {
        var invalid = await database.AsPlatform(shard).QueryAsync<string>(
            "SELECT indexrelid::regclass::text FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid WHERE NOT indisvalid AND relnamespace = 'public'::regnamespace ORDER BY 1", null, cancellationToken);
        return invalid.Count > 0
            ? [Finding.Bad("valid indexes", $"Invalid: {string.Join(", ", invalid)}.", "REINDEX INDEX CONCURRENTLY each; a build was cut off.")]
            : [Finding.Good("valid indexes", "No index is invalid.")];
    }

    private async Task<IReadOnlyList<Finding>> ClockAsync(string shard, CancellationToken cancellationToken)
    {
        var session = database.AsPlatform(shard);
        await session.SingleAsync<int>("SELECT 1", null, cancellationToken); // the connection is there, so that only the question itself is timed
        var started = Stopwatch.GetTimestamp();
        var before = clock.GetUtcNow();
        var theirs = await session.SingleAsync<DateTimeOffset>("SELECT clock_timestamp()", null, cancellationToken);
        var skew = theirs - (before + Stopwatch.GetElapsedTime(started) / 2);
        var detail = string.Create(CultureInfo.InvariantCulture, $"The database's clock is {Math.Abs(skew.TotalSeconds):0.00} s {(skew < TimeSpan.Zero ? "behind" : "ahead")}.");
        return skew.Duration() >= LargestSkew
            ? [Finding.Bad("clock", detail, "Set both clocks by NTP: sessions and deadlines are judged by the app's, and looked at by the database's.")]
            : [Finding.Good("clock", detail)];
    }

    private async Task<IReadOnlyList<Finding>> SigningKeysAsync(string shard, CancellationToken cancellationToken)
    {
        if (shard != DatabaseSettings.DefaultShard) return [];
        var now = clock.GetUtcNow();
        var keys = await database.AsPlatform().QueryAsync<(DateTimeOffset From, DateTimeOffset Until)>(
            "SELECT signs_from, signs_until FROM signing_keys WHERE verifies_until > @now", new { now }, cancellationToken);
        if (keys.Count == 0) return [Finding.Warning("signing keys", "There is none yet.", "Nothing to do: the first sign-in makes one, or 'podium key rotate'.")];
        if (!keys.Any(key => key.From <= now && key.Until > now)) return [Finding.Bad("signing keys", "None signs now.", "Run 'podium key rotate'.")];
        var left = keys.Max(key => key.Until) - now;
        return left < TimeSpan.FromDays(1)
            ? [Finding.Warning("signing keys", $"The last one stops signing in {left.TotalHours:0} h.", "See that the daily timer runs; 'podium key rotate' makes the next one now.")]
            : [Finding.Good("signing keys", $"One signs now; the last one goes on for {left.TotalDays:0} days.")];
    }

    private async Task<IReadOnlyList<Finding>> EncryptionAsync(string shard, CancellationToken cancellationToken)
    {
        const int Sample = 20;
        var cipher = EncryptionSettings.Cipher(configuration); // made here, so that missing keys are one finding among the others
        var opened = 0;
        var old = new HashSet<string>(StringComparer.Ordinal);
        var closed = new List<string>();
        foreach (var column in EncryptedColumn.All)
        {
            var keys = string.Join(", ", column.Key);
            var rows = await database.AsPlatform(shard).QueryAsync<(string[] Key, string Value)>(
                $"""
                SELECT ARRAY[{string.Join(", ", column.Key.Select(key => $"{key}::text"))}] AS key, {column.Name} AS value
                FROM ((SELECT {keys}, {column.Name} FROM {column.Table} WHERE {column.Name} IS NOT NULL ORDER BY {keys} LIMIT {Sample})
                      UNION
                      (SELECT {keys}, {column.Name} FROM {column.Table} WHERE {column.Name} IS NOT NULL ORDER BY {string.Join(", ", column.Key.Select(key => $"{key} DESC"))} LIMIT {Sample})) AS sample
                """,
                null,
                cancellationToken);
            foreach (var row in rows)
            {
                try
                {
                    cipher.DecryptBytes(row.Value, column.Context(row.Key));
                    opened++;
                    if (cipher.NeedsRotation(row.Value)) old.Add(column.ToString());
                }
                catch (CryptographicException error)
                {
                    closed.Add($"{column}: {error.Message}");
                    break;
                }
            }
        }
        if (closed.Count > 0) return [Finding.Bad("encryption keys", string.Join(" ", closed), "Put the key that is missing back among Encryption__Keys.")];
        return old.Count > 0
            ? [Finding.Warning("encryption keys", $"All of {opened} values opened, some under an earlier key: {string.Join(", ", old)}.", "Run 'podium rotate encryption'.")]
            : [Finding.Good("encryption keys", opened == 0 ? "Nothing is encrypted yet." : $"All of {opened} values opened, all under the current key.")];
    }

    private async Task<IReadOnlyList<Finding>> OutboxAsync(string shard, CancellationToken cancellationToken)
    {
        var oldest = await database.AsPlatform(shard).FirstAsync<DateTimeOffset?>("SELECT created_at FROM outbox ORDER BY id LIMIT 1", null, cancellationToken);
        if (oldest is null) return [Finding.Good("outbox", "Nothing waits.")];
        var age = clock.GetUtcNow() - oldest.Value;
        var detail = $"The oldest message has waited {Say(age)}.";
        const string Advice = "See that the app runs and reaches its queues.";
        return age > TimeSpan.FromHours(1) ? [Finding.Bad("outbox", detail, Advice)] : age > TimeSpan.FromMinutes(5) ? [Finding.Warning("outbox", detail, Advice)] : [Finding.Good("outbox", detail)];
    }

    private static string Say(TimeSpan span) => span.TotalDays >= 2 ? $"{span.TotalDays:0} days" : span.TotalHours >= 2 ? $"{span.TotalHours:0} h" : span.TotalMinutes >= 2 ? $"{span.TotalMinutes:0} min" : $"{span.TotalSeconds:0} s";

    private static string Sentence(Exception error) => (error is PostgresException refused ? refused.MessageText : error.Message).ReplaceLineEndings(" ").Trim() is var text && text.EndsWith('.') ? text : text + ".";
}
