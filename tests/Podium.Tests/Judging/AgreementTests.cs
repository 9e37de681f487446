using Podium.Judging;

namespace Podium.Tests.Judging;

public sealed class AgreementTests
{
    /// <summary>Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011), sections A to D and E: his data, his results.</summary>
    [Theory]
    [InlineData(MeasurementLevel.Nominal, 0.743)]
    [InlineData(MeasurementLevel.Ordinal, 0.815)]
    [InlineData(MeasurementLevel.Interval, 0.849)]
    [InlineData(MeasurementLevel.Ratio, 0.797)]
    public void Alpha_of_four_observers_with_missing_data(MeasurementLevel level, double alpha)
    {
        double?[][] observers =
        [
            [1, 2, 3, 3, 2, 1, 4, 1, 2, null, null, null],
            [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, null, 3],
            [null, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, null],
            [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, null],
        ];
        Assert.Equal(alpha, Agreement.KrippendorffAlpha(Units(observers), level)!.Value, 3);
    }

    [Fact]
    public void Alpha_of_two_observers_with_binary_and_nominal_data()
    {
        Assert.Equal(0.095, Agreement.KrippendorffAlpha(Units([0, 1, 0, 0, 0, 0, 0, 0, 1, 0], [1, 1, 1, 0, 0, 1, 0, 0, 0, 0]), MeasurementLevel.Nominal)!.Value, 3);
        double?[] Letters(string text) => [.. text.Select(letter => (double?)letter)];
        Assert.Equal(0.692, Agreement.KrippendorffAlpha(Units(Letters("aabbdcccedda"), Letters("babbbccceddd")), MeasurementLevel.Nominal)!.Value, 3);
    }

    [Fact]
    public void Alpha_says_nothing_where_nothing_can_be_said()
    {
        Assert.Null(Agreement.KrippendorffAlpha(Units([1, null], [null, 2]), MeasurementLevel.Interval));
        Assert.Null(Agreement.KrippendorffAlpha(Units([3, 3], [3, 3]), MeasurementLevel.Nominal));
        Assert.Equal(1, Agreement.KrippendorffAlpha(Units([1, 2], [1, 2]), MeasurementLevel.Ratio)!.Value, 12);
    }

    /// <summary>Fleiss, "Measuring nominal scale agreement among many raters" (1971), as worked through in the encyclopaedias: 14 raters, 10 subjects, 5 categories.</summary>
    [Fact]
    public void Kappa_of_fourteen_raters()
    {
        int[][] counts = [[0, 0, 0, 0, 14], [0, 2, 6, 4, 2], [0, 0, 3, 5, 6], [0, 3, 9, 2, 0], [2, 2, 8, 1, 1], [7, 7, 0, 0, 0], [3, 2, 6, 3, 0], [2, 5, 3, 2, 2], [6, 5, 2, 1, 0], [0, 2, 2, 3, 7]];
        Assert.Equal(0.210, Agreement.FleissKappa(counts)!.Value, 3);
        Assert.Null(Agreement.FleissKappa([[3, 0], [3, 0]]));
        Assert.Null(Agreement.FleissKappa([[1, 0]]));
        Assert.Throws<ArgumentException>(() => Agreement.FleissKappa([[3, 0], [2, 0]]));
    }

    private static IEnumerable<double?[]> Units(params double?[][] observers) => Enumerable.Range(0, observers[0].Length).Select(unit => observers.Select(observer => observer[unit]).ToArray());
}
