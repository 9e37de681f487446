using System.Text.Json;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Databases;
using Podium.Platform.Files;
using Podium.Platform.Problems;
using Podium.Submissions;

namespace Podium.Judging;

/// <summary>What a judge has to review, and what organisers see of all reviews.</summary>
public sealed class Reviews(Database database, JudgedSubmissions submissions)
{
    public sealed record Waiting
    {
        public required Guid Id { get; init; }

        public required Guid CompetitionId { get; init; }

        public required string Competition { get; init; }

        public required Guid RoundId { get; init; }

        public required string Round { get; init; }

        /// <summary>Whose work it is; a code where judging is blind.</summary>
        public required string Entry { get; init; }

        /// <summary>Absent where judging is blind.</summary>
        public Guid? RegistrationId { get; init; }

        /// <summary>assigned, started, finished or recused.</summary>
        public required string Status { get; init; }

        public DateTimeOffset? DueAt { get; init; }
    }

    public sealed record View
    {
        public required Waiting Assignment { get; init; }

        public required Rubrics.View Rubric { get; init; }

        public Written? Review { get; init; }

        /// <summary>What was handed in; null where nothing is. Where judging is blind its files have other names.</summary>
        public JudgedSubmissions.View? Submission { get; init; }
    }

    /// <summary>What was written so far.</summary>
    public sealed record Written
    {
        public required string Status { get; init; }

        public required JsonElement Marks { get; init; }

        public required JsonElement Comments { get; init; }

        public required string Comment { get; init; }

        public decimal? OverallScore { get; init; }

        public required decimal TotalPoints { get; init; }

        public DateTimeOffset? SubmittedAt { get; init; }

        /// <summary>Why it was reopened or recused.</summary>
        public string? Reason { get; init; }

        public required int Version { get; init; }
    }

    public sealed record OfRound(Guid Id, Guid RegistrationId, Guid JudgeId, string Status, decimal? OverallScore, decimal TotalPoints, JsonElement Marks, JsonElement Comments, string Comment, DateTimeOffset? SubmittedAt, int Version);

    public sealed record Listing(IReadOnlyList<OfRound> Items);

    internal sealed record Mine(Guid Id, Guid CompetitionId, Guid RoundId, Guid JudgeId, string Status, Guid? RubricId);

    private const string WaitingColumns =
        """
        SELECT given.id, given.competition_id, competitions.name AS competition, given.round_id, competition_rounds.name AS round,
               CASE WHEN rubric.blind THEN 'Entry ' || upper(left(encode(sha256((given.round_id::text || given.registration_id::text)::bytea), 'hex'), 8))
                    ELSE coalesce(teams.name, entrant.first_name || ' ' || entrant.last_name) END AS entry,
               CASE WHEN rubric.blind THEN NULL ELSE given.registration_id END AS registration_id, given.status, given.due_at
        FROM judge_assignments AS given
        JOIN judges ON judges.tenant_id = given.tenant_id AND judges.id = given.judge_id
        JOIN competitions ON competitions.tenant_id = given.tenant_id AND competitions.id = given.competition_id
        JOIN competition_rounds ON competition_rounds.tenant_id = given.tenant_id AND competition_rounds.id = given.round_id
        JOIN registrations ON registrations.tenant_id = given.tenant_id AND registrations.id = given.registration_id
        LEFT JOIN teams ON teams.tenant_id = given.tenant_id AND teams.id = registrations.team_id
        LEFT JOIN users AS entrant ON entrant.tenant_id = given.tenant_id AND entrant.id = registrations.user_id
        LEFT JOIN LATERAL (
            SELECT blind FROM scoring_rubrics
            WHERE tenant_id = given.tenant_id AND competition_id = given.competition_id AND (round_id = given.round_id OR round_id IS NULL)
            ORDER BY round_id NULLS LAST, number DESC LIMIT 1) AS rubric ON true
        WHERE given.tenant_id = @TenantId AND judges.user_id = @Person AND given.status <> 'withdrawn'
        """;

    public async Task<Page<Waiting>> OwnAsync(Caller caller, PageQuery page, CancellationToken cancellationToken) => page.Of(
        await database.As(caller).QueryAsync<Waiting>(
            WaitingColumns + " AND (@After::uuid IS NULL OR given.id < @After) ORDER BY given.id DESC LIMIT @limit", new { caller.TenantId, caller.Person, page.After, limit = page.Fetch() }, cancellationToken),
        waiting => waiting.Id);

    public Task<Outcome<View>> ReadAsync(Caller caller, Guid id, CancellationToken cancellationToken) =>
        database.InTransaction<View>(caller, session => ReadAsync(session, caller, id, cancellationToken), cancellationToken);

    internal static async Task<Outcome<View>> ReadAsync(Session session, Caller caller, Guid id, CancellationToken cancellationToken)
    {
        var waiting = await session.FirstAsync<Waiting>(WaitingColumns + " AND given.id = @id", new { caller.TenantId, caller.Person, id }, cancellationToken);
        if (waiting is null) return Problem.NotFound("review");
        var rubricId = await session.FirstAsync<Guid?>("SELECT rubric_id FROM reviews WHERE tenant_id = @TenantId AND id = @id", new { caller.TenantId, id }, cancellationToken);
        var rubric = rubricId is { } kept
            ? await Rubrics.ReadAsync(session, caller.TenantId, kept, cancellationToken)
            : await Rubrics.ForRoundAsync(session, caller.TenantId, waiting.CompetitionId, waiting.RoundId, cancellationToken);
        if (rubric is null) return JudgingProblems.NoRubric;
        var written = await session.FirstAsync<Written>(
            "SELECT status, marks, comments, comment, overall_score, total_points, submitted_at, reason, version FROM reviews WHERE tenant_id = @TenantId AND id = @id", new { caller.TenantId, id }, cancellationToken);
        var entry = await EntryOfAsync(session, caller, id, cancellationToken);
        return new View
        {
            Assignment = waiting,
            Rubric = rubric,
            Review = written,
            Submission = await JudgedSubmissions.OfAsync(session, caller.TenantId, waiting.CompetitionId, waiting.RoundId, entry, waiting.RegistrationId is null ? waiting.Entry : null, cancellationToken),
        };
    }

    /// <summary>A URL by which the judge reads a file of what is to be judged.</summary>
    public async Task<Outcome<DownloadFile.Link>> DownloadAsync(Caller caller, Guid id, Guid fileId, CancellationToken cancellationToken)
    {
        var session = database.As(caller);
        var waiting = await session.FirstAsync<Waiting>(WaitingColumns + " AND given.id = @id", new { caller.TenantId, caller.Person, id }, cancellationToken);
        if (waiting is null || waiting.Status == "recused") return Problem.NotFound("review");
        var entry = await EntryOfAsync(session, caller, id, cancellationToken);
        return await submissions.DownloadAsync(caller, waiting.CompetitionId, waiting.RoundId, entry, waiting.RegistrationId is null ? waiting.Entry : null, fileId, cancellationToken);
    }

    private static Task<Guid> EntryOfAsync(Session session, Caller caller, Guid id, CancellationToken cancellationToken) =>
        session.SingleAsync<Guid>("SELECT registration_id FROM judge_assignments WHERE tenant_id = @TenantId AND id = @id", new { caller.TenantId, id }, cancellationToken);

    /// <summary>All reviews of a round that were begun, for its organisers.</summary>
    public Task<Outcome<Listing>> OfRoundAsync(Caller caller, Guid competitionId, Guid roundId, CancellationToken cancellationToken) => database.InTransaction<Listing>(
        caller,
        async session =>
        {
            if (!await AssignRound.HasRoundAsync(session, caller.TenantId, competitionId, roundId, cancellationToken)) return Problem.NotFound("round");
            return new Listing(await session.QueryAsync<OfRound>(OfRoundSql, new { caller.TenantId, competitionId, roundId }, cancellationToken));
        },
        cancellationToken);

    private const string OfRoundSql =
        """
        SELECT reviews.id, registration_id, reviews.judge_id, reviews.status, overall_score, total_points, marks, comments, comment, submitted_at, reviews.version
        FROM reviews JOIN judge_assignments ON judge_assignments.tenant_id = reviews.tenant_id AND judge_assignments.id = reviews.id
        WHERE reviews.tenant_id = @TenantId AND reviews.competition_id = @competitionId AND reviews.round_id = @roundId AND judge_assignments.status <> 'withdrawn'
        ORDER BY registration_id, reviews.judge_id, reviews.id
        LIMIT 20000
        """;
}
