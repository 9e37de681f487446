using System.Diagnostics;
using Dapper;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Podium.Platform.Caching;
using Podium.Platform.Databases;
using Podium.Platform.Problems;
using Podium.Tests.Harness;
using Podium.Tests.Platform.Databases;

namespace Podium.Tests.Platform.Caching;

public sealed class CacheTests : IAsyncLifetime
{
    private static readonly TimeSpan Life = TimeSpan.FromMinutes(10);

    private readonly Hands _clock = new();
    private readonly List<Instance> _instances = [];
    private TestServers.DatabaseLease? _lease;

    public async ValueTask InitializeAsync() => _lease = await TestServers.Current.LeaseDatabaseAsync();

    public async ValueTask DisposeAsync()
    {
        foreach (var instance in _instances) await instance.DisposeAsync();
        await _lease!.DisposeAsync();
    }

    [Fact]
    public async Task Many_who_ask_at_once_wait_for_one_loading()
    {
        var here = await StartAsync();
        var answer = new TaskCompletionSource<int>();

        var asking = Enumerable.Range(0, 50).Select(_ => here.AskAsync("key", () => answer.Task)).ToList();
        answer.SetResult(7);

        Assert.All(await Task.WhenAll(asking), value => Assert.Equal(7, value));
        Assert.Equal(1, here.Loads);
    }

    [Fact]
    public async Task Who_asked_first_may_leave_and_the_others_still_get_the_answer()
    {
        var here = await StartAsync();
        var answer = new TaskCompletionSource<int>();
        using var leave = new CancellationTokenSource();

        var first = here.AskAsync("key", () => answer.Task, leave.Token);
        var second = here.AskAsync("key", () => answer.Task);
        await leave.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        answer.SetResult(7);

        Assert.Equal((7, 1), (await second, here.Loads));
    }

    [Fact]
    public async Task A_failure_is_told_to_all_who_wait_and_not_remembered()
    {
        var here = await StartAsync();
        var answer = new TaskCompletionSource<int>();

        var asking = Enumerable.Range(0, 3).Select(_ => here.AskAsync("key", () => answer.Task)).ToList();
        answer.SetException(new InvalidOperationException("not today"));

        foreach (var one in asking) await Assert.ThrowsAsync<InvalidOperationException>(() => one);
        Assert.Equal(8, await here.AskAsync("key", 8));
        Assert.Equal(2, here.Loads);
    }

    [Fact]
    public async Task What_is_remembered_expires()
    {
        var here = await StartAsync();

        Assert.Equal(1, await here.AskAsync("key", 1));
        _clock.Now += Life - TimeSpan.FromSeconds(1);
        Assert.Equal(1, await here.AskAsync("key", 2));
        _clock.Now += TimeSpan.FromSeconds(1);
        Assert.Equal(3, await here.AskAsync("key", 3));
    }

    [Fact]
    public async Task A_change_is_forgotten_everywhere_when_it_is_committed_and_no_sooner()
    {
        var here = await StartAsync();
        var there = await StartAsync();
        foreach (var instance in new[] { here, there }) Assert.Equal(1, await instance.AskAsync("key", 1));

        await here.Database.InPlatformTransaction(
            async session =>
            {
                await here.Cache.InvalidateAsync(session, "key");
                foreach (var instance in new[] { here, there }) Assert.Equal(1, await instance.AskAsync("key", 2));
                return true;
            },
            CancellationToken.None);

        Assert.Equal(2, await here.AskAsync("key", 2));
        await UntilAsync(async () => await there.AskAsync("key", 2) == 2);
    }

    [Fact]
    public async Task What_is_rolled_back_forgets_nothing()
    {
        var here = await StartAsync();
        var there = await StartAsync();
        foreach (var instance in new[] { here, there }) Assert.Equal(1, await instance.AskAsync("key", 1));

        var actor = new Actor { TenantId = Guid.NewGuid() };
        await here.Database.InTransaction<int>(
            actor,
            async session =>
            {
                await here.Cache.InvalidateAsync(session, "key");
                return CommonProblems.Conflict;
            },
            CancellationToken.None);
        await there.HeardAllAsync(from: here);

        foreach (var instance in new[] { here, there }) Assert.Equal(1, await instance.AskAsync("key", 2));
    }

    [Fact]
    public async Task A_loading_that_began_before_a_change_is_answered_but_not_kept()
    {
        var here = await StartAsync();
        var there = await StartAsync();
        var answer = new TaskCompletionSource<int>();
        var loading = new[] { here, there }.Select(instance => instance.AskAsync("key", () => answer.Task)).ToList();

        await here.Cache.InvalidateAsync(here.Database.AsPlatform(), "key");
        await there.HeardAllAsync(from: here);
        answer.SetResult(1);

        Assert.All(await Task.WhenAll(loading), value => Assert.Equal(1, value));
        foreach (var instance in new[] { here, there }) Assert.Equal(2, await instance.AskAsync("key", 2));
    }

    [Fact]
    public async Task A_star_forgets_all_that_begins_so()
    {
        var here = await StartAsync();
        foreach (var key in new[] { "tenant:1", "tenant:2", "tenant", "person:1" }) await here.AskAsync(key, 1);

        await here.Cache.InvalidateAsync(here.Database.AsPlatform(), "tenant:*");
        await here.HeardAllAsync(from: here);

        Assert.Equal((2, 2), (await here.AskAsync("tenant:1", 2), await here.AskAsync("tenant:2", 2)));
        Assert.Equal((1, 1), (await here.AskAsync("tenant", 2), await here.AskAsync("person:1", 2)));
    }

    [Fact]
    public async Task Who_cannot_listen_remembers_nothing_and_begins_anew_when_it_can()
    {
        var here = await StartAsync();
        var deaf = await StartAsync("deaf");
        Assert.Equal(1, await deaf.AskAsync("key", 1));
        await here.Database.AsPlatform().ExecuteAsync("SELECT 1"); // has a connection of its own from here on

        await ServerAsync($"ALTER DATABASE {Name} ALLOW_CONNECTIONS false");
        await ServerAsync($"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{Name}' AND application_name = 'deaf'");
        await UntilAsync(async () => await deaf.AskAsync("key", 2) == 2);
        await here.Cache.InvalidateAsync(here.Database.AsPlatform(), "key");
        Assert.Equal((3, 4, 5), (await deaf.AskAsync("key", 3), await deaf.AskAsync("key", 4), await deaf.AskAsync("key", 5)));

        await ServerAsync($"ALTER DATABASE {Name} ALLOW_CONNECTIONS true");
        await UntilAsync(async () => await deaf.AskAsync("key", 6) == 6 && await deaf.AskAsync("key", 7) == 6);
        await here.Cache.InvalidateAsync(here.Database.AsPlatform(), "key");
        await UntilAsync(async () => await deaf.AskAsync("key", 8) == 8);
    }

    [Fact]
    public async Task A_line_that_was_cut_without_a_word_is_found_out()
    {
        await using var proxy = PostgresProxy.Start(_lease!.Postgres);
        var deaf = await StartAsync("cut", proxy.Postgres);
        Assert.Equal(1, await deaf.AskAsync("key", 1));

        proxy.Silent = true;

        await UntilAsync(async () => await deaf.AskAsync("key", 2) == 2);
    }

    [Fact]
    public async Task It_never_holds_more_than_its_bound()
    {
        var here = await StartAsync();
        for (var number = 0; number < 60_000; number++) await here.AskAsync($"key {number}", number);

        Assert.InRange(here.Cache.Count, 1, 50_000);
        Assert.Equal(59_999, await here.AskAsync("key 59999", 0));
    }

    private string Name => new NpgsqlConnectionStringBuilder(_lease!.Postgres).Database!;

    private async Task<Instance> StartAsync(string name = "here", string? postgres = null)
    {
        var database = MigrationTests.OpenDatabase(new NpgsqlConnectionStringBuilder(postgres ?? _lease!.Postgres) { ApplicationName = name }.ConnectionString);
        var instance = new Instance(database, new Cache(database, _clock, NullLogger<Cache>.Instance) { Silence = TimeSpan.FromMilliseconds(300) });
        _instances.Add(instance);
        await instance.Cache.StartAsync(CancellationToken.None);
        return instance;
    }

    // from another database, since this one may be closed
    private async Task ServerAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(_lease!.Postgres) { Database = "postgres", Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        await connection.ExecuteAsync(sql);
    }

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        var watch = Stopwatch.StartNew();
        while (!await condition())
        {
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(20), "It was awaited in vain.");
            await Task.Delay(10);
        }
    }

    /// <summary>One instance of the app, as far as the cache goes.</summary>
    private sealed class Instance(Database database, Cache cache) : IAsyncDisposable
    {
        private int _loads;

        public Database Database => database;

        public Cache Cache => cache;

        public int Loads => _loads;

        public Task<int> AskAsync(string key, int value) => AskAsync(key, () => Task.FromResult(value));

        public Task<int> AskAsync(string key, Func<Task<int>> load, CancellationToken cancellationToken = default) => cache.GetAsync(
            key,
            Life,
            _ =>
            {
                Interlocked.Increment(ref _loads);
                return load();
            },
            cancellationToken).AsTask();

        /// <summary>Notifications come in their order: who has heard this one has heard those before.</summary>
        public async Task HeardAllAsync(Instance from)
        {
            await AskAsync("fence", 1);
            await from.Cache.InvalidateAsync(from.Database.AsPlatform(), "fence");
            await UntilAsync(async () => await AskAsync("fence", 2) == 2);
        }

        public async ValueTask DisposeAsync()
        {
            await cache.StopAsync(CancellationToken.None);
            cache.Dispose();
            await database.DisposeAsync();
        }
    }

    private sealed class Hands : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = new(2026, 1, 5, 8, 0, 0, TimeSpan.Zero);

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
