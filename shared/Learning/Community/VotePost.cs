using System.ComponentModel.DataAnnotations;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Learning.Community;

/// <summary>Votes for shared solutions, one of each person, and reports of posts to the moderators.</summary>
public sealed class VotePost(Database database, TimeProvider clock)
{
    public sealed record View(Guid PostId, int Votes, bool Voted);

    public sealed record ReportRequest
    {
        [StringLength(1000, MinimumLength = 1), Example("It insults somebody.")]
        public required string Reason { get; init; }
    }

    public Task<Outcome<View>> VoteAsync(Caller caller, Guid id, bool wanted, CancellationToken cancellationToken) => database.InTransaction<View>(
        caller,
        async session =>
        {
            var post = await Posts.RowAsync(session, caller, id, "", cancellationToken);
            if (post is null || post.Kind != "solution" || !post.IsVisible) return Problem.NotFound("solution");
            if (!await Posts.SeesSolutionsAsync(session, caller, post.ChallengeId, cancellationToken)) return CommunityProblems.NotCompleted;
            if (post.UserId == caller.Person) return CommunityProblems.OwnPost;
            var votes = await session.SingleAsync<int>(
                wanted
                    ? """
                      WITH cast_now AS (INSERT INTO post_votes (tenant_id, post_id, user_id, voted_at) VALUES (@TenantId, @id, @Person, @now) ON CONFLICT DO NOTHING RETURNING 1)
                      UPDATE challenge_posts SET votes = votes + (SELECT count(*) FROM cast_now)::integer WHERE tenant_id = @TenantId AND id = @id RETURNING votes
                      """
                    : """
                      WITH taken AS (DELETE FROM post_votes WHERE tenant_id = @TenantId AND post_id = @id AND user_id = @Person RETURNING 1)
                      UPDATE challenge_posts SET votes = votes - (SELECT count(*) FROM taken)::integer WHERE tenant_id = @TenantId AND id = @id RETURNING votes
                      """,
                new { caller.TenantId, caller.Person, id, now = clock.GetUtcNow() },
                cancellationToken);
            return new View(id, votes, wanted);
        },
        cancellationToken);

    /// <summary>Asks the moderators to look at it; the same person's second report says the first anew.</summary>
    public Task<Outcome<bool>> ReportAsync(Caller caller, Guid id, ReportRequest request, CancellationToken cancellationToken) => database.InTransaction<bool>(
        caller,
        async session =>
        {
            var post = await Posts.RowAsync(session, caller, id, "", cancellationToken);
            if (post is null) return Problem.NotFound("post");
            if (post.AboutSolution && !await Posts.SeesSolutionsAsync(session, caller, post.ChallengeId, cancellationToken)) return Problem.NotFound("post");
            if (post.UserId == caller.Person) return CommunityProblems.OwnPost;
            if (!post.IsVisible) return CommunityProblems.PostGone;
            var reason = request.Reason.Trim();
            if (reason.Length == 0) return Problem.Invalid("/reason", "required", "Say what is wrong with it.");
            await session.ExecuteAsync(
                """
                INSERT INTO post_reports AS mine (tenant_id, post_id, user_id, reason, reported_at) VALUES (@TenantId, @id, @Person, @reason, @now)
                ON CONFLICT (tenant_id, post_id, user_id) DO UPDATE SET reason = @reason, reported_at = @now, closed_at = NULL
                """,
                new { caller.TenantId, caller.Person, id, reason, now = clock.GetUtcNow() },
                cancellationToken);
            return true;
        },
        cancellationToken);
}
