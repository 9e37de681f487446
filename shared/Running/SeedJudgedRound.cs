using Podium.Competitions;
using Podium.Judging;
using Podium.Platform.Access;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Running;

/// <summary>
/// Takes the first round of a demo competition to its confirmed places, by the steps that an organiser, the judges and the queue would take. Where it was cut off it goes on; a round that has ended is left as it is.
/// </summary>
public sealed class SeedJudgedRound(Database database, DirectRun runs, DirectRound rounds, MoveRounds moves, MakeAssignment make, WriteReview write, Leaderboard leaderboard)
{
    // far more than the steps there are
    private const int MostSteps = 20;

    private sealed record Standing(Guid Id, string? Phase, int Number);

    private sealed record Waiting(Guid Id, Guid UserId, Guid RegistrationId);

    /// <summary>How many reviews there are afterwards.</summary>
    public async Task<Outcome<long>> Run(Caller organiser, Guid competitionId, CancellationToken cancellationToken)
    {
        for (var step = 0; step < MostSteps; step++)
        {
            var round = await database.As(organiser).SingleAsync<Standing>(
                """
                SELECT round.id, round_runs.phase, coalesce(run.number, 0) AS number
                FROM competition_rounds AS round
                LEFT JOIN round_runs ON round_runs.tenant_id = @TenantId AND round_runs.round_id = round.id
                LEFT JOIN competition_runs AS run ON run.tenant_id = @TenantId AND run.competition_id = @competitionId
                WHERE round.tenant_id = @TenantId AND round.competition_id = @competitionId AND round.deleted_at IS NULL ORDER BY round.number LIMIT 1
                """,
                new { organiser.TenantId, competitionId },
                cancellationToken);
            if (round.Phase is "finished" or "cancelled" or "appealing") break;
            if (await StepAsync(organiser, competitionId, round, cancellationToken) is { } problem) return problem;
        }
        await leaderboard.RefreshAsync(cancellationToken);
        return await database.As(organiser).SingleAsync<long>(
            "SELECT count(*) FROM reviews WHERE tenant_id = @TenantId AND competition_id = @competitionId AND status = 'final'", new { organiser.TenantId, competitionId }, cancellationToken);
    }

    private async Task<Problem?> StepAsync(Caller organiser, Guid competitionId, Standing round, CancellationToken cancellationToken)
    {
        if (round.Phase is null && (await runs.StartAsync(organiser, competitionId, cancellationToken)).Problem is { } refused) return refused;
        if (round.Phase == RoundPhase.Open.Text() && (await rounds.CloseAsync(organiser, competitionId, round.Id, cancellationToken)).Problem is { } open) return open;
        if (round.Phase == RoundPhase.Judging.Text())
        {
            if (await JudgeAsync(organiser, competitionId, round, cancellationToken) is { } unjudged) return unjudged;
            // nobody waits a day for those who may still hand in late
            if ((await rounds.CloseAsync(organiser, competitionId, round.Id, cancellationToken)).Problem is { } waits) return waits;
        }
        if (round.Phase == RoundPhase.Confirming.Text() && (await rounds.ConfirmAsync(organiser, competitionId, round.Id, new DirectRound.Confirmation(), cancellationToken)).Problem is { } unconfirmed) return unconfirmed;
        await moves.WhenDueAsync(organiser, competitionId, round.Number == 0 ? 1 : round.Number, cancellationToken);
        return null;
    }

    // what the queue would do, and then what the judges do
    private async Task<Problem?> JudgeAsync(Caller organiser, Guid competitionId, Standing round, CancellationToken cancellationToken)
    {
        var args = new { organiser.TenantId, competitionId, round.Id };
        foreach (var plan in await database.As(organiser).QueryAsync<Guid>(
            "SELECT id FROM assignment_plans WHERE tenant_id = @TenantId AND competition_id = @competitionId AND round_id = @Id AND finished_at IS NULL ORDER BY position", args, cancellationToken))
        {
            await database.InTransaction(
                organiser,
                async session =>
                {
                    await make.RunAsync(session, organiser.Tenant, plan, cancellationToken);
                    return true;
                },
                cancellationToken);
        }
        var waiting = await database.As(organiser).QueryAsync<Waiting>(
            """
            SELECT given.id, judges.user_id, given.registration_id
            FROM judge_assignments AS given JOIN judges ON judges.tenant_id = @TenantId AND judges.id = given.judge_id
            WHERE given.tenant_id = @TenantId AND given.competition_id = @competitionId AND given.round_id = @Id AND given.status IN ('assigned', 'started') ORDER BY given.id
            """,
            args,
            cancellationToken);
        var rubric = (await Rubrics.ForRoundAsync(database.As(organiser), organiser.TenantId, competitionId, round.Id, cancellationToken))!;
        foreach (var review in waiting)
        {
            var draft = new WriteReview.Draft { Marks = rubric.Criteria.ToDictionary(one => one.Key, one => (decimal?)Mark(review, one)), Comment = "Read with care." };
            if ((await write.FinishAsync(organiser with { UserId = review.UserId, Grants = [new Grant(Scope.Tenant, "JUDGE", [Permissions.CompetitionJudge], null)] }, review.Id, draft, null, cancellationToken)).Problem is { } problem) return problem;
        }
        return null;
    }

    // half of it is the entry's worth, which all judges see alike; the same each time
    private static decimal Mark(Waiting review, Criterion criterion) =>
        Math.Round((0.4m + (0.4m * Share(review.RegistrationId)) + (0.2m * Share(SeedDemo.IdOf(review.RegistrationId, criterion.Key, $"{review.UserId}", 0)))) * criterion.MaxPoints, MidpointRounding.ToZero);

    private static decimal Share(Guid id) => id.ToByteArray()[15] / 255m;
}
