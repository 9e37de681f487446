using System.Globalization;
using Podium.Analytics;

namespace Podium.Tests.Analytics;

public sealed class TimeBucketsTests
{
    // summer time begins in Paris at 01:00 UTC on the last Sunday of March and ends so in October; Almaty went from +6 to +5 on 1 March 2024; Kathmandu is always 5:45 ahead;
    // on Lord Howe the clocks move by half an hour; Cairo's clocks jump over midnight in April, Havana's fall back to it in November (IANA time zone database)
    [Theory]
    [InlineData("Europe/Paris", "2026-03-28", "2026-03-27T23:00Z", 24)]
    [InlineData("Europe/Paris", "2026-03-29", "2026-03-28T23:00Z", 23)]
    [InlineData("Europe/Paris", "2026-03-30", "2026-03-29T22:00Z", 24)]
    [InlineData("Europe/Paris", "2026-10-25", "2026-10-24T22:00Z", 25)]
    [InlineData("Europe/Paris", "2026-10-26", "2026-10-25T23:00Z", 24)]
    [InlineData("Asia/Almaty", "2024-02-28", "2024-02-27T18:00Z", 24)]
    [InlineData("Asia/Almaty", "2024-02-29", "2024-02-28T18:00Z", 25)]
    [InlineData("Asia/Almaty", "2024-03-01", "2024-02-29T19:00Z", 24)]
    [InlineData("Asia/Kathmandu", "2026-03-29", "2026-03-28T18:15Z", 24)]
    [InlineData("Australia/Lord_Howe", "2026-04-05", "2026-04-04T13:00Z", 24.5)]
    [InlineData("Australia/Lord_Howe", "2026-10-04", "2026-10-03T13:30Z", 23.5)]
    [InlineData("Africa/Cairo", "2026-04-24", "2026-04-23T22:00Z", 23)]
    [InlineData("America/Havana", "2025-11-02", "2025-11-02T04:00Z", 25)]
    [InlineData("UTC", "2024-02-29", "2024-02-29T00:00Z", 24)]
    public void A_day_begins_and_lasts_as_it_does_where_it_is(string zone, string day, string begins, double hours)
    {
        var (info, from) = (Zone(zone), Day(day));
        var only = Assert.Single(TimeBuckets.Of(from, from.AddDays(1), TimeInterval.Day, info)!);
        Assert.Equal(At(begins), only.From);
        Assert.Equal(hours, (only.Until - only.From).TotalHours);

        // its hours are its parts, without a gap, and none is longer than one
        var parts = TimeBuckets.Of(from, from.AddDays(1), TimeInterval.Hour, info)!;
        Assert.Equal(only.From, parts[0].From);
        Assert.Equal(only.Until, parts[^1].Until);
        Assert.All(parts.Zip(parts.Skip(1)), pair => Assert.Equal(pair.First.Until, pair.Second.From));
        Assert.All(parts, part => Assert.InRange((part.Until - part.From).TotalMinutes, 15, 60));
        Assert.Equal((int)Math.Ceiling(hours), parts.Count);
        Assert.All(parts.Skip(1), part => Assert.True(TimeZoneInfo.ConvertTime(part.From, info).Minute is 0 or 30));
    }

    [Fact]
    public void The_hour_that_comes_twice_is_two_and_the_one_that_is_left_out_is_none()
    {
        static string[] Hours(string day) => [.. TimeBuckets.Of(Day(day), Day(day).AddDays(1), TimeInterval.Hour, Zone("Europe/Paris"))!.Select(hour => TimeZoneInfo.ConvertTime(hour.From, Zone("Europe/Paris")).ToString("HHzz", CultureInfo.InvariantCulture))];
        Assert.Equal(["00+01", "01+01", "03+02", "04+02"], Hours("2026-03-29")[..4]);
        Assert.Equal(["01+02", "02+02", "02+01", "03+01"], Hours("2026-10-25")[1..5]);
        Assert.Equal("2026-03-28T18:15:00Z", TimeBuckets.Of(Day("2026-03-29"), Day("2026-03-30"), TimeInterval.Hour, Zone("Asia/Kathmandu"))![0].From.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));
    }

    [Fact]
    public void Weeks_begin_on_Mondays_months_on_their_first_and_too_many_parts_are_none()
    {
        var paris = Zone("Europe/Paris");
        var weeks = TimeBuckets.Of(Day("2026-03-25"), Day("2026-04-07"), TimeInterval.Week, paris)!;
        Assert.Equal([At("2026-03-22T23:00Z"), At("2026-03-29T22:00Z"), At("2026-04-05T22:00Z")], weeks.Select(week => week.From));
        Assert.Equal(167, (weeks[0].Until - weeks[0].From).TotalHours);
        var months = TimeBuckets.Of(Day("2026-03-25"), Day("2026-04-02"), TimeInterval.Month, paris)!;
        Assert.Equal([At("2026-02-28T23:00Z"), At("2026-03-31T22:00Z")], months.Select(month => month.From));
        Assert.Equal(At("2026-04-30T22:00Z"), months[^1].Until);

        Assert.Null(TimeBuckets.Of(Day("2020-01-01"), Day("2026-01-01"), TimeInterval.Day, paris));
        Assert.Null(TimeBuckets.Of(Day("2026-01-01"), Day("2026-03-01"), TimeInterval.Hour, paris));
    }

    private static TimeZoneInfo Zone(string name) => TimeZoneInfo.FindSystemTimeZoneById(name);

    private static DateOnly Day(string text) => DateOnly.ParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static DateTimeOffset At(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
}
