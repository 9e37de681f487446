using System.Globalization;
using System.Text.Json;
using Podium.Analytics;

namespace Podium.Tests.Analytics;

public sealed class AnalyticsRuleTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 2, 12, 0, 0, TimeSpan.Zero);

    private static readonly Dictionary<string, EventDefinition> Known = new()
    {
        ["page.viewed"] = new("page.viewed",
        [
            new() { Name = "page", Type = PropertyType.Text, Required = true, MaxLength = 5 },
            new() { Name = "ms", Type = PropertyType.Number, Minimum = 0, Maximum = 100 },
            new() { Name = "first", Type = PropertyType.Boolean },
            new() { Name = "device", Type = PropertyType.Choice, Values = ["phone", "desk"] },
        ]),
    };

    [Theory]
    [InlineData("page.viewed", 0, """{"page":"home"}""", "")]
    [InlineData("page.viewed", 0, """{"page":"home","ms":0,"first":true,"device":"desk"}""", "")]
    [InlineData("page.viewed", 0, """{"page":"home","ms":100.0}""", "")]
    [InlineData("page.closed", 0, "{}", "/events/3/name")]
    [InlineData("page.viewed", 0, "{}", "/events/3/properties/page")]
    [InlineData("page.viewed", 0, """{"page":"homes!"}""", "/events/3/properties/page")]
    [InlineData("page.viewed", 0, """{"page":7}""", "/events/3/properties/page")]
    [InlineData("page.viewed", 0, """{"page":"a","ms":100.1}""", "/events/3/properties/ms")]
    [InlineData("page.viewed", 0, """{"page":"a","ms":-1}""", "/events/3/properties/ms")]
    [InlineData("page.viewed", 0, """{"page":"a","ms":"1"}""", "/events/3/properties/ms")]
    [InlineData("page.viewed", 0, """{"page":"a","first":"yes"}""", "/events/3/properties/first")]
    [InlineData("page.viewed", 0, """{"page":"a","device":"tablet"}""", "/events/3/properties/device")]
    [InlineData("page.viewed", 0, """{"page":"a","device":null}""", "/events/3/properties/device")]
    [InlineData("page.viewed", 0, """{"page":"a","colour":"red"}""", "/events/3/properties")]
    [InlineData("page.viewed", 0, """{"colour":"red"}""", "/events/3/properties /events/3/properties/page")]
    [InlineData("page.viewed", 0, "null", "/events/3/properties/page")]
    [InlineData("page.viewed", 5, """{"page":"a"}""", "")]
    [InlineData("page.viewed", 5.1, """{"page":"a"}""", "/events/3/at")]
    [InlineData("page.viewed", -10080, """{"page":"a"}""", "")]
    [InlineData("page.viewed", -10080.1, """{"page":"a"}""", "/events/3/at")]
    public void What_is_told_is_held_against_its_definition(string name, double minutes, string properties, string pointers)
    {
        var told = new TakeEvents.Event { Id = Guid.NewGuid(), Name = name, At = Now.AddMinutes(minutes), Properties = JsonElement.Parse(properties) };
        var faults = EventRules.FaultsOf(told, 3, Known, Now).ToList();
        Assert.Equal(pointers, string.Join(' ', faults.Select(fault => fault.Pointer)));
        Assert.All(faults, fault => Assert.StartsWith("Line 4: ", fault.Detail, StringComparison.Ordinal));
    }

    [Fact]
    public void A_definition_that_contradicts_itself_is_refused()
    {
        var faults = EventRules.FaultsOf(
        [
            new() { Name = "a", Type = PropertyType.Choice },
            new() { Name = "a", Type = PropertyType.Text, Values = ["x"] },
            new() { Name = "b", Type = PropertyType.Boolean, MaxLength = 3, Maximum = 3 },
            new() { Name = "c", Type = PropertyType.Number, Minimum = 3, Maximum = 2 },
        ]);
        Assert.Equal(["/properties/0/values", "/properties/1/name", "/properties/1/values", "/properties/2/maxLength", "/properties/2/minimum", "/properties/3/maximum"], faults.Select(fault => fault.Pointer));
    }

    [Theory]
    [InlineData(7, 30, 10, 1, "2026-03-12T12:00")]
    [InlineData(7, 7, 0, 1, "2026-03-02T12:00")]
    [InlineData(6, 3, 4, 2, "2026-03-04T12:00")]
    [InlineData(0, 30, 4, 0, null)]
    [InlineData(1, 0, 12, 24, "2026-03-03T00:00")]
    public void The_pace_is_that_of_the_last_week_or_of_all_where_that_is_less(int doneLately, int daysSinceFirst, int open, decimal perDay, string? finish)
    {
        var pace = JudgingPace.PerDay(doneLately, Now.AddDays(-daysSinceFirst), Now);
        Assert.Equal(perDay, pace);
        Assert.Equal(finish, JudgingPace.FinishOf(open, pace, Now)?.ToString("yyyy-MM-dd'T'HH:mm", CultureInfo.InvariantCulture));
    }

    // 2026-03-02 is a Monday; Almaty is five hours ahead, Los Angeles eight behind until the 8th
    [Theory]
    [InlineData("UTC", "2026-03-02T07:59Z", null)]
    [InlineData("UTC", "2026-03-02T08:00Z", "2026-03-02")]
    [InlineData("UTC", "2026-03-03T19:59Z", "2026-03-02")]
    [InlineData("UTC", "2026-03-03T20:00Z", null)]
    [InlineData("Asia/Almaty", "2026-03-02T02:59Z", null)]
    [InlineData("Asia/Almaty", "2026-03-02T03:00Z", "2026-03-02")]
    [InlineData("America/Los_Angeles", "2026-03-02T15:59Z", null)]
    [InlineData("America/Los_Angeles", "2026-03-02T16:00Z", "2026-03-02")]
    [InlineData("Pacific/Kiritimati", "2026-03-01T18:00Z", "2026-03-02")]
    public void A_report_is_due_on_Monday_morning_where_the_person_is(string zone, string now, string? week) =>
        Assert.Equal(week, SendReports.DueWeek(DateTimeOffset.Parse(now, CultureInfo.InvariantCulture), TimeZoneInfo.FindSystemTimeZoneById(zone))?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));

    [Fact]
    public void Every_word_is_there_in_every_language() => Assert.All(AnalyticsWords.Languages, language =>
    {
        var words = AnalyticsWords.Of(language);
        Assert.Equal(language, words.Language);
        Assert.All(AnalyticsWords.Keys, key => Assert.NotEmpty(words[key]));
    });
}
