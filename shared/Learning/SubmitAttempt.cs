using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Podium.Identity;
using Podium.Learning.Experiments;
using Podium.Learning.Outcomes;
using Podium.Learning.Plagiarism;
using Podium.Learning.Sandbox;
using Podium.Platform;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Caching;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Learning;

/// <summary>Runs a learner's code against the active version's tests; attempt, progress, enrolment, percentage and streak are written together.</summary>
public sealed class SubmitAttempt(Database database, AssignVersion versions, ICodeSandbox sandbox, Cache cache, CodeSeal seal, TimeProvider clock)
{
    public sealed record Request
    {
        /// <summary>Chosen by the client, so that a repeated request makes one attempt.</summary>
        public Guid? Id { get; init; }

        [StringLength(50_000)]
        public string Html { get; init; } = "";

        [StringLength(50_000)]
        public string Css { get; init; } = "";

        [StringLength(50_000)]
        public string Js { get; init; } = "";
    }

    /// <summary>What a learner sees of a test: of a hidden one no reason.</summary>
    public sealed record TestResult(string Name, bool Passed, int Points, string? Message);

    public sealed record Progress
    {
        public required string Status { get; init; }

        public required decimal BestScore { get; init; }

        public required int TotalAttempts { get; init; }

        public required int PointsEarned { get; init; }

        public DateTimeOffset? CompletedAt { get; init; }

        public required decimal ProgressPercentage { get; init; }

        public required int CurrentStreak { get; init; }
    }

    public sealed record View
    {
        public required Guid Id { get; init; }

        /// <summary>passed, failed, timeout, memory, crashed.</summary>
        public required string Status { get; init; }

        public required decimal Score { get; init; }

        public required string Version { get; init; }

        public required IReadOnlyList<TestResult> Tests { get; init; }

        public IReadOnlyList<ConsoleLine> Console { get; init; } = [];

        public IReadOnlyList<string> Faults { get; init; } = [];

        public required Progress Progress { get; init; }

        public required DateTimeOffset CreatedAt { get; init; }
    }

    private sealed record Earlier(Guid Id, string Status, decimal Score, JsonElement TestResults, DateTimeOffset CreatedAt, string Html, string Css, string Js, string Number);

    private const string ProgressSql =
        """
        SELECT p.status, p.best_score, p.total_attempts, p.points_earned, p.completed_at, coalesce(e.progress_percentage, 0) AS progress_percentage, coalesce(s.current_days, 0) AS current_streak
        FROM user_progress AS p
        LEFT JOIN user_enrollments AS e ON e.tenant_id = p.tenant_id AND e.user_id = p.user_id AND e.track_id = @track
        LEFT JOIN user_streaks AS s ON s.tenant_id = p.tenant_id AND s.user_id = p.user_id
        WHERE p.tenant_id = @TenantId AND p.user_id = @Person AND p.challenge_id = @challenge
        """;

    // the first that passes earns the points: that is the one to look at, whatever is handed in after it
    private const string FingerprintsSql =
        """
        INSERT INTO solution_fingerprints (tenant_id, challenge_id, user_id, attempt_id, attempted_at, hashes, spans)
        SELECT @TenantId, @challenge, @Person, @id, @now, @Hashes, @Spans FROM user_progress WHERE tenant_id = @TenantId AND user_id = @Person AND challenge_id = @challenge AND completed_at = @now
        ON CONFLICT DO NOTHING;
        """;

    public async Task<Outcome<View>> Run(Caller caller, Guid challenge, Request request, CancellationToken cancellationToken)
    {
        if (await versions.ForAsync(caller, challenge, cancellationToken) is not { } active) return Problem.NotFound("challenge");
        var key = await seal.OfAsync(caller, cancellationToken);
        if (request.Id is not null && await EarlierAsync(database.As(caller), caller, challenge, active, request, key, cancellationToken) is { } before) return before;

        var page = new PageCode(request.Html, request.Css, request.Js);
        if (await sandbox.RunAsync(page, active.Content.Tests, CodeLimits.Default, cancellationToken) is not { } report) return new Problem(LearningProblems.SandboxBusy) { RetryAfter = TimeSpan.FromSeconds(5) };
        var tests = active.Content.Tests.Zip(report.Tests, (test, result) => new TestResult(test.Name, result.Passed, test.Points, result.Passed ? null : test.Hidden ? "Hidden." : result.Message)).ToList();
        var score = ScoreOf(tests, report.AllPassed);
        var code = new EditChallenge.Code { Html = page.Html, Css = page.Css, Js = page.Js };
        var stored = key.Close(code, CodeSeal.OfLearner(caller.Person));
        var prints = report.AllPassed ? Fingerprints.OfSolution(code, active.Content) : new Fingerprints([], []);
        var now = clock.GetUtcNow();
        var id = request.Id ?? Guid.CreateVersion7(now);
        var status = report.Verdict switch { CodeVerdict.Time => "timeout", CodeVerdict.Memory => "memory", CodeVerdict.Engine => "crashed", _ => report.AllPassed ? "passed" : "failed" };

        return await database.InTransaction<View>(
            caller,
            async session =>
            {
                // one after the other for a person and a challenge: a repeated request finds the first
                await session.ExecuteAsync("SELECT pg_advisory_xact_lock(hashtextextended(@key, 0))", new { key = $"attempt {caller.Person} {challenge}" }, cancellationToken);
                if (request.Id is not null && await EarlierAsync(session, caller, challenge, active, request, key, cancellationToken) is { } twin) return twin;
                var args = new
                {
                    caller.TenantId,
                    caller.Person,
                    id,
                    challenge,
                    track = active.TrackId,
                    active.VersionId,
                    split = active.Assigned,
                    stored.Html,
                    stored.Css,
                    stored.Js,
                    status,
                    results = JsonSerializer.Serialize(tests, Json.Options),
                    score,
                    report.CpuMs,
                    now,
                    passed = report.AllPassed,
                    points = active.Content.Points,
                    prints.Hashes,
                    prints.Spans,
                    today = LocalDay.Of(now, caller.Tenant.TimeZone),
                };
                var progress = await session.SingleAsync<Progress>(
                    $"""
                    CALL need_attempt_month(@now);

                    {ChallengeTallies.AttemptSql}

                    INSERT INTO user_progress AS p (tenant_id, user_id, challenge_id, status, best_score, total_attempts, points_earned, last_attempt_at, completed_at, first_attempt_at, first_version_id)
                    VALUES (@TenantId, @Person, @challenge, CASE WHEN @passed THEN 'completed' ELSE 'in_progress' END, @score, 1, CASE WHEN @passed THEN @points ELSE 0 END, @now, CASE WHEN @passed THEN @now END, @now, @VersionId)
                    ON CONFLICT (tenant_id, user_id, challenge_id) DO UPDATE SET
                        status = CASE WHEN @passed THEN 'completed' ELSE p.status END,
                        best_score = greatest(p.best_score, excluded.best_score),
                        total_attempts = p.total_attempts + 1,
                        points_earned = CASE WHEN @passed AND p.completed_at IS NULL THEN greatest(@points - p.hint_cost, 0) ELSE p.points_earned END,
                        last_attempt_at = @now,
                        completed_at = coalesce(p.completed_at, CASE WHEN @passed THEN @now END),
                        first_attempt_at = coalesce(p.first_attempt_at, @now),
                        first_version_id = coalesce(p.first_version_id, @VersionId);

                    INSERT INTO challenge_attempts (tenant_id, id, user_id, challenge_id, version_id, user_code_html, user_code_css, user_code_js, status, test_results, score, cpu_ms, number, created_at)
                    SELECT @TenantId, @id, @Person, @challenge, @VersionId, @Html, @Css, @Js, @status, @results::jsonb, @score, @CpuMs, total_attempts, @now
                    FROM user_progress WHERE tenant_id = @TenantId AND user_id = @Person AND challenge_id = @challenge;

                    INSERT INTO user_enrollments AS e (tenant_id, user_id, track_id, enrolled_at, last_challenge_id) VALUES (@TenantId, @Person, @track, @now, @challenge)
                    ON CONFLICT (tenant_id, user_id, track_id) DO UPDATE SET last_challenge_id = @challenge;

                    UPDATE user_enrollments AS e SET progress_percentage = share.percentage, completed_at = CASE WHEN share.percentage = 100 THEN coalesce(e.completed_at, @now) END
                    FROM (
                        SELECT round(100.0 * count(*) FILTER (WHERE p.status = 'completed') / greatest(count(*), 1), 2) AS percentage
                        {Catalogue.Visible}
                        LEFT JOIN user_progress AS p ON p.tenant_id = c.tenant_id AND p.user_id = @Person AND p.challenge_id = c.id
                        WHERE c.tenant_id = @TenantId AND c.is_published AND t.id = @track
                    ) AS share
                    WHERE e.tenant_id = @TenantId AND e.user_id = @Person AND e.track_id = @track;

                    INSERT INTO user_streaks AS s (tenant_id, user_id, current_days, longest_days, last_day) VALUES (@TenantId, @Person, 1, 1, @today)
                    ON CONFLICT (tenant_id, user_id) DO UPDATE SET
                        current_days = CASE @today - s.last_day WHEN 1 THEN s.current_days + 1 ELSE 1 END,
                        longest_days = greatest(s.longest_days, CASE @today - s.last_day WHEN 1 THEN s.current_days + 1 ELSE 1 END),
                        last_day = @today
                    WHERE s.last_day < @today;

                    {(active.Assigned is null ? "" : AssignVersion.AttemptSql)}
                    {(prints.Hashes.Length == 0 ? "" : FingerprintsSql)}
                    INSERT INTO leaderboard_dirty (tenant_id, challenge_id, since) VALUES (@TenantId, @challenge, @now) ON CONFLICT DO NOTHING;

                    {ProgressSql}
                    """,
                    args,
                    cancellationToken);
                await cache.InvalidateAsync(session, $"progress:{caller.TenantId}:{caller.Person}");
                return new View { Id = id, Status = status, Score = score, Version = active.Number, Tests = tests, Console = report.Console, Faults = report.Faults, Progress = progress, CreatedAt = now };
            },
            cancellationToken);
    }

    /// <summary>The share of the points whose tests passed, in percent; a hundred only for all of them.</summary>
    internal static decimal ScoreOf(IReadOnlyList<TestResult> tests, bool all)
    {
        if (all) return 100;
        var whole = tests.Sum(test => test.Points);
        var score = whole == 0 ? 0 : Math.Round(100m * tests.Where(test => test.Passed).Sum(test => test.Points) / whole, 2);
        return Math.Min(score, 99.99m);
    }

    private static async Task<Outcome<View>?> EarlierAsync(Session session, Caller caller, Guid challenge, Catalogue.Active active, Request request, CodeSeal.Key key, CancellationToken cancellationToken)
    {
        var args = new { caller.TenantId, caller.Person, challenge, request.Id, track = active.TrackId };
        var found = await session.FirstAsync<Earlier>(
            """
            SELECT a.id, a.status, a.score, a.test_results, a.created_at, a.user_code_html AS html, a.user_code_css AS css, a.user_code_js AS js, v.number
            FROM challenge_attempts AS a JOIN challenge_versions AS v ON v.tenant_id = a.tenant_id AND v.id = a.version_id
            WHERE a.tenant_id = @TenantId AND a.user_id = @Person AND a.challenge_id = @challenge AND a.id = @Id
            """,
            args,
            cancellationToken);
        if (found is null) return null;
        var of = CodeSeal.OfLearner(caller.Person);
        if ((key.Open(found.Html, of), key.Open(found.Css, of), key.Open(found.Js, of)) != (request.Html, request.Css, request.Js)) return (Outcome<View>)IdentityProblems.IdTaken;
        var progress = await session.SingleAsync<Progress>(ProgressSql, args, cancellationToken);
        return (Outcome<View>)new View
        {
            Id = found.Id,
            Status = found.Status,
            Score = found.Score,
            Version = found.Number,
            Tests = found.TestResults.Deserialize<List<TestResult>>(Json.Options)!,
            Progress = progress,
            CreatedAt = found.CreatedAt,
        };
    }
}
