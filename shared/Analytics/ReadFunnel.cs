using System.ComponentModel.DataAnnotations;
using System.Globalization;
using Dapper;
using Podium.Platform;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Databases;
using Podium.Platform.Problems;
using Podium.Tenancy;

namespace Podium.Analytics;

/// <summary>How far people come in a competition, through events and what they do in it.</summary>
public sealed class ReadFunnel(Database database, TimeProvider clock)
{
    private const int MostDays = 400;

    private static readonly DateOnly Earliest = new(2000, 1, 1), Latest = new(2200, 1, 1);

    public sealed record Query
    {
        /// <summary>Two to eight steps in their order, parted by commas: names of events, or <c>entry:registered</c>, <c>entry:team-complete</c>, <c>entry:submitted</c>, <c>entry:reviewed</c>, <c>entry:advanced</c>, <c>entry:finalist</c>.</summary>
        [StringLength(600, MinimumLength = 1), Example("page.viewed,entry:registered,entry:submitted")]
        public string? Steps { get; init; }

        /// <summary>How long after the first step the last may be.</summary>
        [Range(1, 24 * MostDays)]
        public int WindowHours { get; init; } = 24 * 30;

        /// <summary>The first local day of first steps; absent, ninety days before the end.</summary>
        public DateOnly? From { get; init; }

        /// <summary>The local day behind the last; absent, tomorrow.</summary>
        public DateOnly? Until { get; init; }

        /// <summary>Whose days they are; absent, the tenant's.</summary>
        [StringLength(64, MinimumLength = 1), TimeZoneName, Example("Asia/Almaty")]
        public string? TimeZone { get; init; }
    }

    /// <param name="OfFirst">The part of those who took the first step.</param>
    /// <param name="OfPrevious">The part of those who took the step before.</param>
    /// <param name="MedianMinutes">From the first step to this, for half of them at most.</param>
    public sealed record Step(string Name, int Persons, decimal? OfFirst, decimal? OfPrevious, decimal? MedianMinutes);

    public sealed record View(int WindowHours, DateTimeOffset From, DateTimeOffset Until, IReadOnlyList<Step> Steps);

    internal sealed record Row(int Step, int Persons, decimal? MedianMinutes);

    private static readonly string[] Usual = ["entry:registered", "entry:team-complete", "entry:submitted", "entry:reviewed", "entry:finalist"];

    public async Task<Outcome<View>> RunAsync(Caller caller, Guid competitionId, Query query, CancellationToken cancellationToken)
    {
        var names = query.Steps?.Split(',', StringSplitOptions.TrimEntries) ?? Usual;
        if (names.Length is < 2 or > Funnel.MostSteps) return Problem.Invalid("/steps", "count", $"There are two to {Funnel.MostSteps} steps.");
        if (names.Distinct(StringComparer.Ordinal).Count() != names.Length) return Problem.Invalid("/steps", "repeated", "Each step stands there once.");
        if (names.FirstOrDefault(name => name.Length is 0 or > 64 || (name.Contains(':', StringComparison.Ordinal) && !Milestones.Sql.ContainsKey(name))) is { } unknown)
            return Problem.Invalid("/steps", "unknown", $"There is no step '{unknown}'; beside events there are {string.Join(", ", Milestones.Sql.Keys)}.");
        var zone = TimeZoneInfo.FindSystemTimeZoneById(query.TimeZone ?? caller.Tenant.TimeZone);
        var until = query.Until ?? LocalDay.Of(clock.GetUtcNow(), zone).AddDays(1);
        var from = query.From ?? (until > Earliest ? until.AddDays(-90) : until);
        if (from < Earliest.AddDays(-90) || until > Latest || from >= until) return Problem.Invalid("/until", "order", "The end lies behind the beginning, and both between the years 2000 and 2200.");
        if (until.DayNumber - from.DayNumber > MostDays) return Problem.Invalid("/from", "too-long", $"At most {MostDays} days are looked at.");
        var (begin, end) = (TimeBuckets.StartOf(from, zone), TimeBuckets.StartOf(until, zone));
        var args = ArgsOf(caller, competitionId, begin, end, query.WindowHours);
        foreach (var (number, name) in names.Index()) args.Add(string.Create(CultureInfo.InvariantCulture, $"step{number}"), name);
        var (known, rows) = await database.Reading(caller).QueryManyAsync(
            $"""
            SELECT EXISTS (SELECT FROM competitions WHERE tenant_id = @TenantId AND id = @competitionId AND deleted_at IS NULL);
            WITH {Funnel.Sql([.. names.Select((name, number) => Milestones.Sql.GetValueOrDefault(name) ?? EventsOf(number))])}
            """,
            args,
            async results => (await results.ReadSingleAsync<bool>(), (await results.ReadAsync<Row>()).AsList()),
            cancellationToken);
        if (!known) return Problem.NotFound("competition");
        return new View(query.WindowHours, begin, end, StepsOf(names, rows));
    }

    /// <summary>The steps with the parts that came to each.</summary>
    internal static IReadOnlyList<Step> StepsOf(IReadOnlyList<string> names, IReadOnlyList<Row> rows) =>
    [
        .. rows.Select((row, number) => new Step(
            names[number],
            row.Persons,
            PartOf(row.Persons, rows[0].Persons),
            number == 0 ? null : PartOf(row.Persons, rows[number - 1].Persons),
            row.MedianMinutes)),
    ];

    /// <summary>What a dashboard shows without being asked: through what is kept anyway, whenever it was.</summary>
    internal static string UsualSql => $"WITH {Funnel.Sql([.. Usual.Select(name => Milestones.Sql[name])])}";

    internal static IReadOnlyList<string> UsualSteps => Usual;

    internal static DynamicParameters ArgsOf(Caller caller, Guid competitionId, DateTimeOffset from, DateTimeOffset until, int windowHours)
    {
        var args = new DynamicParameters(new { caller.TenantId, competitionId });
        args.Add("from", from);
        args.Add("until", until);
        args.Add("window", string.Create(CultureInfo.InvariantCulture, $"{windowHours} hours"));
        return args;
    }

    private static string EventsOf(int number) => string.Create(
        CultureInfo.InvariantCulture,
        $"SELECT user_id, created_at AS at FROM analytics_events WHERE tenant_id = @TenantId AND event_type = @step{number} AND competition_id = @competitionId AND user_id IS NOT NULL AND created_at >= @from AND created_at < @until + @window::interval");

    private static decimal? PartOf(int persons, int of) => of == 0 ? null : decimal.Round((decimal)persons / of, 4);
}
