using Microsoft.Extensions.DependencyInjection;
using Podium.Platform.Databases;
using Podium.Platform.Live;
using Podium.Tests.Harness;

namespace Podium.Tests.Platform.Live;

public sealed class LiveHubTests(SharedApp shared)
{
    [Fact]
    public async Task A_topic_is_read_once_for_all_who_watch_and_states_take_each_others_place()
    {
        var (hub, signal) = await HubAsync();
        var readings = 0;
        var board = 1;
        var topic = Topic((_, _) =>
        {
            Interlocked.Increment(ref readings);
            return Task.FromResult<IReadOnlyList<LiveEvent>>([LiveEvent.State("board", board, $"{board}")]);
        });
        var watchers = Enumerable.Range(0, 50).Select(_ => hub.Watch(topic)).ToList();
        foreach (var watcher in watchers) Assert.Equal("1", Assert.Single(await NextAsync(watcher)).Data);
        var before = Volatile.Read(ref readings);

        board = 2;
        await signal(topic.Name);
        foreach (var watcher in watchers) Assert.Equal("2", Assert.Single(await NextAsync(watcher)).Data);
        Assert.InRange(Volatile.Read(ref readings) - before, 1, 3);

        // whoever comes later is told at once, unless they know
        using var late = hub.Watch(topic);
        Assert.Equal("2", Assert.Single(await NextAsync(late)).Data);
        using var knowing = hub.Watch(topic, "2");
        board = 3;
        await signal(topic.Name);
        Assert.Equal("3", Assert.Single(await NextAsync(knowing)).Data);
        foreach (var watcher in watchers) watcher.Dispose();
    }

    [Fact]
    public async Task An_entry_that_is_committed_late_is_told_and_none_is_told_twice()
    {
        var (hub, signal) = await HubAsync();
        List<int> rows = [1, 3];
        // as a source whose numbers are given before the commit: it reads a little of what it read before
        var topic = Topic((place, _) =>
        {
            lock (rows) return Task.FromResult<IReadOnlyList<LiveEvent>>([.. rows.Order().Where(row => row > int.Parse(place!) - 3).Select(row => LiveEvent.Entry("row", $"{row}", row))]);
        })
        with
        { Start = "0" };
        using var watcher = hub.Watch(topic);
        await watcher.ReadyAsync(TestContext.Current.CancellationToken);

        lock (rows) rows.Add(2);
        await signal(topic.Name);
        Assert.Equal(["2"], (await NextAsync(watcher)).Select(one => one.Data));
        lock (rows) rows.AddRange([4, 5]);
        await signal(topic.Name);
        Assert.Equal(["4", "5"], (await NextAsync(watcher)).Select(one => one.Data));

        using var back = hub.Watch(topic, "3");
        Assert.Equal(["1", "2", "4", "5"], (await NextAsync(back)).Select(one => one.Data));
        lock (rows) rows.Add(6);
        await signal(topic.Name);
        Assert.Equal(["6"], (await NextAsync(back)).Select(one => one.Data));
    }

    [Fact]
    public async Task Who_is_too_slow_must_go_and_a_source_that_fails_is_tried_again()
    {
        var (hub, signal) = await HubAsync();
        var rows = 0;
        var fails = false;
        var topic = Topic((place, _) => Volatile.Read(ref fails)
            ? throw new InvalidOperationException("for a while")
            : Task.FromResult<IReadOnlyList<LiveEvent>>([.. Enumerable.Range(1, Volatile.Read(ref rows)).Where(row => row > int.Parse(place!)).Select(row => LiveEvent.Entry("row", $"{row}", row))]))
        with
        { Start = "0" };
        using var slow = hub.Watch(topic);
        using var quick = hub.Watch(topic);
        await quick.ReadyAsync(TestContext.Current.CancellationToken);
        Volatile.Write(ref fails, true);
        Volatile.Write(ref rows, 200);
        await signal(topic.Name);
        Volatile.Write(ref fails, false);
        Assert.Equal(200, (await NextAsync(quick)).Count);
        Volatile.Write(ref rows, 300);
        await signal(topic.Name);
        Assert.Equal(100, (await NextAsync(quick)).Count);
        Assert.Null(await slow.NextAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public void An_event_is_one_line_and_cannot_smuggle_another()
    {
        Assert.Equal("\"a\\nevent: b\"", LiveEvent.State("x", "a\nevent: b").Data);
        Assert.Throws<ArgumentException>(() => LiveEvent.State("x\ndata: y", 1));
        Assert.Throws<ArgumentException>(() => LiveEvent.Entry("x", "1\n\n", 1));
    }

    private static LiveTopic Topic(Func<string?, CancellationToken, Task<IReadOnlyList<LiveEvent>>> read) =>
        new() { Name = $"test:{Guid.NewGuid():N}", Shard = DatabaseSettings.DefaultShard, Read = read, AtMostEvery = TimeSpan.Zero };

    private static async Task<IReadOnlyList<LiveEvent>> NextAsync(LiveWatcher watcher) =>
        await watcher.NextAsync(TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(30)) ?? throw new InvalidOperationException("The watcher had to go.");

    private async Task<(LiveHub Hub, Func<string, Task> Signal)> HubAsync()
    {
        var services = (await shared.AppAsync()).Services;
        var database = services.GetRequiredService<Database>();
        // among many others, as an announcement signals them
        return (services.GetRequiredService<LiveHub>(), name => LiveHub.SignalAsync(database.AsPlatform(), [.. Enumerable.Range(0, 300).Select(i => $"test:other:{i}:{Guid.Empty}"), name]));
    }
}
