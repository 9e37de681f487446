using Podium.Judging;

namespace Podium.Tests.Judging;

public sealed class BradleyTerryTests
{
    private static Guid Id(int number) => new(number, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);

    private static readonly string[] Teams = ["Milwaukee", "Detroit", "Toronto", "New York", "Boston", "Cleveland", "Baltimore"];

    /// <summary>Agresti, Categorical Data Analysis (2nd ed. 2002), table 10.10: wins of the row over the column, American League 1987.</summary>
    private static readonly int[][] Wins = [[0, 7, 9, 7, 7, 9, 11], [6, 0, 7, 5, 11, 9, 9], [4, 6, 0, 7, 7, 8, 12], [6, 8, 6, 0, 6, 7, 10], [6, 2, 6, 7, 0, 7, 12], [4, 4, 5, 6, 6, 0, 6], [2, 4, 1, 3, 1, 7, 0]];

    private static List<Comparison> Baseball() =>
        [.. from i in Enumerable.Range(0, 7) from j in Enumerable.Range(0, 7) from _ in Enumerable.Range(0, Wins[i][j]) select new Comparison(Id(i), Id(j), Id(i), Id(100))];

    /// <summary>Turner and Firth, "Bradley-Terry Models in R: The BradleyTerry2 Package" (2012), section 2: abilities and standard errors relative to Baltimore.</summary>
    [Fact]
    public void The_american_league_of_1987_is_as_published()
    {
        var fit = BradleyTerry.Fit([.. Enumerable.Range(0, 7).Select(Id)], Baseball())!;
        (double Ability, double Error)[] published = [(1.5814, 0.3433), (1.4364, 0.3396), (1.2945, 0.3367), (1.2476, 0.3359), (1.1077, 0.3339), (0.6839, 0.3319)];
        for (var team = 0; team < published.Length; team++)
        {
            var (difference, error) = fit.Compare(Id(team), Id(6));
            Assert.Equal(published[team].Ability, difference, 4);
            Assert.Equal(published[team].Error, error, 4);
        }
        Assert.Equal(0, fit.Strengths().Sum(strength => strength.Log), 9);
        Assert.Equal(78, fit.Strengths()[0].Compared);
        Assert.True(fit.Strengths()[0] is { Low: < 0.6, High: > 0.6 }, Teams[0]);
    }

    [Fact]
    public void There_is_no_fit_where_somebody_never_lost_unless_a_prior_is_given()
    {
        Comparison[] comparisons = [new(Id(0), Id(1), Id(0), Id(9)), new(Id(1), Id(2), Id(1), Id(9)), new(Id(0), Id(2), Id(0), Id(9))];
        Assert.Null(BradleyTerry.Fit([Id(0), Id(1), Id(2)], comparisons));
        var fit = BradleyTerry.Fit([Id(0), Id(1), Id(2)], comparisons, prior: 0.5)!;
        Assert.True(fit.Strengths()[0].Log > fit.Strengths()[1].Log && fit.Strengths()[1].Log > fit.Strengths()[2].Log);
        Assert.Throws<ArgumentException>(() => BradleyTerry.Fit([Id(0)], [new(Id(0), Id(0), Id(0), Id(9))]));
    }

    [Fact]
    public void A_tie_counts_half_for_each()
    {
        Comparison[] comparisons = [new(Id(0), Id(1), Id(0), Id(9)), new(Id(0), Id(1), null, Id(9)), new(Id(1), Id(0), Id(0), Id(9)), new(Id(0), Id(1), null, Id(9))];
        // three of four, so the chance is 3/4 and the difference ln 3
        var fit = BradleyTerry.Fit([Id(0), Id(1)], comparisons)!;
        Assert.Equal(0.75, fit.Chance(Id(0), Id(1)), 9);
        Assert.Equal(Math.Log(3), fit.Compare(Id(0), Id(1)).Difference, 8);
    }

    [Fact]
    public void The_next_pair_is_the_one_that_is_known_least()
    {
        var comparisons = Baseball().Where(comparison => !(comparison.First == Id(2) && comparison.Second == Id(6)) && !(comparison.First == Id(6) && comparison.Second == Id(2))).ToList();
        comparisons.RemoveAll(comparison => (comparison.First == Id(5) || comparison.Second == Id(5)) && comparison.First != Id(6) && comparison.Second != Id(6));
        // Cleveland now has only met Baltimore
        var fit = BradleyTerry.Fit([.. Enumerable.Range(0, 7).Select(Id)], comparisons)!;
        var next = fit.NextPair()!.Value;
        Assert.Contains(Id(5), new[] { next.First, next.Second });
        Assert.True(next.Gain > 0);
        var other = fit.NextPair((first, second) => first != Id(5) && second != Id(5))!.Value;
        Assert.True(other.Gain < next.Gain);
        Assert.Null(fit.NextPair((_, _) => false));
    }

    [Fact]
    public void A_judge_who_chooses_at_random_stands_out()
    {
        var random = new Random(2);
        var comparisons = new List<Comparison>();
        for (var round = 0; round < 400; round++)
        {
            var (judge, first, second) = (random.Next(4), random.Next(8), random.Next(8));
            if (first == second) continue;
            var better = random.NextDouble() < 1 / (1 + Math.Exp(second - first));
            comparisons.Add(new(Id(first), Id(second), judge == 3 ? Id(random.Next(2) == 0 ? first : second) : Id(better ? first : second), Id(100 + judge)));
        }
        var reliabilities = BradleyTerry.Reliabilities([.. Enumerable.Range(0, 8).Select(Id)], comparisons);
        Assert.Equal(Id(103), reliabilities.MinBy(judge => judge.Deviations)!.JudgeId);
        Assert.True(reliabilities[3].Deviations < -2.5);
        Assert.All(reliabilities.Take(3), judge => Assert.True(judge.Deviations > 0));
    }
}
