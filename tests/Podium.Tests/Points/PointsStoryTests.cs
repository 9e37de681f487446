using System.Collections.Concurrent;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Podium.Points;
using Podium.Tests.Competitions;
using Podium.Tests.Harness;
using Podium.Tests.Submissions;
using Podium.Tests.Webhooks;

namespace Podium.Tests.Points;

/// <summary>From rules to boards and back, through the public door. What results and coding practice earn is told in the stories of emergencies and of learning.</summary>
public sealed class PointsStoryTests(SharedApp shared)
{
    private static readonly object[] Asked = [new { purpose = "public-boards", version = "1", required = false }];

    [Fact]
    public async Task What_people_do_earns_points_once_is_taken_back_with_it_and_is_shown_to_whom_it_may()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        await using var app = await PodiumApp.StartAsync(new AppOptions
        {
            Timers = ["WatchDeeds"],
            Settings = new Dictionary<string, string?> { ["Http:AllowedPrivateHosts"] = "127.0.0.1" },
        });
        var contest = await HandInContest.CreateAsync(app, people: 3);
        var (boss, tenant) = (contest.Boss, contest.Tenant);
        await boss.Http.PostAsJsonAsync("/api/webhooks", new { url = receiver.Url, events = new[] { "achievement.*" } }).OkAsync(201);
        var (ada, alan, mary) = (contest.Entries[0].Person, contest.Entries[1].Person, contest.Entries[2].Person);
        var institution = (Guid)(await boss.Http.PostAsJsonAsync("/api/institutions", new { name = "North University" }).OkAsync(201))["id"]!;
        await ada.Http.PatchAsJsonAsync("/api/me", new { institutionId = institution }).OkAsync();

        // applied to the past: what it would give is seen before, and applying it again gives nothing
        var aboard = Rule("Aboard", "registered", 5, new { id = Guid.NewGuid(), frequency = "subject", fromEver = true });
        Assert.Equal((3, 3, 15), Counts(await boss.Http.PostAsJsonAsync("/api/achievement-previews", aboard).OkAsync()));
        foreach (var _ in Enumerable.Range(0, 2)) await boss.Http.PostAsJsonAsync("/api/achievements", aboard).OkAsync(201);
        var path = $"/api/achievements/{aboard["id"]}";
        await WatchAsync(app);
        Assert.Empty(await BoardAsync(tenant));
        var seen = await boss.Http.GetAsync($"{path}/preview").OkAsync();
        Assert.Equal((3, 3, 15), Counts(seen));
        Assert.Contains(seen["items"]!.AsArray(), line => (Guid)line!["userId"]! == ada.Id && (string)line["name"]! == "Ada Number0");
        var order = new { id = Guid.NewGuid(), tell = false };
        foreach (var _ in Enumerable.Range(0, 2)) await boss.Http.PostAsJsonAsync($"{path}/backfills", order).OkAsync(202);
        await app.SettleAsync();
        await boss.Http.PostAsJsonAsync($"{path}/backfills", new { }).OkAsync(202);
        await app.SettleAsync();
        Assert.Equal(["0 0 4", "3 0 4"], (await boss.Http.GetAsync($"{path}/backfills").OkAsync())["items"]!.AsArray().Select(one => $"{one!["awarded"]} {one["lapsed"]} {one["people"]}").Order());
        Assert.Equal((0, 0, 0), Counts(await boss.Http.GetAsync($"{path}/preview").OkAsync()));
        Assert.Equal(["1 Ada N. 5", "1 Ada N. 5", "1 Ada N. 5"], await BoardAsync(tenant));
        Assert.DoesNotContain(await tenant.MailsAsync(ada.Email), mail => mail.Subject.StartsWith("You have earned", StringComparison.Ordinal));

        // handed in and approved: told in the person's language, and to other systems
        await RuleAsync(boss, "Handed in", "submissionApproved", 20, new { competitionId = contest.Id });
        await contest.SendAsync(ada);
        await WatchAsync(app);
        Assert.Equal(["1 Ada N. 25", "2 Ada N. 5", "2 Ada N. 5"], await BoardAsync(tenant));
        Assert.Single(await tenant.MailsAsync(ada.Email), mail => mail.Subject == "You have earned “Handed in”" && mail.Text.Contains("Points: 20", StringComparison.Ordinal));
        Assert.Contains(receiver.Received, told => (string?)told.Json["type"] == "achievement.earned" && (Guid)told.Json["data"]!["userId"]! == ada.Id && (int)told.Json["data"]!["points"]! == 20);
        Assert.Equal(["Handed in", "Aboard"], await BadgesAsync(tenant.Http, ada));

        // disqualified: what was earned goes with what earned it, and comes back with it
        var registration = contest.Entries[0].RegistrationId;
        await DecideAsync(contest, registration, "disqualify").OkAsync();
        await WatchAsync(app);
        Assert.Equal((0, null), await StandingAsync(ada));
        Assert.Equal(["-20 lapse", "-5 lapse", "20 event", "5 backfill"], await EntriesAsync(ada));
        Assert.Empty(await BadgesAsync(tenant.Http, ada));
        Assert.Contains(receiver.Received, told => (string?)told.Json["type"] == "achievement.taken-back");
        await DecideAsync(contest, registration, "approve").OkAsync();
        await WatchAsync(app);
        Assert.Equal((25, 1), await StandingAsync(ada));
        Assert.Single(await tenant.MailsAsync(ada.Email), mail => mail.Subject == "You have earned “Handed in”");

        // taken back by hand it stays taken back, whatever happens afterwards
        var award = (await boss.Http.GetAsync($"{path}/awards").OkAsync())["items"]!.AsArray().Single(one => (Guid)one!["userId"]! == mary.Id)!;
        await ada.Http.PostAsJsonAsync($"{path}/awards/{award["id"]}/revocation", new { reason = "x" }).ProblemAsync(403, "forbidden");
        await boss.Http.PostAsJsonAsync($"{path}/awards/{award["id"]}/revocation", new { reason = " " }).ProblemAsync(422, "invalid");
        await boss.Http.PostAsJsonAsync($"{path}/awards/{Guid.NewGuid()}/revocation", new { reason = "x" }).ProblemAsync(404, "not-found");
        var revoked = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => boss.Http.PostAsJsonAsync($"{path}/awards/{award["id"]}/revocation", new { reason = "Registered by a robot." }).OkAsync()));
        Assert.All(revoked, one => Assert.Equal(("revoked", "Registered by a robot."), ((string)one["state"]!, (string)one["endedReason"]!)));
        Assert.Equal(["-5 revocation", "5 backfill"], await EntriesAsync(mary));
        Assert.Single(await tenant.MailsAsync(mary.Email), mail => mail.Subject == "“Aboard” was taken back" && mail.Text.Contains("by a robot", StringComparison.Ordinal));
        await boss.Http.PostAsJsonAsync($"{path}/backfills", new { }).OkAsync(202);
        await DecideAsync(contest, contest.Entries[2].RegistrationId, "disqualify").OkAsync();
        await DecideAsync(contest, contest.Entries[2].RegistrationId, "approve").OkAsync();
        await WatchAsync(app);
        Assert.Equal((0, null), await StandingAsync(mary));
        Assert.Equal(1L, await app.QueryAsync<long>($"SELECT count(*) FROM audit_log WHERE table_name = 'user_achievements' AND actor_id = '{boss.Id}'"));
        await boss.Http.DeleteAsync(path).ProblemAsync(409, "achievement-earned");

        // a month, a season that is made afterwards, an institution, a competition
        Assert.Equal(["1 Ada N. 25", "2 Ada N. 5"], await BoardAsync(tenant, "?period=month"));
        Assert.Empty(await BoardAsync(tenant, "?period=month&on=2025-12-31"));
        await tenant.Http.GetAsync("/api/points/board?period=season").ProblemAsync(404, "not-found");
        var season = $"/api/points/seasons/{Guid.NewGuid()}";
        await boss.Http.PutAsJsonAsync(season, new { name = "Winter", startsOn = "2026-01-01", endsOn = "2025-12-31" }).ProblemAsync(422, "invalid");
        foreach (var _ in Enumerable.Range(0, 2)) await boss.Http.PutAsJsonAsync(season, new { name = "Winter", startsOn = "2026-01-01", endsOn = "2026-02-28" }).OkAsync();
        await boss.Http.PutAsJsonAsync($"/api/points/seasons/{Guid.NewGuid()}", new { name = "Spring", startsOn = "2026-02-28", endsOn = "2026-05-31" }).ProblemAsync(409, "seasons-overlap");
        Assert.Equal(["1 Ada N. 25", "2 Ada N. 5"], await BoardAsync(tenant, "?period=season"));
        Assert.Equal(["1 Ada N. 25"], await BoardAsync(tenant, "", $"/api/institutions/{institution}/point-board"));
        Assert.Equal(["1 Ada N. 25", "2 Ada N. 5"], await BoardAsync(tenant, "", $"{contest.Path}/point-board"));

        // where the tenant asks, only those are shown who have agreed, and only as long as they do
        await boss.Http.PatchAsJsonAsync("/api/tenant/settings", new { settings = new { siteUrl = "https://contest.example.org", consents = Asked } }).OkAsync();
        Assert.Empty(await BoardAsync(tenant));
        await tenant.Http.GetAsync($"/api/users/{ada.Id}/achievements").ProblemAsync(404, "not-found");
        Assert.Equal(["Handed in", "Aboard"], await BadgesAsync(ada.Http, ada));
        await alan.Http.PutAsJsonAsync("/api/me/consents/public-boards", new { version = "1", given = true }).OkAsync();
        Assert.Equal(["1 Ada N. 5"], await BoardAsync(tenant));
        Assert.Equal((5, 1), await StandingAsync(alan));
        Assert.Equal((25, null), await StandingAsync(ada));
        Assert.Equal(["Aboard"], await BadgesAsync(tenant.Http, alan));
        await alan.Http.PutAsJsonAsync("/api/me/consents/public-boards", new { version = "1", given = false }).OkAsync();
        Assert.Empty(await BoardAsync(tenant));
        await boss.Http.PatchAsJsonAsync("/api/tenant/settings", new { settings = new { siteUrl = "https://contest.example.org" } }).OkAsync();

        // who is forgotten is shown nowhere, and what was said of them is gone
        await app.QueryAsync<long>($"SET ROLE podium_platform; SELECT count(*) FROM anonymize_user('{tenant.Id}', '{mary.Id}', now())");
        await app.QueryAsync<long>($"SET ROLE podium_platform; SELECT count(*) FROM anonymize_user('{tenant.Id}', '{ada.Id}', now())");
        Assert.Equal("forgotten", await app.QueryAsync<string>($"SELECT string_agg(DISTINCT reason, ',') FROM user_points WHERE user_id = '{mary.Id}' AND source = 'revocation'"));
        await WatchAsync(app);
        Assert.Equal(["1 Ada N. 5"], await BoardAsync(tenant));
        await tenant.Http.GetAsync($"/api/users/{ada.Id}/achievements").ProblemAsync(404, "not-found");
    }

    [Fact]
    public async Task Twenty_events_at_once_earn_one_award_and_boards_are_read_page_by_page()
    {
        var tenant = await shared.TenantAsync();
        var app = await shared.AppAsync();
        var boss = await tenant.AdministratorAsync();
        var people = await Task.WhenAll(Enumerable.Range(0, 5).Select(number => tenant.PersonAsync(firstName: $"P{number}")));
        var contests = await Task.WhenAll(Enumerable.Range(0, 20).Select(number => Contest.PublishedAsync(boss, new { name = $"Cup {number}" })));
        await RuleAsync(boss, "Traveller", "registered", 100, new { count = 3 });
        await RuleAsync(boss, "Entry", "registered", 1, new { frequency = "always", kind = "points" });
        var watch = app.Services.GetRequiredService<WatchDeeds>();

        var entered = new ConcurrentDictionary<Guid, JsonObject>();

        // twenty registrations at once, and those who look at them at the same time; then everybody else
        await Task.WhenAll(
            Task.WhenAll(contests.Select(async contest => entered[contest.Id] = await contest.RegisterAsync(people[0]).OkAsync(201))),
            Task.WhenAll(Enumerable.Range(0, 10).Select(_ => watch.RunAsync(default))));
        foreach (var (person, number) in new[] { (people[1], 4), (people[2], 4), (people[3], 2), (people[4], 1) })
            await Task.WhenAll(contests.Take(number).Select(contest => contest.RegisterAsync(person).OkAsync(201)));
        await app.UntilAsync("all notes are taken", async () =>
        {
            await watch.RunAsync(default);
            return await app.QueryAsync<long>($"SELECT count(*) FROM point_changes WHERE tenant_id = '{tenant.Id}'") == 0;
        });

        Assert.Equal((120, 1), await StandingAsync(people[0]));
        Assert.Equal(21, (await people[0].Http.GetAsync("/api/me/points/entries?limit=200").OkAsync())["items"]!.AsArray().Count);
        var first = await tenant.Http.GetAsync("/api/points/board?limit=2").OkAsync();
        var second = await tenant.Http.GetAsync($"/api/points/board?limit=2&after={first["next"]}").OkAsync();
        var third = await tenant.Http.GetAsync($"/api/points/board?limit=2&after={second["next"]}").OkAsync();
        Assert.Null(third["next"]);
        var lines = new[] { first, second, third }.SelectMany(page => page["items"]!.AsArray()).Select(line => $"{line!["rank"]} {line["points"]}").ToList();
        Assert.Equal(["1 120", "2 104", "2 104", "4 2", "5 1"], lines);
        Assert.Equal(new[] { first, second, third }.Sum(page => page["items"]!.AsArray().Count), new[] { first, second, third }.SelectMany(page => page["items"]!.AsArray()).Select(line => (string)line!["userId"]!).Distinct().Count());
        // what was earned by several competitions stands on no board of one
        Assert.Equal(["1 1", "1 1", "1 1", "1 1", "1 1"], (await tenant.Http.GetAsync($"{contests[0].Path}/point-board").OkAsync())["items"]!.AsArray().Select(line => $"{line!["rank"]} {line["points"]}"));

        // who withdraws from all but two has travelled no more
        await Task.WhenAll(contests.Skip(2).Select(contest => contest.WithdrawAsync(people[0], entered[contest.Id]).OkAsync()));
        await watch.RunAsync(default);
        Assert.Equal((2, 3), await StandingAsync(people[0]));

        // a suspended account is not shown
        await boss.Http.PatchAsJsonAsync($"/api/users/{people[1].Id}", new { status = "suspended" }).OkAsync();
        Assert.Equal(["1 P2 B. 104", "2 P0 B. 2", "2 P3 B. 2", "4 P4 B. 1"], (await BoardAsync(tenant)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_tenant_whose_rules_cannot_be_read_keeps_nobody_elses_points_waiting()
    {
        var app = await shared.AppAsync();
        var (bad, good) = (await shared.TenantAsync(), await shared.TenantAsync());
        var people = new List<TestPerson>();
        foreach (var tenant in new[] { bad, good })
        {
            var boss = await tenant.AdministratorAsync();
            await RuleAsync(boss, "Aboard", "registered", 5);
            people.Add(await tenant.PersonAsync());
            await (await Contest.PublishedAsync(boss)).RegisterAsync(people[^1]).OkAsync(201);
        }
        // no way of ours leads there
        await app.QueryAsync<int>($"UPDATE achievements SET texts = '[7]' WHERE tenant_id = '{bad.Id}'; SELECT 1");
        var watch = app.Services.GetRequiredService<WatchDeeds>();
        await watch.RunAsync(default);
        Assert.Equal((5, 1), await StandingAsync(people[1]));
        Assert.Equal((0, null), await StandingAsync(people[0]));

        // nothing is lost: it is looked at again
        await app.QueryAsync<int>($"UPDATE achievements SET texts = (SELECT texts FROM achievements WHERE tenant_id = '{good.Id}') WHERE tenant_id = '{bad.Id}'; SELECT 1");
        await watch.RunAsync(default);
        Assert.Equal((5, 1), await StandingAsync(people[0]));
    }

    [Fact]
    public async Task Rules_are_made_by_those_who_may_and_say_what_is_wrong_with_them()
    {
        var tenant = await shared.TenantAsync();
        var boss = await tenant.AdministratorAsync();
        var ada = await tenant.PersonAsync();
        var stranger = await (await shared.TenantAsync()).AdministratorAsync();
        var rule = Rule("First steps", "challengeCompleted", 10, new { id = Guid.NewGuid() });
        var path = $"/api/achievements/{rule["id"]}";

        await ada.Http.PostAsJsonAsync("/api/achievements", rule).ProblemAsync(403, "forbidden");
        foreach (var (change, pointer) in new (object, string)[]
        {
            (new { days = 3 }, "/days"),
            (new { points = 0, kind = "points" }, "/points"),
            (new { points = -1 }, "/points"),
            (new { count = 0 }, "/count"),
            (new { @event = "slept" }, "/event"),
            (new { texts = Array.Empty<object>() }, "/texts"),
            (new { texts = new[] { new { language = "tlh", title = "Qapla'" } } }, "/texts/0/language"),
            (new { texts = new[] { new { language = "en", title = "A" }, new { language = "en", title = "B" } } }, "/texts/1/language"),
            (new { trackId = Guid.NewGuid() }, "/trackId"),
            (new { @event = "placed", competitionId = Guid.NewGuid() }, "/competitionId"),
            (new { @event = "placed", categoryId = Guid.NewGuid() }, "/categoryId"),
            (new { fromEver = true, activeFrom = "2026-01-01T00:00:00Z" }, "/fromEver"),
            (new { activeUntil = "2020-01-01T00:00:00Z" }, "/activeUntil"),
            (new { points = 5, surprise = true }, "/surprise"),
        })
        {
            foreach (var door in new[] { "/api/achievements", "/api/achievement-previews" })
            {
                var refused = await boss.Http.PostAsJsonAsync(door, With(rule, change)).ProblemAsync(422, "invalid");
                Assert.Equal(pointer, (string?)refused["errors"]![0]!["pointer"]);
            }
        }

        // made once, however often it is asked for; another one by this id is refused
        var made = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => boss.Http.PostAsJsonAsync("/api/achievements", rule).OkAsync(201)));
        Assert.Single(made.Select(one => one.ToJsonString()).Distinct());
        await boss.Http.PostAsJsonAsync("/api/achievements", With(rule, new { points = 11 })).ProblemAsync(409, "id-taken");
        await boss.Http.PostAsJsonAsync("/api/achievements", With(rule, new { fromEver = true })).ProblemAsync(409, "id-taken");
        Assert.Equal("First steps", (string?)(await tenant.Http.GetAsync(path).OkAsync())["texts"]![0]!["title"]);

        // changed by who knows it as it is, and never what it rewards
        await ada.Http.PatchAsJsonAsync(path, new { points = 20 }).ProblemAsync(403, "forbidden");
        await boss.Http.PatchAsJsonAsync(path, new { @event = "streak" }).ProblemAsync(422, "invalid");
        await boss.Http.PatchAsJsonAsync(path, new { activeUntil = "2020-01-01T00:00:00Z" }).ProblemAsync(422, "invalid");
        Assert.Equal(20, (int)(await boss.Http.IfMatchAsync(HttpMethod.Patch, path, "\"1\"", new { points = 20, activeUntil = "2030-01-01T00:00:00Z" }).OkAsync())["points"]!);
        await boss.Http.IfMatchAsync(HttpMethod.Patch, path, "\"1\"", new { points = 30 }).ProblemAsync(409, "stale");
        Assert.Null((await boss.Http.PatchAsJsonAsync(path, new { withoutEnd = true }).OkAsync())["activeUntil"]);

        // another tenant's people know nothing of it
        await stranger.Http.GetAsync(path).ProblemAsync(404, "not-found");
        await stranger.Http.PatchAsJsonAsync(path, new { points = 1 }).ProblemAsync(404, "not-found");
        await stranger.Http.GetAsync($"{path}/preview").ProblemAsync(404, "not-found");
        await stranger.Http.PostAsJsonAsync($"{path}/backfills", new { }).ProblemAsync(404, "not-found");
        await stranger.Http.GetAsync($"{path}/awards").ProblemAsync(404, "not-found");
        await stranger.Http.GetAsync($"/api/users/{ada.Id}/achievements").ProblemAsync(404, "not-found");
        await stranger.Http.GetAsync($"/api/users/{ada.Id}/point-entries").ProblemAsync(404, "not-found");
        Assert.Empty((await stranger.Http.GetAsync("/api/achievements").OkAsync())["items"]!.AsArray());

        // one that nobody has earned may go
        await boss.Http.DeleteAsync(path).OkAsync(204);
        await boss.Http.DeleteAsync(path).ProblemAsync(404, "not-found");
        Assert.Equal(["update", "update", "update", "insert"], (await boss.Http.GetAsync($"/api/audit?table=achievements&limit=10").OkAsync())["items"]!.AsArray().Select(line => (string)line!["action"]!).OrderDescending());
    }

    private static JsonObject Rule(string title, string what, int points, object? more = null) => With(
        new JsonObject
        {
            ["event"] = what,
            ["points"] = points,
            ["texts"] = new JsonArray(new JsonObject { ["language"] = "en", ["title"] = title, ["badge"] = $"{title}!" }, new JsonObject { ["language"] = "ru", ["title"] = $"{title} (ru)" }),
        },
        more ?? new { });

    private static Task<JsonObject> RuleAsync(TestPerson boss, string title, string what, int points, object? more = null) => boss.Http.PostAsJsonAsync("/api/achievements", Rule(title, what, points, more)).OkAsync(201);

    private static JsonObject With(JsonObject request, object changes)
    {
        var changed = request.DeepClone().AsObject();
        foreach (var (name, value) in JsonSerializer.SerializeToNode(changes)!.AsObject()) changed[name] = value?.DeepClone();
        return changed;
    }

    private static Task WatchAsync(PodiumApp app) => app.AdvanceAsync(TimeSpan.FromMinutes(1));

    private static Task<HttpResponseMessage> DecideAsync(HandInContest contest, Guid registration, string decision) =>
        contest.Boss.Http.PostAsJsonAsync($"{contest.Path}/registrations/{registration}/decision", new { decision, reason = "So it is." });

    private static (int, int, int) Counts(JsonObject preview) => ((int)preview["people"]!, (int)preview["awards"]!, (int)preview["points"]!);

    private static async Task<string[]> BoardAsync(TestTenant tenant, string query = "", string board = "/api/points/board") =>
        [.. (await tenant.Http.GetAsync(board + query).OkAsync())["items"]!.AsArray().Select(line => $"{line!["rank"]} {line["displayName"]} {line["points"]}")];

    private static async Task<string[]> BadgesAsync(HttpClient reader, TestPerson person) =>
        [.. (await reader.GetAsync($"/api/users/{person.Id}/achievements").OkAsync())["items"]!.AsArray().Select(badge => (string)badge!["title"]!)];

    private static async Task<string[]> EntriesAsync(TestPerson person) =>
        [.. (await person.Http.GetAsync("/api/me/points/entries").OkAsync())["items"]!.AsArray().Select(entry => $"{entry!["amount"]} {entry["source"]}").Order(StringComparer.Ordinal)];

    private static async Task<(int Points, int? Rank)> StandingAsync(TestPerson person)
    {
        var standing = await person.Http.GetAsync("/api/me/points").OkAsync();
        return ((int)standing["points"]!, (int?)standing["rank"]);
    }
}
