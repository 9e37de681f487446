using System.Globalization;
using System.Net.Http.Json;
using System.Text.RegularExpressions;
using Dapper;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Podium.Learning.Community;
using Podium.Learning.Experiments;
using Podium.Learning.Outcomes;
using Podium.Learning.Plagiarism;
using Podium.Learning.Recommendations;
using Podium.Platform.Databases;

namespace Podium.Benchmarks;

/// <summary>The queries of coding practice with a million attempts there (or as many as are asked for): none reads a table that grows with learners from end to end.</summary>
internal static partial class LearningBenchmark
{
    private const int Tracks = 10;
    private const int ChallengesOfTrack = 20;
    private const int ChallengesOfLearner = 50;
    private const int AttemptsOfEach = 2;

    private sealed record Place(Guid Tenant, Guid Person, Guid Track, Guid Challenge, Guid Split);

    public static async Task RunAsync(BenchServers servers, string? size)
    {
        var attempts = int.Parse(size ?? "1000000", CultureInfo.InvariantCulture);
        await using var app = await servers.StartPodiumAsync(new Dictionary<string, string?> { ["AzureWebJobs.LookOver.Disabled"] = "true", ["AzureWebJobs.SelfCheckHourly.Disabled"] = "true" });
        using var operators = BenchTenant.OperatorOf(app);
        (await operators.PostAsJsonAsync(new Uri("/api/operations/tenants", UriKind.Relative), new { slug = "bench", name = "Benchmark", languages = new[] { "en" }, administratorEmail = "boss@example.org" })).EnsureSuccessStatusCode();
        var settings = app.Services.GetRequiredService<DatabaseSettings>();
        await using var platform = NpgsqlDataSource.Create(settings.ConnectionString(DatabaseSettings.DefaultShard, DatabaseRole.Platform));
        var place = await FillAsync(servers, platform, attempts);
        await using var source = NpgsqlDataSource.Create(settings.ConnectionString(DatabaseSettings.DefaultShard, DatabaseRole.App));
        var whole = new List<string>();
        foreach (var (name, sql) in Queries()) whole.AddRange(await ExplainAsync(source, place, name, sql, attempts, introduced: true));
        whole.AddRange(await ExplainAsync(platform, place, "what is completed together, of twenty challenges", FindNeighbours.Sql, attempts, introduced: false));
        if (whole.Count > 0) throw new InvalidOperationException(string.Join("\n\n", whole));
    }

    private static IEnumerable<(string Name, string Sql)> Queries() =>
    [
        ("outcome of a split", VersionSplits.OutcomeSql),
        ("comparing all solutions of a challenge", CompareSolutions.Sql),
        ("challenges that resemble one", ChallengeResemblance.Sql),
        ("comments", Posts.CommentsSql),
        ("answers", Posts.AnswersSql),
        ("shared solutions", Posts.SolutionsSql),
        ("moderators' queue", ModeratePosts.QueueSql),
        ("feed", Following.FeedSql),
        ("outcomes of a track", ReadOutcomes.TrackSql),
        ("outcomes of a challenge", ReadOutcomes.ChallengeSql),
        ("recommended: last results", RecommendChallenges.LastSql),
        ("recommended: next", RecommendChallenges.NextSql),
        ("recommended: together", RecommendChallenges.TogetherSql),
        ("recommended: fitting", RecommendChallenges.FittingSql),
        ("recommended: their lines", RecommendChallenges.LinesSql),
    ];

    // the plan, where it reads a table from end to end
    private static async Task<IReadOnlyList<string>> ExplainAsync(NpgsqlDataSource source, Place place, string name, string sql, int attempts, bool introduced)
    {
        await using var connection = await source.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        var hashes = Enumerable.Range(1, 60).Select(n => (long)n).ToArray();
        var args = new
        {
            TenantId = place.Tenant,
            place.Person,
            id = place.Split,
            challenge = place.Challenge,
            track = place.Track,
            Parent = place.Challenge,
            After = (Guid?)null,
            limit = 51,
            now = DateTime.UtcNow,
            since = DateTime.UtcNow.AddDays(-90),
            FeedLength = 100,
            FewestShared = name.StartsWith("challenges", StringComparison.Ordinal) ? ChallengeResemblance.FewestShared : CompareSolutions.FewestShared,
            LeastSimilarity = name.StartsWith("challenges", StringComparison.Ordinal) ? ChallengeResemblance.LeastSimilarity : CompareSolutions.LeastSimilarity,
            Hashes = hashes,
            Recommending.LastResults,
            LastCompleted = 5,
            difficulty = "beginner",
            Most = 10,
            challenges = new[] { place.Challenge },
            Batch = 20,
            Asked = 200,
            Kept = 10,
            FindNeighbours.FewestPeople,
        };
        if (introduced) await connection.ExecuteAsync("CALL act_as(@TenantId, @Person, NULL)", args, transaction);
        var plan = string.Join('\n', await connection.QueryAsync<string>("EXPLAIN (ANALYZE, BUFFERS) " + sql, args, transaction));
        var whole = WholeTable().Matches(plan).Select(match => match.Value).Distinct().ToList();
        Console.WriteLine($"learning: {name} at {attempts:N0} attempts: {(whole.Count == 0 ? "by indexes" : string.Join(", ", whole))}, {Time().Match(plan).Groups[1].Value} ms");
        await transaction.RollbackAsync();
        return whole.Count > 0 ? [plan] : [];
    }

    private static async Task<Place> FillAsync(BenchServers servers, NpgsqlDataSource platform, int attempts)
    {
        await using var owner = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(servers.Embedded.PostgresConnectionString) { Database = platform.CreateConnection().Database, CommandTimeout = 1800 }.ConnectionString);
        await using var connection = await owner.OpenConnectionAsync();
        var tenant = await connection.QuerySingleAsync<Guid>("SELECT id FROM tenants WHERE slug = 'bench'");
        var learners = Math.Max(200, attempts / (ChallengesOfLearner * AttemptsOfEach));
        await connection.ExecuteAsync(
            """
            SET session_replication_role = replica; SET synchronous_commit = off;
            INSERT INTO users (tenant_id, id, email, email_key, first_name, last_name, language, created_at, updated_at)
            SELECT @tenant, md5('u' || n)::uuid, 'u' || n || '@x.example', 'u' || n || '@x.example', 'U', 'N', 'en', now(), now() FROM generate_series(1, @learners) AS n;
            INSERT INTO tracks (tenant_id, id, slug, title, is_published, created_at, created_by, updated_at, updated_by)
            SELECT @tenant, md5('t' || n)::uuid, 't-' || n, 'T', true, now(), md5('u1')::uuid, now(), md5('u1')::uuid FROM generate_series(1, @Tracks) AS n;
            INSERT INTO modules (tenant_id, id, track_id, slug, title, is_published, created_at, created_by, updated_at, updated_by)
            SELECT @tenant, md5('m' || n)::uuid, md5('t' || n)::uuid, 'm-' || n, 'M', true, now(), md5('u1')::uuid, now(), md5('u1')::uuid FROM generate_series(1, @Tracks) AS n;
            INSERT INTO lessons (tenant_id, id, module_id, slug, title, is_published, created_at, created_by, updated_at, updated_by)
            SELECT @tenant, md5('l' || n)::uuid, md5('m' || n)::uuid, 'l-' || n, 'L', true, now(), md5('u1')::uuid, now(), md5('u1')::uuid FROM generate_series(1, @Tracks) AS n;
            INSERT INTO challenges (tenant_id, id, lesson_id, slug, title, description, difficulty, points, estimated_time_minutes, tests, is_published, created_at, created_by, updated_at, updated_by)
            SELECT @tenant, md5('c' || n)::uuid, md5('l' || 1 + n % @Tracks)::uuid, 'c-' || n, 'C', 'D', (ARRAY['beginner', 'intermediate', 'advanced'])[1 + n % 3], 1, 1, '[]', true, now(), md5('u1')::uuid, now(), md5('u1')::uuid
            FROM generate_series(1, @Tracks * @ChallengesOfTrack) AS n;
            INSERT INTO challenge_versions (tenant_id, id, challenge_id, major, minor, patch, content, changelog, is_active, published_at, published_by)
            SELECT @tenant, md5('v' || n || '.' || minor)::uuid, md5('c' || n)::uuid, 1, minor, 0, '{"title": "C", "difficulty": "beginner", "points": 1, "estimatedTimeMinutes": 1}', 'x', minor = 0, now(), md5('u1')::uuid
            FROM generate_series(1, @Tracks * @ChallengesOfTrack) AS n, generate_series(0, 1) AS minor;
            INSERT INTO challenge_fingerprints (tenant_id, version_id, challenge_id, hashes) SELECT tenant_id, id, challenge_id, ARRAY(SELECT hashint8extended(h, hashtextextended(v.id::text, 0)) FROM generate_series(1, 80) AS h) FROM challenge_versions AS v;
            INSERT INTO user_enrollments (tenant_id, user_id, track_id, enrolled_at, last_challenge_id) SELECT @tenant, md5('u' || u)::uuid, md5('t' || t)::uuid, now(), md5('c' || t)::uuid FROM generate_series(1, @learners) AS u, generate_series(1, 3) AS t;
            INSERT INTO user_progress (tenant_id, user_id, challenge_id, status, best_score, total_attempts, completed_at, last_attempt_at, first_attempt_at)
            SELECT @tenant, md5('u' || u)::uuid, md5('c' || c)::uuid, 'completed', 100, @AttemptsOfEach, now() - (u % 1000) * interval '1 hour', now(), now() FROM generate_series(1, @learners) AS u, generate_series(1, @ChallengesOfLearner) AS c;
            INSERT INTO challenge_attempts (tenant_id, id, user_id, challenge_id, version_id, user_code_html, user_code_css, user_code_js, status, test_results, score, cpu_ms, number, created_at)
            SELECT @tenant, gen_random_uuid(), md5('u' || u)::uuid, md5('c' || c)::uuid, md5('v' || c || '.0')::uuid, '', '', '', 'passed', '[]', 100, 1, a, '2026-01-06Z'::timestamptz + u * interval '1 minute'
            FROM generate_series(1, @learners) AS u, generate_series(1, @ChallengesOfLearner) AS c, generate_series(1, @AttemptsOfEach) AS a;
            INSERT INTO challenge_statistics (tenant_id, challenge_id, total_users, completed_users, computed_at) SELECT @tenant, id, 1, 1, now() FROM challenges;
            INSERT INTO challenge_tallies (tenant_id, challenge_id, version_id, month, started, completed, attempts, attempts_squared)
            SELECT @tenant, challenge_id, id, '2025-01-01'::date + m * interval '1 month', 100, 60, 120, 300 FROM challenge_versions, generate_series(0, 11) AS m;
            INSERT INTO solution_fingerprints (tenant_id, challenge_id, user_id, attempt_id, attempted_at, hashes, spans)
            SELECT @tenant, md5('c' || c)::uuid, md5('u' || u)::uuid, gen_random_uuid(), now(), made.hashes, made.hashes
            FROM generate_series(1, @learners) AS u, generate_series(1, 5) AS c CROSS JOIN LATERAL (SELECT array_agg(hashint8extended(h + CASE WHEN h < 6 THEN 0 ELSE (u / 3) * 100 END, 0)) AS hashes FROM generate_series(1, 30) AS h) AS made;
            INSERT INTO challenge_posts (tenant_id, id, challenge_id, user_id, kind, depth, about_solution, text, created_at)
            SELECT @tenant, md5('p' || u || '.' || c)::uuid, md5('c' || c)::uuid, md5('u' || u)::uuid, 'comment', 0, false, 'Words.', now() FROM generate_series(1, @learners) AS u, generate_series(1, 5) AS c;
            INSERT INTO challenge_posts (tenant_id, id, challenge_id, user_id, kind, depth, about_solution, text, attempt_id, code_html, code_css, code_js, votes, created_at)
            SELECT @tenant, md5('s' || u || '.' || c)::uuid, md5('c' || c)::uuid, md5('u' || u)::uuid, 'solution', 0, true, 'Words.', gen_random_uuid(), '', '', '', u % 50, now() FROM generate_series(1, @learners) AS u, generate_series(1, 5) AS c;
            INSERT INTO post_votes (tenant_id, post_id, user_id, voted_at) SELECT @tenant, md5('s' || u || '.' || c)::uuid, md5('u' || 1 + (u + v) % @learners)::uuid, now() FROM generate_series(1, @learners) AS u, generate_series(1, 5) AS c, generate_series(1, 5) AS v;
            INSERT INTO person_blocks (tenant_id, user_id, blocked_id, blocked_at) SELECT @tenant, md5('u' || u)::uuid, md5('u' || 1 + (u + 7 * b) % @learners)::uuid, now() FROM generate_series(1, @learners) AS u, generate_series(1, 3) AS b;
            INSERT INTO post_reports (tenant_id, post_id, user_id, reason, reported_at, closed_at) SELECT @tenant, md5('p' || u || '.1')::uuid, md5('u' || u)::uuid, 'R', now(), CASE WHEN u % 50 > 0 THEN now() END FROM generate_series(1, @learners) AS u;
            INSERT INTO practice_privacy (tenant_id, user_id, share_completions, followable) SELECT @tenant, md5('u' || u)::uuid, u % 2 = 0, true FROM generate_series(1, @learners) AS u;
            INSERT INTO follows (tenant_id, follower_id, followed_id, followed_at) SELECT @tenant, md5('u' || f)::uuid, md5('u' || f + o)::uuid, now() FROM generate_series(1, @learners - 100) AS f, generate_series(1, 100) AS o;
            INSERT INTO version_splits (tenant_id, id, challenge_id, first_version_id, second_version_id, share, salt, learners_per_arm, hypothesis, started_at, started_by)
            SELECT @tenant, md5('x' || n)::uuid, md5('c' || n)::uuid, md5('v' || n || '.0')::uuid, md5('v' || n || '.1')::uuid, 50, '\x00', 100, 'H', now(), md5('u1')::uuid FROM generate_series(1, 20) AS n;
            INSERT INTO version_assignments (tenant_id, split_id, user_id, arm, assigned_at, last_seen_at, attempts, best_score, completed_at)
            SELECT @tenant, md5('x' || n)::uuid, md5('u' || u)::uuid, CASE WHEN u % 2 = 0 THEN 'first' ELSE 'second' END, now(), now(), 2, 100, now() FROM generate_series(1, @learners) AS u, generate_series(1, 20) AS n;
            INSERT INTO challenge_neighbours (tenant_id, challenge_id, other_id, together, asked) SELECT @tenant, md5('c' || a)::uuid, md5('c' || a + b)::uuid, 50, 100 FROM generate_series(1, 100) AS a, generate_series(1, 10) AS b
            """,
            new { tenant, learners, Tracks, ChallengesOfTrack, ChallengesOfLearner, AttemptsOfEach });
        await connection.ExecuteAsync("VACUUM (ANALYZE)");
        return await connection.QuerySingleAsync<Place>("SELECT @tenant AS tenant, md5('u1')::uuid AS person, md5('t1')::uuid AS track, md5('c1')::uuid AS challenge, md5('x1')::uuid AS split", new { tenant });
    }

    [GeneratedRegex(@"Seq Scan on (user_\w+|challenge_attempts\w*|challenge_posts|post_\w+|users|solution_\w+|version_assignments|follows|practice_\w+)")]
    private static partial Regex WholeTable();

    [GeneratedRegex(@"Execution Time: ([\d.]+)")]
    private static partial Regex Time();
}
