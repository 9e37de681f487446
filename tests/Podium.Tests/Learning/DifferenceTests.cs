using Podium.Learning.Experiments;

namespace Podium.Tests.Learning;

public sealed class DifferenceTests
{
    // R. G. Newcombe, Statistics in Medicine 17 (1998) 873-890, table II, method 10
    [Theory]
    [InlineData(56, 70, 48, 80, 0.0524, 0.3339)]
    [InlineData(9, 10, 3, 10, 0.1705, 0.8090)]
    [InlineData(6, 7, 2, 7, 0.0582, 0.8062)]
    [InlineData(5, 56, 0, 29, -0.0381, 0.1926)]
    [InlineData(0, 10, 0, 20, -0.1611, 0.2775)]
    [InlineData(0, 10, 0, 10, -0.2775, 0.2775)]
    [InlineData(10, 10, 0, 20, 0.6791, 1.0000)]
    [InlineData(10, 10, 0, 10, 0.6075, 1.0000)]
    public void Differences_of_proportions_are_those_of_Newcombe(long second, long secondOf, long first, long firstOf, double lower, double upper)
    {
        var difference = Difference.OfProportions(first, firstOf, second, secondOf);
        Assert.Equal((lower, upper), (Math.Round(difference.Lower, 4), Math.Round(difference.Upper, 4)));
        Assert.InRange(difference.Value, difference.Lower, difference.Upper);
    }

    // R. G. Newcombe, Statistics in Medicine 17 (1998) 857-872, table I, method 3
    [Theory]
    [InlineData(81, 263, 0.2553, 0.3662)]
    [InlineData(15, 148, 0.0624, 0.1605)]
    [InlineData(0, 20, 0.0000, 0.1611)]
    [InlineData(1, 29, 0.0061, 0.1718)]
    public void Proportions_have_the_interval_of_Wilson(long successes, long of, double lower, double upper)
    {
        var interval = Difference.Wilson(successes, of);
        Assert.Equal((lower, upper), (Math.Round(interval.Lower, 4), Math.Round(interval.Upper, 4)));
    }

    // the tables of the NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.2; without end it is the normal distribution's
    [Theory]
    [InlineData(0.975, 1, 12.706)]
    [InlineData(0.975, 2, 4.303)]
    [InlineData(0.975, 5, 2.571)]
    [InlineData(0.975, 10, 2.228)]
    [InlineData(0.975, 30, 2.042)]
    [InlineData(0.975, 100, 1.984)]
    [InlineData(0.95, 7, 1.895)]
    [InlineData(0.999, 3, 10.215)]
    [InlineData(0.975, 1e7, 1.960)]
    public void Quantiles_of_the_t_distribution_are_those_of_the_tables(double probability, double freedom, double quantile) =>
        Assert.Equal(quantile, Math.Round(StudentT.Quantile(probability, freedom), 3));

    // Student's sleep data (Biometrika 6 (1908) 1-25), and what R's t.test documents of it: t = -1.8608, df = 17.776, interval -3.3654832 to 0.2054832
    [Fact]
    public void Differences_of_means_are_those_of_Welch()
    {
        var first = SampleOf(1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4);
        var second = SampleOf(0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0);
        var difference = Difference.OfMeans(first, second);
        Assert.Equal((-1.58, -3.3654832, 0.2054832), (Math.Round(difference.Value, 7), Math.Round(difference.Lower, 7), Math.Round(difference.Upper, 7)));
        Assert.False(difference.IsClear);
        Assert.Equal((1, 1, 1), Difference.OfMeans(new Sample(30, 1, 0), new Sample(30, 2, 0)) is var same ? (same.Value, same.Lower, same.Upper) : default);

        static Sample SampleOf(params double[] values) => new(values.Length, values.Average(), values.Sum(value => Math.Pow(value - values.Average(), 2)) / (values.Length - 1));
    }

    [Fact]
    public void A_draw_is_always_the_same_and_as_often_as_asked_and_another_salt_draws_anew()
    {
        var random = new Random(7);
        var learners = Enumerable.Range(0, 20_000).Select(_ => { var bytes = new byte[16]; random.NextBytes(bytes); return new Guid(bytes); }).ToList();
        byte[] salt = [.. Enumerable.Range(0, Draw.SaltBytes).Select(i => (byte)i)], other = [.. Enumerable.Range(0, Draw.SaltBytes).Select(i => (byte)(i + 1))];
        Assert.All(learners.Take(100), learner => Assert.Equal(Draw.Of(salt, learner, 50), Draw.Of(salt, learner, 50)));
        foreach (var share in new[] { 1, 10, 50, 99 }) Assert.InRange(learners.Count(learner => Draw.Of(salt, learner, share) == Arm.Second) / 200.0, share - 1.5, share + 1.5);
        // whoever gets the second of ten percent gets it of fifty too; and what one salt draws says nothing of the other's
        Assert.All(learners, learner => Assert.True(Draw.Of(salt, learner, 10) == Arm.First || Draw.Of(salt, learner, 50) == Arm.Second));
        Assert.InRange(learners.Count(learner => Draw.Of(salt, learner, 50) == Draw.Of(other, learner, 50)) / 200.0, 48.5, 51.5);
    }

    [Theory]
    [InlineData(29, 5, 29, 25, 30, "collecting")]
    [InlineData(40, 10, 40, 38, 100, "collecting")]
    [InlineData(40, 10, 40, 38, 40, "second")]
    [InlineData(40, 38, 40, 10, 40, "first")]
    [InlineData(40, 20, 40, 22, 40, "undecided")]
    [InlineData(0, 0, 500, 400, 100, "collecting")]
    public void Nothing_is_called_better_before_there_are_as_many_as_planned(long first, long firstDone, long second, long secondDone, int planned, string verdict)
    {
        var outcome = SplitOutcome.Of([RowOf("first", first, firstDone), RowOf("second", second, secondDone)], "1.0.0", "1.1.0", planned);
        Assert.Equal(verdict, outcome.Verdict);
        Assert.Equal(Math.Min(first, second) >= 30, outcome.Comparisons[0].Difference is not null);
        Assert.Equal(Math.Min(firstDone, secondDone) >= 30, outcome.Comparisons[2].Difference is not null);

        static SplitOutcome.Row RowOf(string arm, long assigned, long done) => new(arm, assigned, assigned, done, 80, 10, done == 0 ? null : 2, done < 2 ? null : 1, done == 0 ? null : 9, done < 2 ? null : 4);
    }
}
