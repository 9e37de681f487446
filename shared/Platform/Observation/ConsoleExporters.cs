using System.Diagnostics;
using System.Globalization;
using System.Text;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace Podium.Platform.Observation;

/// <summary>Spans on the console, a line each, for development.</summary>
internal sealed class ConsoleSpans : BaseExporter<Activity>
{
    public override ExportResult Export(in Batch<Activity> batch)
    {
        foreach (var activity in batch) Console.Out.WriteLine(Line(activity));
        return ExportResult.Success;
    }

    internal static string Line(Activity activity)
    {
        var line = new StringBuilder(string.Create(
            CultureInfo.InvariantCulture,
            $"trace {activity.TraceId} {(activity.ParentSpanId == default ? "".PadRight(16) : activity.ParentSpanId.ToString())} > {activity.SpanId} {activity.Duration.TotalMilliseconds,8:0.0} ms {activity.Kind,-8} {activity.DisplayName}"));
        foreach (var (name, value) in activity.TagObjects) line.Append(CultureInfo.InvariantCulture, $" {name}={Short(value)}");
        if (activity.Status == ActivityStatusCode.Error) line.Append(" FAILED ").Append(activity.StatusDescription);
        return line.ToString();
    }

    private static string Short(object? value)
    {
        var text = Convert.ToString(value, CultureInfo.InvariantCulture)!.ReplaceLineEndings(" ");
        return text.Length <= 120 ? text : text[..120] + "…";
    }
}

/// <summary>Metrics on the console, a line for each series, for development.</summary>
internal sealed class ConsoleMetrics : BaseExporter<Metric>
{
    public override ExportResult Export(in Batch<Metric> batch)
    {
        foreach (var metric in batch)
        {
            foreach (ref readonly var point in metric.GetMetricPoints()) Console.Out.WriteLine($"metric {metric.Name}{Tags(point)} {Value(metric.MetricType, point)} {metric.Unit}");
        }
        return ExportResult.Success;
    }

    private static string Tags(in MetricPoint point)
    {
        var tags = new StringBuilder();
        foreach (var (name, value) in point.Tags) tags.Append(CultureInfo.InvariantCulture, $" {name}={value}");
        return tags.ToString();
    }

    private static string Value(MetricType type, in MetricPoint point) => type switch
    {
        MetricType.LongSum or MetricType.LongSumNonMonotonic => point.GetSumLong().ToString(CultureInfo.InvariantCulture),
        MetricType.DoubleSum or MetricType.DoubleSumNonMonotonic => point.GetSumDouble().ToString(CultureInfo.InvariantCulture),
        MetricType.LongGauge => point.GetGaugeLastValueLong().ToString(CultureInfo.InvariantCulture),
        MetricType.DoubleGauge => point.GetGaugeLastValueDouble().ToString(CultureInfo.InvariantCulture),
        _ => string.Create(CultureInfo.InvariantCulture, $"count={point.GetHistogramCount()} sum={point.GetHistogramSum()}"),
    };
}
