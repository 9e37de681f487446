using Podium.Operations;
using Podium.Privacy;

namespace Podium.Learning.Community;

/// <summary>What is kept about a person among learners, and what must hold of it.</summary>
public static class CommunityData
{
    public static readonly OwnData Written = new()
    {
        Name = "learningPosts",
        Description = "What the person said about challenges and shared of their solutions, what they voted for and reported, and whether they may post.",
        Sealed = ["html", "css", "js"],
        Columns = ["challenge_posts.user_id", "post_votes.user_id", "post_reports.user_id", "practice_mutes.user_id"],
        Sql =
            """
            SELECT kind AS what, challenge_id, id AS post_id, text, code_html AS html, code_css AS css, code_js AS js, status, status_reason AS reason, created_at AS at FROM challenge_posts WHERE tenant_id = @TenantId AND user_id = @person
            UNION ALL
            SELECT 'vote', NULL, post_id, NULL, NULL, NULL, NULL, NULL, NULL, voted_at FROM post_votes WHERE tenant_id = @TenantId AND user_id = @person
            UNION ALL
            SELECT 'report', NULL, post_id, NULL, NULL, NULL, NULL, NULL, reason, reported_at FROM post_reports WHERE tenant_id = @TenantId AND user_id = @person
            UNION ALL
            SELECT 'muted', NULL, NULL, NULL, NULL, NULL, NULL, NULL, reason, until FROM practice_mutes WHERE tenant_id = @TenantId AND user_id = @person
            ORDER BY at, what, post_id
            """,
    };

    public static readonly OwnData People = new()
    {
        Name = "learningFollowing",
        Description = "Whom the person follows and blocks, how many follow them, and what they let followers see. Who has blocked them is the others' own.",
        Columns = ["follows.follower_id", "follows.followed_id", "person_blocks.user_id", "person_blocks.blocked_id", "practice_privacy.user_id"],
        Sql =
            """
            SELECT 'follows' AS what, followed_id AS other, followed_at AS at, NULL::bigint AS number, NULL::boolean AS share_completions, NULL::boolean AS followable FROM follows WHERE tenant_id = @TenantId AND follower_id = @person
            UNION ALL
            SELECT 'blocks', blocked_id, blocked_at, NULL, NULL, NULL FROM person_blocks WHERE tenant_id = @TenantId AND user_id = @person
            UNION ALL
            SELECT 'followers', NULL, NULL, count(*), NULL, NULL FROM follows WHERE tenant_id = @TenantId AND followed_id = @person HAVING count(*) > 0
            UNION ALL
            SELECT 'privacy', NULL, NULL, NULL, share_completions, followable FROM practice_privacy WHERE tenant_id = @TenantId AND user_id = @person
            ORDER BY what, at, other
            """,
    };

    public static readonly Invariant Counters = new()
    {
        Name = "votes and answers of posts",
        Holds = "A post counts its votes and its answers, and only who has completed a challenge has shared a solution of it.",
        Sql =
            """
            SELECT p.tenant_id, 'post ' || p.id || ': ' || p.votes || ' votes and ' || p.replies || ' answers counted, ' || votes.number || ' and ' || replies.number || ' there'
            FROM challenge_posts AS p
            CROSS JOIN LATERAL (SELECT count(*) AS number FROM post_votes AS v WHERE v.tenant_id = p.tenant_id AND v.post_id = p.id) AS votes
            CROSS JOIN LATERAL (SELECT count(*) AS number FROM challenge_posts AS r WHERE r.tenant_id = p.tenant_id AND r.challenge_id = p.challenge_id AND r.parent_id = p.id) AS replies
            WHERE (p.votes, p.replies) <> (votes.number, replies.number)
            UNION ALL
            SELECT p.tenant_id, 'post ' || p.id || ': a solution of who has not completed the challenge'
            FROM challenge_posts AS p LEFT JOIN user_progress AS u ON u.tenant_id = p.tenant_id AND u.user_id = p.user_id AND u.challenge_id = p.challenge_id
            WHERE p.kind = 'solution' AND u.completed_at IS NULL
            """,
    };
}
