using Podium.Judging;

namespace Podium.Tests.Judging;

public sealed class NormalisationTests
{
    private static Guid Judge(int number) => new(number, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0);

    private static Guid Entry(int number) => new(number, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0);

    private static List<JudgedScore> Table(params decimal?[][] byJudge) =>
        [.. from j in Enumerable.Range(0, byJudge.Length) from e in Enumerable.Range(0, byJudge[j].Length) where byJudge[j][e] is not null select new JudgedScore(Entry(e), Judge(j), byJudge[j][e]!.Value)];

    [Fact]
    public void Marks_get_the_mean_and_deviation_of_all()
    {
        var scores = Table([60, 70, 80], [80, 82, 84]);
        var normalised = Normalisation.ByDeviation(scores, atLeast: 3);
        // by hand: m = 76, s² = (256 + 36 + 16 + 16 + 36 + 64) / 5 = 84.8; judges' deviations are 10 and 2
        var s = (decimal)Math.Sqrt(84.8);
        Assert.Equal([76 - s, 76, 76 + s, 76 - s, 76, 76 + s], normalised.Select(score => score.Normalised), (a, b) => Math.Abs(a - b) < 0.000001m);
        Assert.Equal([60m, 70, 80, 80, 82, 84], normalised.Select(score => score.Raw));
        Assert.All(normalised, score => Assert.True(score.Changed));
    }

    [Fact]
    public void Too_few_marks_and_marks_all_the_same_are_left_as_they_are()
    {
        var normalised = Normalisation.ByDeviation(Table([1, 2, 3, 4, 5], [7, 7, 7, 7, 7], [9, 8, null, null, null]));
        Assert.Equal(["The judge's marks are all the same."], normalised.Where(score => score.JudgeId == Judge(1)).Select(score => score.Note).Distinct());
        Assert.Equal(["The judge has 2 of at least 5 marks."], normalised.Where(score => score.JudgeId == Judge(2)).Select(score => score.Note).Distinct());
        Assert.All(normalised.Where(score => score.JudgeId != Judge(0)), score => Assert.Equal((score.Raw, false), (score.Normalised, score.Changed)));
        Assert.Empty(Normalisation.ByDeviation([]));
    }

    [Fact]
    public void An_additive_table_is_taken_apart_exactly()
    {
        // entries 50, 60, 70, 80 around their mean 65; judges −6, +1, +5; not everybody marked everything
        decimal[] entries = [50, 60, 70, 80];
        decimal[] judges = [-6, 1, 5];
        var scores = new List<JudgedScore>();
        foreach (var (e, j) in new[] { (0, 0), (0, 1), (1, 1), (1, 2), (2, 2), (2, 0), (3, 0), (3, 1) }) scores.Add(new(Entry(e), Judge(j), entries[e] + judges[j]));
        var model = Normalisation.Model(scores);
        Assert.Equal([-6.0, 1, 5], model.Judges.Select(judge => judge.Effect), (a, b) => Math.Abs(a - b) < 1e-9);
        Assert.Equal((1, 2), (model.Groups, model.DegreesOfFreedom));
        Assert.All(Normalisation.ByJudgeEffect(scores, atLeast: 2), score => Assert.Equal(entries[score.EntryId.ToByteArray()[0]], score.Normalised));
    }

    [Fact]
    public void The_fit_is_the_least_of_all_sums_of_squares()
    {
        var random = new Random(3);
        var scores = new List<JudgedScore>();
        for (var e = 0; e < 12; e++)
        {
            for (var j = 0; j < 5; j++)
            {
                if (random.Next(3) > 0) scores.Add(new(Entry(e), Judge(j), random.Next(0, 100)));
            }
        }
        var model = Normalisation.Model(scores);
        double Squares(double mean, IReadOnlyDictionary<Guid, double> entries, Dictionary<Guid, double> judges) => scores.Sum(score => Math.Pow((double)score.Score - mean - entries[score.EntryId] - judges[score.JudgeId], 2));
        var judges = model.Judges.ToDictionary(judge => judge.JudgeId, judge => judge.Effect);
        var least = Squares(model.Mean, model.Entries, judges);
        Assert.Equal(0, model.Judges.Sum(judge => judge.Effect), 9);
        Assert.Equal(Math.Sqrt(least / model.DegreesOfFreedom), model.ResidualDeviation, 9);
        foreach (var step in new[] { 0.01, -0.01 })
        {
            Assert.All(judges.Keys.ToList(), judge => Assert.True(Squares(model.Mean, model.Entries, new(judges) { [judge] = judges[judge] + step }) > least));
            Assert.All(model.Entries.Keys.ToList(), entry => Assert.True(Squares(model.Mean, new Dictionary<Guid, double>(model.Entries) { [entry] = model.Entries[entry] + step }, judges) > least));
        }
    }

    [Fact]
    public void Judges_who_share_no_entry_are_not_compared()
    {
        var model = Normalisation.Model(Table([10, 20, null, null], [12, 22, null, null], [null, null, 90, 80], [null, null, 90, 80]));
        Assert.Equal(2, model.Groups);
        Assert.Equal([-1.0, 1, 0, 0], model.Judges.Select(judge => judge.Effect), (a, b) => Math.Abs(a - b) < 1e-9);
    }

    [Fact]
    public void The_report_finds_the_severe_judge_and_the_strange_mark()
    {
        var random = new Random(9);
        var rows = Enumerable.Range(0, 5).Select(j => Enumerable.Range(0, 20).Select(e => (decimal?)(50 + e + (j == 4 ? -15 : 0) + random.Next(-2, 3))).ToArray()).ToArray();
        rows[1][7] = 95;
        var report = OutlierReport.Of(Table(rows));
        Assert.Equal((Entry(7), Judge(1)), (report.Marks[0].EntryId, report.Marks[0].JudgeId));
        Assert.True(report.Marks[0].Deviations > 5);
        Assert.Equal(Judge(4), report.Judges.MinBy(judge => judge.Severity)!.JudgeId);
        Assert.True(report.Judges[4].IsSevere);
        Assert.Empty(OutlierReport.Of(Table([1, 2], [1, 2])).Marks);
    }
}
