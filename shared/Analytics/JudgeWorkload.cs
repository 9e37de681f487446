using System.Globalization;
using Podium.Platform.Access;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Analytics;

/// <summary>What judges have to do in a competition, how fast they do it, and when they would be done.</summary>
public sealed class JudgeWorkload(Database database, TimeProvider clock)
{
    /// <summary>A judge's work.</summary>
    public sealed record Judge
    {
        public required Guid Id { get; init; }

        public required string Name { get; init; }

        public required int Assigned { get; init; }

        public required int Done { get; init; }

        public required int Open { get; init; }

        /// <summary>Open, and due before now.</summary>
        public required int Overdue { get; init; }

        /// <summary>The next that is due.</summary>
        public DateTimeOffset? DueAt { get; init; }

        /// <summary>From the first words of a review until it was final, for half of them at most.</summary>
        public decimal? MedianMinutes { get; init; }

        /// <summary>Reviews a day over the last week, or since the first was given.</summary>
        public decimal PerDay { get; init; }

        /// <summary>When the judge would be done at this pace; null where the judge stands still.</summary>
        public DateTimeOffset? ProjectedFinish { get; init; }
    }

    /// <summary>Of all judges together; they would be done when the last of them is.</summary>
    public sealed record Total(int Assigned, int Done, int Open, int Overdue, decimal? MedianMinutes, decimal PerDay, DateTimeOffset? ProjectedFinish);

    public sealed record View(Total Total, IReadOnlyList<Judge> Judges);

    internal sealed record Row
    {
        public Guid? Id { get; init; }

        public string? Name { get; init; }

        public required int Assigned { get; init; }

        public required int Done { get; init; }

        public required int Open { get; init; }

        public required int Overdue { get; init; }

        public DateTimeOffset? DueAt { get; init; }

        public decimal? MedianMinutes { get; init; }

        public required int Lately { get; init; }

        public DateTimeOffset? FirstAt { get; init; }
    }

    /// <summary>A line for each judge and one for all. Knows @competitionId, @now and @lately.</summary>
    internal static string SqlOf(string where) =>
        $"""
        SELECT given.judge_id AS id, (SELECT first_name || ' ' || last_name FROM judges JOIN users ON users.tenant_id = @TenantId AND users.id = judges.user_id WHERE judges.tenant_id = @TenantId AND judges.id = given.judge_id) AS name,
               count(*)::int AS assigned, count(*) FILTER (WHERE given.status = 'finished')::int AS done, count(*) FILTER (WHERE given.status <> 'finished')::int AS open,
               count(*) FILTER (WHERE given.status <> 'finished' AND given.due_at < @now)::int AS overdue, min(given.due_at) FILTER (WHERE given.status <> 'finished') AS due_at,
               trim_scale(round((percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM reviews.submitted_at - reviews.created_at)::double precision) FILTER (WHERE given.status = 'finished') / 60)::numeric, 2)) AS median_minutes,
               count(*) FILTER (WHERE given.status = 'finished' AND reviews.submitted_at > @lately)::int AS lately, min(given.assigned_at) AS first_at
        FROM judge_assignments AS given LEFT JOIN reviews ON reviews.tenant_id = @TenantId AND reviews.id = given.id
        WHERE given.tenant_id = @TenantId AND {where} AND given.status IN ('assigned', 'started', 'finished')
        GROUP BY GROUPING SETS ((given.judge_id), ())
        ORDER BY given.judge_id NULLS LAST
        """;

    internal static readonly string OfCompetition = SqlOf("given.competition_id = @competitionId");

    public async Task<Outcome<View>> ReadAsync(Caller caller, Guid competitionId, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var (known, rows) = await database.Reading(caller).QueryManyAsync(
            $"""
            SELECT EXISTS (SELECT FROM competitions WHERE tenant_id = @TenantId AND id = @competitionId AND deleted_at IS NULL);
            {OfCompetition}
            """,
            new { caller.TenantId, competitionId, now, lately = now - JudgingPace.LookedAt },
            async results => (await results.ReadSingleAsync<bool>(), (await results.ReadAsync<Row>()).ToList()),
            cancellationToken);
        return known ? ViewOf(rows, now) : Problem.NotFound("competition");
    }

    internal static View ViewOf(IReadOnlyList<Row> rows, DateTimeOffset now)
    {
        var judges = rows.Where(row => row.Id is not null).Select(row => JudgeOf(row, now)).OrderBy(judge => judge.Name, StringComparer.Ordinal).ThenBy(judge => judge.Id).ToList();
        var all = rows.Single(row => row.Id is null);
        var finish = judges.Exists(judge => judge.ProjectedFinish is null) ? null : judges.Max(judge => judge.ProjectedFinish);
        return new View(new Total(all.Assigned, all.Done, all.Open, all.Overdue, all.MedianMinutes, PaceOf(all, now), finish), judges);
    }

    /// <summary>The judges as lines of a table; the header first.</summary>
    public static IEnumerable<string?[]> TableOf(View view)
    {
        yield return ["judge", "name", "assigned", "done", "open", "overdue", "next_due", "median_minutes", "per_day", "projected_finish"];
        foreach (var judge in view.Judges)
        {
            yield return
            [
                $"{judge.Id}", judge.Name, $"{judge.Assigned}", $"{judge.Done}", $"{judge.Open}", $"{judge.Overdue}", At(judge.DueAt), judge.MedianMinutes?.ToString(CultureInfo.InvariantCulture),
                judge.PerDay.ToString(CultureInfo.InvariantCulture), At(judge.ProjectedFinish),
            ];
        }
    }

    private static Judge JudgeOf(Row row, DateTimeOffset now)
    {
        var pace = PaceOf(row, now);
        return new Judge
        {
            Id = row.Id!.Value,
            Name = row.Name ?? "",
            Assigned = row.Assigned,
            Done = row.Done,
            Open = row.Open,
            Overdue = row.Overdue,
            DueAt = row.DueAt,
            MedianMinutes = row.MedianMinutes,
            PerDay = pace,
            ProjectedFinish = JudgingPace.FinishOf(row.Open, pace, now),
        };
    }

    private static decimal PaceOf(Row row, DateTimeOffset now) => row.FirstAt is { } first ? JudgingPace.PerDay(row.Lately, first, now) : 0;

    private static string? At(DateTimeOffset? instant) => instant?.UtcDateTime.ToString("O", CultureInfo.InvariantCulture);
}
