using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Dapper;
using Podium.Competitions;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Databases;
using Podium.Platform.Messaging;
using Podium.Platform.Problems;

namespace Podium.Judging;

/// <summary>Orders that judges be assigned to a round, and tells what came of it. The work is done by the queue <c>evaluation_assignment</c>.</summary>
public sealed class AssignRound(Database database, Outbox outbox, TimeProvider clock)
{
    public sealed record Request
    {
        /// <summary>How many judges each entry needs.</summary>
        [Range(1, 50)]
        public required int Needed { get; init; }

        /// <summary>Until when the reviews should be final.</summary>
        public DateTimeOffset? DueAt { get; init; }

        /// <summary>Only these registrations, such as those that have come so far; absent, all that are approved.</summary>
        [MaxLength(5000), Example(null!)]
        public IReadOnlyList<Guid>? RegistrationIds { get; init; }

        /// <summary>What a judge who knows none of an entry's topics costs.</summary>
        [Range(0, 100000)]
        public int Expertise { get; init; } = 1000;

        /// <summary>What uneven loads cost.</summary>
        [Range(0, 100000)]
        public int Balance { get; init; } = 100;

        /// <summary>What it costs to give a review that is not begun to somebody else.</summary>
        [Range(0, 100000)]
        public int Change { get; init; } = 1500;

        /// <summary>How many entries of one team the same judge may judge in the competition; 0 for any number.</summary>
        [Range(0, 100)]
        public int MostPerTeam { get; init; } = 2;
    }

    public sealed record Weights(int Expertise, int Balance, int Change, int MostPerTeam);

    public sealed record View
    {
        public required Guid Id { get; init; }

        public required Guid RoundId { get; init; }

        public required int Needed { get; init; }

        public required JsonElement Weights { get; init; }

        public DateTimeOffset? DueAt { get; init; }

        /// <summary>What it was made for: requested, a drop-out, a recusal.</summary>
        public required string Why { get; init; }

        public required DateTimeOffset RequestedAt { get; init; }

        /// <summary>Null while it is being made.</summary>
        public DateTimeOffset? FinishedAt { get; init; }

        /// <summary>The sum that was made smallest.</summary>
        public long? Cost { get; init; }

        /// <summary>No assignment can cost less than this. It is the cost.</summary>
        public long? ProvenBound { get; init; }

        public int? Given { get; init; }

        public int? Withdrawn { get; init; }

        /// <summary>What could not be assigned, and why not.</summary>
        public JsonElement? Shortages { get; init; }

        public JsonElement? Loads { get; init; }

        /// <summary>The judges who meet most often.</summary>
        public JsonElement? Pairs { get; init; }
    }

    public sealed record Given(Guid Id, Guid RegistrationId, string Participant, Guid JudgeId, string Judge, string Status, JsonElement Why, DateTimeOffset? DueAt);

    public sealed record Details(View Plan, IReadOnlyList<Given> Assignments);

    /// <summary>The queue's message.</summary>
    public sealed record Order(Guid PlanId);

    private const string Columns = "id, round_id, needed, weights, due_at, why, requested_at, finished_at, cost, proven_bound, given, withdrawn, shortages, loads, pairs";

    public Task<Outcome<View>> RequestAsync(Caller caller, Guid competitionId, Guid roundId, Request request, CancellationToken cancellationToken) => database.InTransaction<View>(
        caller,
        async session =>
        {
            if (await LockedCompetition.ForChangeAsync(session, caller, competitionId, cancellationToken) is { Problem: { } gone }) return gone;
            if (!await HasRoundAsync(session, caller.TenantId, competitionId, roundId, cancellationToken)) return Problem.NotFound("round");
            var registrations = request.RegistrationIds?.Distinct().ToArray();
            if (registrations is not null && await session.SingleAsync<int>(
                "SELECT count(*)::int FROM registrations WHERE tenant_id = @TenantId AND competition_id = @competitionId AND id = ANY (@registrations) AND status = 'approved'",
                new { caller.TenantId, competitionId, registrations },
                cancellationToken) != registrations.Length) return Problem.Invalid("/registrationIds", "unknown", "Some of these are no approved registrations of this competition.");
            var id = Guid.CreateVersion7(clock.GetUtcNow());
            await session.ExecuteAsync(
                """
                INSERT INTO assignment_plans (tenant_id, id, competition_id, round_id, needed, registration_ids, weights, due_at, why, requested_at, requested_by)
                VALUES (@TenantId, @id, @competitionId, @roundId, @Needed, @registrations, @weights::jsonb, @DueAt, 'requested', @now, @UserId)
                """,
                new
                {
                    caller.TenantId,
                    caller.UserId,
                    id,
                    competitionId,
                    roundId,
                    request.Needed,
                    registrations,
                    weights = JsonSerializer.Serialize(new Weights(request.Expertise, request.Balance, request.Change, request.MostPerTeam), Json.Options),
                    request.DueAt,
                    now = clock.GetUtcNow(),
                },
                cancellationToken);
            await outbox.AddAsync(session, caller.TenantId, Outbox.EvaluationAssignment, "round", new Order(id));
            return await session.SingleAsync<View>($"SELECT {Columns} FROM assignment_plans WHERE tenant_id = @TenantId AND id = @id", new { caller.TenantId, id }, cancellationToken);
        },
        cancellationToken);

    /// <summary>The same by the system when a round closes, with the weights that are usual.</summary>
    internal async Task OrderAsync(Session session, Guid tenantId, Guid competitionId, Guid roundId, int needed, DateTimeOffset dueAt, CancellationToken cancellationToken)
    {
        var id = Guid.CreateVersion7(clock.GetUtcNow());
        var usual = new Request { Needed = needed };
        await session.ExecuteAsync(
            """
            INSERT INTO assignment_plans (tenant_id, id, competition_id, round_id, needed, registration_ids, weights, due_at, why, requested_at)
            SELECT @tenantId, @id, @competitionId, @roundId, @needed, array_agg(registration_id ORDER BY registration_id), @weights::jsonb, @dueAt, 'round', @now
            FROM round_entries WHERE tenant_id = @tenantId AND round_id = @roundId
            """,
            new
            {
                tenantId,
                id,
                competitionId,
                roundId,
                needed,
                weights = JsonSerializer.Serialize(new Weights(usual.Expertise, usual.Balance, usual.Change, usual.MostPerTeam), Json.Options),
                dueAt,
                now = clock.GetUtcNow(),
            },
            cancellationToken);
        await outbox.AddAsync(session, tenantId, Outbox.EvaluationAssignment, "round", new Order(id));
    }

    /// <summary>The same as last time, because somebody has gone. A round that was never assigned stays so.</summary>
    internal async Task AgainAsync(
        Session session, Guid tenantId, Guid? person, Guid competitionId, Guid roundId, string why, CancellationToken cancellationToken, DateTimeOffset? dueAt = null)
    {
        var id = Guid.CreateVersion7(clock.GetUtcNow());
        var added = await session.ExecuteAsync(
            """
            INSERT INTO assignment_plans (tenant_id, id, competition_id, round_id, needed, registration_ids, weights, due_at, why, requested_at, requested_by)
            SELECT tenant_id, @id, competition_id, round_id, needed, registration_ids, weights, coalesce(@dueAt, due_at), @why, @now, @person FROM assignment_plans
            WHERE tenant_id = @tenantId AND competition_id = @competitionId AND round_id = @roundId
            ORDER BY position DESC LIMIT 1
            """,
            new { tenantId, person, competitionId, roundId, id, why, dueAt, now = clock.GetUtcNow() },
            cancellationToken);
        if (added > 0) await outbox.AddAsync(session, tenantId, Outbox.EvaluationAssignment, "round", new Order(id));
    }

    /// <summary>The last plan of a round, with who judges what.</summary>
    public async Task<Outcome<Details>> ReadAsync(Caller caller, Guid competitionId, Guid roundId, CancellationToken cancellationToken)
    {
        var (plan, given) = await database.As(caller).QueryManyAsync(
            $"""
            SELECT {Columns} FROM assignment_plans
            WHERE tenant_id = @TenantId AND competition_id = @competitionId AND round_id = @roundId
            ORDER BY position DESC LIMIT 1;
            SELECT given.id, given.registration_id, coalesce(teams.name, entrant.first_name || ' ' || entrant.last_name) AS participant, given.judge_id,
                   person.first_name || ' ' || person.last_name AS judge, given.status, given.why, given.due_at
            FROM judge_assignments AS given
            JOIN registrations ON registrations.tenant_id = given.tenant_id AND registrations.id = given.registration_id
            LEFT JOIN teams ON teams.tenant_id = given.tenant_id AND teams.id = registrations.team_id
            LEFT JOIN users AS entrant ON entrant.tenant_id = given.tenant_id AND entrant.id = registrations.user_id
            JOIN judges ON judges.tenant_id = given.tenant_id AND judges.id = given.judge_id
            JOIN users AS person ON person.tenant_id = given.tenant_id AND person.id = judges.user_id
            WHERE given.tenant_id = @TenantId AND given.competition_id = @competitionId AND given.round_id = @roundId AND given.status <> 'withdrawn'
            ORDER BY participant, given.registration_id, judge, given.id
            """,
            new { caller.TenantId, competitionId, roundId },
            async grid => (await grid.ReadFirstOrDefaultAsync<View>(), (await grid.ReadAsync<Given>()).AsList()),
            cancellationToken);
        return plan is null ? Problem.NotFound("assignment of this round") : new Details(plan, given);
    }

    internal static async Task<bool> HasRoundAsync(Session session, Guid tenantId, Guid competitionId, Guid roundId, CancellationToken cancellationToken) => await session.FirstAsync<Guid?>(
        "SELECT id FROM competition_rounds WHERE tenant_id = @tenantId AND competition_id = @competitionId AND id = @roundId AND deleted_at IS NULL", new { tenantId, competitionId, roundId }, cancellationToken) is not null;
}
