namespace Podium.Judging;

/// <summary>One thing that judges mark.</summary>
public sealed record Criterion(string Key, string Name, decimal MaxPoints)
{
    public decimal Weight { get; init; } = 1;

    public bool IsRequired { get; init; } = true;

    /// <summary>The smallest difference between marks, such as 0.25; null for any.</summary>
    public decimal? Step { get; init; }
}

/// <summary>How a review's marks become its total.</summary>
public enum Combination
{
    /// <summary>The sum of marks times weights (factors). The highest total is the sum of highest marks times weights.</summary>
    Factored,

    /// <summary>Total points times the weighted mean of each mark's share of its highest.</summary>
    Shares,
}

/// <summary>How several judges' numbers become one.</summary>
public enum PanelMethod
{
    Mean,
    Median,

    /// <summary>The mean of what is left after the lowest and highest were dropped.</summary>
    Trimmed,

    /// <summary>The mean weighted by the judges' weights.</summary>
    Weighted,
    Sum,
}

/// <summary>What a mark that is not there counts.</summary>
public enum MissingMarks
{
    /// <summary>It is left out, as if it had not been asked for.</summary>
    LeftOut,

    /// <summary>It counts as no points.</summary>
    Zero,

    /// <summary>There is no score until it is there.</summary>
    Wait,
}

/// <summary>Whether each judge's total is made first and the totals put together, or each criterion is put together first (as in figure skating).</summary>
public enum PanelOrder
{
    TotalsFirst,
    CriteriaFirst,
}

/// <summary>How marks become a score, as data: what an organiser may choose, and what is stored with a rubric's version.</summary>
public sealed record ScoringRule
{
    public Combination Combination { get; init; } = Combination.Factored;

    /// <summary>The highest total; only for shares, where it is free to choose.</summary>
    public decimal? TotalPoints { get; init; }

    public PanelOrder Order { get; init; } = PanelOrder.TotalsFirst;

    public PanelMethod Panel { get; init; } = PanelMethod.Mean;

    public int DropLowest { get; init; } = 1;

    public int DropHighest { get; init; } = 1;

    /// <summary>With fewer numbers than this nothing is dropped; never less than one more than would be dropped.</summary>
    public int DropFrom { get; init; }

    public MissingMarks Missing { get; init; } = MissingMarks.Wait;

    /// <summary>What is done to each criterion's number of the panel, and again to it times its factor (criteria first).</summary>
    public Rounding CriterionRounding { get; init; } = new(4);

    /// <summary>What is done to each review's total.</summary>
    public Rounding ReviewRounding { get; init; } = new(4);

    /// <summary>What is done to the score of an entry.</summary>
    public Rounding ScoreRounding { get; init; } = new(4);

    /// <summary>How two entries at a time are compared, where nobody gives marks.</summary>
    public ComparisonRule? Comparison { get; init; }
}

/// <summary>A judge's marks for an entry, by criterion; a mark may be missing.</summary>
public sealed record Marks(Guid JudgeId, IReadOnlyDictionary<string, decimal?> Points)
{
    /// <summary>How much the judge counts where the panel's method is weighted.</summary>
    public decimal Weight { get; init; } = 1;

    public decimal? this[string key] => Points.TryGetValue(key, out var points) ? points : null;
}

/// <summary>A fault in a sheet of marks.</summary>
public sealed record MarkFault(string Key, string Code, string Detail);

/// <summary>A score and the steps that made it, so that anybody can do it again by hand.</summary>
public sealed record EntryScore(decimal? Score, IReadOnlyDictionary<Guid, decimal?> Totals, IReadOnlyDictionary<string, decimal?> Criteria, IReadOnlyList<Guid> Dropped, string? Waits);

/// <summary>From marks to scores. docs/judging-methods.md says each step and its rounding.</summary>
public static class Scoring
{
    public static decimal HighestTotal(IReadOnlyList<Criterion> criteria, ScoringRule rule) =>
        rule.Combination == Combination.Shares ? rule.TotalPoints ?? 100 : criteria.Sum(criterion => criterion.MaxPoints * criterion.Weight);

    /// <summary>Every fault of a sheet; a draft may lack what a final sheet must have.</summary>
    public static IReadOnlyList<MarkFault> Check(IReadOnlyList<Criterion> criteria, IReadOnlyDictionary<string, decimal?> points, bool final)
    {
        var faults = new List<MarkFault>();
        foreach (var key in points.Keys.Where(key => criteria.All(criterion => criterion.Key != key))) faults.Add(new(key, "unknown", "The rubric has no such criterion."));
        foreach (var criterion in criteria)
        {
            var mark = points.GetValueOrDefault(criterion.Key);
            if (mark is null)
            {
                if (final && criterion.IsRequired) faults.Add(new(criterion.Key, "required", $"{criterion.Name} has no mark."));
            }
            else if (mark < 0 || mark > criterion.MaxPoints) faults.Add(new(criterion.Key, "range", $"{criterion.Name} takes 0 to {criterion.MaxPoints:0.############}."));
            else if (criterion.Step is { } step && mark % step != 0) faults.Add(new(criterion.Key, "step", $"{criterion.Name} goes by steps of {step:0.############}."));
        }
        return faults;
    }

    /// <summary>One judge's total, rounded as the rule says; null while the rule waits for a mark, or if there is none at all.</summary>
    public static decimal? Total(IReadOnlyList<Criterion> criteria, ScoringRule rule, IReadOnlyDictionary<string, decimal?> points)
    {
        var (sum, weights, any) = (default(Fraction), default(Fraction), false);
        foreach (var criterion in criteria)
        {
            var mark = points.GetValueOrDefault(criterion.Key);
            if (mark is null && rule.Missing == MissingMarks.Wait && criterion.IsRequired) return null;
            if (mark is null && rule.Missing != MissingMarks.Zero) continue;
            any |= mark is not null;
            var share = rule.Combination == Combination.Shares && criterion.MaxPoints != 0 ? (Fraction)(mark ?? 0) / criterion.MaxPoints : (mark ?? 0);
            sum += share * criterion.Weight;
            weights += criterion.Weight;
        }
        if (!any) return null;
        if (rule.Combination == Combination.Factored) return sum.Round(rule.ReviewRounding);
        return weights == default ? 0 : (sum / weights * HighestTotal(criteria, rule)).Round(rule.ReviewRounding);
    }

    /// <summary>An entry's score from its judges' final marks.</summary>
    public static EntryScore Score(IReadOnlyList<Criterion> criteria, ScoringRule rule, IReadOnlyList<Marks> reviews)
    {
        var totals = reviews.ToDictionary(review => review.JudgeId, review => Total(criteria, rule, review.Points));
        if (rule.Order == PanelOrder.CriteriaFirst) return CriteriaFirst(criteria, rule, reviews, totals);
        var means = criteria.ToDictionary(
            criterion => criterion.Key,
            criterion => Panel(rule, [.. reviews.Where(review => review[criterion.Key] is not null).Select(review => (review.JudgeId, review[criterion.Key]!.Value, review.Weight))])?.Number.Round(rule.CriterionRounding));
        if (rule.Missing == MissingMarks.Wait && totals.Values.Any(total => total is null)) return new(null, totals, means, [], "Not every review is complete.");
        var panel = Panel(rule, [.. reviews.Where(review => totals[review.JudgeId] is not null).Select(review => (review.JudgeId, totals[review.JudgeId]!.Value, review.Weight))]);
        return panel is null ? new(null, totals, means, [], "There is no review yet.") : new(panel.Value.Number.Round(rule.ScoreRounding), totals, means, panel.Value.Dropped, null);
    }

    /// <summary>Several judges' numbers as one, exact; null where there are none.</summary>
    public static (Fraction Number, IReadOnlyList<Guid> Dropped)? Panel(ScoringRule rule, IReadOnlyList<(Guid Judge, decimal Number, decimal Weight)> numbers)
    {
        if (numbers.Count == 0) return null;
        var sorted = numbers.OrderBy(number => number.Number).ThenBy(number => number.Judge).ToList();
        switch (rule.Panel)
        {
            case PanelMethod.Median:
                return (((Fraction)sorted[(sorted.Count - 1) / 2].Number + sorted[sorted.Count / 2].Number) / 2m, []);
            case PanelMethod.Weighted when numbers.Sum(number => number.Weight) is var weights and not 0:
                return (Fraction.Sum(numbers.Select(number => (Fraction)number.Number * number.Weight)) / weights, []);
            case PanelMethod.Sum:
                return (Fraction.Sum(numbers.Select(number => (Fraction)number.Number)), []);
            case PanelMethod.Trimmed when sorted.Count >= Math.Max(rule.DropFrom, rule.DropLowest + rule.DropHighest + 1):
                var kept = sorted.Skip(rule.DropLowest).SkipLast(rule.DropHighest).ToList();
                return (Mean(kept), [.. sorted.Except(kept).Select(number => number.Judge)]);
            default:
                return (Mean(sorted), []);
        }
    }

    private static Fraction Mean(IReadOnlyCollection<(Guid, decimal Number, decimal)> numbers) => Fraction.Sum(numbers.Select(number => (Fraction)number.Number)) / numbers.Count;

    private static EntryScore CriteriaFirst(IReadOnlyList<Criterion> criteria, ScoringRule rule, IReadOnlyList<Marks> reviews, Dictionary<Guid, decimal?> totals)
    {
        var (sum, weights, numbers) = (default(Fraction), default(Fraction), new Dictionary<string, decimal?>());
        foreach (var criterion in criteria)
        {
            var marks = reviews.Select(review => (Judge: review.JudgeId, Mark: review[criterion.Key] ?? (rule.Missing == MissingMarks.Zero ? 0 : null), review.Weight)).ToList();
            if (rule.Missing == MissingMarks.Wait && criterion.IsRequired && marks.Any(mark => mark.Mark is null))
                return new(null, totals, numbers, [], $"{criterion.Name} lacks a mark.");
            var panel = Panel(rule, [.. marks.Where(mark => mark.Mark is not null).Select(mark => (mark.Judge, mark.Mark!.Value, mark.Weight))]);
            numbers[criterion.Key] = panel?.Number.Round(rule.CriterionRounding);
            if (numbers[criterion.Key] is not { } number) continue;
            sum += rule.Combination == Combination.Factored ? (Fraction)((Fraction)number * criterion.Weight).Round(rule.CriterionRounding)
                : criterion.MaxPoints == 0 ? default : (Fraction)number / criterion.MaxPoints * criterion.Weight;
            weights += criterion.Weight;
        }
        if (numbers.Values.All(number => number is null)) return new(null, totals, numbers, [], "There is no review yet.");
        var score = rule.Combination == Combination.Factored ? sum : weights == default ? default : sum / weights * HighestTotal(criteria, rule);
        return new(score.Round(rule.ScoreRounding), totals, numbers, [], null);
    }
}
