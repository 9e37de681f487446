using Podium.Platform;
using Podium.Platform.Access;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Analytics;

/// <summary>What organisers, judges and administrators see at a glance; each is one round trip to the database.</summary>
public sealed class Dashboards(Database database, TimeProvider clock)
{
    /// <summary>How many local days, up to today, a dashboard shows.</summary>
    public const int Days = 30;

    /// <summary>A number of a local day.</summary>
    public sealed record DayCount(DateOnly Day, int Count);

    /// <summary>Events and distinct people of a local day; * stands for all events.</summary>
    public sealed record EventDay(DateOnly Day, string Name, int Events, int Persons);

    public sealed record OfCompetition
    {
        public required Guid CompetitionId { get; init; }

        public required string Name { get; init; }

        public required string Status { get; init; }

        public required string TimeZone { get; init; }

        /// <summary>Whether all events that came are counted; else they are within minutes.</summary>
        public required bool UpToDate { get; init; }

        public required Participation.Entries Entries { get; init; }

        public required IReadOnlyList<DayCount> Registrations { get; init; }

        public required IReadOnlyList<Participation.Round> Rounds { get; init; }

        public required IReadOnlyList<ReadFunnel.Step> Funnel { get; init; }

        public required JudgeWorkload.View Judging { get; init; }

        public required IReadOnlyList<EventDay> Events { get; init; }
    }

    public sealed record OfTenant
    {
        public required string TimeZone { get; init; }

        public required bool UpToDate { get; init; }

        /// <summary>People with an account.</summary>
        public required int People { get; init; }

        public required IReadOnlyList<StatusCount> Competitions { get; init; }

        public required JudgeWorkload.Total Judging { get; init; }

        public required IReadOnlyList<DayCount> NewPeople { get; init; }

        public required IReadOnlyList<DayCount> Registrations { get; init; }

        public required IReadOnlyList<DayCount> Submissions { get; init; }

        public required IReadOnlyList<EventDay> Events { get; init; }
    }

    public sealed record StatusCount(string Status, int Count);

    public sealed record OfJudge
    {
        public required string TimeZone { get; init; }

        public required JudgeWorkload.Total Total { get; init; }

        public required IReadOnlyList<Work> Competitions { get; init; }

        /// <summary>Reviews that became final.</summary>
        public required IReadOnlyList<DayCount> Finished { get; init; }
    }

    /// <summary>One's own work in a round.</summary>
    public sealed record Work
    {
        public required Guid CompetitionId { get; init; }

        public required string Competition { get; init; }

        public required Guid RoundId { get; init; }

        public required string Round { get; init; }

        public required int Assigned { get; init; }

        public required int Done { get; init; }

        public required int Overdue { get; init; }

        public DateTimeOffset? DueAt { get; init; }
    }

    private sealed record Head(string Name, string Status, bool UpToDate);

    private const string UpToDate = "NOT EXISTS (SELECT FROM analytics_changes WHERE tenant_id = @TenantId)";

    private const string EventDays =
        """
        SELECT day, event_type AS name, events, persons FROM analytics_days
        WHERE tenant_id = @TenantId AND place_id = @place AND time_zone = @zone AND day >= @firstDay AND day <= @today ORDER BY day, event_type
        """;

    public async Task<Outcome<OfCompetition>> OfCompetitionAsync(Caller caller, Guid competitionId, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var args = ArgsOf(caller, competitionId, now);
        args.AddDynamicParams(new { competitionId });
        args.Add("from", DateTimeOffset.UnixEpoch);
        args.Add("until", now.AddYears(100));
        args.Add("window", "100 years");
        return await database.Reading(caller).QueryManyAsync<Outcome<OfCompetition>>(
            $"""
            SELECT name, status, {UpToDate} AS up_to_date FROM competitions WHERE tenant_id = @TenantId AND id = @competitionId AND deleted_at IS NULL;
            {Participation.EntriesSql};
            {PerDay("registrations", "registered_at", "AND competition_id = @competitionId")};
            {Participation.RoundsSql};
            {ReadFunnel.UsualSql};
            {JudgeWorkload.OfCompetition};
            {EventDays}
            """,
            args,
            async results =>
            {
                if (await results.ReadFirstOrDefaultAsync<Head>() is not { } head) return Problem.NotFound("competition");
                return new OfCompetition
                {
                    CompetitionId = competitionId,
                    Name = head.Name,
                    Status = head.Status,
                    TimeZone = caller.Tenant.TimeZone,
                    UpToDate = head.UpToDate,
                    Entries = await results.ReadSingleAsync<Participation.Entries>(),
                    Registrations = [.. await results.ReadAsync<DayCount>()],
                    Rounds = [.. await results.ReadAsync<Participation.Round>()],
                    Funnel = ReadFunnel.StepsOf(ReadFunnel.UsualSteps, [.. await results.ReadAsync<ReadFunnel.Row>()]),
                    Judging = JudgeWorkload.ViewOf([.. await results.ReadAsync<JudgeWorkload.Row>()], now),
                    Events = [.. await results.ReadAsync<EventDay>()],
                };
            },
            cancellationToken);
    }

    public async Task<OfTenant> OfTenantAsync(Caller caller, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        return await database.Reading(caller).QueryManyAsync(
            $"""
            SELECT {UpToDate};
            SELECT count(*)::int FROM users WHERE tenant_id = @TenantId AND deleted_at IS NULL;
            SELECT status, count(*)::int AS count FROM competitions WHERE tenant_id = @TenantId AND deleted_at IS NULL GROUP BY status ORDER BY status;
            {JudgeWorkload.SqlOf("true")};
            {PerDay("users", "created_at", "AND deleted_at IS NULL")};
            {PerDay("registrations", "registered_at", "")};
            {PerDay("submissions", "submitted_at", "AND status <> 'draft' AND deleted_at IS NULL")};
            {EventDays}
            """,
            ArgsOf(caller, caller.TenantId, now),
            async results => new OfTenant
            {
                TimeZone = caller.Tenant.TimeZone,
                UpToDate = await results.ReadSingleAsync<bool>(),
                People = await results.ReadSingleAsync<int>(),
                Competitions = [.. await results.ReadAsync<StatusCount>()],
                Judging = JudgeWorkload.ViewOf([.. await results.ReadAsync<JudgeWorkload.Row>()], now).Total,
                NewPeople = [.. await results.ReadAsync<DayCount>()],
                Registrations = [.. await results.ReadAsync<DayCount>()],
                Submissions = [.. await results.ReadAsync<DayCount>()],
                Events = [.. await results.ReadAsync<EventDay>()],
            },
            cancellationToken);
    }

    public async Task<OfJudge> OfJudgeAsync(Caller caller, CancellationToken cancellationToken)
    {
        const string Own = "given.judge_id IN (SELECT id FROM judges WHERE tenant_id = @TenantId AND user_id = @Person AND deleted_at IS NULL)";
        var now = clock.GetUtcNow();
        var args = ArgsOf(caller, caller.TenantId, now);
        args.AddDynamicParams(new { caller.Person });
        return await database.Reading(caller).QueryManyAsync(
            $"""
            {JudgeWorkload.SqlOf(Own)};
            SELECT given.competition_id, competitions.name AS competition, given.round_id, competition_rounds.name AS round, count(*)::int AS assigned, count(*) FILTER (WHERE given.status = 'finished')::int AS done,
                   count(*) FILTER (WHERE given.status <> 'finished' AND given.due_at < @now)::int AS overdue, min(given.due_at) FILTER (WHERE given.status <> 'finished') AS due_at
            FROM judge_assignments AS given
            JOIN competitions ON competitions.tenant_id = @TenantId AND competitions.id = given.competition_id
            JOIN competition_rounds ON competition_rounds.tenant_id = @TenantId AND competition_rounds.id = given.round_id
            WHERE given.tenant_id = @TenantId AND {Own} AND given.status IN ('assigned', 'started', 'finished')
            GROUP BY given.competition_id, competitions.name, given.round_id, competition_rounds.name, competition_rounds.number
            ORDER BY competitions.name, given.competition_id, competition_rounds.number;
            {PerDay("reviews", "submitted_at", $"AND status = 'final' AND {Own.Replace("given.", "", StringComparison.Ordinal)}")}
            """,
            args,
            async results => new OfJudge
            {
                TimeZone = caller.Tenant.TimeZone,
                Total = JudgeWorkload.ViewOf([.. await results.ReadAsync<JudgeWorkload.Row>()], now).Total,
                Competitions = [.. await results.ReadAsync<Work>()],
                Finished = [.. await results.ReadAsync<DayCount>()],
            },
            cancellationToken);
    }

    // every day has its line, also where nothing happened
    private static string PerDay(string table, string column, string where) =>
        $"""
        SELECT day, coalesce(number, 0) AS count
        FROM (SELECT @firstDay + n AS day FROM generate_series(0, @days - 1) AS n) AS days
        LEFT JOIN (
            SELECT ({column} AT TIME ZONE @zone)::date AS day, count(*)::int AS number
            FROM {table} WHERE tenant_id = @TenantId {where} AND {column} >= @since GROUP BY 1
        ) AS counted USING (day)
        ORDER BY day
        """;

    private static Dapper.DynamicParameters ArgsOf(Caller caller, Guid place, DateTimeOffset now)
    {
        var zone = TimeZoneInfo.FindSystemTimeZoneById(caller.Tenant.TimeZone);
        var today = LocalDay.Of(now, zone);
        var firstDay = today.AddDays(1 - Days);
        return new Dapper.DynamicParameters(new
        {
            caller.TenantId,
            place,
            zone = caller.Tenant.TimeZone,
            now,
            lately = now - JudgingPace.LookedAt,
            today,
            firstDay,
            days = Days,
            since = TimeBuckets.StartOf(firstDay, zone),
        });
    }
}
