using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Podium.Tests.Harness;
using Podium.Tests.Judging;

namespace Podium.Tests.Running;

public sealed class AppealTests
{
    private static readonly DateTimeOffset Start = new(2026, 2, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task Forty_teams_go_through_three_rounds_with_a_dropout_an_extension_a_conflict_a_tie_and_appeals_to_their_winner()
    {
        await using var app = await PodiumApp.StartAsync(new AppOptions
        {
            Timers = ["WatchRuns"],
            Settings = new Dictionary<string, string?> { ["RateLimits:credentials"] = "100000/60", ["RateLimits:person"] = "100000/60" },
        });
        var contest = await JudgedContest.CreateAsync(app, participants: 40, judges: 12, teams: true);
        var (tenant, boss) = (contest.Tenant, contest.Organizer);
        await contest.RubricAsync();
        await boss.Http.PatchAsJsonAsync(contest.Path, new { configuration = new { awards = new[] { new { name = "Gold", places = 1 }, new { name = "Silver", places = 1 }, new { name = "Bronze", places = 1 } } } }).OkAsync();
        await boss.Http.PatchAsJsonAsync(contest.Round, new
        {
            closesAt = Start.AddDays(4),
            configuration = new { reminderHours = 0, judging = new { reviews = 2, hours = 48, reminderHours = 0, takeoverHours = 0, appealHours = 24, feedback = true }, advancing = new { by = "top", value = 10, wildcards = 1 } },
        }).OkAsync();
        var second = await RoundAsync(2, new { reminderHours = 0, judging = new { reviews = 3, hours = 24, reminderHours = 0, takeoverHours = 0 }, advancing = new { by = "top", value = 4 } });
        var last = await RoundAsync(3, new { reminderHours = 0, judging = new { reviews = 4, hours = 24, reminderHours = 0, takeoverHours = 0, appealHours = 24 } });

        // a conflict of interest is known before, a team drops out before it begins, and the round is open for longer
        var (biased, biasedId) = contest.Panel[0];
        await boss.Http.PostAsJsonAsync($"{contest.Path}/conflicts", new { judgeId = biasedId, registrationId = Entry(28), reason = "Taught the captain." }).OkAsync(201);
        await boss.Http.PostAsync($"{contest.Path}/run", null).OkAsync(202);
        await Participant(40).Http.PostAsJsonAsync($"{contest.Path}/registrations/{Entry(40)}/withdrawal", new { }).OkAsync();
        await ToAsync(Start.AddMinutes(1));
        await boss.Http.PostAsJsonAsync($"{contest.Round}/extension", new { until = Start.AddDays(5), reason = "The site was slow." }).OkAsync();
        await ToAsync(Start.AddDays(5).AddMinutes(1));

        // a judge drops out in the middle; others take over
        Assert.Equal("reviews of round 1", await WaitsForAsync());
        Assert.Equal(39 * 2, (int)(await boss.Http.GetAsync($"{contest.Path}/run").OkAsync())["rounds"]![0]!["waiting"]!);
        await boss.Http.PostAsJsonAsync($"{contest.Path}/judges/{contest.Panel[11].JudgeId}/drop-out", new { reason = "Ill." }).OkAsync();
        await app.SettleAsync();
        await JudgeAsync(Half);
        Assert.Equal("confirmation of round 1", await WaitsForAsync());
        var captain = await tenant.SignInAsync(Participant(28).Email);
        await AppealAsync(captain, contest.Round).ProblemAsync(409, "appeals-closed");
        await captain.Http.GetAsync($"{contest.Round}/standings").ProblemAsync(404, "results-not-published");
        await captain.Http.GetAsync($"{contest.Round}/feedback").ProblemAsync(404, "results-not-published");
        await boss.Http.PostAsJsonAsync($"{contest.Round}/confirmation", new { wildcards = new[] { Entry(1) } }).OkAsync();
        await app.SettleAsync();

        // two by two they share a place, so that eleven go on where ten should; everybody learns it and may appeal
        Assert.Equal("appeals of round 1", await WaitsForAsync());
        Assert.Equal(
            ["39 1", "37 2", "38 2", "35 4", "36 4", "33 6", "34 6", "31 8", "32 8", "29 10", "30 10", "1 38"],
            (await PlacesAsync(contest.Round)).Where(line => (bool)line["advances"]!).Select(line => $"{Number(line)} {line["place"]}"));
        Assert.Contains(await tenant.MailsAsync(captain.Email), mail => mail.Subject == "The places of Final of Cup of robots");
        var marks = (await captain.Http.GetAsync($"{contest.Round}/feedback").OkAsync())["items"]!.AsArray();
        Assert.Equal([7m, 7m], marks.Select(mark => (decimal)mark!["marks"]!["idea"]!));
        Assert.DoesNotContain("judge", marks.ToJsonString(), StringComparison.OrdinalIgnoreCase);

        // once, by the entry, however often and however many at once
        await AppealAsync(captain, contest.Round, " ").ProblemAsync(422, "invalid");
        await AppealAsync(await tenant.PersonAsync(), contest.Round).ProblemAsync(403, "forbidden");
        await AppealAsync(await (await TestTenant.CreateAsync(app)).PersonAsync(), contest.Round).ProblemAsync(404, "not-found");
        var id = Guid.NewGuid();
        var raised = await Task.WhenAll(Enumerable.Range(0, 6).Select(number => AppealAsync(captain, contest.Round, id: number < 3 ? id : Guid.NewGuid())));
        Assert.Single(raised.Select(answer => (int)answer.StatusCode).Where(status => status == 201).Take(1));
        var listed = (await captain.Http.GetAsync($"{contest.Round}/appeals").OkAsync())["items"]!.AsArray();
        var appeal = $"{contest.Path}/appeals/{Assert.Single(listed)!["id"]}";
        var other = await tenant.SignInAsync(Participant(30).Email);
        Assert.Empty((await other.Http.GetAsync($"{contest.Round}/appeals").OkAsync())["items"]!.AsArray());
        await other.Http.GetAsync(appeal).ProblemAsync(404, "not-found");
        await other.Http.PostAsJsonAsync($"{appeal}/messages", new { text = "Me too." }).ProblemAsync(404, "not-found");
        await captain.Http.PostAsJsonAsync($"{appeal}/rejection", new { text = "x" }).ProblemAsync(403, "forbidden");

        // they talk about it; another one is withdrawn, and one more is rejected
        Assert.Contains(await tenant.MailsAsync(boss.Email), mail => mail.Subject == "An appeal in Final of Cup of robots" && mail.Text.Contains("page 4", StringComparison.Ordinal));
        await boss.Http.PostAsJsonAsync($"{appeal}/messages", new { text = "Which page?" }).OkAsync();
        var word = Guid.NewGuid();
        foreach (var _ in Enumerable.Range(0, 2)) await captain.Http.PostAsJsonAsync($"{appeal}/messages", new { id = word, text = "The fourth." }).OkAsync();
        Assert.Equal(["true Which page?", "false The fourth."], (await captain.Http.GetAsync(appeal).OkAsync())["thread"]!.AsArray().Select(message => $"{message!["organiser"]} {message["text"]}"));
        var taken = $"{contest.Path}/appeals/{(await AppealAsync(other, contest.Round).OkAsync(201))["appeal"]!["id"]}";
        await captain.Http.PostAsync($"{taken}/withdrawal", null).ProblemAsync(404, "not-found");
        foreach (var _ in Enumerable.Range(0, 2)) await other.Http.PostAsync($"{taken}/withdrawal", null).OkAsync();
        var third = await tenant.SignInAsync(Participant(27).Email);
        var rejected = $"{contest.Path}/appeals/{(await AppealAsync(third, contest.Round).OkAsync(201))["appeal"]!["id"]}";
        foreach (var _ in Enumerable.Range(0, 2)) await boss.Http.PostAsJsonAsync($"{rejected}/rejection", new { text = "Both judges have seen it." }).OkAsync();
        await boss.Http.PostAsJsonAsync($"{rejected}/rejection", new { text = "No." }).ProblemAsync(409, "appeal-settled");
        await third.Http.PostAsJsonAsync($"{rejected}/messages", new { text = "But why?" }).ProblemAsync(409, "appeal-settled");
        await AppealAsync(third, contest.Round).ProblemAsync(409, "appeal-raised");
        Assert.Contains(await tenant.MailsAsync(third.Email), mail => mail.Subject == "Your appeal in Final of Cup of robots is decided" && mail.Text.Contains("Both judges", StringComparison.Ordinal));

        // one of the two reviews is written once more; until it is, everything stands as it stood
        var reviews = (await boss.Http.GetAsync($"{contest.Round}/reviews").OkAsync())["items"]!.AsArray().Where(review => (Guid)review!["registrationId"]! == Entry(28)).ToList();
        Assert.DoesNotContain(reviews, review => (Guid)review!["judgeId"]! == biasedId);
        var wrong = reviews[0]!;
        await boss.Http.PostAsJsonAsync($"{contest.Path}/reviews/{wrong["id"]}/reopening", new { reason = "x" }).ProblemAsync(409, "review-placed");
        await boss.Http.GetAsync($"{appeal}/preview").ProblemAsync(409, "appeal-settled");
        await boss.Http.PostAsJsonAsync($"{appeal}/rescoring", new { until = Start, reason = "x" }).ProblemAsync(422, "invalid");
        await boss.Http.PostAsJsonAsync($"{appeal}/rescoring", new { until = Start.AddDays(9), reason = "x", reviews = new[] { Guid.NewGuid() } }).ProblemAsync(422, "invalid");
        foreach (var _ in Enumerable.Range(0, 2)) await boss.Http.PostAsJsonAsync($"{appeal}/rescoring", new { until = Start.AddDays(9), reason = "Look at page 4.", reviews = new[] { wrong["id"] } }).OkAsync();
        Assert.Empty((await boss.Http.GetAsync($"{appeal}/preview").OkAsync())["changes"]!.AsArray());
        await boss.Http.PostAsJsonAsync($"{appeal}/settlement", new { text = "x" }).ProblemAsync(409, "appeal-reviews-waiting");
        await ToAsync(Start.AddDays(6.5));
        Assert.Equal("decision on 1 appeals of round 1", await WaitsForAsync());
        Assert.Contains(await tenant.MailsAsync(boss.Email), mail => mail.Subject == "Appeals in Final of Cup of robots wait for you");
        var judge = await tenant.SignInAsync(contest.Panel.Single(one => one.JudgeId == (Guid)wrong["judgeId"]!).Person.Email);
        Assert.Contains(await tenant.MailsAsync(judge.Email), mail => mail.Subject == "Reviews for Cup of robots are to be written once more");
        await JudgedContest.FinishAsync(judge, wrong, 10, 10).OkAsync();

        // what it would change is seen before it is, and then it is
        captain = await tenant.SignInAsync(captain.Email);
        Assert.Empty((await captain.Http.GetAsync(appeal).OkAsync())["reviews"]!.AsArray());
        string[] moved = ["28 12→6 False→True", "31 8→9 True→True", "32 8→9 True→True", "29 10→11 True→False", "30 10→11 True→False", "27 12→13 False→False"];
        Assert.Equal(moved, (await boss.Http.GetAsync($"{appeal}/preview").OkAsync())["changes"]!.AsArray().Select(Moved));
        foreach (var _ in Enumerable.Range(0, 2)) await boss.Http.PostAsJsonAsync($"{appeal}/settlement", new { text = "One judge had not seen page 4." }).OkAsync();
        await app.SettleAsync();
        var standings = (await contest.Tenant.Http.GetAsync($"{contest.Round}/standings").OkAsync())["items"]!.AsArray();
        Assert.Equal(moved, standings[1]!["changes"]!.AsArray().Select(Moved));
        Assert.Equal((2, true), (standings.Count, (bool)standings[1]!["afterAppeal"]!));
        Assert.Equal(["27", "10"], (await captain.Http.GetAsync(appeal).OkAsync())["reviews"]![0]!.AsObject().Where(field => field.Key is "before" or "now").Select(field => $"{(decimal)field.Value! - (field.Key == "now" ? 20 : 0):0}"));
        Assert.Single(await tenant.MailsAsync(other.Email), mail => mail.Subject == "Your place in Final of Cup of robots has changed");
        Assert.DoesNotContain(await tenant.MailsAsync(Participant(35).Email), mail => mail.Subject.Contains("has changed", StringComparison.Ordinal));

        // the appealed team goes on, and so does the wildcard
        Assert.Equal("opening of round 2", await WaitsForAsync());
        Assert.Equal([1, 28, 31, 32, 33, 34, 35, 36, 37, 38, 39], (await PlacesAsync(contest.Round)).Where(line => (bool)line["advances"]!).Select(Number).Order());
        Assert.Contains(await tenant.MailsAsync(captain.Email), mail => mail.Subject == "You go on in Cup of robots");
        await AppealAsync(captain, contest.Round).ProblemAsync(409, "appeals-closed");

        // without appeals a round ends with the organisers' word
        await ToAsync(Start.AddDays(10).AddMinutes(1));
        await JudgeAsync(Half);
        await boss.Http.PostAsJsonAsync($"{second}/confirmation", new { }).OkAsync();
        await ToAsync(Start.AddDays(16).AddMinutes(1));

        // in the last one the review is not written in time, and counts as it was; the other appeal goes with the reopened round
        await JudgeAsync(number => number == 36 ? 9 : 5);
        await boss.Http.PostAsJsonAsync($"{last}/confirmation", new { }).OkAsync();
        await app.SettleAsync();
        other = await tenant.SignInAsync(Participant(38).Email);
        var late = $"{contest.Path}/appeals/{(await AppealAsync(other, last).OkAsync(201))["appeal"]!["id"]}";
        await boss.Http.PostAsJsonAsync($"{late}/rescoring", new { until = app.Clock.GetUtcNow().AddHours(3), reason = "Once more." }).OkAsync();
        Assert.Equal(
            Enumerable.Repeat(Entry(38), 4),
            (await boss.Http.GetAsync($"{last}/reviews").OkAsync())["items"]!.AsArray().Where(review => review!["status"]!.ToString() == "reopened").Select(review => (Guid)review!["registrationId"]!));
        await boss.Http.PostAsJsonAsync($"{late}/settlement", new { text = "The judges stay with it.", withoutWaiting = true }).OkAsync();
        Assert.Empty((await boss.Http.GetAsync($"{last}/standings").OkAsync())["items"]![1]!["changes"]!.AsArray());
        var moot = $"{contest.Path}/appeals/{(await AppealAsync(other, last).OkAsync(201))["appeal"]!["id"]}";
        await boss.Http.PostAsJsonAsync($"{last}/reopening", new { to = "judging", until = app.Clock.GetUtcNow().AddHours(5), reason = "A judge was biased." }).OkAsync();
        Assert.Equal("moot", (await other.Http.GetAsync(moot).OkAsync())["appeal"]!["state"]!.ToString());
        Assert.Contains(await tenant.MailsAsync(other.Email), mail => mail.Subject == "The places of Round 3 of Cup of robots do not count any more");
        await boss.Http.PostAsync($"{last}/closing", null).OkAsync();
        await app.SettleAsync();
        await boss.Http.PostAsJsonAsync($"{last}/confirmation", new { }).OkAsync();
        await app.SettleAsync();
        await boss.Http.PostAsync($"{last}/closing", null).OkAsync();
        await app.SettleAsync();

        var ended = await boss.Http.GetAsync(contest.Path).OkAsync();
        Assert.Equal("completed", ended["status"]!.ToString());
        var results = (await tenant.Http.GetAsync($"{contest.Path}/results").OkAsync())["items"]!.AsArray().Select(line => line!.AsObject()).ToList();
        Assert.Equal(["36 1 Gold", "35 2 Silver", "37 2 Silver", "38 2 Silver", "39 2 Silver", "33 6 "], results.Take(6).Select(line => $"{Number(line)} {line["place"]} {line["award"]}"));
        Assert.Equal(39, results.Count);
        Assert.Equal(await app.QueryAsync<string>($"SELECT team_id::text FROM registrations WHERE id = '{Entry(36)}'"), ended["winnerTeamId"]!.ToString());

        Guid Entry(int number) => contest.Participants[number - 1].RegistrationId;

        TestPerson Participant(int number) => contest.Participants[number - 1].Person;

        async Task<string> RoundAsync(int number, object configuration)
        {
            var opens = Start.AddDays((number - 1) * 7);
            return $"{contest.Path}/rounds/{(await boss.Http.PostAsJsonAsync($"{contest.Path}/rounds", new { number, name = $"Round {number}", opensAt = opens, closesAt = opens.AddDays(number == 2 ? 3 : 2), configuration }).OkAsync(201))["id"]}";
        }

        async Task ToAsync(DateTimeOffset at)
        {
            await app.AdvanceAsync(at - app.Clock.GetUtcNow());
            boss = await tenant.SignInAsync(boss.Email);
        }

        async Task<string?> WaitsForAsync() => (await boss.Http.GetAsync($"{contest.Path}/run").OkAsync())["waitsFor"]?.ToString();

        async Task<IReadOnlyList<JsonObject>> PlacesAsync(string round) => [.. (await tenant.Http.GetAsync($"{round}/places").OkAsync())["items"]!.AsArray().Select(line => line!.AsObject())];

        async Task JudgeAsync(Func<int, decimal> idea)
        {
            foreach (var (person, _) in contest.Panel)
            {
                var signedIn = await tenant.SignInAsync(person.Email);
                foreach (var review in (await JudgedContest.ReviewsOfAsync(signedIn)).Where(review => review["status"]!.ToString() is "assigned" or "started"))
                    await JudgedContest.FinishAsync(signedIn, review, idea(int.Parse(review["entry"]!.ToString()[11..])), 10).OkAsync();
            }
            await app.SettleAsync();
        }
    }

    // 1 and 2 get a half, 3 and 4 one, and so on
    private static decimal Half(int number) => (number + 1) / 2 * 0.5m;

    private static int Number(JsonObject line) => int.Parse(line["participant"]!.ToString()["Team Number".Length..]);

    private static string Moved(JsonNode? change) => $"{Number(change!.AsObject())} {change["placeBefore"]}→{change["placeNow"]} {(bool)change["advancesBefore"]!}→{(bool)change["advancesNow"]!}";

    private static Task<HttpResponseMessage> AppealAsync(TestPerson person, string round, string reason = "Nobody has seen page 4.", Guid? id = null) => person.Http.PostAsJsonAsync($"{round}/appeals", new { id, reason });
}
