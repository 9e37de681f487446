using System.Net;
using System.Net.Sockets;
using Dapper;
using Npgsql;
using Podium.Platform.Databases;
using Podium.Platform.Problems;
using Podium.Tests.Harness;

namespace Podium.Tests.Platform.Databases;

public sealed class DatabaseTests : IAsyncLifetime
{
    private static readonly Actor Actor = new() { TenantId = Guid.NewGuid(), UserId = Guid.NewGuid(), Address = IPAddress.Loopback };

    private TestServers.DatabaseLease? _lease;
    private Database? _database;

    private Database Database => _database!;

    public async ValueTask InitializeAsync()
    {
        _lease = await TestServers.Current.LeaseDatabaseAsync();
        _database = MigrationTests.OpenDatabase(_lease.Postgres);
        await AdminAsync("CREATE TABLE counters (id int PRIMARY KEY, value int NOT NULL); GRANT ALL ON counters TO podium_app, podium_platform; GRANT SELECT ON counters TO podium_reader; INSERT INTO counters VALUES (1, 0), (2, 0)");
    }

    public async ValueTask DisposeAsync()
    {
        await _database!.DisposeAsync();
        await _lease!.DisposeAsync();
    }

    [Fact]
    public async Task A_tenants_statement_takes_one_round_trip()
    {
        await using var proxy = PostgresProxy.Start(_lease!.Postgres);
        await using var database = MigrationTests.OpenDatabase(proxy.Postgres);
        await ReadAsync(database.As(Actor)); // connects
        await ReadAsync(database.Reading(Actor));

        for (var use = 0; use < 10; use++) // prepares on the way
        {
            Assert.Equal((1, 1), await proxy.CountAsync(() => ReadAsync(database.As(Actor))));
            Assert.Equal((1, 1), await proxy.CountAsync(() => ReadAsync(database.Reading(Actor))));
        }
        Assert.Equal((1, 1), await proxy.CountAsync(() => database.As(Actor).QueryManyAsync(
            "SELECT id FROM counters; SELECT value FROM counters",
            null,
            async results => (await results.ReadAsync<int>()).Concat(await results.ReadAsync<int>()).ToList())));

        static Task ReadAsync(Session session) => session.SingleAsync<int>("SELECT value FROM counters WHERE id = @id", new { id = 1 });
    }

    [Fact]
    public async Task A_transaction_of_n_statements_takes_n_round_trips_and_its_commit()
    {
        await using var proxy = PostgresProxy.Start(_lease!.Postgres);
        await using var database = MigrationTests.OpenDatabase(proxy.Postgres);
        for (var use = 0; use < 10; use++) await WorkAsync(1);

        foreach (var statements in new[] { 1, 2, 5 })
            Assert.Equal((statements, statements + 1), (statements, (await proxy.CountAsync(() => WorkAsync(statements))).Turns));

        Task WorkAsync(int statements) => database.InTransaction(
            Actor,
            async session =>
            {
                for (var number = 0; number < statements; number++) await session.ExecuteAsync("UPDATE counters SET value = value + 1 WHERE id = @id", new { id = 1 });
                return true;
            },
            CancellationToken.None);
    }

    [Fact]
    public async Task A_transaction_that_lost_a_race_runs_again_from_its_beginning()
    {
        var attempts = 0;

        await Database.InTransaction(
            Actor,
            async session =>
            {
                await session.ExecuteAsync("UPDATE counters SET value = value + 1 WHERE id = 1");
                if (++attempts < 3) await session.ExecuteAsync("DO $$ BEGIN RAISE EXCEPTION 'lost' USING ERRCODE = '40001'; END $$");
                return true;
            },
            CancellationToken.None);

        Assert.Equal((3, 1), (attempts, await ValueAsync(1)));
    }

    [Fact]
    public async Task A_clash_over_a_unique_rule_is_looked_at_once_more_and_then_believed()
    {
        var attempts = 0;

        await RunAsync(clashes: 1);
        Assert.Equal((2, 1), (attempts, await ValueAsync(1)));

        attempts = 0;
        await Assert.ThrowsAsync<PostgresException>(() => RunAsync(clashes: 5));
        Assert.Equal((2, 1), (attempts, await ValueAsync(1)));

        Task RunAsync(int clashes) => Database.InTransaction(
            Actor,
            async session =>
            {
                await session.ExecuteAsync("UPDATE counters SET value = value + 1 WHERE id = 1");
                if (++attempts <= clashes) await session.ExecuteAsync("DO $$ BEGIN RAISE EXCEPTION 'taken' USING ERRCODE = '23505'; END $$");
                return true;
            },
            CancellationToken.None);
    }

    [Fact]
    public async Task A_deadlock_is_undone_and_its_loser_runs_again()
    {
        await using var database = MigrationTests.OpenDatabase(_lease!.Postgres + ";Options=-c deadlock_timeout=100ms");
        using var bothHaveOne = new Barrier(2);
        var attempts = 0;

        await Task.WhenAll(IncreaseAsync(1, 2), IncreaseAsync(2, 1));

        Assert.Equal((2, 2, 3), (await ValueAsync(1), await ValueAsync(2), attempts));

        Task IncreaseAsync(int one, int other) => Task.Run(() =>
        {
            var first = true;
            return database.InTransaction(
                Actor,
                async session =>
                {
                    Interlocked.Increment(ref attempts);
                    await session.ExecuteAsync("UPDATE counters SET value = value + 1 WHERE id = @one", new { one });
                    if (first) Assert.True(bothHaveOne.SignalAndWait(TimeSpan.FromSeconds(20)));
                    first = false;
                    return await session.ExecuteAsync("UPDATE counters SET value = value + 1 WHERE id = @other", new { other });
                },
                CancellationToken.None);
        });
    }

    [Fact]
    public async Task A_race_lost_at_the_commit_runs_again_and_one_lost_four_times_is_given_up()
    {
        await AdminAsync(
            """
            CREATE SEQUENCE tries;
            GRANT ALL ON SEQUENCE tries TO podium_app;
            CREATE FUNCTION fail_at_commit() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF nextval('tries') <= NEW.value THEN RAISE EXCEPTION 'lost' USING ERRCODE = '40001'; END IF;
                RETURN NULL;
            END
            $$;
            CREATE CONSTRAINT TRIGGER fail_at_commit AFTER UPDATE ON counters DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION fail_at_commit()
            """);

        await SetAsync(2);
        var lost = await Assert.ThrowsAsync<PostgresException>(() => SetAsync(100));

        Assert.Equal(PostgresErrorCodes.SerializationFailure, lost.SqlState);
        Assert.Equal((2, 3 + 4), (await ValueAsync(1), await AdminAsync<int>("SELECT last_value::int FROM tries")));

        Task SetAsync(int value) => Database.InTransaction(Actor, session => session.ExecuteAsync("UPDATE counters SET value = @value WHERE id = 1", new { value }), CancellationToken.None);
    }

    [Fact]
    public async Task A_commit_whose_answer_is_lost_is_not_run_again()
    {
        await using var proxy = PostgresProxy.Start(_lease!.Postgres);
        await using var database = MigrationTests.OpenDatabase(proxy.Postgres);
        var attempts = 0;
        proxy.LoseNextCommitAnswer = true;

        var lost = await Assert.ThrowsAsync<NpgsqlException>(() => database.InTransaction(Actor, IncreaseAsync, CancellationToken.None));

        Assert.Equal(CommonProblems.Unavailable, DatabaseProblems.Of(lost)?.Kind);
        Assert.Equal((1, 1, 1), (attempts, proxy.Commits, await ValueAsync(1)));

        Task<int> IncreaseAsync(Session session)
        {
            attempts++;
            return session.ExecuteAsync("UPDATE counters SET value = value + 1 WHERE id = 1");
        }
    }

    [Fact]
    public async Task A_server_that_goes_away_at_the_commit_is_not_asked_again()
    {
        await AdminAsync(
            """
            CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS 'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END';
            CREATE CONSTRAINT TRIGGER die AFTER UPDATE ON counters DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION die()
            """);
        var attempts = 0;

        await Assert.ThrowsAnyAsync<NpgsqlException>(() => Database.InTransaction(
            Actor,
            session =>
            {
                attempts++;
                return session.ExecuteAsync("UPDATE counters SET value = value + 1 WHERE id = 1");
            },
            CancellationToken.None));

        Assert.Equal(1, attempts);
    }

    [Fact]
    public async Task Connections_killed_while_they_were_idle_are_nobodys_concern()
    {
        foreach (var round in Enumerable.Range(1, 3))
        {
            await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Database.As(Actor).ExecuteAsync("SELECT pg_sleep(0.02)"))); // fills the pool
            await AdminAsync("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'podium-podium_app'");

            await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Database.As(Actor).ExecuteAsync("UPDATE counters SET value = value + 1 WHERE id = 1")));
            Assert.Equal(8 * round, await ValueAsync(1));
        }
    }

    [Fact]
    public async Task A_connection_that_breaks_before_the_commit_begins_anew()
    {
        await using var proxy = PostgresProxy.Start(_lease!.Postgres);
        await using var database = MigrationTests.OpenDatabase(proxy.Postgres);
        var attempts = 0;

        await database.InTransaction(
            Actor,
            async session =>
            {
                await session.ExecuteAsync("UPDATE counters SET value = value + 1 WHERE id = 1");
                if (++attempts == 1) proxy.Cut();
                return await session.ExecuteAsync("UPDATE counters SET value = value + 1 WHERE id = 2");
            },
            CancellationToken.None);

        Assert.Equal((2, 1, 1), (attempts, await ValueAsync(1), await ValueAsync(2)));
    }

    [Fact]
    public async Task A_single_write_whose_answer_is_lost_is_not_run_again_but_a_read_is()
    {
        await using var proxy = PostgresProxy.Start(_lease!.Postgres);
        await using var database = MigrationTests.OpenDatabase(proxy.Postgres);
        await database.As(Actor).ExecuteAsync("SELECT 1");
        await database.Reading(Actor).ExecuteAsync("SELECT 1");

        proxy.Cut();
        Assert.Equal(0, await database.Reading(Actor).SingleAsync<int>("SELECT value FROM counters WHERE id = 1"));
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => database.As(Actor).ExecuteAsync("UPDATE counters SET value = value + 1 WHERE id = 1"));

        Assert.Equal(1, await database.As(Actor).ExecuteAsync("UPDATE counters SET value = value + 1 WHERE id = 1"));
        Assert.Equal(1, await ValueAsync(1));
    }

    [Fact]
    public async Task What_a_rule_refuses_leaves_nothing_and_runs_nothing_after_it()
    {
        var told = 0;

        var refused = await Database.InTransaction<int>(Actor, session => WorkAsync(session, CommonProblems.Conflict), CancellationToken.None);
        var kept = await Database.InTransaction<int>(Actor, session => WorkAsync(session, null), CancellationToken.None);

        Assert.Equal(CommonProblems.Conflict, refused.Problem?.Kind);
        Assert.Equal((1, 1, 1), (kept.Value, told, await ValueAsync(1)));

        async Task<Outcome<int>> WorkAsync(Session session, ProblemKind? kind)
        {
            var changed = await session.ExecuteAsync("UPDATE counters SET value = value + 1 WHERE id = 1");
            await session.AfterCommitAsync(() =>
            {
                told++;
                return Task.CompletedTask;
            });
            return kind is null ? changed : kind;
        }
    }

    [Fact]
    public async Task The_reader_falls_back_to_whoever_is_alive()
    {
        var alive = new NpgsqlConnectionStringBuilder(_lease!.Postgres);
        using var reserved = new TcpListener(IPAddress.Loopback, 0);
        reserved.Start();
        var dead = ((IPEndPoint)reserved.LocalEndpoint).Port;
        reserved.Stop();
        var both = new NpgsqlConnectionStringBuilder(alive.ConnectionString) { Host = $"127.0.0.1:{dead},{alive.Host}:{alive.Port}" }.ConnectionString;
        await using var database = MigrationTests.OpenDatabase(both, ("Postgres:Reader", both));

        Assert.Equal("podium_reader", await database.Reading(Actor).FirstAsync<string>("SELECT current_user::text"));
        Assert.Equal("podium_app", await database.As(Actor).FirstAsync<string>("SELECT current_user::text"));
        Assert.Equal("podium_platform", await database.AsPlatform().FirstAsync<string>("SELECT current_user::text"));
    }

    [Fact]
    public async Task What_is_configured_wins_over_our_limits_and_nothing_over_the_role()
    {
        await using var usual = MigrationTests.OpenDatabase(_lease!.Postgres);
        await using var own = MigrationTests.OpenDatabase(_lease.Postgres, ("Postgres:App", _lease.Postgres + ";Options=-c statement_timeout=3s -c role=podium_platform"));
        const string Sql = "SELECT current_setting('statement_timeout'), current_setting('lock_timeout'), current_setting('idle_in_transaction_session_timeout'), current_user::text";

        Assert.Equal(("15s", "5s", "30s", "podium_app"), await usual.As(Actor).SingleAsync<(string, string, string, string)>(Sql));
        Assert.Equal(("15s", "5s", "30s", "podium_reader"), await usual.Reading(Actor).SingleAsync<(string, string, string, string)>(Sql));
        Assert.Equal(("5min", "10s", "5min", "podium_platform"), await usual.AsPlatform().SingleAsync<(string, string, string, string)>(Sql));
        Assert.Equal(("3s", "5s", "30s", "podium_app"), await own.As(Actor).SingleAsync<(string, string, string, string)>(Sql));
    }

    [Fact]
    public void A_setting_that_is_missing_is_named_as_the_environment_names_it()
    {
        using var scope = new DisposableDatabase();

        Assert.Equal(
            "The setting 'Postgres' is missing; docs/settings.md lists what the app needs.",
            Assert.Throws<InvalidOperationException>(() => scope.Database.Source(DatabaseSettings.DefaultShard, DatabaseRole.App)).Message);
        Assert.Equal(
            "The setting 'Postgres__Shards__east' is missing; docs/settings.md lists what the app needs.",
            Assert.Throws<InvalidOperationException>(() => scope.Database.Source("east", DatabaseRole.App)).Message);
    }

    private Task<int> ValueAsync(int id) => AdminAsync<int>($"SELECT value FROM counters WHERE id = {id}");

    private Task AdminAsync(string sql) => AdminAsync<object>(sql);

    private async Task<T> AdminAsync<T>(string sql)
    {
        await using var source = NpgsqlDataSource.Create(_lease!.Postgres);
        await using var connection = await source.OpenConnectionAsync();
        return (await connection.ExecuteScalarAsync<T>(sql))!;
    }

    private sealed class DisposableDatabase : IDisposable
    {
        public Database Database { get; } = MigrationTests.OpenDatabase("");

        public void Dispose() => Database.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }
}
