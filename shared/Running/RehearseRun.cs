using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Podium.Competitions;
using Podium.Judging;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Running;

/// <summary>
/// Takes a competition through all its rounds before anybody else sees it: with people who do not exist, on a clock that jumps, by the very steps that will take it through them
/// in earnest, in a transaction of which nothing stays.
/// </summary>
public sealed class RehearseRun(Database database, MoveRounds moves, MakeAssignment make, TimeProvider clock)
{
    private const int MostSteps = 2000;

    // how long organisers take to look at the places
    private static readonly TimeSpan Deliberation = TimeSpan.FromHours(12);

    public sealed record Request
    {
        /// <summary>How many take part; those who have registered are among them.</summary>
        [Range(1, 500), Example(20)]
        public int Participants { get; init; } = 20;

        /// <summary>How many judge; those of the panel are among them.</summary>
        [Range(0, 200), Example(6)]
        public int Judges { get; init; } = 6;

        /// <summary>How many of a hundred judges do not finish in time.</summary>
        [Range(0, 100), Example(20)]
        public int LateJudges { get; init; }

        /// <summary>The same seed gives the same marks.</summary>
        [Range(0, int.MaxValue), Example(1)]
        public int Seed { get; init; } = 1;
    }

    public sealed record Moment
    {
        public required DateTimeOffset At { get; init; }

        /// <summary>The round's number; absent where it is about the whole competition.</summary>
        public int? Round { get; init; }

        public required string What { get; init; }

        public required string Detail { get; init; }

        /// <summary>The templates of what would be sent.</summary>
        public required string[] Notices { get; init; }

        /// <summary>To how many people.</summary>
        public required int Told { get; init; }
    }

    public sealed record RoundOutcome(int Number, string Name, int Entries, int Reviews, int Advancing);

    public sealed record View
    {
        public required IReadOnlyList<Moment> Timeline { get; init; }

        public required IReadOnlyList<RoundOutcome> Rounds { get; init; }

        /// <summary>What would go wrong, or later than it says.</summary>
        public required IReadOnlyList<string> Warnings { get; init; }

        /// <summary>When the results are announced; absent where it does not come to that.</summary>
        public DateTimeOffset? EndsAt { get; init; }
    }

    // nothing of a rehearsal stays: a refusal rolls back, and this one is never shown
    private static readonly ProblemKind NothingStays = new(409, "rehearsed", "It was a rehearsal.");

    private sealed record Review(Guid Id, Guid JudgeId, Guid CompetitionId, Guid RoundId);

    public async Task<Outcome<View>> RunAsync(Caller caller, Guid competitionId, Request request, CancellationToken cancellationToken)
    {
        View? view = null;
        var refused = await database.InTransaction<View>(
            caller,
            async session =>
            {
                var locked = await LockedCompetition.ForChangeAsync(session, caller, competitionId, cancellationToken);
                if (locked.Problem is { } problem) return problem;
                if (await session.FirstAsync<string>("SELECT status FROM competition_runs WHERE tenant_id = @TenantId AND competition_id = @competitionId AND status IN ('running', 'paused')", new { caller.TenantId, competitionId }, cancellationToken) is not null)
                    return RunningProblems.Running;
                if (await DirectRun.MissingAsync(session, caller.TenantId, locked.Value! with { Status = CompetitionStatus.Published }, clock.GetUtcNow(), cancellationToken) is { } missing) return new Problem(RunningProblems.NotReady, missing);
                if (locked.Value is { CompetitionStart: null } or { CompetitionEnd: null } or { RegistrationStart: null } or { RegistrationEnd: null }) return new Problem(RunningProblems.NotReady, "Its times are not complete.");
                view = await new Rehearsal(session, caller, competitionId, request, moves, make, cancellationToken).RunAsync(clock.GetUtcNow());
                return NothingStays;
            },
            cancellationToken);
        return view is not null ? view : refused;
    }

    /// <summary>One rehearsal, within its transaction.</summary>
    private sealed class Rehearsal(Session session, Caller caller, Guid competitionId, Request request, MoveRounds moves, MakeAssignment make, CancellationToken stop)
    {
        private readonly Random _random = new(request.Seed);
        private readonly List<string> _warnings = [];
        private readonly HashSet<Guid> _late = [];
        private int _number;

        public async Task<View> RunAsync(DateTimeOffset now)
        {
            await PeopleAsync(now);
            var end = default(DateTimeOffset?);
            for (var step = 0; step < MostSteps; step++)
            {
                if (await moves.OnceAsync(session, caller.Tenant, competitionId, _number, now, stop) is not { } waits) continue;
                if (waits.Ended)
                {
                    end = now;
                    break;
                }
                if (await PlanAsync() || await ReviewAsync(now, waits.Until)) continue;
                now = waits.Until is { } until && until > now ? until : await DecideAsync(now);
            }
            if (end is null) _warnings.Add("It does not come to an end.");
            return await ViewAsync(end);
        }

        private async Task PeopleAsync(DateTimeOffset now)
        {
            var args = new { caller.TenantId, competitionId, request.Participants, request.Judges, now };
            await session.ExecuteAsync(
                """
                UPDATE competitions SET status = 'published', requires_approval = false WHERE tenant_id = @TenantId AND id = @competitionId AND status = 'draft';
                -- nobody hands anything in at a rehearsal: judges get everybody
                UPDATE competitions SET configuration = configuration - 'submissions' WHERE tenant_id = @TenantId AND id = @competitionId;
                UPDATE competition_rounds SET configuration = configuration - 'submissions' WHERE tenant_id = @TenantId AND competition_id = @competitionId;
                DROP TABLE IF EXISTS pg_temp.rehearsing;
                CREATE TEMPORARY TABLE rehearsing ON COMMIT DROP AS
                    SELECT uuidv7() AS user_id, uuidv7() AS team_id, uuidv7() AS judge_id, number, number <= missing AS participates, number > missing AS judges
                    FROM (
                        SELECT greatest(0, least(@Participants, coalesce(max_participants, @Participants)) - (SELECT count(*) FROM registrations WHERE tenant_id = @TenantId AND competition_id = @competitionId AND status IN ('approved', 'pending'))) AS missing,
                               greatest(0, @Judges - (SELECT count(*) FROM competition_judges WHERE tenant_id = @TenantId AND competition_id = @competitionId AND dropped_out_at IS NULL)) AS panel
                        FROM competitions WHERE tenant_id = @TenantId AND id = @competitionId
                    ) AS wanted CROSS JOIN LATERAL generate_series(1, missing + panel) AS number;
                INSERT INTO users (tenant_id, id, email, email_key, first_name, last_name, language, created_at, updated_at)
                SELECT @TenantId, user_id, address, address, CASE WHEN judges THEN 'Judge' ELSE 'Participant' END, number::text, 'en', @now, @now
                FROM (SELECT *, 'p' || number || '@rehearsal-' || user_id || '.invalid' AS address FROM rehearsing) AS person;
                INSERT INTO user_roles (tenant_id, id, user_id, role_id, scope_type, granted_at)
                SELECT @TenantId, uuidv7(), user_id, roles.id, 'tenant', @now FROM rehearsing JOIN roles ON roles.tenant_id = @TenantId AND roles.name = CASE WHEN judges THEN 'JUDGE' ELSE 'PARTICIPANT' END;
                INSERT INTO teams (tenant_id, id, competition_id, name, captain_id, created_at, updated_at)
                SELECT @TenantId, team_id, @competitionId, 'Rehearsal ' || number, user_id, @now, @now
                FROM rehearsing WHERE participates AND (SELECT type FROM competitions WHERE tenant_id = @TenantId AND id = @competitionId) <> 'individual';
                INSERT INTO team_members (tenant_id, team_id, user_id, competition_id, role, joined_at)
                SELECT tenant_id, id, captain_id, competition_id, 'captain', @now FROM teams WHERE tenant_id = @TenantId AND id IN (SELECT team_id FROM rehearsing);
                INSERT INTO registrations (tenant_id, id, competition_id, user_id, team_id, status, registered_at, created_at, updated_at)
                SELECT @TenantId, uuidv7(), @competitionId, CASE WHEN teams.id IS NULL THEN user_id END, teams.id, 'approved', @now, @now, @now
                FROM rehearsing LEFT JOIN teams ON teams.tenant_id = @TenantId AND teams.id = team_id WHERE participates;
                UPDATE registrations SET status = 'approved' WHERE tenant_id = @TenantId AND competition_id = @competitionId AND status = 'pending';
                INSERT INTO judges (tenant_id, id, user_id, capacity, created_at, updated_at)
                SELECT @TenantId, judge_id, user_id, 10000, @now, @now FROM rehearsing WHERE judges;
                INSERT INTO competition_judges (tenant_id, competition_id, judge_id, joined_at)
                SELECT @TenantId, @competitionId, judge_id, @now FROM rehearsing WHERE judges
                """,
                args,
                stop);
            _number = await CompetitionRun.BeginAsync(session, caller.TenantId, competitionId, null, now, stop);
            var judges = await session.QueryAsync<Guid>("SELECT judge_id FROM competition_judges WHERE tenant_id = @TenantId AND competition_id = @competitionId AND dropped_out_at IS NULL ORDER BY judge_id", args, stop);
            _late.UnionWith(judges.Take((int)Math.Round(judges.Count * request.LateJudges / 100m)));
        }

        // what the queue would do
        private async Task<bool> PlanAsync()
        {
            var plans = await session.QueryAsync<Guid>("SELECT id FROM assignment_plans WHERE tenant_id = @TenantId AND competition_id = @competitionId AND finished_at IS NULL ORDER BY position", new { caller.TenantId, competitionId }, stop);
            foreach (var plan in plans)
            {
                await make.RunAsync(session, caller.Tenant, plan, stop);
                var result = await session.SingleAsync<(int Number, JsonElement Shortages)>(
                    """
                    SELECT round.number, shortages FROM assignment_plans AS plan JOIN competition_rounds AS round ON round.tenant_id = plan.tenant_id AND round.id = plan.round_id
                    WHERE plan.tenant_id = @TenantId AND plan.id = @plan
                    """,
                    new { caller.TenantId, plan },
                    stop);
                var shortages = result.Shortages.Deserialize<List<AssignmentShortage>>(Json.Options)!;
                if (shortages.Count > 0) _warnings.Add($"Round {result.Number}: {shortages.Count} entries get fewer judges than they need. {shortages[0].Why}");
            }
            return plans.Count > 0;
        }

        // judges who are in time are done when half of it has gone; who took over is in time
        private async Task<bool> ReviewAsync(DateTimeOffset now, DateTimeOffset? until)
        {
            var waiting = await session.QueryAsync<Review>(
                """
                SELECT given.id, given.judge_id, given.competition_id, given.round_id
                FROM judge_assignments AS given JOIN round_runs ON round_runs.tenant_id = given.tenant_id AND round_runs.round_id = given.round_id AND round_runs.phase = 'judging'
                WHERE given.tenant_id = @TenantId AND given.competition_id = @competitionId AND given.status = 'assigned' AND (round_runs.taken_over_at IS NOT NULL OR NOT given.judge_id = ANY (@late))
                -- in the order in which they were made, so that the same seed gives the same entry the same marks
                ORDER BY given.registration_id, given.judge_id
                """,
                new { caller.TenantId, competitionId, late = _late.ToArray() },
                stop);
            if (waiting.Count == 0 && until is not null && await Comparisons.RehearseAsync(session, caller.TenantId, competitionId, _late, _random, now + ((until.Value - now) / 2), stop) > 0) return true;
            if (waiting.Count == 0 || until is null) return false;
            var rubric = (await Rubrics.ForRoundAsync(session, caller.TenantId, competitionId, waiting[0].RoundId, stop))!;
            var marks = waiting.Select(_ => rubric.Criteria.ToDictionary(criterion => criterion.Key, criterion => (decimal?)(criterion.Step is { } step ? step * _random.Next((int)(criterion.MaxPoints / step) + 1) : _random.Next((int)criterion.MaxPoints + 1)))).ToList();
            await session.ExecuteAsync(
                """
                INSERT INTO reviews (tenant_id, id, competition_id, round_id, judge_id, rubric_id, status, marks, overall_score, total_points, submitted_at, created_at, updated_at)
                SELECT @TenantId, id, @competitionId, @roundId, judge_id, @rubricId, 'final', marks::jsonb, total, @TotalPoints, @at, @at, @at FROM unnest(@ids, @judges, @marks, @totals) AS given (id, judge_id, marks, total);
                UPDATE judge_assignments SET status = 'finished', changed_at = @at WHERE tenant_id = @TenantId AND id = ANY (@ids)
                """,
                new
                {
                    caller.TenantId,
                    competitionId,
                    roundId = waiting[0].RoundId,
                    rubricId = rubric.Id,
                    rubric.TotalPoints,
                    at = now + ((until.Value - now) / 2),
                    ids = waiting.Select(review => review.Id).ToArray(),
                    judges = waiting.Select(review => review.JudgeId).ToArray(),
                    marks = marks.Select(given => JsonSerializer.Serialize(given, Json.Options)).ToArray(),
                    totals = marks.Select(given => Scoring.Total(rubric.Criteria, rubric.Rule, given) ?? 0).ToArray(),
                },
                stop);
            return true;
        }

        private async Task<DateTimeOffset> DecideAsync(DateTimeOffset now)
        {
            var decided = now + Deliberation;
            await session.ExecuteAsync(
                "UPDATE round_runs SET confirmed_at = @decided WHERE tenant_id = @TenantId AND competition_id = @competitionId AND phase = 'confirming' AND confirmed_at IS NULL", new { caller.TenantId, competitionId, decided }, stop);
            return decided;
        }

        private async Task<View> ViewAsync(DateTimeOffset? end)
        {
            var args = new { caller.TenantId, competitionId };
            var timeline = await session.QueryAsync<Moment>(
                """
                SELECT step.at, round.number AS round, step.what, step.detail, step.notices, step.told
                FROM round_steps AS step LEFT JOIN competition_rounds AS round ON round.tenant_id = step.tenant_id AND round.id = step.round_id
                WHERE step.tenant_id = @TenantId AND step.competition_id = @competitionId ORDER BY step.position
                """,
                args,
                stop);
            var rounds = await session.QueryAsync<RoundOutcome>(
                """
                SELECT round.number, round.name, count(entry.registration_id)::int AS entries, coalesce(sum(entry.review_count), 0)::int AS reviews, (count(*) FILTER (WHERE entry.advances))::int AS advancing
                FROM competition_rounds AS round LEFT JOIN round_entries AS entry ON entry.tenant_id = round.tenant_id AND entry.round_id = round.id
                WHERE round.tenant_id = @TenantId AND round.competition_id = @competitionId AND round.deleted_at IS NULL
                GROUP BY round.id, round.number, round.name ORDER BY round.number
                """,
                args,
                stop);
            var planned = (await session.QueryAsync<(int Number, DateTimeOffset OpensAt)>(
                "SELECT number, opens_at FROM competition_rounds WHERE tenant_id = @TenantId AND competition_id = @competitionId AND deleted_at IS NULL", args, stop)).ToDictionary(round => round.Number, round => round.OpensAt);
            foreach (var opened in timeline.Where(moment => moment is { What: "opened", Round: not null } && moment.At > planned[moment.Round.Value].AddHours(1) && moment.At > timeline[0].At))
                _warnings.Add($"Round {opened.Round} opens at {opened.At.UtcDateTime:yyyy-MM-dd HH:mm} UTC instead of {planned[opened.Round!.Value].UtcDateTime:yyyy-MM-dd HH:mm}: the round before it is not decided earlier.");
            foreach (var late in timeline.Where(moment => moment.What == "taken-over")) _warnings.Add($"Round {late.Round}: {late.Detail}");
            foreach (var empty in rounds.Where(round => round.Entries == 0)) _warnings.Add($"Nobody is in round {empty.Number}.");
            var closing = await session.FirstAsync<DateTimeOffset?>("SELECT competition_end FROM competitions WHERE tenant_id = @TenantId AND id = @competitionId", args, stop);
            if (end > closing) _warnings.Add($"The results are announced at {end.Value.UtcDateTime:yyyy-MM-dd HH:mm} UTC, after the competition's end.");
            return new View { Timeline = timeline, Rounds = rounds, Warnings = _warnings, EndsAt = end };
        }
    }
}
