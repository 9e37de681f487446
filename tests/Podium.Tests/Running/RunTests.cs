using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Podium.Tests.Cli;
using Podium.Tests.Competitions;
using Podium.Tests.Harness;
using Podium.Tests.Judging;

namespace Podium.Tests.Running;

public sealed class RunTests(SharedApp shared)
{
    private static readonly DateTimeOffset Start = new(2026, 2, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task A_competition_goes_through_its_rounds_to_its_announced_winners()
    {
        await using var app = await PodiumApp.StartAsync(new AppOptions { Timers = ["WatchRuns", "RefreshLeaderboards"] });
        var contest = await JudgedContest.CreateAsync(app, participants: 5, judges: 3);
        var boss = contest.Organizer;
        await boss.Http.PatchAsJsonAsync(contest.Path, new { configuration = new { awards = new[] { new { name = "Gold", places = 1 }, new { name = "Silver", places = 1 } } } }).OkAsync();
        await boss.Http.PatchAsJsonAsync(contest.Round, new
        {
            configuration = new { reminderHours = 24, judging = new { reviews = 2, hours = 48, reminderHours = 12, takeoverHours = 24 }, advancing = new { by = "top", value = 2, wildcards = 1 } },
        }).OkAsync();
        var final = (Guid)(await boss.Http.PostAsJsonAsync($"{contest.Path}/rounds", new
        {
            number = 2,
            name = "Grand final",
            opensAt = Start.AddDays(16),
            closesAt = Start.AddDays(18),
            configuration = new { reminderHours = 0, judging = new { reviews = 2, hours = 24, takeoverHours = 0 } },
        }).OkAsync(201))["id"]!;

        // it says what is missing, and obeys only those who may
        var run = $"{contest.Path}/run";
        await boss.Http.GetAsync(run).ProblemAsync(404, "not-found");
        Assert.Contains("no rubric", (await boss.Http.PostAsync(run, null).ProblemAsync(409, "run-not-ready"))["detail"]!.ToString());
        await boss.Http.PostAsJsonAsync($"{run}/pause", new { reason = "x" }).ProblemAsync(409, "run-not-running");
        await contest.RubricAsync();
        await contest.Participants[0].Person.Http.PostAsync(run, null).ProblemAsync(403, "forbidden");
        await (await (await TestTenant.CreateAsync(app)).AdministratorAsync()).Http.PostAsync(run, null).ProblemAsync(404, "not-found");
        await boss.Http.PostAsync(run, null).OkAsync(202);
        await boss.Http.PostAsync(run, null).ProblemAsync(409, "run-started");
        await app.SettleAsync();
        Assert.Equal(("running", "opening of round 1", Start), await StandingAsync(boss, run));

        // a day's pause makes everything a day later
        await boss.Http.PostAsJsonAsync($"{run}/pause", new { reason = "The host is ill." }).OkAsync();
        await ToAsync(app, new(2026, 1, 6, 8, 0, 0, TimeSpan.Zero));
        boss = await contest.Tenant.SignInAsync(boss.Email);
        Assert.Equal("paused", (await StandingAsync(boss, run)).Status);
        await boss.Http.PostAsync($"{run}/resumption", null).OkAsync();
        await app.SettleAsync();
        var begins = Start.AddDays(1);
        Assert.Equal(("running", "opening of round 1", begins), await StandingAsync(boss, run));

        // one withdraws before it opens; those who are in it are told
        await (await contest.Tenant.SignInAsync(contest.Participants[4].Person.Email)).Http.PostAsJsonAsync($"{contest.Path}/registrations/{contest.Participants[4].RegistrationId}/withdrawal", new { }).OkAsync();
        await ToAsync(app, begins.AddMinutes(1));
        boss = await contest.Tenant.SignInAsync(boss.Email);
        Assert.Equal(("running", "closing of round 1", begins.AddDays(9)), await StandingAsync(boss, run));
        Assert.Equal("active", (await boss.Http.GetAsync(contest.Path).OkAsync())["status"]!.ToString());
        Assert.Contains(await contest.Tenant.MailsAsync(contest.Participants[0].Person.Email), mail => mail.Subject == "Final of Cup of robots has begun");
        Assert.DoesNotContain(await contest.Tenant.MailsAsync(contest.Participants[4].Person.Email), mail => mail.Subject.Contains("has begun"));

        // more time, and an end by the clock
        await boss.Http.PostAsJsonAsync($"{contest.Round}/extension", new { until = Start }).ProblemAsync(422, "invalid");
        await boss.Http.PostAsJsonAsync($"{contest.Round}/confirmation", new { }).ProblemAsync(409, "round-phase-refused");
        var closes = begins.AddDays(11);
        await boss.Http.PostAsJsonAsync($"{contest.Round}/extension", new { until = closes, reason = "The site was slow." }).OkAsync();
        await ToAsync(app, closes.AddMinutes(-1));
        Assert.Contains(await contest.Tenant.MailsAsync(contest.Participants[0].Person.Email), mail => mail.Subject == "Final of Cup of robots closes soon");
        await ToAsync(app, closes.AddMinutes(1));
        boss = await contest.Tenant.SignInAsync(boss.Email);
        Assert.Equal(("running", "reviews of round 1", closes.AddHours(36)), await StandingAsync(boss, run));

        // two judges are done; the third is reminded, and then loses what is not final.
        await JudgeAsync(contest, contest.Panel[0].Person, review => review["entry"]!.ToString()[^1] - '0');
        await JudgeAsync(contest, contest.Panel[1].Person, review => review["entry"]!.ToString()[^1] - '0');
        var late = contest.Panel[2].Person;
        await ToAsync(app, closes.AddHours(40));
        Assert.Contains(await contest.Tenant.MailsAsync(late.Email), mail => mail.Subject.StartsWith("Reviews for Cup of robots are due at ", StringComparison.Ordinal));
        await ToAsync(app, closes.AddHours(49));
        Assert.Contains(await contest.Tenant.MailsAsync(late.Email), mail => mail.Subject == "Reviews for Cup of robots were given to others");
        boss = await contest.Tenant.SignInAsync(boss.Email);
        Assert.Equal(1, (await HistoryAsync(boss, run)).Count(what => what == "taken-over"));
        await JudgeAsync(contest, contest.Panel[0].Person, review => review["entry"]!.ToString()[^1] - '0');
        await JudgeAsync(contest, contest.Panel[1].Person, review => review["entry"]!.ToString()[^1] - '0');
        await app.SettleAsync();

        // places are there for the organisers, and for nobody else before they have said so
        Assert.Equal(("running", "confirmation of round 1", null), await StandingAsync(boss, run));
        var anybody = contest.Tenant.Http;
        await anybody.GetAsync($"{contest.Round}/places").ProblemAsync(404, "results-not-published");
        var places = await boss.Http.GetAsync($"{contest.Round}/places").OkAsync();
        Assert.Equal(["Team Number4 1 true", "Team Number3 2 true", "Team Number2 3 false", "Team Number1 4 false"], places["items"]!.AsArray().Select(line => $"{line!["participant"]} {line["place"]} {line["advances"]}"));
        var wildcard = contest.Participants[0].RegistrationId;
        await boss.Http.PostAsJsonAsync($"{contest.Round}/confirmation", new { wildcards = new[] { contest.Participants[3].RegistrationId } }).ProblemAsync(422, "invalid");
        await boss.Http.PostAsJsonAsync($"{contest.Round}/confirmation", new { wildcards = new[] { wildcard, contest.Participants[1].RegistrationId } }).ProblemAsync(422, "invalid");
        var answers = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => boss.Http.PostAsJsonAsync($"{contest.Round}/confirmation", new { wildcards = new[] { wildcard } })));
        Assert.Contains(answers, answer => answer.IsSuccessStatusCode);
        await app.SettleAsync();
        Assert.Equal(4, (await anybody.GetAsync($"{contest.Round}/places").OkAsync())["items"]!.AsArray().Count);
        Assert.Contains(await contest.Tenant.MailsAsync(contest.Participants[0].Person.Email), mail => mail.Subject == "You go on in Cup of robots");
        Assert.Contains(await contest.Tenant.MailsAsync(contest.Participants[1].Person.Email), mail => mail.Subject == "The result of Final of Cup of robots");

        // the leaderboard is the organisers' until the competition opens it, and forgets who withdraws
        await app.AdvanceAsync(TimeSpan.FromMinutes(2));
        var board = $"{contest.Path}/leaderboard";
        await anybody.GetAsync(board).ProblemAsync(404, "results-not-published");
        Assert.Equal(["1 Team Number4 24 2", "2 Team Number3 23 2"], (await boss.Http.GetAsync($"{board}?limit=2").OkAsync())["items"]!.AsArray().Select(Standing));
        await boss.Http.PatchAsJsonAsync(contest.Path, new { configuration = new { openBoard = true, awards = new[] { new { name = "Gold", places = 1 }, new { name = "Silver", places = 1 } } } }).OkAsync();
        var first = await anybody.GetAsync($"{board}?limit=3").OkAsync();
        // as it stood: a day earlier one judge's reviews had gone to nobody else yet, and before judging there was nothing
        Assert.Empty((await anybody.GetAsync($"{board}?at={closes:yyyy-MM-ddTHH:mm:ssZ}").OkAsync())["items"]!.AsArray());
        var then = (await anybody.GetAsync($"{board}?at={closes.AddHours(30):yyyy-MM-ddTHH:mm:ssZ}").OkAsync())["items"]!.AsArray();
        Assert.True(then.Count > 0 && then.Sum(line => (int)line!["reviewCount"]!) < (await anybody.GetAsync(board).OkAsync())["items"]!.AsArray().Sum(line => (int)line!["reviewCount"]!));
        Assert.Equal("4 Team Number1", Standing((await anybody.GetAsync($"{board}?after={first["next"]}").OkAsync())["items"]!.AsArray().Single())[..14]);

        // the next round has three entries, is closed by hand, judged, judged once more, and confirmed
        await ToAsync(app, Start.AddDays(17).AddMinutes(1));
        boss = await contest.Tenant.SignInAsync(boss.Email);
        var last = $"{contest.Path}/rounds/{final}";
        Assert.Equal(3, (int)(await boss.Http.GetAsync(run).OkAsync())["rounds"]![1]!["entries"]!);
        await boss.Http.PostAsJsonAsync($"{contest.Round}/reopening", new { to = "judging", until = Start.AddDays(30), reason = "x" }).ProblemAsync(409, "round-phase-refused");
        await boss.Http.PostAsync($"{last}/closing", null).OkAsync();
        await app.SettleAsync();
        Assert.Equal("judging", (await boss.Http.GetAsync(contest.Path).OkAsync())["status"]!.ToString());
        foreach (var (person, _) in contest.Panel) await JudgeAsync(contest, person, review => review["entry"]!.ToString() == "Team Number1" ? 9 : 5);
        await app.SettleAsync();
        Assert.Equal("confirmation of round 2", (await StandingAsync(boss, run)).WaitsFor);
        await boss.Http.PostAsJsonAsync($"{last}/reopening", new { to = "judging", until = Start.AddDays(30), reason = "A review was of another entry." }).OkAsync();
        await app.SettleAsync();
        Assert.Equal("reviews of round 2", (await StandingAsync(boss, run)).WaitsFor);
        await anybody.GetAsync($"{contest.Path}/results").ProblemAsync(404, "results-not-published");
        await boss.Http.PostAsync($"{last}/closing", null).OkAsync();
        await app.SettleAsync();
        await boss.Http.PostAsJsonAsync($"{last}/confirmation", new { }).OkAsync();
        await app.SettleAsync();

        Assert.Equal(("finished", null, null), await StandingAsync(boss, run));
        Assert.Equal("completed", (await boss.Http.GetAsync(contest.Path).OkAsync())["status"]!.ToString());
        var results = (await anybody.GetAsync($"{contest.Path}/results").OkAsync())["items"]!.AsArray();
        Assert.Equal(
            ["1 Team Number1 Gold", "2 Team Number3 Silver", "2 Team Number4 Silver", "4 Team Number2 "],
            results.Select(line => $"{line!["place"]} {line["participant"]} {line["award"]}"));
        foreach (var (person, _) in contest.Participants.Take(4)) Assert.Single(await contest.Tenant.MailsAsync(person.Email), mail => mail.Subject == "The results of Cup of robots");
        // each thing happened once, though the orchestration asked often and was asked to confirm five times at once
        Assert.Equal(
            [
                "started", "paused", "resumed", "opened", "extended", "reminded", "closed", "judges-reminded", "taken-over", "placed", "confirmed", "finished",
                "opened", "closed-by-hand", "closed", "placed", "reopened", "closed-by-hand", "placed", "confirmed", "finished", "completed",
            ],
            (await HistoryAsync(boss, run)).Reverse());
        await CertifyAsync(app, contest, boss, results);
    }

    // who was placed holds a certificate; who is forgotten keeps what they hold
    private static async Task CertifyAsync(PodiumApp app, JudgedContest contest, TestPerson boss, JsonArray results)
    {
        var at = $"{contest.Path}/certificates";
        var winner = await contest.Tenant.SignInAsync(contest.Participants.Single(one => one.RegistrationId == (Guid)results[0]!["registrationId"]!).Person.Email);
        var last = await contest.Tenant.SignInAsync(contest.Participants.Single(one => one.RegistrationId == (Guid)results[3]!["registrationId"]!).Person.Email);
        await winner.Http.PostAsJsonAsync(at, new { }).ProblemAsync(403, "forbidden");
        await (await (await TestTenant.CreateAsync(app)).AdministratorAsync()).Http.PostAsJsonAsync(at, new { }).ProblemAsync(404, "not-found");
        await boss.Http.PostAsJsonAsync(at, new { downTo = 0 }).ProblemAsync(422, "invalid");
        for (var again = 0; again < 2; again++) Assert.Equal("3 0", await CountsAsync(new { awardedOnly = true }));
        Assert.Equal("3 2", await CountsAsync(new { downTo = 1 }));
        Assert.Equal("6 2", await CountsAsync(new { }));
        Assert.Equal(6, (await boss.Http.GetAsync(at).OkAsync())["items"]!.AsArray().Count);

        var line = Assert.Single((await winner.Http.GetAsync("/api/me/certificates").OkAsync())["items"]!.AsArray())!;
        Assert.Equal(("competition", "Cup of robots", null), ((string)line["kind"]!, (string)line["title"]!, (string?)line["revokedReason"]));
        var copy = await winner.Http.GetAsync($"/api/certificates/{line["id"]}").OkAsync();
        Assert.Equal((1, "Gold"), ((int)copy["statement"]!["place"]!["place"]!, (string)copy["statement"]!["place"]!["award"]!));
        var sheet = await (await winner.Http.GetAsync($"/api/certificates/{line["id"]}?form=pdf&language=fr")).Content.ReadAsByteArrayAsync();
        Assert.Contains("1ᵉ place\nGold", Podium.Tests.Certificates.PdfText.Of(sheet), StringComparison.Ordinal);
        await last.Http.GetAsync($"/api/certificates/{line["id"]}").ProblemAsync(404, "not-found");
        await last.Http.PostAsync($"/api/certificates/{line["id"]}/revocation", null).ProblemAsync(404, "not-found");

        await app.QueryAsync<long>($"SET ROLE podium_platform; SELECT count(*) FROM anonymize_user('{contest.Tenant.Id}', '{winner.Id}', now())");
        var byNumber = await contest.Tenant.Http.PostAsJsonAsync("/api/certificates/verification", new { number = (string)line["number"]! }).OkAsync();
        Assert.Equal(("valid", null, null), ((string)byNumber["status"]!, byNumber["statement"], (string?)byNumber["document"]));
        var byDocument = await contest.Tenant.Http.PostAsJsonAsync("/api/certificates/verification", new { document = (string)copy["document"]! }).OkAsync();
        Assert.Equal(("valid", "Team Number1"), ((string)byDocument["status"]!, (string)byDocument["statement"]!["holder"]!));
        await boss.Http.GetAsync($"/api/certificates/{line["id"]}?form=pdf").ProblemAsync(410, "certificate-erased");
        Assert.Equal("6 2", await CountsAsync(new { }));

        async Task<string> CountsAsync(object request)
        {
            var issued = await boss.Http.PostAsJsonAsync(at, request).OkAsync();
            return $"{issued["issued"]} {issued["revoked"]}";
        }
    }

    [Fact]
    public async Task A_rehearsal_says_what_will_happen_and_leaves_nothing()
    {
        var contest = await JudgedContest.CreateAsync(shared, participants: 2, judges: 1);
        var boss = contest.Organizer;
        await boss.Http.PostAsJsonAsync($"{contest.Path}/rehearsal", new { participants = 0 }).ProblemAsync(422, "invalid");
        await contest.Participants[0].Person.Http.PostAsJsonAsync($"{contest.Path}/rehearsal", new { }).ProblemAsync(403, "forbidden");
        await (await (await shared.TenantAsync()).AdministratorAsync()).Http.PostAsJsonAsync($"{contest.Path}/rehearsal", new { }).ProblemAsync(404, "not-found");
        await boss.Http.PatchAsJsonAsync(contest.Round, new { configuration = new { judging = new { reviews = 3, hours = 48, takeoverHours = 24 }, advancing = new { by = "percent", value = 50 } } }).OkAsync();
        await boss.Http.PostAsJsonAsync($"{contest.Path}/rehearsal", new { }).ProblemAsync(409, "run-not-ready");
        await contest.RubricAsync();
        await boss.Http.PostAsJsonAsync($"{contest.Path}/rounds", new { number = 2, name = "Grand final", opensAt = Start.AddDays(11), closesAt = Start.AddDays(12), configuration = new { confirm = false, judging = new { reviews = 2, hours = 24 } } }).OkAsync(201);
        var before = await contest.App.QueryAsync<string>($"SELECT concat_ws(' ', (SELECT count(*) FROM users WHERE tenant_id = '{contest.Tenant.Id}'), (SELECT count(*) FROM notifications WHERE tenant_id = '{contest.Tenant.Id}'), (SELECT count(*) FROM outbox WHERE tenant_id = '{contest.Tenant.Id}'), (SELECT count(*) FROM competition_runs WHERE tenant_id = '{contest.Tenant.Id}'))");

        var seen = await boss.Http.PostAsJsonAsync($"{contest.Path}/rehearsal", new { participants = 10, judges = 5, lateJudges = 20 }).OkAsync();

        Assert.Equal(["1 Final 10 30 5", "2 Grand final 5 10 0"], seen["rounds"]!.AsArray().Select(round => $"{round!["number"]} {round["name"]} {round["entries"]} {round["reviews"]} {round["advancing"]}"));
        var timeline = seen["timeline"]!.AsArray();
        Assert.Equal(
            ["1 opened", "1 reminded", "1 closed", "1 judges-reminded", "1 taken-over", "1 placed", "1 finished", "2 opened", "2 closed", "2 taken-over", "2 finished", " completed"],
            timeline.Select(moment => $"{moment!["round"]} {moment["what"]}"));
        Assert.Equal((Start, 10), ((DateTimeOffset)timeline[0]!["at"]!, (int)timeline[0]!["told"]!));
        Assert.Equal("round-opened", timeline[0]!["notices"]![0]!.ToString());
        var warnings = seen["warnings"]!.AsArray().Select(warning => warning!.ToString()).ToList();
        Assert.Contains(warnings, warning => warning.StartsWith("Round 2 opens at 2026-02-1", StringComparison.Ordinal));
        Assert.Contains(warnings, warning => warning.StartsWith("Round 1: ", StringComparison.Ordinal) && warning.EndsWith("were not final in time and are given to others.", StringComparison.Ordinal));
        Assert.Equal(seen.ToJsonString(), (await boss.Http.PostAsJsonAsync($"{contest.Path}/rehearsal", new { participants = 10, judges = 5, lateJudges = 20 }).OkAsync()).ToJsonString());
        var told = await Operator.At(contest.App).JsonAsync("rehearse", contest.Id.ToString(), "--tenant", contest.Tenant.Slug, "--participants", "10", "--judges", "5", "--late-judges", "20");
        Assert.Equal(timeline.ToJsonString(), told["timeline"]!.ToJsonString());
        (await Operator.At(contest.App).RunAsync("rehearse", "no-such-cup", "--tenant", contest.Tenant.Slug)).Failed(1, "no competition 'no-such-cup'");
        (await Operator.At(contest.App).RunAsync("rehearse", "cup", "--tenant", contest.Tenant.Slug, "--judges", "201")).Failed(2, "--judges is from 0 to 200.");
        Assert.Contains(
            (await boss.Http.PostAsJsonAsync($"{contest.Path}/rehearsal", new { participants = 4, judges = 2 }).OkAsync())["warnings"]!.AsArray(),
            warning => warning!.ToString().Contains("fewer judges than they need"));

        Assert.Equal(before, await contest.App.QueryAsync<string>($"SELECT concat_ws(' ', (SELECT count(*) FROM users WHERE tenant_id = '{contest.Tenant.Id}'), (SELECT count(*) FROM notifications WHERE tenant_id = '{contest.Tenant.Id}'), (SELECT count(*) FROM outbox WHERE tenant_id = '{contest.Tenant.Id}'), (SELECT count(*) FROM competition_runs WHERE tenant_id = '{contest.Tenant.Id}'))"));
        await boss.Http.GetAsync($"{contest.Path}/run").ProblemAsync(404, "not-found");
    }

    [Fact]
    public async Task The_team_that_wins_is_the_competitions_winner_and_two_that_share_the_first_place_have_none()
    {
        await using var app = await PodiumApp.StartAsync(new AppOptions { Timers = [] });
        var tenant = await TestTenant.CreateAsync(app);
        var boss = await tenant.AdministratorAsync();
        var judge = await tenant.PersonAsync("judge@jury.example.net");
        await boss.GrantAsync(judge, "JUDGE").OkAsync(201);
        var judgeId = (Guid)(await boss.Http.PostAsJsonAsync("/api/judges", new { userId = judge.Id, capacity = 20 }).OkAsync(201))["id"]!;
        var (decided, rockets) = await BeginAsync("Cup of robots");
        var (level, _) = await BeginAsync("Cup of twins");

        await ToAsync(app, Contest.Starts.AddDays(1).AddMinutes(1));
        judge = await tenant.SignInAsync(judge.Email);
        foreach (var review in await JudgedContest.ReviewsOfAsync(judge))
        {
            var idea = review["entry"]!.ToString() switch { "Rockets" => 9, "Gears" when (Guid)review["competitionId"]! == level.Id => 9, _ => 4 };
            await judge.Http.PostAsJsonAsync($"/api/reviews/{review["id"]}/final", new { marks = new { idea } }).OkAsync();
        }
        await app.SettleAsync();

        boss = await tenant.SignInAsync(boss.Email);
        Assert.Equal(("completed", rockets), await EndAsync(decided));
        Assert.Equal(("completed", null), await EndAsync(level));

        async Task<(Contest Contest, Guid Rockets)> BeginAsync(string name)
        {
            var contest = await Contest.PublishedAsync(boss, new { name, type = "team", minTeamSize = 1, maxTeamSize = 6 });
            await boss.Http.PostAsJsonAsync($"{contest.Path}/rounds", new
            {
                number = 1,
                name = "Event",
                opensAt = Contest.Starts,
                closesAt = Contest.Starts.AddDays(1),
                configuration = new { confirm = false, judging = new { reviews = 1, hours = 24 } },
            }).OkAsync(201);
            var team = default(Guid);
            foreach (var called in new[] { "Gears", "Bolts", "Rockets" })
            {
                var captain = await tenant.PersonAsync();
                team = await contest.TeamOfAsync(called, captain);
                await contest.RegisterAsync(captain, team).OkAsync(201);
            }
            await boss.Http.PutAsJsonAsync($"{contest.Path}/judges/{judgeId}", new { }).OkAsync();
            await boss.Http.PostAsJsonAsync($"{contest.Path}/rubrics", new { name = "Jury", criteria = new[] { new { key = "idea", name = "Idea", maxPoints = 10 } } }).OkAsync(201);
            await boss.Http.PostAsync($"{contest.Path}/run", null).OkAsync(202);
            return (contest, team);
        }

        async Task<(string Status, Guid? Winner)> EndAsync(Contest contest)
        {
            var ended = await boss.Http.GetAsync(contest.Path).OkAsync();
            return (ended["status"]!.ToString(), (Guid?)ended["winnerTeamId"]);
        }
    }

    private static string Standing(JsonNode? line) => $"{line!["rank"]} {line["participant"]} {(decimal)line["avgScore"]!:0.##} {line["reviewCount"]}";

    private static async Task ToAsync(PodiumApp app, DateTimeOffset at) => await app.AdvanceAsync(at - app.Clock.GetUtcNow());

    private static async Task<(string Status, string? WaitsFor, DateTimeOffset? Until)> StandingAsync(TestPerson boss, string run)
    {
        var view = await boss.Http.GetAsync(run).OkAsync();
        return (view["status"]!.ToString(), view["waitsFor"]?.ToString(), (DateTimeOffset?)view["waitsUntil"]);
    }

    private static async Task<IReadOnlyList<string>> HistoryAsync(TestPerson boss, string run) =>
        [.. (await boss.Http.GetAsync(run).OkAsync())["history"]!.AsArray().Select(step => step!["what"]!.ToString())];

    // everything that waits for a judge
    private static async Task JudgeAsync(JudgedContest contest, TestPerson judge, Func<JsonNode, int> idea)
    {
        judge = await contest.Tenant.SignInAsync(judge.Email);
        foreach (var review in (await JudgedContest.ReviewsOfAsync(judge)).Where(review => review["status"]!.ToString() is "assigned" or "started"))
            await JudgedContest.FinishAsync(judge, review, idea(review), 10).OkAsync();
    }
}
