using System.ComponentModel.DataAnnotations;
using Podium.Competitions;
using Podium.Judging;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Caching;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Running;

/// <summary>What organisers want of one round: more time, an end now, their word on the places, once more, not at all.</summary>
public sealed class DirectRound(DirectRun runs, AssignRound assign, RunNotices notices, Cache cache)
{
    public sealed record Extension
    {
        /// <summary>When the round closes instead; while it is judged, when the reviews are due; after that, until when one may appeal. Later than now.</summary>
        [Example("2026-12-05T18:00:00Z")]
        public required DateTimeOffset Until { get; init; }

        [StringLength(1000, MinimumLength = 1), Example("The site was slow yesterday.")]
        public string? Reason { get; init; }
    }

    public sealed record Confirmation
    {
        /// <summary>Registrations that go on beside those whom the rule sends.</summary>
        [MaxLength(1000), Example(new string[0])]
        public IReadOnlyList<Guid> Wildcards { get; init; } = [];
    }

    /// <summary>To which phase a round goes back.</summary>
    public enum Back
    {
        Open,
        Judging,
    }

    public sealed record Reopening
    {
        [Example("judging")]
        public required Back To { get; init; }

        /// <summary>Until when it is open, or the reviews are due.</summary>
        [Example("2026-12-05T18:00:00Z")]
        public required DateTimeOffset Until { get; init; }

        [StringLength(1000, MinimumLength = 1), Example("A review was of another entry.")]
        public required string Reason { get; init; }
    }

    public Task<Outcome<RunViews.View>> ExtendAsync(Caller caller, Guid competitionId, Guid roundId, Extension request, CancellationToken cancellationToken) => OnRoundAsync(
        caller,
        competitionId,
        roundId,
        async (session, run, round, now) =>
        {
            if (round.IsOver || round.Phase == RoundPhase.Confirming) return Refused(round);
            if (request.Until <= now) return Problem.Invalid("/until", "past", "It is over already.");
            if (round.Phase == RoundPhase.Judging) await DueAsync(session, caller.TenantId, competitionId, round.Id, request.Until, cancellationToken);
            else if (round.Phase == RoundPhase.Appealing) await AppealUntilAsync(session, caller.TenantId, round.Id, request.Until, cancellationToken);
            else if (await CloseAtAsync(session, caller, competitionId, round, request.Until, now, cancellationToken) is { } fault) return fault;
            await notices.StepAsync(
                Say(session, caller, run, round, now) with { Until = request.Until, Reason = request.Reason?.Trim() ?? "" },
                "extended",
                $"Until {request.Until.UtcDateTime:yyyy-MM-dd HH:mm} UTC. {request.Reason?.Trim()}".Trim(),
                cancellationToken,
                round.Phase switch
                {
                    RoundPhase.Judging => ("review-reminder", RunNotices.To.BusyJudges),
                    RoundPhase.Appealing => ("round-places", RunNotices.To.Entrants),
                    _ => ("round-extended", RunNotices.To.Entrants),
                });
            return null;
        },
        cancellationToken);

    /// <summary>An open round closes, judging ends with the reviews that are final, or nobody appeals any more.</summary>
    public Task<Outcome<RunViews.View>> CloseAsync(Caller caller, Guid competitionId, Guid roundId, CancellationToken cancellationToken) => OnRoundAsync(
        caller,
        competitionId,
        roundId,
        async (session, run, round, now) =>
        {
            if (round.Phase == RoundPhase.Open)
            {
                if (await CloseAtAsync(session, caller, competitionId, round, now, now, cancellationToken) is { } fault) return fault;
            }
            else if (round.Phase == RoundPhase.Judging)
            {
                await session.ExecuteAsync("UPDATE round_runs SET reviews_due_at = @now, taken_over_at = coalesce(taken_over_at, @now) WHERE tenant_id = @TenantId AND round_id = @Id", new { caller.TenantId, round.Id, now }, cancellationToken);
            }
            else if (round.Phase == RoundPhase.Appealing)
            {
                await AppealUntilAsync(session, caller.TenantId, round.Id, now, cancellationToken);
            }
            else
            {
                return Refused(round);
            }
            await notices.StepAsync(Say(session, caller, run, round, now), "closed-by-hand", "", cancellationToken);
            return null;
        },
        cancellationToken);

    public Task<Outcome<RunViews.View>> ConfirmAsync(Caller caller, Guid competitionId, Guid roundId, Confirmation request, CancellationToken cancellationToken) => OnRoundAsync(
        caller,
        competitionId,
        roundId,
        async (session, run, round, now) =>
        {
            if (round.Phase != RoundPhase.Confirming) return Refused(round);
            var wanted = request.Wildcards.Distinct().ToArray();
            if (wanted.Length > round.Rules.Advancing.Wildcards || (wanted.Length > 0 && run.After(round) is null))
                return Problem.Invalid("/wildcards", "too-many", $"The round allows {(run.After(round) is null ? 0 : round.Rules.Advancing.Wildcards)}.");
            var given = await session.ExecuteAsync(
                "UPDATE round_entries SET advances = true, wildcard = true, reason = @reason WHERE tenant_id = @TenantId AND round_id = @Id AND registration_id = ANY (@wanted) AND advances = false",
                new { caller.TenantId, round.Id, wanted, reason = RoundPlaces.ByWildcard },
                cancellationToken);
            if (given != wanted.Length) return Problem.Invalid("/wildcards", "unknown", "Some of these are no entries of the round that would not go on.");
            await session.ExecuteAsync("UPDATE round_runs SET confirmed_at = @now, confirmed_by = @UserId WHERE tenant_id = @TenantId AND round_id = @Id", new { caller.TenantId, caller.UserId, round.Id, now }, cancellationToken);
            await notices.StepAsync(Say(session, caller, run, round, now), "confirmed", wanted.Length == 0 ? "" : $"{wanted.Length} wildcards", cancellationToken);
            return null;
        },
        cancellationToken);

    /// <summary>Back to work or to the judges, as long as the next round has not opened. Places are made anew.</summary>
    public Task<Outcome<RunViews.View>> ReopenAsync(Caller caller, Guid competitionId, Guid roundId, Reopening request, CancellationToken cancellationToken) => OnRoundAsync(
        caller,
        competitionId,
        roundId,
        async (session, run, round, now) =>
        {
            if (request.Until <= now) return Problem.Invalid("/until", "past", "It is over already.");
            if (round.Phase is RoundPhase.Waiting or RoundPhase.Open or RoundPhase.Cancelled) return Refused(round);
            if (run.After(round) is { Phase: not RoundPhase.Waiting } next) return new Problem(RunningProblems.WrongPhase, $"Round {next.Number} has opened.");
            if (request.To == Back.Judging && round.Rules.Judging is null) return new Problem(RunningProblems.WrongPhase, "The round is not judged.");
            if (request.To == Back.Open && await CloseAtAsync(session, caller, competitionId, round, request.Until, now, cancellationToken) is { } fault) return fault;
            await session.ExecuteAsync(
                $"""
                UPDATE round_runs
                SET phase = '{request.To.Text()}', entered_at = @now, reviews_due_at = @due, reopened = @due IS NOT NULL, taken_over_at = NULL, entrants_reminded_at = NULL, judges_reminded_at = NULL, organisers_told_at = NULL,
                    confirmed_at = NULL, confirmed_by = NULL, appeals_until = NULL
                WHERE tenant_id = @TenantId AND round_id = @Id
                """,
                new { caller.TenantId, round.Id, now, due = request.To == Back.Judging ? request.Until : (DateTimeOffset?)null },
                cancellationToken);
            await RoundPlaces.ClearAsync(session, caller.TenantId, round.Id, cancellationToken);
            await DecideAppeal.ForgoAsync(session, caller, round.Id, request.Reason.Trim(), now, cancellationToken);
            // who knows a place learns that it does not count any more
            if (round.Phase is RoundPhase.Appealing or RoundPhase.Finished)
                await notices.StepAsync(Say(session, caller, run, round, now) with { Reason = request.Reason.Trim() }, "places-withdrawn", "", cancellationToken, ("round-places-withdrawn", RunNotices.To.Entrants));
            if (request.To == Back.Judging)
            {
                // what closing took back is given out again
                await assign.AgainAsync(session, caller.TenantId, caller.UserId, competitionId, round.Id, "requested", cancellationToken, request.Until);
                await DueAsync(session, caller.TenantId, competitionId, round.Id, request.Until, cancellationToken);
            }
            await notices.StepAsync(
                Say(session, caller, run, round, now) with { Until = request.Until, Reason = request.Reason.Trim() }, "reopened", request.Reason.Trim(), cancellationToken,
                request.To == Back.Judging ? ("review-reminder", RunNotices.To.BusyJudges) : ("round-extended", RunNotices.To.Entrants));
            return null;
        },
        cancellationToken);

    /// <summary>The round does not count: who was in the one before goes into the next.</summary>
    public Task<Outcome<RunViews.View>> CancelAsync(Caller caller, Guid competitionId, Guid roundId, DirectRun.Reasoned request, CancellationToken cancellationToken) => OnRoundAsync(
        caller,
        competitionId,
        roundId,
        async (session, run, round, now) =>
        {
            if (round.Phase == RoundPhase.Cancelled) return null;
            if (run.After(round) is { Phase: not RoundPhase.Waiting } next) return new Problem(RunningProblems.WrongPhase, $"Round {next.Number} has opened.");
            await session.ExecuteAsync(
                """
                UPDATE round_runs SET phase = 'cancelled', entered_at = @now WHERE tenant_id = @TenantId AND round_id = @Id;
                UPDATE judge_assignments SET status = 'withdrawn', reason = 'The round was cancelled.', changed_at = @now
                WHERE tenant_id = @TenantId AND competition_id = @competitionId AND round_id = @Id AND status IN ('assigned', 'started')
                """,
                new { caller.TenantId, competitionId, round.Id, now },
                cancellationToken);
            await DecideAppeal.ForgoAsync(session, caller, round.Id, request.Reason.Trim(), now, cancellationToken);
            await notices.StepAsync(
                Say(session, caller, run, round, now) with { Reason = request.Reason.Trim() }, "cancelled", request.Reason.Trim(), cancellationToken, ("round-cancelled", RunNotices.To.Entrants));
            return null;
        },
        cancellationToken);

    private Task<Outcome<RunViews.View>> OnRoundAsync(
        Caller caller, Guid competitionId, Guid roundId, Func<Session, CompetitionRun, RoundStanding, DateTimeOffset, Task<Problem?>> work, CancellationToken cancellationToken) => runs.OnRunAsync(
        caller,
        competitionId,
        async (session, run, now) => run.Round(roundId) is { } round ? await work(session, run, round, now) : Problem.NotFound("round"),
        cancellationToken);

    // the competition lasts as long as its rounds do
    private async Task<Problem?> CloseAtAsync(Session session, Caller caller, Guid competitionId, RoundStanding round, DateTimeOffset until, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (until <= round.OpensAt) return Problem.Invalid("/until", "order", "A round closes after it has opened.");
        await session.ExecuteAsync(
            """
            UPDATE competition_rounds SET closes_at = @until, updated_at = @now, updated_by = @UserId, version = version + 1 WHERE tenant_id = @TenantId AND id = @Id;
            UPDATE competitions SET competition_end = greatest(competition_end, @until), updated_at = @now, version = version + 1 WHERE tenant_id = @TenantId AND id = @competitionId AND competition_end < @until
            """,
            new { caller.TenantId, caller.UserId, competitionId, round.Id, until, now },
            cancellationToken);
        await CompetitionDirectory.ForgetAsync(cache, session, caller.TenantId, competitionId);
        return null;
    }

    private static Task DueAsync(Session session, Guid tenantId, Guid competitionId, Guid roundId, DateTimeOffset until, CancellationToken cancellationToken) => session.ExecuteAsync(
        """
        UPDATE round_runs SET reviews_due_at = @until, judges_reminded_at = NULL WHERE tenant_id = @tenantId AND round_id = @roundId;
        UPDATE judge_assignments SET due_at = @until WHERE tenant_id = @tenantId AND competition_id = @competitionId AND round_id = @roundId AND status IN ('assigned', 'started')
        """,
        new { tenantId, competitionId, roundId, until },
        cancellationToken);

    private static Task AppealUntilAsync(Session session, Guid tenantId, Guid roundId, DateTimeOffset until, CancellationToken cancellationToken) => session.ExecuteAsync(
        "UPDATE round_runs SET appeals_until = @until, organisers_told_at = NULL WHERE tenant_id = @tenantId AND round_id = @roundId", new { tenantId, roundId, until }, cancellationToken);

    private static RunNotices.Context Say(Session session, Caller caller, CompetitionRun run, RoundStanding round, DateTimeOffset now) => new(session, caller.Tenant, run.Competition, round, now, caller.UserId);

    private static Problem Refused(RoundStanding round) => new(RunningProblems.WrongPhase, $"Round {round.Number} is {round.Phase.Text()}.");
}
