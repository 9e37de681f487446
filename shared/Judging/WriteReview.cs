using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Podium.Competitions;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Judging;

/// <summary>Saves a judge's draft, makes it final, gives it back, opens it again.</summary>
public sealed class WriteReview(Database database, AssignRound assign, WakeRun wake, TimeProvider clock)
{
    public sealed record Draft
    {
        /// <summary>Points by criterion; null takes a mark back.</summary>
        [MaxLength(50), Example(null!)]
        public IReadOnlyDictionary<string, decimal?>? Marks { get; init; }

        /// <summary>Words by criterion.</summary>
        [MaxLength(50), Example(null!)]
        public IReadOnlyDictionary<string, string>? Comments { get; init; }

        [StringLength(10000)]
        public string? Comment { get; init; }
    }

    public sealed record Reasoned
    {
        [StringLength(1000, MinimumLength = 1)]
        public required string Reason { get; init; }
    }

    /// <summary>Keeps what was written so far; what is absent stays. Saved as often as one likes, incomplete as it may be.</summary>
    public Task<Outcome<Reviews.View>> SaveAsync(Caller caller, Guid id, Draft draft, int? ifMatch, CancellationToken cancellationToken) =>
        OnOwnAsync(caller, id, async (session, mine) => await SaveAsync(session, caller, mine, draft, ifMatch, cancellationToken), cancellationToken);

    /// <summary>Makes it final: every required mark must be there. A second time changes nothing.</summary>
    public Task<Outcome<Reviews.View>> FinishAsync(Caller caller, Guid id, Draft draft, int? ifMatch, CancellationToken cancellationToken) => OnOwnAsync(
        caller,
        id,
        async (session, mine) =>
        {
            if (mine.Status == "finished") return SameAsBefore(await Reviews.ReadAsync(session, caller, id, cancellationToken), draft) ? null : new Problem(JudgingProblems.ReviewFinal);
            if (await SaveAsync(session, caller, mine, draft, ifMatch, cancellationToken) is { } fault) return fault;
            var view = (await Reviews.ReadAsync(session, caller, id, cancellationToken)).Value!;
            var marks = MarksOf(view.Review!.Marks);
            var faults = Scoring.Check(view.Rubric.Criteria, marks, final: true);
            if (faults.Count > 0) return new Problem(CommonProblems.Invalid) { Faults = FaultsOf(faults) };
            if (Scoring.Total(view.Rubric.Criteria, view.Rubric.Rule, marks) is not { } total) return Problem.Invalid("/marks", "required", "There is no mark yet.");
            await session.ExecuteAsync(
                """
                UPDATE reviews SET status = 'final', overall_score = @total, submitted_at = @now, reason = NULL, version = version + 1, updated_at = @now WHERE tenant_id = @TenantId AND id = @id;
                UPDATE judge_assignments SET status = 'finished', changed_at = @now WHERE tenant_id = @TenantId AND id = @id
                """,
                new { caller.TenantId, id, total, now = clock.GetUtcNow() },
                cancellationToken);
            await wake.RunAsync(session, caller.TenantId, mine.CompetitionId, cancellationToken);
            return null;
        },
        cancellationToken);

    /// <summary>The judge must not or cannot judge this; somebody else is found.</summary>
    public Task<Outcome<Reviews.View>> RecuseAsync(Caller caller, Guid id, Reasoned request, CancellationToken cancellationToken) => OnOwnAsync(
        caller,
        id,
        async (session, mine) =>
        {
            if (mine.Status == "finished") return JudgingProblems.ReviewFinal;
            if (mine.Status == "recused") return null;
            await session.ExecuteAsync(
                """
                UPDATE judge_assignments SET status = 'recused', reason = @reason, changed_at = @now WHERE tenant_id = @TenantId AND id = @id;
                UPDATE reviews SET status = 'recused', reason = @reason, version = version + 1, updated_at = @now WHERE tenant_id = @TenantId AND id = @id
                """,
                new { caller.TenantId, id, reason = request.Reason.Trim(), now = clock.GetUtcNow() },
                cancellationToken);
            await assign.AgainAsync(session, caller.TenantId, caller.UserId, mine.CompetitionId, mine.RoundId, "recusal", cancellationToken);
            return null;
        },
        cancellationToken);

    /// <summary>An organiser lets the judge change a final review.</summary>
    public Task<Outcome<Reviews.Written>> ReopenAsync(Caller caller, Guid competitionId, Guid id, Reasoned request, CancellationToken cancellationToken) => database.InTransaction<Reviews.Written>(
        caller,
        async session =>
        {
            var status = await session.FirstAsync<string>("SELECT status FROM reviews WHERE tenant_id = @TenantId AND competition_id = @competitionId AND id = @id FOR UPDATE", new { caller.TenantId, competitionId, id }, cancellationToken);
            if (status is null) return Problem.NotFound("review");
            if (status is not ("final" or "reopened")) return JudgingProblems.ReviewNotFinal;
            if (status == "final")
            {
                var placed = await session.SingleAsync<bool>(
                    """
                    SELECT EXISTS (
                        SELECT FROM reviews
                        JOIN round_runs ON round_runs.tenant_id = reviews.tenant_id AND round_runs.round_id = reviews.round_id AND round_runs.phase IN ('confirming', 'appealing', 'finished')
                        JOIN competition_runs ON competition_runs.tenant_id = reviews.tenant_id AND competition_runs.competition_id = reviews.competition_id AND competition_runs.status <> 'stopped'
                        WHERE reviews.tenant_id = @TenantId AND reviews.id = @id)
                    """,
                    new { caller.TenantId, id },
                    cancellationToken);
                if (placed) return JudgingProblems.ReviewPlaced;
                await session.ExecuteAsync(
                    """
                    UPDATE reviews SET status = 'reopened', reason = @reason, version = version + 1, updated_at = @now WHERE tenant_id = @TenantId AND id = @id;
                    UPDATE judge_assignments SET status = 'started', changed_at = @now WHERE tenant_id = @TenantId AND id = @id
                    """,
                    new { caller.TenantId, id, reason = request.Reason.Trim(), now = clock.GetUtcNow() },
                    cancellationToken);
            }
            return await session.SingleAsync<Reviews.Written>(
                "SELECT status, marks, comments, comment, overall_score, total_points, submitted_at, reason, version FROM reviews WHERE tenant_id = @TenantId AND id = @id", new { caller.TenantId, id }, cancellationToken);
        },
        cancellationToken);

    internal static Dictionary<string, decimal?> MarksOf(JsonElement marks) => marks.Deserialize<Dictionary<string, decimal?>>(Json.Options)!;

    /// <summary>Runs work on a review of the caller's own, while no assignment of its round is being made.</summary>
    private Task<Outcome<Reviews.View>> OnOwnAsync(Caller caller, Guid id, Func<Session, Reviews.Mine, Task<Problem?>> work, CancellationToken cancellationToken) => database.InTransaction<Reviews.View>(
        caller,
        async session =>
        {
            var mine = await session.FirstAsync<Reviews.Mine>(
                """
                SELECT given.id, given.competition_id, given.round_id, given.judge_id, given.status, reviews.rubric_id
                FROM judge_assignments AS given
                JOIN judges ON judges.tenant_id = given.tenant_id AND judges.id = given.judge_id
                JOIN competition_rounds ON competition_rounds.tenant_id = given.tenant_id AND competition_rounds.id = given.round_id
                LEFT JOIN reviews ON reviews.tenant_id = given.tenant_id AND reviews.id = given.id
                WHERE given.tenant_id = @TenantId AND given.id = @id AND judges.user_id = @Person AND given.status <> 'withdrawn'
                FOR SHARE OF competition_rounds FOR NO KEY UPDATE OF given
                """,
                new { caller.TenantId, caller.Person, id },
                cancellationToken);
            if (mine is null) return Problem.NotFound("review");
            if (!caller.Allows(Permissions.CompetitionJudge, Scope.Competition(mine.CompetitionId))) return CommonProblems.Forbidden;
            if (await work(session, mine) is { } problem) return problem;
            return await Reviews.ReadAsync(session, caller, id, cancellationToken);
        },
        cancellationToken);

    private async Task<Problem?> SaveAsync(Session session, Caller caller, Reviews.Mine mine, Draft draft, int? ifMatch, CancellationToken cancellationToken)
    {
        if (mine.Status == "finished") return JudgingProblems.ReviewFinal;
        if (mine.Status == "recused") return JudgingProblems.ReviewOver;
        var rubric = mine.RubricId is { } kept
            ? await Rubrics.ReadAsync(session, caller.TenantId, kept, cancellationToken)
            : await Rubrics.ForRoundAsync(session, caller.TenantId, mine.CompetitionId, mine.RoundId, cancellationToken);
        if (rubric is null) return JudgingProblems.NoRubric;
        var faults = FaultsOf(Scoring.Check(rubric.Criteria, draft.Marks ?? new Dictionary<string, decimal?>(), final: false));
        foreach (var (key, words) in draft.Comments ?? new Dictionary<string, string>())
        {
            if (rubric.Criteria.All(criterion => criterion.Key != key)) faults.Add(new Fault($"/comments/{key}", "unknown", "The rubric has no such criterion."));
            else if (words is null || words.Length > 5000) faults.Add(new Fault($"/comments/{key}", "length", "At most 5000 characters."));
        }
        if (faults.Count > 0) return new Problem(CommonProblems.Invalid) { Faults = faults };
        var version = await session.FirstAsync<int?>("SELECT version FROM reviews WHERE tenant_id = @TenantId AND id = @Id", new { caller.TenantId, mine.Id }, cancellationToken);
        if (ifMatch is not null && ifMatch != (version ?? 0)) return CommonProblems.Stale;
        await session.ExecuteAsync(
            """
            INSERT INTO reviews (tenant_id, id, competition_id, round_id, judge_id, rubric_id, marks, comments, comment, total_points, created_at, updated_at)
            VALUES (@TenantId, @Id, @CompetitionId, @RoundId, @JudgeId, @rubricId, jsonb_strip_nulls(@marks::jsonb), @comments::jsonb, coalesce(@Comment, ''), @TotalPoints, @now, @now)
            ON CONFLICT (tenant_id, id) DO UPDATE
            SET marks = jsonb_strip_nulls(reviews.marks || @marks::jsonb), comments = reviews.comments || @comments::jsonb, comment = coalesce(@Comment, reviews.comment),
                overall_score = NULL, version = reviews.version + 1, updated_at = @now;
            UPDATE judge_assignments SET status = 'started', changed_at = @now WHERE tenant_id = @TenantId AND id = @Id AND status = 'assigned'
            """,
            new
            {
                caller.TenantId,
                mine.Id,
                mine.CompetitionId,
                mine.RoundId,
                mine.JudgeId,
                rubricId = rubric.Id,
                rubric.TotalPoints,
                marks = JsonSerializer.Serialize(draft.Marks ?? new Dictionary<string, decimal?>(), Json.Options),
                comments = JsonSerializer.Serialize(draft.Comments ?? new Dictionary<string, string>(), Json.Options),
                draft.Comment,
                now = clock.GetUtcNow(),
            },
            cancellationToken);
        return null;
    }

    /// <summary>Whether a final review says what it is asked to say: a repeated request.</summary>
    private static bool SameAsBefore(Outcome<Reviews.View> before, Draft draft)
    {
        if (before.Value?.Review is not { } review) return false;
        var (marks, comments) = (MarksOf(review.Marks), review.Comments.Deserialize<Dictionary<string, string>>(Json.Options)!);
        return (draft.Marks ?? new Dictionary<string, decimal?>()).All(mark => marks.GetValueOrDefault(mark.Key) == mark.Value)
            && (draft.Comments ?? new Dictionary<string, string>()).All(words => comments.GetValueOrDefault(words.Key) == words.Value)
            && (draft.Comment is null || draft.Comment == review.Comment);
    }

    private static List<Fault> FaultsOf(IReadOnlyList<MarkFault> faults) => [.. faults.Select(fault => new Fault($"/marks/{fault.Key}", fault.Code, fault.Detail))];
}
