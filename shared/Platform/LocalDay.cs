namespace Podium.Platform;

/// <summary>The day that it is somewhere at an instant.</summary>
public static class LocalDay
{
    public static DateOnly Of(DateTimeOffset at, TimeZoneInfo zone) => DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(at, zone).DateTime);

    public static DateOnly Of(DateTimeOffset at, string zone) => Of(at, TimeZoneInfo.FindSystemTimeZoneById(zone));
}
