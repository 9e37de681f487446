namespace Podium.Learning.Experiments;

/// <summary>The second of two groups less the first, and between which bounds it is with 95 % confidence.</summary>
public sealed record Difference(double Value, double Lower, double Upper, string Method)
{
    /// <summary>Whether the bounds leave out that there is none.</summary>
    public bool IsClear => Lower > 0 || Upper < 0;

    private const double Confidence = 0.95;

    /// <summary>The 97.5 % quantile of the normal distribution.</summary>
    private const double Z = 1.959963984540054;

    /// <summary>
    /// Of two proportions: Newcombe's hybrid score interval, without a continuity correction (R. G. Newcombe, Interval estimation for the difference between
    /// independent proportions, Statistics in Medicine 17 (1998) 873-890, method 10). It holds where groups are small and proportions near 0 or 1.
    /// </summary>
    public static Difference OfProportions(long first, long firstOf, long second, long secondOf)
    {
        var (p1, p2) = ((double)second / secondOf, (double)first / firstOf);
        var (lower1, upper1) = Wilson(second, secondOf);
        var (lower2, upper2) = Wilson(first, firstOf);
        return new Difference(
            p1 - p2,
            p1 - p2 - Math.Sqrt(Math.Pow(p1 - lower1, 2) + Math.Pow(upper2 - p2, 2)),
            p1 - p2 + Math.Sqrt(Math.Pow(upper1 - p1, 2) + Math.Pow(p2 - lower2, 2)),
            "Newcombe 1998, method 10");
    }

    /// <summary>Of one proportion: Wilson's score interval (1927).</summary>
    public static (double Lower, double Upper) Wilson(long successes, long of)
    {
        var (n, p) = ((double)of, (double)successes / of);
        var middle = 2 * n * p + Z * Z;
        var reach = Z * Math.Sqrt(Z * Z + 4 * n * p * (1 - p));
        return (Math.Max(0, (middle - reach) / (2 * (n + Z * Z))), Math.Min(1, (middle + reach) / (2 * (n + Z * Z))));
    }

    /// <summary>Of two means: Welch's t interval, which does not take for granted that both groups scatter alike (B. L. Welch, Biometrika 34 (1947) 28-35).</summary>
    public static Difference OfMeans(Sample first, Sample second)
    {
        var (one, two) = (first.Variance / first.Count, second.Variance / second.Count);
        var (value, error) = (second.Mean - first.Mean, Math.Sqrt(one + two));
        if (error == 0) return new Difference(value, value, value, "Welch 1947");
        var freedom = Math.Pow(one + two, 2) / (one * one / (first.Count - 1) + two * two / (second.Count - 1));
        var reach = StudentT.Quantile(0.5 + Confidence / 2, freedom) * error;
        return new Difference(value, value - reach, value + reach, "Welch 1947");
    }

    /// <summary>The smallest difference of two proportions that groups of this size would show four times out of five (two-sided 5 %), by the normal approximation with the pooled proportion for both.</summary>
    public static double Detectable(double pooled, long firstOf, long secondOf) =>
        (Z + 0.8416212335729143) * Math.Sqrt(pooled * (1 - pooled) * (1.0 / firstOf + 1.0 / secondOf));
}

/// <summary>So many values, their mean, and their variance (of a sample: divided by one less).</summary>
public sealed record Sample(long Count, double Mean, double Variance);
