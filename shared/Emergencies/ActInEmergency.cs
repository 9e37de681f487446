using System.Text.Json;
using Podium.Competitions;
using Podium.Identity;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Emergencies;

/// <summary>
/// Does what an emergency needs: says first what it would touch, by doing it and rolling back; does it at once where it can be taken back; and asks a second person where it cannot.
/// </summary>
public sealed class ActInEmergency(Database database, IEnumerable<EmergencyMeasure> measures, TimeProvider clock)
{
    /// <summary>How long a second person may think.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromHours(24);

    // a dry run is the real thing, refused at its end; this is never shown
    private static readonly ProblemKind NothingStays = new(409, "emergency-dry-run", "It was a dry run.");

    public async Task<Outcome<EmergencyBook.View>> RunAsync(Caller caller, EmergencyKind kind, Guid? competitionId, EmergencyRequest request, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var (id, text) = (request.Id ?? Guid.CreateVersion7(now), JsonSerializer.SerializeToElement(request, request.GetType(), Json.Options));
        if (!request.DryRun && await KnownAsync(database.As(caller), caller, id, kind, competitionId, text, cancellationToken) is { } known) return known;
        var planned = await PlanAsync(caller, kind, competitionId, text, request.Reason.Trim(), cancellationToken);
        if (planned.Value is not { } plan) return planned.Problem!;
        if (request.DryRun)
        {
            return new EmergencyBook.View
            {
                Kind = kind,
                CompetitionId = competitionId,
                State = EmergencyState.Planned,
                Reason = request.Reason.Trim(),
                Plan = plan,
                Digest = plan.Digest(),
                AskedBy = caller.Person,
                AskedAt = now,
            };
        }
        return await database.InTransaction<EmergencyBook.View>(
            caller,
            async session =>
            {
                // the same request twice at once is taken once
                await session.ExecuteAsync("SELECT pg_advisory_xact_lock(hashtextextended('emergency ' || @id, 0))", new { id }, cancellationToken);
                if (await KnownAsync(session, caller, id, kind, competitionId, text, cancellationToken) is { } same) return same;
                var done = default(Done);
                if (!plan.SecondPerson)
                {
                    var outcome = await DoAsync(session, caller, kind, competitionId, text, request.Reason.Trim(), cancellationToken);
                    if (outcome.Value is null) return outcome.Problem!;
                    // it has become a matter for two since it was looked at
                    if ((done = outcome.Value).Plan.SecondPerson) return EmergencyProblems.PlanChanged;
                }
                await session.ExecuteAsync(
                    """
                    INSERT INTO emergencies (tenant_id, id, kind, competition_id, request, reason, state, second_person, reversible, plan, undo, asked_by, asked_at, expires_at, decided_at)
                    VALUES (@TenantId, @id, @kind, @competitionId, @text, @reason, @state, @SecondPerson, @Reversible, @kept, @undo, @Person, @now, @expires, @decided)
                    """,
                    new
                    {
                        caller.TenantId,
                        caller.Person,
                        id,
                        kind = EmergencyBook.Word(kind),
                        competitionId,
                        text,
                        reason = request.Reason.Trim(),
                        state = done is null ? "asked" : "done",
                        plan.SecondPerson,
                        plan.Reversible,
                        kept = EmergencyBook.Text((done?.Plan ?? plan).Kept()),
                        undo = done is null ? (JsonElement?)null : EmergencyBook.Text(done.Undo),
                        now,
                        expires = done is null ? now + Patience : (DateTimeOffset?)null,
                        decided = done is null ? (DateTimeOffset?)null : now,
                    },
                    cancellationToken);
                var view = (await EmergencyBook.FindAsync(session, caller, id, clock.GetUtcNow(), cancellationToken))!.ToView();
                return done is null ? view with { Plan = plan, Digest = plan.Digest() } : view with { Plan = done.Plan };
            },
            cancellationToken);
    }

    /// <summary>What it would touch, were it done now.</summary>
    internal async Task<Outcome<EmergencyPlan>> PlanAsync(Caller caller, EmergencyKind kind, Guid? competitionId, JsonElement request, string reason, CancellationToken cancellationToken)
    {
        var plan = default(EmergencyPlan);
        var refused = await database.InTransaction<EmergencyPlan>(
            caller,
            async session =>
            {
                var outcome = await DoAsync(session, caller, kind, competitionId, request, reason, cancellationToken);
                if (outcome.Value is not { } done) return outcome.Problem!;
                plan = done.Plan;
                return NothingStays;
            },
            cancellationToken);
        return plan is null ? refused : plan;
    }

    /// <summary>Does it, in the transaction of whoever writes it down.</summary>
    internal async Task<Outcome<Done>> DoAsync(Session session, Caller caller, EmergencyKind kind, Guid? competitionId, JsonElement request, string reason, CancellationToken cancellationToken)
    {
        var acting = await ActingAsync(session, caller, competitionId, request, reason, cancellationToken);
        return acting.Value is null ? acting.Problem! : await MeasureOf(kind).DoAsync(acting.Value, cancellationToken);
    }

    /// <summary>Takes it back, in the transaction of whoever writes that down.</summary>
    internal async Task<Outcome<EmergencyPlan>> UndoAsync(Session session, Caller caller, EmergencyBook.Row row, string reason, CancellationToken cancellationToken)
    {
        var acting = await ActingAsync(session, caller, row.CompetitionId, row.Request, reason, cancellationToken);
        return acting.Value is null ? acting.Problem! : await MeasureOf(row.Kind).UndoAsync(acting.Value, row.Undo!.Value, row.DecidedAt!.Value, cancellationToken);
    }

    private async Task<Outcome<Acting>> ActingAsync(Session session, Caller caller, Guid? competitionId, JsonElement request, string reason, CancellationToken cancellationToken)
    {
        // what an emergency does a freeze does not keep it from
        await session.ExecuteAsync("SELECT set_config('podium.emergency', 'on', true)", null, cancellationToken);
        var competition = default(LockedCompetition);
        if (competitionId is { } place)
        {
            var locked = await LockedCompetition.LockAsync(session, caller, place, cancellationToken);
            if (locked.Value is null) return locked.Problem!;
            competition = locked.Value;
        }
        return new Acting(session, caller, competition, request, reason, clock.GetUtcNow());
    }

    // the same again is answered as the first was
    private async Task<Outcome<EmergencyBook.View>?> KnownAsync(Session session, Caller caller, Guid id, EmergencyKind kind, Guid? competitionId, JsonElement request, CancellationToken cancellationToken)
    {
        if (await EmergencyBook.FindAsync(session, caller, id, clock.GetUtcNow(), cancellationToken) is not { } row) return null;
        return row.Kind == kind && row.CompetitionId == competitionId && row.AskedBy == caller.Person && JsonElement.DeepEquals(row.Request, request) ? row.ToView() : IdentityProblems.IdTaken;
    }

    private EmergencyMeasure MeasureOf(EmergencyKind kind) => measures.First(measure => measure.Kind == kind);
}
