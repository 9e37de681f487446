using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Podium.Competitions;
using Podium.Judging;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Caching;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Running;

/// <summary>What organisers want of a competition that goes through its rounds: start, pause, go on, stop.</summary>
public sealed class DirectRun(Database database, WakeRun wake, RunNotices notices, Cache cache, TimeProvider clock)
{
    public sealed record Reasoned
    {
        /// <summary>Why; those who take part may read it.</summary>
        [StringLength(1000, MinimumLength = 1), Example("The judges' room is flooded.")]
        public required string Reason { get; init; }
    }

    /// <summary>From now on it goes on by itself. A competition that was stopped begins where it stood.</summary>
    public Task<Outcome<RunViews.View>> StartAsync(Caller caller, Guid competitionId, CancellationToken cancellationToken) => database.InTransaction<RunViews.View>(
        caller,
        async session =>
        {
            var locked = await LockedCompetition.ForChangeAsync(session, caller, competitionId, cancellationToken);
            if (locked.Problem is { } problem) return problem;
            var competition = locked.Value!;
            if (competition.FrozenAt is not null) return CompetitionProblems.Frozen;
            var now = clock.GetUtcNow();
            var status = await session.FirstAsync<string>("SELECT status FROM competition_runs WHERE tenant_id = @TenantId AND competition_id = @competitionId", new { caller.TenantId, competitionId }, cancellationToken);
            if (status is "running" or "paused") return RunningProblems.Running;
            if (await MissingAsync(session, caller.TenantId, competition, now, cancellationToken) is { } missing) return new Problem(RunningProblems.NotReady, missing);
            await CompetitionRun.BeginAsync(session, caller.TenantId, competitionId, caller.UserId, now, cancellationToken);
            await CompetitionRun.OfAsync(session, caller.TenantId, competition, now, cancellationToken);
            await notices.StepAsync(new RunNotices.Context(session, caller.Tenant, competition, null, now, caller.UserId), "started", "", cancellationToken);
            await wake.RunAsync(session, caller.TenantId, competitionId, cancellationToken);
            return await RunViews.ReadAsync(session, caller.TenantId, competitionId, cancellationToken);
        },
        cancellationToken);

    /// <summary>Nothing happens until it goes on: nothing opens, closes, or is due.</summary>
    public Task<Outcome<RunViews.View>> PauseAsync(Caller caller, Guid competitionId, Reasoned request, CancellationToken cancellationToken) => OnRunAsync(
        caller,
        competitionId,
        async (session, run, now) =>
        {
            if (run.Status == RunStatus.Paused) return null;
            await SetPausedAsync(session, caller, competitionId, now, cancellationToken);
            await notices.StepAsync(new RunNotices.Context(session, caller.Tenant, run.Competition, null, now, caller.UserId) { Reason = request.Reason.Trim() }, "paused", request.Reason.Trim(), cancellationToken, ("competition-paused", RunNotices.To.All));
            return null;
        },
        cancellationToken);

    /// <summary>Everything that had not come to its end is as much later as the pause took.</summary>
    public Task<Outcome<RunViews.View>> ResumeAsync(Caller caller, Guid competitionId, CancellationToken cancellationToken) => OnRunAsync(
        caller,
        competitionId,
        async (session, run, now) =>
        {
            if (run.PausedAt is not { } since) return null;
            if (run.Competition.FrozenAt is not null) return CompetitionProblems.Frozen;
            await SetResumedAsync(session, caller, competitionId, since, now, cancellationToken);
            await notices.StepAsync(
                new RunNotices.Context(session, caller.Tenant, run.Competition, null, now, caller.UserId), "resumed", $"Deadlines are {Told(now - since)} later.", cancellationToken, ("competition-resumed", RunNotices.To.All));
            return null;
        },
        cancellationToken);

    /// <summary>It does not go on by itself any more; what has been done stays, and it can be started again.</summary>
    public Task<Outcome<RunViews.View>> StopAsync(Caller caller, Guid competitionId, Reasoned request, CancellationToken cancellationToken) => OnRunAsync(
        caller,
        competitionId,
        async (session, run, now) =>
        {
            await CompetitionRun.StopAsync(session, caller.TenantId, competitionId, now, cancellationToken);
            await notices.StepAsync(new RunNotices.Context(session, caller.Tenant, run.Competition, null, now, caller.UserId), "stopped", request.Reason.Trim(), cancellationToken);
            return null;
        },
        cancellationToken);

    /// <summary>Runs work on a run that is under way, with the competition locked, and lets the orchestration look at it.</summary>
    internal Task<Outcome<RunViews.View>> OnRunAsync(
        Caller caller, Guid competitionId, Func<Session, CompetitionRun, DateTimeOffset, Task<Problem?>> work, CancellationToken cancellationToken) => OnRunAsync<RunViews.View>(
        caller,
        competitionId,
        async (session, run, now) => await work(session, run, now) is { } problem ? problem : await RunViews.ReadAsync(session, caller.TenantId, competitionId, cancellationToken),
        cancellationToken);

    /// <summary>The same with another answer; what only looks wakes nobody.</summary>
    internal Task<Outcome<T>> OnRunAsync<T>(
        Caller caller, Guid competitionId, Func<Session, CompetitionRun, DateTimeOffset, Task<Outcome<T>>> work, CancellationToken cancellationToken, bool wakes = true) => database.InTransaction<T>(
        caller,
        async session =>
        {
            var locked = await LockedCompetition.LockAsync(session, caller, competitionId, cancellationToken);
            if (locked.Problem is { } unknown) return unknown;
            var now = clock.GetUtcNow();
            var run = await CompetitionRun.OfAsync(session, caller.TenantId, locked.Value!, now, cancellationToken);
            if (run is not { Status: RunStatus.Running or RunStatus.Paused }) return RunningProblems.NotRunning;
            // before the work, which may end the run that is to be woken
            if (wakes) await wake.RunAsync(session, caller.TenantId, competitionId, cancellationToken);
            return await work(session, run, now);
        },
        cancellationToken);

    /// <summary>Pauses a run that is under way, with the competition locked, and tells nobody; whether there was one to pause.</summary>
    internal async Task<bool> HoldAsync(Session session, Caller caller, LockedCompetition competition, DateTimeOffset now, string reason, CancellationToken cancellationToken)
    {
        if (await CompetitionRun.OfAsync(session, caller.TenantId, competition, now, cancellationToken) is not { Status: RunStatus.Running }) return false;
        await wake.RunAsync(session, caller.TenantId, competition.Id, cancellationToken);
        await SetPausedAsync(session, caller, competition.Id, now, cancellationToken);
        await notices.StepAsync(new RunNotices.Context(session, caller.Tenant, competition, null, now, caller.UserId), "paused", reason, cancellationToken);
        return true;
    }

    /// <summary>The way back; whether there was one to go on.</summary>
    internal async Task<bool> ReleaseAsync(Session session, Caller caller, LockedCompetition competition, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (await CompetitionRun.OfAsync(session, caller.TenantId, competition, now, cancellationToken) is not { PausedAt: { } since }) return false;
        await wake.RunAsync(session, caller.TenantId, competition.Id, cancellationToken);
        await SetResumedAsync(session, caller, competition.Id, since, now, cancellationToken);
        await notices.StepAsync(new RunNotices.Context(session, caller.Tenant, competition, null, now, caller.UserId), "resumed", $"Deadlines are {Told(now - since)} later.", cancellationToken);
        return true;
    }

    private static Task SetPausedAsync(Session session, Caller caller, Guid competitionId, DateTimeOffset now, CancellationToken cancellationToken) => session.ExecuteAsync(
        "UPDATE competition_runs SET status = 'paused', paused_at = @now WHERE tenant_id = @TenantId AND competition_id = @competitionId", new { caller.TenantId, competitionId, now }, cancellationToken);

    private async Task SetResumedAsync(Session session, Caller caller, Guid competitionId, DateTimeOffset since, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await session.ExecuteAsync(
            """
            UPDATE competition_runs SET status = 'running', paused_at = NULL WHERE tenant_id = @TenantId AND competition_id = @competitionId;
            UPDATE competition_rounds AS round
            SET opens_at = CASE WHEN opens_at > @since THEN opens_at + @pause ELSE opens_at END, closes_at = closes_at + @pause, updated_at = @now, updated_by = @UserId, version = version + 1
            WHERE tenant_id = @TenantId AND competition_id = @competitionId AND deleted_at IS NULL AND closes_at > @since;
            UPDATE round_runs SET reviews_due_at = reviews_due_at + @pause WHERE tenant_id = @TenantId AND competition_id = @competitionId AND phase = 'judging' AND reviews_due_at > @since;
            UPDATE round_runs SET appeals_until = appeals_until + @pause WHERE tenant_id = @TenantId AND competition_id = @competitionId AND phase = 'appealing' AND appeals_until > @since;
            UPDATE competition_appeals SET due_at = due_at + @pause WHERE tenant_id = @TenantId AND competition_id = @competitionId AND state = 'rescoring' AND due_at > @since;
            UPDATE judge_assignments SET due_at = due_at + @pause WHERE tenant_id = @TenantId AND competition_id = @competitionId AND status IN ('assigned', 'started') AND due_at > @since;
            UPDATE competitions SET competition_end = greatest(competition_end, (SELECT max(closes_at) FROM competition_rounds WHERE tenant_id = @TenantId AND competition_id = @competitionId AND deleted_at IS NULL))
            WHERE tenant_id = @TenantId AND id = @competitionId
            """,
            new { caller.TenantId, caller.UserId, competitionId, now, since, pause = now - since },
            cancellationToken);
        await CompetitionDirectory.ForgetAsync(cache, session, caller.TenantId, competitionId);
    }

    // what would keep it from its end, said before anything begins
    internal static async Task<string?> MissingAsync(Session session, Guid tenantId, LockedCompetition competition, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (competition.Status == CompetitionStatus.Draft) return "It is a draft: publish it first.";
        var rounds = await session.QueryAsync<(Guid Id, int Number, DateTimeOffset ClosesAt, JsonElement Configuration)>(
            "SELECT id, number, closes_at, configuration FROM competition_rounds WHERE tenant_id = @tenantId AND competition_id = @Id AND deleted_at IS NULL ORDER BY number", new { tenantId, competition.Id }, cancellationToken);
        if (rounds.Count == 0) return "It has no rounds.";
        if (rounds[^1].ClosesAt <= now) return "Its last round is over.";
        foreach (var round in rounds)
        {
            if (Rounds.RoundConfiguration.Of(round.Configuration).Judging is not null && await Rubrics.ForRoundAsync(session, tenantId, competition.Id, round.Id, cancellationToken) is null)
                return $"Round {round.Number} is judged and has no rubric.";
        }
        return null;
    }

    private static string Told(TimeSpan time) => time.TotalHours >= 48 ? $"{time.TotalDays:0.#} days" : time.TotalMinutes >= 120 ? $"{time.TotalHours:0.#} hours" : $"{time.TotalMinutes:0} minutes";
}
