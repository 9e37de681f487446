using System.Text.Json;
using Podium.Platform.Access;
using Podium.Platform.Databases;

namespace Podium.Learning.Recommendations;

/// <summary>What a learner may do next, and why.</summary>
public sealed class RecommendChallenges(Database database)
{
    private const int Most = 10;
    private const int LastCompleted = 5;

    public sealed record Recommendation
    {
        public required Guid ChallengeId { get; init; }

        public required string Challenge { get; init; }

        public required Guid TrackId { get; init; }

        public required string Track { get; init; }

        public required EditChallenge.Difficulty Difficulty { get; init; }

        public required int Points { get; init; }

        public required int EstimatedTimeMinutes { get; init; }

        public required IReadOnlyList<Reason> Reasons { get; init; }
    }

    public sealed record View(IReadOnlyList<Recommendation> Items);

    private sealed record Last(string Difficulty, bool Completed, int Attempts);

    private sealed record Next(Guid ChallengeId, decimal Progress);

    private sealed record Together(Guid ChallengeId, Guid AfterChallengeId, string AfterChallenge, int Share);

    private sealed record Line(Guid ChallengeId, string Challenge, Guid TrackId, string Track, string Difficulty, int Points, int EstimatedTimeMinutes);

    internal const string LastSql =
        """
        SELECT (SELECT difficulty FROM challenges AS c WHERE c.tenant_id = p.tenant_id AND c.id = p.challenge_id) AS difficulty, p.status = 'completed' AS completed, p.total_attempts AS attempts
        FROM user_progress AS p WHERE p.tenant_id = @TenantId AND p.user_id = @Person AND p.total_attempts > 0
        ORDER BY p.last_attempt_at DESC, p.challenge_id LIMIT @LastResults
        """;

    /// <summary>The first of each track that was begun which is not completed, in the track's order.</summary>
    internal const string NextSql =
        $"""
        SELECT next.challenge_id, e.progress_percentage AS progress
        FROM user_enrollments AS e
        CROSS JOIN LATERAL (
            SELECT c.id AS challenge_id
            {Catalogue.Visible}
            WHERE c.tenant_id = @TenantId AND c.is_published AND t.id = e.track_id
              AND NOT EXISTS (SELECT FROM user_progress AS p WHERE p.tenant_id = @TenantId AND p.user_id = @Person AND p.challenge_id = c.id AND p.status = 'completed')
            ORDER BY m.position, m.slug, l.position, l.slug, c.position, c.slug LIMIT 1
        ) AS next
        WHERE e.tenant_id = @TenantId AND e.user_id = @Person AND e.completed_at IS NULL
        """;

    internal const string TogetherSql =
        """
        SELECT n.other_id AS challenge_id, n.challenge_id AS after_challenge_id, (SELECT title FROM challenges AS c WHERE c.tenant_id = @TenantId AND c.id = n.challenge_id) AS after_challenge,
               (100 * n.together / n.asked)::integer AS share
        FROM (
            SELECT challenge_id FROM user_progress WHERE tenant_id = @TenantId AND user_id = @Person AND status = 'completed' ORDER BY completed_at DESC LIMIT @LastCompleted
        ) AS mine
        JOIN challenge_neighbours AS n ON n.tenant_id = @TenantId AND n.challenge_id = mine.challenge_id
        WHERE NOT EXISTS (SELECT FROM user_progress AS p WHERE p.tenant_id = @TenantId AND p.user_id = @Person AND p.challenge_id = n.other_id AND p.status = 'completed')
        """;

    internal const string FittingSql =
        """
        SELECT c.id FROM challenges AS c
        WHERE c.tenant_id = @TenantId AND c.is_published AND c.difficulty = @difficulty
          AND NOT EXISTS (SELECT FROM user_progress AS p WHERE p.tenant_id = @TenantId AND p.user_id = @Person AND p.challenge_id = c.id AND p.total_attempts > 0)
        ORDER BY c.id LIMIT @Most
        """;

    internal const string LinesSql =
        $"""
        SELECT c.id AS challenge_id, v.content->>'title' AS challenge, t.id AS track_id, t.title AS track, v.content->>'difficulty' AS difficulty,
               (v.content->>'points')::integer AS points, (v.content->>'estimatedTimeMinutes')::integer AS estimated_time_minutes
        {Catalogue.Visible}
        WHERE c.tenant_id = @TenantId AND c.is_published AND c.id = ANY (@challenges)
        """;

    public async Task<View> RunAsync(Caller caller, CancellationToken cancellationToken)
    {
        var session = database.As(caller);
        var (last, next, together) = await session.QueryManyAsync(
            $"{LastSql}; {NextSql}; {TogetherSql}",
            new { caller.TenantId, caller.Person, Recommending.LastResults, LastCompleted },
            async results => ((await results.ReadAsync<Last>()).ToList(), (await results.ReadAsync<Next>()).ToList(), (await results.ReadAsync<Together>()).ToList()),
            cancellationToken);
        var difficulty = Recommending.Fitting([.. last.Select(one => new LastResult(DifficultyOf(one.Difficulty), one.Completed, one.Attempts))]);
        var fitting = await session.QueryAsync<Guid>(FittingSql, new { caller.TenantId, caller.Person, difficulty = JsonNamingPolicy.CamelCase.ConvertName(difficulty.ToString()), Most }, cancellationToken);
        var fits = new Reason { Kind = "fits", Completed = last.Count(one => one.Completed), Tried = last.Count };
        // more than are shown: some of them may be in a track that is not published
        var ranked = Recommending.Rank(
            next.Select(one => (one.ChallengeId, new Reason { Kind = "continue", Progress = one.Progress }))
                .Concat(together.Select(one => (one.ChallengeId, new Reason { Kind = "together", AfterChallengeId = one.AfterChallengeId, AfterChallenge = one.AfterChallenge, Share = one.Share })))
                .Concat(fitting.Select(one => (one, fits))),
            Most * 5);
        var lines = (await session.QueryAsync<Line>(LinesSql, new { caller.TenantId, challenges = ranked.Select(one => one.Challenge).ToArray() }, cancellationToken)).ToDictionary(line => line.ChallengeId);
        return new View([.. ranked.Where(one => lines.ContainsKey(one.Challenge)).Take(Most).Select(one => ViewOf(lines[one.Challenge], one.Reasons))]);
    }

    private static Recommendation ViewOf(Line line, IReadOnlyList<Reason> reasons) => new()
    {
        ChallengeId = line.ChallengeId,
        Challenge = line.Challenge,
        TrackId = line.TrackId,
        Track = line.Track,
        Difficulty = DifficultyOf(line.Difficulty),
        Points = line.Points,
        EstimatedTimeMinutes = line.EstimatedTimeMinutes,
        Reasons = reasons,
    };

    private static EditChallenge.Difficulty DifficultyOf(string text) => Enum.Parse<EditChallenge.Difficulty>(text, ignoreCase: true);
}
