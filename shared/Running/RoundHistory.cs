using System.Text.Json;
using Podium.Competitions;
using Podium.Judging;
using Podium.Platform.Access;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Running;

/// <summary>How the places of a round came about: every standing with what it changed, and to an entry its own marks.</summary>
public sealed class RoundHistory(Database database)
{
    public sealed record Standing
    {
        public required int Number { get; init; }

        public required DateTimeOffset MadeAt { get; init; }

        /// <summary>Whether it was made because of an appeal.</summary>
        public required bool AfterAppeal { get; init; }

        /// <summary>What is different from the standing before.</summary>
        public IReadOnlyList<Appeals.Change> Changes { get; init; } = [];
    }

    public sealed record Standings(IReadOnlyList<Standing> Items);

    public sealed record Feedback(IReadOnlyList<Marked> Items);

    /// <summary>What a judge gave and said. Who the judge is stays untold.</summary>
    public sealed record Marked
    {
        public required decimal Score { get; init; }

        public required decimal TotalPoints { get; init; }

        public required JsonElement Marks { get; init; }

        public required JsonElement Comments { get; init; }

        public required string Comment { get; init; }
    }

    private sealed record Changed : Appeals.Change
    {
        public required int Number { get; init; }
    }

    /// <summary>To everybody who may see the places.</summary>
    public Task<Outcome<Standings>> StandingsAsync(Caller caller, Guid competitionId, Guid roundId, CancellationToken cancellationToken) => database.As(caller).QueryManyAsync<Outcome<Standings>>(
        """
        SELECT phase FROM round_runs WHERE tenant_id = @TenantId AND competition_id = @competitionId AND round_id = @roundId;
        SELECT number, made_at, appeal_id IS NOT NULL AS after_appeal FROM round_standings WHERE tenant_id = @TenantId AND competition_id = @competitionId AND round_id = @roundId ORDER BY number;
        SELECT line.number, line.registration_id, coalesce(teams.name, users.first_name || ' ' || users.last_name) AS participant, before.place AS place_before, line.place AS place_now, before.score AS score_before, line.score AS score_now,
               before.advances AS advances_before, line.advances AS advances_now
        FROM round_standings AS standing
        JOIN round_standing_lines AS line ON line.tenant_id = standing.tenant_id AND line.round_id = standing.round_id AND line.number = standing.number
        LEFT JOIN round_standing_lines AS before ON before.tenant_id = line.tenant_id AND before.round_id = line.round_id AND before.number = line.number - 1 AND before.registration_id = line.registration_id
        JOIN registrations ON registrations.tenant_id = line.tenant_id AND registrations.id = line.registration_id
        LEFT JOIN teams ON teams.tenant_id = line.tenant_id AND teams.id = registrations.team_id
        LEFT JOIN users ON users.tenant_id = line.tenant_id AND users.id = registrations.user_id
        WHERE standing.tenant_id = @TenantId AND standing.competition_id = @competitionId AND standing.round_id = @roundId
          AND (line.place, line.score, line.advances) IS DISTINCT FROM (before.place, before.score, before.advances)
        ORDER BY line.number, line.place NULLS LAST, participant, line.registration_id
        """,
        new { caller.TenantId, competitionId, roundId },
        async results =>
        {
            if (await results.ReadFirstOrDefaultAsync<string>() is not { } phase) return Problem.NotFound("round of a running competition");
            if (phase is not ("finished" or "appealing") && !CompetitionDirectory.Manages(caller, competitionId)) return RunningProblems.Unpublished;
            var standings = (await results.ReadAsync<Standing>()).ToList();
            var changes = (await results.ReadAsync<Changed>()).ToLookup(change => change.Number);
            return new Standings([.. standings.Select(standing => standing with { Changes = [.. changes[standing.Number]] })]);
        },
        cancellationToken);

    /// <summary>The marks and words that one's own entry got, where the round's rules let entrants read them and its places are told.</summary>
    public Task<Outcome<Feedback>> FeedbackAsync(Caller caller, Guid competitionId, Guid roundId, CancellationToken cancellationToken) => database.InTransaction<Feedback>(
        caller,
        async session =>
        {
            if (await LockedCompetition.ReadAsync(session, caller, competitionId, cancellationToken) is { Problem: { } gone }) return gone;
            var told = await session.FirstAsync<bool?>(
                """
                SELECT phase IN ('appealing', 'finished') AND coalesce((configuration->'judging'->>'feedback')::boolean, false)
                FROM round_runs JOIN competition_rounds AS round ON round.tenant_id = round_runs.tenant_id AND round.id = round_runs.round_id AND round.deleted_at IS NULL
                WHERE round_runs.tenant_id = @TenantId AND round_runs.competition_id = @competitionId AND round_runs.round_id = @roundId
                """,
                new { caller.TenantId, competitionId, roundId },
                cancellationToken);
            if (told is null) return Problem.NotFound("round of a running competition");
            if (await Appeals.OwnAsync(session, caller, competitionId, roundId, cancellationToken) is not { } own) return new Problem(CommonProblems.Forbidden, "You are not in this round.");
            if (told == false) return RunningProblems.Unpublished;
            // while a review is written once more it says what it said
            return new Feedback(await session.QueryAsync<Marked>(
                """
                SELECT coalesce(before.overall_score, reviews.overall_score) AS score, coalesce(before.total_points, reviews.total_points) AS total_points, coalesce(before.marks, reviews.marks) AS marks,
                       coalesce(before.comments, reviews.comments) AS comments, coalesce(before.comment, reviews.comment) AS comment
                FROM judge_assignments AS given
                JOIN reviews ON reviews.tenant_id = given.tenant_id AND reviews.id = given.id
                LEFT JOIN LATERAL (SELECT * FROM review_versions WHERE tenant_id = reviews.tenant_id AND review_id = reviews.id ORDER BY number DESC LIMIT 1) AS before ON reviews.status = 'reopened'
                WHERE given.tenant_id = @TenantId AND given.competition_id = @competitionId AND given.round_id = @roundId AND given.registration_id = @RegistrationId
                  AND (reviews.status = 'final' AND given.status = 'finished' OR reviews.status = 'reopened' AND given.status = 'started')
                ORDER BY md5(reviews.id::text)
                """,
                new { caller.TenantId, competitionId, roundId, own.RegistrationId },
                cancellationToken));
        },
        cancellationToken);
}
