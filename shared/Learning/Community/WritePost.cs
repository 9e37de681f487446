using System.ComponentModel.DataAnnotations;
using Podium.Identity;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Learning.Community;

/// <summary>Comments on a challenge, in threads, and solutions that are shared: said, changed for a while, withdrawn.</summary>
public sealed class WritePost(Database database, Catalogue catalogue, CodeSeal seal, CommunityNotices notices, TimeProvider clock)
{
    public static readonly TimeSpan EditWindow = TimeSpan.FromMinutes(15);

    /// <summary>So many posts in so long, in all instances together.</summary>
    public const int MostPosts = 20;

    private static readonly TimeSpan PostsWithin = TimeSpan.FromMinutes(10);

    private const int DeepestAnswer = 4;

    public sealed record Comment
    {
        /// <summary>Chosen by the client, so that a repeated request says it once.</summary>
        public Guid? Id { get; init; }

        /// <summary>The post that it answers.</summary>
        public Guid? ParentId { get; init; }

        [StringLength(4000, MinimumLength = 1), Example("Why does the last test want minus three?")]
        public required string Text { get; init; }
    }

    public sealed record Solution
    {
        /// <summary>Chosen by the client, so that a repeated request shares it once.</summary>
        public Guid? Id { get; init; }

        /// <summary>One's own attempt, which passed.</summary>
        public required Guid AttemptId { get; init; }

        [StringLength(4000)]
        public string Text { get; init; } = "";
    }

    public sealed record Change
    {
        [StringLength(4000, MinimumLength = 1), Example("Why does the last test want minus three?")]
        public required string Text { get; init; }
    }

    private sealed record Shared(string Status, string Html, string Css, string Js);

    public async Task<Outcome<Posts.View>> CommentAsync(Caller caller, Guid challenge, Comment request, CancellationToken cancellationToken)
    {
        if (await catalogue.ActiveAsync(caller, challenge, cancellationToken) is null) return Problem.NotFound("challenge");
        var text = request.Text.Trim();
        if (text.Length == 0) return Problem.Invalid("/text", "required", "Say something.");
        var key = await seal.OfAsync(caller, cancellationToken);
        return await database.InTransaction<Posts.View>(
            caller,
            async session =>
            {
                var now = clock.GetUtcNow();
                var id = request.Id ?? Guid.CreateVersion7(now);
                if (await Posts.RowAsync(session, caller, id, "", cancellationToken) is { } known)
                    return (known.UserId, known.ChallengeId, known.ParentId, known.Text) == (caller.Person, challenge, request.ParentId, text) ? known.For(caller, key) : IdentityProblems.IdTaken;
                if (await MayPostAsync(session, caller, now, cancellationToken) is { } problem) return problem;
                var above = request.ParentId is { } parent ? await Posts.RowAsync(session, caller, parent, " FOR NO KEY UPDATE OF p", cancellationToken) : null;
                if (request.ParentId is not null)
                {
                    if (above is null || above.ChallengeId != challenge) return Problem.NotFound("post");
                    if (above.AboutSolution && !await Posts.SeesSolutionsAsync(session, caller, challenge, cancellationToken)) return CommunityProblems.NotCompleted;
                    if (!above.IsVisible) return CommunityProblems.PostGone;
                    if (above.Depth == DeepestAnswer) return CommunityProblems.TooDeep;
                }
                await session.ExecuteAsync(
                    """
                    INSERT INTO challenge_posts (tenant_id, id, challenge_id, user_id, kind, parent_id, depth, about_solution, text, created_at)
                    VALUES (@TenantId, @id, @challenge, @Person, 'comment', @ParentId, @depth, @about, @text, @now);
                    UPDATE challenge_posts SET replies = replies + 1 WHERE tenant_id = @TenantId AND id = @ParentId
                    """,
                    new { caller.TenantId, caller.Person, id, challenge, request.ParentId, depth = above is null ? 0 : above.Depth + 1, about = above?.AboutSolution ?? false, text, now },
                    cancellationToken);
                if (above is not null && above.UserId != caller.Person) await notices.AnsweredAsync(session, caller, challenge, above.UserId, cancellationToken);
                return (await Posts.RowAsync(session, caller, id, "", cancellationToken))!.For(caller, key);
            },
            cancellationToken);
    }

    public async Task<Outcome<Posts.View>> ShareAsync(Caller caller, Guid challenge, Solution request, CancellationToken cancellationToken)
    {
        if (await catalogue.ActiveAsync(caller, challenge, cancellationToken) is null) return Problem.NotFound("challenge");
        var key = await seal.OfAsync(caller, cancellationToken);
        return await database.InTransaction<Posts.View>(
            caller,
            async session =>
            {
                var now = clock.GetUtcNow();
                var id = request.Id ?? Guid.CreateVersion7(now);
                if (await Posts.RowAsync(session, caller, id, "", cancellationToken) is { } known)
                    return (known.UserId, known.ChallengeId, known.Kind, known.Text) == (caller.Person, challenge, "solution", request.Text.Trim()) ? known.For(caller, key) : IdentityProblems.IdTaken;
                if (await MayPostAsync(session, caller, now, cancellationToken) is { } problem) return problem;
                var args = new { caller.TenantId, caller.Person, id, challenge, request.AttemptId, text = request.Text.Trim(), now };
                var attempt = await session.FirstAsync<Shared>(
                    """
                    SELECT status, user_code_html AS html, user_code_css AS css, user_code_js AS js FROM challenge_attempts
                    WHERE tenant_id = @TenantId AND user_id = @Person AND challenge_id = @challenge AND id = @AttemptId
                    """,
                    args,
                    cancellationToken);
                if (attempt is null) return Problem.Invalid("/attemptId", "unknown", "You have made no such attempt.");
                if (attempt.Status != "passed") return CommunityProblems.NotPassed;
                // the attempt may be older than the tenant's wish to have code encrypted
                var of = CodeSeal.OfLearner(caller.Person);
                var code = key.Close(key.Open(new EditChallenge.Code { Html = attempt.Html, Css = attempt.Css, Js = attempt.Js }, of), of);
                await session.ExecuteAsync(
                    """
                    INSERT INTO challenge_posts (tenant_id, id, challenge_id, user_id, kind, depth, about_solution, text, attempt_id, code_html, code_css, code_js, created_at)
                    VALUES (@TenantId, @id, @challenge, @Person, 'solution', 0, true, @text, @AttemptId, @Html, @Css, @Js, @now)
                    """,
                    new { args.TenantId, args.Person, args.id, args.challenge, args.text, args.AttemptId, code.Html, code.Css, code.Js, args.now },
                    cancellationToken);
                return (await Posts.RowAsync(session, caller, id, "", cancellationToken))!.For(caller, key);
            },
            cancellationToken);
    }

    public Task<Outcome<Posts.View>> ChangeAsync(Caller caller, Guid id, Change change, CancellationToken cancellationToken) => OwnAsync(
        caller,
        id,
        (post, now) => post.IsVisible ? now - post.CreatedAt > EditWindow ? CommunityProblems.EditOver : null : CommunityProblems.PostGone,
        "UPDATE challenge_posts SET edited_at = CASE WHEN text = @text THEN edited_at ELSE @now END, text = @text WHERE tenant_id = @TenantId AND id = @id",
        change.Text.Trim(),
        cancellationToken);

    /// <summary>Takes the words and the code away; what was answered stays.</summary>
    public Task<Outcome<Posts.View>> WithdrawAsync(Caller caller, Guid id, CancellationToken cancellationToken) => OwnAsync(
        caller,
        id,
        (_, _) => null,
        """
        DELETE FROM post_votes WHERE tenant_id = @TenantId AND post_id = @id;
        UPDATE challenge_posts SET status = 'withdrawn', text = '', votes = 0, status_reason = NULL,
            code_html = CASE kind WHEN 'solution' THEN '' END, code_css = CASE kind WHEN 'solution' THEN '' END, code_js = CASE kind WHEN 'solution' THEN '' END
        WHERE tenant_id = @TenantId AND id = @id
        """,
        "-",
        cancellationToken);

    private async Task<Outcome<Posts.View>> OwnAsync(Caller caller, Guid id, Func<Posts.Row, DateTimeOffset, ProblemKind?> rule, string sql, string text, CancellationToken cancellationToken)
    {
        var key = await seal.OfAsync(caller, cancellationToken);
        return await database.InTransaction<Posts.View>(
            caller,
            async session =>
            {
                var now = clock.GetUtcNow();
                var post = await Posts.RowAsync(session, caller, id, " FOR UPDATE OF p", cancellationToken);
                // whose it is not learns nothing of it
                if (post is null || post.UserId != caller.Person) return Problem.NotFound("post");
                if (text.Length == 0) return Problem.Invalid("/text", "required", "Say something.");
                if (rule(post, now) is { } problem) return problem;
                await session.ExecuteAsync(sql, new { caller.TenantId, id, text, now }, cancellationToken);
                return (await Posts.RowAsync(session, caller, id, "", cancellationToken))!.For(caller, key);
            },
            cancellationToken);
    }

    // one after the other for a person, so that many at once do not slip through together
    private static async Task<Problem?> MayPostAsync(Session session, Caller caller, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var args = new { caller.TenantId, caller.Person, now, since = now - PostsWithin, key = $"posts {caller.Person}" };
        await session.ExecuteAsync("SELECT pg_advisory_xact_lock(hashtextextended(@key, 0))", args, cancellationToken);
        var (until, reason, posts, oldest) = await session.SingleAsync<(DateTimeOffset? Until, string? Reason, long Posts, DateTimeOffset? Oldest)>(
            """
            SELECT mute.until, mute.reason, recent.posts, recent.oldest
            FROM (SELECT count(*) AS posts, min(created_at) AS oldest FROM challenge_posts WHERE tenant_id = @TenantId AND user_id = @Person AND created_at > @since) AS recent
            LEFT JOIN practice_mutes AS mute ON mute.tenant_id = @TenantId AND mute.user_id = @Person AND mute.until > @now
            """,
            args,
            cancellationToken);
        if (until is not null) return new Problem(CommunityProblems.Muted, reason) { RetryAfter = until - now };
        return posts < MostPosts ? null : new Problem(CommunityProblems.TooManyPosts) { RetryAfter = oldest!.Value + PostsWithin - now };
    }
}
