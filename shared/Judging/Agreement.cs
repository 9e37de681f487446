namespace Podium.Judging;

/// <summary>What the distance between two marks means.</summary>
public enum MeasurementLevel
{
    Nominal,
    Ordinal,
    Interval,
    Ratio,
}

/// <summary>How much judges agree beyond chance.</summary>
public static class Agreement
{
    /// <summary>
    /// Krippendorff's alpha: 1 − observed disagreement / expected disagreement, over units that have two values at least. Values that are missing
    /// are simply not there. Null where nothing can be said: no unit with two values, or all values are the same.
    /// </summary>
    public static double? KrippendorffAlpha(IEnumerable<IReadOnlyList<double?>> units, MeasurementLevel level)
    {
        var paired = units.Select(unit => unit.OfType<double>().ToList()).Where(unit => unit.Count >= 2).ToList();
        var values = paired.SelectMany(unit => unit).Distinct().Order().ToArray();
        if (values.Length < 2) return null;
        var index = values.Select((value, position) => (value, position)).ToDictionary(pair => pair.value, pair => pair.position);
        var coincidences = new double[values.Length, values.Length];
        foreach (var unit in paired)
        {
            for (var a = 0; a < unit.Count; a++)
            {
                for (var b = 0; b < unit.Count; b++)
                {
                    if (a != b) coincidences[index[unit[a]], index[unit[b]]] += 1.0 / (unit.Count - 1);
                }
            }
        }
        var totals = new double[values.Length];
        for (var c = 0; c < values.Length; c++)
        {
            for (var k = 0; k < values.Length; k++) totals[c] += coincidences[c, k];
        }
        var (observed, expected, all) = (0.0, 0.0, totals.Sum());
        for (var c = 0; c < values.Length; c++)
        {
            for (var k = c + 1; k < values.Length; k++)
            {
                var difference = SquaredDifference(level, values, totals, c, k);
                observed += coincidences[c, k] * difference;
                expected += totals[c] * totals[k] * difference;
            }
        }
        return expected == 0 ? null : 1 - (all - 1) * observed / expected;
    }

    /// <summary>
    /// Fleiss' kappa of a table that counts, for each subject, how many judges put it into each category. Every subject has the same number of
    /// judges. Null where it is not defined: fewer than two judges, or all judgements in one category.
    /// </summary>
    public static double? FleissKappa(IReadOnlyList<IReadOnlyList<int>> counts)
    {
        if (counts.Count == 0) return null;
        var judges = counts[0].Sum();
        if (counts.Any(row => row.Sum() != judges || row.Count != counts[0].Count)) throw new ArgumentException("Every subject must have the same categories and number of judges.", nameof(counts));
        if (judges < 2) return null;
        var observed = counts.Average(row => (row.Sum(count => (double)count * count) - judges) / (judges * (judges - 1.0)));
        var chance = Enumerable.Range(0, counts[0].Count).Sum(category => Math.Pow(counts.Sum(row => row[category]) / (double)(counts.Count * judges), 2));
        return chance >= 1 ? null : (observed - chance) / (1 - chance);
    }

    private static double SquaredDifference(MeasurementLevel level, double[] values, double[] totals, int c, int k)
    {
        switch (level)
        {
            case MeasurementLevel.Ordinal:
                var between = 0.0;
                for (var g = c; g <= k; g++) between += totals[g];
                return Math.Pow(between - (totals[c] + totals[k]) / 2, 2);
            case MeasurementLevel.Interval:
                return Math.Pow(values[c] - values[k], 2);
            case MeasurementLevel.Ratio:
                return values[c] + values[k] == 0 ? 0 : Math.Pow((values[c] - values[k]) / (values[c] + values[k]), 2);
            default:
                return 1;
        }
    }
}

/// <summary>A mark far from what its entry's and its judge's other marks let expect.</summary>
/// <param name="Deviations">How many standard deviations of the model's rest it is away.</param>
public sealed record OutlyingMark(Guid EntryId, Guid JudgeId, decimal Score, double Expected, double Deviations);

/// <summary>A judge who marks otherwise than the others.</summary>
/// <param name="Consistency">Their own rest's deviation compared with all judges': above 1 they wander more than others.</param>
public sealed record JudgeReport(Guid JudgeId, int Count, double Severity, double Consistency, bool IsSevere, bool IsErratic);

/// <summary>What to look at before results go out.</summary>
public sealed record OutlierReport(IReadOnlyList<OutlyingMark> Marks, IReadOnlyList<JudgeReport> Judges, double ResidualDeviation, int Groups)
{
    /// <summary>
    /// From the additive model: marks whose rest, divided by its own standard deviation √(σ²(1 − h)), is beyond the limit (h is the mark's leverage
    /// on its own fit); judges whose effect is beyond the limit of its standard error; judges whose rest is more than twice as wide as everybody's.
    /// </summary>
    public static OutlierReport Of(IReadOnlyList<JudgedScore> scores, double limit = 2.5)
    {
        var model = Normalisation.Model(scores);
        if (model.DegreesOfFreedom <= 0 || model.ResidualDeviation == 0) return new([], [.. model.Judges.Select(judge => new JudgeReport(judge.JudgeId, judge.Count, judge.Effect, 0, false, false))], 0, model.Groups);
        var effects = model.Judges.ToDictionary(judge => judge.JudgeId);
        var perEntry = scores.GroupBy(score => score.EntryId).ToDictionary(group => group.Key, group => group.Count());
        var marks = new List<OutlyingMark>();
        foreach (var score in scores)
        {
            var expected = model.Mean + model.Entries[score.EntryId] + effects[score.JudgeId].Effect;
            // The leverage of a balanced design: 1/entry's marks + 1/judge's marks − 1/all marks.
            var leverage = 1.0 / perEntry[score.EntryId] + 1.0 / effects[score.JudgeId].Count - 1.0 / scores.Count;
            if (leverage > 0.999) continue;
            var deviations = ((double)score.Score - expected) / (model.ResidualDeviation * Math.Sqrt(1 - leverage));
            if (Math.Abs(deviations) > limit) marks.Add(new OutlyingMark(score.EntryId, score.JudgeId, score.Score, expected, deviations));
        }
        return new OutlierReport(
            [.. marks.OrderByDescending(mark => Math.Abs(mark.Deviations)).ThenBy(mark => mark.EntryId)],
            [.. model.Judges.Select(judge => new JudgeReport(
                judge.JudgeId, judge.Count, judge.Effect, judge.Spread / model.ResidualDeviation,
                Math.Abs(judge.Effect) > limit * model.ResidualDeviation / Math.Sqrt(judge.Count),
                judge.Count > 2 && judge.Spread > 2 * model.ResidualDeviation))],
            model.ResidualDeviation,
            model.Groups);
    }
}
