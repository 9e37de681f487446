using System.Globalization;
using Podium.Notifications;

namespace Podium.Tests.Notifications;

public sealed class QuietHoursTests
{
    [Theory]
    [InlineData("22:00", "07:00", "UTC", "2026-01-05T21:59:59Z", "2026-01-05T21:59:59Z")]
    [InlineData("22:00", "07:00", "UTC", "2026-01-05T22:00:00Z", "2026-01-06T07:00:00Z")]
    [InlineData("22:00", "07:00", "UTC", "2026-01-06T03:00:00Z", "2026-01-06T07:00:00Z")]
    [InlineData("22:00", "07:00", "UTC", "2026-01-06T07:00:00Z", "2026-01-06T07:00:00Z")]
    [InlineData("12:00", "14:00", "UTC", "2026-01-05T13:30:00Z", "2026-01-05T14:00:00Z")]
    [InlineData("12:00", "12:00", "UTC", "2026-01-05T12:00:00Z", "2026-01-05T12:00:00Z")]
    [InlineData("22:00", "07:00", "Asia/Almaty", "2026-01-05T18:00:00Z", "2026-01-06T02:00:00Z")]
    [InlineData("22:00", "07:00", "Asia/Almaty", "2026-01-05T12:00:00Z", "2026-01-05T12:00:00Z")]
    [InlineData("22:00", "02:30", "Europe/Berlin", "2026-03-29T00:00:00Z", "2026-03-29T01:00:00Z")] // the clock jumps from 02:00 to 03:00
    [InlineData("22:00", "02:30", "Europe/Berlin", "2026-10-25T00:10:00Z", "2026-10-25T01:30:00Z")] // 02:30 comes twice: the later one
    public void Rest_ends_at_its_hour_in_the_persons_own_zone(string from, string until, string zone, string now, string expected)
    {
        var quiet = new QuietHours(TimeOnly.Parse(from, CultureInfo.InvariantCulture), TimeOnly.Parse(until, CultureInfo.InvariantCulture));
        var end = quiet.EndFrom(DateTimeOffset.Parse(now, CultureInfo.InvariantCulture), TimeZoneInfo.FindSystemTimeZoneById(zone));
        Assert.Equal(DateTimeOffset.Parse(expected, CultureInfo.InvariantCulture), end);
    }

    [Fact]
    public void Whatever_the_hours_and_the_zone_the_end_is_not_quiet_and_within_a_day()
    {
        var random = new Random(7);
        var zones = new[] { "UTC", "Asia/Almaty", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu" }.Select(TimeZoneInfo.FindSystemTimeZoneById).ToList();
        for (var i = 0; i < 5000; i++)
        {
            var quiet = new QuietHours(new TimeOnly(random.Next(24), random.Next(60)), new TimeOnly(random.Next(24), random.Next(60)));
            var zone = zones[random.Next(zones.Count)];
            var now = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero).AddMinutes(random.Next(60 * 24 * 365));
            var end = quiet.EndFrom(now, zone);
            Assert.InRange(end - now, TimeSpan.Zero, TimeSpan.FromHours(25.5));
            Assert.Equal(end, quiet.EndFrom(end, zone));
        }
    }
}
