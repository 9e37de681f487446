using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Podium.Functions.Api;
using Podium.Platform.Live;
using Podium.Tests.Harness;
using Podium.Tests.Judging;

namespace Podium.Tests.Scoreboards;

/// <summary>What nobody may learn while a board is frozen, at every door there is; and what instances remember of boards.</summary>
public sealed partial class FrozenBoardTests(SharedApp shared)
{
    private static readonly ApiCatalogue Api = new();

    private static readonly string[] Collections =
        ["state", "access", "judgement-types", "languages", "problems", "groups", "organizations", "teams", "submissions", "judgements", "awards", "scoreboard", "event-feed"];

    /// <summary>A contest that began so long ago, of five hours with a freeze in the last.</summary>
    private static async Task<(JudgedContest Contest, string Path, DateTimeOffset Start)> RunningAsync(SharedApp shared, double hours)
    {
        var contest = await JudgedContest.CreateAsync(shared, participants: 2, judges: 1);
        var start = contest.App.Clock.GetUtcNow().AddHours(-hours);
        await contest.Organizer.Http.PutAsJsonAsync($"{contest.Path}/contest", new
        {
            startsAt = start,
            durationSeconds = 18000,
            freezeBeforeSeconds = 3600,
            problems = new[] { new { id = "apples", label = "A", name = "Apples" }, new { id = "bears", label = "B", name = "Bears" } },
            languages = new[] { new { id = "cpp", name = "C++" } },
        }).OkAsync();
        return (contest, $"{contest.Path}/contest", start);
    }

    private static async Task<Guid> SubmitAsync(JudgedContest contest, int participant, string problemId, DateTimeOffset at) => (Guid)(await contest.Organizer.Http.PostAsJsonAsync(
        $"{contest.Path}/contest/submissions", new { problemId, languageId = "cpp", registrationId = contest.Participants[participant].RegistrationId, at }).OkAsync(201))["id"]!;

    private static Task<JsonObject> JudgeAsync(JudgedContest contest, Guid submissionId, string verdict) =>
        contest.Panel[0].Person.Http.PostAsJsonAsync($"{contest.Path}/contest/judgements", new { submissionId, verdict }).OkAsync(201);

    private static string Lines(JsonObject board) => string.Join("; ", board["lines"]!.AsArray().Select(line => $"{line!["rank"]} {line["team"]} {line["solved"]}/{line["cells"]!.AsArray().Sum(cell => (int)cell!["pending"]!)}"));

    [Fact]
    public async Task In_a_freeze_no_door_tells_the_public_or_a_team_what_the_judges_found()
    {
        var (contest, path, start) = await RunningAsync(shared, hours: 4.5);
        var before = await SubmitAsync(contest, 0, "apples", start.AddHours(1));
        var hidden = await SubmitAsync(contest, 1, "bears", start.AddHours(4.1));
        var known = new Dictionary<string, string>
        {
            ["competitionId"] = $"{contest.Id}",
            ["contestId"] = $"{contest.Id}",
            ["roundId"] = $"{contest.RoundId}",
            ["registrationId"] = $"{contest.Participants[1].RegistrationId}",
            ["collection"] = "judgements",
            ["objectId"] = $"{hidden}",
        };
        var doors = Api.Functions
            .Where(function => function is { Method: "GET", HasTenant: true } && function.Operation.MediaType != LiveStreams.MediaType && function.RouteValues.All(known.ContainsKey))
            .Select(function => function.RouteValues.Aggregate(function.Path, (way, name) => way.Replace($"{{{name}}}", known[name], StringComparison.Ordinal)))
            .Concat(Collections.Select(collection => $"/api/icpc/contests/{contest.Id}/{collection}"))
            .Append($"/api/icpc/contests/{contest.Id}/submissions/{hidden}")
            .Concat(new[] { -1, 1, 4, 4.1, 4.3, 4.5, 9 }.Select(hour => $"{path}/board?at={start.AddHours(hour):yyyy-MM-ddTHH:mm:ssZ}"))
            .Append($"{path}/board?public=false")
            .Distinct().Order(StringComparer.Ordinal).ToList();
        Assert.True(doors.Count > 60, $"{doors.Count} doors");
        async Task<Dictionary<string, string>> LookAsync()
        {
            // the jury first: what is remembered for it must not reach anybody else
            await contest.Panel[0].Person.Http.GetAsync($"{path}/board").OkAsync();
            await contest.Panel[0].Person.Http.GetAsync($"/api/icpc/contests/{contest.Id}/scoreboard").OkAsync();
            var seen = new Dictionary<string, string>();
            foreach (var (who, http) in new[] { ("anybody", contest.Tenant.Http), ("the team", contest.Participants[1].Person.Http), ("another team", contest.Participants[0].Person.Http) })
            {
                foreach (var door in doors)
                {
                    using var answer = await http.GetAsync(door);
                    Assert.NotEqual(HttpStatusCode.TooManyRequests, answer.StatusCode);
                    seen[$"{who} at {door}"] = $"{answer.StatusCode} {answer.Headers.ETag} {OfItselfAlone().Replace(await answer.Content.ReadAsStringAsync(), "")}";
                }
            }
            return seen;
        }
        static List<string> Changed(Dictionary<string, string> one, Dictionary<string, string> other) => [.. one.Keys.Where(door => one[door] != other[door])];

        var first = await LookAsync();
        await JudgeAsync(contest, hidden, "WA");
        Assert.Empty(Changed(first, await LookAsync()));
        // changed to the contrary, and judged anew on paper and in earnest
        await JudgeAsync(contest, hidden, "AC");
        var rejudging = await contest.Organizer.Http.PostAsJsonAsync($"{path}/rejudgings", new { reason = "a doubt", verdicts = new[] { new { submissionId = hidden, verdict = "WA" } } }).OkAsync(201);
        Assert.Empty(Changed(first, await LookAsync()));
        await contest.Organizer.Http.PostAsync($"{path}/rejudgings/{rejudging["id"]}/application", null).OkAsync();
        Assert.Empty(Changed(first, await LookAsync()));
        // the same walk does see what may be seen: an answer to what came before the freeze
        await JudgeAsync(contest, before, "AC");
        var open = Changed(first, await LookAsync());
        foreach (var door in new[] { $"{path}/board", $"/api/icpc/contests/{contest.Id}/scoreboard", $"/api/icpc/contests/{contest.Id}/judgements", $"/api/icpc/contests/{contest.Id}/awards", $"/api/icpc/contests/{contest.Id}/event-feed" })
            Assert.Contains($"anybody at {door}", open);
        await contest.Participants[1].Person.Http.GetAsync($"{path}/ceremony").ProblemAsync(403, "forbidden");
        await contest.Participants[1].Person.Http.GetAsync($"{path}/rejudgings/{rejudging["id"]}").ProblemAsync(403, "forbidden");
    }

    [GeneratedRegex("\"correlationId\":\"[^\"]*\"")]
    private static partial Regex OfItselfAlone();

    [Fact]
    public async Task A_board_is_remembered_until_it_changes_and_then_nobody_sees_the_old_one()
    {
        await using var other = await PodiumApp.StartAsync(new AppOptions { Beside = await shared.AppAsync() });
        var (contest, path, start) = await RunningAsync(shared, hours: 2);
        var (team, judge) = (contest.Participants[0].Person.Http, contest.Panel[0].Person);
        var board = $"{path}/board";
        async Task<(HttpStatusCode Status, EntityTagHeaderValue? Tag, long Size)> AskAsync(EntityTagHeaderValue? tag, string? packed = null)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, board);
            if (tag is not null) request.Headers.IfNoneMatch.Add(tag);
            if (packed is not null) request.Headers.AcceptEncoding.ParseAdd(packed);
            using var answer = await team.SendAsync(request);
            Assert.Equal(packed is null ? [] : ["gzip"], answer.StatusCode == HttpStatusCode.OK ? answer.Content.Headers.ContentEncoding : packed is null ? [] : ["gzip"]);
            return (answer.StatusCode, answer.Headers.ETag, (await answer.Content.ReadAsByteArrayAsync()).Length);
        }

        var empty = await AskAsync(null);
        Assert.Equal((HttpStatusCode.NotModified, 0), ((await AskAsync(empty.Tag)).Status, (await AskAsync(empty.Tag)).Size));
        var packed = await AskAsync(null, "br, gzip");
        Assert.True(packed.Size < empty.Size);
        Assert.Equal(HttpStatusCode.NotModified, (await AskAsync(packed.Tag, "gzip")).Status);

        // whoever changes it sees it changed at once; the other instance a moment later
        var elsewhere = contest.Participants[1].Person.HttpOn(other);
        Assert.Equal("1 Team Number1 0/0; 1 Team Number2 0/0", Lines(await elsewhere.GetAsync(board).OkAsync()));
        for (var round = 0; round < 3; round++)
        {
            var id = await SubmitAsync(contest, 0, "apples", start.AddMinutes(30 + round));
            Assert.Equal(round + 1, (int)(await team.GetAsync(board).OkAsync())["lines"]![0]!["cells"]![0]!["pending"]! + round);
            await judge.Http.PostAsJsonAsync($"{path}/judgements", new { submissionId = id, verdict = round < 2 ? "WA" : "AC" }).OkAsync(201);
            var line = (await judge.Http.GetAsync(board).OkAsync())["lines"]![0]!;
            Assert.Equal((round / 2, round + 1, 0), ((int)line["solved"]!, (int)line["cells"]![0]!["judged"]!, (int)line["cells"]![0]!["pending"]!));
        }
        Assert.Equal(HttpStatusCode.OK, (await AskAsync(empty.Tag)).Status);
        await other.UntilAsync("the other instance has heard of it", async () => Lines(await elsewhere.GetAsync(board).OkAsync()) == "1 Team Number1 1/0; 2 Team Number2 0/0");

        // nobody of another tenant, though it is remembered
        await (await (await shared.TenantAsync()).AdministratorAsync()).Http.GetAsync(board).ProblemAsync(404, "not-found");

        // who is disqualified is gone from now on, and stands where they stood before; rules that change do so for all of it
        var gone = contest.Participants[0].RegistrationId;
        await contest.Organizer.Http.PostAsJsonAsync($"{contest.Path}/registrations/{gone}/decision", new { decision = "disqualify", reason = "two teams at one screen" }).OkAsync();
        await contest.App.UntilAsync("the board is without the team", async () => Lines(await judge.Http.GetAsync(board).OkAsync()) == "1 Team Number2 0/0");
        Assert.Equal("1 Team Number1 0/3; 1 Team Number2 0/0", Lines(await judge.Http.GetAsync($"{board}?at={start.AddHours(1):yyyy-MM-ddTHH:mm:ssZ}").OkAsync()));
        var renamed = await contest.Participants[1].Person.Http.PatchAsJsonAsync("/api/me", new { lastName = "Renamed" });
        Assert.True(renamed.IsSuccessStatusCode, await renamed.Content.ReadAsStringAsync());
        await contest.App.UntilAsync("the board has the new name", async () => Lines(await judge.Http.GetAsync(board).OkAsync()) == "1 Team Renamed 0/0");
    }
}
