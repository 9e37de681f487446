using Podium.Points;

namespace Podium.Tests.Points;

/// <summary>Which deeds earn what: tables of cases, without a database.</summary>
public sealed class AchievementConditionTests
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 10, 12, 0, 0, TimeSpan.Zero);
    private static readonly Present Present = new(Noon, TimeZoneInfo.FindSystemTimeZoneById("Asia/Almaty"));
    private static readonly Guid Ada = new("00000000-0000-0000-0000-00000000000a");
    private static readonly Guid Alan = new("00000000-0000-0000-0000-00000000000b");
    private static readonly Guid Science = Id(71);
    private static readonly Guid Robots = Id(72);

    public static TheoryData<string, string> Wrong => new()
    {
        { "streak", "/days" },
        { "streak days=3 subject", "/frequency" },
        { "streak days=3 count=2", "/count" },
        { "streak days=3 competition", "/competitionId" },
        { "streak days=3 track", "/trackId" },
        { "registered days=3", "/days" },
        { "registered place=1", "/place" },
        { "registered award", "/award" },
        { "registered track", "/trackId" },
        { "registered always count=2", "/count" },
        { "registered competition category", "/categoryId" },
        { "challengeCompleted competition", "/competitionId" },
        { "challengeCompleted category", "/categoryId" },
        { "trackCompleted place=2", "/place" },
        { "registered from=5 until=5", "/activeUntil" },
        { "registered from=6 until=5", "/activeUntil" },
        { "registered", "" },
        { "registered count=3 category from=5 until=6", "" },
        { "placed place=3 award subject competition", "" },
        { "streak days=3 always", "" },
        { "challengeCompleted track count=10", "" },
        { "trackCompleted track", "" },
        { "certificateIssued category always", "" },
    };

    [Theory, MemberData(nameof(Wrong))]
    public void Each_event_takes_some_conditions(string condition, string fault) =>
        Assert.Equal(fault.Length == 0 ? [] : [fault], Of(condition).Faults().Select(one => one.Pointer));

    /// <summary>Deeds as who:what:competition@day, and what they earn as who:key@day.</summary>
    public static TheoryData<string, string, string> Cases => new()
    {
        { "registered", "", "" },
        { "registered", "a:1:1@3", "a:0:1@3" },
        { "registered", "a:1:1@3 b:2:1@2", "a:0:1@3 b:0:1@2" },
        // once in all: the first of them earns it
        { "registered", "a:2:2@4 a:1:1@3", "a:0:1@3" },
        { "registered subject", "a:1:1@3 a:2:1@4 a:3:2@5", "a:s1:1@3 a:s2:2@5" },
        { "registered always", "a:1:1@3 a:2:1@4", "a:1:1@3 a:2:1@4" },
        // the third of them earns it, and belongs to no competition where they were of several
        { "registered count=3", "a:1:1@3 a:2:2@1", "" },
        { "registered count=3", "a:1:1@3 a:2:2@5 a:3:3@4 b:4:1@1", "a:0:-@5" },
        { "registered count=3", "a:1:1@3 a:2:1@5 a:3:1@4 a:4:2@6", "a:0:1@5" },
        { "registered count=2 subject", "a:1:1@3 a:2:2@5 a:3:1@4", "a:s1:1@4" },
        // two of one instant have an order all the same
        { "registered always", "a:2:1@3 a:1:1@3", "a:1:1@3 a:2:1@3" },
        { "registered competition", "a:1:1@3 a:2:2@4", "a:0:1@3" },
        { "registered from=4", "a:1:1@3 a:2:2@4", "a:0:2@4" },
        { "registered until=4", "a:1:1@3 a:2:2@4", "a:0:1@3" },
        { "registered from=4 until=5 count=2", "a:1:1@3 a:2:2@4 a:3:3@5", "" },
        { "registered category", "a:1:1@3 a:2:c71@4 a:3:c72@5", "a:0:c71@4" },
        { "registered category always", "a:1:1@3 a:2:c71@4 a:3:c72@5 a:4:c73@6", "a:2:c71@4 a:3:c72@5" },
        { "placed place=3", "a:1:1@3:p4", "" },
        { "placed place=3", "a:1:1@3:p3", "a:0:1@3" },
        { "placed place=3 subject", "a:1:1@3:p1 a:2:2@4:p3 a:3:3@5:p4", "a:s1:1@3 a:s2:2@4" },
        { "placed award", "a:1:1@3:p1 a:2:2@4:p2Gold", "a:0:2@4" },
        { "placed place=1 award", "a:2:2@4:p2Gold", "" },
        { "challengeCompleted track", "a:1:-@3:t9 a:2:-@4:t8", "a:0:-@3" },
    };

    [Theory, MemberData(nameof(Cases))]
    public void Deeds_earn(string condition, string deeds, string due)
    {
        var given = deeds.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(DeedOf).ToList();
        foreach (var order in new[] { given, [.. given.AsEnumerable().Reverse()] })
            Assert.Equal(due, string.Join(' ', Of(condition).DueFor(order, new HashSet<Guid> { Science, Robots }, Present).Select(TextOf).Order(StringComparer.Ordinal)));
    }

    /// <summary>Streaks as days..last day of March, ? where nobody knows when; it is noon of the tenth.</summary>
    public static TheoryData<string, string, string> Streaks => new()
    {
        { "streak days=3", "2..10", "" },
        // it was three days long at the end of the ninth
        { "streak days=3", "4..10", "once 2026-03-09" },
        { "streak days=3", "3..10", "once 2026-03-10" },
        { "streak days=3", "9..8", "once 2026-03-02" },
        // of one that is over it is known that it was, for who counts all that ever was
        { "streak days=3", "1..10 5..?", "once 2026-03-10" },
        { "streak days=3 from=1", "1..10 5..?", "" },
        { "streak days=3", "4..10 5..?", "once 2026-03-09" },
        // each streak by itself, and never one that may have been rewarded already
        { "streak days=3 always", "4..10 5..?", "each 2026-03-09" },
        { "streak days=3 always", "1..10 5..?", "" },
        { "streak days=3 from=9", "4..10", "once 2026-03-09" },
        { "streak days=3 from=10", "4..10", "" },
        { "streak days=3 until=9", "4..10", "" },
    };

    [Theory, MemberData(nameof(Streaks))]
    public void Streaks_earn(string condition, string streaks, string due)
    {
        var deeds = streaks.Split(' ').Select((streak, number) =>
        {
            var parts = streak.Split("..");
            return new Deed { UserId = Ada, DeedId = Id(number + 1), SubjectId = Ada, Days = int.Parse(parts[0]), LastDay = parts[1] == "?" ? null : new DateOnly(2026, 3, int.Parse(parts[1])) };
        });
        var earned = Of(condition).DueFor(deeds, new HashSet<Guid>(), Present);
        Assert.Equal(due, string.Join(' ', earned.Select(one => $"{(one.Key == Guid.Empty ? "once" : "each")} {TimeZoneInfo.ConvertTime(one.EarnedAt, Present.Zone):yyyy-MM-dd}")));
        Assert.All(earned, one => Assert.True(one.EarnedAt <= Noon));
    }

    [Fact]
    public void What_time_alone_takes_away_stays_earned() =>
        Assert.Equal([DeedEvent.TrackCompleted, DeedEvent.Streak], Enum.GetValues<DeedEvent>().Where(kind => new AchievementCondition { Event = kind, Frequency = Frequency.Once }.IsLasting));

    private static AchievementCondition Of(string text)
    {
        var words = text.Split(' ');
        int? Number(string name) => words.FirstOrDefault(word => word.StartsWith(name + "=", StringComparison.Ordinal)) is { } word ? int.Parse(word[(name.Length + 1)..]) : null;
        return new AchievementCondition
        {
            Event = Enum.Parse<DeedEvent>(words[0], ignoreCase: true),
            Frequency = words.Contains("always") ? Frequency.Always : words.Contains("subject") ? Frequency.Subject : Frequency.Once,
            Count = Number("count") ?? 1,
            Days = Number("days"),
            Place = Number("place"),
            Award = words.Contains("award") ? "Gold" : null,
            CompetitionId = words.Contains("competition") ? Id(1) : null,
            CategoryId = words.Contains("category") ? Science : null,
            TrackId = words.Contains("track") ? Id(9) : null,
            ActiveFrom = Number("from") is { } from ? At(from) : null,
            ActiveUntil = Number("until") is { } until ? At(until) : null,
        };
    }

    private static Deed DeedOf(string text)
    {
        var parts = text.Split(':', '@');
        var more = parts.ElementAtOrDefault(4) ?? "";
        // a competition cNN is of the category NN
        Guid? competition = parts[2] == "-" ? null : Id(int.Parse(parts[2].TrimStart('c')));
        return new Deed
        {
            UserId = parts[0] == "a" ? Ada : Alan,
            DeedId = Id(100 + int.Parse(parts[1])),
            SubjectId = competition ?? Id(100 + int.Parse(parts[1])),
            CompetitionId = competition,
            CategoryId = parts[2].StartsWith('c') ? competition : null,
            TrackId = more.StartsWith('t') ? Id(int.Parse(more[1..])) : null,
            Place = more.StartsWith('p') ? more[1] - '0' : null,
            Award = more.Length > 2 ? more[2..] : null,
            OccurredAt = At(int.Parse(parts[3])),
        };
    }

    // once in all, a subject, or a single deed
    private static string TextOf(Due due)
    {
        var key = Number(due.Key) switch { 0 => "0", > 100 and var deed => $"{deed - 100}", var subject => $"s{subject}" };
        var competition = due.CompetitionId is { } id ? $"{(Number(id) > 70 ? "c" : "")}{Number(id)}" : "-";
        return $"{(due.UserId == Ada ? "a" : "b")}:{key}:{competition}@{due.EarnedAt.Day}";
    }

    private static int Number(Guid id) => int.Parse(id.ToString()[^4..]);

    private static Guid Id(int number) => new($"00000000-0000-0000-0000-00000000{number:0000}");

    private static DateTimeOffset At(int day) => new(2026, 3, day, 6, 0, 0, TimeSpan.Zero);
}
