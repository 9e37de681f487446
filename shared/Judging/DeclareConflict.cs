using System.ComponentModel.DataAnnotations;
using Podium.Competitions;
using Podium.Platform.Access;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Judging;

/// <summary>Declares that a judge must not judge somebody. An organiser does it for anybody, a judge for themselves.</summary>
public sealed class DeclareConflict(Database database, TimeProvider clock)
{
    public sealed record Request
    {
        public required Guid JudgeId { get; init; }

        public required Guid RegistrationId { get; init; }

        [StringLength(1000, MinimumLength = 1)]
        public string? Reason { get; init; }
    }

    public sealed record View(Guid Id, Guid JudgeId, Guid RegistrationId, string? Reason, DateTimeOffset DeclaredAt);

    public sealed record Listing(IReadOnlyList<View> Items);

    private const string Columns = "id, judge_id, registration_id, reason, declared_at";

    public Task<Outcome<View>> Run(Caller caller, Guid competitionId, Request request, CancellationToken cancellationToken) => database.InTransaction<View>(
        caller,
        async session =>
        {
            var args = new { caller.TenantId, caller.Person, competitionId, request.JudgeId, request.RegistrationId, request.Reason, id = Guid.CreateVersion7(clock.GetUtcNow()), now = clock.GetUtcNow() };
            var judge = await session.FirstAsync<Guid?>(
                """
                SELECT user_id FROM competition_judges JOIN judges ON judges.tenant_id = competition_judges.tenant_id AND judges.id = judge_id
                WHERE competition_judges.tenant_id = @TenantId AND competition_id = @competitionId AND judge_id = @JudgeId
                """,
                args,
                cancellationToken);
            var manages = caller.Allows(Permissions.CompetitionManage, Scope.Competition(competitionId));
            if (judge is null || (judge != caller.Person && !manages)) return Problem.Invalid("/judgeId", "unknown", "There is no such judge of this competition.");
            if (await session.FirstAsync<Guid?>("SELECT id FROM registrations WHERE tenant_id = @TenantId AND competition_id = @competitionId AND id = @RegistrationId", args, cancellationToken) is null)
                return Problem.Invalid("/registrationId", "unknown", "There is no such registration in this competition.");
            return await session.SingleAsync<View>(
                $"""
                INSERT INTO judge_conflicts (tenant_id, id, competition_id, judge_id, registration_id, reason, declared_at, declared_by)
                VALUES (@TenantId, @id, @competitionId, @JudgeId, @RegistrationId, @Reason, @now, @Person)
                RETURNING {Columns}
                """,
                args,
                cancellationToken);
        },
        cancellationToken);

    public Task<Outcome<Listing>> ListAsync(Caller caller, Guid competitionId, CancellationToken cancellationToken) => database.InTransaction<Listing>(
        caller,
        async session =>
        {
            if (await LockedCompetition.ReadAsync(session, caller, competitionId, cancellationToken) is { Problem: { } gone }) return gone;
            return new Listing(await session.QueryAsync<View>(
                $"SELECT {Columns} FROM judge_conflicts WHERE tenant_id = @TenantId AND competition_id = @competitionId ORDER BY declared_at, id", new { caller.TenantId, competitionId }, cancellationToken));
        },
        cancellationToken);

    public async Task<Outcome<bool>> WithdrawAsync(Caller caller, Guid competitionId, Guid id, CancellationToken cancellationToken) =>
        await database.As(caller).ExecuteAsync("DELETE FROM judge_conflicts WHERE tenant_id = @TenantId AND competition_id = @competitionId AND id = @id", new { caller.TenantId, competitionId, id }, cancellationToken) > 0
            ? true
            : Problem.NotFound("conflict of interest");
}
