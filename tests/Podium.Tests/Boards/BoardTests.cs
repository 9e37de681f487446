using System.Net;
using System.Net.Http.Json;
using System.Xml.Linq;
using Podium.Tests.Competitions;
using Podium.Tests.Harness;
using Podium.Tests.Judging;
using Podium.Tests.Voting;

namespace Podium.Tests.Boards;

/// <summary>Boards as pages, as they come without script, and what their streams tell. A browser looks at them in tests/browser.</summary>
public sealed class BoardTests
{
    private static readonly string[] Hostile = ["</title><script>alert(1)</script>", "\"><img src=x onerror=alert(2)>", "' autofocus onfocus=alert(3) x='", "\u202Egnp.exe & <b>"];

    [Fact]
    public async Task The_board_of_a_contest_is_whole_without_script_safe_and_tells_nothing_of_a_freeze()
    {
        await using var app = await PodiumApp.StartAsync(new AppOptions { Timers = [] });
        var tenant = await TestTenant.CreateAsync(app);
        var boss = await tenant.AdministratorAsync();
        var contest = await Contest.PublishedAsync(boss, new { name = "<i>Cup</i> & \"Co\"", type = "team", minTeamSize = 1, maxTeamSize = 3 });
        var teams = new List<Guid>();
        foreach (var name in Hostile)
        {
            var captain = await tenant.PersonAsync();
            teams.Add((Guid)(await contest.RegisterAsync(captain, await contest.TeamOfAsync(name, captain)).OkAsync(201))["id"]!);
        }
        var slug = (await contest.ReadAsync())["slug"]!.ToString();
        var path = $"/board/competitions/{slug}";
        var start = app.Clock.GetUtcNow().AddHours(-4.5);
        var judge = await tenant.PersonAsync($"judge-{slug}@jury.example.net");
        await boss.GrantAsync(judge, "JUDGE").OkAsync(201);
        judge = await tenant.SignInAsync(judge.Email);
        Assert.Equal(["The standing is not public"], (await BoardPage.OpenAsync(tenant.Http, path)).Notes);
        await boss.Http.PutAsJsonAsync($"{contest.Path}/contest", new
        {
            startsAt = start,
            durationSeconds = 18000,
            freezeBeforeSeconds = 3600,
            problems = new[] { new { id = "apples", label = "A", name = "Apples <1>" }, new { id = "bears", label = "B", name = "Bears" } },
            languages = new[] { new { id = "cpp", name = "C++" } },
        }).OkAsync();
        await SolveAsync(teams[1], "apples", 0.5, "WA");
        await SolveAsync(teams[1], "apples", 1, "AC");
        await SolveAsync(teams[0], "bears", 2, "WA");

        var page = await BoardPage.OpenAsync(tenant.Http, path);
        Assert.Equal("<i>Cup</i> & \"Co\"", page.Heading);
        Assert.Equal(
            new[] { $"1 | {Hostile[1]} | 1 | 80 | +1 | ·", $"2 | {Hostile[2]} | 0 | 0 | · | ·", $"2 | {Hostile[3]} | 0 | 0 | · | ·", $"2 | {Hostile[0]} | 0 | 0 | · | −1" }.Order(StringComparer.Ordinal),
            page.Rows.Order(StringComparer.Ordinal));
        Assert.Contains("the first to solve it: minute 60, rejected before: 1", page.Spoken);
        Assert.Contains(page.Notes, note => note.StartsWith("The board has been frozen since 20", StringComparison.Ordinal));

        // nothing of theirs is markup: one script of ours, no style, no handler, no address that runs
        var script = Assert.Single(page.All("script"));
        Assert.StartsWith("/board/assets/board.js?v=", (string)script.Attribute("src")!, StringComparison.Ordinal);
        Assert.Empty(script.Value);
        Assert.Empty(page.All("style"));
        Assert.Empty(page.All("img"));
        Assert.DoesNotContain(page.One("html").DescendantsAndSelf().Attributes(), attribute => attribute.Name.LocalName.StartsWith("on", StringComparison.Ordinal) || attribute.Name.LocalName == "style" || attribute.Value.StartsWith("javascript:", StringComparison.OrdinalIgnoreCase));
        Assert.Equal(
            "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
            page.Answer.Headers.GetValues("Content-Security-Policy").Single());
        Assert.Equal(["nosniff"], page.Answer.Headers.GetValues("X-Content-Type-Options"));

        // for who uses a keyboard or listens
        Assert.Equal("#board", (string)page.One("a").Attribute("href")!);
        Assert.Equal("board", (string)page.One("main").Attribute("id")!);
        Assert.Equal(["col"], page.All("thead").Descendants("th").Select(header => (string)header.Attribute("scope")!).Distinct());
        Assert.All(page.All("tbody").Descendants("tr"), row => Assert.Single(row.Elements("th"), header => (string)header.Attribute("scope")! == "row"));
        Assert.Equal(("region", "0"), ((string)page.All("div").Single(frame => frame.Attribute("role") is not null).Attribute("role")!, (string)page.All("div").Single(frame => frame.Attribute("role") is not null).Attribute("tabindex")!));
        Assert.Equal(["Standing"], page.Captions);
        Assert.Equal("polite", (string)Assert.Single(page.One("html").Descendants(), element => element.Attribute("aria-live") is not null).Attribute("aria-live")!);
        Assert.Single(page.All("h1"));
        Assert.Equal(["Pages", "Languages"], page.All("nav").Select(nav => (string)nav.Attribute("aria-label")!));

        // what is new in the freeze nobody sees here, not even those who could: a screen on the wall is everybody's
        await using var live = await LiveReader.OpenAsync(judge.Http, page.Stream!);
        var first = (await live.NextAsync("board")).Data;
        Assert.Equal((string)page.One("main").Attribute("data-version")!, first["version"]!.ToString());
        await SolveAsync(teams[0], "bears", 4.2, "AC");
        await SolveAsync(teams[2], "apples", 4.3, "WA");
        var frozen = await BoardPage.OpenAsync(judge.Http, path);
        Assert.Equal(frozen.Html, (await BoardPage.OpenAsync(tenant.Http, path)).Html);
        Assert.Equal(
            new[] { $"1 | {Hostile[1]} | 1 | 80 | +1 | ·", $"2 | {Hostile[2]} | 0 | 0 | ?1 | ·", $"2 | {Hostile[3]} | 0 | 0 | · | ·", $"2 | {Hostile[0]} | 0 | 0 | · | −1 ?1" }.Order(StringComparer.Ordinal),
            frozen.Rows.Order(StringComparer.Ordinal));
        await app.AdvanceAsync(TimeSpan.FromSeconds(2));
        var update = (await live.NextAsync("board")).Data;
        Assert.Equal(frozen.Rows, BoardPage.Of(update["html"]!.ToString()).Rows);
        Assert.Equal($"1. {Hostile[1]}", update["said"]!.ToString());

        // more time in an emergency leaves the freeze where it was, and back
        var longer = await boss.Http.PostAsJsonAsync($"{contest.Path}/emergencies/extension", new { minutes = 90, scope = "all", reason = "The judge was away." }).OkAsync();
        Assert.Contains(longer["plan"]!["items"]!.AsArray(), item => item!["what"]!.ToString() == "contest ends" && item["to"]!.ToString() == $"{start.AddHours(6.5).UtcDateTime:u}");
        Assert.Equal(frozen.Rows, (await BoardPage.OpenAsync(tenant.Http, path)).Rows);
        Assert.Equal((start.AddHours(6.5), 9000), await EndAsync());
        await boss.Http.PostAsJsonAsync($"/api/emergencies/{longer["id"]}/reversal", new { reason = "He was not." }).OkAsync();
        Assert.Equal((start.AddHours(5), 3600), await EndAsync());
        Assert.Equal(frozen.Html, (await BoardPage.OpenAsync(tenant.Http, path)).Html);

        // who has it is told so; whoever it is not for finds nothing
        using var again = new HttpRequestMessage(HttpMethod.Get, path);
        again.Headers.TryAddWithoutValidation("If-None-Match", frozen.Answer.Headers.ETag!.Tag);
        Assert.Equal(HttpStatusCode.NotModified, (await tenant.Http.SendAsync(again)).StatusCode);
        Assert.Equal("public, max-age=1", frozen.Answer.Headers.CacheControl!.ToString());
        var elsewhere = await TestTenant.CreateAsync(app);
        await elsewhere.Http.GetAsync(path).ProblemAsync(404, "not-found");
        await elsewhere.Http.GetAsync($"{path}/stream").ProblemAsync(404, "not-found");
        Assert.Null((await BoardPage.OpenAsync(elsewhere.Http, path, status: HttpStatusCode.NotFound)).Stream);
        Assert.Equal("ru", (await BoardPage.OpenAsync(elsewhere.Http, $"/board/competitions/{WebUtility.UrlEncode("\"><script>")}?lang=ru", status: HttpStatusCode.NotFound)).Language);
        var draft = await Contest.DraftAsync(boss, new { name = "Secret cup" });
        Assert.Equal(HttpStatusCode.NotFound, (await boss.Http.GetAsync($"/board/competitions/{(await draft.ReadAsync())["slug"]}")).StatusCode);

        // in the reader's language, with the tenant's colour where it can be read
        await boss.Http.PatchAsJsonAsync(contest.Path, new { translations = new { kk = new { name = "Кубок" } } }).OkAsync();
        var kazakh = await BoardPage.OpenAsync(tenant.Http, path, "de, kk-KZ;q=0.9, ru;q=0.5");
        Assert.Equal(("kk", "Кубок"), (kazakh.Language, kazakh.Heading));
        Assert.Equal("fr", (await BoardPage.OpenAsync(tenant.Http, $"{path}?lang=fr", "ru")).Language);
        await tenant.Http.GetAsync($"{path}?lang=x").ProblemAsync(422, "invalid");
        await boss.Http.PatchAsJsonAsync("/api/tenant/settings", new { branding = new { colour = "#ffe100" } }).OkAsync();
        var colours = await tenant.Http.GetStringAsync("/board/assets/brand.css");
        Assert.Contains("--brand: #ffe100; --on-brand: #000000;", colours);
        Assert.DoesNotContain("--accent: #ffe100; }\n@media", colours);
        foreach (var asset in kazakh.All("link").Select(link => (string)link.Attribute("href")!).Append((string)kazakh.One("script").Attribute("src")!).Where(address => address.StartsWith('/')))
            Assert.Equal(HttpStatusCode.OK, (await tenant.Http.GetAsync(asset)).StatusCode);

        async Task<(DateTimeOffset EndsAt, int Freeze)> EndAsync()
        {
            var view = await boss.Http.GetAsync($"{contest.Path}/contest").OkAsync();
            return ((DateTimeOffset)view["endsAt"]!, (int)view["freezeBeforeSeconds"]!);
        }

        async Task SolveAsync(Guid registrationId, string problemId, double hour, string verdict)
        {
            var submission = await boss.Http.PostAsJsonAsync($"{contest.Path}/contest/submissions", new { problemId, languageId = "cpp", registrationId, at = start.AddHours(hour) }).OkAsync(201);
            await judge.Http.PostAsJsonAsync($"{contest.Path}/contest/judgements", new { submissionId = submission["id"], verdict }).OkAsync(201);
        }
    }

    [Fact]
    public async Task A_votings_page_counts_live_and_a_sealed_one_keeps_its_secret()
    {
        await using var app = await PodiumApp.StartAsync(new AppOptions { Timers = [] });
        var tenant = await TestTenant.CreateAsync(app);
        var boss = await tenant.AdministratorAsync();
        var voters = new List<TestPerson>();
        for (var i = 0; i < 3; i++) voters.Add(await tenant.PersonAsync());
        var voting = await VotingWorld.DraftAsync(
            boss, new { title = "Song of <the> year", method = "plurality", voters = "people", visibility = "live" }, 3, at => new { id = Guid.CreateVersion7(), title = at == 0 ? Hostile[0] : $"Song {at}", genre = at == 2 ? "jazz" : "pop" });
        var path = $"/board/votings/{voting.Id}";
        Assert.Equal(HttpStatusCode.NotFound, (await boss.Http.GetAsync(path)).StatusCode);
        await voting.MoveAsync("open");
        var options = (await boss.Http.GetAsync(voting.Path).OkAsync())["options"]!.AsArray().Select(option => (Guid)option!["id"]!).ToList();

        var page = await BoardPage.OpenAsync(tenant.Http, path);
        Assert.Equal("Song of <the> year", page.Heading);
        await using var live = await LiveReader.OpenAsync(tenant.Http, page.Stream!);
        await live.NextAsync("board");
        await CastAsync(voters[0], 0);
        await CastAsync(voters[1], 0);
        await CastAsync(voters[2], 2);
        await app.AdvanceAsync(TimeSpan.FromSeconds(1));
        var update = await live.NextAsync("board");
        Assert.Equal([$"1 | {Hostile[0]} | 2 | 66.7%", "2 | Song 2 | 1 | 33.3%", "3 | Song 1 | 0 | 0.0%"], BoardPage.Of(update.Data["html"]!.ToString()).Rows);
        Assert.Equal(["Voting is open", "Votes in all: 3"], (await BoardPage.OpenAsync(tenant.Http, path)).Notes);
        Assert.Equal(["jazz", "pop"], (await BoardPage.OpenAsync(tenant.Http, $"{path}?by=genre")).Captions);
        await tenant.Http.GetAsync($"{path}?by=colour").ProblemAsync(422, "invalid");
        await boss.Http.PutAsJsonAsync($"{voting.Path}/halt", new { reason = "x" }).OkAsync();
        Assert.Equal("Voting is halted", (await BoardPage.OpenAsync(tenant.Http, path)).Notes[0]);

        var hidden = await VotingWorld.OpenAsync(boss, new { title = "Jury", method = "plurality", voters = "people", visibility = "sealed" });
        await hidden.CastAsync(voters[0].Http, [1]).OkAsync();
        await hidden.MoveAsync("closed");
        // its organiser may read the counts elsewhere; a page shows what everybody may see
        var closed = await BoardPage.OpenAsync(boss.Http, $"/board/votings/{hidden.Id}");
        Assert.Equal(["Voting is closed", "The counts are sealed until they are published"], closed.Notes);
        Assert.Empty(closed.Rows);
        await hidden.MoveAsync("published");
        Assert.Equal("1 | B | 1 | 100.0%", (await BoardPage.OpenAsync(tenant.Http, $"/board/votings/{hidden.Id}")).Rows[0]);
        await (await TestTenant.CreateAsync(app)).Http.GetAsync(path).ProblemAsync(404, "not-found");

        Task CastAsync(TestPerson voter, int option) => voter.Http.PostAsJsonAsync($"{voting.Path}/votes", new { choices = new[] { new { optionId = options[option] } } }).OkAsync();
    }

    [Fact]
    public async Task Results_are_shown_once_they_are_announced_and_a_frozen_competition_says_so()
    {
        await using var app = await PodiumApp.StartAsync(new AppOptions { Timers = ["RefreshLeaderboards"] });
        var contest = await JudgedContest.CreateAsync(app, participants: 2, judges: 1);
        var boss = contest.Organizer;
        var slug = (await boss.Http.GetAsync(contest.Path).OkAsync())["slug"]!.ToString();
        var (standing, results) = ($"/board/competitions/{slug}", $"/board/competitions/{slug}/results");
        await boss.Http.PatchAsJsonAsync(contest.Path, new { configuration = new { openBoard = true, awards = new[] { new { name = "Gold <1>", places = 1 } } } }).OkAsync();
        await boss.Http.PatchAsJsonAsync(contest.Round, new { configuration = new { reminderHours = 0, judging = new { reviews = 1, hours = 24, takeoverHours = 0 } } }).OkAsync();
        await contest.RubricAsync();
        await boss.Http.PostAsync($"{contest.Path}/run", null).OkAsync(202);
        var frozen = await boss.Http.PostAsJsonAsync($"{contest.Path}/emergencies/freeze", new { reason = "Secret reason." }).OkAsync();
        Assert.Equal(["The organisers have frozen the competition"], (await BoardPage.OpenAsync(contest.Tenant.Http, standing)).Notes);
        await boss.Http.PostAsJsonAsync($"/api/emergencies/{frozen["id"]}/reversal", new { reason = "x" }).OkAsync();
        var start = (DateTimeOffset)(await boss.Http.GetAsync(contest.Path).OkAsync())["rounds"]![0]!["closesAt"]!;
        await app.AdvanceAsync(start.AddMinutes(1) - app.Clock.GetUtcNow());
        var judge = await contest.Tenant.SignInAsync(contest.Panel[0].Person.Email);
        foreach (var review in await JudgedContest.ReviewsOfAsync(judge)) await JudgedContest.FinishAsync(judge, review, review["entry"]!.ToString()[^1] - '0', 10).OkAsync();
        await app.AdvanceAsync(TimeSpan.FromMinutes(2));

        // the mean of reviews is open to all here; the places are not, before the organisers confirm them
        Assert.Equal(["1 | Team Number2 | 22 | 1", "2 | Team Number1 | 21 | 1"], (await BoardPage.OpenAsync(contest.Tenant.Http, standing)).Rows);
        boss = await contest.Tenant.SignInAsync(boss.Email);
        var waiting = await BoardPage.OpenAsync(boss.Http, results);
        Assert.Equal(["The results have not been announced yet"], waiting.Notes);
        Assert.DoesNotContain("Number", waiting.Html);
        await using var live = await LiveReader.OpenAsync(contest.Tenant.Http, waiting.Stream!);
        await live.NextAsync("board");
        await boss.Http.PostAsJsonAsync($"{contest.Round}/confirmation", new { }).OkAsync();
        await app.AdvanceAsync(TimeSpan.FromSeconds(10));
        var announced = BoardPage.Of((await live.NextAsync("board")).Data["html"]!.ToString());
        Assert.Equal(["1 | Team Number2 | 22 | Gold <1>", "2 | Team Number1 | 21 | "], announced.Rows);
    }
}
