using Podium.Platform.Access;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Emergencies;

/// <summary>Approves or refuses what a second person is asked for, and takes back what was done.</summary>
public sealed class DecideEmergency(Database database, ActInEmergency act, TimeProvider clock)
{
    private static readonly ProblemKind NothingStays = new(409, "emergency-dry-run", "It was a dry run.");

    /// <summary>One, with the plan as it is now where it waits for a second person.</summary>
    public async Task<Outcome<EmergencyBook.View>> ReadAsync(Caller caller, Guid id, CancellationToken cancellationToken)
    {
        if (await EmergencyBook.FindAsync(database.As(caller), caller, id, clock.GetUtcNow(), cancellationToken) is not { } row) return Problem.NotFound("emergency");
        if (row.State != EmergencyState.Asked) return row.ToView();
        var plan = await act.PlanAsync(caller, row.Kind, row.CompetitionId, row.Request, row.Reason, cancellationToken);
        // it cannot be done any more: it is shown as it was asked for
        return plan.Value is null ? row.ToView() : row.ToView() with { Plan = plan.Value, Digest = plan.Value.Digest() };
    }

    public Task<Outcome<EmergencyBook.View>> ApproveAsync(Caller caller, Guid id, EmergencyApproval approval, CancellationToken cancellationToken) => database.InTransaction<EmergencyBook.View>(
        caller,
        async session =>
        {
            var now = clock.GetUtcNow();
            if (await EmergencyBook.FindAsync(session, caller, id, now, cancellationToken, "FOR UPDATE") is not { } row) return Problem.NotFound("emergency");
            if (row.AskedBy == caller.Person) return EmergencyProblems.AnotherPerson;
            // the same again
            if (row.State == EmergencyState.Done && row.ApprovedBy == caller.Person) return row.ToView();
            if (row.State == EmergencyState.Expired) return EmergencyProblems.Expired;
            if (row.State != EmergencyState.Asked) return EmergencyProblems.Over;
            var outcome = await act.DoAsync(session, caller, row.Kind, row.CompetitionId, row.Request, row.Reason, cancellationToken);
            if (outcome.Value is not { } done) return outcome.Problem!;
            if (done.Plan.Digest() != approval.Digest) return EmergencyProblems.PlanChanged;
            await session.ExecuteAsync(
                """
                UPDATE emergencies SET state = 'done', approved_by = @Person, decided_at = @now, plan = @plan, undo = @undo, reversible = @Reversible, version = version + 1
                WHERE tenant_id = @TenantId AND id = @id
                """,
                new { caller.TenantId, caller.Person, id, now, plan = EmergencyBook.Text(done.Plan.Kept()), undo = EmergencyBook.Text(done.Undo), done.Plan.Reversible },
                cancellationToken);
            return (await EmergencyBook.FindAsync(session, caller, id, now, cancellationToken))!.ToView() with { Plan = done.Plan };
        },
        cancellationToken);

    /// <summary>It is not done. Who asked may take it back so.</summary>
    public Task<Outcome<EmergencyBook.View>> RefuseAsync(Caller caller, Guid id, CancellationToken cancellationToken) => database.InTransaction<EmergencyBook.View>(
        caller,
        async session =>
        {
            var now = clock.GetUtcNow();
            if (await EmergencyBook.FindAsync(session, caller, id, now, cancellationToken, "FOR UPDATE") is not { } row) return Problem.NotFound("emergency");
            if (row.State == EmergencyState.Refused) return row.ToView();
            if (row.State is not (EmergencyState.Asked or EmergencyState.Expired)) return EmergencyProblems.Over;
            await session.ExecuteAsync("UPDATE emergencies SET state = 'refused', decided_at = @now, version = version + 1 WHERE tenant_id = @TenantId AND id = @id", new { caller.TenantId, id, now }, cancellationToken);
            return (await EmergencyBook.FindAsync(session, caller, id, now, cancellationToken))!.ToView();
        },
        cancellationToken);

    /// <summary>Takes back what was done, as far as nobody relies on it; or says what that would touch.</summary>
    public async Task<Outcome<EmergencyBook.View>> ReverseAsync(Caller caller, Guid id, EmergencyReversal request, CancellationToken cancellationToken)
    {
        var planned = default(EmergencyBook.View);
        var reversed = await database.InTransaction<EmergencyBook.View>(
            caller,
            async session =>
            {
                var now = clock.GetUtcNow();
                if (await EmergencyBook.FindAsync(session, caller, id, now, cancellationToken, "FOR UPDATE") is not { } row) return Problem.NotFound("emergency");
                if (row.State == EmergencyState.Reversed) return row.ToView();
                if (row.State != EmergencyState.Done) return EmergencyProblems.Over;
                if (!row.Reversible) return EmergencyProblems.Irreversible;
                var outcome = await act.UndoAsync(session, caller, row, request.Reason.Trim(), cancellationToken);
                if (outcome.Value is not { } plan) return outcome.Problem!;
                if (request.DryRun)
                {
                    planned = row.ToView() with { Plan = plan };
                    return NothingStays;
                }
                await session.ExecuteAsync(
                    "UPDATE emergencies SET state = 'reversed', reversed_by = @Person, reversed_at = @now, reversed_reason = @reason, version = version + 1 WHERE tenant_id = @TenantId AND id = @id",
                    new { caller.TenantId, caller.Person, id, now, reason = request.Reason.Trim() },
                    cancellationToken);
                return (await EmergencyBook.FindAsync(session, caller, id, now, cancellationToken))!.ToView() with { Plan = plan };
            },
            cancellationToken);
        return planned is null ? reversed : planned;
    }
}
