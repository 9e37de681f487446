using System.ComponentModel.DataAnnotations;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Learning.Community;

/// <summary>Moderators look at what was reported, hide and restore posts, each with a reason that the author is told, and silence people for a while.</summary>
public sealed class ModeratePosts(Database database, CodeSeal seal, CommunityNotices notices, TimeProvider clock)
{
    public sealed record Request
    {
        /// <summary>Whether it is hidden; else it is shown, and reports of it are closed.</summary>
        public required bool Hide { get; init; }

        [StringLength(1000, MinimumLength = 1), Example("It names a person who is not here to answer.")]
        public required string Reason { get; init; }
    }

    public sealed record MuteRequest
    {
        [Example("2099-01-01T00:00:00Z")]
        public required DateTimeOffset Until { get; init; }

        [StringLength(1000, MinimumLength = 1), Example("The third warning.")]
        public required string Reason { get; init; }
    }

    public sealed record Reported(Posts.View Post, long Reports, IReadOnlyList<string> Reasons);

    public sealed record Mute(Guid UserId, DateTimeOffset Until, string Reason, Guid MutedBy, DateTimeOffset MutedAt);

    private sealed record ReportRow(Guid PostId, string Reason);

    public sealed record Query : PageQuery
    {
        /// <summary>Those that are hidden, whatever was reported since; else those that were reported and not yet decided.</summary>
        public bool Hidden { get; init; }
    }

    internal const string HiddenSql =
        $"""
        SELECT {Posts.Columns} FROM challenge_posts AS p
        WHERE p.tenant_id = @TenantId AND p.status = 'hidden' AND (@After::uuid IS NULL OR p.id < @After)
        ORDER BY p.id DESC LIMIT @limit
        """;

    internal const string QueueSql =
        $"""
        SELECT {Posts.Columns} FROM challenge_posts AS p
        WHERE p.tenant_id = @TenantId AND p.id IN (
            SELECT post_id FROM post_reports WHERE tenant_id = @TenantId AND closed_at IS NULL AND (@After::uuid IS NULL OR post_id < @After) GROUP BY post_id ORDER BY post_id DESC LIMIT @limit)
        ORDER BY p.id DESC
        """;

    public async Task<Page<Reported>> QueueAsync(Caller caller, Query query, CancellationToken cancellationToken)
    {
        var session = database.As(caller);
        var rows = await session.QueryAsync<Posts.Row>(query.Hidden ? HiddenSql : QueueSql, new { caller.TenantId, caller.Person, query.After, limit = query.Fetch() }, cancellationToken);
        var reports = (await session.QueryAsync<ReportRow>(
            "SELECT post_id, reason FROM post_reports WHERE tenant_id = @TenantId AND closed_at IS NULL AND post_id = ANY (@ids) ORDER BY reported_at, user_id", new { caller.TenantId, ids = rows.Select(row => row.Id).ToArray() }, cancellationToken))
            .ToLookup(report => report.PostId, report => report.Reason);
        var key = await seal.OfAsync(caller, cancellationToken);
        return query.Of([.. rows.Select(row => new Reported(row.For(caller, key), reports[row.Id].LongCount(), [.. reports[row.Id].Take(20)]))], one => one.Post.Id);
    }

    public async Task<Outcome<Posts.View>> DecideAsync(Caller caller, Guid id, Request request, CancellationToken cancellationToken)
    {
        var key = await seal.OfAsync(caller, cancellationToken);
        return await database.InTransaction<Posts.View>(
            caller,
            async session =>
            {
                var post = await Posts.RowAsync(session, caller, id, " FOR UPDATE OF p", cancellationToken);
                if (post is null) return Problem.NotFound("post");
                if (post.UserId == caller.Person) return CommunityProblems.OwnPost;
                if (post.Status == "withdrawn") return CommunityProblems.PostGone;
                var reason = request.Reason.Trim();
                if (reason.Length == 0) return Problem.Invalid("/reason", "required", "Its author wants to know why.");
                // a repeated request finds its work done
                if (request.Hide && post.Status == "hidden" && post.StatusReason == reason) return post.For(caller, key);
                var now = clock.GetUtcNow();
                await session.ExecuteAsync(
                    """
                    UPDATE challenge_posts SET status = CASE WHEN @Hide THEN 'hidden' ELSE 'visible' END, status_reason = CASE WHEN @Hide THEN @reason END WHERE tenant_id = @TenantId AND id = @id;
                    UPDATE post_reports SET closed_at = @now WHERE tenant_id = @TenantId AND post_id = @id AND closed_at IS NULL;
                    INSERT INTO post_decisions (tenant_id, id, post_id, hides, reason, decided_by, decided_at) VALUES (@TenantId, @decision, @id, @Hide, @reason, @Person, @now)
                    """,
                    new { caller.TenantId, caller.Person, id, request.Hide, reason, decision = Guid.CreateVersion7(now), now },
                    cancellationToken);
                if (request.Hide != (post.Status == "hidden")) await notices.ModeratedAsync(session, caller, post.ChallengeId, post.UserId, request.Hide, reason, cancellationToken);
                return (await Posts.RowAsync(session, caller, id, "", cancellationToken))!.For(caller, key);
            },
            cancellationToken);
    }

    public Task<Outcome<Mute>> MuteAsync(Caller caller, Guid person, MuteRequest request, CancellationToken cancellationToken) => database.InTransaction<Mute>(
        caller,
        async session =>
        {
            var now = clock.GetUtcNow();
            if (person == caller.Person) return CommonProblems.Forbidden;
            if (request.Until <= now) return Problem.Invalid("/until", "past", "That is over already.");
            var mute = await session.FirstAsync<Mute>(
                """
                INSERT INTO practice_mutes AS mute (tenant_id, user_id, until, reason, muted_by, muted_at)
                SELECT @TenantId, id, @Until, @Reason, @Person, @now FROM users WHERE tenant_id = @TenantId AND id = @who AND deleted_at IS NULL
                ON CONFLICT (tenant_id, user_id) DO UPDATE SET until = @Until, reason = @Reason, muted_by = @Person, muted_at = @now
                RETURNING user_id, until, reason, muted_by, muted_at
                """,
                new { caller.TenantId, caller.Person, who = person, request.Until, request.Reason, now },
                cancellationToken);
            return mute is null ? Problem.NotFound("person") : mute;
        },
        cancellationToken);

    /// <summary>Who may post nothing now.</summary>
    public async Task<Page<Mute>> MutedAsync(Caller caller, PageQuery page, CancellationToken cancellationToken) => page.Of(
        await database.As(caller).QueryAsync<Mute>(
            """
            SELECT user_id, until, reason, muted_by, muted_at FROM practice_mutes
            WHERE tenant_id = @TenantId AND until > @now AND (@After::uuid IS NULL OR user_id < @After)
            ORDER BY user_id DESC LIMIT @limit
            """,
            new { caller.TenantId, page.After, limit = page.Fetch(), now = clock.GetUtcNow() },
            cancellationToken),
        mute => mute.UserId);

    public Task<Outcome<bool>> UnmuteAsync(Caller caller, Guid person, CancellationToken cancellationToken) => database.InTransaction<bool>(
        caller,
        async session => await session.ExecuteAsync("DELETE FROM practice_mutes WHERE tenant_id = @TenantId AND user_id = @person", new { caller.TenantId, person }, cancellationToken) > 0 ? true : Problem.NotFound("mute"),
        cancellationToken);
}
