using System.ComponentModel.DataAnnotations;
using Podium.Competitions;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Judging;

/// <summary>Who judges in a competition, who comes late and who drops out.</summary>
public sealed class JudgePanel(Database database, AssignRound assign, TimeProvider clock)
{
    public sealed record Member
    {
        public required Guid JudgeId { get; init; }

        public required Guid UserId { get; init; }

        public required string Name { get; init; }

        public required string[] Topics { get; init; }

        public required int Capacity { get; init; }

        public required DateTimeOffset JoinedAt { get; init; }

        public DateTimeOffset? DroppedOutAt { get; init; }

        /// <summary>Reviews given out and not yet final.</summary>
        public required int Waiting { get; init; }

        public required int Finished { get; init; }
    }

    public sealed record Panel(IReadOnlyList<Member> Items);

    public sealed record Joining
    {
        /// <summary>How many reviews in this competition; absent, what the judge says.</summary>
        [Range(0, 10000)]
        public int? Capacity { get; init; }
    }

    public sealed record DropOut
    {
        [StringLength(1000, MinimumLength = 1)]
        public string? Reason { get; init; }
    }

    private const string Select =
        """
        SELECT judges.id AS judge_id, judges.user_id, first_name || ' ' || last_name AS name, topics, coalesce(competition_judges.capacity, judges.capacity) AS capacity, joined_at, dropped_out_at,
               (SELECT count(*)::int FROM judge_assignments AS given WHERE given.tenant_id = @TenantId AND given.competition_id = @competitionId AND given.judge_id = judges.id AND given.status IN ('assigned', 'started')) AS waiting,
               (SELECT count(*)::int FROM judge_assignments AS given WHERE given.tenant_id = @TenantId AND given.competition_id = @competitionId AND given.judge_id = judges.id AND given.status = 'finished') AS finished
        FROM competition_judges
        JOIN judges ON judges.tenant_id = competition_judges.tenant_id AND judges.id = competition_judges.judge_id
        JOIN users ON users.tenant_id = judges.tenant_id AND users.id = judges.user_id
        WHERE competition_judges.tenant_id = @TenantId AND competition_judges.competition_id = @competitionId
        """;

    /// <summary>Takes a judge in, or back; a second time changes the capacity.</summary>
    public Task<Outcome<Member>> JoinAsync(Caller caller, Guid competitionId, Guid judgeId, Joining joining, CancellationToken cancellationToken) => database.InTransaction<Member>(
        caller,
        async session =>
        {
            if (await LockedCompetition.ForChangeAsync(session, caller, competitionId, cancellationToken) is { Problem: { } gone }) return gone;
            var added = await session.ExecuteAsync(
                """
                INSERT INTO competition_judges (tenant_id, competition_id, judge_id, capacity, joined_at)
                SELECT @TenantId, @competitionId, id, @Capacity, @now FROM judges WHERE tenant_id = @TenantId AND id = @judgeId AND deleted_at IS NULL
                ON CONFLICT (tenant_id, competition_id, judge_id) DO UPDATE SET capacity = excluded.capacity, dropped_out_at = NULL, reason = NULL
                """,
                new { caller.TenantId, competitionId, judgeId, joining.Capacity, now = clock.GetUtcNow() },
                cancellationToken);
            if (added == 0) return Problem.NotFound("judge");
            return await session.SingleAsync<Member>(Select + " AND judges.id = @judgeId", new { caller.TenantId, competitionId, judgeId }, cancellationToken);
        },
        cancellationToken);

    /// <summary>What the judge had not finished is given to others, in every round.</summary>
    public Task<Outcome<Member>> DropOutAsync(Caller caller, Guid competitionId, Guid judgeId, DropOut request, CancellationToken cancellationToken) => database.InTransaction<Member>(
        caller,
        async session =>
        {
            var args = new { caller.TenantId, competitionId, judgeId, reason = request.Reason?.Trim() is { Length: > 0 } reason ? reason : null, now = clock.GetUtcNow() };
            if (await LockedCompetition.LockAsync(session, caller, competitionId, cancellationToken) is { Problem: { } gone }) return gone;
            var known = await session.ExecuteAsync(
                """
                UPDATE competition_judges SET reason = CASE WHEN dropped_out_at IS NULL THEN @reason ELSE reason END, dropped_out_at = coalesce(dropped_out_at, @now)
                WHERE tenant_id = @TenantId AND competition_id = @competitionId AND judge_id = @judgeId
                """,
                args,
                cancellationToken);
            if (known == 0) return Problem.NotFound("judge of this competition");
            var rounds = await session.QueryAsync<Guid>(
                """
                SELECT DISTINCT round_id FROM judge_assignments
                WHERE tenant_id = @TenantId AND competition_id = @competitionId AND judge_id = @judgeId AND status IN ('assigned', 'started')
                ORDER BY round_id
                """,
                args,
                cancellationToken);
            foreach (var round in rounds) await assign.AgainAsync(session, caller.TenantId, caller.UserId, competitionId, round, "drop-out", cancellationToken);
            return await session.SingleAsync<Member>(Select + " AND judges.id = @judgeId", args, cancellationToken);
        },
        cancellationToken);

    public Task<Outcome<Panel>> ListAsync(Caller caller, Guid competitionId, CancellationToken cancellationToken) => database.InTransaction<Panel>(
        caller,
        async session =>
        {
            if (await LockedCompetition.ReadAsync(session, caller, competitionId, cancellationToken) is { Problem: { } gone }) return gone;
            return new Panel(await session.QueryAsync<Member>(Select + " ORDER BY name, judges.id", new { caller.TenantId, competitionId }, cancellationToken));
        },
        cancellationToken);
}
