using System.Net.Http.Json;
using Microsoft.Extensions.DependencyInjection;
using Podium.Platform.Live;
using Podium.Tests.Harness;

namespace Podium.Tests.Notifications;

public sealed class NotificationStreamTests(SharedApp shared)
{
    private const string Path = "/api/me/notifications/stream";

    [Fact]
    public async Task Who_watches_the_inbox_is_told_at_once_and_everywhere_and_nobody_else_is()
    {
        var app = await shared.AppAsync();
        var tenant = await shared.TenantAsync();
        var boss = await tenant.AdministratorAsync();
        var ada = await tenant.PersonAsync();
        await using var phone = await LiveReader.OpenAsync(ada.Http, Path);
        await using var laptop = await LiveReader.OpenAsync(ada.Http, Path);
        Assert.Equal(0, (int)(await phone.NextAsync("unread")).Data["unread"]!);

        await AnnounceAsync(boss, "One", "PARTICIPANT");
        await app.SettleAsync();

        var told = await phone.NextAsync("notification");
        Assert.Equal("One", (string?)told.Data["title"]);
        Assert.Equal(told.Id, (string?)told.Data["id"]);
        Assert.Equal(told.Id, (await laptop.NextAsync("notification")).Id);
        Assert.Equal(1, (int)(await phone.NextAsync("unread")).Data["unread"]!);

        // what is read here is read there
        await ada.Http.PostAsync($"/api/me/notifications/{told.Id}/read", null).OkAsync(204);
        Assert.Equal(1, (int)(await laptop.NextAsync("unread")).Data["unread"]!);
        Assert.Equal(0, (int)(await laptop.NextAsync("unread")).Data["unread"]!);

        // the boss was told nothing: what comes first is the second announcement
        await using var others = await LiveReader.OpenAsync(boss.Http, Path);
        await AnnounceAsync(boss, "Two", "ADMINISTRATOR");
        await app.SettleAsync();
        Assert.Equal("Two", (string?)(await others.NextAsync("notification")).Data["title"]);
    }

    [Fact]
    public async Task Who_comes_back_hears_what_came_meanwhile_once_and_in_order()
    {
        var app = await shared.AppAsync();
        var tenant = await shared.TenantAsync();
        var boss = await tenant.AdministratorAsync();
        string last;
        await using (var first = await LiveReader.OpenAsync(boss.Http, Path))
        {
            await AnnounceAsync(boss, "One", null);
            await app.SettleAsync();
            last = (await first.NextAsync("notification")).Id!;
        }
        foreach (var title in new[] { "Two", "Three", "Four" }) await AnnounceAsync(boss, title, null);
        await app.SettleAsync();

        await using var again = await LiveReader.OpenAsync(boss.Http, Path, last);
        var missed = new List<string>();
        for (var i = 0; i < 3; i++) missed.Add((string)(await again.NextAsync("notification")).Data["title"]!);
        await AnnounceAsync(boss, "Five", null);
        await app.SettleAsync();
        Assert.Equal("Five", (string?)(await again.NextAsync("notification")).Data["title"]);
        Assert.Equal(["Four", "Three", "Two"], missed.Order(StringComparer.Ordinal));

        // a place that is none is no fault
        await using var odd = await LiveReader.OpenAsync(boss.Http, Path, "no-such-place");
        Assert.Equal(5, (int)(await odd.NextAsync("unread")).Data["unread"]!);
    }

    [Fact]
    public async Task A_stream_is_for_signed_in_people_and_shows_that_it_lives_until_they_may_not_watch_any_more()
    {
        await using var app = await PodiumApp.StartAsync();
        var tenant = await TestTenant.CreateAsync(app);
        var boss = await tenant.AdministratorAsync();
        var ada = await tenant.PersonAsync();
        await tenant.Http.GetAsync(Path).ProblemAsync(401, "sign-in-required");

        await using var stream = await LiveReader.OpenAsync(ada.Http, Path);
        Assert.Equal("no-store", stream.Headers.CacheControl?.ToString());
        await app.AdvanceAsync(LiveStreams.Heartbeat);
        await stream.HeartbeatAsync();

        await boss.Http.PatchAsJsonAsync($"/api/users/{ada.Id}", new { status = "suspended" }).OkAsync();
        await app.AdvanceAsync(LiveStreams.Heartbeat);
        Assert.Equal("token-refused", (string?)(await stream.NextAsync("end")).Data["reason"]);
        Assert.Null(await stream.NextAsync());

        // nobody stays longer than a while; who wants to comes back
        await using var others = await LiveReader.OpenAsync(boss.Http, Path);
        await app.AdvanceAsync(TimeSpan.FromMinutes(6));
        while (await others.NextAsync() is not null)
        {
        }
        Assert.True(others.Heartbeats > 1);
    }

    [Fact]
    public async Task A_person_has_so_many_streams_and_not_more_and_who_goes_makes_room()
    {
        await using var app = await PodiumApp.StartAsync(new AppOptions { Settings = new Dictionary<string, string?> { ["Live:PerPerson"] = "2", ["Live:PerAddress"] = "3" } });
        var hub = app.Services.GetRequiredService<LiveHub>();
        var tenant = await TestTenant.CreateAsync(app);
        var boss = await tenant.AdministratorAsync();
        var ada = await tenant.PersonAsync();
        await using var first = await LiveReader.OpenAsync(ada.Http, Path);
        await using (await LiveReader.OpenAsync(ada.Http, Path))
        {
            await LiveReader.AskAsync(ada.Http, Path).ProblemAsync(429, "too-many-streams");
            await using var bosss = await LiveReader.OpenAsync(boss.Http, Path);
            Assert.Equal((3, 2), (hub.Watchers, hub.Topics));
            await LiveReader.AskAsync(boss.Http, Path).ProblemAsync(429, "too-many-streams"); // all from one address
        }
        await app.UntilAsync("who has gone is forgotten", () => Task.FromResult(hub is { Watchers: 1, Topics: 1 }));
        await using (await LiveReader.OpenAsync(ada.Http, Path)) Assert.Equal(2, hub.Watchers);
        await first.DisposeAsync();
        await app.UntilAsync("nobody is left", () => Task.FromResult(hub is { Watchers: 0, Topics: 0 } && app.Services.GetRequiredService<LiveLimits>().Counted == 0));
    }

    [Fact]
    public async Task What_happens_on_one_instance_is_seen_on_another_also_after_the_line_was_cut()
    {
        await using var app = await PodiumApp.StartAsync();
        await using var other = await PodiumApp.StartAsync(new AppOptions { Beside = app });
        var tenant = await TestTenant.CreateAsync(app);
        var boss = await tenant.AdministratorAsync();
        await using var stream = await LiveReader.OpenAsync(boss.HttpOn(other), Path);
        await AnnounceAsync(boss, "One", null);
        await app.SettleAsync();
        Assert.Equal("One", (string?)(await stream.NextAsync("notification")).Data["title"]);

        await app.QueryAsync<long>("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND query ILIKE 'listen podium_live%'");
        await AnnounceAsync(boss, "Two", null);
        await app.SettleAsync();
        Assert.Equal("Two", (string?)(await stream.NextAsync("notification")).Data["title"]);
    }

    private static Task AnnounceAsync(TestPerson boss, string title, string? role) =>
        boss.Http.PostAsJsonAsync("/api/announcements", new { texts = new[] { new { language = "en", title, body = "Come." } }, role }).OkAsync(202);
}
