using Podium.Learning.Experiments;

namespace Podium.Learning.Outcomes;

/// <summary>How those who began a challenge fared, with 95 % bounds; a rate only where somebody began.</summary>
public sealed record CompletionFigures
{
    public required long Started { get; init; }

    public required long Completed { get; init; }

    public double? Rate { get; init; }

    /// <summary>Wilson's interval.</summary>
    public double? Lower { get; init; }

    public double? Upper { get; init; }

    /// <summary>Attempts up to the one that passed, of those who completed it.</summary>
    public double? MeanAttempts { get; init; }

    /// <summary>Student's interval, from thirty completions on.</summary>
    public double? MeanAttemptsLower { get; init; }

    public double? MeanAttemptsUpper { get; init; }

    public static CompletionFigures Of(long started, long completed, long attempts, long attemptsSquared)
    {
        var figures = new CompletionFigures { Started = started, Completed = completed };
        if (started > 0)
        {
            var (lower, upper) = Difference.Wilson(completed, started);
            figures = figures with { Rate = (double)completed / started, Lower = lower, Upper = upper };
        }
        if (completed == 0) return figures;
        var mean = (double)attempts / completed;
        if (completed < SplitOutcome.Fewest) return figures with { MeanAttempts = mean };
        var variance = Math.Max(0, (attemptsSquared - (double)attempts * attempts / completed) / (completed - 1));
        var reach = StudentT.Quantile(0.975, completed - 1) * Math.Sqrt(variance / completed);
        return figures with { MeanAttempts = mean, MeanAttemptsLower = mean - reach, MeanAttemptsUpper = mean + reach };
    }
}

/// <summary>Whether a challenge is as hard as it says.</summary>
public static class MeasuredDifficulty
{
    /// <summary>Which share of learners is expected to complete a challenge of a difficulty. The bands overlap: nobody draws a sharp line there.</summary>
    public static (double Lower, double Upper) Band(EditChallenge.Difficulty stated) => stated switch
    {
        EditChallenge.Difficulty.Beginner => (0.7, 1),
        EditChallenge.Difficulty.Intermediate => (0.4, 0.85),
        _ => (0, 0.6),
    };

    /// <summary>easier, harder, asStated; nothing where fewer than thirty began. It disagrees only where all of the interval lies outside the band.</summary>
    public static string? Of(EditChallenge.Difficulty stated, CompletionFigures figures)
    {
        if (figures.Started < SplitOutcome.Fewest) return null;
        var (lower, upper) = Band(stated);
        return figures.Lower > upper ? "easier" : figures.Upper < lower ? "harder" : "asStated";
    }
}

/// <summary>Whether a challenge has become easier or harder.</summary>
public static class Drift
{
    /// <summary>Who began has so long to complete it before a month is compared.</summary>
    public static readonly TimeSpan Ripening = TimeSpan.FromDays(14);

    public sealed record Month(DateOnly Begins, long Started, long Completed);

    /// <summary>The completion rate of the last month that is over for two weeks, less that of all before it; nothing where either has fewer than thirty who began.</summary>
    public static Difference? Of(IEnumerable<Month> months, DateTimeOffset now)
    {
        var ripe = months.Where(month => new DateTimeOffset(month.Begins.AddMonths(1).ToDateTime(TimeOnly.MinValue), TimeSpan.Zero) + Ripening <= now).OrderBy(month => month.Begins).ToList();
        if (ripe.Count < 2) return null;
        var (last, before) = (ripe[^1], ripe[..^1]);
        var (started, completed) = (before.Sum(month => month.Started), before.Sum(month => month.Completed));
        return last.Started < SplitOutcome.Fewest || started < SplitOutcome.Fewest ? null : Difference.OfProportions(completed, started, last.Completed, last.Started);
    }
}
