using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Podium.Benchmarks;

/// <summary>One figure at several sizes, drawn: how much more there is to the right, how long it takes or how fast it is upwards, both by powers of ten.</summary>
internal sealed record GrowthCurve(string Name, string Title, string Across, string Up, IReadOnlyList<(double X, double Y)> Points)
{
    private const int Width = 560, Height = 300, Left = 64, Right = 24, Top = 40, Bottom = 48;

    public string Svg()
    {
        var (x0, x1) = Decades(Points.Select(point => point.X));
        var (y0, y1) = Decades(Points.Select(point => point.Y));
        double Across(double value) => Left + ((Math.Log10(value) - x0) / (x1 - x0) * (Width - Left - Right));
        double Upwards(double value) => Height - Bottom - ((Math.Log10(value) - y0) / (y1 - y0) * (Height - Top - Bottom));
        var svg = new StringBuilder().AppendLine(CultureInfo.InvariantCulture, $"""
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {Width} {Height}" width="{Width}" height="{Height}" role="img" font-family="system-ui, sans-serif" font-size="12">
            <title>{Title}</title>
            <rect width="{Width}" height="{Height}" fill="#fff"/>
            <text x="{Left}" y="22" font-size="14" font-weight="600" fill="#111">{Title}</text>
            <text x="{(Left + Width - Right) / 2}" y="{Height - 10}" text-anchor="middle" fill="#333">{this.Across}</text>
            <text x="16" y="{(Top + Height - Bottom) / 2}" text-anchor="middle" fill="#333" transform="rotate(-90 16 {(Top + Height - Bottom) / 2})">{Up}</text>
            """);
        for (var decade = x0; decade <= x1; decade++) Line(Across(Math.Pow(10, decade)), Top, Across(Math.Pow(10, decade)), Height - Bottom, Across(Math.Pow(10, decade)), Height - Bottom + 16, "middle", Math.Pow(10, decade));
        for (var decade = y0; decade <= y1; decade++) Line(Left, Upwards(Math.Pow(10, decade)), Width - Right, Upwards(Math.Pow(10, decade)), Left - 6, Upwards(Math.Pow(10, decade)) + 4, "end", Math.Pow(10, decade));
        svg.AppendLine(CultureInfo.InvariantCulture, $"""<polyline fill="none" stroke="#0b57d0" stroke-width="2" points="{string.Join(' ', Points.Select(point => string.Create(CultureInfo.InvariantCulture, $"{Across(point.X):0.0},{Upwards(point.Y):0.0}")))}"/>""");
        foreach (var (x, y) in Points)
        {
            svg.AppendLine(CultureInfo.InvariantCulture, $"""<circle cx="{Across(x):0.0}" cy="{Upwards(y):0.0}" r="4" fill="#0b57d0"/>""");
            svg.AppendLine(CultureInfo.InvariantCulture, $"""<text x="{Across(x):0.0}" y="{Upwards(y) - 9:0.0}" text-anchor="middle" fill="#111">{y:#,0.###}</text>""");
        }
        return svg.AppendLine("</svg>").ToString();

        void Line(double fromX, double fromY, double toX, double toY, double textX, double textY, string anchor, double value)
        {
            svg.AppendLine(CultureInfo.InvariantCulture, $"""<line x1="{fromX:0.0}" y1="{fromY:0.0}" x2="{toX:0.0}" y2="{toY:0.0}" stroke="#ddd"/>""");
            svg.AppendLine(CultureInfo.InvariantCulture, $"""<text x="{textX:0.0}" y="{textY:0.0}" text-anchor="{anchor}" fill="#555">{value:#,0.###}</text>""");
        }
    }

    // whole powers of ten around all values, and two at least
    private static (double From, double To) Decades(IEnumerable<double> values)
    {
        var (least, most) = (Math.Floor(Math.Log10(values.Min())), Math.Ceiling(Math.Log10(values.Max())));
        return (least, most > least ? most : least + 1);
    }
}

/// <summary>Which lines of the benchmarks are points of one curve.</summary>
internal static class GrowthCurves
{
    // a curve's lines name their size and then their figure
    private static readonly (string Name, string Title, string Across, string Up, Regex Line)[] Known =
    [
        ("http", "HTTP functions, by connections", "connections", "requests a second", new(@"^http: ([\d,]+) connections: function ([\d.,]+) req/s")),
        ("queue", "Messages from sending to done, by how many", "messages", "messages a second", new(@"^queue: ([\d,]+) messages end to end, ([\d.,]+) messages/s")),
        ("durable", "Orchestrations at once", "orchestrations", "activity steps a second", new(@"^durable: ([\d,]+) orchestrations of \d+ activities at once, ([\d.,]+) activity")),
        ("blobs", "From a blob's upload to its function", "blobs in the container", "milliseconds (median)", new(@"^blobs: with ([\d,]+) blobs there, upload to function median ([\d.,]+) ms")),
        ("votes", "A cast, by the votes that are there", "votes", "microseconds", new(@"^votes: with ([\d,]+) votes a cast takes ([\d.,]+) µs")),
        ("runs", "Competitions that open at one instant", "competitions", "milliseconds late (p99)", new(@"^runs: ([\d,]+) competitions opened at one instant: late by p50 [\d.,]+ ms, p99 ([\d.,]+) ms")),
    ];

    /// <summary>Those with two points at least.</summary>
    public static IEnumerable<GrowthCurve> Of(IEnumerable<string> lines)
    {
        var all = lines.ToList();
        foreach (var (name, title, across, up, pattern) in Known)
        {
            var points = all.Select(line => pattern.Match(line)).Where(match => match.Success)
                .Select(match => (X: Number(match.Groups[1].Value), Y: Number(match.Groups[2].Value)))
                .Where(point => point is { X: > 0, Y: > 0 }).DistinctBy(point => point.X).OrderBy(point => point.X).ToList();
            if (points.Count > 1) yield return new GrowthCurve(name, title, across, up, points);
        }
    }

    private static double Number(string text) => double.Parse(text, NumberStyles.Float | NumberStyles.AllowThousands, CultureInfo.InvariantCulture);
}
