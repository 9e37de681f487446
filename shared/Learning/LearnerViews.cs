using System.Text.Json;
using Podium.Learning.Experiments;
using Podium.Platform;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Caching;
using Podium.Platform.Databases;
using Podium.Platform.Problems;
using Podium.Points;

namespace Podium.Learning;

/// <summary>What a learner looks at: the dashboard, a challenge with how they stand, their attempts, and who else has done it.</summary>
public sealed class LearnerViews(Database database, Catalogue catalogue, AssignVersion versions, CodeSeal seal, Cache cache, TimeProvider clock)
{
    private static readonly TimeSpan Life = TimeSpan.FromMinutes(10);

    public sealed record Enrolment(Guid TrackId, string TrackTitle, string Slug, decimal ProgressPercentage, DateTimeOffset EnrolledAt, Guid? LastChallengeId, long TotalChallenges, long Completed, long TotalPoints);

    public sealed record Dashboard(IReadOnlyList<Enrolment> Items, int CurrentStreak, int LongestStreak);

    public sealed record TestName(string Name, int Points, bool Hidden);

    public sealed record Standing(string Status, decimal BestScore, int TotalAttempts, int PointsEarned, int HintsTaken, DateTimeOffset? LastAttemptAt, DateTimeOffset? CompletedAt);

    /// <summary>A challenge without its solution, with the code the learner left.</summary>
    public sealed record Challenge
    {
        public required Guid Id { get; init; }

        public required Guid TrackId { get; init; }

        public required string TrackTitle { get; init; }

        public required string ModuleTitle { get; init; }

        public required string LessonTitle { get; init; }

        public required string Title { get; init; }

        public required string Description { get; init; }

        public required EditChallenge.Difficulty Difficulty { get; init; }

        public required int Points { get; init; }

        public required int EstimatedTimeMinutes { get; init; }

        public required string Version { get; init; }

        public required EditChallenge.Code StarterCode { get; init; }

        public required IReadOnlyList<TestName> Tests { get; init; }

        public required int HintCount { get; init; }

        /// <summary>The hints that were paid for.</summary>
        public required IReadOnlyList<string> Hints { get; init; }

        public Standing? Progress { get; init; }

        /// <summary>The code of the last attempt, to go on from.</summary>
        public EditChallenge.Code? LastCode { get; init; }
    }

    public sealed record Place(string DisplayName, decimal BestScore, int TotalAttempts, DateTimeOffset CompletedAt, long Rank);

    public sealed record Leaderboard(IReadOnlyList<Place> Items);

    public sealed record Attempt
    {
        public required Guid Id { get; init; }

        public required string Status { get; init; }

        public required decimal Score { get; init; }

        public required string Html { get; init; }

        public required string Css { get; init; }

        public required string Js { get; init; }

        public required IReadOnlyList<SubmitAttempt.TestResult> Tests { get; init; }

        public required DateTimeOffset CreatedAt { get; init; }
    }

    private sealed record AttemptRow(Guid Id, string Status, decimal Score, string Html, string Css, string Js, JsonElement TestResults, DateTimeOffset CreatedAt);

    /// <summary>Seed query 1.</summary>
    internal const string DashboardSql =
        $"""
        SELECT ue.track_id, track.title AS track_title, track.slug, ue.progress_percentage, ue.enrolled_at, ue.last_challenge_id, sums.total_challenges, sums.completed, sums.total_points
        FROM user_enrollments AS ue
        JOIN tracks AS track ON track.tenant_id = ue.tenant_id AND track.id = ue.track_id
        CROSS JOIN LATERAL (
            SELECT count(*) AS total_challenges, count(*) FILTER (WHERE up.status = 'completed') AS completed, coalesce(sum(up.points_earned), 0) AS total_points
            {Catalogue.Visible}
            LEFT JOIN user_progress AS up ON up.tenant_id = c.tenant_id AND up.challenge_id = c.id AND up.user_id = ue.user_id
            WHERE c.tenant_id = @TenantId AND c.is_published AND t.id = ue.track_id
        ) AS sums
        WHERE ue.tenant_id = @TenantId AND ue.user_id = @Person
        ORDER BY ue.enrolled_at DESC, ue.track_id
        """;

    /// <summary>Seed query 2, the learner's part of it: the content is remembered.</summary>
    internal const string StandingSql =
        "SELECT status, best_score, total_attempts, points_earned, hints_taken, last_attempt_at, completed_at FROM user_progress WHERE tenant_id = @TenantId AND user_id = @Person AND challenge_id = @challenge";

    internal const string LastCodeSql =
        "SELECT user_code_html AS html, user_code_css AS css, user_code_js AS js FROM challenge_attempts WHERE tenant_id = @TenantId AND user_id = @Person AND challenge_id = @challenge ORDER BY created_at DESC, number DESC LIMIT 1";

    /// <summary>Seed query 4: the first ten by the index that has them in this order, of those whom boards of points show as well.</summary>
    internal static string LeaderboardSql(bool agreedOnly) =>
        $"""
        SELECT u.first_name || ' ' || left(u.last_name, 1) || '.' AS display_name, p.best_score, p.total_attempts, p.completed_at, rank() OVER (ORDER BY p.best_score DESC, p.completed_at) AS rank
        FROM user_progress AS p
        JOIN users AS u ON u.tenant_id = @TenantId AND u.id = p.user_id AND u.deleted_at IS NULL AND u.account_status = 'active'
        WHERE p.tenant_id = @TenantId AND p.challenge_id = @challenge AND p.status = 'completed'
          {PointBoards.AgreedSql(agreedOnly, "p.user_id")}
        ORDER BY p.best_score DESC, p.completed_at, p.user_id LIMIT 10
        """;

    internal const string AttemptsSql =
        """
        SELECT id, status, score, user_code_html AS html, user_code_css AS css, user_code_js AS js, test_results, created_at
        FROM challenge_attempts
        WHERE tenant_id = @TenantId AND user_id = @Person AND challenge_id = @challenge
          AND (@After::uuid IS NULL OR (created_at, number) < (SELECT created_at, number FROM challenge_attempts WHERE tenant_id = @TenantId AND user_id = @Person AND challenge_id = @challenge AND id = @After))
        ORDER BY created_at DESC, number DESC LIMIT @limit
        """;

    public async Task<Dashboard> DashboardAsync(Caller caller, CancellationToken cancellationToken)
    {
        // a streak ends by time passing, which forgets nothing: it is judged when it is read
        var found = await cache.GetAsync(
            $"progress:{caller.TenantId}:{caller.Person}",
            Life,
            stop => database.As(caller).QueryManyAsync(
                $"{DashboardSql}; SELECT current_days, longest_days, last_day FROM user_streaks WHERE tenant_id = @TenantId AND user_id = @Person",
                new { caller.TenantId, caller.Person },
                async results => (Items: (await results.ReadAsync<Enrolment>()).ToList(), Streak: await results.ReadFirstOrDefaultAsync<Streak>()),
                stop),
            cancellationToken);
        var today = LocalDay.Of(clock.GetUtcNow(), caller.Tenant.TimeZone);
        var runs = found.Streak is { } streak && today.DayNumber - streak.LastDay.DayNumber <= 1 ? streak.CurrentDays : 0;
        return new Dashboard(found.Items, runs, found.Streak?.LongestDays ?? 0);
    }

    public async Task<Outcome<Challenge>> ChallengeAsync(Caller caller, Guid challenge, CancellationToken cancellationToken)
    {
        if (await versions.ForAsync(caller, challenge, cancellationToken) is not { } active) return Problem.NotFound("challenge");
        Standing? standing = null;
        EditChallenge.Code? code = null;
        if (caller.IsSignedIn)
        {
            (standing, code) = await database.As(caller).QueryManyAsync(
                $"{StandingSql}; {LastCodeSql}",
                new { caller.TenantId, caller.Person, challenge },
                async results => (await results.ReadFirstOrDefaultAsync<Standing>(), await results.ReadFirstOrDefaultAsync<EditChallenge.Code>()),
                cancellationToken);
            if (code is not null) code = (await seal.OfAsync(caller, cancellationToken)).Open(code, CodeSeal.OfLearner(caller.Person));
        }
        var content = active.Content;
        return new Challenge
        {
            Id = challenge,
            TrackId = active.TrackId,
            TrackTitle = active.TrackTitle,
            ModuleTitle = active.ModuleTitle,
            LessonTitle = active.LessonTitle,
            Title = content.Title,
            Description = content.Description,
            Difficulty = content.Difficulty,
            Points = content.Points,
            EstimatedTimeMinutes = content.EstimatedTimeMinutes,
            Version = active.Number,
            StarterCode = content.StarterCode,
            Tests = [.. content.Tests.Select(test => new TestName(test.Name, test.Points, test.Hidden))],
            HintCount = content.Hints.Count,
            Hints = [.. content.Hints.Take(standing?.HintsTaken ?? 0).Select(hint => hint.Text)],
            Progress = standing,
            LastCode = code,
        };
    }

    public async Task<Outcome<Leaderboard>> LeaderboardAsync(Caller caller, Guid challenge, CancellationToken cancellationToken)
    {
        if (await catalogue.ActiveAsync(caller, challenge, cancellationToken) is null) return Problem.NotFound("challenge");
        return new Leaderboard(await database.Reading(caller).QueryAsync<Place>(
            LeaderboardSql(PointBoards.AsksFor(caller.Tenant)), new { caller.TenantId, challenge, PointBoards.Purpose }, cancellationToken));
    }

    public async Task<Outcome<Page<Attempt>>> AttemptsAsync(Caller caller, Guid challenge, PageQuery page, CancellationToken cancellationToken)
    {
        var rows = await database.As(caller).QueryAsync<AttemptRow>(AttemptsSql, new { caller.TenantId, caller.Person, challenge, page.After, limit = page.Fetch() }, cancellationToken);
        // attempts outlive what they were made at: only who has none is asked whether there is such a challenge
        if (rows.Count == 0 && await catalogue.ActiveAsync(caller, challenge, cancellationToken) is null) return Problem.NotFound("challenge");
        var (key, of) = (await seal.OfAsync(caller, cancellationToken), CodeSeal.OfLearner(caller.Person));
        return page.Of(
            [.. rows.Select(row => new Attempt { Id = row.Id, Status = row.Status, Score = row.Score, Html = key.Open(row.Html, of), Css = key.Open(row.Css, of), Js = key.Open(row.Js, of), Tests = row.TestResults.Deserialize<List<SubmitAttempt.TestResult>>(Json.Options)!, CreatedAt = row.CreatedAt })],
            row => row.Id);
    }

    private sealed record Streak(int CurrentDays, int LongestDays, DateOnly LastDay);
}
