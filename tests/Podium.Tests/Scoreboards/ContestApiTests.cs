using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Podium.Scoreboards;
using static Podium.Tests.Scoreboards.ProblemBoardTests;

namespace Podium.Tests.Scoreboards;

/// <summary>Contest API 2026-01: what its JSON schemas require of each object (required properties, patterns of identifiers and times), and what its text says.</summary>
public sealed partial class ContestApiTests
{
    private static readonly ContestFacts Facts = ProblemBoardTests.Facts(("t1", "apples", 10, "WA"), ("t1", "apples", 30.5, "AC"), ("t2", "bears", 250, "AC"), ("t4", "cats", 20, "AC"), ("t3", "cats", 299, null));

    private static readonly ProblemContest Finished = Contest with { ThawedAt = Start.AddMinutes(360), FinalizedAt = Start.AddMinutes(330) };

    private static DateTimeOffset At(double minute) => Start.AddMinutes(minute);

    private static JsonNode Json(object value) => JsonSerializer.SerializeToNode(value, value.GetType(), ContestApi.Json)!;

    [GeneratedRegex("^[A-Za-z0-9_]([A-Za-z0-9_.-]{0,34}[A-Za-z0-9_-])?$")]
    private static partial Regex Identifier();

    [GeneratedRegex(@"^[12]\d{3}-[01]\d-[0-3]\dT[0-2]\d:[0-6]\d:[0-6]\d\.\d{3}Z$")]
    private static partial Regex Absolute();

    [GeneratedRegex(@"^-?([1-9]\d*)?\d:[0-5]\d:[0-5]\d\.\d{3}$")]
    private static partial Regex Relative();

    private static void AssertObject(JsonNode? node, string[] required, string[] optional)
    {
        var (o, at) = (node!.AsObject(), node.ToJsonString());
        Assert.All(required, name => Assert.True(o.ContainsKey(name), $"{name} is missing: {at}"));
        Assert.All(o.Select(property => property.Key), name => Assert.Contains(name, required.Concat(optional)));
        foreach (var (name, value) in o)
        {
            if (value is null) continue;
            if (name == "id" || name.EndsWith("_id", StringComparison.Ordinal)) Assert.Matches(Identifier(), value.GetValue<string>());
            if (name is "start_time" or "end_time" or "scoreboard_thaw_time" or "started" or "ended" or "frozen" or "thawed" or "finalized" or "end_of_updates") Assert.Matches(Absolute(), value.GetValue<string>());
            if (name.EndsWith("contest_time", StringComparison.Ordinal) || name is "duration" or "penalty_time" or "scoreboard_freeze_duration" or "total_time") Assert.Matches(Relative(), value.GetValue<string>());
        }
    }

    [Theory]
    [InlineData(0, "0:00:00.000")]
    [InlineData(18_000_000, "5:00:00.000")]
    [InlineData(-932_457, "-0:15:32.457")]
    [InlineData(400_000_001, "111:06:40.001")]
    public void Relative_times_are_written_as_the_format_says(long milliseconds, string text) => Assert.Equal(text, ContestApi.Relative(TimeSpan.FromMilliseconds(milliseconds)));

    [Fact]
    public void Every_object_has_what_its_schema_requires_and_nothing_else()
    {
        AssertObject(Json(ContestApi.ContestOf(Finished)), ["id", "name", "duration", "scoreboard_type", "penalty_time"], ["formal_name", "start_time", "scoreboard_freeze_duration", "scoreboard_thaw_time"]);
        AssertObject(Json(ContestApi.StateOf(ContestState.At(Finished, At(400)))), ["started", "ended", "frozen", "thawed", "finalized", "end_of_updates"], []);
        Assert.All(Json(ContestApi.JudgementTypes(Contest)).AsArray(), type => AssertObject(type, ["id", "name", "solved", "penalty"], []));
        Assert.All(Json(ContestApi.Languages(Contest)).AsArray(), language => AssertObject(language, ["id", "name", "entry_point_required", "extensions"], ["entry_point_name"]));
        Assert.Equal(["Main class"], Json(ContestApi.Languages(Contest)).AsArray().Where(language => language!["entry_point_required"]!.GetValue<bool>()).Select(language => language!["entry_point_name"]!.GetValue<string>()));
        Assert.All(Json(ContestApi.Problems(Contest, At(1), Audience.Public)).AsArray(), problem => AssertObject(problem, ["id", "label", "name", "ordinal", "test_data_count"], ["rgb", "color", "time_limit"]));
        Assert.All(Json(ContestApi.Groups(Contest)).AsArray(), group => AssertObject(group, ["id", "name"], []));
        Assert.All(Json(ContestApi.Organizations(Contest)).AsArray(), organization => AssertObject(organization, ["id", "name"], ["formal_name", "country"]));
        Assert.All(Json(ContestApi.Teams(Contest, Audience.Jury)).AsArray(), team => AssertObject(team, ["id", "name", "label", "group_ids"], ["organization_id", "hidden"]));
        Assert.All(Json(ContestApi.Submissions(Contest, Facts, At(400), Audience.Jury)).AsArray(), submission => AssertObject(submission, ["id", "language_id", "problem_id", "team_id", "time", "contest_time", "files", "entry_point"], []));
        Assert.All(Json(ContestApi.Judgements(Contest, Facts, At(400), Audience.Jury)).AsArray(), judgement => AssertObject(judgement, ["id", "submission_id", "start_time", "start_contest_time", "current"], ["judgement_type_id", "end_time", "end_contest_time", "max_run_time"]));
        Assert.All(Json(ContestApi.Awards(Contest, ProblemBoard.Of(Contest, Facts, At(200), Audience.Public))).AsArray(), award => AssertObject(award, ["id", "citation", "team_ids"], []));
        var board = Json(ContestApi.ScoreboardOf(Contest, ProblemBoard.Of(Contest, Facts, At(270), Audience.Public)));
        AssertObject(board, ["time", "contest_time", "state", "rows"], []);
        Assert.All(board["rows"]!.AsArray(), row =>
        {
            AssertObject(row, ["rank", "team_id", "score", "problems"], []);
            // the schemas want an absent time, as an absent entry point, said as null
            AssertObject(row!["score"], ["num_solved", "total_time", "time"], []);
            Assert.Equal(row["score"]!["num_solved"]!.GetValue<int>() > 0, row["score"]!["time"] is not null);
            Assert.All(row["problems"]!.AsArray(), cell =>
            {
                AssertObject(cell, ["problem_id", "num_judged", "num_pending", "solved"], ["time"]);
                Assert.Equal(cell!["solved"]!.GetValue<bool>(), cell.AsObject().ContainsKey("time"));
            });
        });
        var access = Json(ContestApi.AccessOf(Contest));
        Assert.Contains("team_ids", access["endpoints"]!.AsArray().Single(endpoint => endpoint!["type"]!.GetValue<string>() == "awards")!["properties"]!.AsArray().Select(name => name!.GetValue<string>()));
        Assert.Equal("2026-01", Json(ContestApi.Api)["version"]!.GetValue<string>());
    }

    [Fact]
    public void The_example_of_a_scoreboard_row_comes_out()
    {
        var row = ContestApi.ScoreboardOf(Contest, ProblemBoard.Of(Contest, Facts, At(270), Audience.Public)).Rows[0];
        Assert.Equal((1, "t1", 1, "0:50:00.000", "0:30:00.000"), (row.Rank, row.TeamId, row.Score.NumSolved, row.Score.TotalTime, row.Score.Time));
        Assert.Equal(new ContestApi.ScoreboardCell("apples", 2, 0, true, "0:30:00.000"), row.Problems[0]);
    }

    [Fact]
    public void The_public_sees_neither_answers_of_the_freeze_nor_hidden_teams_nor_problems_before_the_start()
    {
        Assert.Equal(["j1", "j2"], ContestApi.Judgements(Contest, Facts, At(400), Audience.Public).Select(judgement => judgement.Id));
        Assert.Equal(4, ContestApi.Judgements(Contest, Facts, At(400), Audience.Jury).Count);
        Assert.Equal(["s1", "s2", "s3", "s5"], ContestApi.Submissions(Contest, Facts, At(400), Audience.Public).Select(submission => submission.Id));
        Assert.DoesNotContain(ContestApi.Teams(Contest, Audience.Public), team => team.Id == "t4");
        Assert.Empty(ContestApi.Problems(Contest, At(-1), Audience.Public));
        Assert.Equal(3, ContestApi.Problems(Contest, At(-1), Audience.Jury).Count);
        var feed = string.Join('\n', ContestFeed.Of(Contest, Facts, At(400), Audience.Public).Select(ContestFeed.Line));
        Assert.DoesNotContain("\"j3\"", feed, StringComparison.Ordinal);
        Assert.DoesNotContain("t4", feed, StringComparison.Ordinal);
        Assert.DoesNotContain("awards", feed, StringComparison.Ordinal);
        Assert.Contains("\"j3\"", string.Join('\n', ContestFeed.Of(Finished, Facts, At(400), Audience.Public).Select(ContestFeed.Line)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_judgement_has_its_type_only_when_it_has_ended()
    {
        var running = Json(ContestApi.Judgements(Contest, Facts, At(10.7), Audience.Public)).AsArray().Single()!;
        Assert.False(running.AsObject().ContainsKey("judgement_type_id") || running.AsObject().ContainsKey("end_time"));
        Assert.Equal("WA", Json(ContestApi.Judgements(Contest, Facts, At(11), Audience.Public)).AsArray().Single()!["judgement_type_id"]!.GetValue<string>());
    }

    /// <summary>"The latest notification sent for any object is the correct and current state of that object"; end_of_updates is the last of all.</summary>
    [Fact]
    public void The_feed_ends_in_the_state_of_the_endpoints_and_goes_on_from_any_token()
    {
        var feed = ContestFeed.Of(Finished, Facts, At(400), Audience.Public);
        Assert.All(feed, line => Assert.True(JsonNode.Parse(ContestFeed.Line(line))!.AsObject() is var o && o.ContainsKey("type") && o.ContainsKey("id") && o.ContainsKey("data") && o.ContainsKey("token")));
        Assert.Equal(feed.Count, feed.Select(line => line.Token).Distinct().Count());
        var last = feed.Where(line => line.Type == "judgements").GroupBy(line => line.Id!).ToDictionary(group => group.Key, group => (ContestApi.Judgement)group.Last().Data!);
        Assert.Equal(ContestApi.Judgements(Finished, Facts, At(400), Audience.Public).OrderBy(judgement => judgement.Id), last.Values.OrderBy(judgement => judgement.Id));
        Assert.Equal("state", feed[^1].Type);
        Assert.NotNull(((ContestApi.State)feed[^1].Data!).EndOfUpdates);
        for (var minute = -10; minute <= 400; minute += 10)
        {
            var then = ContestFeed.Of(Finished, Facts, At(minute), Audience.Public);
            // what was said is said again in the same words, and a client that comes back with its last token gets the rest
            Assert.Equal(then.Select(ContestFeed.Line), feed.Take(then.Count).Select(ContestFeed.Line));
            var since = ContestFeed.Since(Finished, Facts, At(400), Audience.Public, then[^1].Token)!.Select(ContestFeed.Line).ToList();
            Assert.Equal(feed.Skip(then.Count).Select(ContestFeed.Line), since.TakeLast(feed.Count - then.Count));
            Assert.DoesNotContain(ContestFeed.Line(then[^1]), since);
        }
        Assert.Null(ContestFeed.Since(Finished, Facts, At(400), Audience.Public, "999-9"));
    }

    [Fact]
    public void A_feed_read_back_gives_the_same_board()
    {
        foreach (var audience in new[] { Audience.Public, Audience.Jury })
        {
            var read = ContestFeedReader.Read(ContestFeed.Of(Finished, Facts, At(400), audience).Select(ContestFeed.Line));
            Assert.Equal(
                JsonSerializer.Serialize(ContestApi.ScoreboardOf(Finished, ProblemBoard.Of(Finished, Facts, At(400), audience)), ContestApi.Json),
                JsonSerializer.Serialize(ContestApi.ScoreboardOf(read.Contest, ProblemBoard.Of(read.Contest, read.Facts, At(400), audience)), ContestApi.Json));
        }
        Assert.Equal(2, Assert.Throws<ContestFeedReader.UnreadableFeedException>(() => ContestFeedReader.Read(["", "{\"type\":\"teams\"}"])).Line);
    }

    /// <summary>The form of 2020-03: collections' elements one by one with an "op", penalty in minutes, superseded judgements marked.</summary>
    [Fact]
    public void An_older_feed_is_read_too()
    {
        var read = ContestFeedReader.Read(
        [
            """{"type":"contests","id":"e1","op":"create","data":{"id":"c","name":"C","start_time":"2026-06-25T10:00:00+01","duration":"5:00:00","scoreboard_freeze_duration":"1:00:00","penalty_time":20}}""",
            """{"type":"judgement-types","id":"e2","op":"create","data":{"id":"AC","name":"correct","penalty":false,"solved":true}}""",
            """{"type":"judgement-types","id":"e3","op":"create","data":{"id":"WA","name":"wrong","penalty":true,"solved":false}}""",
            """{"type":"groups","id":"e4","op":"create","data":{"id":"staff","name":"Staff","hidden":true}}""",
            """{"type":"teams","id":"e5","op":"create","data":{"id":"1","name":"One","group_ids":[]}}""",
            """{"type":"teams","id":"e6","op":"create","data":{"id":"2","name":"Two","group_ids":["staff"]}}""",
            """{"type":"teams","id":"e7","op":"create","data":{"id":"3","name":"Gone","group_ids":[]}}""",
            """{"type":"teams","id":"e8","op":"delete","data":{"id":"3"}}""",
            """{"type":"problems","id":"e9","op":"create","data":{"id":"p","label":"A","name":"P","ordinal":0}}""",
            """{"type":"submissions","id":"e10","op":"create","data":{"id":"s1","language_id":"cpp","problem_id":"p","team_id":"1","time":"2026-06-25T10:05:00+01","contest_time":"0:05:00"}}""",
            """{"type":"submissions","id":"e11","op":"create","data":{"id":"s2","language_id":"cpp","problem_id":"p","team_id":"1","time":"2026-06-25T10:09:59.999+01","contest_time":"0:09:59.999"}}""",
            """{"type":"judgements","id":"e12","op":"create","data":{"id":"j1","submission_id":"s1","judgement_type_id":"AC","valid":false,"start_time":"2026-06-25T10:05:01+01","end_time":"2026-06-25T10:05:02+01"}}""",
            """{"type":"judgements","id":"e13","op":"create","data":{"id":"j2","submission_id":"s1","judgement_type_id":"WA","start_time":"2026-06-25T10:05:03+01","end_time":"2026-06-25T10:05:04+01"}}""",
            """{"type":"judgements","id":"e14","op":"create","data":{"id":"j3","submission_id":"s2","judgement_type_id":null,"start_time":"2026-06-25T10:10:03+01"}}""",
            """{"type":"judgements","id":"e15","op":"update","data":{"id":"j3","submission_id":"s2","judgement_type_id":"AC","start_time":"2026-06-25T10:10:03+01","end_time":"2026-06-25T10:10:04+01"}}""",
        ]);
        var row = Assert.Single(ProblemBoard.Of(read.Contest, read.Facts, Start.AddMinutes(20), Audience.Public).Rows);
        Assert.Equal(("1", 1, TimeSpan.FromMinutes(29)), (row.TeamId, row.Solved, row.Penalty));
    }
}
