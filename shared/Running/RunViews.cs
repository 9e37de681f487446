using Podium.Competitions;
using Podium.Judging;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Running;

/// <summary>How a running competition stands: what it waits for and until when, its history, and the places of its rounds.</summary>
public sealed class RunViews(Database database)
{
    public sealed record RoundView
    {
        public required Guid Id { get; init; }

        public required int Number { get; init; }

        public required string Name { get; init; }

        public required RoundPhase Phase { get; init; }

        public required DateTimeOffset EnteredAt { get; init; }

        public required DateTimeOffset OpensAt { get; init; }

        public required DateTimeOffset ClosesAt { get; init; }

        public DateTimeOffset? ReviewsDueAt { get; init; }

        /// <summary>Until when those who take part may appeal.</summary>
        public DateTimeOffset? AppealsUntil { get; init; }

        /// <summary>Appeals that are not decided.</summary>
        public required int Appeals { get; init; }

        public required int Entries { get; init; }

        /// <summary>Reviews that are final.</summary>
        public required int Reviewed { get; init; }

        /// <summary>Reviews that were given out and are not final.</summary>
        public required int Waiting { get; init; }
    }

    public sealed record Event
    {
        public Guid? RoundId { get; init; }

        public required string What { get; init; }

        public required string Detail { get; init; }

        /// <summary>The templates of what people were told.</summary>
        public required string[] Notices { get; init; }

        /// <summary>How many people were told.</summary>
        public required int Told { get; init; }

        public required DateTimeOffset At { get; init; }

        /// <summary>Who wanted it; nobody where it happened by itself.</summary>
        public Guid? By { get; init; }
    }

    public sealed record View
    {
        public required RunStatus Status { get; init; }

        /// <summary>What comes next.</summary>
        public string? WaitsFor { get; init; }

        /// <summary>When it comes by itself; absent where somebody has to decide.</summary>
        public DateTimeOffset? WaitsUntil { get; init; }

        public required DateTimeOffset StartedAt { get; init; }

        public DateTimeOffset? PausedAt { get; init; }

        public DateTimeOffset? EndedAt { get; init; }

        public IReadOnlyList<RoundView> Rounds { get; init; } = [];

        /// <summary>The newest first, fifty at most.</summary>
        public IReadOnlyList<Event> History { get; init; } = [];
    }

    public sealed record Line
    {
        public required Guid RegistrationId { get; init; }

        public required string Participant { get; init; }

        public int? Place { get; init; }

        public required bool Shared { get; init; }

        public TieBreak? DecidedBy { get; init; }

        public decimal? Score { get; init; }

        public decimal? RawScore { get; init; }

        public decimal? NormalisedScore { get; init; }

        public required int ReviewCount { get; init; }

        public bool? Advances { get; init; }

        public required bool Wildcard { get; init; }

        public required string Reason { get; init; }
    }

    public sealed record Places(RoundPhase Phase, IReadOnlyList<Line> Items);

    private const string RunSql =
        """
        SELECT status, waits_for, waits_until, started_at, paused_at, ended_at FROM competition_runs WHERE tenant_id = @tenantId AND competition_id = @competitionId;
        SELECT round.id, round.number, round.name, phase, entered_at, round.opens_at, round.closes_at, reviews_due_at, appeals_until,
               (SELECT count(*)::int FROM competition_appeals AS appeal WHERE appeal.tenant_id = @tenantId AND appeal.competition_id = @competitionId AND appeal.round_id = round.id AND appeal.state IN ('open', 'rescoring')) AS appeals,
               (SELECT count(*)::int FROM round_entries AS entry WHERE entry.tenant_id = @tenantId AND entry.round_id = round.id) AS entries,
               (SELECT count(*)::int FROM judge_assignments AS given WHERE given.tenant_id = @tenantId AND given.competition_id = @competitionId AND given.round_id = round.id AND given.status = 'finished') AS reviewed,
               (SELECT count(*)::int FROM judge_assignments AS given WHERE given.tenant_id = @tenantId AND given.competition_id = @competitionId AND given.round_id = round.id AND given.status IN ('assigned', 'started')) AS waiting
        FROM round_runs JOIN competition_rounds AS round ON round.tenant_id = round_runs.tenant_id AND round.id = round_runs.round_id AND round.deleted_at IS NULL
        WHERE round_runs.tenant_id = @tenantId AND round_runs.competition_id = @competitionId
        ORDER BY round.number;
        SELECT round_id, what, detail, notices, told, at, by FROM round_steps WHERE tenant_id = @tenantId AND competition_id = @competitionId ORDER BY position DESC LIMIT 50
        """;

    public async Task<Outcome<View>> ReadAsync(Caller caller, Guid competitionId, CancellationToken cancellationToken) =>
        await ReadAsync(database.As(caller), caller.TenantId, competitionId, cancellationToken) is { } view ? view : Problem.NotFound("running competition");

    internal static Task<View> ReadAsync(Session session, Guid tenantId, Guid competitionId, CancellationToken cancellationToken) => session.QueryManyAsync(
        RunSql,
        new { tenantId, competitionId },
        async results => await results.ReadFirstOrDefaultAsync<View>() is { } view ? view with { Rounds = [.. await results.ReadAsync<RoundView>()], History = [.. await results.ReadAsync<Event>()] } : null!,
        cancellationToken);

    /// <summary>To those who take part only when the organisers have confirmed them.</summary>
    public Task<Outcome<Places>> PlacesAsync(Caller caller, Guid competitionId, Guid roundId, CancellationToken cancellationToken) => database.As(caller).QueryManyAsync<Outcome<Places>>(
        """
        SELECT phase FROM round_runs WHERE tenant_id = @TenantId AND competition_id = @competitionId AND round_id = @roundId;
        SELECT entry.registration_id, coalesce(teams.name, users.first_name || ' ' || users.last_name) AS participant, entry.place, entry.shared, entry.decided_by, entry.score, entry.raw_score,
               entry.normalised_score, entry.review_count, entry.advances, entry.wildcard, entry.reason
        FROM round_entries AS entry
        JOIN registrations ON registrations.tenant_id = entry.tenant_id AND registrations.id = entry.registration_id
        LEFT JOIN teams ON teams.tenant_id = entry.tenant_id AND teams.id = registrations.team_id
        LEFT JOIN users ON users.tenant_id = entry.tenant_id AND users.id = registrations.user_id
        WHERE entry.tenant_id = @TenantId AND entry.competition_id = @competitionId AND entry.round_id = @roundId
        ORDER BY entry.place NULLS LAST, participant, entry.registration_id
        """,
        new { caller.TenantId, competitionId, roundId },
        async results => await results.ReadFirstOrDefaultAsync<string>() switch
        {
            null => Problem.NotFound("round of a running competition"),
            var phase when phase is "finished" or "appealing" || CompetitionDirectory.Manages(caller, competitionId) => new Places(Enum.Parse<RoundPhase>(phase, ignoreCase: true), [.. await results.ReadAsync<Line>()]),
            _ => RunningProblems.Unpublished,
        },
        cancellationToken);
}
