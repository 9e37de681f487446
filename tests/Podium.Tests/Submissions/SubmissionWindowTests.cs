using Podium.Submissions;

namespace Podium.Tests.Submissions;

/// <summary>When something may come, what lateness costs, and what attempts are left.</summary>
public sealed class SubmissionWindowTests
{
    private static readonly DateTimeOffset Opens = new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Closes = new(2026, 3, 7, 9, 0, 0, TimeSpan.Zero);

    private static readonly SubmissionRules Strict = new();
    private static readonly SubmissionRules Graceful = new() { GraceSeconds = 300 };
    private static readonly SubmissionRules ByHour = new() { GraceSeconds = 300, Late = new LateRule { Hours = 24, Per = LatenessUnit.Hour, Percent = 5, Cap = 40 } };
    private static readonly SubmissionRules ByDay = new() { Late = new LateRule { Hours = 72, Per = LatenessUnit.Day, Percent = 10 } };

    public static TheoryData<string, double, Timeliness, int> Cases => new()
    {
        // rules, seconds after the deadline, what it is, per cent
        { "strict", -5 * 86400 - 1, Timeliness.TooEarly, 0 },
        { "strict", -5 * 86400, Timeliness.OnTime, 0 },
        { "strict", -1, Timeliness.OnTime, 0 },
        { "strict", 0, Timeliness.OnTime, 0 },
        { "strict", 0.001, Timeliness.TooLate, 0 },
        { "strict", 1, Timeliness.TooLate, 0 },
        { "graceful", 1, Timeliness.Late, 0 },
        { "graceful", 300, Timeliness.Late, 0 },
        { "graceful", 301, Timeliness.TooLate, 0 },
        // the first started hour counts from the deadline, grace only spares who comes within it
        { "hour", 300, Timeliness.Late, 0 },
        { "hour", 301, Timeliness.Late, 5 },
        { "hour", 3600, Timeliness.Late, 5 },
        { "hour", 3600.001, Timeliness.Late, 10 },
        { "hour", 7.5 * 3600, Timeliness.Late, 40 },
        { "hour", 23 * 3600, Timeliness.Late, 40 },
        { "hour", 86400, Timeliness.Late, 40 },
        { "hour", 86401, Timeliness.TooLate, 0 },
        { "day", 1, Timeliness.Late, 10 },
        { "day", 86400, Timeliness.Late, 10 },
        { "day", 86401, Timeliness.Late, 20 },
        { "day", 3 * 86400, Timeliness.Late, 30 },
        { "day", 3 * 86400 + 1, Timeliness.TooLate, 0 },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Lateness_is_told_to_the_second(string rules, double seconds, Timeliness timeliness, int percent)
    {
        var which = rules switch { "strict" => Strict, "graceful" => Graceful, "hour" => ByHour, _ => ByDay };
        var window = SubmissionWindow.Of(which, Opens, Closes, [], Closes.AddSeconds(seconds));
        Assert.Equal(new Timing(timeliness, percent), window.TimingOf(which, Closes.AddSeconds(seconds)));
    }

    [Fact]
    public void An_extension_counts_until_it_is_revoked_and_the_longest_counts()
    {
        var granted = Closes.AddDays(-1);
        var revoked = Closes.AddHours(1);
        Extension[] extensions = [new(Closes.AddHours(6), granted, revoked), new(Closes.AddMinutes(30), granted, null)];

        Assert.Equal(Closes.AddHours(6), SubmissionWindow.Of(Strict, Opens, Closes, extensions, revoked.AddTicks(-1)).DueAt);
        Assert.Equal(Closes.AddMinutes(30), SubmissionWindow.Of(Strict, Opens, Closes, extensions, revoked).DueAt);
        Assert.Equal(Closes, SubmissionWindow.Of(Strict, Opens, Closes, [new(Closes.AddDays(-2), granted, null)], granted).DueAt);
        Assert.Equal(Closes.AddHours(6).AddSeconds(300), SubmissionWindow.Of(Graceful, Opens, Closes, extensions, granted).EndsAt);
    }

    [Fact]
    public void A_penalty_never_falls_with_time_and_never_passes_its_cap()
    {
        var before = 0m;
        for (var minute = 0; minute <= 24 * 60; minute += 7)
        {
            var at = Closes.AddMinutes(minute);
            var penalty = SubmissionWindow.Of(ByHour, Opens, Closes, [], at).TimingOf(ByHour, at).Penalty;
            Assert.InRange(penalty, before, 40);
            before = penalty;
        }
        Assert.Equal(40, before);
    }

    [Theory]
    [InlineData(0, 0, 0, 20, 5, 2, false)]
    [InlineData(19, 4, 1, 1, 1, 1, false)]
    [InlineData(20, 0, 0, 0, 5, 2, true)]
    [InlineData(5, 5, 0, 15, 0, 2, true)]
    [InlineData(2, 2, 2, 18, 3, 0, true)]
    [InlineData(25, 9, 3, 0, 0, 0, true)] // the limits were lowered
    public void What_is_left_is_what_was_not_taken(int total, int today, int inFlight, int left, int leftToday, int leftInFlight, bool used)
    {
        var attempts = Attempts.Of(new SubmissionRules { InTotal = 20, PerDay = 5, InFlight = 2 }, new Attempts.Taken(total, today, inFlight, 0));
        Assert.Equal((left, leftToday, leftInFlight, used), (attempts.Left!.Value, attempts.LeftToday!.Value, attempts.LeftInFlight, attempts.AreUsed));
        Assert.Null(Attempts.Of(new SubmissionRules(), new Attempts.Taken(total, today, 0, 0)).Left);
    }

    [Fact]
    public void Every_reason_is_there_in_every_language()
    {
        foreach (var code in SubmissionReasons.Codes)
        {
            var said = new[] { "en", "fr", "kk", "ru" }.Select(language => SubmissionReasons.Say(code, language)).ToList();
            Assert.Equal(4, said.Distinct().Count());
        }
    }
}
