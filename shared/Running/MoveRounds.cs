using Podium.Competitions;
using Podium.Judging;
using Podium.Platform.Databases;
using Podium.Submissions;
using Podium.Tenancy;

namespace Podium.Running;

/// <summary>
/// Takes a competition through its rounds: does what is due and says what it waits for. Each step is one transaction that looks at the database first,
/// so it is taken once, whoever asks how often.
/// </summary>
public sealed class MoveRounds(
    Database database, TenantDirectory tenants, MoveCompetition moves, AssignRound assign, FinalStanding standing, RunNotices notices, TimeProvider clock)
{
    private static readonly TimeSpan QueuePatience = TimeSpan.FromMinutes(10);

    /// <summary>What a competition waits for, and until when; null where only people can move it on.</summary>
    public sealed record Step(string WaitsFor, DateTimeOffset? Until, bool Ended);

    /// <summary>What is done with the competition's lock held.</summary>
    private sealed record Look(Session Session, Tenant Tenant, CompetitionRun Run, DateTimeOffset Now, CancellationToken Stop)
    {
        public RunNotices.Context Say(RoundStanding? round) => new(Session, Tenant, Run.Competition, round, Now);
    }

    /// <summary>Does what is due now.</summary>
    public async Task<Step> WhenDueAsync(Actor actor, Guid competitionId, int number, CancellationToken cancellationToken)
    {
        if (await tenants.ByIdAsync(actor.TenantId, cancellationToken) is not { } tenant) return new Step("nothing", null, true);
        while (true)
        {
            var step = await database.InTransaction(actor, session => OnceAsync(session, tenant, competitionId, number, clock.GetUtcNow(), cancellationToken), cancellationToken);
            if (step is not null) return step;
        }
    }

    /// <summary>One step; null where another may be due at once.</summary>
    internal async Task<Step?> OnceAsync(Session session, Tenant tenant, Guid competitionId, int number, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var competition = await LockedCompetition.LockAsync(session, tenant.Id, competitionId, cancellationToken);
        var run = competition is null ? null : await CompetitionRun.OfAsync(session, tenant.Id, competition, now, cancellationToken);
        if (run is null || run.Number != number || run.Status is RunStatus.Finished or RunStatus.Stopped) return new Step("nothing", null, true);
        var look = new Look(session, tenant, run, now, cancellationToken);
        if (run.Competition.Status is CompetitionStatus.Cancelled or CompetitionStatus.Archived or CompetitionStatus.Completed) return await StopAsync(look);
        var step = run.Status == RunStatus.Paused ? new Step("resume", null, false) : await DueAsync(look);
        if (step is not null)
        {
            await session.ExecuteAsync(
                "UPDATE competition_runs SET waits_for = @WaitsFor, waits_until = @Until WHERE tenant_id = @tenantId AND competition_id = @competitionId AND (waits_for, waits_until) IS DISTINCT FROM (@WaitsFor, @Until)",
                new { tenantId = tenant.Id, competitionId, step.WaitsFor, step.Until },
                cancellationToken);
        }
        return step;
    }

    // the first round that has not ended; those after it wait for it
    private async Task<Step?> DueAsync(Look look)
    {
        if (look.Run.Rounds.FirstOrDefault(round => !round.IsOver) is not { } round)
        {
            await standing.ConcludeAsync(look.Session, look.Tenant, look.Run, look.Now, look.Stop);
            return null;
        }
        return round.Phase switch
        {
            RoundPhase.Waiting when look.Now < round.OpensAt => new Step($"opening of round {round.Number}", round.OpensAt, false),
            RoundPhase.Waiting => await OpenAsync(look, round),
            RoundPhase.Open => await WorkAsync(look, round),
            RoundPhase.Judging => await JudgeAsync(look, round),
            RoundPhase.Appealing => await HearAsync(look, round),
            _ when !round.Rules.Confirm || round.ConfirmedAt is not null => await PublishAsync(look, round),
            _ => new Step($"confirmation of round {round.Number}", null, false),
        };
    }

    private static async Task<Step?> StopAsync(Look look)
    {
        await CompetitionRun.StopAsync(look.Session, look.Tenant.Id, look.Run.Competition.Id, look.Now, look.Stop);
        return new Step("nothing", null, true);
    }

    private async Task<Step?> OpenAsync(Look look, RoundStanding round)
    {
        var before = look.Run.Before(round);
        await look.Session.ExecuteAsync(
            """
            INSERT INTO round_entries (tenant_id, round_id, registration_id, competition_id, group_name)
            SELECT tenant_id, @Id, id, competition_id, coalesce(entry->>@field, '')
            FROM registrations
            WHERE tenant_id = @tenantId AND competition_id = @competitionId AND status = 'approved'
              AND (@before::uuid IS NULL OR id IN (SELECT registration_id FROM round_entries WHERE tenant_id = @tenantId AND round_id = @before AND advances))
            ON CONFLICT DO NOTHING
            """,
            new { tenantId = look.Tenant.Id, round.Id, competitionId = look.Run.Competition.Id, before = before?.Id, field = round.Rules.Advancing.PerField ?? "" },
            look.Stop);
        if (look.Run.Competition.Status == CompetitionStatus.Published) await moves.RunAsync(look.Session, look.Tenant, look.Run.Competition.Id, CompetitionStatus.Active, null, look.Stop);
        await EnterAsync(look, round, RoundPhase.Open);
        await notices.StepAsync(look.Say(round) with { Until = round.ClosesAt }, "opened", "", look.Stop, ("round-opened", RunNotices.To.Entrants));
        return null;
    }

    private async Task<Step?> WorkAsync(Look look, RoundStanding round)
    {
        if (look.Now >= round.ClosesAt) return await CloseAsync(look, round);
        var reminder = round.ClosesAt.AddHours(-round.Rules.ReminderHours);
        // where something is handed in, those who have not are reminded of that
        var reminds = round.Rules.ReminderHours > 0 && round.EntrantsRemindedAt is null && reminder > round.OpensAt && SubmissionEntry.RulesOf(look.Run.Competition.Configuration, round.Configuration) is null;
        if (!reminds) return new Step($"closing of round {round.Number}", round.ClosesAt, false);
        if (look.Now < reminder) return new Step($"closing of round {round.Number}", reminder, false);
        await SetAsync(look, round, "entrants_reminded_at = @Now");
        await notices.StepAsync(look.Say(round) with { Until = round.ClosesAt }, "reminded", "", look.Stop, ("round-closing", RunNotices.To.Entrants));
        return null;
    }

    private async Task<Step?> CloseAsync(Look look, RoundStanding round)
    {
        if (look.Run.After(round) is null) await moves.RunAsync(look.Session, look.Tenant, look.Run.Competition.Id, CompetitionStatus.Judging, null, look.Stop);
        await notices.StepAsync(look.Say(round), "closed", "", look.Stop);
        var entries = await look.Session.SingleAsync<int>("SELECT count(*)::int FROM round_entries WHERE tenant_id = @tenantId AND round_id = @Id", new { tenantId = look.Tenant.Id, round.Id }, look.Stop);
        if (round.Rules.Judging is not { } judging || entries == 0) return await PlaceAsync(look, round);
        var due = look.Now.AddHours(judging.Hours);
        await EnterAsync(look, round, RoundPhase.Judging, "reviews_due_at = @due", due);
        if (await Comparisons.OfRoundAsync(look.Session, look.Tenant.Id, look.Run.Competition.Id, round.Id, look.Now, look.Stop) is not null)
        {
            await notices.StepAsync(look.Say(round) with { Until = due }, "comparing", "", look.Stop, ("review-assigned", RunNotices.To.BusyJudges));
            return null;
        }
        await assign.OrderAsync(look.Session, look.Tenant.Id, look.Run.Competition.Id, round.Id, judging.Reviews, due, look.Stop);
        return null;
    }

    private sealed record Progress(DateTimeOffset? OrderedAt, bool Made, int Missing, int Waiting);

    // until every entry was compared often enough, or time is up
    private async Task<Step?> CompareAsync(Look look, RoundStanding round, Comparisons.Progress compared)
    {
        var (judging, due) = (round.Rules.Judging!, round.ReviewsDueAt!.Value);
        if (look.Now >= due || (compared.Enough && !round.Reopened)) return await PlaceAsync(look, round);
        var reminder = due.AddHours(-judging.ReminderHours);
        if (judging.ReminderHours == 0 || round.JudgesRemindedAt is not null || reminder <= round.EnteredAt) return new Step($"comparisons of round {round.Number}", due, false);
        if (look.Now < reminder) return new Step($"comparisons of round {round.Number}", reminder, false);
        await SetAsync(look, round, "judges_reminded_at = @Now");
        await notices.StepAsync(look.Say(round) with { Until = due }, "judges-reminded", $"Some entries were compared {compared.Least} times only.", look.Stop, ("review-reminder", RunNotices.To.BusyJudges));
        return null;
    }

    private async Task<Step?> JudgeAsync(Look look, RoundStanding round)
    {
        if (await Comparisons.OfRoundAsync(look.Session, look.Tenant.Id, look.Run.Competition.Id, round.Id, look.Now, look.Stop) is { } compared) return await CompareAsync(look, round, compared);
        var progress = await look.Session.SingleAsync<Progress>(
            """
            SELECT last.requested_at AS ordered_at, last.finished_at IS NOT NULL AS made, coalesce(jsonb_array_length(last.shortages), 0) AS missing,
                   (SELECT count(*)::int FROM judge_assignments AS given WHERE given.tenant_id = @tenantId AND given.competition_id = @competitionId AND given.round_id = @Id AND given.status IN ('assigned', 'started')) AS waiting
            FROM (SELECT) AS one
            LEFT JOIN LATERAL (
                SELECT requested_at, finished_at, shortages FROM assignment_plans WHERE tenant_id = @tenantId AND competition_id = @competitionId AND round_id = @Id ORDER BY position DESC LIMIT 1
            ) AS last ON true
            """,
            new { tenantId = look.Tenant.Id, competitionId = look.Run.Competition.Id, round.Id },
            look.Stop);
        var (judging, due) = (round.Rules.Judging!, round.ReviewsDueAt!.Value);
        if (!progress.Made && look.Now < due) return new Step($"judges for round {round.Number}", Earlier(due, (progress.OrderedAt ?? look.Now) + QueuePatience, look.Now), false);
        if (progress.Waiting == 0 && look.Now < due && await StillComingAsync(look, round) is { } later) return new Step($"submissions of round {round.Number}", later < due ? later : due, false);
        if (progress is { Waiting: 0, Missing: 0 } && !round.Reopened) return await PlaceAsync(look, round);
        if (look.Now >= due) return await OverdueAsync(look, round, judging, progress);
        if (progress.Missing > 0 && round.OrganisersToldAt is null)
        {
            await SetAsync(look, round, "organisers_told_at = @Now");
            await notices.StepAsync(
                look.Say(round) with { Until = due }, "judges-missing", $"{progress.Missing} entries have fewer judges than they need.", look.Stop, ("round-judges-missing", RunNotices.To.Organisers));
            return null;
        }
        var reminder = due.AddHours(-judging.ReminderHours);
        if (judging.ReminderHours == 0 || round.JudgesRemindedAt is not null || progress.Waiting == 0 || reminder <= (round.TakenOverAt ?? round.EnteredAt)) return new Step($"reviews of round {round.Number}", due, false);
        if (look.Now < reminder) return new Step($"reviews of round {round.Number}", reminder, false);
        await SetAsync(look, round, "judges_reminded_at = @Now");
        await notices.StepAsync(look.Say(round) with { Until = due }, "judges-reminded", $"{progress.Waiting} reviews are not final.", look.Stop, ("review-reminder", RunNotices.To.BusyJudges));
        return null;
    }

    private sealed record HandedIn(int LookedInto, int Missing, DateTimeOffset? ExtendedUntil);

    // when to look again for what was handed in and is looked into, or may still come from those who have more time; null where nothing does
    private static async Task<DateTimeOffset?> StillComingAsync(Look look, RoundStanding round)
    {
        var handedIn = await look.Session.SingleAsync<HandedIn>(
            """
            SELECT (SELECT count(*)::int FROM submissions WHERE tenant_id = @tenantId AND competition_id = @competitionId AND (round_id = @Id OR round_id IS NULL) AND status = 'submitted' AND review_status = 'PENDING' AND deleted_at IS NULL) AS looked_into,
                   count(*)::int AS missing,
                   max((SELECT max(until) FROM submission_extensions AS more WHERE more.tenant_id = @tenantId AND more.registration_id = entry.registration_id AND more.round_id = @Id AND revoked_at IS NULL)) AS extended_until
            FROM round_entries AS entry
            JOIN registrations ON registrations.tenant_id = entry.tenant_id AND registrations.id = entry.registration_id AND registrations.status = 'approved'
            WHERE entry.tenant_id = @tenantId AND entry.round_id = @Id AND NOT EXISTS (
                SELECT FROM submissions WHERE submissions.tenant_id = @tenantId AND submissions.competition_id = @competitionId AND submissions.registration_id = entry.registration_id AND submissions.round_id = @Id
                  AND submissions.status = 'submitted' AND review_status = 'APPROVED' AND submissions.deleted_at IS NULL)
            """,
            new { tenantId = look.Tenant.Id, competitionId = look.Run.Competition.Id, round.Id },
            look.Stop);
        if (handedIn.LookedInto > 0) return look.Now.AddMinutes(1);
        if (handedIn.Missing == 0 || SubmissionEntry.RulesOf(look.Run.Competition.Configuration, round.Configuration) is not { } rules) return null;
        var until = (handedIn.ExtendedUntil > round.ClosesAt ? handedIn.ExtendedUntil.Value : round.ClosesAt) + SubmissionWindow.Late(rules);
        return until > look.Now ? until : null;
    }

    // who is late loses what is not final, once; after that the round is decided by what there is
    private async Task<Step?> OverdueAsync(Look look, RoundStanding round, JudgingRules judging, Progress progress)
    {
        if (judging.TakeoverHours == 0 || round.TakenOverAt is not null || progress.Waiting == 0) return await PlaceAsync(look, round);
        var due = look.Now.AddHours(judging.TakeoverHours);
        await notices.StepAsync(look.Say(round) with { Until = due }, "taken-over", $"{progress.Waiting} reviews were not final in time and are given to others.", look.Stop, ("review-overdue", RunNotices.To.BusyJudges));
        await look.Session.ExecuteAsync(
            """
            WITH late AS (
                UPDATE judge_assignments SET status = 'recused', reason = 'It was not final in time.', changed_at = @Now
                WHERE tenant_id = @tenantId AND competition_id = @competitionId AND round_id = @Id AND status IN ('assigned', 'started')
                RETURNING id
            )
            UPDATE reviews SET status = 'recused', reason = 'It was not final in time.', version = version + 1, updated_at = @Now
            FROM late WHERE reviews.tenant_id = @tenantId AND reviews.id = late.id AND reviews.status IN ('draft', 'reopened')
            """,
            new { tenantId = look.Tenant.Id, competitionId = look.Run.Competition.Id, round.Id, look.Now },
            look.Stop);
        await SetAsync(look, round, "taken_over_at = @Now, reviews_due_at = @due, judges_reminded_at = NULL, organisers_told_at = NULL", due);
        await assign.AgainAsync(look.Session, look.Tenant.Id, null, look.Run.Competition.Id, round.Id, "overdue", look.Stop, due);
        return null;
    }

    private async Task<Step?> PlaceAsync(Look look, RoundStanding round)
    {
        await RoundPlaces.MakeAsync(look.Session, look.Tenant.Id, look.Run.Competition.Id, round, look.Run.After(round) is null, look.Now, look.Stop);
        await EnterAsync(look, round, RoundPhase.Confirming);
        if (round.Rules.Confirm) await notices.StepAsync(look.Say(round), "placed", "", look.Stop, ("round-to-confirm", RunNotices.To.Organisers));
        return null;
    }

    // where nobody may appeal the round ends at once
    private async Task<Step?> PublishAsync(Look look, RoundStanding round)
    {
        await RoundPlaces.KeepAsync(look.Session, look.Tenant.Id, look.Run.Competition.Id, round.Id, null, look.Now, look.Stop);
        if (round.Rules.Judging is not { AppealHours: > 0 and var hours }) return await FinishAsync(look, round);
        var until = look.Now.AddHours(hours);
        await EnterAsync(look, round, RoundPhase.Appealing, "appeals_until = @due, organisers_told_at = NULL", until);
        await notices.StepAsync(look.Say(round) with { Until = until }, "published", "", look.Stop, ("round-places", RunNotices.To.Entrants));
        return null;
    }

    // the time to appeal is over, and every appeal is decided
    private async Task<Step?> HearAsync(Look look, RoundStanding round)
    {
        if (round.AppealsUntil is { } until && look.Now < until) return new Step($"appeals of round {round.Number}", until, false);
        var open = await look.Session.SingleAsync<int>(
            "SELECT count(*)::int FROM competition_appeals WHERE tenant_id = @tenantId AND competition_id = @competitionId AND round_id = @Id AND state IN ('open', 'rescoring')",
            new { tenantId = look.Tenant.Id, competitionId = look.Run.Competition.Id, round.Id },
            look.Stop);
        if (open == 0) return await FinishAsync(look, round);
        if (round.OrganisersToldAt is not null) return new Step($"decision on {open} appeals of round {round.Number}", null, false);
        await SetAsync(look, round, "organisers_told_at = @Now");
        await notices.StepAsync(look.Say(round), "appeals-waiting", $"{open} appeals are not decided.", look.Stop, ("round-appeals-waiting", RunNotices.To.Organisers));
        return null;
    }

    private async Task<Step?> FinishAsync(Look look, RoundStanding round)
    {
        await EnterAsync(look, round, RoundPhase.Finished);
        var told = look.Run.After(round) is null ? [] : new[] { ("round-advanced", RunNotices.To.Advancing), ("round-not-advanced", RunNotices.To.Eliminated) };
        await notices.StepAsync(look.Say(round), "finished", "", look.Stop, told);
        return null;
    }

    private static Task EnterAsync(Look look, RoundStanding round, RoundPhase phase, string? more = null, DateTimeOffset? due = null) =>
        SetAsync(look, round, $"phase = '{phase.Text()}', entered_at = @Now{(more is null ? "" : $", {more}")}", due);

    private static Task SetAsync(Look look, RoundStanding round, string set, DateTimeOffset? due = null) => look.Session.ExecuteAsync(
        $"UPDATE round_runs SET {set} WHERE tenant_id = @tenantId AND round_id = @Id", new { tenantId = look.Tenant.Id, round.Id, look.Now, due }, look.Stop);

    // a wait that is over already would be asked for again at once
    private static DateTimeOffset Earlier(DateTimeOffset one, DateTimeOffset other, DateTimeOffset now) => other <= now || one < other ? one : other;
}
