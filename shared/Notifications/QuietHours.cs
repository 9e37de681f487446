namespace Podium.Notifications;

/// <summary>A person's hours of rest, in their own time zone; they may go over midnight.</summary>
public sealed record QuietHours(TimeOnly From, TimeOnly Until)
{
    /// <summary>The first instant from now on that is not quiet.</summary>
    public DateTimeOffset EndFrom(DateTimeOffset now, TimeZoneInfo zone)
    {
        if (From == Until) return now;
        var local = TimeZoneInfo.ConvertTime(now, zone);
        if (!TimeOnly.FromDateTime(local.DateTime).IsBetween(From, Until)) return now;
        var day = DateOnly.FromDateTime(local.DateTime);
        var end = day.ToDateTime(Until);
        if (end <= local.DateTime) end = end.AddDays(1);
        // a clock that is put forward leaves an hour out: rest ends when it does
        while (zone.IsInvalidTime(end)) end = end.AddMinutes(15);
        return new DateTimeOffset(end, zone.GetUtcOffset(end)).ToUniversalTime();
    }
}
