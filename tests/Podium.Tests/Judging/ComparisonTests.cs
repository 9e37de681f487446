using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Podium.Tests.Harness;

namespace Podium.Tests.Judging;

public sealed class ComparisonTests(SharedApp shared)
{
    private static readonly DateTimeOffset Start = new(2026, 2, 1, 0, 0, 0, TimeSpan.Zero);

    private static Task<JsonObject> RubricAsync(JudgedContest contest, bool blind, bool ties, int perEntry) => contest.Organizer.Http.PostAsJsonAsync($"{contest.Path}/rubrics", new
    {
        name = "Which is better?",
        criteria = new[] { new { key = "idea", name = "Idea", maxPoints = 10 } },
        blind,
        comparison = new { ties, perEntry },
        tieBreaks = new object[] { new { by = "headToHead" }, new { by = "lot", seed = "2026" } },
    }).OkAsync(201);

    private static Task<HttpResponseMessage> SayAsync(TestPerson judge, JsonNode comparison, string choice) => judge.Http.PostAsJsonAsync($"/api/comparisons/{comparison["id"]}/answer", new { choice });

    private static async Task<JsonNode?> NextAsync(TestPerson judge, JudgedContest contest) => (await judge.Http.PostAsync($"{contest.Round}/comparisons/next", null).OkAsync())["comparison"];

    [Fact]
    public async Task A_round_of_comparisons_is_opened_answered_decided_and_closed_by_the_run()
    {
        await using var app = await PodiumApp.StartAsync(new AppOptions { Timers = ["WatchRuns"] });
        var contest = await JudgedContest.CreateAsync(app, participants: 5, judges: 3);
        var boss = contest.Organizer;
        await boss.Http.PatchAsJsonAsync(contest.Round, new { configuration = new { reminderHours = 0, judging = new { hours = 48, reminderHours = 24 } } }).OkAsync();
        await RubricAsync(contest, blind: true, ties: true, perEntry: 3);
        await boss.Http.PostAsJsonAsync($"{contest.Path}/conflicts", new { judgeId = contest.Panel[0].JudgeId, registrationId = contest.Participants[4].RegistrationId }).OkAsync(201);
        await boss.Http.PostAsync($"{contest.Path}/run", null).OkAsync(202);
        await app.SettleAsync();
        await contest.Panel[0].Person.Http.PostAsync($"{contest.Round}/comparisons/next", null).ProblemAsync(404, "not-found");

        // the round closes and the panel is told
        await app.AdvanceAsync(Start.AddDays(10).AddMinutes(1) - app.Clock.GetUtcNow());
        boss = await contest.Tenant.SignInAsync(boss.Email);
        Assert.Equal("comparisons of round 1", (await boss.Http.GetAsync($"{contest.Path}/run").OkAsync())["waitsFor"]!.ToString());
        foreach (var (person, _) in contest.Panel) Assert.Contains(await contest.Tenant.MailsAsync(person.Email), mail => mail.Subject == "Reviews for Cup of robots");
        var judges = new List<TestPerson>();
        foreach (var (person, _) in contest.Panel) judges.Add(await contest.Tenant.SignInAsync(person.Email));

        // blind judges see codes; the higher number is the better work, and the third judge sees it the other way round
        var numbers = contest.Participants.Select((one, place) => (Code: $"Entry {Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes($"{contest.RoundId}{one.RegistrationId}")))[..8]}", Number: place + 1)).ToDictionary(one => one.Code, one => one.Number);
        string Better(JsonNode comparison, bool upside = true) => numbers[comparison["left"]!["entry"]!.ToString()] > numbers[comparison["right"]!["entry"]!.ToString()] == upside ? "left" : "right";
        var asked = await Task.WhenAll(NextAsync(judges[0], contest), NextAsync(judges[0], contest));
        Assert.Equal(asked[0]!.ToJsonString(), asked[1]!.ToJsonString());
        Assert.DoesNotContain(contest.Participants, one => asked[0]!.ToJsonString().Contains(one.RegistrationId.ToString(), StringComparison.Ordinal));
        var first = asked[0]!;
        await judges[1].Http.GetAsync($"/api/comparisons/{first["id"]}").ProblemAsync(404, "not-found");
        await SayAsync(judges[1], first, "left").ProblemAsync(404, "not-found");
        await SayAsync(judges[0], first, "above").ProblemAsync(422, "invalid");

        // two answers at once leave one, the same again is no other, and the last can be taken back
        var answers = await Task.WhenAll(SayAsync(judges[0], first, "left"), SayAsync(judges[0], first, "right"));
        Assert.Equal([200, 409], answers.Select(answer => (int)answer.StatusCode).Order());
        var said = (await judges[0].Http.GetAsync($"/api/comparisons/{first["id"]}").OkAsync())["choice"]!.ToString();
        Assert.Equal(said, (await SayAsync(judges[0], first, said).OkAsync())["choice"]!.ToString());
        var second = (await NextAsync(judges[0], contest))!;
        Assert.NotEqual(first["id"]!.ToString(), second["id"]!.ToString());
        Assert.Null((await judges[0].Http.PostAsync($"/api/comparisons/{first["id"]}/undoing", null).OkAsync())["choice"]);
        Assert.Equal(first["id"]!.ToString(), (await NextAsync(judges[0], contest))!["id"]!.ToString());
        await judges[0].Http.GetAsync($"/api/comparisons/{second["id"]}").ProblemAsync(404, "not-found");
        await SayAsync(judges[0], first, Better(first)).OkAsync();
        second = (await NextAsync(judges[0], contest))!;
        await SayAsync(judges[0], second, Better(second)).OkAsync();
        await judges[0].Http.PostAsync($"/api/comparisons/{first["id"]}/undoing", null).ProblemAsync(409, "not-the-last");

        // the fifth entry is never shown to the first judge; everybody compares until each entry was compared three times
        var turns = 0;
        for (; turns < 20; turns++)
        {
            var judge = turns % 3;
            using var answer = await judges[judge].Http.PostAsync($"{contest.Round}/comparisons/next", null);
            if ((int)answer.StatusCode == 409) break;
            var comparison = (await answer.JsonAsync())["comparison"]!;
            if (judge == 0) Assert.DoesNotContain(5, new[] { numbers[comparison["left"]!["entry"]!.ToString()], numbers[comparison["right"]!["entry"]!.ToString()] });
            await SayAsync(judges[judge], comparison, Better(comparison)).OkAsync();
            await app.SettleAsync();
        }
        Assert.True(turns is > 4 and < 12, $"{turns} turns");
        Assert.Equal("confirmation of round 1", (await boss.Http.GetAsync($"{contest.Path}/run").OkAsync())["waitsFor"]!.ToString());
        await SayAsync(judges[0], first, said == "left" ? "right" : "left").ProblemAsync(409, "comparisons-closed");
        await judges[0].Http.PostAsync($"/api/comparisons/{second["id"]}/undoing", null).ProblemAsync(409, "comparisons-closed");
        var places = (await boss.Http.GetAsync($"{contest.Round}/places").OkAsync())["items"]!.AsArray();
        Assert.Equal(["Team Number5 1", "Team Number4 2", "Team Number3 3", "Team Number2 4", "Team Number1 5"], places.Select(line => $"{line!["participant"]} {line["place"]}"));

        // judged once more: it opens again, a judge who sees it otherwise is told from the others, and time ends it
        await boss.Http.PostAsJsonAsync($"{contest.Round}/reopening", new { to = "judging", until = app.Clock.GetUtcNow().AddHours(2), reason = "One more look." }).OkAsync();
        await app.SettleAsync();
        while (await NextAsync(judges[2], contest) is { } comparison) await SayAsync(judges[2], comparison, Better(comparison, upside: false)).OkAsync();
        var view = await boss.Http.GetAsync($"{contest.Round}/comparisons").OkAsync();
        Assert.True((bool)view["open"]!);
        // who of the three is furthest from the others hangs on the pairs each was shown; that the third does not agree with them does not
        var third = view["judges"]!.AsArray().Single(judge => (string)judge!["judge"]! == "Judge Number3")!;
        Assert.True((double)third["agreeing"]! < 1, third.ToJsonString());
        Assert.All(view["entries"]!.AsArray(), entry => Assert.True((double)entry!["low"]! < (double)entry["strength"]! && (double)entry["strength"]! < (double)entry["high"]!));
        await app.AdvanceAsync(TimeSpan.FromHours(3));
        boss = await contest.Tenant.SignInAsync(boss.Email);
        Assert.Equal("confirmation of round 1", (await boss.Http.GetAsync($"{contest.Path}/run").OkAsync())["waitsFor"]!.ToString());
        await boss.Http.PostAsJsonAsync($"{contest.Round}/confirmation", new { }).OkAsync();
        await app.SettleAsync();
        var results = (await contest.Tenant.Http.GetAsync($"{contest.Path}/results").OkAsync())["items"]!.AsArray();
        Assert.Equal(5, results.Count);
        Assert.All(results, line => Assert.InRange((decimal)line!["score"]!, 0m, 100m));
    }

    [Fact]
    public async Task By_hand_it_is_opened_and_closed_and_only_who_may_compares_what_they_may()
    {
        var contest = await JudgedContest.CreateAsync(shared, participants: 3, judges: 2);
        var comparisons = $"{contest.Round}/comparisons";
        var (judge, other) = (contest.Panel[0].Person, contest.Panel[1].Person);
        await contest.Organizer.Http.PostAsync(comparisons, null).ProblemAsync(409, "no-comparison-rubric");
        await contest.RubricAsync();
        await contest.Organizer.Http.PostAsync(comparisons, null).ProblemAsync(409, "no-comparison-rubric");
        await contest.Organizer.Http.PostAsJsonAsync($"{contest.Path}/rubrics", new { name = "x", criteria = new[] { new { key = "idea", name = "Idea", maxPoints = 10 } }, comparison = new { }, tieBreaks = new[] { new { by = "criterion", criterion = "idea" } } }).ProblemAsync(422, "invalid");
        await RubricAsync(contest, blind: false, ties: false, perEntry: 2);
        await contest.Organizer.Http.GetAsync(comparisons).ProblemAsync(404, "not-found");
        await judge.Http.PostAsync(comparisons, null).ProblemAsync(403, "forbidden");
        Assert.True((bool)(await contest.Organizer.Http.PostAsync(comparisons, null).OkAsync())["open"]!);
        await contest.Participants[0].Person.Http.PostAsync($"{comparisons}/next", null).ProblemAsync(403, "forbidden");
        await (await (await shared.TenantAsync()).AdministratorAsync()).Http.GetAsync(comparisons).ProblemAsync(404, "not-found");
        await contest.Organizer.Http.PostAsync($"{comparisons}/next", null).ProblemAsync(409, "not-of-panel");

        // what a conflict of interest takes away is not shown, even after it was asked for
        var open = (await NextAsync(judge, contest))!;
        var left = contest.Participants.Single(one => one.RegistrationId == (Guid)open["left"]!["registrationId"]!);
        await judge.Http.PostAsJsonAsync($"{contest.Path}/conflicts", new { judgeId = contest.Panel[0].JudgeId, registrationId = left.RegistrationId }).OkAsync(201);
        var only = (await NextAsync(judge, contest))!;
        Assert.DoesNotContain(left.RegistrationId.ToString(), only.ToJsonString(), StringComparison.Ordinal);
        await SayAsync(judge, open, "left").ProblemAsync(404, "not-found");
        await SayAsync(judge, only, "tie").ProblemAsync(422, "invalid");
        await SayAsync(judge, only, "skip").OkAsync();
        Assert.Null(await NextAsync(judge, contest));

        // a rehearsal takes it through its comparisons, and leaves none
        await contest.Organizer.Http.PatchAsJsonAsync(contest.Round, new { configuration = new { confirm = false, judging = new { hours = 48 } } }).OkAsync();
        var rehearsed = await contest.Organizer.Http.PostAsJsonAsync($"{contest.Path}/rehearsal", new { participants = 6, judges = 3 }).OkAsync();
        Assert.Equal(["opened", "reminded", "closed", "comparing", "finished", "completed"], rehearsed["timeline"]!.AsArray().Select(moment => moment!["what"]!.ToString()));
        Assert.True((int)rehearsed["rounds"]![0]!["reviews"]! >= 6 * 2);

        // the other judge sees each of the three pairs once
        var seen = new HashSet<string>();
        while (await NextAsync(other, contest) is { } pair)
        {
            seen.Add(string.Join(' ', new[] { pair["left"]!["entry"]!.ToString(), pair["right"]!["entry"]!.ToString() }.Order()));
            await SayAsync(other, pair, pair["left"]!["entry"]!.ToString()[^1] < pair["right"]!["entry"]!.ToString()[^1] ? "left" : "right").OkAsync();
        }
        Assert.Equal(3, seen.Count);
        var scores = await contest.Organizer.Http.GetAsync($"{contest.Round}/scores").OkAsync();
        Assert.Equal(["1 Team Number1 100 2", "2 Team Number2 50 2", "3 Team Number3 0 2"], scores["lines"]!.AsArray().Select(line => $"{line!["rank"]} {line["participant"]} {(decimal)line["raw"]!:0.##} {line["reviews"]}"));
        Assert.Equal(50, (decimal)scores["lines"]![1]!["score"]!);
        var view = await contest.Organizer.Http.PostAsync($"{comparisons}/closing", null).OkAsync();
        Assert.Equal((false, 3, false), ((bool)view["open"]!, (int)view["answers"]!, (bool)view["connected"]!));
        Assert.Equal((1, 0), ((int)view["judges"]![0]!["skipped"]!, (int)view["judges"]![0]!["comparisons"]!));
        await other.Http.PostAsync($"{comparisons}/next", null).ProblemAsync(409, "comparisons-closed");
        // what one judged is one's own to know
        Assert.Equal(3, (await contest.App.QueryAsync<long>($"SELECT count(*) FROM audit_log WHERE tenant_id = '{contest.Tenant.Id}' AND table_name = 'judge_comparisons' AND new->>'choice' = 'left'")) + (await contest.App.QueryAsync<long>($"SELECT count(*) FROM audit_log WHERE tenant_id = '{contest.Tenant.Id}' AND table_name = 'judge_comparisons' AND new->>'choice' = 'right'")));
    }
}
