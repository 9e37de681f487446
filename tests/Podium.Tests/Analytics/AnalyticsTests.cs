using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using System.Xml.Linq;
using Microsoft.Extensions.DependencyInjection;
using Podium.Analytics;
using Podium.Platform.Files;
using Podium.Tests.Harness;
using Podium.Tests.Judging;

namespace Podium.Tests.Analytics;

/// <summary>A cup whose front-end tells what happens, from the first definition to the mail on Monday. The clock begins on Monday, 5 January 2026, at 08:00.</summary>
public sealed class AnalyticsTests
{
    private static readonly AppOptions Options = new() { Timers = ["RollUpEvents", "OrderWeeklyReports"] };

    private static readonly object Viewed = new
    {
        name = "page.viewed",
        description = "Somebody looks at a page.",
        properties = new object[] { new { name = "page", type = "text", required = true, maxLength = 20 }, new { name = "device", type = "choice", values = new[] { "phone", "desk" } } },
    };

    [Fact]
    public async Task What_front_ends_tell_is_taken_once_counted_exactly_and_forgotten_with_the_consent()
    {
        await using var app = await PodiumApp.StartAsync(Options);
        var contest = await JudgedContest.CreateAsync(app, participants: 3, judges: 0);
        var (boss, (ada, _), (bob, _)) = (contest.Organizer, contest.Participants[0], contest.Participants[1]);
        await boss.Http.PatchAsJsonAsync("/api/tenant/settings", new { settings = new { siteUrl = "https://contest.example.org", consents = new[] { new { purpose = "analytics", version = "1", required = false } } } }).OkAsync();
        await DefineAsync(contest);
        await AgreeAsync(ada, true);
        await AgreeAsync(contest.Participants[2].Person, true);

        // nothing of a batch with a fault is taken, and the faults say where they are
        var now = app.Clock.GetUtcNow();
        var refused = await TellAsync(ada.Http, Event(now, contest.Id), Event(now, contest.Id, name: "page.closed"), Event(now.AddDays(-8), contest.Id), Event(now.AddHours(1), null), Event(now, null, new { device = "tablet", mood = 3 })).ProblemAsync(422, "invalid");
        Assert.Equal(
            ["/events/1/name", "/events/2/at", "/events/3/at", "/events/4/properties/device", "/events/4/properties", "/events/4/properties/page"],
            refused["errors"]!.AsArray().Select(fault => (string?)fault!["pointer"]));
        Assert.StartsWith("Line 2: ", (string?)refused["errors"]![0]!["detail"], StringComparison.Ordinal);
        var stranger = await (await TestTenant.CreateAsync(app)).PersonAsync();
        var elsewhere = await JudgedContest.CreateAsync(app, participants: 0, judges: 0);
        await TellAsync(elsewhere.Tenant.HttpWith(ada.AccessToken), Event(now, null)).ProblemAsync(403, "other-tenant");
        var unknown = await TellAsync(ada.Http, Event(now, contest.Id), Event(now, elsewhere.Id)).ProblemAsync(422, "invalid");
        Assert.Equal("/events/1/competitionId", (string?)Assert.Single(unknown["errors"]!.AsArray())!["pointer"]);
        await TellAsync(ada.Http, [.. Enumerable.Range(0, 501).Select(_ => Event(now, null))]).ProblemAsync(422, "invalid");
        Assert.Equal(0L, await app.QueryAsync<long>("SELECT count(*) FROM analytics_events"));

        // the same batch many times at once is there once; who has not agreed is counted without a name
        object[] batch = [.. Enumerable.Range(0, 40).Select(number => Event(now.AddMinutes(-60 - number), number % 2 == 0 ? contest.Id : null))];
        var taken = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => TellAsync(ada.Http, batch).OkAsync()));
        Assert.Equal(40, taken.Sum(one => (int)one["accepted"]!));
        Assert.Equal(160, taken.Sum(one => (int)one["repeated"]!));
        Assert.True((bool)taken[0]["withPerson"]!);
        Assert.False((bool)(await TellAsync(bob.Http, Event(now.AddMinutes(-61), contest.Id), Event(now.AddMinutes(-1), contest.Id)).OkAsync())["withPerson"]!);
        await TellAsync(contest.Tenant.Http, Event(now.AddMinutes(-61), contest.Id)).OkAsync();
        await TellAsync(contest.Participants[2].Person.Http, Event(now.AddMinutes(-2), contest.Id)).OkAsync();
        Assert.Equal("41/44 41/41", await app.QueryAsync<string>("SELECT count(user_id) || '/' || count(*) || ' ' || count(user_id) FILTER (WHERE properties <> '{}') || '/' || count(user_id) FROM analytics_events"));
        Assert.Equal(2L, await app.QueryAsync<long>("SELECT count(*) FROM analytics_events WHERE properties = '{}'"));

        var before = await SeriesAsync(boss, "");
        Assert.False((bool)before["upToDate"]!);
        Assert.Equal(0, (int)before["total"]!);
        await app.AdvanceAsync(TimeSpan.FromMinutes(6));
        var day = await SeriesAsync(boss, "?persons=true&from=2026-01-05&until=2026-01-06&name=page.viewed");
        Assert.True((bool)day["upToDate"]!);
        Assert.Equal("44 2", $"{day["points"]![0]!["events"]} {day["points"]![0]!["persons"]}");
        Assert.Equal(24, (int)(await SeriesAsync(boss, "", contest.Path))["total"]!);

        // a late event goes where it belongs, and those that come while it is counted are counted too
        await TellAsync(ada.Http, Event(now.AddDays(-3), contest.Id)).OkAsync();
        var rollUp = app.Services.GetRequiredService<RollUpEvents>();
        using (var done = new CancellationTokenSource())
        {
            var counting = Task.Run(async () =>
            {
                while (!done.IsCancellationRequested) await rollUp.RunAsync(CancellationToken.None);
            });
            await Task.WhenAll(Enumerable.Range(0, 20).Select(number => TellAsync(number % 2 == 0 ? ada.Http : bob.Http, [.. Enumerable.Range(0, 10).Select(minute => Event(now.AddMinutes(-minute), contest.Id))]).OkAsync()));
            await done.CancelAsync();
            await counting;
        }
        await app.AdvanceAsync(TimeSpan.FromMinutes(6));
        var late = await SeriesAsync(boss, "?persons=true&from=2026-01-01&until=2026-01-06");
        Assert.Equal(["0 0", "1 1", "0 0", "0 0", "244 2"], late["points"]!.AsArray().Select(point => $"{point!["events"]} {point["persons"]}"));

        // hours of where somebody is, in which a quarter belongs to the hour of its own
        var hours = await SeriesAsync(boss, "?interval=hour&timeZone=Asia/Kathmandu&persons=true&from=2026-01-05&until=2026-01-06");
        Assert.Equal("2026-01-05T12:00+05:45", (string?)hours["points"]![12]!["local"]);
        Assert.Equal(await app.QueryAsync<long>("SELECT count(*) FROM analytics_events WHERE created_at >= '2026-01-05 07:15Z' AND created_at < '2026-01-05 08:15Z'"), (long)hours["points"]![13]!["events"]!);
        Assert.Equal(2, (int)hours["points"]![13]!["persons"]!);
        Assert.Equal(244, (int)hours["total"]!);
        Assert.Equal(245, (int)(await SeriesAsync(boss, "?interval=month&persons=true&from=2026-01-01&until=2026-02-01"))["total"]!);
        foreach (var bad in new[] { "?from=2026-02-01&until=2026-01-01", "?interval=hour&from=2025-01-01&until=2026-01-01", "?timeZone=Mars/Base", "?until=9999-12-31", "?interval=century" })
            await boss.Http.GetAsync($"/api/analytics/series{bad}").ProblemAsync(422, "invalid");

        // an event that is told no more stays counted, and nobody tells it
        await contest.Tenant.Http.GetAsync("/api/analytics/series").ProblemAsync(401, "sign-in-required");
        await ada.Http.GetAsync("/api/analytics/series").ProblemAsync(403, "forbidden");
        await stranger.Http.GetAsync($"{contest.Path}/analytics/series").ProblemAsync(403, "forbidden");
        await elsewhere.Organizer.Http.GetAsync($"{contest.Path}/analytics/series").ProblemAsync(404, "not-found");

        // with the consent goes the name from what was told, and what was said with it; that it happened stays
        await AgreeAsync(ada, false);
        await app.AdvanceAsync(TimeSpan.FromMinutes(6));
        boss = await contest.Tenant.SignInAsync(boss.Email);
        var after = await SeriesAsync(boss, "?persons=true&from=2026-01-01&until=2026-01-06");
        Assert.Equal(["0 0", "1 0", "0 0", "0 0", "244 1"], after["points"]!.AsArray().Select(point => $"{point!["events"]} {point["persons"]}"));
        Assert.Equal(0L, await app.QueryAsync<long>($"SELECT count(*) FROM analytics_events WHERE user_id = '{ada.Id}'"));
        ada = await contest.Tenant.SignInAsync(ada.Email);
        Assert.False((bool)(await TellAsync(ada.Http, Event(app.Clock.GetUtcNow(), contest.Id)).OkAsync())["withPerson"]!);

        // days begin elsewhere in another time zone
        await boss.Http.PatchAsJsonAsync("/api/tenant/settings", new { timeZone = "Asia/Kathmandu" }).OkAsync();
        await app.AdvanceAsync(TimeSpan.FromMinutes(6));
        Assert.Equal(246, (int)(await SeriesAsync(boss, "?persons=true&from=2026-01-01&until=2026-01-07"))["total"]!);
        Assert.Equal(0L, await app.QueryAsync<long>("SELECT count(*) FROM analytics_changes"));
        Assert.Contains("Z,2026-01-05T00:00+05:45,", await boss.Http.GetStringAsync("/api/analytics/export/series?from=2026-01-01&until=2026-01-07"), StringComparison.Ordinal);
        var table = await boss.Http.GetStringAsync("/api/analytics/export/events?from=2026-01-05T00:00:00Z");
        Assert.Equal(1 + 245, table.Trim().Split("\r\n").Length);
        Assert.DoesNotContain(contest.Participants[2].Person.Id.ToString(), table, StringComparison.Ordinal);

        await boss.Http.DeleteAsync("/api/analytics/definitions/page.viewed").OkAsync(204);
        await TellAsync(contest.Tenant.Http, Event(app.Clock.GetUtcNow(), null)).ProblemAsync(422, "invalid");
    }

    [Fact]
    public async Task Organisers_judges_and_administrators_see_how_it_goes_in_numbers_in_pictures_and_by_mail()
    {
        await using var app = await PodiumApp.StartAsync(Options);
        var contest = await JudgedContest.CreateAsync(app, participants: 4, judges: 2);
        var boss = contest.Organizer;
        await boss.Http.PatchAsJsonAsync("/api/tenant/settings", new { settings = new { siteUrl = "https://contest.example.org", consents = new[] { new { purpose = "analytics", version = "1", required = false } } } }).OkAsync();
        await DefineAsync(contest);
        foreach (var (person, _) in contest.Participants.Take(3))
        {
            await AgreeAsync(person, true);
            await TellAsync(person.Http, Event(app.Clock.GetUtcNow().AddMinutes(-30), contest.Id)).OkAsync();
        }
        await contest.RubricAsync();
        await contest.AssignAsync(2);
        var (judge, judgeId) = contest.Panel[0];
        var mine = await JudgedContest.ReviewsOfAsync(judge);
        await JudgedContest.FinishAsync(judge, mine[0], 5, 10).OkAsync();
        await app.AdvanceAsync(TimeSpan.FromMinutes(6));

        var funnel = await boss.Http.GetAsync($"{contest.Path}/analytics/funnel?steps=page.viewed,entry:registered,entry:team-complete,entry:submitted,entry:reviewed").OkAsync();
        Assert.Equal(["3", "3", "3", "0", "0"], funnel["steps"]!.AsArray().Select(step => $"{step!["persons"]}"));
        Assert.Equal(30m, (decimal)funnel["steps"]![1]!["medianMinutes"]!);
        foreach (var bad in new[] { "steps=page.viewed", "steps=a,a", "steps=a,entry:lost", "from=2026-01-02&until=2026-01-01", "from=2020-01-01&until=2026-01-01", "windowHours=0", "until=2000-01-01" })
            await boss.Http.GetAsync($"{contest.Path}/analytics/funnel?{bad}").ProblemAsync(422, "invalid");

        var taking = await boss.Http.GetAsync($"{contest.Path}/analytics/participation").OkAsync();
        Assert.Equal("4 4 0 0", $"{taking["entries"]!["approved"]} {taking["entries"]!["people"]} {taking["entries"]!["teams"]} {taking["entries"]!["pending"]}");
        var round = Assert.Single(taking["rounds"]!.AsArray())!;
        Assert.Equal("4 0 1 4 1", $"{round["entered"]} {round["submitted"]} {round["reviewed"]} {round["droppedBeforeSubmitting"]} {round["ofFirst"]}");
        var judging = await boss.Http.GetAsync($"{contest.Path}/analytics/judging").OkAsync();
        Assert.Equal("8 1 7 0", $"{judging["total"]!["assigned"]} {judging["total"]!["done"]} {judging["total"]!["open"]} {judging["total"]!["overdue"]}");
        Assert.Null(judging["total"]!["projectedFinish"]);
        var first = judging["judges"]!.AsArray().Single(one => (Guid)one!["id"]! == judgeId)!;
        Assert.Equal("4 1 3", $"{first["assigned"]} {first["done"]} {first["open"]}");
        Assert.True((DateTimeOffset)first["projectedFinish"]! > app.Clock.GetUtcNow());
        foreach (var table in new[] { "participation", "judging", "series" })
        {
            var lines = System.Text.Encoding.UTF8.GetString(await boss.Http.GetByteArrayAsync($"{contest.Path}/export/{table}")).TrimEnd().Split("\r\n");
            Assert.StartsWith("\ufeff", lines[0], StringComparison.Ordinal);
            Assert.Equal(table switch { "participation" => 2, "judging" => 3, _ => 31 }, lines.Length);
            await boss.Http.GetAsync($"/api/competitions/{Guid.NewGuid()}/export/{table}").ProblemAsync(404, "not-found");
        }

        var board = await boss.Http.GetAsync($"{contest.Path}/dashboard").OkAsync();
        Assert.Equal(["4", "4", "0", "0", "0"], board["funnel"]!.AsArray().Select(step => $"{step!["persons"]}"));
        Assert.Equal("2026-01-05 4", $"{board["registrations"]!.AsArray()[^1]!["day"]} {board["registrations"]!.AsArray()[^1]!["count"]}");
        Assert.Equal(["* 3 3", "page.viewed 3 3"], board["events"]!.AsArray().Select(one => $"{one!["name"]} {one["events"]} {one["persons"]}"));
        Assert.Equal(7, (int)board["judging"]!["total"]!["open"]!);
        var all = await boss.Http.GetAsync("/api/dashboard").OkAsync();
        Assert.Equal("7 1 published 4 8", $"{all["people"]} {all["competitions"]![0]!["count"]} {all["competitions"]![0]!["status"]} {all["registrations"]!.AsArray()[^1]!["count"]} {all["judging"]!["assigned"]}");
        var own = await judge.Http.GetAsync("/api/me/judging-dashboard").OkAsync();
        Assert.Equal("4 1 Final 1", $"{own["total"]!["assigned"]} {own["competitions"]![0]!["done"]} {own["competitions"]![0]!["round"]} {own["finished"]!.AsArray()[^1]!["count"]}");
        Assert.Equal("4 0", $"{(await contest.Panel[1].Person.Http.GetAsync("/api/me/judging-dashboard").OkAsync())["total"]!["assigned"]} {(await contest.Panel[1].Person.Http.GetAsync("/api/me/judging-dashboard").OkAsync())["total"]!["done"]}");

        var participant = contest.Participants[0].Person;
        foreach (var closed in new[] { $"{contest.Path}/dashboard", $"{contest.Path}/dashboard/pictures/funnel", "/api/dashboard", "/api/me/judging-dashboard", $"{contest.Path}/analytics/funnel", "/api/analytics/definitions", "/api/analytics/export/events" })
            await participant.Http.GetAsync(closed).ProblemAsync(403, "forbidden");
        var elsewhere = await (await TestTenant.CreateAsync(app)).AdministratorAsync();
        await elsewhere.Http.GetAsync($"{contest.Path}/dashboard").ProblemAsync(404, "not-found");
        await elsewhere.Http.GetAsync($"{contest.Path}/dashboard/pictures/rounds").ProblemAsync(404, "not-found");

        await PicturesAsync(boss, $"{contest.Path}/dashboard", DashboardPictures.OfCompetition);
        await PicturesAsync(boss, "/api/dashboard", DashboardPictures.OfTenant);
        await PicturesAsync(judge, "/api/me/judging-dashboard", DashboardPictures.OfJudge);
        await boss.Http.GetAsync("/api/dashboard/pictures/horses").ProblemAsync(404, "not-found");

        await MondayAsync(app, contest);
    }

    // one report a week, on Monday morning where each is, and none for who does not want it
    private static async Task MondayAsync(PodiumApp app, JudgedContest contest)
    {
        var (boss, people) = (contest.Organizer, contest.Participants.Select(one => one.Person).ToList());
        foreach (var (person, zone, language) in people.Zip(["Asia/Almaty", "America/New_York", "Europe/Paris"], ["ru", "en", "kk"]).Select(one => (one.First, one.Second, one.Third)))
        {
            await boss.GrantAsync(person, "ORGANIZER", "competition", contest.Id).OkAsync(201);
            await person.Http.PatchAsJsonAsync("/api/me", new { timeZone = zone, language }).OkAsync();
        }
        await people[2].Http.PutAsJsonAsync("/api/me/notification-preferences", new { kinds = new[] { new { kind = "weekly-report", inApp = false, email = "off" } } }).OkAsync();
        await app.AdvanceAsync(new DateTimeOffset(2026, 1, 12, 3, 0, 0, TimeSpan.Zero) - app.Clock.GetUtcNow());
        async Task<int> ReportsAsync(TestPerson person) => (await app.MailsAsync(person.Email)).Count(mail => mail.Headers["X-Podium-Kind"] == "weekly-report");
        // it was Monday already when they became organisers
        Assert.Equal((1, 1), (await ReportsAsync(people[0]), await ReportsAsync(people[1])));
        await app.AdvanceAsync(TimeSpan.FromMinutes(20));
        Assert.Equal((2, 1), (await ReportsAsync(people[0]), await ReportsAsync(people[1])));
        // it comes again from any timer, and is sent once
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => app.Services.GetRequiredService<SendReports>().OrderAsync(CancellationToken.None)));
        await app.AdvanceAsync(TimeSpan.FromMinutes(90));
        Assert.Equal((2, 1), (await ReportsAsync(people[0]), await ReportsAsync(people[1])));
        await app.AdvanceAsync(TimeSpan.FromHours(9));
        Assert.Equal((2, 2, 0), (await ReportsAsync(people[0]), await ReportsAsync(people[1]), await ReportsAsync(people[2])));
        Assert.Equal(0, await ReportsAsync(boss));

        var mail = (await app.MailsAsync(people[0].Email)).Last(one => one.Headers["X-Podium-Kind"] == "weekly-report");
        Assert.Contains("неделя до 12.01", mail.Subject, StringComparison.Ordinal);
        Assert.Contains("Cup of robots", mail.Text, StringComparison.Ordinal);
        var picture = Assert.Single(mail.Attachments);
        Assert.Equal("image/png", picture.MediaType);
        Assert.Equal([0x89, 0x50, 0x4E, 0x47], picture.Content.ToArray()[..4]);
        Assert.Matches("<img src=\"cid:picture-1\\.[^\"]+@podium\" alt=\"[^\"]*Регистрации по дням", mail.Html!);

        await app.AdvanceAsync(TimeSpan.FromDays(7));
        Assert.Equal((3, 3, 0), (await ReportsAsync(people[0]), await ReportsAsync(people[1]), await ReportsAsync(people[2])));
    }

    private static async Task PicturesAsync(TestPerson person, string path, IReadOnlyList<string> pictures)
    {
        foreach (var picture in pictures)
        {
            var svg = await person.Http.GetAsync($"{path}/pictures/{picture}?language=kk");
            Assert.Equal("image/svg+xml", svg.Content.Headers.ContentType?.MediaType);
            var drawn = XDocument.Parse(await svg.Content.ReadAsStringAsync()).Root!;
            Assert.Equal(AnalyticsWords.Of("kk")[picture], drawn.Element(drawn.GetDefaultNamespace() + "title")!.Value);
            Assert.Equal("default-src 'none'; style-src 'unsafe-inline'", svg.Headers.GetValues("Content-Security-Policy").Single());
        }
        var png = await person.Http.GetAsync($"{path}/pictures/{pictures[^1]}?format=png&dark=true");
        Assert.Equal(new MediaTypeHeaderValue("image/png"), png.Content.Headers.ContentType);
        await Podium.Tests.Platform.Files.Look.GoodAsync(await png.Content.ReadAsByteArrayAsync(), FileKind.Png);
        await person.Http.GetAsync($"{path}/pictures/{pictures[0]}?format=gif").ProblemAsync(422, "invalid");
    }

    private static async Task DefineAsync(JudgedContest contest)
    {
        var boss = contest.Organizer;
        await contest.Participants[0].Person.Http.PostAsJsonAsync("/api/analytics/definitions", Viewed).ProblemAsync(403, "forbidden");
        await boss.Http.PostAsJsonAsync("/api/analytics/definitions", new { name = "Page", properties = Array.Empty<object>() }).ProblemAsync(422, "invalid");
        await boss.Http.PostAsJsonAsync("/api/analytics/definitions", new { name = "page", properties = new[] { new { name = "a", type = "choice" } } }).ProblemAsync(422, "invalid");
        await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => boss.Http.PostAsJsonAsync("/api/analytics/definitions", Viewed).OkAsync(201)));
        Assert.Equal("Somebody looks at a page.", (string?)(await boss.Http.GetAsync("/api/analytics/definitions/page.viewed").OkAsync())["description"]);
        await boss.Http.GetAsync("/api/analytics/definitions/page.closed").ProblemAsync(404, "not-found");
        await boss.Http.PostAsJsonAsync("/api/analytics/definitions", new { name = "page.viewed" }).ProblemAsync(409, "analytics-definition-exists");
        await boss.Http.IfMatchAsync(HttpMethod.Patch, "/api/analytics/definitions/page.viewed", "\"7\"", new { description = "x" }).ProblemAsync(409, "stale");
        await boss.Http.PatchAsJsonAsync("/api/analytics/definitions/page.closed", new { description = "x" }).ProblemAsync(404, "not-found");
        Assert.Equal(2, (int)(await boss.Http.PatchAsJsonAsync("/api/analytics/definitions/page.viewed", new { description = "Somebody has looked at a page." }).OkAsync())["version"]!);
    }

    private static object Event(DateTimeOffset at, Guid? competitionId, object? properties = null, string name = "page.viewed") =>
        new { id = Guid.NewGuid(), name, at, competitionId, properties = properties ?? new { page = "home" } };

    private static Task<HttpResponseMessage> TellAsync(HttpClient http, params object[] events) => http.PostAsJsonAsync("/api/analytics/events", new { events });

    private static Task<JsonObject> AgreeAsync(TestPerson person, bool given) => person.Http.PutAsJsonAsync("/api/me/consents/analytics", new { version = "1", given }).OkAsync();

    private static Task<JsonObject> SeriesAsync(TestPerson person, string query, string path = "/api") => person.Http.GetAsync($"{path}/analytics/series{query}").OkAsync();
}
