using Podium.Scoreboards;
using static Podium.Tests.Scoreboards.ProblemBoardTests;

namespace Podium.Tests.Scoreboards;

public sealed class ContestHistoryTests
{
    private static readonly ContestTeam[] Teams = [new("t1", "Ants"), new("t2", "Bees"), new("t3", "Crows")];

    private static DateTimeOffset At(double minute) => Start.AddMinutes(minute);

    private static ContestHistory History(ProblemContest now, IReadOnlyList<ContestHistory.Rules> versions, params ContestHistory.Standing[] standings) => new(now, versions, Teams, standings);

    [Fact]
    public void A_contest_has_the_rules_and_teams_of_its_day()
    {
        var now = Contest with { Penalty = TimeSpan.Zero, Teams = [Teams[0], Teams[1] with { IsHidden = true }] };
        var history = History(
            now,
            [new(At(-100), Contest with { Penalty = TimeSpan.FromMinutes(20) }), new(At(200), now)],
            new("t1", "pending", At(-90)), new("t1", "approved", At(150)), new("t2", "approved", At(-80)), new("t2", "disqualified", At(100)), new("t3", "approved", At(-70)), new("t3", "withdrawn", At(50)));
        string Shown(double minute) => string.Join(' ', history.At(At(minute)).Teams.Where(team => !team.IsHidden).Select(team => team.Id));
        Assert.Equal(["t1 t2 t3", "t1 t2", "t1", "t1"], new[] { 49, 99, 149, 201.0 }.Select(Shown));
        Assert.Equal([0, 20, 20, 0], new[] { -200, 0, 199, 200.0 }.Select(minute => history.At(At(minute)).Penalty.TotalMinutes));
        Assert.Same(now, history.At(At(200)));
    }

    [Fact]
    public void What_is_frozen_today_is_frozen_in_every_yesterday()
    {
        // ten minutes into the last hour the organisers decide that it is frozen from its beginning
        var frozen = Contest;
        var history = History(frozen with { Teams = Teams }, [new(At(-100), Contest with { FreezeBefore = null }), new(At(250), frozen)], [.. Teams.Select(team => new ContestHistory.Standing(team.Id, "approved", At(-90)))]);
        var facts = Facts(("t1", "apples", 10, "AC"), ("t2", "bears", 241, "AC"));
        int Solved(double minute, ProblemContest? still) => ProblemBoard.Of(history.At(At(minute)), facts, At(minute), Audience.Public, still).Rows.Sum(row => row.Solved);
        Assert.Equal(2, Solved(245, null));
        Assert.Equal(1, Solved(245, history.Now));
        Assert.Equal(1, Solved(260, history.Now));
        Assert.Equal(2, ProblemBoard.Of(history.At(At(245)), facts, At(245), Audience.Jury, history.Now).Rows.Sum(row => row.Solved));
    }

    /// <summary>Between two of its instants a board does not change, and the public's instants do not tell when something hidden happened.</summary>
    [Fact]
    public void A_board_changes_at_its_instants_only()
    {
        var random = new Random(11);
        string[] verdicts = ["AC", "WA", "CE"];
        var facts = Facts([.. Enumerable.Range(0, 80).Select(_ => ($"t{random.Next(1, 4)}", Contest.Problems[random.Next(3)].Id, random.NextDouble() * 300, (string?)verdicts[random.Next(3)]))]);
        foreach (var thawed in new[] { false, true })
        {
            var now = Contest with { ThawedAt = thawed ? At(320) : null };
            var history = History(now with { Teams = Teams }, [new(At(-100), now)], [.. Teams.Select(team => new ContestHistory.Standing(team.Id, "approved", At(-90)))]);
            foreach (var audience in new[] { Audience.Public, Audience.Jury })
            {
                var instants = BoardInstants.Of(history, facts, audience, thawed);
                string Board(DateTimeOffset at) => string.Join(';', ProblemBoard.Of(history.At(at), facts, at, audience, thawed ? null : now).Rows.Select(row => $"{row.Rank} {row.TeamId} {row.Penalty} {string.Join(',', row.Cells)}"));
                for (var minute = -5.3; minute < 330; minute += 1.7)
                {
                    var since = instants.Last(instant => instant <= At(minute));
                    Assert.Equal(Board(since), Board(At(minute)));
                }
                var hidden = facts.Judgements.Where(judgement => facts.Submissions.Single(submission => submission.Id == judgement.SubmissionId).At >= At(240)).Select(judgement => judgement.EndedAt!.Value);
                Assert.Equal(audience == Audience.Public && !thawed, !hidden.Any(instants.Contains));
            }
        }
    }
}
