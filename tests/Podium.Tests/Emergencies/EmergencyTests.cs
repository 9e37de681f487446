using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Podium.Tests.Files;
using Podium.Tests.Harness;
using Podium.Tests.Judging;
using Podium.Tests.Platform.Files;
using Podium.Tests.Voting;

namespace Podium.Tests.Emergencies;

public sealed class EmergencyTests(SharedApp shared)
{
    private static readonly DateTimeOffset Start = new(2026, 2, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task A_frozen_competition_is_changed_by_nobody_until_it_is_lifted()
    {
        var contest = await JudgedContest.CreateAsync(shared, participants: 2, judges: 1);
        var (tenant, boss) = (contest.Tenant, contest.Organizer);
        await contest.RubricAsync();
        await contest.AssignAsync(1);
        var voting = await VotingWorld.OpenAsync(boss, new { title = "Favourite", competitionId = contest.Id, method = "plurality", voters = "people" });
        var (ada, judge) = (contest.Participants[0], contest.Panel[0].Person);
        var review = (await JudgedContest.ReviewsOfAsync(judge))[0];
        var emergencies = $"{contest.Path}/emergencies";
        var late = await tenant.PersonAsync();

        // who may, and where
        await ada.Person.Http.PostAsJsonAsync($"{emergencies}/freeze", new { reason = "x" }).ProblemAsync(403, "forbidden");
        var foreigner = await (await shared.TenantAsync()).AdministratorAsync();
        await foreigner.Http.PostAsJsonAsync($"{emergencies}/freeze", new { reason = "x" }).ProblemAsync(404, "not-found");
        await boss.Http.PostAsJsonAsync($"{emergencies}/freeze", new { reason = "" }).ProblemAsync(422, "invalid");

        // a dry run says all of it and does nothing
        var planned = await boss.Http.PostAsJsonAsync($"{emergencies}/freeze", new { reason = "No power.", dryRun = true }).OkAsync();
        Assert.Equal(("planned", null, 3), (planned["state"]!.ToString(), planned["id"], (int)planned["plan"]!["told"]!));
        Assert.Equal(["competition frozen Cup of robots", "voting halted Favourite"], Items(planned));
        Assert.Equal(
            ["competition frozen 1", "voting halted 1", "entries held 2", "drafts held 0", "reviews held 2"],
            planned["plan"]!["counts"]!.AsArray().Select(count => $"{count!["what"]} {count["number"]}"));
        Assert.Null((await boss.Http.GetAsync(contest.Path).OkAsync())["frozenAt"]);
        Assert.Empty((await boss.Http.GetAsync("/api/emergencies").OkAsync())["items"]!.AsArray());

        // those who are under way come through or are refused, and none comes through afterwards
        var crowd = new List<TestPerson>();
        for (var i = 0; i < 4; i++) crowd.Add(await tenant.PersonAsync());
        var id = Guid.CreateVersion7();
        var freezing = Task.Run(() => boss.Http.PostAsJsonAsync($"{emergencies}/freeze", new { id, reason = "No power." }));
        var coming = crowd.Select(person => person.Http.PostAsJsonAsync($"{contest.Path}/registrations", new { })).ToList();
        var frozen = await freezing.OkAsync();
        var registered = await boss.CountAsync(contest);
        var answers = await Task.WhenAll(coming);
        Assert.Equal(registered, await boss.CountAsync(contest));
        Assert.Equal(registered - 2, answers.Count(answer => answer.StatusCode == HttpStatusCode.Created));
        Assert.All(answers.Where(answer => !answer.IsSuccessStatusCode), answer => Assert.Equal(423, (int)answer.StatusCode));
        Assert.Equal(("done", id.ToString()), (frozen["state"]!.ToString(), frozen["id"]!.ToString()));
        Assert.Equal(planned["plan"]!["items"]!.ToJsonString(), frozen["plan"]!["items"]!.ToJsonString());

        // the same again is the same, another request under the id is not, and a second freeze finds it so
        Assert.Equal("done", (await boss.Http.PostAsJsonAsync($"{emergencies}/freeze", new { id, reason = "No power." }).OkAsync())["state"]!.ToString());
        await boss.Http.PostAsJsonAsync($"{emergencies}/freeze", new { id, reason = "Another." }).ProblemAsync(409, "id-taken");
        await boss.Http.PostAsJsonAsync($"{emergencies}/freeze", new { reason = "Again." }).ProblemAsync(409, "emergency-so-already");
        Assert.Equal("No power.", (await tenant.Http.GetAsync(contest.Path).OkAsync())["frozenReason"]!.ToString());

        await late.Http.PostAsJsonAsync($"{contest.Path}/registrations", new { }).ProblemAsync(423, "competition-frozen");
        await ada.Person.Http.PostAsJsonAsync($"{contest.Path}/registrations/{ada.RegistrationId}/withdrawal", new { }).ProblemAsync(423, "competition-frozen");
        await judge.Http.PatchAsJsonAsync($"/api/reviews/{review["id"]}", new { marks = new { idea = 3 } }).ProblemAsync(423, "competition-frozen");
        await JudgedContest.FinishAsync(judge, review, 3, 4).ProblemAsync(423, "competition-frozen");
        await boss.Http.PostAsync($"{contest.Path}/run", null).ProblemAsync(423, "competition-frozen");
        await voting.CastAsync(ada.Person.Http, [0]).ProblemAsync(423, "voting-halted");
        // whoever leaves altogether may
        Assert.Equal(HttpStatusCode.NoContent, (await boss.Http.DeleteAsync($"/api/users/{contest.Participants[1].Person.Id}")).StatusCode);
        Assert.Contains(await tenant.MailsAsync(judge.Email), mail => mail.Subject == "Cup of robots is frozen" && mail.Text.Contains("No power."));

        // taken back, with a dry run before and only once
        var back = $"/api/emergencies/{id}/reversal";
        await foreigner.Http.PostAsJsonAsync(back, new { reason = "x" }).ProblemAsync(404, "not-found");
        Assert.Equal(["freeze lifted Cup of robots", "voting goes on Favourite"], Items(await boss.Http.PostAsJsonAsync(back, new { reason = "Light!", dryRun = true }).OkAsync()));
        await late.Http.PostAsJsonAsync($"{contest.Path}/registrations", new { }).ProblemAsync(423, "competition-frozen");
        Assert.Equal("reversed", (await boss.Http.PostAsJsonAsync(back, new { reason = "Light!" }).OkAsync())["state"]!.ToString());
        Assert.Equal("reversed", (await boss.Http.PostAsJsonAsync(back, new { reason = "Light!" }).OkAsync())["state"]!.ToString());
        await late.Http.PostAsJsonAsync($"{contest.Path}/registrations", new { }).OkAsync(201);
        await JudgedContest.FinishAsync(judge, review, 3, 4).OkAsync();
        await voting.CastAsync(ada.Person.Http, [0]).OkAsync();

        // who did what and why stands in the audit log
        var log = (await boss.Http.GetAsync($"/api/audit?table=emergencies&row={id}").OkAsync())["items"]!.AsArray();
        Assert.Equal(["insert", "update"], log.Select(entry => entry!["action"]!.ToString()).Order());

        // the kill switch alone
        var halted = await boss.Http.PostAsJsonAsync($"{emergencies}/voting-halt", new { reason = "Odd votes." }).OkAsync();
        Assert.Equal(["voting halted Favourite"], Items(halted));
        await voting.CastAsync(judge.Http, [0]).ProblemAsync(423, "voting-halted");
        await boss.Http.PostAsJsonAsync($"{emergencies}/voting-halt", new { reason = "Odd votes." }).ProblemAsync(409, "emergency-so-already");
        await boss.Http.PostAsJsonAsync($"/api/emergencies/{halted["id"]}/reversal", new { reason = "All is well." }).OkAsync();
        await voting.CastAsync(judge.Http, [0]).OkAsync();
    }

    [Fact]
    public async Task What_cannot_be_taken_back_needs_another_person_who_saw_what_it_touches()
    {
        var contest = await JudgedContest.CreateAsync(shared, participants: 2, judges: 1);
        var (app, tenant, boss) = (contest.App, contest.Tenant, contest.Organizer);
        var second = await tenant.PersonAsync();
        await boss.GrantAsync(second, "ORGANIZER", "competition", contest.Id).OkAsync(201);
        second = await tenant.SignInAsync(second.Email);

        // a broadcast: asked, not approved by who asked, nor blindly, nor when it has changed; then sent once
        var texts = new[] { new { language = "en", title = "Come to hall B", body = "Hall A has no power." }, new { language = "ru", title = "Приходите в зал Б", body = "В зале А нет света." } };
        await boss.Http.PostAsJsonAsync($"{contest.Path}/emergencies/broadcast", new { reason = "x", texts = new[] { texts[0], texts[0] } }).ProblemAsync(422, "invalid");
        var asked = await boss.Http.PostAsJsonAsync($"{contest.Path}/emergencies/broadcast", new { reason = "Hall", texts }).OkAsync();
        var path = $"/api/emergencies/{asked["id"]}";
        Assert.Equal(("asked", true, 4), (asked["state"]!.ToString(), (bool)asked["plan"]!["secondPerson"]!, (int)asked["plan"]!["told"]!));
        Assert.DoesNotContain(await tenant.MailsAsync(contest.Panel[0].Person.Email), mail => mail.Subject.Contains("hall B"));
        await boss.Http.PostAsJsonAsync($"{path}/approval", new { digest = asked["digest"] }).ProblemAsync(403, "emergency-another-person");
        await second.Http.PostAsJsonAsync($"{path}/approval", new { digest = new string('0', 64) }).ProblemAsync(409, "emergency-plan-changed");
        var joined = await tenant.PersonAsync();
        await joined.Http.PostAsJsonAsync($"{contest.Path}/registrations", new { }).OkAsync(201);
        await second.Http.PostAsJsonAsync($"{path}/approval", new { digest = asked["digest"] }).ProblemAsync(409, "emergency-plan-changed");
        var seen = await second.Http.GetAsync(path).OkAsync();
        Assert.Equal(5, (int)seen["plan"]!["told"]!);
        var approvals = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => second.Http.PostAsJsonAsync($"{path}/approval", new { digest = seen["digest"] })));
        Assert.All(approvals, answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
        Assert.Single(await tenant.MailsAsync(contest.Panel[0].Person.Email), mail => mail.Subject == "Come to hall B");
        Assert.Single(await tenant.MailsAsync(joined.Email), mail => mail.Subject == "Come to hall B");
        await boss.Http.PostAsJsonAsync($"{path}/reversal", new { reason = "x" }).ProblemAsync(409, "emergency-irreversible");
        await boss.Http.PostAsync($"{path}/refusal", null).ProblemAsync(409, "emergency-over");
        var other = await boss.Http.PostAsJsonAsync($"{contest.Path}/emergencies/broadcast", new { reason = "Hall", texts }).OkAsync();
        Assert.Equal("refused", (await boss.Http.PostAsync($"/api/emergencies/{other["id"]}/refusal", null).OkAsync())["state"]!.ToString());
        await second.Http.PostAsJsonAsync($"/api/emergencies/{other["id"]}/approval", new { digest = other["digest"] }).ProblemAsync(409, "emergency-over");

        // a file: all copies of its content, whoever sent them, and links that were given out
        var pdf = PdfFile.OfPages(3).Plain();
        var files = new List<(JsonNode Id, string Url)>();
        var third = await tenant.PersonAsync();
        await boss.GrantAsync(third, "ADMINISTRATOR").OkAsync(201);
        third = await tenant.SignInAsync(third.Email);
        foreach (var (sender, name) in new[] { (boss, "rules.pdf"), (third, "copy.pdf") })
        {
            var upload = await sender.AskAsync(pdf, name);
            Assert.Equal(HttpStatusCode.Created, await Client.PutAsync(upload, pdf));
            await app.SettleAsync();
            files.Add((upload["file"]!["id"]!, (await sender.Http.PostAsync($"/api/files/{upload["file"]!["id"]}/download", null).OkAsync())["url"]!.ToString()));
        }
        await second.Http.PostAsJsonAsync("/api/emergencies/file-revocation", new { fileId = files[0].Id, reason = "x" }).ProblemAsync(403, "forbidden");
        await boss.Http.PostAsJsonAsync("/api/emergencies/file-revocation", new { fileId = contest.Id, reason = "x" }).ProblemAsync(404, "not-found");
        var dry = await boss.Http.PostAsJsonAsync("/api/emergencies/file-revocation", new { fileId = files[0].Id, reason = "Leaked.", dryRun = true }).OkAsync();
        Assert.Equal(["file revoked copy.pdf", "file revoked rules.pdf"], Items(dry).Order());
        Assert.All(await StatusesAsync(files), status => Assert.Equal(HttpStatusCode.OK, status));
        var revoked = await boss.Http.PostAsJsonAsync("/api/emergencies/file-revocation", new { fileId = files[0].Id, reason = "Leaked." }).OkAsync();
        Assert.All(await StatusesAsync(files), status => Assert.Equal(HttpStatusCode.NotFound, status));
        await third.Http.PostAsync($"/api/files/{files[1].Id}/download", null).ProblemAsync(410, "file-revoked");
        // what is kept of it names nobody's file
        Assert.All((await boss.Http.GetAsync($"/api/emergencies/{revoked["id"]}").OkAsync())["plan"]!["items"]!.AsArray(), item => Assert.Null(item!["name"]));
        await boss.Http.PostAsJsonAsync($"/api/emergencies/{revoked["id"]}/reversal", new { reason = "It was another." }).OkAsync();
        Assert.All(await StatusesAsync(files), status => Assert.Equal(HttpStatusCode.OK, status));

        // for good, by two
        var destroying = await boss.Http.PostAsJsonAsync("/api/emergencies/file-revocation", new { fileId = files[1].Id, reason = "Leaked.", destroy = true }).OkAsync();
        Assert.All(await StatusesAsync(files), status => Assert.Equal(HttpStatusCode.OK, status));
        await second.Http.GetAsync($"/api/emergencies/{destroying["id"]}").ProblemAsync(404, "not-found");
        await third.Http.PostAsJsonAsync($"/api/emergencies/{destroying["id"]}/approval", new { digest = destroying["digest"] }).OkAsync();
        Assert.All(await StatusesAsync(files), status => Assert.Equal(HttpStatusCode.NotFound, status));
        await boss.Http.DeleteAsync($"/api/files/{files[0].Id}/revocation").ProblemAsync(409, "file-content-gone");
        foreach (var place in new[] { "documents", "quarantine" })
        {
            await foreach (var blob in app.Storage.GetBlobContainerClient(place).GetBlobsAsync(prefix: $"{tenant.Id}")) Assert.Fail($"{place} still has {blob.Name}");
        }

        // each sees what is theirs to see
        Assert.Equal(4, (await boss.Http.GetAsync("/api/emergencies").OkAsync())["items"]!.AsArray().Count);
        Assert.Equal(["broadcast", "broadcast"], (await second.Http.GetAsync("/api/emergencies").OkAsync())["items"]!.AsArray().Select(item => item!["kind"]!.ToString()));
        Assert.Empty((await (await (await shared.TenantAsync()).AdministratorAsync()).Http.GetAsync("/api/emergencies").OkAsync())["items"]!.AsArray());
    }

    [Fact]
    public async Task Deadlines_move_together_and_a_round_that_was_void_counts_for_nothing()
    {
        await using var app = await PodiumApp.StartAsync(new AppOptions { Timers = ["RefreshLeaderboards", "WatchDeeds"] });
        var contest = await JudgedContest.CreateAsync(app, participants: 3, judges: 1);
        var boss = contest.Organizer;
        await RewardAsync("placed", 100, new { place = 1, frequency = "subject" });
        await RewardAsync("placed", 7, new { award = "Gold", competitionId = contest.Id, frequency = "always" });
        await RewardAsync("advanced", 10, new { frequency = "always", kind = "points" });
        await RewardAsync("reviewFinished", 3, new { frequency = "always", kind = "points" });
        await boss.Http.PatchAsJsonAsync(contest.Path, new { configuration = new { openBoard = true, awards = new[] { new { name = "Gold", places = 1 } } } }).OkAsync();
        var quick = new { reminderHours = 0, confirm = false, judging = new { reviews = 1, hours = 24, takeoverHours = 0 }, advancing = new { by = "all" } };
        await boss.Http.PatchAsJsonAsync(contest.Round, new { configuration = quick }).OkAsync();
        var final = (Guid)(await boss.Http.PostAsJsonAsync($"{contest.Path}/rounds", new { number = 2, name = "Grand final", opensAt = Start.AddDays(16), closesAt = Start.AddDays(18), configuration = quick }).OkAsync(201))["id"]!;
        await contest.RubricAsync();
        await boss.Http.PostAsync($"{contest.Path}/run", null).OkAsync(202);
        var emergencies = $"{contest.Path}/emergencies";
        await app.AdvanceAsync(Start.AddHours(1) - app.Clock.GetUtcNow());
        boss = await contest.Tenant.SignInAsync(boss.Email);

        // the open round alone, or everything that is to come
        var open = await boss.Http.PostAsJsonAsync($"{emergencies}/extension", new { minutes = 120, reason = "The site is down.", dryRun = true }).OkAsync();
        Assert.Equal(["round closes Final 2026-02-11 00:00:00Z 2026-02-11 02:00:00Z"], Items(open, times: true));
        var all = await boss.Http.PostAsJsonAsync($"{emergencies}/extension", new { minutes = 120, scope = "all", reason = "The site is down." }).OkAsync();
        Assert.Equal(
            [
                "competition ends Cup of robots 2026-02-21 00:00:00Z 2026-02-21 02:00:00Z",
                "round closes Final 2026-02-11 00:00:00Z 2026-02-11 02:00:00Z",
                "round closes Grand final 2026-02-19 00:00:00Z 2026-02-19 02:00:00Z",
                "round opens Grand final 2026-02-17 00:00:00Z 2026-02-17 02:00:00Z",
            ],
            Items(all, times: true).Order());
        await app.SettleAsync();
        Assert.Equal(Start.AddDays(10).AddHours(2), (DateTimeOffset)(await boss.Http.GetAsync($"{contest.Path}/run").OkAsync())["waitsUntil"]!);
        Assert.Contains(await contest.Tenant.MailsAsync(contest.Participants[0].Person.Email), mail => mail.Subject == "Deadlines of Cup of robots have changed" && mail.Text.Contains("Final: 2026-02-11 02:00"));
        await boss.Http.PostAsJsonAsync($"/api/emergencies/{all["id"]}/reversal", new { reason = "It was up." }).OkAsync();
        Assert.Equal(Start.AddDays(10), (DateTimeOffset)(await boss.Http.GetAsync($"{contest.Path}/run").OkAsync())["rounds"]![0]!["closesAt"]!);
        // once an earlier deadline is over somebody relies on the later one
        var relied = await boss.Http.PostAsJsonAsync($"{emergencies}/extension", new { minutes = 60, reason = "Slow." }).OkAsync();

        // frozen for a day: what had not ended is a day later
        var frozen = await boss.Http.PostAsJsonAsync($"{emergencies}/freeze", new { reason = "Fire alarm." }).OkAsync();
        Assert.Contains("run paused Cup of robots", Items(frozen));
        await boss.Http.PostAsync($"{contest.Path}/run/resumption", null).ProblemAsync(423, "competition-frozen");
        await app.AdvanceAsync(TimeSpan.FromDays(1));
        boss = await contest.Tenant.SignInAsync(boss.Email);
        await boss.Http.PostAsJsonAsync($"/api/emergencies/{relied["id"]}/reversal", new { reason = "x" }).OkAsync();
        await boss.Http.PostAsJsonAsync($"/api/emergencies/{frozen["id"]}/reversal", new { reason = "False alarm." }).OkAsync();
        Assert.Equal(Start.AddDays(11), (DateTimeOffset)(await boss.Http.GetAsync($"{contest.Path}/run").OkAsync())["rounds"]![0]!["closesAt"]!);
        relied = await boss.Http.PostAsJsonAsync($"{emergencies}/extension", new { minutes = 60, reason = "Slow." }).OkAsync();
        await app.AdvanceAsync(Start.AddDays(11).AddMinutes(30) - app.Clock.GetUtcNow());
        boss = await contest.Tenant.SignInAsync(boss.Email);
        await boss.Http.PostAsJsonAsync($"/api/emergencies/{relied["id"]}/reversal", new { reason = "x" }).ProblemAsync(409, "emergency-relied-on");

        // two rounds are judged, the second the other way round
        await app.AdvanceAsync(TimeSpan.FromHours(1));
        await JudgeAsync(contest, review => review["entry"]!.ToString()[^1] - '0');
        await app.AdvanceAsync(Start.AddDays(18).AddHours(1) - app.Clock.GetUtcNow());
        boss = await contest.Tenant.SignInAsync(boss.Email);

        // void while it is open, and not
        var early = await boss.Http.PostAsJsonAsync($"{emergencies}/void-round", new { roundId = final, reason = "Wrong task." }).OkAsync();
        Assert.Equal(("done", "round void Grand final open void; run paused Cup of robots"), (early["state"]!.ToString(), string.Join("; ", Items(early, times: true))));
        await app.SettleAsync();
        Assert.Equal("active", (await boss.Http.GetAsync(contest.Path).OkAsync())["status"]!.ToString());
        await boss.Http.PostAsJsonAsync($"{emergencies}/void-round", new { roundId = Guid.NewGuid(), reason = "x" }).ProblemAsync(422, "invalid");
        await boss.Http.PostAsJsonAsync($"/api/emergencies/{early["id"]}/reversal", new { reason = "It was right." }).OkAsync();
        await boss.Http.PostAsync($"{contest.Path}/rounds/{final}/closing", null).OkAsync();
        await app.SettleAsync();
        await JudgeAsync(contest, review => 9 - (review["entry"]!.ToString()[^1] - '0'));
        await app.AdvanceAsync(TimeSpan.FromMinutes(2));
        boss = await contest.Tenant.SignInAsync(boss.Email);
        Assert.Equal(["1 Team Number1 Gold", "2 Team Number2 ", "3 Team Number3 "], await ResultsAsync(contest));
        // all three went on to the second round, and the judge wrote six reviews
        Assert.Equal(["Team N. 117 1", "Judge N. 18 2", "Team N. 10 3", "Team N. 10 3"], await PointsAsync("/api/points/board"));
        Assert.Equal(["Team N. 117 1", "Judge N. 18 2", "Team N. 10 3", "Team N. 10 3"], await PointsAsync($"{contest.Path}/point-board"));

        // results are announced: a second person approves it
        var second = await contest.Tenant.PersonAsync();
        await boss.GrantAsync(second, "ORGANIZER", "competition", contest.Id).OkAsync(201);
        var asked = await boss.Http.PostAsJsonAsync($"{emergencies}/void-round", new { roundId = final, reason = "The judge was bribed." }).OkAsync();
        Assert.Equal(
            ["round void Grand final finished void", "place Team Number1 1 Gold 3", "place Team Number3 3 1 Gold"],
            Items(asked, times: true));
        Assert.Equal(("asked", "1 Team Number1 Gold"), (asked["state"]!.ToString(), (await ResultsAsync(contest))[0]));
        await boss.Http.PostAsJsonAsync($"/api/emergencies/{asked["id"]}/approval", new { digest = asked["digest"] }).ProblemAsync(403, "emergency-another-person");
        await app.AdvanceAsync(TimeSpan.FromHours(25));
        second = await contest.Tenant.SignInAsync(second.Email);
        await second.Http.PostAsJsonAsync($"/api/emergencies/{asked["id"]}/approval", new { digest = asked["digest"] }).ProblemAsync(410, "emergency-expired");
        boss = await contest.Tenant.SignInAsync(boss.Email);
        asked = await boss.Http.PostAsJsonAsync($"{emergencies}/void-round", new { roundId = final, reason = "The judge was bribed." }).OkAsync();
        await second.Http.PostAsJsonAsync($"/api/emergencies/{asked["id"]}/approval", new { digest = asked["digest"] }).OkAsync();
        Assert.Equal(["1 Team Number3 Gold", "2 Team Number2 ", "3 Team Number1 "], await ResultsAsync(contest));
        await contest.Tenant.Http.GetAsync($"{contest.Path}/rounds/{final}/places").ProblemAsync(404, "results-not-published");
        await app.AdvanceAsync(TimeSpan.FromMinutes(2));
        Assert.Equal("Team Number3", (await contest.Tenant.Http.GetAsync($"{contest.Path}/leaderboard").OkAsync())["items"]![0]!["participant"]!.ToString());
        Assert.Contains(await contest.Tenant.MailsAsync(contest.Participants[0].Person.Email), mail => mail.Subject == "Grand final of Cup of robots does not count");
        Assert.Equal((10, 117), (await PointsOfAsync(0), await PointsOfAsync(2)));
        Assert.Equal(["-100 lapse", "-7 lapse", "10 event", "100 event", "7 event"], await EntriesOfAsync(0));

        await boss.Http.PostAsJsonAsync($"/api/emergencies/{asked["id"]}/reversal", new { reason = "He was not." }).OkAsync();
        Assert.Equal(["1 Team Number1 Gold", "2 Team Number2 ", "3 Team Number3 "], await ResultsAsync(contest));
        Assert.Contains(await contest.Tenant.MailsAsync(contest.Participants[0].Person.Email), mail => mail.Subject == "Grand final of Cup of robots counts again");

        // what was earned by the places goes and comes with them, each time by an entry of its own; who has it again is not told again
        await app.AdvanceAsync(TimeSpan.FromMinutes(1));
        Assert.Equal((117, 10), (await PointsOfAsync(0), await PointsOfAsync(2)));
        Assert.Equal(["-100 lapse", "-7 lapse", "10 event", "100 event", "100 event", "7 event", "7 event"], await EntriesOfAsync(0));
        Assert.Equal(2, (await contest.Tenant.MailsAsync(contest.Participants[0].Person.Email)).Count(mail => mail.Subject.StartsWith("You have earned", StringComparison.Ordinal)));
        await boss.Http.PostAsJsonAsync($"{contest.Path}/moves", new { to = "judging", reason = "Once more." }).OkAsync();
        await app.AdvanceAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(10, await PointsOfAsync(0));

        Task RewardAsync(string what, int points, object condition)
        {
            var rule = System.Text.Json.JsonSerializer.SerializeToNode(condition)!.AsObject();
            (rule["event"], rule["points"], rule["texts"]) = (what, points, new JsonArray(new JsonObject { ["language"] = "en", ["title"] = $"{what} {points}" }));
            return boss.Http.PostAsJsonAsync("/api/achievements", rule).OkAsync(201);
        }

        async Task<string[]> PointsAsync(string board) =>
            [.. (await contest.Tenant.Http.GetAsync(board).OkAsync())["items"]!.AsArray().Select(line => $"{line!["displayName"]} {line["points"]} {line["rank"]}")];

        async Task<int> PointsOfAsync(int participant)
        {
            var person = await contest.Tenant.SignInAsync(contest.Participants[participant].Person.Email);
            return (int)(await person.Http.GetAsync("/api/me/points").OkAsync())["points"]!;
        }

        async Task<string[]> EntriesOfAsync(int participant)
        {
            var person = await contest.Tenant.SignInAsync(contest.Participants[participant].Person.Email);
            return [.. (await person.Http.GetAsync("/api/me/points/entries").OkAsync())["items"]!.AsArray().Select(entry => $"{entry!["amount"]} {entry["source"]}").Order(StringComparer.Ordinal)];
        }
    }

    private static IReadOnlyList<string> Items(JsonObject view, bool times = false) =>
        [.. view["plan"]!["items"]!.AsArray().Select(item => string.Join(' ', new[] { "what", "name" }.Concat(times ? ["from", "to"] : []).Select(key => item![key]?.ToString()).Where(text => text is not null)))];

    private static async Task<HttpStatusCode[]> StatusesAsync(IEnumerable<(JsonNode Id, string Url)> files)
    {
        var statuses = new List<HttpStatusCode>();
        foreach (var (_, url) in files)
        {
            using var answer = await Client.Http.GetAsync(url);
            statuses.Add(answer.StatusCode);
        }
        return [.. statuses];
    }

    private static async Task<IReadOnlyList<string>> ResultsAsync(JudgedContest contest) =>
        [.. (await contest.Tenant.Http.GetAsync($"{contest.Path}/results").OkAsync())["items"]!.AsArray().Select(line => $"{line!["place"]} {line["participant"]} {line["award"]}")];

    private static async Task JudgeAsync(JudgedContest contest, Func<JsonNode, int> idea)
    {
        var judge = await contest.Tenant.SignInAsync(contest.Panel[0].Person.Email);
        foreach (var review in (await JudgedContest.ReviewsOfAsync(judge)).Where(review => review["status"]!.ToString() is "assigned" or "started"))
            await JudgedContest.FinishAsync(judge, review, idea(review), 10).OkAsync();
        await contest.App.SettleAsync();
    }
}

file static class Counting
{
    public static async Task<int> CountAsync(this TestPerson boss, JudgedContest contest) =>
        (await boss.Http.GetAsync($"{contest.Path}/registrations?limit=200").OkAsync())["items"]!.AsArray().Count;
}
