using System.ComponentModel.DataAnnotations;
using Dapper;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Caching;
using Podium.Platform.Databases;
using Podium.Platform.Problems;
using Podium.Tenancy;

namespace Podium.Competitions;

/// <summary>Moves a competition on in its life, and says who did it and why.</summary>
public sealed class MoveCompetition(Database database, Cache cache, Waitlist waitlist, CompetitionNotices notices, TimeProvider clock)
{
    public sealed record Request
    {
        [Example("published")]
        public required CompetitionStatus To { get; init; }

        /// <summary>Why; cancelling and reopening need it, and who has registered reads it.</summary>
        [StringLength(1000, MinimumLength = 1), Example("Too few teams have registered.")]
        public string? Reason { get; init; }
    }

    public sealed record Step
    {
        public required Guid Id { get; init; }

        public required CompetitionStatus FromStatus { get; init; }

        public required CompetitionStatus ToStatus { get; init; }

        public string? Reason { get; init; }

        public required DateTimeOffset MovedAt { get; init; }

        /// <summary>Who moved it; nobody where the system did.</summary>
        public Guid? MovedBy { get; init; }
    }

    public Task<Outcome<CompetitionDirectory.View>> Run(Caller caller, Guid id, Request request, int? ifMatch, CancellationToken cancellationToken) => database.InTransaction<CompetitionDirectory.View>(
        caller,
        async session =>
        {
            var locked = await LockedCompetition.LockAsync(session, caller, id, cancellationToken);
            if (locked.Value is not { } before) return locked.Problem!;
            if (ifMatch is not null && ifMatch != before.Version) return CommonProblems.Stale;
            if (LifeCycle.Find(before.Status, request.To) is not { } move) return new Problem(CompetitionProblems.MoveNotAllowed, $"It cannot go from {before.Status.Text()} to {request.To.Text()}.");
            if (!caller.Allows(move.Permission, Scope.Competition(id))) return new Problem(CommonProblems.Forbidden, $"It needs the permission '{move.Permission}'.");
            if (move.NeedsReason && string.IsNullOrWhiteSpace(request.Reason)) return Problem.Invalid("/reason", "required", "Say why.");
            if (await MoveAsync(session, caller.Tenant, caller.UserId, before, request.To, request.Reason?.Trim(), cancellationToken) is { } problem) return problem;
            return await EditCompetition.ReadAsync(session, caller, id, cancellationToken);
        },
        cancellationToken);

    /// <summary>The same by the system, in its own transaction's session; a move that has been made already is no problem.</summary>
    public async Task<Problem?> RunAsync(Session session, Tenant tenant, Guid id, CompetitionStatus to, string? reason, CancellationToken cancellationToken)
    {
        if (await LockedCompetition.LockAsync(session, tenant.Id, id, cancellationToken) is not { } before) return Problem.NotFound("competition");
        if (before.Status == to) return null;
        if (LifeCycle.Find(before.Status, to) is null) return new Problem(CompetitionProblems.MoveNotAllowed, $"It cannot go from {before.Status.Text()} to {to.Text()}.");
        return await MoveAsync(session, tenant, null, before, to, reason, cancellationToken);
    }

    public async Task<Outcome<Page<Step>>> ListAsync(Caller caller, Guid id, PageQuery page, CancellationToken cancellationToken)
    {
        var found = await database.As(caller).QueryManyAsync(
            """
            SELECT EXISTS (SELECT FROM competitions WHERE tenant_id = @TenantId AND id = @id AND deleted_at IS NULL);
            SELECT id, from_status, to_status, reason, moved_at, moved_by FROM competition_moves
            WHERE tenant_id = @TenantId AND competition_id = @id AND (@After::uuid IS NULL OR id < @After) ORDER BY id DESC LIMIT @limit
            """,
            new { caller.TenantId, id, page.After, limit = page.Fetch() },
            async results => (IsThere: await results.ReadSingleAsync<bool>(), Steps: (await results.ReadAsync<Step>()).AsList()),
            cancellationToken);
        return found.IsThere ? page.Of(found.Steps, step => step.Id) : Problem.NotFound("competition");
    }

    private async Task<Problem?> MoveAsync(Session session, Tenant tenant, Guid? by, LockedCompetition before, CompetitionStatus to, string? reason, CancellationToken cancellationToken)
    {
        if (to == CompetitionStatus.Published && FaultsOf(before) is { Count: > 0 } faults) return new Problem(CompetitionProblems.Incomplete) { Faults = faults };
        var now = clock.GetUtcNow();
        await session.ExecuteAsync(
            """
            UPDATE competitions SET status = @to, status_changed_at = @now, updated_at = @now, updated_by = @by, version = version + 1 WHERE tenant_id = @tenantId AND id = @competitionId;
            INSERT INTO competition_moves (tenant_id, id, competition_id, from_status, to_status, reason, moved_at, moved_by)
            VALUES (@tenantId, @id, @competitionId, @from, @to, @reason, @now, @by)
            """,
            new { tenantId = tenant.Id, id = Guid.CreateVersion7(now), competitionId = before.Id, from = before.Status.Text(), to = to.Text(), reason, now, by },
            cancellationToken);
        if (to == CompetitionStatus.Cancelled) await TellOfCancellingAsync(session, tenant, before, reason, cancellationToken);
        else await waitlist.MoveUpAsync(session, tenant, before.Id, cancellationToken);
        await CompetitionDirectory.ForgetAsync(cache, session, tenant.Id, before.Id);
        return null;
    }

    private async Task TellOfCancellingAsync(Session session, Tenant tenant, LockedCompetition competition, string? reason, CancellationToken cancellationToken)
    {
        var people = await session.QueryAsync<Guid>(
            """
            SELECT user_id FROM competition_entrants AS entrant
            WHERE tenant_id = @tenantId AND competition_id = @Id AND EXISTS (
                SELECT FROM registrations
                WHERE registrations.tenant_id = @tenantId AND registrations.competition_id = @Id AND status IN ('pending', 'approved', 'waitlisted')
                  AND (registrations.id = entrant.registration_id OR registrations.team_id = entrant.team_id))
            """,
            new { tenantId = tenant.Id, competition.Id },
            cancellationToken);
        await notices.TellAsync(session, tenant, "competition-cancelled", people, competition, new() { ["reason"] = reason ?? "" }, cancellationToken);
    }

    private static List<Fault> FaultsOf(LockedCompetition competition)
    {
        var faults = new List<Fault>();
        if (competition.RegistrationStart is null) faults.Add(new Fault("/registrationStart", "required", "Say when registration opens."));
        if (competition.RegistrationEnd is null) faults.Add(new Fault("/registrationEnd", "required", "Say when registration closes."));
        if (competition.CompetitionStart is null) faults.Add(new Fault("/competitionStart", "required", "Say when the competition begins."));
        if (competition.CompetitionEnd is null) faults.Add(new Fault("/competitionEnd", "required", "Say when the competition ends."));
        return faults;
    }
}
