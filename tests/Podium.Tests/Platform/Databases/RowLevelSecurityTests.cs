using System.Net;
using Dapper;
using Npgsql;
using Podium.Platform.Databases;
using Podium.Tests.Harness;

namespace Podium.Tests.Platform.Databases;

/// <summary>What one tenant can do to another's rows: nothing, in any table.</summary>
public sealed class RowLevelSecurityTests(RowLevelSecurityTests.TwoTenants place) : IClassFixture<RowLevelSecurityTests.TwoTenants>
{
    private static readonly string[] Nobody = ["42501"];

    [Fact]
    public async Task The_platform_sees_both_tenants_in_every_table()
    {
        foreach (var table in place.Tables)
            Assert.Equal((table.Name, 2), (table.Name, await place.Database.AsPlatform().SingleAsync<int>($"SELECT count(DISTINCT {table.Key})::int FROM {table.Name}")));
    }

    [Fact]
    public async Task A_tenant_sees_its_own_rows_and_no_others()
    {
        foreach (var table in place.Tables)
        {
            foreach (var session in new[] { place.Database.As(place.Actor), place.Database.Reading(place.Actor) })
            {
                var others = await CountAsync(session, $"SELECT count(*)::int FROM {table.Name} WHERE {table.Key} <> '{place.Actor.TenantId}'");
                var own = await CountAsync(session, $"SELECT count(*)::int FROM {table.Name}");
                Assert.Equal((table.Name, 0), (table.Name, others ?? 0));
                Assert.True(own is null or > 0, table.Name);
            }
        }
    }

    [Fact]
    public async Task A_tenant_cannot_change_or_delete_anothers_row()
    {
        foreach (var table in place.Tables)
        {
            var app = place.Database.As(place.Actor);
            Assert.Equal((table.Name, 0), (table.Name, await TouchedAsync(app, $"UPDATE {table.Name} SET {table.Changeable} = {table.Changeable} WHERE {table.Key} = '{place.Other}'")));
            Assert.Equal((table.Name, 0), (table.Name, await TouchedAsync(app, $"DELETE FROM {table.Name} WHERE {table.Key} = '{place.Other}'")));
        }
    }

    [Fact]
    public async Task A_tenant_cannot_add_a_row_for_another_or_give_one_of_its_own_away()
    {
        foreach (var table in place.Tables)
        {
            var app = place.Database.As(place.Actor);
            Assert.Contains(await RefusalAsync(app, table.InsertAgain(place.Other)), Nobody);
            Assert.Contains(await RefusalAsync(app, $"UPDATE {table.Name} SET {table.Key} = '{place.Other}' WHERE {table.Key} = '{place.Actor.TenantId}'"), Nobody);
        }
    }

    [Fact]
    public async Task The_reader_writes_nothing()
    {
        foreach (var table in place.Tables)
        {
            var reader = place.Database.Reading(place.Actor);
            Assert.Contains(await RefusalAsync(reader, table.InsertAgain(place.Actor.TenantId)), Nobody);
            Assert.Contains(await RefusalAsync(reader, $"UPDATE {table.Name} SET {table.Key} = {table.Key}"), Nobody);
            Assert.Contains(await RefusalAsync(reader, $"DELETE FROM {table.Name}"), Nobody);
            Assert.Contains(await RefusalAsync(reader, $"TRUNCATE {table.Name} CASCADE"), Nobody);
        }
    }

    [Fact]
    public async Task Who_is_not_introduced_sees_and_writes_nothing()
    {
        foreach (var role in new[] { DatabaseRole.App, DatabaseRole.Reader })
        {
            await using var connection = await place.Database.Source(DatabaseSettings.DefaultShard, role).OpenConnectionAsync();
            foreach (var table in place.Tables)
            {
                Assert.Equal((table.Name, 0), (table.Name, await OrRefusedAsync(() => connection.ExecuteScalarAsync<int>($"SELECT count(*)::int FROM {table.Name}")) ?? 0));
                Assert.Contains(await RefusalAsync(() => connection.ExecuteAsync(table.InsertAgain(place.Actor.TenantId))), Nobody);
            }
        }
    }

    [Fact]
    public async Task A_pooled_connection_forgets_whom_it_served_and_keeps_its_role()
    {
        await using var database = MigrationTests.OpenDatabase(place.Postgres + ";Maximum Pool Size=1");
        var process = await database.As(place.Actor).SingleAsync<int>("SELECT pg_backend_pid()");
        for (var use = 0; use < 12; use++) // more than automatic preparation waits for
        {
            if (use % 3 == 0) Assert.Equal(1, await database.As(place.Actor).SingleAsync<int>("SELECT count(*)::int FROM tenants"));
            if (use % 3 == 1) await database.InTransaction(place.Actor, async session => await session.SingleAsync<int>("SELECT count(*)::int FROM tenants"), CancellationToken.None);
            if (use % 3 == 2) await Assert.ThrowsAsync<PostgresException>(() => database.As(place.Actor).SingleAsync<int>("SELECT 1 / 0"));

            await using var connection = await database.Source(DatabaseSettings.DefaultShard, DatabaseRole.App).OpenConnectionAsync();
            Assert.Equal(
                (process, "podium_app", "", 0L),
                await connection.QuerySingleAsync<(int, string, string, long)>(
                    "SELECT pg_backend_pid(), current_user::text, coalesce(current_setting('podium.tenant', true), ''), (SELECT count(*) FROM tenants)"));
        }
    }

    [Fact]
    public async Task The_next_tenant_on_a_connection_sees_only_its_own()
    {
        await using var database = MigrationTests.OpenDatabase(place.Postgres + ";Maximum Pool Size=1");
        foreach (var tenant in new[] { place.Actor.TenantId, place.Other, place.Actor.TenantId })
            Assert.Equal([tenant], await database.As(new Actor { TenantId = tenant }).QueryAsync<Guid>("SELECT id FROM tenants"));
    }

    [Fact]
    public async Task What_an_actor_is_made_of_cannot_hold_SQL()
    {
        var reachesTheServer = typeof(Actor).GetProperties().Where(property => property.Name is not (nameof(Actor.Shard) or "EqualityContract")).ToDictionary(property => property.Name, property => property.PropertyType);
        Assert.Equal(
            new Dictionary<string, Type> { [nameof(Actor.TenantId)] = typeof(Guid), [nameof(Actor.UserId)] = typeof(Guid?), [nameof(Actor.Address)] = typeof(IPAddress) },
            reachesTheServer);

        // the shard is a name to look up, and is never sent
        var actor = place.Actor with { Shard = "default'; DROP TABLE tenants; --" };
        await Assert.ThrowsAsync<InvalidOperationException>(() => place.Database.As(actor).FirstAsync<int>("SELECT 1"));
    }

    [Fact]
    public async Task The_session_knows_the_actor_in_every_statement_of_a_transaction()
    {
        var actor = place.Actor with { UserId = Guid.NewGuid(), Address = IPAddress.Parse("2001:db8::7") };

        var seen = await place.Database.InTransaction(
            actor,
            async session => new[]
            {
                await session.SingleAsync<(Guid, Guid, string)>("SELECT current_tenant(), current_actor(), host(current_address())"),
                await session.SingleAsync<(Guid, Guid, string)>("SELECT current_tenant(), current_actor(), host(current_address())"),
            },
            CancellationToken.None);

        Assert.Equal(Enumerable.Repeat((actor.TenantId, actor.UserId.Value, "2001:db8::7"), 2), seen);
    }

    private static Task<int?> CountAsync(Session session, string sql) => OrRefusedAsync(() => session.SingleAsync<int>(sql));

    private static async Task<int> TouchedAsync(Session session, string sql) => await OrRefusedAsync(() => session.ExecuteAsync(sql)) ?? 0;

    private static async Task<int?> OrRefusedAsync(Func<Task<int>> statement)
    {
        try
        {
            return await statement();
        }
        catch (PostgresException refused) when (refused.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            return null;
        }
    }

    private static Task<string> RefusalAsync(Session session, string sql) => RefusalAsync(() => session.ExecuteAsync(sql));

    private static async Task<string> RefusalAsync(Func<Task<int>> statement)
    {
        try
        {
            return $"{await statement()} rows";
        }
        catch (PostgresException refused)
        {
            return refused.SqlState;
        }
    }

    /// <summary>A tenant's table, with the row that each of the two tenants has in it.</summary>
    public sealed record Table(string Name, string Key, string Changeable, IReadOnlyList<string> Columns, IReadOnlyDictionary<Guid, string> Rows)
    {
        /// <summary>Adds a tenant's row once more; whether that would break a unique rule is decided after whether it is allowed.</summary>
        public string InsertAgain(Guid tenant)
        {
            var columns = string.Join(", ", Columns);
            return $"INSERT INTO {Name} ({columns}) SELECT {columns} FROM jsonb_populate_record(NULL::{Name}, '{Rows[tenant].Replace("'", "''", StringComparison.Ordinal)}'::jsonb)";
        }
    }

    /// <summary>Two tenants with a row in every table, made from what the catalogue says of the columns.</summary>
    public sealed class TwoTenants : IAsyncLifetime
    {
        private TestServers.DatabaseLease? _lease;
        private int _number;

        public Actor Actor { get; } = new() { TenantId = Guid.NewGuid() };

        public Guid Other { get; } = Guid.NewGuid();

        public string Postgres => _lease!.Postgres;

        public Database Database { get; private set; } = null!;

        public IReadOnlyList<Table> Tables { get; private set; } = [];

        public async ValueTask InitializeAsync()
        {
            _lease = await TestServers.Current.LeaseDatabaseAsync();
            Database = MigrationTests.OpenDatabase(Postgres);
            await using var source = NpgsqlDataSource.Create(Postgres);
            await using var connection = await source.OpenConnectionAsync();
            await LoosenAsync(connection);
            var columns = (await connection.QueryAsync<Column>(
                """
                SELECT relname AS "table", attname AS name, format_type(coalesce(nullif(typbasetype, 0), atttypid), -1) AS type, attnotnull AS required, atthasdef OR attidentity <> '' AS has_default,
                       attgenerated <> '' AS generated, has_column_privilege('podium_app', pg_class.oid, attname, 'UPDATE') AS changeable,
                       (SELECT enumlabel::text FROM pg_enum WHERE enumtypid = atttypid ORDER BY enumsortorder LIMIT 1) AS label
                FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid JOIN pg_type ON pg_type.oid = atttypid
                WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition AND attnum > 0 AND NOT attisdropped
                  AND (relname = 'tenants' OR EXISTS (SELECT FROM pg_attribute AS tenant WHERE tenant.attrelid = pg_class.oid AND tenant.attname = 'tenant_id'))
                ORDER BY attnum
                """)).ToLookup(column => column.Table);
            var references = (await connection.QueryAsync<Reference>(
                """
                SELECT conrelid::regclass::text AS "table", confrelid::regclass::text AS target, mine.attname AS name, theirs.attname AS target_name
                FROM pg_constraint
                CROSS JOIN LATERAL unnest(conkey, confkey) AS pair (mine, theirs)
                JOIN pg_attribute AS mine ON mine.attrelid = conrelid AND mine.attnum = pair.mine
                JOIN pg_attribute AS theirs ON theirs.attrelid = confrelid AND theirs.attnum = pair.theirs
                WHERE contype = 'f' AND connamespace = 'public'::regnamespace AND mine.attnotnull
                """)).ToLookup(reference => reference.Table);

            var filled = new List<Table>();
            while (columns.Count > filled.Count)
            {
                var ready = columns.Where(table => filled.All(known => known.Name != table.Key) && references[table.Key].All(reference => reference.Target == table.Key || filled.Any(known => known.Name == reference.Target))).ToList();
                Assert.NotEmpty(ready); // else the tables refer to each other in a circle
                foreach (var table in ready) filled.Add(await FillAsync(connection, table.Key, [.. table], [.. references[table.Key]], filled));
            }
            Tables = filled;
        }

        public async ValueTask DisposeAsync()
        {
            await Database.DisposeAsync();
            await _lease!.DisposeAsync();
        }

        // made-up rows break other rules than the one that is tested here
        private static Task LoosenAsync(NpgsqlConnection connection) => connection.ExecuteAsync(
            """
            DO $$
            DECLARE
                found record;
            BEGIN
                FOR found IN SELECT conrelid::regclass AS relation, conname FROM pg_constraint WHERE contype = 'c' AND connamespace = 'public'::regnamespace AND conrelid <> 0 AND conislocal LOOP
                    EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', found.relation, found.conname);
                END LOOP;
                -- what is narrower than the tenant has tests of its own
                FOR found IN SELECT polrelid::regclass AS relation, polname FROM pg_policy WHERE NOT polpermissive LOOP
                    EXECUTE format('DROP POLICY %I ON %s', found.polname, found.relation);
                END LOOP;
                FOR found IN SELECT oid::regclass AS relation, relname, relkind FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition LOOP
                    EXECUTE format('ALTER TABLE %s DISABLE TRIGGER USER', found.relation);
                    IF found.relkind = 'p' AND NOT EXISTS (SELECT FROM pg_partitioned_table WHERE partrelid = found.relation AND partdefid <> 0) THEN
                        EXECUTE format('CREATE TABLE %I PARTITION OF %s DEFAULT', found.relname || '_test_rest', found.relation);
                    END IF;
                END LOOP;
            END
            $$
            """);

        private async Task<Table> FillAsync(NpgsqlConnection connection, string name, IReadOnlyList<Column> columns, IReadOnlyList<Reference> references, IReadOnlyList<Table> filled)
        {
            // the platform writes what it may; what is written by triggers alone, its owner
            await connection.ExecuteAsync("RESET ROLE");
            await connection.ExecuteAsync(await connection.ExecuteScalarAsync<bool>($"SELECT has_table_privilege('podium_platform', '{name}', 'INSERT')") ? "SET ROLE podium_platform" : "SET ROLE podium_owner");
            var key = name == "tenants" ? "id" : "tenant_id";
            var rows = new Dictionary<Guid, string>();
            foreach (var tenant in new[] { Actor.TenantId, Other })
            {
                var given = columns.Where(column => column.Required && !column.HasDefault && !column.Generated).ToList();
                var values = given.Select(column => column.Name == key ? $"'{tenant}'"
                    : references.FirstOrDefault(reference => reference.Name == column.Name && reference.Target != name) is { } reference
                        ? $"(jsonb_populate_record(NULL::{reference.Target}, '{filled.Single(known => known.Name == reference.Target).Rows[tenant].Replace("'", "''", StringComparison.Ordinal)}'::jsonb)).{reference.TargetName}"
                        : ValueOf(column));
                rows[tenant] = await connection.ExecuteScalarAsync<string>(
                    $"INSERT INTO {name} ({string.Join(", ", given.Select(column => column.Name))}) VALUES ({string.Join(", ", values)}) RETURNING to_jsonb({name})::text") ?? "";
            }
            return new Table(name, key, columns.FirstOrDefault(column => column.Changeable)?.Name ?? key, [.. columns.Where(column => !column.Generated).Select(column => column.Name)], rows);
        }

        private string ValueOf(Column column)
        {
            var number = ++_number;
            if (column.Label is { } label) return $"'{label}'";
            return column.Type switch
            {
                "uuid" => $"'{Guid.NewGuid()}'",
                "text" or "character varying" or "character" or "bpchar" => $"'x{number}'",
                "smallint" or "integer" or "bigint" or "numeric" or "real" or "double precision" => $"{number}",
                "boolean" => "false",
                "timestamp with time zone" => $"'2026-01-05 08:00Z'::timestamptz + {number} * interval '1 second'",
                "date" => $"'2026-01-05'::date + {number}",
                "time without time zone" => "'08:00'",
                "interval" => "'1 day'",
                "json" or "jsonb" => "'{}'",
                "bytea" => $"'\\x{number:x8}'",
                "inet" or "cidr" => "'192.0.2.1'",
                "tsvector" => "''",
                var type when type.EndsWith("[]", StringComparison.Ordinal) => "'{}'",
                var type when type.EndsWith("range", StringComparison.Ordinal) => "'empty'",
                var type => throw new InvalidOperationException($"Say here what a {type} may be, for {column.Table}.{column.Name}."),
            };
        }

        private sealed record Column(string Table, string Name, string Type, bool Required, bool HasDefault, bool Generated, bool Changeable, string? Label);

        private sealed record Reference(string Table, string Target, string Name, string TargetName);
    }
}
