using System.ComponentModel.DataAnnotations;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Pictures;
using Podium.Platform.Problems;

namespace Podium.Analytics;

/// <summary>How a picture is written.</summary>
public enum PictureFormat
{
    Svg,
    Png,
}

/// <summary>The dashboards as pictures.</summary>
public sealed class DashboardPictures(Dashboards dashboards)
{
    public sealed record Query
    {
        public PictureFormat Format { get; init; }

        /// <summary>The language of its words; absent, the caller's.</summary>
        [StringLength(20, MinimumLength = 1), Example("en")]
        public string? Language { get; init; }

        /// <summary>By night; an SVG is light or dark as its reader's screen is.</summary>
        public bool Dark { get; init; }
    }

    public static readonly IReadOnlyList<string> OfCompetition = ["registrations", "events", "funnel", "rounds", "judges"];

    public static readonly IReadOnlyList<string> OfTenant = ["people", "registrations", "submissions", "events", "competitions"];

    public static readonly IReadOnlyList<string> OfJudge = ["work", "pace"];

    public async Task<Outcome<Chart>> OfCompetitionAsync(Caller caller, Guid competitionId, string picture, string? language, CancellationToken cancellationToken)
    {
        if (!OfCompetition.Contains(picture)) return Problem.NotFound("picture");
        var found = await dashboards.OfCompetitionAsync(caller, competitionId, cancellationToken);
        return found.Value is { } board ? Draw(board, picture, WordsOf(caller, language)) : found.Problem!;
    }

    public async Task<Outcome<Chart>> OfTenantAsync(Caller caller, string picture, string? language, CancellationToken cancellationToken)
    {
        if (!OfTenant.Contains(picture)) return Problem.NotFound("picture");
        var (board, words) = (await dashboards.OfTenantAsync(caller, cancellationToken), WordsOf(caller, language));
        return picture switch
        {
            "people" => PerDay(words, picture, board.TimeZone, board.NewPeople),
            "registrations" => PerDay(words, picture, board.TimeZone, board.Registrations),
            "submissions" => PerDay(words, picture, board.TimeZone, board.Submissions),
            "events" => Events(words, caller.Tenant.Name, board.TimeZone, board.Registrations, board.Events),
            _ => Of(words, ChartKind.Bars, picture, caller.Tenant.Name, [.. board.Competitions.Select(one => words.Name(one.Status))], (words["count"], [.. board.Competitions.Select(one => (double)one.Count)])),
        };
    }

    public async Task<Outcome<Chart>> OfJudgeAsync(Caller caller, string picture, string? language, CancellationToken cancellationToken)
    {
        if (!OfJudge.Contains(picture)) return Problem.NotFound("picture");
        var (board, words) = (await dashboards.OfJudgeAsync(caller, cancellationToken), WordsOf(caller, language));
        if (picture == "pace") return PerDay(words, picture, board.TimeZone, board.Finished);
        return Of(
            words,
            ChartKind.Bars,
            picture,
            caller.Tenant.Name,
            [.. board.Competitions.Select(work => $"{work.Competition}: {work.Round}")],
            (words["done"], [.. board.Competitions.Select(work => (double)work.Done)]),
            (words["open"], [.. board.Competitions.Select(work => (double)(work.Assigned - work.Done))]),
            (words["overdue"], [.. board.Competitions.Select(work => (double)work.Overdue)]));
    }

    /// <summary>A picture of a dashboard that is there already.</summary>
    internal static Chart Draw(Dashboards.OfCompetition board, string picture, AnalyticsWords words) => picture switch
    {
        "registrations" => PerDay(words, picture, board.TimeZone, board.Registrations, board.Name),
        "events" => Events(words, board.Name, board.TimeZone, board.Registrations, board.Events),
        "funnel" => Of(words, ChartKind.Funnel, picture, board.Name, [.. board.Funnel.Select(step => words.Name(step.Name))], (words["persons"], [.. board.Funnel.Select(step => (double)step.Persons)])),
        "rounds" => Of(
            words,
            ChartKind.Bars,
            picture,
            board.Name,
            [.. board.Rounds.Select(round => round.Name)],
            (words["entered"], [.. board.Rounds.Select(round => (double)round.Entered)]),
            (words["submitted"], [.. board.Rounds.Select(round => (double)round.Submitted)]),
            (words["reviewed"], [.. board.Rounds.Select(round => (double)round.Reviewed)]),
            (words["advanced"], [.. board.Rounds.Select(round => (double)(round.Advanced ?? 0))])),
        _ => Of(
            words,
            ChartKind.Bars,
            picture,
            board.Name,
            [.. board.Judging.Judges.Select(judge => judge.Name)],
            (words["done"], [.. board.Judging.Judges.Select(judge => (double)judge.Done)]),
            (words["open"], [.. board.Judging.Judges.Select(judge => (double)judge.Open)]),
            (words["overdue"], [.. board.Judging.Judges.Select(judge => (double)judge.Overdue)])),
    };

    private static Chart PerDay(AnalyticsWords words, string title, string zone, IReadOnlyList<Dashboards.DayCount> days, string? of = null) => Of(
        words, ChartKind.Bars, title, Period(words, of, zone, days), [.. days.Select(day => AnalyticsWords.Day(day.Day))], (words["count"], [.. days.Select(day => (double)day.Count)]));

    // the days of another series name them all, also those on which nothing was told
    private static Chart Events(AnalyticsWords words, string of, string zone, IReadOnlyList<Dashboards.DayCount> days, IReadOnlyList<Dashboards.EventDay> events)
    {
        var all = events.Where(one => one.Name == "*").ToDictionary(one => one.Day);
        return Of(
            words,
            ChartKind.Lines,
            "events",
            Period(words, of, zone, days),
            [.. days.Select(day => AnalyticsWords.Day(day.Day))],
            (words["event"], [.. days.Select(day => (double)(all.GetValueOrDefault(day.Day)?.Events ?? 0))]),
            (words["persons"], [.. days.Select(day => (double)(all.GetValueOrDefault(day.Day)?.Persons ?? 0))]));
    }

    private static string Period(AnalyticsWords words, string? of, string zone, IReadOnlyList<Dashboards.DayCount> days) =>
        $"{(of is null ? "" : $"{of} · ")}{words.Say("period", AnalyticsWords.Day(days[0].Day), AnalyticsWords.Day(days[^1].Day), zone)}";

    private static Chart Of(AnalyticsWords words, ChartKind kind, string title, string subtitle, IReadOnlyList<string> labels, params (string Name, double[] Values)[] series) =>
        new(kind, words[title], subtitle, words.Language, words["nothing"], labels, [.. series.Select(one => new ChartSeries(one.Name, one.Values, Adds: title != "rounds" && one.Name != words["persons"]))]);

    private static AnalyticsWords WordsOf(Caller caller, string? language) => AnalyticsWords.Of(language ?? caller.Language);
}
