using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Podium.Tests.Harness;
using Podium.Tests.Judging;

namespace Podium.Tests.Scoreboards;

public sealed class ContestTests(SharedApp shared)
{
    private static object Rules(DateTimeOffset start, params string[] problems) => new
    {
        startsAt = start,
        durationSeconds = 18000,
        freezeBeforeSeconds = 3600,
        goldPlaces = 1,
        silverPlaces = 1,
        bronzePlaces = 0,
        problems = (problems.Length == 0 ? ["apples", "bears"] : problems).Select((id, position) => new { id, label = $"{(char)('A' + position)}", name = id }),
        languages = new[] { new { id = "cpp", name = "C++", extensions = new[] { "cpp" } } },
    };

    private static string Lines(JsonObject board) => string.Join("; ", board["lines"]!.AsArray().Select(line => $"{line!["rank"]} {line["team"]} {line["solved"]}/{line["penaltySeconds"]}"));

    [Fact]
    public async Task A_contest_runs_freezes_is_opened_step_by_step_and_becomes_final()
    {
        await using var app = await PodiumApp.StartAsync();
        var contest = await JudgedContest.CreateAsync(app, participants: 2, judges: 1);
        var start = app.Clock.GetUtcNow().AddHours(-4.5);
        var path = $"{contest.Path}/contest";
        await contest.Participants[0].Person.Http.GetAsync(path).ProblemAsync(404, "not-found");
        await contest.Participants[0].Person.Http.PutAsJsonAsync(path, Rules(start)).ProblemAsync(403, "forbidden");
        var made = await contest.Organizer.Http.PutAsJsonAsync(path, Rules(start)).OkAsync();
        Assert.Equal(start.AddHours(5), (DateTimeOffset)made["endsAt"]!);
        await contest.Organizer.Http.IfMatchAsync(HttpMethod.Put, path, "\"7\"", Rules(start)).ProblemAsync(409, "stale");

        // an organiser hands in what came in before, a participant their own now, in the freeze
        var (first, second) = (contest.Participants[0], contest.Participants[1]);
        async Task<JsonObject> OfAsync((TestPerson Person, Guid RegistrationId) who, string problemId, double hour) => await contest.Organizer.Http.PostAsJsonAsync(
            $"{path}/submissions", new { problemId, languageId = "cpp", registrationId = who.RegistrationId, at = start.AddHours(hour) }).OkAsync(201);
        var wrong = await OfAsync(first, "apples", 0.5);
        var right = await OfAsync(first, "apples", 1);
        var id = Guid.CreateVersion7();
        var late = await second.Person.Http.PostAsJsonAsync($"{path}/submissions", new { id, problemId = "bears", languageId = "cpp" }).OkAsync(201);
        Assert.Equal(late.ToJsonString(), (await second.Person.Http.PostAsJsonAsync($"{path}/submissions", new { id, problemId = "bears", languageId = "cpp" }).OkAsync(201)).ToJsonString());
        await second.Person.Http.PostAsJsonAsync($"{path}/submissions", new { id, problemId = "apples", languageId = "cpp" }).ProblemAsync(409, "id-taken");
        await second.Person.Http.PostAsJsonAsync($"{path}/submissions", new { problemId = "cats", languageId = "cpp" }).ProblemAsync(422, "invalid");
        await second.Person.Http.PostAsJsonAsync($"{path}/submissions", new { problemId = "apples", languageId = "cpp", at = start.AddHours(1) }).ProblemAsync(403, "forbidden");
        await contest.Panel[0].Person.Http.PostAsJsonAsync($"{path}/submissions", new { problemId = "apples", languageId = "cpp" }).ProblemAsync(403, "forbidden");
        await contest.Organizer.Http.PutAsJsonAsync(path, Rules(start, "bears")).ProblemAsync(409, "problem-in-use");

        var judge = contest.Panel[0].Person;
        await second.Person.Http.PostAsJsonAsync($"{path}/judgements", new { submissionId = right["id"], verdict = "AC" }).ProblemAsync(403, "forbidden");
        await judge.Http.PostAsJsonAsync($"{path}/judgements", new { submissionId = Guid.NewGuid(), verdict = "AC" }).ProblemAsync(422, "invalid");
        foreach (var (submission, verdict) in new[] { (wrong, "WA"), (right, "AC"), (late, "AC") }) await judge.Http.PostAsJsonAsync($"{path}/judgements", new { submissionId = submission["id"], verdict }).OkAsync(201);

        // 60 minutes and 20 for the rejected one; the other's is pending for everybody but the jury
        var open = await contest.Tenant.Http.GetAsync($"{path}/board").OkAsync();
        Assert.Equal("1 Team Number1 1/4800; 2 Team Number2 0/0", Lines(open));
        Assert.Equal(((bool)true, 1), ((bool)open["frozen"]!, (int)open["lines"]![1]!["cells"]![1]!["pending"]!));
        Assert.Equal("1 Team Number1 1/4800; 2 Team Number2 1/16200", Lines(await judge.Http.GetAsync($"{path}/board").OkAsync()));
        Assert.Equal(Lines(open), Lines(await judge.Http.GetAsync($"{path}/board?public=true").OkAsync()));
        Assert.Equal("1 Team Number1 0/0; 1 Team Number2 0/0", Lines(await judge.Http.GetAsync($"{path}/board?at={start.AddHours(2):yyyy-MM-ddTHH:mm:ssZ}").OkAsync()));
        Assert.DoesNotContain(late["id"]!.ToString(), await (await contest.Tenant.Http.GetAsync($"/api/icpc/contests/{contest.Id}/judgements")).Content.ReadAsStringAsync(), StringComparison.Ordinal);
        await contest.Organizer.Http.PostAsync($"{path}/thaw", null).ProblemAsync(409, "contest-not-over");

        await app.AdvanceAsync(TimeSpan.FromHours(1));
        var organizer = await contest.Tenant.SignInAsync(contest.Organizer.Email);
        await (await contest.Tenant.SignInAsync(second.Person.Email)).Http.PostAsJsonAsync($"{path}/submissions", new { problemId = "apples", languageId = "cpp" }).ProblemAsync(409, "contest-not-running");

        // the ceremony: the last team's cell is opened, then places are settled from below
        var acts = new List<string>();
        for (var step = 0; ; step++)
        {
            var view = await organizer.Http.GetAsync($"{path}/ceremony?steps={step}").OkAsync();
            if (view["next"] is not { } next) break;
            acts.Add($"{next["act"]} {next["rank"]}");
        }
        Assert.Equal(["reveal 2", "settle 2", "settle 1"], acts);

        // a re-judging is looked at before it counts
        var rejudging = await organizer.Http.PostAsJsonAsync($"{path}/rejudgings", new { reason = "a wrong test", verdicts = new[] { new { submissionId = right["id"], verdict = "WA" } } }).OkAsync(201);
        Assert.Equal((1, 2), ((int)rejudging["changes"]!.AsArray().Single(change => change!["team"]!.ToString() == "Team Number1")!["rankBefore"]!, (int)rejudging["changes"]!.AsArray().Single(change => change!["team"]!.ToString() == "Team Number1")!["rankAfter"]!));
        Assert.Contains(rejudging["awards"]!.AsArray(), change => change!["award"]!.ToString() == "winner" && change["gains"]!.AsArray().Single()!.ToString() == second.RegistrationId.ToString());
        Assert.Equal("1 Team Number1 1/4800; 2 Team Number2 1/16200", Lines(await organizer.Http.GetAsync($"{path}/board").OkAsync()));
        var applications = await Task.WhenAll(organizer.Http.PostAsync($"{path}/rejudgings/{rejudging["id"]}/application", null), organizer.Http.PostAsync($"{path}/rejudgings/{rejudging["id"]}/application", null));
        Assert.Equal([200, 409], applications.Select(answer => (int)answer.StatusCode).Order());
        Assert.Equal("1 Team Number2 1/16200; 2 Team Number1 0/0", Lines(await organizer.Http.GetAsync($"{path}/board").OkAsync()));
        var (feed, known) = (await FeedAsync(contest, null), await FeedAsync(contest, null));
        Assert.Equal(feed, known);

        await organizer.Http.PostAsync($"{path}/thaw", null).OkAsync();
        await organizer.Http.PostAsync($"{path}/finalization", null).OkAsync();
        Assert.Equal("1 Team Number2 1/16200; 2 Team Number1 0/0", Lines(await contest.Tenant.Http.GetAsync($"{path}/board").OkAsync()));
        await (await contest.Tenant.SignInAsync(judge.Email)).Http.PostAsJsonAsync($"{path}/judgements", new { submissionId = right["id"], verdict = "AC" }).ProblemAsync(409, "contest-finalized");
        await organizer.Http.PutAsJsonAsync(path, Rules(start)).ProblemAsync(409, "contest-finalized");

        // the Contest API: what comes since the last token ends in the end of updates
        var rest = await FeedAsync(contest, JsonNode.Parse(feed[^1])!["token"]!.ToString());
        Assert.Contains(rest, line => JsonNode.Parse(line)!["type"]!.ToString() == "judgements" && line.Contains("\"AC\"", StringComparison.Ordinal));
        Assert.NotNull(JsonNode.Parse(rest[^1])!["data"]!["end_of_updates"]);
        await contest.Tenant.Http.GetAsync($"/api/icpc/contests/{contest.Id}/event-feed?since_token=5-5").ProblemAsync(400, "malformed");
        var scoreboard = await contest.Tenant.Http.GetAsync($"/api/icpc/contests/{contest.Id}/scoreboard").OkAsync();
        Assert.Equal(("4:30:00.000", second.RegistrationId.ToString()), (scoreboard["rows"]![0]!["score"]!["total_time"]!.ToString(), scoreboard["rows"]![0]!["team_id"]!.ToString()));
    }

    private static async Task<string[]> FeedAsync(JudgedContest contest, string? token) =>
        (await (await contest.Tenant.Http.GetAsync($"/api/icpc/contests/{contest.Id}/event-feed{(token is null ? "" : $"?since_token={token}")}")).Content.ReadAsStringAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    [Fact]
    public async Task The_contest_api_answers_collections_objects_and_filters_and_stays_within_the_tenant()
    {
        var contest = await JudgedContest.CreateAsync(shared, participants: 2, judges: 1);
        var start = contest.App.Clock.GetUtcNow().AddHours(-1);
        await contest.Organizer.Http.PutAsJsonAsync($"{contest.Path}/contest", Rules(start)).OkAsync();
        foreach (var (person, _) in contest.Participants) await person.Http.PostAsJsonAsync($"{contest.Path}/contest/submissions", new { problemId = "apples", languageId = "cpp" }).OkAsync(201);
        var icpc = $"/api/icpc/contests/{contest.Id}";
        async Task<JsonArray> ListAsync(string path) => JsonNode.Parse(await (await contest.Tenant.Http.GetAsync(path)).EnsureSuccessStatusCode().Content.ReadAsStringAsync())!.AsArray();
        Assert.Equal("2026-01", (await contest.Tenant.Http.GetAsync("/api/icpc").OkAsync())["version"]!.ToString());
        Assert.Equal([contest.Id.ToString()], (await ListAsync("/api/icpc/contests")).Select(one => one!["id"]!.ToString()));
        Assert.Equal("pass-fail", (await contest.Tenant.Http.GetAsync(icpc).OkAsync())["scoreboard_type"]!.ToString());
        Assert.Equal(["Team Number1", "Team Number2"], (await ListAsync($"{icpc}/teams")).Select(team => team!["name"]!.ToString()).Order());
        Assert.Equal(2, (await ListAsync($"{icpc}/submissions")).Count);
        var mine = Assert.Single(await ListAsync($"{icpc}/submissions?team_id={contest.Participants[1].RegistrationId}&problem_id=apples"));
        Assert.Equal(contest.Participants[1].RegistrationId.ToString(), (await contest.Tenant.Http.GetAsync($"{icpc}/submissions/{mine!["id"]}").OkAsync())["team_id"]!.ToString());
        Assert.Empty(await ListAsync($"{icpc}/submissions?problem_id=bears"));
        foreach (var collection in new[] { "judgement-types", "languages", "problems", "groups", "organizations", "judgements", "awards" }) Assert.NotNull(await ListAsync($"{icpc}/{collection}"));
        foreach (var one in new[] { "state", "access", "scoreboard" }) await contest.Tenant.Http.GetAsync($"{icpc}/{one}").OkAsync();
        foreach (var missing in new[] { "doesnt-exist", "doesnt-exist/42", "submissions/999999", "submissions/xyz9999" }) await contest.Tenant.Http.GetAsync($"{icpc}/{missing}").ProblemAsync(404, "not-found");
        var other = await shared.TenantAsync();
        await other.Http.GetAsync(icpc).ProblemAsync(404, "not-found");
        await other.Http.GetAsync($"{contest.Path}/contest/board").ProblemAsync(404, "not-found");
        Assert.Equal("[]", await (await other.Http.GetAsync("/api/icpc/contests")).Content.ReadAsStringAsync());
        await contest.Organizer.Http.PutAsJsonAsync($"{contest.Path}/contest", Rules(start, "apples", "apples")).ProblemAsync(422, "invalid");
    }
}
