using Podium.Scoreboards;

namespace Podium.Tests.Scoreboards;

public sealed class ProblemBoardTests
{
    internal static readonly DateTimeOffset Start = new(2026, 6, 25, 9, 0, 0, TimeSpan.Zero);

    internal static readonly ProblemContest Contest = new("wf", "Finals", Start, TimeSpan.FromHours(5))
    {
        FreezeBefore = TimeSpan.FromHours(1),
        Problems = [new("apples", "A", "Apples", 1) { Rgb = "#f00", Color = "red", TestDataCount = 4, TimeLimitSeconds = 2 }, new("bears", "B", "Bears", 2), new("cats", "C", "Cats", 3)],
        Teams = [new("t1", "Ants") { GroupIds = ["north"], OrganizationId = "kaznu" }, new("t2", "Bees") { GroupIds = ["north"] }, new("t3", "Crows") { GroupIds = ["south"] }, new("t4", "Guests") { IsHidden = true }],
        Organizations = [new("kaznu", "KazNU") { Country = "KAZ" }],
        Groups = [new("north", "North"), new("south", "South")],
        Languages = [new("cpp", "C++", ["cpp", "cc"]), new("java", "Java", ["java"]) { EntryPointName = "Main class" }],
        GoldPlaces = 1,
        SilverPlaces = 1,
        BronzePlaces = 1,
    };

    /// <summary>Team, problem, minute (or minute with seconds) and verdict; judged a minute later; without a verdict nobody has looked yet.</summary>
    internal static ContestFacts Facts(params (string Team, string Problem, double Minute, string? Verdict)[] tries) => new(
        [.. tries.Select((attempt, number) => new ContestSubmission($"s{number + 1}", attempt.Team, attempt.Problem, "cpp", Start.AddMinutes(attempt.Minute)))],
        [.. tries.Select((attempt, number) => (attempt, number)).Where(pair => pair.attempt.Verdict is not null).Select(pair => new ContestJudgement(
            $"j{pair.number + 1}", $"s{pair.number + 1}", pair.attempt.Verdict, Start.AddMinutes(pair.attempt.Minute + 0.5), Start.AddMinutes(pair.attempt.Minute + 1)))]);

    private static ProblemBoard Board(ContestFacts facts, double minute, Audience audience = Audience.Public, ProblemContest? contest = null) =>
        ProblemBoard.Of(contest ?? Contest, facts, Start.AddMinutes(minute), audience);

    private static (int, string, int, double)[] Lines(ProblemBoard board) => [.. board.Rows.Select(row => (row.Rank, row.TeamId, row.Solved, row.Penalty.TotalMinutes))];

    /// <summary>Contest Control System Requirements, "Scoring Data Generation", points 1 to 6: minutes rounded down, 20 for each rejected try before, the last solved decides ties.</summary>
    [Fact]
    public void Penalty_is_the_minute_of_solving_and_twenty_for_each_rejected_try_before()
    {
        var facts = Facts(
            ("t1", "apples", 10.99, "WA"), ("t1", "apples", 30.99, "AC"), ("t1", "apples", 40, "WA"), ("t1", "bears", 50, "CE"), ("t1", "bears", 60, "AC"),
            ("t2", "apples", 20, "AC"), ("t2", "bears", 90, "AC"), ("t2", "cats", 100, "WA"), ("t3", "cats", 5, "TLE"));
        var board = Board(facts, 120);
        // t1: 30 + 20 + 60 = 110 with a last at 60; t2: 20 + 90 = 110 with a last at 90
        Assert.Equal([(1, "t1", 2, 110), (2, "t2", 2, 110), (3, "t3", 0, 0)], Lines(board));
        Assert.Equal((2, 0, 1), (board.Rows[0].Cells[0].Judged, board.Rows[0].Cells[0].Pending, board.Rows[0].Cells[0].Rejected));
        Assert.Equal((2, 0), (board.Rows[0].Cells[1].Judged, board.Rows[0].Cells[1].Rejected));
        Assert.Equal((1, null), (board.Rows[2].Cells[2].Judged, board.Rows[2].LastSolved));
        Assert.Equal([1, 1, 3], Board(facts, 120, contest: Contest with { LastSolvedBreaksTies = false }).Rows.Select(row => row.Rank));
        Assert.Equal(30 + 60 + 10 + 0.98333, Board(facts, 120, contest: Contest with { Penalty = TimeSpan.FromMinutes(10), Unit = PenaltyUnit.Seconds }).Rows.Single(row => row.TeamId == "t1").Penalty.TotalMinutes, 4);
    }

    [Fact]
    public void First_to_solve_waits_for_earlier_answers_and_is_shared_at_the_same_instant()
    {
        var facts = Facts(("t2", "apples", 10, null), ("t1", "apples", 20, "AC"), ("t1", "bears", 30, "AC"), ("t2", "bears", 30, "AC"), ("t4", "cats", 1, "AC"), ("t3", "cats", 40, "AC"));
        string[] First(ProblemBoard board, int problem) => [.. board.Rows.Where(row => row.Cells[problem].IsFirst).Select(row => row.TeamId).Order()];
        var board = Board(facts, 60);
        Assert.Empty(First(board, 0));
        Assert.Equal(["t1", "t2"], First(board, 1));
        Assert.Equal(["t3"], First(board, 2));
        var judged = facts with { Judgements = [.. facts.Judgements, new("late", "s1", "WA", Start.AddMinutes(61), Start.AddMinutes(62))] };
        Assert.Equal(["t1"], First(Board(judged, 70), 0));
        Assert.Empty(First(Board(judged, 61), 0));
    }

    [Fact]
    public void The_public_board_freezes_shows_pending_and_thaws_and_the_jury_sees_all()
    {
        var facts = Facts(("t1", "apples", 100, "AC"), ("t2", "apples", 239.5, "AC"), ("t2", "bears", 240, "AC"), ("t3", "cats", 299.9, "AC"), ("t3", "apples", 300, "AC"), ("t1", "bears", -1, "AC"));
        Assert.Equal([(1, "t1", 1, 100), (2, "t2", 1, 239), (3, "t3", 0, 0)], Lines(Board(facts, 400)));
        Assert.Equal((0, 1), (Board(facts, 400).Rows[1].Cells[1].Judged, Board(facts, 400).Rows[1].Cells[1].Pending));
        Assert.Equal([(1, "t2", 2, 479), (2, "t1", 1, 100), (3, "t3", 1, 299)], Lines(Board(facts, 400, Audience.Jury)));
        var thawed = Contest with { ThawedAt = Start.AddMinutes(350) };
        Assert.Equal(Lines(Board(facts, 349)), Lines(Board(facts, 349, contest: thawed)));
        Assert.Equal(Lines(Board(facts, 350, Audience.Jury)), Lines(Board(facts, 350, contest: thawed)));
        // a thaw before the end waits for the end
        Assert.Equal(1, Board(facts, 299, contest: Contest with { ThawedAt = Start.AddMinutes(10) }).Rows[1].Cells[1].Pending);
        Assert.Equal(Lines(Board(facts, 400, Audience.Jury)), Lines(Board(facts, 400, contest: Contest with { FreezeBefore = null })));
    }

    [Fact]
    public void The_past_is_the_same_function_of_another_instant()
    {
        var random = new Random(4);
        string[] verdicts = ["AC", "WA", "CE", "TLE"];
        var tries = Enumerable.Range(0, 60).Select(_ => ($"t{random.Next(1, 4)}", Contest.Problems[random.Next(3)].Id, random.NextDouble() * 300, (string?)verdicts[random.Next(4)])).OrderBy(attempt => attempt.Item3).ToArray();
        var all = Facts(tries);
        for (var minute = 0; minute < 310; minute += 7)
        {
            // what had not happened yet makes no difference
            var known = Start.AddMinutes(minute);
            var then = new ContestFacts([.. all.Submissions.Where(submission => submission.At <= known)], [.. all.Judgements.Where(judgement => judgement.EndedAt <= known)]);
            Assert.Equal(Lines(Board(then, minute)), Lines(Board(all, minute)));
            if (minute < 240) Assert.Equal(Lines(Board(all, minute, Audience.Jury)), Lines(Board(all, minute)));
        }
    }

    [Fact]
    public void A_rejudging_counts_from_when_it_is_applied()
    {
        var facts = Facts(("t1", "apples", 10, "WA"), ("t2", "apples", 20, "AC"));
        facts = facts with { Judgements = [.. facts.Judgements, new("again", "s1", "AC", Start.AddMinutes(40), Start.AddMinutes(41)) { AppliedAt = Start.AddMinutes(60) }] };
        Assert.Equal("t2", Board(facts, 59).Rows[0].TeamId);
        Assert.Equal("t1", Board(facts, 60).Rows[0].TeamId);
        Assert.Equal(["t1"], ContestAwards.Of(Contest, Board(facts, 60)).Single(award => award.Id == "first-to-solve-apples").TeamIds);
    }

    [Fact]
    public void Removed_time_does_not_count()
    {
        // CCS requirements, "Removing time intervals": what came in during the interval has its beginning as its time
        var contest = Contest with { Removed = [new(Start.AddMinutes(60), Start.AddMinutes(90))] };
        var facts = Facts(("t1", "apples", 75, "AC"), ("t2", "apples", 100, "AC"), ("t3", "apples", 329, "AC"));
        var board = Board(facts, 400, Audience.Jury, contest);
        Assert.Equal([(1, "t1", 1, 60), (2, "t2", 1, 70), (3, "t3", 1, 299)], Lines(board));
        Assert.Equal(Start.AddMinutes(330), contest.EndsAt);
        Assert.Equal((Start.AddMinutes(270), Start.AddMinutes(330)), (board.State.Frozen, board.State.Ended));
    }

    [Fact]
    public void Awards_follow_the_board_and_tell_nothing_that_it_hides()
    {
        var facts = Facts(("t1", "apples", 100, "AC"), ("t2", "bears", 250, "AC"), ("t2", "cats", 260, "AC"));
        string Of(ProblemBoard board, string award) => string.Join(' ', ContestAwards.Of(Contest, board).Single(one => one.Id == award).TeamIds);
        Assert.Equal(("t1", "", ""), (Of(Board(facts, 299), "winner"), Of(Board(facts, 299), "silver-medal"), Of(Board(facts, 299), "first-to-solve-bears")));
        Assert.Equal(("t2", "t1", "t2", ""), (Of(Board(facts, 299, Audience.Jury), "winner"), Of(Board(facts, 299, Audience.Jury), "silver-medal"), Of(Board(facts, 299, Audience.Jury), "group-winner-north"), Of(Board(facts, 299, Audience.Jury), "group-winner-south")));
        Assert.All(ContestAwards.Of(Contest, Board(Facts(), 10)), award => Assert.Empty(award.TeamIds));
    }

    [Fact]
    public void A_ceremony_opens_cell_by_cell_from_below_and_ends_at_the_true_board()
    {
        var random = new Random(8);
        for (var round = 0; round < 40; round++)
        {
            var tries = Enumerable.Range(0, random.Next(5, 40)).Select(_ => ($"t{random.Next(1, 4)}", Contest.Problems[random.Next(3)].Id, random.NextDouble() * 300, (string?)(random.Next(2) == 0 ? "AC" : "WA"))).OrderBy(attempt => attempt.Item3).ToArray();
            var facts = Facts(tries);
            var steps = Ceremony.Steps(Contest, facts, Start.AddHours(6));
            Assert.Equal(Lines(Board(facts, 360)), Lines(Ceremony.BoardAfter(Contest, facts, Start.AddHours(6), 0)));
            Assert.Equal(Lines(Board(facts, 360, Audience.Jury)), Lines(Ceremony.BoardAfter(Contest, facts, Start.AddHours(6), steps.Count)));
            Assert.Equal(Board(facts, 360).Rows.Sum(row => row.Cells.Count(cell => cell.Pending > 0)), steps.Count(step => step.Act == CeremonyAct.Reveal));
            // teams are settled from the last place to the first, each where it ends
            var settled = steps.Where(step => step.Act == CeremonyAct.Settle).ToList();
            Assert.Equal(Board(facts, 360, Audience.Jury).Rows.Select(row => (row.TeamId, row.Rank)).Reverse(), settled.Select(step => (step.TeamId, step.Rank)));
            Assert.All(steps.Where(step => step.Act == CeremonyAct.Reveal), step => Assert.True(step.Rank <= step.RankBefore && (step.Solved || step.Rank == step.RankBefore)));
        }
    }
}
