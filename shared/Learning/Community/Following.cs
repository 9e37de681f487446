using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Learning.Community;

/// <summary>Whom a person follows and blocks, what followers may see, and what those who are followed have completed.</summary>
public sealed class Following(Database database, CommunityNotices notices, TimeProvider clock)
{
    public const int MostFollowed = 500;

    private const int FeedDays = 90;
    private const int FeedLength = 100;

    public sealed record Privacy
    {
        /// <summary>Whether followers see which challenges one completes. Unasked they do not.</summary>
        public bool ShareCompletions { get; init; }

        /// <summary>Whether others may begin to follow.</summary>
        public bool Followable { get; init; } = true;
    }

    public sealed record Person(Guid Id, string Name);

    public sealed record Completion(Guid UserId, string Name, Guid ChallengeId, string Challenge, DateTimeOffset CompletedAt);

    public sealed record Feed(IReadOnlyList<Completion> Items);

    internal const string FeedSql =
        """
        SELECT done.user_id, (SELECT u.first_name || ' ' || left(u.last_name, 1) || '.' FROM users AS u WHERE u.tenant_id = @TenantId AND u.id = done.user_id) AS name, done.challenge_id,
               (SELECT v.content->>'title' FROM challenge_versions AS v WHERE v.tenant_id = @TenantId AND v.challenge_id = done.challenge_id AND v.is_active) AS challenge, done.completed_at
        FROM (
            SELECT f.followed_id AS user_id, p.challenge_id, p.completed_at
            FROM follows AS f
            CROSS JOIN LATERAL (
                SELECT challenge_id, completed_at FROM user_progress AS p
                WHERE p.tenant_id = @TenantId AND p.user_id = f.followed_id AND p.status = 'completed' AND p.completed_at > @since
                ORDER BY p.completed_at DESC LIMIT @FeedLength
            ) AS p
            WHERE f.tenant_id = @TenantId AND f.follower_id = @Person
              AND coalesce((SELECT s.share_completions FROM practice_privacy AS s WHERE s.tenant_id = @TenantId AND s.user_id = f.followed_id), false)
              AND EXISTS (SELECT FROM challenges AS c WHERE c.tenant_id = @TenantId AND c.id = p.challenge_id AND c.is_published)
            ORDER BY p.completed_at DESC, f.followed_id, p.challenge_id
            LIMIT @FeedLength
        ) AS done
        ORDER BY done.completed_at DESC, done.user_id, done.challenge_id
        """;

    public async Task<Feed> FeedAsync(Caller caller, CancellationToken cancellationToken) => new(await database.As(caller).QueryAsync<Completion>(
        FeedSql, new { caller.TenantId, caller.Person, since = clock.GetUtcNow().AddDays(-FeedDays), FeedLength }, cancellationToken));

    public Task<Outcome<bool>> FollowAsync(Caller caller, Guid person, CancellationToken cancellationToken) => database.InTransaction<bool>(
        caller,
        async session =>
        {
            if (person == caller.Person) return CommunityProblems.FollowsItself;
            var args = new { caller.TenantId, caller.Person, other = person, now = clock.GetUtcNow(), key = $"follows {caller.Person}" };
            await session.ExecuteAsync("SELECT pg_advisory_xact_lock(hashtextextended(@key, 0))", args, cancellationToken);
            var (known, follows, count) = await session.SingleAsync<(bool Known, bool Follows, long Count)>(
                """
                SELECT EXISTS (SELECT FROM users WHERE tenant_id = @TenantId AND id = @other AND deleted_at IS NULL)
                       AND coalesce((SELECT followable FROM practice_privacy WHERE tenant_id = @TenantId AND user_id = @other), true)
                       AND NOT EXISTS (SELECT FROM person_blocks WHERE tenant_id = @TenantId AND ((user_id = @other AND blocked_id = @Person) OR (user_id = @Person AND blocked_id = @other))) AS known,
                       EXISTS (SELECT FROM follows WHERE tenant_id = @TenantId AND follower_id = @Person AND followed_id = @other) AS follows,
                       (SELECT count(*) FROM follows WHERE tenant_id = @TenantId AND follower_id = @Person) AS count
                """,
                args,
                cancellationToken);
            if (follows) return true;
            // whoever does not want it, or is blocked, is not there
            if (!known) return Problem.NotFound("person");
            if (count >= MostFollowed) return CommunityProblems.FollowLimit;
            await session.ExecuteAsync("INSERT INTO follows (tenant_id, follower_id, followed_id, followed_at) VALUES (@TenantId, @Person, @other, @now)", args, cancellationToken);
            await notices.FollowedAsync(session, caller, person, cancellationToken);
            return true;
        },
        cancellationToken);

    public Task<Outcome<bool>> UnfollowAsync(Caller caller, Guid person, CancellationToken cancellationToken) =>
        EndAsync(caller, person, "DELETE FROM follows WHERE tenant_id = @TenantId AND follower_id = @Person AND followed_id = @other", cancellationToken);

    /// <summary>Ends following both ways.</summary>
    public Task<Outcome<bool>> BlockAsync(Caller caller, Guid person, CancellationToken cancellationToken) => database.InTransaction<bool>(
        caller,
        async session =>
        {
            if (person == caller.Person) return CommunityProblems.FollowsItself;
            var args = new { caller.TenantId, caller.Person, other = person, now = clock.GetUtcNow() };
            var known = await session.SingleAsync<bool>(
                """
                INSERT INTO person_blocks (tenant_id, user_id, blocked_id, blocked_at) SELECT @TenantId, @Person, id, @now FROM users WHERE tenant_id = @TenantId AND id = @other ON CONFLICT DO NOTHING;
                DELETE FROM follows WHERE tenant_id = @TenantId AND ((follower_id = @Person AND followed_id = @other) OR (follower_id = @other AND followed_id = @Person));
                SELECT EXISTS (SELECT FROM person_blocks WHERE tenant_id = @TenantId AND user_id = @Person AND blocked_id = @other)
                """,
                args,
                cancellationToken);
            return known ? true : Problem.NotFound("person");
        },
        cancellationToken);

    public Task<Outcome<bool>> UnblockAsync(Caller caller, Guid person, CancellationToken cancellationToken) =>
        EndAsync(caller, person, "DELETE FROM person_blocks WHERE tenant_id = @TenantId AND user_id = @Person AND blocked_id = @other", cancellationToken);

    public Task<Page<Person>> FollowedAsync(Caller caller, PageQuery page, CancellationToken cancellationToken) => PeopleAsync(caller, page, "follows", "follower_id", "followed_id", cancellationToken);

    public Task<Page<Person>> FollowersAsync(Caller caller, PageQuery page, CancellationToken cancellationToken) => PeopleAsync(caller, page, "follows", "followed_id", "follower_id", cancellationToken);

    public Task<Page<Person>> BlockedAsync(Caller caller, PageQuery page, CancellationToken cancellationToken) => PeopleAsync(caller, page, "person_blocks", "user_id", "blocked_id", cancellationToken);

    public async Task<Privacy> PrivacyAsync(Caller caller, CancellationToken cancellationToken) =>
        await database.As(caller).FirstAsync<Privacy>("SELECT share_completions, followable FROM practice_privacy WHERE tenant_id = @TenantId AND user_id = @Person", new { caller.TenantId, caller.Person }, cancellationToken) ?? new Privacy();

    public async Task<Privacy> SetPrivacyAsync(Caller caller, Privacy privacy, CancellationToken cancellationToken) => await database.As(caller).SingleAsync<Privacy>(
        """
        INSERT INTO practice_privacy (tenant_id, user_id, share_completions, followable) VALUES (@TenantId, @Person, @ShareCompletions, @Followable)
        ON CONFLICT (tenant_id, user_id) DO UPDATE SET share_completions = @ShareCompletions, followable = @Followable
        RETURNING share_completions, followable
        """,
        new { caller.TenantId, caller.Person, privacy.ShareCompletions, privacy.Followable },
        cancellationToken);

    // to end what has ended already is no fault; that there is nobody of this id is one
    private async Task<Outcome<bool>> EndAsync(Caller caller, Guid person, string sql, CancellationToken cancellationToken) => await database.As(caller).SingleAsync<bool>(
        $"{sql}; SELECT EXISTS (SELECT FROM users WHERE tenant_id = @TenantId AND id = @other)", new { caller.TenantId, caller.Person, other = person }, cancellationToken)
        ? true
        : Problem.NotFound("person");

    private async Task<Page<Person>> PeopleAsync(Caller caller, PageQuery page, string table, string mine, string theirs, CancellationToken cancellationToken) => page.Of(
        await database.As(caller).QueryAsync<Person>(
            $"""
            SELECT {theirs} AS id, (SELECT u.first_name || ' ' || left(u.last_name, 1) || '.' FROM users AS u WHERE u.tenant_id = @TenantId AND u.id = {theirs}) AS name
            FROM {table} WHERE tenant_id = @TenantId AND {mine} = @Person AND (@After::uuid IS NULL OR {theirs} < @After)
            ORDER BY {theirs} DESC LIMIT @limit
            """,
            new { caller.TenantId, caller.Person, page.After, limit = page.Fetch() },
            cancellationToken),
        person => person.Id);
}
