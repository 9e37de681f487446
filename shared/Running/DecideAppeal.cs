using System.ComponentModel.DataAnnotations;
using Podium.Competitions;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Running;

/// <summary>
/// The organisers reject an appeal, or have reviews written once more, look at what that would change, and make the places anew. What a review said before and what the places were stays to be read.
/// </summary>
public sealed class DecideAppeal(DirectRun runs, RunNotices notices)
{
    public sealed record Answer
    {
        /// <summary>What those of the entry are told.</summary>
        [StringLength(4000, MinimumLength = 1), Example("Both judges have seen page 4.")]
        public required string Text { get; init; }
    }

    public sealed record Order
    {
        /// <summary>Which reviews; all final ones of the entry where none is named.</summary>
        [MaxLength(50), Example(new string[0])]
        public IReadOnlyList<Guid> Reviews { get; init; } = [];

        /// <summary>Until when. Later than now.</summary>
        [Example("2026-12-05T18:00:00Z")]
        public required DateTimeOffset Until { get; init; }

        /// <summary>What the judges are told.</summary>
        [StringLength(1000, MinimumLength = 1), Example("Please look at page 4 as well.")]
        public required string Reason { get; init; }
    }

    public sealed record Settlement
    {
        /// <summary>What those of the entry are told.</summary>
        [StringLength(4000, MinimumLength = 1), Example("One judge had not seen page 4.")]
        public required string Text { get; init; }

        /// <summary>Whether reviews that are not final again count as they were.</summary>
        [Example(false)]
        public bool WithoutWaiting { get; init; }
    }

    /// <summary>What making the places anew would change.</summary>
    public sealed record Preview(int Waiting, IReadOnlyList<Appeals.Change> Changes);

    private sealed record Placed(Guid RegistrationId, string Participant, int? Place, decimal? Score, bool? Advances);

    public Task<Outcome<Appeals.Details>> RejectAsync(Caller caller, Guid competitionId, Guid id, Answer request, CancellationToken cancellationToken) => OnAppealAsync(
        caller,
        competitionId,
        id,
        async (session, run, round, appeal, now) =>
        {
            var text = request.Text.Trim();
            if (appeal.State == AppealState.Rejected && appeal.Answer == text) return null;
            if (appeal.State != AppealState.Open || round.Phase != RoundPhase.Appealing) return RunningProblems.AppealDecided;
            await CloseAsync(session, caller, id, AppealState.Rejected, text, now, cancellationToken);
            await notices.StepAsync(Say(session, caller, run, round, appeal, now) with { Reason = text }, "appeal-rejected", "", cancellationToken, ("appeal-decided", RunNotices.To.OfEntry));
            return null;
        },
        cancellationToken);

    /// <summary>The same judges write reviews of the entry once more; until they are final again they count as they were.</summary>
    public Task<Outcome<Appeals.Details>> RescoreAsync(Caller caller, Guid competitionId, Guid id, Order request, CancellationToken cancellationToken) => OnAppealAsync(
        caller,
        competitionId,
        id,
        async (session, run, round, appeal, now) =>
        {
            if (appeal.State == AppealState.Rescoring && appeal.DueAt == request.Until) return null;
            if (appeal.State is not (AppealState.Open or AppealState.Rescoring) || round.Phase != RoundPhase.Appealing) return RunningProblems.AppealDecided;
            if (request.Until <= now) return Problem.Invalid("/until", "past", "It is over already.");
            var reviews = await session.QueryAsync<Guid>(
                """
                UPDATE reviews SET status = 'reopened', reason = @reason, version = reviews.version + 1, updated_at = @now
                FROM judge_assignments AS given
                WHERE given.tenant_id = @TenantId AND given.competition_id = @competitionId AND given.round_id = @RoundId AND given.registration_id = @RegistrationId AND given.status = 'finished'
                  AND reviews.tenant_id = given.tenant_id AND reviews.id = given.id AND reviews.status = 'final' AND (cardinality(@wanted) = 0 OR reviews.id = ANY (@wanted))
                RETURNING reviews.id
                """,
                new { caller.TenantId, competitionId, appeal.RoundId, appeal.RegistrationId, reason = request.Reason.Trim(), now, wanted = request.Reviews.ToArray() },
                cancellationToken);
            if (request.Reviews.Except(reviews).Any()) return Problem.Invalid("/reviews", "unknown", "Some of these are no final reviews of the entry.");
            if (reviews.Count == 0 && appeal.State == AppealState.Open) return new Problem(RunningProblems.AppealDecided, "The entry has no final review.");
            await session.ExecuteAsync(
                """
                INSERT INTO appeal_reviews (tenant_id, appeal_id, review_id) SELECT @TenantId, @id, review FROM unnest(@reviews) AS review ON CONFLICT DO NOTHING;
                UPDATE competition_appeals SET state = 'rescoring', due_at = @Until, version = version + 1 WHERE tenant_id = @TenantId AND id = @id;
                UPDATE judge_assignments SET status = 'started', due_at = @Until, changed_at = @now
                FROM appeal_reviews JOIN reviews ON reviews.tenant_id = appeal_reviews.tenant_id AND reviews.id = appeal_reviews.review_id AND reviews.status = 'reopened'
                WHERE appeal_reviews.tenant_id = @TenantId AND appeal_id = @id AND judge_assignments.tenant_id = @TenantId AND judge_assignments.id = appeal_reviews.review_id
                """,
                new { caller.TenantId, id, reviews = reviews.ToArray(), request.Until, now },
                cancellationToken);
            await notices.StepAsync(
                Say(session, caller, run, round, appeal, now) with { Reason = request.Reason.Trim(), Until = request.Until }, "reviews-reopened", $"{reviews.Count} reviews are written once more.", cancellationToken,
                ("review-reopened", RunNotices.To.OnceMore));
            return null;
        },
        cancellationToken);

    public Task<Outcome<Preview>> PreviewAsync(Caller caller, Guid competitionId, Guid id, CancellationToken cancellationToken) => runs.OnRunAsync<Preview>(
        caller,
        competitionId,
        async (session, run, _) =>
        {
            var found = await Appeals.ReadAsync(session, caller, competitionId, id, cancellationToken);
            if (found.Value is not { } details) return found.Problem!;
            if (details.Appeal.State != AppealState.Rescoring || run.Round(details.Appeal.RoundId) is not { Phase: RoundPhase.Appealing } round) return RunningProblems.AppealDecided;
            var outcomes = await RoundPlaces.OutcomesAsync(session, caller.TenantId, competitionId, round, run.After(round) is null, cancellationToken);
            return new Preview(details.Reviews.Count(review => !review.Final), await ChangesAsync(session, caller.TenantId, round.Id, outcomes, cancellationToken));
        },
        cancellationToken,
        wakes: false);

    /// <summary>Makes the places anew, as the preview says.</summary>
    public Task<Outcome<Appeals.Details>> SettleAsync(Caller caller, Guid competitionId, Guid id, Settlement request, CancellationToken cancellationToken) => OnAppealAsync(
        caller,
        competitionId,
        id,
        async (session, run, round, appeal, now) =>
        {
            var text = request.Text.Trim();
            if (appeal.State == AppealState.Rescored && appeal.Answer == text) return null;
            if (appeal.State != AppealState.Rescoring || round.Phase != RoundPhase.Appealing) return RunningProblems.AppealDecided;
            await session.ExecuteAsync("SELECT FROM competition_rounds WHERE tenant_id = @TenantId AND id = @Id FOR NO KEY UPDATE", new { caller.TenantId, round.Id }, cancellationToken);
            var waiting = (await Appeals.ReadAsync(session, caller, competitionId, id, cancellationToken)).Value!.Reviews.Count(review => !review.Final);
            if (waiting > 0 && !request.WithoutWaiting) return new Problem(RunningProblems.ReviewsWaiting, $"{waiting} reviews are not final again. Wait for them, or let them count as they were.");
            await RestoreAsync(session, caller.TenantId, id, now, cancellationToken);
            var outcomes = await RoundPlaces.OutcomesAsync(session, caller.TenantId, competitionId, round, run.After(round) is null, cancellationToken);
            var changes = await ChangesAsync(session, caller.TenantId, round.Id, outcomes, cancellationToken);
            await RoundPlaces.MakeAgainAsync(session, caller.TenantId, competitionId, round, outcomes, id, now, cancellationToken);
            await CloseAsync(session, caller, id, AppealState.Rescored, text, now, cancellationToken);
            await notices.StepAsync(
                Say(session, caller, run, round, appeal, now) with { Reason = text }, "rescored", $"{changes.Count} entries stand differently.", cancellationToken,
                ("appeal-decided", RunNotices.To.OfEntry), ("round-places-changed", RunNotices.To.Moved));
            return null;
        },
        cancellationToken);

    /// <summary>The round goes back or does not count: there is nothing left to appeal against. Within the organisers' own transaction.</summary>
    internal static async Task ForgoAsync(Session session, Caller caller, Guid roundId, string why, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var open = await session.QueryAsync<Guid>(
            """
            UPDATE competition_appeals SET state = 'moot', answer = @why, decided_at = @now, decided_by = @Person, version = version + 1
            WHERE tenant_id = @TenantId AND round_id = @roundId AND state IN ('open', 'rescoring') RETURNING id
            """,
            new { caller.TenantId, caller.Person, roundId, why, now },
            cancellationToken);
        foreach (var id in open) await RestoreAsync(session, caller.TenantId, id, now, cancellationToken);
    }

    // what was opened again and not finished says what it said before
    private static Task RestoreAsync(Session session, Guid tenantId, Guid appealId, DateTimeOffset now, CancellationToken cancellationToken) => session.ExecuteAsync(
        """
        UPDATE reviews
        SET status = 'final', marks = before.marks, comments = before.comments, comment = before.comment, overall_score = before.overall_score, total_points = before.total_points, submitted_at = before.submitted_at,
            reason = NULL, version = reviews.version + 1, updated_at = @now
        FROM appeal_reviews CROSS JOIN LATERAL (
            SELECT * FROM review_versions WHERE tenant_id = appeal_reviews.tenant_id AND review_id = appeal_reviews.review_id ORDER BY number DESC LIMIT 1) AS before
        WHERE appeal_reviews.tenant_id = @tenantId AND appeal_id = @appealId AND reviews.tenant_id = @tenantId AND reviews.id = appeal_reviews.review_id AND reviews.status = 'reopened';
        UPDATE judge_assignments SET status = 'finished', changed_at = @now
        FROM appeal_reviews JOIN reviews ON reviews.tenant_id = appeal_reviews.tenant_id AND reviews.id = appeal_reviews.review_id AND reviews.status = 'final'
        WHERE appeal_reviews.tenant_id = @tenantId AND appeal_id = @appealId AND judge_assignments.tenant_id = @tenantId AND judge_assignments.id = appeal_reviews.review_id AND judge_assignments.status = 'started'
        """,
        new { tenantId, appealId, now },
        cancellationToken);

    private static Task CloseAsync(Session session, Caller caller, Guid id, AppealState state, string answer, DateTimeOffset now, CancellationToken cancellationToken) => session.ExecuteAsync(
        "UPDATE competition_appeals SET state = @state, answer = @answer, decided_at = @now, decided_by = @Person, version = version + 1 WHERE tenant_id = @TenantId AND id = @id",
        new { caller.TenantId, caller.Person, id, state = state.Text(), answer, now },
        cancellationToken);

    private static async Task<IReadOnlyList<Appeals.Change>> ChangesAsync(Session session, Guid tenantId, Guid roundId, IReadOnlyList<RoundPlaces.Outcome> outcomes, CancellationToken cancellationToken)
    {
        var placed = await session.QueryAsync<Placed>(
            """
            SELECT entry.registration_id, coalesce(teams.name, users.first_name || ' ' || users.last_name) AS participant, entry.place, entry.score, entry.advances
            FROM round_entries AS entry
            JOIN registrations ON registrations.tenant_id = entry.tenant_id AND registrations.id = entry.registration_id
            LEFT JOIN teams ON teams.tenant_id = entry.tenant_id AND teams.id = registrations.team_id
            LEFT JOIN users ON users.tenant_id = entry.tenant_id AND users.id = registrations.user_id
            WHERE entry.tenant_id = @tenantId AND entry.round_id = @roundId
            """,
            new { tenantId, roundId },
            cancellationToken);
        var now = outcomes.ToDictionary(one => one.Id);
        return
        [
            .. from before in placed
               let after = now.GetValueOrDefault(before.RegistrationId)
               where (before.Place, before.Score, before.Advances) != (after?.Place, after?.Score, after?.Advances)
               orderby after?.Place ?? int.MaxValue, before.Participant, before.RegistrationId
               select new Appeals.Change
               {
                   RegistrationId = before.RegistrationId,
                   Participant = before.Participant,
                   PlaceBefore = before.Place,
                   PlaceNow = after?.Place,
                   ScoreBefore = before.Score,
                   ScoreNow = after?.Score,
                   AdvancesBefore = before.Advances,
                   AdvancesNow = after?.Advances,
               },
        ];
    }

    private Task<Outcome<Appeals.Details>> OnAppealAsync(
        Caller caller, Guid competitionId, Guid id, Func<Session, CompetitionRun, RoundStanding, Appeals.View, DateTimeOffset, Task<Problem?>> work, CancellationToken cancellationToken) => runs.OnRunAsync<Appeals.Details>(
        caller,
        competitionId,
        async (session, run, now) =>
        {
            var found = await Appeals.ReadAsync(session, caller, competitionId, id, cancellationToken);
            if (found.Value is not { Appeal: var appeal }) return found;
            if (run.Round(appeal.RoundId) is not { } round) return Problem.NotFound("round");
            // nobody decides about themselves
            if (await Appeals.OwnAsync(session, caller, competitionId, round.Id, cancellationToken) is { } own && own.RegistrationId == appeal.RegistrationId) return new Problem(CommonProblems.Forbidden, "Who is of the entry does not decide.");
            if (await work(session, run, round, appeal, now) is { } problem) return problem;
            return await Appeals.ReadAsync(session, caller, competitionId, id, cancellationToken);
        },
        cancellationToken);

    private static RunNotices.Context Say(Session session, Caller caller, CompetitionRun run, RoundStanding round, Appeals.View appeal, DateTimeOffset now) =>
        new(session, caller.Tenant, run.Competition, round, now, caller.UserId) { RegistrationId = appeal.RegistrationId };
}
