using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Podium.Tests.Harness;
using Podium.Tests.Judging;

namespace Podium.Tests.Running;

public sealed class RunTests
{
    private static readonly DateTimeOffset Start = new(2026, 2, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task A_competition_goes_through_its_rounds_to_its_announced_winners()
    {
        await using var app = await PodiumApp.StartAsync(new AppOptions { Timers = ["WatchRuns"] });
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
    }

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
