using System.Collections.Concurrent;
using Dapper;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Podium.Emulator.Services;
using Podium.Platform.Databases;
using Podium.Tests.Harness;

namespace Podium.Tests.Platform.Databases;

public sealed class MigrationTests
{
    private static readonly TimeProvider Clock = TimeProvider.System;

    [Fact]
    public async Task All_migrations_can_be_taken_back_and_applied_again_to_the_same_schema()
    {
        await using var place = await Place.EmptyAsync();

        var applied = await place.Migrator().UpAsync("test");
        var full = await place.CatalogueAsync();
        var takenBack = await place.Migrator().DownAsync(0, "test");
        var bare = await place.CatalogueAsync();
        await place.Migrator().UpAsync("test");
        var again = await place.CatalogueAsync();

        Assert.Equal(Migration.All, applied);
        Assert.Equal(Migration.All.Reverse(), takenBack);
        Assert.Equal(full, again);
        Assert.Equal(["schema_migration_progress", "schema_migrations"], Relations(bare, 'r'));
        Assert.DoesNotContain("\nroutine ", bare, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_migration_takes_back_what_it_did_and_nothing_else()
    {
        await using var place = await Place.EmptyAsync();
        await place.Migrator([]).UpAsync("test", target: 0); // roles and the migrations' own tables
        var before = await place.CatalogueAsync();
        foreach (var migration in Migration.All)
        {
            await place.Migrator().UpAsync("test", migration.Version);
            var after = await place.CatalogueAsync();
            Assert.NotEqual(before, after);

            await place.Migrator().DownAsync(migration.Version - 1, "test");
            Assert.Equal(before, await place.CatalogueAsync());

            await place.Migrator().UpAsync("test", migration.Version);
            Assert.Equal(after, await place.CatalogueAsync());
            before = after;
        }
    }

    [Fact]
    public void Every_migration_has_a_way_back_and_a_number_without_a_gap()
    {
        var files = typeof(Migration).Assembly.GetManifestResourceNames().Where(name => name.StartsWith("Migrations/0", StringComparison.Ordinal)).ToList();
        var ups = files.Where(name => !name.EndsWith(".down.sql", StringComparison.Ordinal)).ToList();

        Assert.Equal(ups.Count, Migration.All.Count); // none is left out for its name
        Assert.Equal(files.Except(ups).Order(), ups.Select(name => name.Replace(".sql", ".down.sql", StringComparison.Ordinal)).Order());
        Assert.Equal(Enumerable.Range(1, ups.Count), Migration.All.Select(migration => migration.Version));
        Assert.All(Migration.All, migration => Assert.NotEmpty(SqlScript.Statements(migration.Down)));
    }

    [Fact]
    public async Task A_file_that_changed_after_it_was_applied_is_refused()
    {
        await using var place = await Place.EmptyAsync();
        await place.Migrator([Step(1, "CREATE TABLE a (x int);\n", "DROP TABLE a;")]).UpAsync("test");

        var sameInAnotherCheckout = place.Migrator([Step(1, "CREATE TABLE a (x int);\r\n", "DROP TABLE a;")]);
        var changed = place.Migrator([Step(1, "CREATE TABLE a (x bigint);", "DROP TABLE a;"), Step(2, "CREATE TABLE b (x int);", "DROP TABLE b;")]);

        Assert.Empty(await sameInAnotherCheckout.UpAsync("test"));
        var up = await Assert.ThrowsAsync<MigrationException>(() => changed.UpAsync("test"));
        await Assert.ThrowsAsync<MigrationException>(() => changed.DownAsync(0, "test"));
        Assert.Equal("0001_step: The file has changed since it was applied.", up.Message);
        Assert.Equal(["The file has changed since it was applied.", null], (await changed.StatusAsync()).Select(state => state.Fault));
        Assert.Null(await place.ScalarAsync<string>("SELECT to_regclass('b')::text"));
    }

    [Fact]
    public async Task What_a_newer_build_applied_is_reported_and_stops_an_older_one()
    {
        await using var place = await Place.EmptyAsync();
        var first = Step(1, "CREATE TABLE a (x int);", "DROP TABLE a;");
        await place.Migrator([first, Step(2, "CREATE TABLE b (x int);", "DROP TABLE b;")]).UpAsync("test");

        var older = place.Migrator([first]);

        var unknown = (await older.StatusAsync()).Single(state => state.Version == 2);
        Assert.Equal(("step", "The database has it, this build does not: a newer build was here."), (unknown.Name, unknown.Fault));
        await Assert.ThrowsAsync<MigrationException>(() => older.UpAsync("test"));
        await Assert.ThrowsAsync<MigrationException>(() => older.DownAsync(0, "test"));
    }

    [Fact]
    public async Task Status_tells_of_every_migration_before_and_after()
    {
        await using var place = await Place.EmptyAsync();

        var before = await place.Migrator().StatusAsync();
        await place.Migrator().UpAsync("somebody", target: 1);
        var after = await place.Migrator().StatusAsync();

        Assert.Equal(Migration.All.Select(migration => (migration.Version, migration.Name)), before.Select(state => (state.Version, state.Name)));
        Assert.All(before, state => Assert.Null(state.AppliedAt));
        Assert.Equal("somebody", after[0].AppliedBy);
        Assert.NotNull(after[0].ExecutionTimeMs);
        Assert.All(after.Skip(1), state => Assert.Null(state.AppliedAt));
    }

    [Fact]
    public async Task Racing_deploys_apply_each_migration_once()
    {
        await using var place = await Place.EmptyAsync();
        var migrations = Enumerable.Range(1, 4).Select(number => Step(number, $"CREATE TABLE t{number} (x int);", $"DROP TABLE t{number};"))
            // the others wait meanwhile, and must not be what it waits for
            .Append(Step(5, "-- podium: no transaction\nCREATE INDEX CONCURRENTLY t1_x ON t1 (x);", "DROP INDEX t1_x;"))
            .ToList();

        var applied = await Task.WhenAll(Enumerable.Range(0, 8).Select(deploy => Task.Run(() => place.Migrator(migrations).UpAsync($"deploy {deploy}"))));

        Assert.Equal(migrations, applied.SelectMany(some => some).OrderBy(migration => migration.Version));
        Assert.All(await place.Migrator(migrations).StatusAsync(), state => Assert.NotNull(state.AppliedAt));
    }

    [Fact]
    public async Task Databases_of_one_server_can_be_made_at_the_same_time()
    {
        var places = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Place.EmptyAsync()));

        var applied = await Task.WhenAll(places.Select(place => place.Migrator().UpAsync("test")));

        Assert.All(applied, some => Assert.Equal(Migration.All.Count, some.Count));
        foreach (var place in places) await place.DisposeAsync();
    }

    [Fact]
    public async Task A_migration_without_a_transaction_builds_an_index_concurrently_and_can_be_repeated_after_a_fault()
    {
        await using var place = await Place.EmptyAsync();
        const string Up =
            """
            -- podium: no transaction
            DROP INDEX CONCURRENTLY IF EXISTS a_x;
            CREATE UNIQUE INDEX CONCURRENTLY a_x ON a (x);
            """;
        var migrations = new[] { Step(1, "CREATE TABLE a (x int); INSERT INTO a VALUES (1), (1);", "DROP TABLE a;"), Step(2, Up, "DROP INDEX a_x;") };

        var fault = await Assert.ThrowsAsync<MigrationException>(() => place.Migrator(migrations).UpAsync("test"));
        Assert.StartsWith("0002_step up, line 3: could not create unique index", fault.Message, StringComparison.Ordinal);
        Assert.False(await place.ScalarAsync<bool>("SELECT indisvalid FROM pg_index WHERE indexrelid = 'a_x'::regclass"));
        await place.ScalarAsync<object>("DELETE FROM a");
        await place.Migrator(migrations).UpAsync("test");

        Assert.True(await place.ScalarAsync<bool>("SELECT indisvalid FROM pg_index WHERE indexrelid = 'a_x'::regclass"));
    }

    [Fact]
    public async Task A_failed_migration_leaves_nothing_and_names_itself_and_the_line()
    {
        await using var place = await Place.EmptyAsync();
        const string Up =
            """
            -- a comment
            CREATE TABLE a (x int);
            CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT 2; END;

            CREATE TABLE b (
                x int,
                y nonsense
            );
            """;
        const string Deep =
            """
            CREATE TABLE a (x int);

            DO $$
            BEGIN
                PERFORM 1 / 0;
            END
            $$;
            """;

        var wrongType = await Assert.ThrowsAsync<MigrationException>(() => place.Migrator([Step(1, Up, "DROP TABLE a;")]).UpAsync("test"));
        var insideBody = await Assert.ThrowsAsync<MigrationException>(() => place.Migrator([Step(1, Deep, "DROP TABLE a;")]).UpAsync("test"));

        Assert.Equal("0001_step up, line 7: type \"nonsense\" does not exist", wrongType.Message);
        Assert.Equal("0001_step up, line 3: division by zero", insideBody.Message);
        Assert.Null(await place.ScalarAsync<string>("SELECT to_regclass('a')::text"));
        Assert.Null(await place.ScalarAsync<string>("SELECT to_regprocedure('f()')::text"));

        await place.Migrator([Step(1, "CREATE TABLE a (x int);", "DROP TABLE a;\nDROP TABLE nowhere;")]).UpAsync("test");
        var down = await Assert.ThrowsAsync<MigrationException>(() => place.Migrator([Step(1, "CREATE TABLE a (x int);", "DROP TABLE a;\nDROP TABLE nowhere;")]).DownAsync(0, "test"));
        Assert.Equal("0001_step down, line 2: table \"nowhere\" does not exist", down.Message);
        Assert.Equal("a", await place.ScalarAsync<string>("SELECT to_regclass('a')::text"));
    }

    [Fact]
    public async Task A_move_in_batches_that_is_cancelled_goes_on_where_it_was()
    {
        await using var place = await Place.EmptyAsync();
        using var cancel = new CancellationTokenSource();
        var seen = new List<long>();
        var progress = new Inline(step =>
        {
            if (step is not { Migration.Version: 2, Finished: false }) return;
            seen.Add(step.Moved);
            if (step.Moved == 4000) cancel.Cancel();
        });

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => place.Migrator(Move()).UpAsync("test", progress: progress, cancellationToken: cancel.Token));
        var state = (await place.Migrator(Move()).StatusAsync())[1];
        var back = await Assert.ThrowsAsync<MigrationException>(() => place.Migrator(Move()).DownAsync(0, "test"));
        await place.Migrator(Move()).UpAsync("test", progress: progress);

        Assert.Equal((null, 4000), (state.AppliedAt, state.Moved));
        Assert.Contains("0002_step: its data move is under way", back.Message, StringComparison.Ordinal);
        Assert.Equal([1000, 2000, 3000, 4000, 5000, 6000, 7000, 8000, 9000, 10_000, 10_000], seen);
        await place.AssertMovedAsync();
    }

    [Theory]
    [InlineData("doubled", "NEW.id = 4500")] // in the middle of a batch
    [InlineData("doubled", "NEW.id = 5000")] // at a batch's last row
    [InlineData("schema_migration_progress", "NEW.moved = 6000")] // as it notes its place
    [InlineData("schema_migrations", "NEW.version = 2")] // after the last batch
    public async Task A_move_in_batches_whose_connection_is_killed_loses_and_doubles_nothing(string table, string when)
    {
        await using var place = await Place.EmptyAsync();
        await place.Migrator(Move()).UpAsync("test", target: 1);
        await place.ScalarAsync<object>(
            $"""
             CREATE SEQUENCE kills;
             GRANT USAGE ON SEQUENCE kills TO podium_owner;
             CREATE FUNCTION kill_once() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
             BEGIN
                 IF nextval('kills') = 1 THEN PERFORM pg_terminate_backend(pg_backend_pid()); END IF;
                 RETURN NEW;
             END
             $$;
             CREATE TRIGGER kill_once BEFORE INSERT OR UPDATE ON {table} FOR EACH ROW WHEN ({when}) EXECUTE FUNCTION kill_once()
             """);

        await Assert.ThrowsAnyAsync<Exception>(() => place.Migrator(Move()).UpAsync("test"));
        Assert.Null((await place.Migrator(Move()).StatusAsync())[1].AppliedAt);
        await place.Migrator(Move()).UpAsync("test");

        await place.AssertMovedAsync();
        Assert.Equal(0, await place.ScalarAsync<long>("SELECT count(*) FROM schema_migration_progress"));
    }

    [Fact]
    public async Task A_move_in_batches_is_one_statement_and_its_fault_names_the_line()
    {
        await using var place = await Place.EmptyAsync();

        var two = await Assert.ThrowsAsync<MigrationException>(() => place.Migrator([Step(1, "-- podium: batches\nSELECT 1, NULL; SELECT 2", "SELECT 1;")]).UpAsync("test"));
        var wrong = await Assert.ThrowsAsync<MigrationException>(() => place.Migrator([Step(1, "-- podium: batches\nSELECT 1,\n  nowhere", "SELECT 1;")]).UpAsync("test"));

        Assert.Equal("0001_step up: a move in batches is one statement, not 2.", two.Message);
        Assert.Equal("0001_step up, line 3: column \"nowhere\" does not exist", wrong.Message);
    }

    [Fact]
    public async Task A_login_that_is_no_superuser_but_owns_its_database_can_do_it_all()
    {
        // roles belong to a whole server, so this one must be new
        var folder = Path.Combine(Path.GetTempPath(), $"podium-roles-{Guid.NewGuid():N}");
        await using (var server = await EmbeddedServices.StartAsync(
            new EmbeddedServicesOptions { DataFolder = folder, NeedStorage = false, Durable = false, PostgresPort = 0 }, _ => { }, CancellationToken.None))
        {
            await using (var admin = NpgsqlDataSource.Create(server.PostgresConnectionString!))
            {
                await using var create = admin.CreateCommand("CREATE ROLE operator LOGIN CREATEROLE PASSWORD 'operator'");
                await create.ExecuteNonQueryAsync();
                await using var own = admin.CreateCommand("CREATE DATABASE owned OWNER operator");
                await own.ExecuteNonQueryAsync();
            }
            var login = new NpgsqlConnectionStringBuilder(server.PostgresConnectionString) { Username = "operator", Password = "operator", Database = "owned" }.ConnectionString;
            await using var database = OpenDatabase(login);
            var migrator = new Migrator(database.Source(DatabaseSettings.DefaultShard, DatabaseRole.Owner), Clock);

            Assert.Equal(Migration.All, await migrator.UpAsync("test"));
            Assert.Equal(Migration.All.Reverse(), await migrator.DownAsync(0, "test"));
            Assert.Equal(Migration.All, await migrator.UpAsync("test"));
            Assert.All(await migrator.StatusAsync(), state => Assert.Null(state.Fault));

            Assert.Equal("podium_platform", await database.AsPlatform().FirstAsync<string>("SELECT current_user::text"));
            Assert.Equal("podium_app", await database.As(new Actor { TenantId = Guid.NewGuid() }).FirstAsync<string>("SELECT current_user::text"));
        }
        NpgsqlConnection.ClearAllPools();
        Directory.Delete(folder, recursive: true);
    }

    internal static Database OpenDatabase(string connection, params (string Name, string? Value)[] settings) => new(
        new DatabaseSettings(new ConfigurationBuilder()
            .AddInMemoryCollection([new("Postgres", connection), .. settings.Select(setting => new KeyValuePair<string, string?>(setting.Name, setting.Value))])
            .Build()),
        TimeProvider.System,
        NullLogger<Database>.Instance);

    private static Migration Step(int version, string up, string down) => new(version, "step", up, down);

    private static Migration[] Move() =>
    [
        Step(
            1,
            "CREATE TABLE numbers (id int PRIMARY KEY); INSERT INTO numbers SELECT generate_series(1, 10000); CREATE TABLE doubled (id int, value int);",
            "DROP TABLE numbers, doubled;"),
        Step(
            2,
            """
            -- podium: batches
            WITH batch AS (
                SELECT id FROM numbers WHERE @after IS NULL OR id > @after::int ORDER BY id LIMIT 1000
            ), moved AS (
                INSERT INTO doubled SELECT id, 2 * id FROM batch RETURNING id
            )
            SELECT count(*), CASE WHEN count(*) = 1000 THEN max(id)::text END FROM moved;
            """,
            "TRUNCATE doubled;"),
    ];

    private static IEnumerable<string> Relations(string catalogue, char kind) => catalogue.Split('\n')
        .Where(line => line.StartsWith("relation ", StringComparison.Ordinal) && line.Contains($" kind={kind} ", StringComparison.Ordinal))
        .Select(line => line.Split(' ')[1]["public.".Length..]);

    private sealed class Inline(Action<Migrator.Step> report) : IProgress<Migrator.Step>
    {
        public void Report(Migrator.Step value) => report(value);
    }

    /// <summary>A database with nothing in it.</summary>
    private sealed class Place(TestServers.DatabaseLease lease, NpgsqlDataSource source) : IAsyncDisposable
    {
        public static async Task<Place> EmptyAsync()
        {
            var lease = await TestServers.Current.LeaseDatabaseAsync(empty: true);
            return new Place(lease, NpgsqlDataSource.Create(lease.Postgres));
        }

        public Migrator Migrator(IReadOnlyList<Migration>? migrations = null) => new(source, Clock, migrations);

        public Task<string> CatalogueAsync() => Catalogue.ReadAsync(source);

        public async Task<T?> ScalarAsync<T>(string sql)
        {
            await using var connection = await source.OpenConnectionAsync();
            return await connection.ExecuteScalarAsync<T>(sql);
        }

        public async Task AssertMovedAsync()
        {
            Assert.Equal(10_000, await ScalarAsync<long>("SELECT count(*) FROM doubled"));
            Assert.Equal(10_000, await ScalarAsync<long>("SELECT count(DISTINCT id) FROM doubled JOIN numbers USING (id) WHERE value = 2 * id"));
        }

        public async ValueTask DisposeAsync()
        {
            await source.DisposeAsync();
            await lease.DisposeAsync();
        }
    }
}
