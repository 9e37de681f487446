using System.Text.Json;
using Podium.Competitions;
using Podium.Platform.Api;
using Podium.Platform.Databases;
using Podium.Platform.Problems;
using Podium.Running;

namespace Podium.Emergencies;

public sealed record VoidRoundRequest : EmergencyRequest
{
    public required Guid RoundId { get; init; }
}

/// <summary>
/// Declares a round void, whatever has come after it: its reviews and places do not count, and where results are announced the standing, the awards and the winner are made anew without it, which a second person
/// has to approve. Who went on by it stays where they are. A run that is under way pauses, so that nothing opens and nothing is announced before the organisers have thought about it.
/// </summary>
internal sealed class VoidRound(DirectRun runs, RunNotices notices, FinalStanding standing) : EmergencyMeasure
{
    public sealed record Withdrawn(Guid Id, string Status);

    /// <param name="Phase">Where it stood; absent where it was in no run.</param>
    internal sealed record Undo(Guid RoundId, string? Phase, DateTimeOffset? EnteredAt, IReadOnlyList<Withdrawn> Withdrawn, bool Paused);

    private sealed record Round(Guid Id, int Number, string Name, string? Phase, DateTimeOffset? EnteredAt, long Reviews, long Places);

    private sealed record Result(Guid RegistrationId, string Participant, int Place, string? Award)
    {
        public string Text => Award is null ? $"{Place}" : $"{Place} {Award}";
    }

    private const string Why = "The round was declared void.";

    internal override EmergencyKind Kind => EmergencyKind.VoidRound;

    internal override async Task<Outcome<Done>> DoAsync(Acting acting, CancellationToken cancellationToken)
    {
        var (session, caller, competition) = (acting.Session, acting.Caller, acting.Locked);
        if (competition.Status is CompetitionStatus.Cancelled or CompetitionStatus.Archived) return CompetitionProblems.Ended;
        var args = new { caller.TenantId, competitionId = competition.Id, id = acting.Read<VoidRoundRequest>().RoundId, acting.Now, Why };
        var round = await FindAsync(acting, args.id, cancellationToken);
        if (round is null) return Problem.Invalid("/roundId", "unknown", "There is no such round.");
        if (round.Phase == "cancelled") return EmergencyProblems.SoAlready;
        var before = await ResultsAsync(acting, cancellationToken);
        var told = await TellAsync(acting, round, "voided", "round-cancelled", cancellationToken);
        var withdrawn = await session.QueryAsync<Withdrawn>(
            """
            WITH waiting AS (
                SELECT id, status FROM judge_assignments WHERE tenant_id = @TenantId AND competition_id = @competitionId AND round_id = @id AND status IN ('assigned', 'started') ORDER BY id FOR UPDATE
            ), taken AS (
                UPDATE judge_assignments SET status = 'withdrawn', reason = @Why, changed_at = @Now WHERE tenant_id = @TenantId AND id IN (SELECT id FROM waiting)
            )
            SELECT id, status FROM waiting ORDER BY id
            """,
            args,
            cancellationToken);
        await session.ExecuteAsync(
            """
            INSERT INTO round_runs (tenant_id, round_id, competition_id, phase, entered_at) VALUES (@TenantId, @id, @competitionId, 'cancelled', @Now)
            ON CONFLICT (tenant_id, round_id) DO UPDATE SET phase = 'cancelled', entered_at = @Now
            """,
            args,
            cancellationToken);
        var paused = await runs.HoldAsync(session, caller, competition, acting.Now, Why, cancellationToken);
        var places = await CountAnewAsync(acting, round, before, cancellationToken);
        var plan = EmergencyPlan.Of(
            [new Touched("round void", round.Id, round.Name, round.Phase ?? "not begun", "void"), .. paused ? [new Touched("run paused", competition.Id, competition.Name)] : Array.Empty<Touched>(), .. places], told,
            new TouchedCount("reviews that do not count", round.Reviews), new TouchedCount("places that do not count", round.Places), new TouchedCount("reviews withdrawn", withdrawn.Count));
        return new Done(plan with { SecondPerson = competition.Status == CompetitionStatus.Completed }, new Undo(round.Id, round.Phase, round.EnteredAt, withdrawn, paused));
    }

    internal override async Task<Outcome<EmergencyPlan>> UndoAsync(Acting acting, JsonElement undo, DateTimeOffset doneAt, CancellationToken cancellationToken)
    {
        var (session, caller, known) = (acting.Session, acting.Caller, undo.Deserialize<Undo>(Json.Options)!);
        if (await FindAsync(acting, known.RoundId, cancellationToken) is not { Phase: "cancelled" } round) return new Problem(EmergencyProblems.ReliedOn, "The round is not void any more.");
        if (known.Phase is not (null or "finished") && LifeCycle.IsOver(acting.Locked.Status)) return new Problem(EmergencyProblems.ReliedOn, "The competition has ended without it.");
        var args = new { caller.TenantId, competitionId = acting.Locked.Id, id = round.Id, round.Number, doneAt, known.Phase, known.EnteredAt, acting.Now, Why, withdrawn = known.Withdrawn.Select(one => one.Id).ToArray(), statuses = known.Withdrawn.Select(one => one.Status).ToArray() };
        var next = await session.FirstAsync<int?>(
            """
            SELECT min(number) FROM competition_rounds AS round JOIN round_runs ON round_runs.tenant_id = round.tenant_id AND round_runs.round_id = round.id
            WHERE round.tenant_id = @TenantId AND round.competition_id = @competitionId AND number > @Number AND phase NOT IN ('waiting', 'cancelled') AND EXISTS (
                SELECT FROM round_steps WHERE round_steps.tenant_id = @TenantId AND round_steps.competition_id = @competitionId AND round_steps.round_id = round.id AND what = 'opened' AND at >= @doneAt)
            """,
            args,
            cancellationToken);
        if (next is not null) return new Problem(EmergencyProblems.ReliedOn, $"Round {next} has opened without it.");
        var before = await ResultsAsync(acting, cancellationToken);
        await session.ExecuteAsync(
            known.Phase is null
                ? "DELETE FROM round_runs WHERE tenant_id = @TenantId AND round_id = @id"
                : "UPDATE round_runs SET phase = @Phase, entered_at = @EnteredAt WHERE tenant_id = @TenantId AND round_id = @id",
            args,
            cancellationToken);
        var given = await session.ExecuteAsync(
            """
            UPDATE judge_assignments AS given SET status = known.status, reason = NULL, changed_at = @Now
            FROM unnest(@withdrawn, @statuses) AS known (id, status)
            WHERE given.tenant_id = @TenantId AND given.id = known.id AND given.status = 'withdrawn' AND given.reason = @Why
            """,
            args,
            cancellationToken);
        var told = await TellAsync(acting, round, "reinstated", "round-reinstated", cancellationToken);
        var places = await CountAnewAsync(acting, round, before, cancellationToken);
        var resumed = known.Paused && acting.Locked.FrozenAt is null && await runs.ReleaseAsync(session, caller, acting.Locked, acting.Now, cancellationToken);
        return EmergencyPlan.Of(
            [new Touched("round counts again", round.Id, round.Name, "void", known.Phase ?? "not begun"), .. resumed ? [new Touched("run resumed", acting.Locked.Id, acting.Locked.Name)] : Array.Empty<Touched>(), .. places], told,
            new TouchedCount("reviews that count again", round.Reviews), new TouchedCount("places that count again", round.Places), new TouchedCount("reviews given out again", given));
    }

    private static Task<Round?> FindAsync(Acting acting, Guid id, CancellationToken cancellationToken) => acting.Session.FirstAsync<Round>(
        """
        SELECT round.id, round.number, round.name, round_runs.phase, round_runs.entered_at,
               (SELECT count(*) FROM reviews WHERE reviews.tenant_id = @TenantId AND reviews.competition_id = @competitionId AND reviews.round_id = @id AND reviews.status = 'final') AS reviews,
               (SELECT count(*) FROM round_entries WHERE round_entries.tenant_id = @TenantId AND round_entries.round_id = @id AND place IS NOT NULL) AS places
        FROM competition_rounds AS round LEFT JOIN round_runs ON round_runs.tenant_id = round.tenant_id AND round_runs.round_id = round.id
        WHERE round.tenant_id = @TenantId AND round.competition_id = @competitionId AND round.id = @id AND round.deleted_at IS NULL
        """,
        new { acting.Caller.TenantId, competitionId = acting.Locked.Id, id },
        cancellationToken);

    private static Task<IReadOnlyList<Result>> ResultsAsync(Acting acting, CancellationToken cancellationToken) => acting.Session.QueryAsync<Result>(
        $"SELECT registration_id, participant, place, award FROM ({FinalStanding.Sql}) AS line", new { acting.Caller.TenantId, competitionId = acting.Locked.Id }, cancellationToken);

    // the leaderboard, and the standing where it is announced; whose place or award is another
    private async Task<IReadOnlyList<Touched>> CountAnewAsync(Acting acting, Round round, IReadOnlyList<Result> before, CancellationToken cancellationToken)
    {
        await Leaderboard.NoteRoundAsync(acting.Session, acting.Caller.TenantId, acting.Locked.Id, round.Id, cancellationToken);
        if (acting.Locked.Status != CompetitionStatus.Completed) return [];
        await standing.WriteAsync(acting.Session, acting.Caller.Tenant, acting.Locked, acting.Now, cancellationToken);
        var after = (await ResultsAsync(acting, cancellationToken)).ToDictionary(result => result.RegistrationId);
        var known = before.Select(result => result.RegistrationId).ToHashSet();
        return
        [
            .. before.Where(result => after.GetValueOrDefault(result.RegistrationId)?.Text != result.Text)
                .Select(result => new Touched("place", result.RegistrationId, result.Participant, result.Text, after.GetValueOrDefault(result.RegistrationId)?.Text) { IsPersonal = true }),
            .. after.Values.Where(result => !known.Contains(result.RegistrationId)).OrderBy(result => result.Place).ThenBy(result => result.RegistrationId)
                .Select(result => new Touched("place", result.RegistrationId, result.Participant, null, result.Text) { IsPersonal = true }),
        ];
    }

    private async Task<int> TellAsync(Acting acting, Round round, string what, string template, CancellationToken cancellationToken)
    {
        var standing = new RoundStanding
        {
            Id = round.Id,
            Number = round.Number,
            Name = round.Name,
            OpensAt = default,
            ClosesAt = default,
            Configuration = JsonElement.Parse("{}"),
            Phase = RoundPhase.Cancelled,
            EnteredAt = acting.Now,
            Reopened = false,
        };
        var context = new RunNotices.Context(acting.Session, acting.Caller.Tenant, acting.Locked, standing, acting.Now, acting.Caller.UserId) { Reason = acting.Reason };
        return await notices.StepAsync(context, what, acting.Reason, cancellationToken, (template, RunNotices.To.Entrants), (template, RunNotices.To.BusyJudges));
    }
}
