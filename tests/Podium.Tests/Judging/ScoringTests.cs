using Podium.Judging;

namespace Podium.Tests.Judging;

public sealed class ScoringTests
{
    private static Guid Judge(int number) => new(number, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0);

    private static readonly Criterion[] Two = [new("idea", "Idea", 10), new("work", "Work", 20)];

    private static Marks Marks(int judge, decimal? idea, decimal? work, decimal weight = 1) => new(Judge(judge), new Dictionary<string, decimal?> { ["idea"] = idea, ["work"] = work }) { Weight = weight };

    [Theory]
    [InlineData("2.5", 0, RoundingMode.HalfAwayFromZero, "3")]
    [InlineData("-2.5", 0, RoundingMode.HalfAwayFromZero, "-3")]
    [InlineData("2.5", 0, RoundingMode.HalfToEven, "2")]
    [InlineData("3.5", 0, RoundingMode.HalfToEven, "4")]
    [InlineData("2.999", 2, RoundingMode.Down, "2.99")]
    [InlineData("2.991", 2, RoundingMode.Up, "3")]
    [InlineData("1.005", 2, RoundingMode.HalfAwayFromZero, "1.01")]
    public void Rounding_is_what_its_name_says(string number, int places, RoundingMode mode, string rounded) =>
        Assert.Equal(decimal.Parse(rounded, System.Globalization.CultureInfo.InvariantCulture), Fraction.FromDecimal(decimal.Parse(number, System.Globalization.CultureInfo.InvariantCulture)).Round(new Rounding(places, mode)));

    [Fact]
    public void Thirds_add_up_to_one()
    {
        var third = (Fraction)1m / 3m;
        Assert.Equal((Fraction)1m, third + third + third);
        Assert.Equal(0.0000000000000000000000000001m, Fraction.FromDecimal(0.0000000000000000000000000001m).Round(new Rounding(28)));
        Assert.True((Fraction)0.1m + 0.2m == 0.3m);
        Assert.Equal(default, (Fraction)5m - 5m);
    }

    [Theory]
    [InlineData(PanelMethod.Mean, 22.25)]
    [InlineData(PanelMethod.Median, 23)]
    [InlineData(PanelMethod.Trimmed, 23)]
    [InlineData(PanelMethod.Sum, 89)]
    [InlineData(PanelMethod.Weighted, 23.4)]
    public void The_panel_is_put_together_as_the_rule_says(PanelMethod method, double score)
    {
        var result = Scoring.Score(Two, new ScoringRule { Panel = method }, [Marks(1, 5, 10), Marks(2, 7, 15), Marks(3, 9, 15), Marks(4, 10, 18, 2)]);
        Assert.Equal((decimal)score, result.Score);
        Assert.Equal(method == PanelMethod.Trimmed ? [Judge(1), Judge(4)] : [], result.Dropped);
    }

    [Fact]
    public void Nothing_is_dropped_where_too_few_would_be_left()
    {
        var rule = new ScoringRule { Panel = PanelMethod.Trimmed };
        Assert.Equal(20m, Scoring.Score(Two, rule, [Marks(1, 5, 10), Marks(2, 5, 20)]).Score);
        Assert.Equal(22m, Scoring.Score(Two, rule with { DropFrom = 5 }, [Marks(1, 5, 5), Marks(2, 5, 20), Marks(3, 10, 20), Marks(4, 5, 18)]).Score);
    }

    [Fact]
    public void Shares_weigh_criteria_against_each_other()
    {
        Criterion[] criteria = [new("idea", "Idea", 3) { Weight = 1 }, new("work", "Work", 7) { Weight = 2 }];
        var rule = new ScoringRule { Combination = Combination.Shares, TotalPoints = 100, ReviewRounding = new(2) };
        // 100 · (1/3 + 2 · 5/7) / 3 = 58.7301…
        Assert.Equal(58.73m, Scoring.Total(criteria, rule, Marks(1, 1, 5).Points));
        Assert.Equal(100m, Scoring.Total(criteria, rule, Marks(1, 3, 7).Points));
        Assert.Equal(100m, Scoring.HighestTotal(criteria, rule));
        Assert.Equal(17m, Scoring.HighestTotal(criteria, new ScoringRule()));
    }

    [Fact]
    public void A_missing_mark_is_left_out_counts_nothing_or_is_waited_for()
    {
        Criterion[] criteria = [new("idea", "Idea", 10), new("work", "Work", 20) { IsRequired = false }];
        Marks[] reviews = [Marks(1, 6, null), Marks(2, 8, 10)];
        Assert.Equal(12m, Scoring.Score(criteria, new ScoringRule(), reviews).Score);
        Assert.Equal(new decimal?[] { 60, 60 }, Scoring.Score(criteria, new ScoringRule { Combination = Combination.Shares, Missing = MissingMarks.LeftOut }, [Marks(1, 6, null), Marks(2, 6, 12)]).Totals.Values);
        Assert.Equal(30m, Scoring.Score(criteria, new ScoringRule { Combination = Combination.Shares, Missing = MissingMarks.Zero }, [Marks(1, 6, null)]).Score);
        var waiting = Scoring.Score(Two, new ScoringRule(), reviews);
        Assert.Null(waiting.Score);
        Assert.Equal("Not every review is complete.", waiting.Waits);
        Assert.Null(Scoring.Score(Two, new ScoringRule(), []).Score);
    }

    /// <summary>
    /// The way of the ISU (Special Regulations, rule 353, program components): each component's panel mark is the mean without the highest and the
    /// lowest, rounded to two places; times its factor, rounded to two places; the sum.
    /// </summary>
    [Fact]
    public void Components_are_trimmed_rounded_factored_and_added()
    {
        Criterion[] components = [new("skills", "Skating skills", 10) { Weight = 2.67m, Step = 0.25m }, new("composition", "Composition", 10) { Weight = 2.67m, Step = 0.25m }];
        var rule = new ScoringRule { Order = PanelOrder.CriteriaFirst, Panel = PanelMethod.Trimmed, CriterionRounding = new(2), ScoreRounding = new(2) };
        decimal[][] marks = [[8.25m, 8.5m, 8.25m, 8.75m, 8m, 8.5m, 8.25m, 8.5m, 9.25m], [8m, 8.25m, 7.75m, 8.5m, 8m, 8.25m, 8.5m, 8m, 8.75m]];
        var reviews = Enumerable.Range(0, 9).Select(j => new Marks(Judge(j), new Dictionary<string, decimal?> { ["skills"] = marks[0][j], ["composition"] = marks[1][j] })).ToList();
        var score = Scoring.Score(components, rule, reviews);
        // skills: (76.25 − 9.25 − 8) / 7 = 8.428… → 8.43 · 2.67 = 22.5081 → 22.51; composition: (74 − 8.75 − 7.75) / 7 = 8.214… → 8.21 · 2.67 = 21.9207 → 21.92
        Assert.Equal((8.43m, 8.21m), (score.Criteria["skills"], score.Criteria["composition"]));
        Assert.Equal(44.43m, score.Score);
    }

    [Fact]
    public void A_sheet_is_checked_fault_by_fault()
    {
        Criterion[] criteria = [new("idea", "Idea", 10) { Step = 0.5m }, new("work", "Work", 20), new("extra", "Extra", 5) { IsRequired = false }];
        var faults = Scoring.Check(criteria, new Dictionary<string, decimal?> { ["idea"] = 7.25m, ["work"] = 20.01m, ["extra"] = null, ["other"] = 1 }, final: true);
        Assert.Equal([("other", "unknown"), ("idea", "step"), ("work", "range")], faults.Select(fault => (fault.Key, fault.Code)));
        Assert.Equal("required", Assert.Single(Scoring.Check(criteria, new Dictionary<string, decimal?> { ["idea"] = 7.5m }, final: true)).Code);
        Assert.Empty(Scoring.Check(criteria, new Dictionary<string, decimal?>(), final: false));
        Assert.Equal("range", Assert.Single(Scoring.Check(criteria, new Dictionary<string, decimal?> { ["idea"] = -0.5m }, final: false)).Code);
    }
}
