using System.Text.Json;
using Podium.Competitions;
using Podium.Platform.Databases;

namespace Podium.Running;

/// <summary>A round as it stands in the middle of a transaction that holds the competition's lock.</summary>
internal sealed record RoundStanding
{
    public required Guid Id { get; init; }

    public required int Number { get; init; }

    public required string Name { get; init; }

    public required DateTimeOffset OpensAt { get; init; }

    public required DateTimeOffset ClosesAt { get; init; }

    public required JsonElement Configuration { get; init; }

    public required RoundPhase Phase { get; init; }

    /// <summary>When its phase began.</summary>
    public required DateTimeOffset EnteredAt { get; init; }

    public DateTimeOffset? ReviewsDueAt { get; init; }

    /// <summary>Judged once more by the organisers' wish: it does not end because all reviews are final, which they may have been before.</summary>
    public required bool Reopened { get; init; }

    public DateTimeOffset? TakenOverAt { get; init; }

    public DateTimeOffset? EntrantsRemindedAt { get; init; }

    public DateTimeOffset? JudgesRemindedAt { get; init; }

    public DateTimeOffset? OrganisersToldAt { get; init; }

    public DateTimeOffset? ConfirmedAt { get; init; }

    public DateTimeOffset? AppealsUntil { get; init; }

    public Rounds.RoundConfiguration Rules => field ??= Rounds.RoundConfiguration.Of(Configuration);

    public bool IsOver => Phase is RoundPhase.Finished or RoundPhase.Cancelled;
}

/// <summary>A competition that goes through its rounds, locked together with them.</summary>
internal sealed record CompetitionRun(LockedCompetition Competition, int Number, RunStatus Status, DateTimeOffset? PausedAt, IReadOnlyList<RoundStanding> Rounds)
{
    private sealed record Row(int Number, RunStatus Status, DateTimeOffset? PausedAt);

    public RoundStanding? Round(Guid id) => Rounds.FirstOrDefault(round => round.Id == id);

    /// <summary>The round whose entries go on into this one.</summary>
    public RoundStanding? Before(RoundStanding round) => Rounds.LastOrDefault(other => other.Number < round.Number && other.Phase != RoundPhase.Cancelled);

    public RoundStanding? After(RoundStanding round) => Rounds.FirstOrDefault(other => other.Number > round.Number && other.Phase != RoundPhase.Cancelled);

    /// <summary>The run of a competition that is locked. Rounds that were added since are taken in.</summary>
    public static async Task<CompetitionRun?> OfAsync(Session session, Guid tenantId, LockedCompetition competition, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var competitionId = competition.Id;
        var run = await session.FirstAsync<Row>(
            "SELECT number, status, paused_at FROM competition_runs WHERE tenant_id = @tenantId AND competition_id = @competitionId", new { tenantId, competitionId }, cancellationToken);
        if (run is null) return null;
        var rounds = await session.QueryAsync<RoundStanding>(
            """
            INSERT INTO round_runs (tenant_id, round_id, competition_id, entered_at)
            SELECT tenant_id, id, competition_id, @now FROM competition_rounds WHERE tenant_id = @tenantId AND competition_id = @competitionId AND deleted_at IS NULL
            ON CONFLICT DO NOTHING;
            SELECT round.id, round.number, round.name, round.opens_at, round.closes_at, round.configuration, phase, entered_at, reviews_due_at, reopened, taken_over_at, entrants_reminded_at, judges_reminded_at,
                   organisers_told_at, confirmed_at, appeals_until
            FROM round_runs
            JOIN competition_rounds AS round ON round.tenant_id = round_runs.tenant_id AND round.id = round_runs.round_id
            WHERE round_runs.tenant_id = @tenantId AND round_runs.competition_id = @competitionId AND round.deleted_at IS NULL
            ORDER BY round.number
            """,
            new { tenantId, competitionId, now },
            cancellationToken);
        return new CompetitionRun(competition, run.Number, run.Status, run.PausedAt, rounds);
    }

    /// <summary>Begins a run, or another one where there was one; its number.</summary>
    public static Task<int> BeginAsync(Session session, Guid tenantId, Guid competitionId, Guid? person, DateTimeOffset now, CancellationToken cancellationToken) => session.SingleAsync<int>(
        """
        INSERT INTO competition_runs (tenant_id, competition_id, started_at, started_by) VALUES (@tenantId, @competitionId, @now, @person)
        ON CONFLICT (tenant_id, competition_id) DO UPDATE
        SET number = competition_runs.number + 1, status = 'running', started_at = @now, started_by = @person, ended_at = NULL
        RETURNING number
        """,
        new { tenantId, competitionId, person, now },
        cancellationToken);

    public static Task StopAsync(Session session, Guid tenantId, Guid competitionId, DateTimeOffset now, CancellationToken cancellationToken) => session.ExecuteAsync(
        "UPDATE competition_runs SET status = 'stopped', paused_at = NULL, ended_at = @now, waits_for = NULL, waits_until = NULL WHERE tenant_id = @tenantId AND competition_id = @competitionId",
        new { tenantId, competitionId, now },
        cancellationToken);
}
