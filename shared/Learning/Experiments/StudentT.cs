namespace Podium.Learning.Experiments;

/// <summary>Student's t distribution, for any degrees of freedom.</summary>
public static class StudentT
{
    /// <summary>The value that is not exceeded with a probability above one half.</summary>
    public static double Quantile(double probability, double freedom)
    {
        if (probability is <= 0.5 or >= 1) throw new ArgumentOutOfRangeException(nameof(probability));
        var (low, high) = (0.0, 1.0);
        while (Cumulative(high, freedom) < probability) (low, high) = (high, high * 2);
        while (high - low > 1e-12 * high)
        {
            var middle = (low + high) / 2;
            if (middle == low || middle == high) break;
            if (Cumulative(middle, freedom) < probability) low = middle;
            else high = middle;
        }
        return (low + high) / 2;
    }

    /// <summary>The probability of at most t, which is not negative.</summary>
    public static double Cumulative(double t, double freedom) => 1 - Beta(freedom / 2, 0.5, freedom / (freedom + t * t)) / 2;

    // the regularised incomplete beta function by its continued fraction (Abramowitz and Stegun 26.5.8), on the side where that converges fast
    private static double Beta(double a, double b, double x)
    {
        if (x <= 0) return 0;
        if (x >= 1) return 1;
        var front = Math.Exp(LogGamma(a + b) - LogGamma(a) - LogGamma(b) + a * Math.Log(x) + b * Math.Log(1 - x));
        return x < (a + 1) / (a + b + 2) ? front * Fraction(a, b, x) / a : 1 - front * Fraction(b, a, 1 - x) / b;
    }

    // Lentz's way to evaluate it, from the front
    private static double Fraction(double a, double b, double x)
    {
        const double Tiny = 1e-300;
        var (c, d) = (1.0, 1 - (a + b) * x / (a + 1));
        d = 1 / (Math.Abs(d) < Tiny ? Tiny : d);
        var value = d;
        for (var m = 1; m < 10_000; m++)
        {
            var even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
            d = 1 / Away(1 + even * d);
            c = Away(1 + even / c);
            value *= d * c;
            var odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
            d = 1 / Away(1 + odd * d);
            c = Away(1 + odd / c);
            value *= d * c;
            if (Math.Abs(d * c - 1) < 1e-15) break;
        }
        return value;

        static double Away(double number) => Math.Abs(number) < Tiny ? Tiny : number;
    }

    // Lanczos' approximation with g = 7 and nine terms; no argument here is below one half
    private static double LogGamma(double z)
    {
        ReadOnlySpan<double> terms =
        [
            0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059, 12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
        ];
        z -= 1;
        var sum = terms[0];
        for (var i = 1; i < terms.Length; i++) sum += terms[i] / (z + i);
        var t = z + 7.5;
        return 0.5 * Math.Log(2 * Math.PI) + (z + 0.5) * Math.Log(t) - t + Math.Log(sum);
    }
}
