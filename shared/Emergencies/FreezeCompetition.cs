using System.Text.Json;
using Podium.Competitions;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Caching;
using Podium.Platform.Problems;
using Podium.Running;

namespace Podium.Emergencies;

/// <summary>Lets nothing change in a competition until it is lifted: the database refuses hand-ins, reviews, registrations and teams, votings are halted, and the run's clocks stand still.</summary>
internal sealed class FreezeCompetition(HaltVotings halt, DirectRun runs, CompetitionNotices notices, Cache cache) : EmergencyMeasure
{
    internal sealed record Undo(bool Paused, IReadOnlyList<Guid> Votings);

    private sealed record Standing(long Entries, long Drafts, long Reviews);

    internal override EmergencyKind Kind => EmergencyKind.Freeze;

    internal override async Task<Outcome<Done>> DoAsync(Acting acting, CancellationToken cancellationToken)
    {
        var (session, caller, competition) = (acting.Session, acting.Caller, acting.Locked);
        if (competition.FrozenAt is not null) return EmergencyProblems.SoAlready;
        if (LifeCycle.IsOver(competition.Status)) return CompetitionProblems.Ended;
        var args = new { caller.TenantId, caller.Person, competition.Id, acting.Reason, acting.Now };
        // waits for those who are just handing in, and lets those who come wait
        await session.ExecuteAsync("SELECT pg_advisory_xact_lock(freeze_lock(@Id))", args, cancellationToken);
        await session.ExecuteAsync(
            "UPDATE competitions SET frozen_at = @Now, frozen_reason = @Reason, updated_at = @Now, updated_by = @Person, version = version + 1 WHERE tenant_id = @TenantId AND id = @Id", args, cancellationToken);
        await CompetitionDirectory.ForgetAsync(cache, session, caller.TenantId, competition.Id);
        var paused = await runs.HoldAsync(session, caller, competition, acting.Now, acting.Reason, cancellationToken);
        var votings = await halt.AllAsync(acting, cancellationToken);
        var standing = await session.SingleAsync<Standing>(
            """
            SELECT (SELECT count(*) FROM registrations WHERE tenant_id = @TenantId AND competition_id = @Id AND status IN ('pending', 'approved', 'waitlisted')) AS entries,
                   (SELECT count(*) FROM submissions WHERE tenant_id = @TenantId AND competition_id = @Id AND status = 'draft' AND deleted_at IS NULL) AS drafts,
                   (SELECT count(*) FROM judge_assignments WHERE tenant_id = @TenantId AND competition_id = @Id AND status IN ('assigned', 'started')) AS reviews
            """,
            args,
            cancellationToken);
        var told = await Concerned.TellAsync(acting, notices, "competition-frozen", acting.Reason, cancellationToken);
        var plan = EmergencyPlan.Of(
            [new Touched("competition frozen", competition.Id, competition.Name), .. paused ? [new Touched("run paused", competition.Id, competition.Name)] : Array.Empty<Touched>(), .. votings],
            told,
            new TouchedCount("entries held", standing.Entries), new TouchedCount("drafts held", standing.Drafts), new TouchedCount("reviews held", standing.Reviews));
        return new Done(plan, new Undo(paused, [.. votings.Select(voting => voting.Id)]));
    }

    internal override async Task<Outcome<EmergencyPlan>> UndoAsync(Acting acting, JsonElement undo, DateTimeOffset doneAt, CancellationToken cancellationToken)
    {
        var (session, caller, competition, known) = (acting.Session, acting.Caller, acting.Locked, undo.Deserialize<Undo>(Json.Options)!);
        await session.ExecuteAsync("SELECT pg_advisory_xact_lock(freeze_lock(@Id))", new { competition.Id }, cancellationToken);
        await session.ExecuteAsync(
            "UPDATE competitions SET frozen_at = NULL, frozen_reason = NULL, updated_at = @Now, updated_by = @Person, version = version + 1 WHERE tenant_id = @TenantId AND id = @Id",
            new { caller.TenantId, caller.Person, competition.Id, acting.Now },
            cancellationToken);
        await CompetitionDirectory.ForgetAsync(cache, session, caller.TenantId, competition.Id);
        var resumed = known.Paused && await runs.ReleaseAsync(session, caller, competition, acting.Now, cancellationToken);
        var votings = await halt.LiftAsync(acting, known.Votings, cancellationToken);
        var told = await Concerned.TellAsync(acting, notices, "competition-resumed", acting.Reason, cancellationToken);
        return EmergencyPlan.Of(
            [new Touched("freeze lifted", competition.Id, competition.Name), .. resumed ? [new Touched("run resumed", competition.Id, competition.Name)] : Array.Empty<Touched>(), .. votings], told);
    }
}
