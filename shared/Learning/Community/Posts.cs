using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Learning.Community;

/// <summary>What learners read of each other at a challenge. Solutions, and what is said about them, are shown to who has completed it.</summary>
public sealed class Posts(Database database, Catalogue catalogue, CodeSeal seal)
{
    public enum Status
    {
        Visible,
        Hidden,
        Withdrawn,
    }

    public sealed record CommentQuery : PageQuery
    {
        /// <summary>Answers to this post; without it what begins a thread.</summary>
        public Guid? Parent { get; init; }
    }

    public sealed record View
    {
        public required Guid Id { get; init; }

        public required Guid ChallengeId { get; init; }

        /// <summary>comment, solution.</summary>
        public required string Kind { get; init; }

        public Guid? ParentId { get; init; }

        public required int Depth { get; init; }

        public required Guid UserId { get; init; }

        public required string AuthorName { get; init; }

        /// <summary>Plain text, to be shown as text. Null where it is hidden or withdrawn.</summary>
        public string? Text { get; init; }

        public EditChallenge.Code? Code { get; init; }

        public required int Votes { get; init; }

        public required bool Voted { get; init; }

        public required int Replies { get; init; }

        public required Status Status { get; init; }

        /// <summary>Why it is hidden; for its author.</summary>
        public string? StatusReason { get; init; }

        public required DateTimeOffset CreatedAt { get; init; }

        public DateTimeOffset? EditedAt { get; init; }
    }

    internal sealed record Row(
        Guid Id, Guid ChallengeId, string Kind, Guid? ParentId, int Depth, Guid UserId, string AuthorName, bool AboutSolution, string Text, string? Html, string? Css, string? Js, int Votes, bool Voted, int Replies,
        string Status, string? StatusReason, DateTimeOffset CreatedAt, DateTimeOffset? EditedAt)
    {
        public bool IsVisible => Status == "visible";

        public View For(Caller caller, CodeSeal.Key key)
        {
            var reads = IsVisible || (Status == "hidden" && (UserId == caller.UserId || caller.Allows(Permissions.DiscussionModerate)));
            return new View
            {
                Id = Id,
                ChallengeId = ChallengeId,
                Kind = Kind,
                ParentId = ParentId,
                Depth = Depth,
                UserId = UserId,
                AuthorName = AuthorName,
                Text = reads ? Text : null,
                Code = reads && Html is not null ? key.Open(new EditChallenge.Code { Html = Html, Css = Css!, Js = Js! }, CodeSeal.OfLearner(UserId)) : null,
                Votes = Votes,
                Voted = Voted,
                Replies = Replies,
                Status = Enum.Parse<Status>(Status, ignoreCase: true),
                StatusReason = reads ? StatusReason : null,
                CreatedAt = CreatedAt,
                EditedAt = EditedAt,
            };
        }
    }

    internal const string Columns =
        """
        p.id, p.challenge_id, p.kind, p.parent_id, p.depth, p.user_id,
        (SELECT u.first_name || ' ' || left(u.last_name, 1) || '.' FROM users AS u WHERE u.tenant_id = p.tenant_id AND u.id = p.user_id) AS author_name,
        p.about_solution, p.text, p.code_html AS html, p.code_css AS css, p.code_js AS js, p.votes,
        EXISTS (SELECT FROM post_votes AS v WHERE v.tenant_id = p.tenant_id AND v.post_id = p.id AND v.user_id = @Person) AS voted,
        p.replies, p.status, p.status_reason, p.created_at, p.edited_at
        """;

    /// <summary>Whom the reader has blocked is not there for them.</summary>
    private const string NotBlocked = "NOT EXISTS (SELECT FROM person_blocks AS b WHERE b.tenant_id = @TenantId AND b.user_id = @Person AND b.blocked_id = p.user_id)";

    internal const string CommentsSql =
        $"""
        SELECT {Columns} FROM challenge_posts AS p
        WHERE p.tenant_id = @TenantId AND p.challenge_id = @challenge AND p.parent_id IS NULL AND p.kind = 'comment' AND (@After::uuid IS NULL OR p.id < @After) AND {NotBlocked}
        ORDER BY p.id DESC LIMIT @limit
        """;

    internal const string AnswersSql =
        $"""
        SELECT {Columns} FROM challenge_posts AS p
        WHERE p.tenant_id = @TenantId AND p.challenge_id = @challenge AND p.parent_id = @Parent AND (@After::uuid IS NULL OR p.id < @After) AND {NotBlocked}
        ORDER BY p.id DESC LIMIT @limit
        """;

    /// <summary>The best first, by the index that has them in this order.</summary>
    internal const string SolutionsSql =
        $"""
        SELECT {Columns} FROM challenge_posts AS p
        WHERE p.tenant_id = @TenantId AND p.challenge_id = @challenge AND p.kind = 'solution' AND p.status = 'visible' AND {NotBlocked}
          AND (@After::uuid IS NULL OR (p.votes, p.id) < (SELECT votes, id FROM challenge_posts WHERE tenant_id = @TenantId AND id = @After))
        ORDER BY p.votes DESC, p.id DESC LIMIT @limit
        """;

    /// <summary>What somebody said and shared and has not taken back; also what moderators have hidden, which stands on no list of a challenge.</summary>
    internal const string OwnSql =
        $"""
        SELECT {Columns} FROM challenge_posts AS p
        WHERE p.tenant_id = @TenantId AND p.user_id = @Person AND p.status <> 'withdrawn'
          AND (@After::uuid IS NULL OR (p.created_at, p.id) < (SELECT created_at, id FROM challenge_posts WHERE tenant_id = @TenantId AND user_id = @Person AND id = @After))
        ORDER BY p.created_at DESC, p.id DESC LIMIT @limit
        """;

    public async Task<Page<View>> OwnAsync(Caller caller, PageQuery page, CancellationToken cancellationToken)
    {
        var rows = await database.As(caller).QueryAsync<Row>(OwnSql, new { caller.TenantId, caller.Person, page.After, limit = page.Fetch() }, cancellationToken);
        var key = await seal.OfAsync(caller, cancellationToken);
        return page.Of([.. rows.Select(row => row.For(caller, key))], view => view.Id);
    }

    public async Task<Outcome<Page<View>>> CommentsAsync(Caller caller, Guid challenge, CommentQuery query, CancellationToken cancellationToken)
    {
        if (await catalogue.ActiveAsync(caller, challenge, cancellationToken) is null) return Problem.NotFound("challenge");
        var session = database.As(caller);
        if (query.Parent is { } parent)
        {
            var above = await RowAsync(session, caller, parent, "", cancellationToken);
            if (above is null || above.ChallengeId != challenge) return Problem.NotFound("post");
            if (above.AboutSolution && !await SeesSolutionsAsync(session, caller, challenge, cancellationToken)) return CommunityProblems.NotCompleted;
        }
        var rows = await session.QueryAsync<Row>(
            query.Parent is null ? CommentsSql : AnswersSql, new { caller.TenantId, caller.Person, challenge, query.Parent, query.After, limit = query.Fetch() }, cancellationToken);
        var key = await seal.OfAsync(caller, cancellationToken);
        return query.Of([.. rows.Select(row => row.For(caller, key))], view => view.Id);
    }

    public async Task<Outcome<Page<View>>> SolutionsAsync(Caller caller, Guid challenge, PageQuery page, CancellationToken cancellationToken)
    {
        if (await catalogue.ActiveAsync(caller, challenge, cancellationToken) is null) return Problem.NotFound("challenge");
        var session = database.As(caller);
        if (!await SeesSolutionsAsync(session, caller, challenge, cancellationToken)) return CommunityProblems.NotCompleted;
        var rows = await session.QueryAsync<Row>(SolutionsSql, new { caller.TenantId, caller.Person, challenge, page.After, limit = page.Fetch() }, cancellationToken);
        var key = await seal.OfAsync(caller, cancellationToken);
        return page.Of([.. rows.Select(row => row.For(caller, key))], view => view.Id);
    }

    internal static Task<Row?> RowAsync(Session session, Caller caller, Guid id, string suffix, CancellationToken cancellationToken) =>
        session.FirstAsync<Row>($"SELECT {Columns} FROM challenge_posts AS p WHERE p.tenant_id = @TenantId AND p.id = @id{suffix}", new { caller.TenantId, caller.Person, id }, cancellationToken);

    internal static async Task<bool> SeesSolutionsAsync(Session session, Caller caller, Guid challenge, CancellationToken cancellationToken) =>
        caller.Allows(Permissions.DiscussionModerate) || caller.Allows(Permissions.ContentManage) || await session.SingleAsync<bool>(
            "SELECT EXISTS (SELECT FROM user_progress WHERE tenant_id = @TenantId AND user_id = @Person AND challenge_id = @challenge AND status = 'completed')",
            new { caller.TenantId, caller.Person, challenge },
            cancellationToken);
}
