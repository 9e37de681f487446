namespace Podium.Analytics;

/// <summary>How a time is cut.</summary>
public enum TimeInterval
{
    Day,
    Hour,
    Week,
    Month,
}

/// <summary>Hours, days, weeks and months as people of a time zone live them: a day has 23 or 25 hours where the clocks change.</summary>
public static class TimeBuckets
{
    /// <summary>More than this nobody reads.</summary>
    public const int Most = 1000;

    private static readonly TimeSpan Quarter = TimeSpan.FromMinutes(15);

    /// <summary>A part of the time: its first instant, the first behind it, and the local time at its beginning.</summary>
    public sealed record Bucket(DateTimeOffset From, DateTimeOffset Until);

    /// <summary>The parts that hold the local days from one to another, which is not in it; weeks begin on Mondays. Null where there would be more than <see cref="Most"/>.</summary>
    public static IReadOnlyList<Bucket>? Of(DateOnly from, DateOnly until, TimeInterval interval, TimeZoneInfo zone)
    {
        if (interval == TimeInterval.Hour) return until.DayNumber - from.DayNumber > Most / 23 ? null : Hours(StartOf(from, zone), StartOf(until, zone), zone) is { Count: <= Most } hours ? hours : null;
        var buckets = new List<Bucket>();
        for (var day = FirstOf(from, interval); day < until; day = NextOf(day, interval))
        {
            if (buckets.Count == Most) return null;
            buckets.Add(new Bucket(StartOf(day, zone), StartOf(NextOf(day, interval), zone)));
        }
        return buckets;
    }

    /// <summary>The first instant of a local day, also where there is no midnight or there are two.</summary>
    public static DateTimeOffset StartOf(DateOnly day, TimeZoneInfo zone)
    {
        var midnight = day.ToDateTime(TimeOnly.MinValue);
        if (zone.IsInvalidTime(midnight))
        {
            // the clocks jump over it: the day begins where they land
            var landed = midnight;
            while (zone.IsInvalidTime(landed)) landed += Quarter;
            return At(landed, zone.GetUtcOffset(landed));
        }
        return At(midnight, zone.IsAmbiguousTime(midnight) ? zone.GetAmbiguousTimeOffsets(midnight).Max() : zone.GetUtcOffset(midnight));
    }

    private static List<Bucket> Hours(DateTimeOffset from, DateTimeOffset until, TimeZoneInfo zone)
    {
        var hours = new List<Bucket>();
        var begin = from;
        for (var at = from + Quarter; at <= until; at += Quarter)
        {
            if (at < until && HourOf(at, zone) == HourOf(begin, zone)) continue;
            hours.Add(new Bucket(begin, at));
            begin = at;
        }
        return hours;
    }

    // the hour that comes twice is told apart by its offset
    private static (DateTime Hour, TimeSpan Offset) HourOf(DateTimeOffset at, TimeZoneInfo zone)
    {
        var local = TimeZoneInfo.ConvertTime(at, zone);
        return (local.DateTime.Date.AddHours(local.Hour), local.Offset);
    }

    internal static DateOnly FirstOf(DateOnly day, TimeInterval interval) => interval switch
    {
        TimeInterval.Week => day.AddDays(-(((int)day.DayOfWeek + 6) % 7)),
        TimeInterval.Month => new DateOnly(day.Year, day.Month, 1),
        _ => day,
    };

    private static DateOnly NextOf(DateOnly day, TimeInterval interval) => interval switch
    {
        TimeInterval.Week => day.AddDays(7),
        TimeInterval.Month => day.AddMonths(1),
        _ => day.AddDays(1),
    };

    private static DateTimeOffset At(DateTime local, TimeSpan offset) => new DateTimeOffset(local, offset).ToUniversalTime();
}
