using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Podium.Identity;
using Podium.Learning.Experiments;
using Podium.Learning.Sandbox;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Caching;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Learning;

/// <summary>Drafts of challenges: made, changed, tried out, reviewed and archived. Learners see none of it.</summary>
public sealed class EditChallenge(Database database, Cache cache, ICodeSandbox sandbox, CodeSeal seal, TimeProvider clock)
{
    public sealed record Hint
    {
        [StringLength(2000, MinimumLength = 1), Example("Look at the selector.")]
        public required string Text { get; init; }

        /// <summary>Points that it takes from what the challenge is worth.</summary>
        [Range(0, 10_000)]
        public int Cost { get; init; }
    }

    public sealed record Code
    {
        [StringLength(50_000)]
        public string Html { get; init; } = "";

        [StringLength(50_000)]
        public string Css { get; init; } = "";

        [StringLength(50_000)]
        public string Js { get; init; } = "";

        internal PageCode Page => new(Html, Css, Js);
    }

    public enum Difficulty
    {
        Beginner,
        Intermediate,
        Advanced,
    }

    /// <summary>What a challenge says, asks and is worth.</summary>
    public sealed record Content
    {
        [StringLength(200, MinimumLength = 1), Example("Say hello")]
        public required string Title { get; init; }

        [StringLength(20_000, MinimumLength = 1), Example("Make the page greet its reader.")]
        public required string Description { get; init; }

        public required Difficulty Difficulty { get; init; }

        [Range(0, 10_000)]
        public required int Points { get; init; }

        [Range(1, 1000)]
        public required int EstimatedTimeMinutes { get; init; }

        [Range(0, 10_000)]
        public int Position { get; init; }

        public Code StarterCode { get; init; } = new();

        public Code SolutionCode { get; init; } = new();

        [MaxLength(100)]
        public IReadOnlyList<ChallengeTest> Tests { get; init; } = [];

        [MaxLength(20)]
        public IReadOnlyList<Hint> Hints { get; init; } = [];
    }

    public sealed record Request
    {
        /// <summary>Chosen by the client, so that a repeated request makes one challenge.</summary>
        public Guid? Id { get; init; }

        [RegularExpression("[a-z0-9]+(-[a-z0-9]+)*", ErrorMessage = "Lower-case letters and digits, in parts joined by single hyphens."), StringLength(100, MinimumLength = 2), Example("say-hello")]
        public required string Slug { get; init; }

        public required Content Content { get; init; }
    }

    public sealed record View
    {
        public required Guid Id { get; init; }

        public required Guid LessonId { get; init; }

        public required string Slug { get; init; }

        public required Content Content { get; init; }

        public required bool IsPublished { get; init; }

        /// <summary>The number of the version that learners get.</summary>
        public string? ActiveVersion { get; init; }

        public Guid? ReviewedBy { get; init; }

        public DateTimeOffset? ReviewedAt { get; init; }

        public required Guid CreatedBy { get; init; }

        public DateTimeOffset? DeletedAt { get; init; }

        public required int Version { get; init; }
    }

    /// <summary>A challenge's line among those of its lesson.</summary>
    public sealed record Line
    {
        public required Guid Id { get; init; }

        public required string Slug { get; init; }

        public required string Title { get; init; }

        public required Difficulty Difficulty { get; init; }

        public required int Points { get; init; }

        public required int Position { get; init; }

        public required bool IsPublished { get; init; }

        /// <summary>The number of the version that learners get.</summary>
        public string? ActiveVersion { get; init; }

        public Guid? ReviewedBy { get; init; }

        public required Guid CreatedBy { get; init; }

        /// <summary>When it was archived.</summary>
        public DateTimeOffset? DeletedAt { get; init; }

        public required int Version { get; init; }
    }

    /// <summary>How the solution and the starter code fare with the tests.</summary>
    public sealed record Trial(bool Publishable, CodeReport Solution, CodeReport Starter);

    internal const string ContentJson =
        """
        jsonb_build_object('title', challenges.title, 'description', challenges.description, 'difficulty', difficulty, 'points', points, 'estimatedTimeMinutes', estimated_time_minutes, 'position', challenges.position,
            'starterCode', jsonb_build_object('html', starter_code_html, 'css', starter_code_css, 'js', starter_code_js),
            'solutionCode', jsonb_build_object('html', solution_code_html, 'css', solution_code_css, 'js', solution_code_js), 'tests', tests, 'hints', hints)
        """;

    private const string ActiveVersion = "(SELECT number FROM challenge_versions WHERE tenant_id = challenges.tenant_id AND challenge_id = challenges.id AND is_active) AS active_version";

    private const string Columns = $"challenges.id, lesson_id, slug, {ContentJson} AS content, is_published, reviewed_by, reviewed_at, created_by, writers, deleted_at, version, {ActiveVersion}";

    internal sealed record Row(
        Guid Id, Guid LessonId, string Slug, JsonElement Content, bool IsPublished, Guid? ReviewedBy, DateTimeOffset? ReviewedAt, Guid CreatedBy, Guid[] Writers, DateTimeOffset? DeletedAt, int Version, string? ActiveVersion)
    {
        public Content Read(CodeSeal.Key key) => ContentOf(Content, Id, key);

        public View View(CodeSeal.Key key) => new()
        {
            Id = Id,
            LessonId = LessonId,
            Slug = Slug,
            Content = Read(key),
            IsPublished = IsPublished,
            ReviewedBy = ReviewedBy,
            ReviewedAt = ReviewedAt,
            CreatedBy = CreatedBy,
            DeletedAt = DeletedAt,
            Version = Version,
            ActiveVersion = ActiveVersion,
        };
    }

    /// <summary>What a challenge's or a version's JSON says, its solution opened.</summary>
    internal static Content ContentOf(JsonElement json, Guid challenge, CodeSeal.Key key)
    {
        var content = json.Deserialize<Content>(Json.Options)!;
        return content with { SolutionCode = key.Open(content.SolutionCode, CodeSeal.OfChallenge(challenge)) };
    }

    public async Task<Outcome<View>> ReadAsync(Caller caller, Guid id, CancellationToken cancellationToken)
    {
        var key = await seal.OfAsync(caller, cancellationToken);
        var row = await database.As(caller).FirstAsync<Row>($"SELECT {Columns} FROM challenges WHERE tenant_id = @TenantId AND id = @id", new { caller.TenantId, id }, cancellationToken);
        return row is null ? Problem.NotFound("challenge") : row.View(key);
    }

    /// <summary>The challenges of a lesson, drafts and archived ones too.</summary>
    public Task<Outcome<Page<Line>>> ListAsync(Caller caller, Guid lesson, PageQuery page, CancellationToken cancellationToken) => database.As(caller).QueryManyAsync<Outcome<Page<Line>>>(
        $"""
        SELECT EXISTS (SELECT FROM lessons WHERE tenant_id = @TenantId AND id = @lesson);
        SELECT id, slug, title, difficulty, points, position, is_published, {ActiveVersion}, reviewed_by, created_by, deleted_at, version FROM challenges
        WHERE tenant_id = @TenantId AND lesson_id = @lesson AND (@After::uuid IS NULL OR id < @After)
        ORDER BY id DESC LIMIT @limit
        """,
        new { caller.TenantId, lesson, page.After, limit = page.Fetch() },
        async results => await results.ReadSingleAsync<bool>() ? page.Of([.. await results.ReadAsync<Line>()], row => row.Id) : Problem.NotFound("lesson"),
        cancellationToken);

    public async Task<Outcome<View>> AddAsync(Caller caller, Guid lesson, Request request, CancellationToken cancellationToken)
    {
        var key = await seal.OfAsync(caller, cancellationToken);
        return await database.InTransaction<View>(caller, session => AddAsync(session, caller, lesson, request, key, cancellationToken), cancellationToken);
    }

    private async Task<Outcome<View>> AddAsync(Session session, Caller caller, Guid lesson, Request request, CodeSeal.Key key, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var id = request.Id ?? Guid.CreateVersion7(now);
        var above = await session.FirstAsync<(Guid Id, DateTimeOffset? DeletedAt)?>("SELECT id, deleted_at FROM lessons WHERE tenant_id = @TenantId AND id = @lesson FOR SHARE", new { caller.TenantId, lesson }, cancellationToken);
        if (above is null) return Problem.NotFound("lesson");
        if (above.Value.DeletedAt is not null) return LearningProblems.Archived;
        var args = Values(request.Content, id, key);
        args.AddDynamicParams(new { caller.TenantId, caller.Person, id, lesson, request.Slug, now });
        var added = await session.ExecuteAsync(
            """
            INSERT INTO challenges (tenant_id, id, lesson_id, slug, title, description, difficulty, points, estimated_time_minutes, position,
                starter_code_html, starter_code_css, starter_code_js, solution_code_html, solution_code_css, solution_code_js, tests, hints, writers, created_at, created_by, updated_at, updated_by)
            VALUES (@TenantId, @id, @lesson, @Slug, @title, @Description, @difficulty, @Points, @EstimatedTimeMinutes, @Position,
                @starterHtml, @starterCss, @starterJs, @solutionHtml, @solutionCss, @solutionJs, @tests::jsonb, @hints::jsonb, ARRAY[@Person], @now, @Person, @now, @Person)
            ON CONFLICT (tenant_id, id) DO NOTHING
            """,
            args,
            cancellationToken);
        var row = await session.SingleAsync<Row>($"SELECT {Columns} FROM challenges WHERE tenant_id = @TenantId AND id = @id", new { caller.TenantId, id }, cancellationToken);
        var same = row.LessonId == lesson && row.Slug == request.Slug && Text(row.Read(key)) == Text(request.Content with { Title = request.Content.Title.Trim() });
        return added == 1 || same ? row.View(key) : IdentityProblems.IdTaken;
    }

    /// <summary>Says all of it anew. What somebody has reviewed is not reviewed any more. A published challenge stays as it is for learners until a new version is published.</summary>
    public async Task<Outcome<View>> ChangeAsync(Caller caller, Guid id, Content content, int? ifMatch, CancellationToken cancellationToken)
    {
        var args = Values(content, id, await seal.OfAsync(caller, cancellationToken));
        return await UpdateAsync(
            caller,
            id,
            ifMatch,
            """
            title = @title, description = @Description, difficulty = @difficulty, points = @Points, estimated_time_minutes = @EstimatedTimeMinutes, position = @Position,
            starter_code_html = @starterHtml, starter_code_css = @starterCss, starter_code_js = @starterJs, solution_code_html = @solutionHtml, solution_code_css = @solutionCss, solution_code_js = @solutionJs,
            tests = @tests::jsonb, hints = @hints::jsonb, reviewed_by = NULL, reviewed_at = NULL, writers = array_remove(writers, @Person) || @Person
            """,
            args,
            row => row.IsPublished || row.CreatedBy == caller.Person ? null : LearningProblems.NotCreator,
            cancellationToken);
    }

    public Task<Outcome<View>> ReviewAsync(Caller caller, Guid id, int? ifMatch, CancellationToken cancellationToken) => UpdateAsync(
        caller, id, ifMatch, "reviewed_by = @Person, reviewed_at = @now", new Dapper.DynamicParameters(), row => row.Writers.Contains(caller.Person) ? LearningProblems.OwnReview : null, cancellationToken);

    public Task<Outcome<View>> ArchiveAsync(Caller caller, Guid id, int? ifMatch, CancellationToken cancellationToken) => UpdateAsync(
        caller,
        id,
        ifMatch,
        "is_published = false, deleted_at = @now",
        new Dapper.DynamicParameters(),
        row => row.IsPublished || row.CreatedBy == caller.Person ? null : LearningProblems.NotCreator,
        cancellationToken);

    /// <summary>Runs the draft's tests, as publishing would.</summary>
    public async Task<Outcome<Trial>> PreviewAsync(Caller caller, Guid id, CancellationToken cancellationToken)
    {
        var row = await database.As(caller).FirstAsync<Row>($"SELECT {Columns} FROM challenges WHERE tenant_id = @TenantId AND id = @id", new { caller.TenantId, id }, cancellationToken);
        return row is null ? Problem.NotFound("challenge") : await TryAsync(sandbox, row.Read(await seal.OfAsync(caller, cancellationToken)), cancellationToken);
    }

    internal static async Task<Outcome<Trial>> TryAsync(ICodeSandbox sandbox, Content content, CancellationToken cancellationToken)
    {
        var solution = sandbox.RunAsync(content.SolutionCode.Page, content.Tests, CodeLimits.Default, cancellationToken);
        var starter = sandbox.RunAsync(content.StarterCode.Page, content.Tests, CodeLimits.Default, cancellationToken);
        if (await solution is not { } solved || await starter is not { } started) return new Problem(LearningProblems.SandboxBusy) { RetryAfter = TimeSpan.FromSeconds(5) };
        return new Trial(content.Tests.Count > 0 && solved.AllPassed && !started.AllPassed, solved, started);
    }

    internal static Task<Row?> LockAsync(Session session, Caller caller, Guid id, CancellationToken cancellationToken) =>
        session.FirstAsync<Row>($"SELECT {Columns} FROM challenges WHERE tenant_id = @TenantId AND id = @id FOR NO KEY UPDATE OF challenges", new { caller.TenantId, id }, cancellationToken);

    private async Task<Outcome<View>> UpdateAsync(Caller caller, Guid id, int? ifMatch, string set, Dapper.DynamicParameters args, Func<Row, ProblemKind?> rule, CancellationToken cancellationToken)
    {
        var key = await seal.OfAsync(caller, cancellationToken);
        return await database.InTransaction<View>(caller, ChangedAsync, cancellationToken);

        async Task<Outcome<View>> ChangedAsync(Session session)
        {
            var row = await LockAsync(session, caller, id, cancellationToken);
            if (row is null) return Problem.NotFound("challenge");
            if (row.DeletedAt is not null) return LearningProblems.Archived;
            if (rule(row) is { } problem) return problem;
            if (ifMatch is { } version && version != row.Version) return CommonProblems.Stale;
            args.AddDynamicParams(new { caller.TenantId, caller.Person, id, now = clock.GetUtcNow() });
            var changed = await session.SingleAsync<Row>(
                $"UPDATE challenges SET {set}, updated_at = @now, updated_by = @Person, version = version + 1 WHERE tenant_id = @TenantId AND id = @id RETURNING {Columns}", args, cancellationToken);
            // what learners see changes only where something they see is taken away
            if (row.IsPublished && changed.DeletedAt is { } archivedAt)
            {
                await VersionSplits.AbandonAsync(session, caller, id, archivedAt, cancellationToken);
                await Catalogue.ForgetAsync(cache, session, caller.TenantId);
            }
            return changed.View(key);
        }
    }

    internal static Dapper.DynamicParameters Values(Content content, Guid id, CodeSeal.Key key) => Values(content, key.Close(content.SolutionCode, CodeSeal.OfChallenge(id)));

    private static Dapper.DynamicParameters Values(Content content, Code solution) => new(new
    {
        title = content.Title.Trim(),
        content.Description,
        difficulty = JsonNamingPolicy.CamelCase.ConvertName(content.Difficulty.ToString()),
        content.Points,
        content.EstimatedTimeMinutes,
        content.Position,
        starterHtml = content.StarterCode.Html,
        starterCss = content.StarterCode.Css,
        starterJs = content.StarterCode.Js,
        solutionHtml = solution.Html,
        solutionCss = solution.Css,
        solutionJs = solution.Js,
        tests = JsonSerializer.Serialize(content.Tests, Json.Options),
        hints = JsonSerializer.Serialize(content.Hints, Json.Options),
    });

    // numbers and names in JSON come back from the database in another order than they went
    private static string Text(Content content)
    {
        var plain = content with { Tests = [.. content.Tests.Select(test => test with { Check = null })] };
        return JsonSerializer.Serialize(plain, Json.Options);
    }
}
