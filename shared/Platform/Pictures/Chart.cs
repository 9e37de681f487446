using System.Globalization;
using Podium.Platform.Pdf;

namespace Podium.Platform.Pictures;

/// <summary>How a chart shows its numbers.</summary>
public enum ChartKind
{
    /// <summary>Series along time.</summary>
    Lines,

    /// <summary>Bars side by side for each label.</summary>
    Bars,

    /// <summary>A bar for each step, with the part of the first that is left.</summary>
    Funnel,
}

/// <summary>Numbers under labels.</summary>
/// <param name="Adds">Whether their sum says something: that of people who came each day does not, since who came twice would be two.</param>
public sealed record ChartSeries(string Name, IReadOnlyList<double> Values, bool Adds = true);

/// <summary>A chart: what it shows in words, its labels and series. The same words and numbers are in its picture and in its description.</summary>
public sealed record Chart(ChartKind Kind, string Title, string Subtitle, string Language, string Nothing, IReadOnlyList<string> Labels, IReadOnlyList<ChartSeries> Series)
{
    private const double Width = 720, Height = 400, Left = 56, Right = 20, Top = 92, Bottom = 44;

    private const int MostSpoken = 40;

    // told apart by more than their colour
    private static readonly double[] Dashes = [0, 7, 2.5, 14];

    private static readonly Paint[] Paints = [Paint.First, Paint.Second, Paint.Third, Paint.Fourth];

    /// <summary>The numbers in words: all of them, or of a long chart each series' sum and its highest.</summary>
    public string Description
    {
        get
        {
            if (IsEmpty) return $"{Subtitle} {Nothing}".Trim();
            var words = Series.Select(series => Labels.Count * Series.Count <= MostSpoken
                ? $"{series.Name}: {string.Join(", ", Labels.Zip(series.Values, (label, value) => $"{label} {Say(value)}"))}."
                : $"{series.Name}: {(series.Adds ? $"Σ {Say(series.Values.Sum())}, " : "")}max {Say(series.Values.Max())} ({Labels[series.Values.Index().MaxBy(value => value.Item).Index]}).");
            return $"{Subtitle} {string.Join(" ", words)}".Trim();
        }
    }

    public bool IsEmpty => Labels.Count == 0 || Series.All(series => series.Values.All(value => value == 0));

    public Drawing Draw()
    {
        var drawing = new Drawing(Width, Height, Title, Description, Language);
        drawing.AddText(20, 32, Title, 18, bold: true, widest: Width - 40);
        drawing.AddText(20, 54, Subtitle, 12, Paint.Muted, widest: Width - 40);
        if (IsEmpty) drawing.AddText(Width / 2, Height / 2, Nothing, 16, Paint.Muted, align: PdfAlign.Centre, widest: Width - 80);
        else if (Kind == ChartKind.Funnel) DrawFunnel(drawing);
        else DrawAxes(drawing);
        return drawing;
    }

    private void DrawAxes(Drawing drawing)
    {
        Legend(drawing);
        var most = NiceMost(Series.Max(series => series.Values.Max()));
        var (plotWidth, plotHeight) = (Width - Left - Right, Height - Top - Bottom);
        double Y(double value) => Top + plotHeight - (plotHeight * value / most);
        for (var tick = 0; tick <= 4; tick++)
        {
            var value = most * tick / 4;
            drawing.AddLine([(Left, Y(value)), (Width - Right, Y(value))], tick == 0 ? 1.5 : 1, tick == 0 ? Paint.Muted : Paint.Grid);
            drawing.AddText(Left - 8, Y(value) + 4, Say(value), 12, Paint.Muted, align: PdfAlign.Right);
        }
        var step = plotWidth / Labels.Count;
        double X(int index) => Left + (step * (index + 0.5));
        LabelsBelow(drawing, step, X);
        if (Kind == ChartKind.Lines) Lines(drawing, X, Y);
        else Bars(drawing, step, X, Y);
    }

    private void Lines(Drawing drawing, Func<int, double> x, Func<double, double> y)
    {
        foreach (var (number, series) in Series.Index())
        {
            drawing.AddLine([.. series.Values.Select((value, index) => (x(index), y(value)))], 2.5, Paints[number % 4], Dashes[number % 4]);
            var (lastX, lastY) = (x(series.Values.Count - 1), y(series.Values[^1]));
            drawing.AddBox(lastX - 3, lastY - 3, 6, 6, Paints[number % 4]);
        }
    }

    private void Bars(Drawing drawing, double step, Func<int, double> x, Func<double, double> y)
    {
        var wide = Math.Min(40, step * 0.8 / Series.Count);
        foreach (var (number, series) in Series.Index())
        {
            foreach (var (index, value) in series.Values.Index())
            {
                var left = x(index) - (wide * Series.Count / 2) + (wide * number);
                if (value > 0) drawing.AddBox(left + 1, y(value), Math.Max(1, wide - 2), y(0) - y(value), Paints[number % 4]);
                if (Drawing.Measure(Say(value), 11) <= wide + 6 && value > 0) drawing.AddText(left + (wide / 2), y(value) - 4, Say(value), 11, align: PdfAlign.Centre);
            }
        }
    }

    // as many as fit beside each other
    private void LabelsBelow(Drawing drawing, double step, Func<int, double> x)
    {
        var widest = Math.Min(140, Labels.Max(label => Drawing.Measure(label, 12)) + 12);
        var every = Math.Max(1, (int)Math.Ceiling(widest / step));
        for (var index = 0; index < Labels.Count; index += every)
            drawing.AddText(Math.Clamp(x(index), Left, Width - Right), Height - Bottom + 20, Labels[index], 12, Paint.Muted, align: PdfAlign.Centre, widest: Math.Max(step * every, 40));
    }

    private void Legend(Drawing drawing)
    {
        var x = 20.0;
        foreach (var (number, series) in Series.Index())
        {
            drawing.AddLine([(x, 72), (x + 24, 72)], 4, Paints[number % 4], Kind == ChartKind.Lines ? Dashes[number % 4] : 0);
            var name = series.Adds ? $"{series.Name} ({Say(series.Values.Sum())})" : series.Name;
            drawing.AddText(x + 30, 76, name, 12, widest: 200);
            x += 30 + Math.Min(200, Drawing.Measure(name, 12)) + 22;
        }
    }

    private void DrawFunnel(Drawing drawing)
    {
        var values = Series[0].Values;
        var (most, row) = (values.Max(), Math.Min(56, (Height - 80) / values.Count));
        var said = values.Select(value => Say(value) + (values[0] > 0 ? string.Create(CultureInfo.InvariantCulture, $" · {100 * value / values[0]:0} %") : "")).ToList();
        var room = Width - 182 - said.Max(text => Drawing.Measure(text, 12, bold: true));
        for (var step = 0; step < values.Count; step++)
        {
            var y = 74 + (row * step);
            var wide = room * values[step] / most;
            drawing.AddText(20, y + (row / 2) + 1, Labels[step], 12, widest: 130);
            drawing.AddBox(156, y + 4, Math.Max(2, wide), row - 12, Paint.First);
            drawing.AddText(156 + Math.Max(2, wide) + 6, y + (row / 2) + 1, said[step], 12, bold: true);
        }
    }

    /// <summary>The least number not below another whose quarters are easy to read.</summary>
    internal static double NiceMost(double most)
    {
        if (most <= 4) return 4;
        var power = Math.Pow(10, Math.Floor(Math.Log10(most)));
        return new[] { 1, 1.2, 1.6, 2, 2.4, 3.2, 4, 6, 8, 10, 12, 16, 20 }.Select(factor => Math.Round(factor * power)).First(nice => nice >= most && nice / 4 % 1 == 0);
    }

    /// <summary>A number as the language writes it, whatever a machine knows of cultures.</summary>
    internal string Say(double value)
    {
        var text = Math.Round(value, 1).ToString("#,0.#", CultureInfo.InvariantCulture);
        return Language.StartsWith("en", StringComparison.OrdinalIgnoreCase) ? text : text.Replace(",", "\u00a0", StringComparison.Ordinal).Replace('.', ',');
    }
}
