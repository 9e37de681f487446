using System.IO.Compression;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Podium.Scoreboards;
using Podium.Tests.Harness;

namespace Podium.Tests.Scoreboards;

/// <summary>A feed that our own rules made, of a contest with a freeze, a hidden team, compile errors and answers that were changed: no public feed with a licence for it was at hand.</summary>
public sealed class ImportContestTests(SharedApp shared)
{
    private static readonly DateTimeOffset Start = new(2025, 11, 15, 9, 0, 0, TimeSpan.Zero);

    private static readonly ProblemContest Contest = new("regional-25", "Regional 2025", Start, TimeSpan.FromHours(5))
    {
        FreezeBefore = TimeSpan.FromHours(1),
        ThawedAt = Start.AddHours(6),
        FinalizedAt = Start.AddHours(6.5),
        Problems = [.. Enumerable.Range(0, 8).Select(number => new ContestProblem($"p{number}", $"{(char)('A' + number)}", $"Problem {number}", number))],
        Teams = [.. Enumerable.Range(1, 20).Select(number => new ContestTeam($"{number}", number is 7 or 8 ? "Twins" : $"Team {number}") { IsHidden = number == 20 })],
        Languages = [new("cpp", "C++", ["cpp"])],
        Verdicts = [.. ContestVerdict.Usual, new("OLE", "Output Limit", false, true), new("CS", "Contact Staff", false, false)],
    };

    private static ContestFacts Facts()
    {
        var random = new Random(25);
        string[] verdicts = ["AC", "AC", "WA", "TLE", "OLE", "CE", "CS", "RTE"];
        var submissions = Enumerable.Range(1, 300).Select(number => new ContestSubmission($"s{number}", $"{random.Next(1, 21)}", $"p{random.Next(8)}", "cpp", Start.AddSeconds(random.Next(18000)))).OrderBy(submission => submission.At).ToList();
        var judgements = submissions.Select(submission => new ContestJudgement($"j{submission.Id}", submission.Id, verdicts[random.Next(verdicts.Length)], submission.At.AddSeconds(5), submission.At.AddSeconds(40))).ToList();
        // some were judged anew long after
        judgements.AddRange(submissions.Take(12).Select(submission => new ContestJudgement($"r{submission.Id}", submission.Id, "AC", Start.AddHours(5.2), Start.AddHours(5.3))));
        return new ContestFacts(submissions, judgements);
    }

    private static string Base64(IEnumerable<string> lines) => Convert.ToBase64String(Encoding.UTF8.GetBytes(string.Join('\n', lines)));

    private static async Task<(TestPerson Boss, string Path)> CompetitionAsync(TestTenant tenant)
    {
        var boss = await tenant.AdministratorAsync();
        var made = await boss.Http.PostAsJsonAsync("/api/competitions", new
        {
            name = "Regional",
            type = "team",
            maxTeamSize = 3,
            registrationStart = Start.AddDays(-30),
            registrationEnd = Start.AddDays(200),
            competitionStart = Start.AddDays(210),
            competitionEnd = Start.AddDays(220),
        }).OkAsync(201);
        await boss.Http.PostAsJsonAsync($"/api/competitions/{made["id"]}/moves", new { to = "published" }).OkAsync();
        return (boss, $"/api/competitions/{made["id"]}/contest");
    }

    [Fact]
    public async Task A_feed_becomes_a_contest_of_ours_with_the_board_of_its_own()
    {
        var tenant = await shared.TenantAsync();
        var (boss, path) = await CompetitionAsync(tenant);
        var facts = Facts();
        var (feed, theirs) = (ContestFeed.Of(Contest, facts, Start.AddHours(7), Audience.Jury).Select(ContestFeed.Line).ToList(), ProblemBoard.Of(Contest, facts, Start.AddHours(7), Audience.Jury));
        object Body(IEnumerable<string> lines, bool preview = false) => new { file = Base64(lines), preview };

        await (await tenant.PersonAsync()).Http.PostAsJsonAsync($"{path}/import", Body(feed)).ProblemAsync(403, "forbidden");
        await (await (await shared.TenantAsync()).AdministratorAsync()).Http.PostAsJsonAsync($"{path}/import", Body(feed)).ProblemAsync(404, "not-found");
        var preview = await boss.Http.PostAsJsonAsync($"{path}/import", Body(feed, preview: true)).OkAsync();
        Assert.Equal((false, 19, 0), ((bool)preview["applied"]!, (int)preview["teams"]!["added"]!, preview["differences"]!.AsArray().Count));
        await boss.Http.GetAsync(path).ProblemAsync(404, "not-found");

        // a feed that cannot be read names its line; what came by then is not there
        async Task<string> FaultAsync(IEnumerable<string> lines) => (await boss.Http.PostAsJsonAsync($"{path}/import", Body(lines)).ProblemAsync(422, "invalid"))["errors"]![0]!.ToJsonString();
        Assert.Contains("/file/3", await FaultAsync([.. feed.Take(2), "{\"type\":\"teams\",", .. feed.Skip(2)]));
        var teamless = feed.Select((line, place) => (line, place)).First(one => one.line.Contains("\"type\":\"submissions\"", StringComparison.Ordinal));
        Assert.Contains($"/file/{teamless.place + 1}", await FaultAsync(feed.Select((line, place) => place == teamless.place ? line.Replace("\"problem_id\"", "\"problem\"", StringComparison.Ordinal) : line)));
        Assert.Contains("which is not there", await FaultAsync(feed.Where(line => !line.Contains("\"type\":\"judgement-types\"", StringComparison.Ordinal))));
        Assert.Contains("nothing of the contest", await FaultAsync(["{}"[..0], feed[^1]]));
        await boss.Http.PostAsJsonAsync($"{path}/import", new { file = Convert.ToBase64String([(byte)'P', (byte)'K', 3, 4, 5, 6]) }).ProblemAsync(422, "invalid");

        // the first half while it ran, then all of it: what was there stays once
        var half = feed.TakeWhile(line => !line.Contains("\"frozen\":\"2025", StringComparison.Ordinal)).ToList();
        var first = await boss.Http.PostAsJsonAsync($"{path}/import", Body(half)).OkAsync();
        Assert.InRange((int)first["submissions"]!["added"]!, 150, 280);
        var whole = await boss.Http.PostAsJsonAsync($"{path}/import", Body(feed)).OkAsync();
        Assert.Equal((true, 0), ((bool)whole["applied"]!, (int)whole["teams"]!["added"]!));
        Assert.Equal(facts.Submissions.Count(submission => submission.TeamId != "20"), (int)first["submissions"]!["added"]! + (int)whole["submissions"]!["added"]!);
        Assert.Empty(whole["differences"]!.AsArray());
        Assert.Contains("1 hidden teams", whole["leftOut"]!.AsArray().Select(one => one!.ToString()));
        foreach (var _ in Enumerable.Range(0, 2))
        {
            var again = await boss.Http.PostAsJsonAsync($"{path}/import", Body(feed)).OkAsync();
            Assert.Equal((0, 0, 0), ((int)again["teams"]!["added"]!, (int)again["submissions"]!["added"]!, (int)again["judgements"]!["added"]!));
        }
        await boss.Http.PostAsJsonAsync($"{path}/import", Body([.. feed, feed.First(line => line.Contains("\"type\":\"submissions\"", StringComparison.Ordinal)).Replace("\"id\":\"s", "\"id\":\"late", StringComparison.Ordinal)])).ProblemAsync(409, "contest-finalized");

        // the board that everybody sees is the source's, line by line and cell by cell; so is the past
        async Task<List<string>> BoardAsync(string query = "") => [.. (await tenant.Http.GetAsync($"{path}/board{query}").OkAsync())["lines"]!.AsArray().Select(line =>
            $"{line!["rank"]} {line["solved"]} {(double)line["penaltySeconds"]!} {string.Join(' ', line["cells"]!.AsArray().Select(cell => $"{cell!["judged"]}/{cell["pending"]}/{cell["solvedSeconds"]}{((bool)cell["first"]! ? "!" : "")}"))}")];
        List<string> Wanted(ProblemBoard board) => [.. board.Rows.Select(row => $"{row.Rank} {row.Solved} {row.Penalty.TotalSeconds} {string.Join(' ', row.Cells.Select(cell => $"{cell.Judged}/{cell.Pending}/{(cell.SolvedAt is { } at ? $"{ProblemBoard.Cut(Contest, at).TotalSeconds}" : "")}{(cell.IsFirst ? "!" : "")}"))}")];
        Assert.Equal(Wanted(theirs), await BoardAsync());
        Assert.Equal(19, theirs.Rows.Count);
        Assert.Equal(Wanted(ProblemBoard.Of(Contest, facts, Start.AddHours(4.5), Audience.Public)), await BoardAsync($"?at={Start.AddHours(4.5):yyyy-MM-ddTHH:mm:ssZ}"));
        Assert.Equal(2, (await boss.Http.GetAsync($"{path}/board").OkAsync())["lines"]!.AsArray().Count(line => line!["team"]!.ToString().StartsWith("Twins", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_package_is_read_too_and_held_against_its_scoreboard()
    {
        var (boss, path) = await CompetitionAsync(await shared.TenantAsync());
        var (facts, end) = (Facts(), Start.AddHours(7));
        byte[] Packed(JsonNode scoreboard)
        {
            using var packed = new MemoryStream();
            using (var zip = new ZipArchive(packed, ZipArchiveMode.Create, leaveOpen: true))
            {
                foreach (var (name, content) in new (string, object)[]
                {
                    ("contest", ContestApi.ContestOf(Contest)), ("state", ContestApi.StateOf(ContestState.At(Contest, end))), ("judgement-types", ContestApi.JudgementTypes(Contest)), ("languages", ContestApi.Languages(Contest)),
                    ("problems", ContestApi.Problems(Contest, end, Audience.Jury)), ("teams", ContestApi.Teams(Contest, Audience.Jury)), ("submissions", ContestApi.Submissions(Contest, facts, end, Audience.Jury)),
                    ("judgements", ContestApi.Judgements(Contest, facts, end, Audience.Jury)), ("scoreboard", scoreboard),
                })
                {
                    using var entry = zip.CreateEntry($"regional-25/{name}.json").Open();
                    JsonSerializer.Serialize(entry, content, ContestApi.Json);
                }
            }
            return packed.ToArray();
        }
        var board = JsonSerializer.SerializeToNode(ContestApi.ScoreboardOf(Contest, ProblemBoard.Of(Contest, facts, end, Audience.Jury)), ContestApi.Json)!;
        var read = await boss.Http.PostAsJsonAsync($"{path}/import", new { file = Convert.ToBase64String(Packed(board)), preview = true }).OkAsync();
        Assert.Empty(read["differences"]!.AsArray());
        board["rows"]![0]!["score"]!["num_solved"] = 1;
        read = await boss.Http.PostAsJsonAsync($"{path}/import", new { file = Convert.ToBase64String(Packed(board)) }).OkAsync();
        Assert.StartsWith("scoreboard.json: team ", Assert.Single(read["differences"]!.AsArray())!.ToString(), StringComparison.Ordinal);
    }
}
