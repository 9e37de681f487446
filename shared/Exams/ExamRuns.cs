using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Exams;

/// <summary>Asks for results to be computed, shows what came of it, and takes approvals: two persons, neither of whom asked.</summary>
public sealed class ExamRuns(Database database, TimeProvider clock)
{
    public sealed record Request
    {
        /// <summary>Chosen by the client, so that a repeated request computes once.</summary>
        public Guid? Id { get; init; }

        /// <summary>Why: the first results, or what is amended.</summary>
        [StringLength(500, MinimumLength = 1), Example("First results")]
        public required string Reason { get; init; }

        /// <summary>From when everybody may read them, once they are approved.</summary>
        public required DateTimeOffset PublishAt { get; init; }
    }

    public sealed record Approval
    {
        /// <summary>The digest of the results that the approver has looked at.</summary>
        [RegularExpression("[0-9a-f]{64}", ErrorMessage = "64 lower-case hexadecimal digits."), StringLength(64, MinimumLength = 64), Example("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
        public required string Digest { get; init; }
    }

    public sealed record Postponement
    {
        public required DateTimeOffset PublishAt { get; init; }
    }

    /// <summary>What was looked at before approval, and how often it was found.</summary>
    public sealed record Check(string Code, string Title, long Count, bool Blocks);

    public sealed record View
    {
        public required Guid Id { get; init; }

        public required Guid SessionId { get; init; }

        public required int Number { get; init; }

        /// <summary>computing, refused (a check found what must not be), verified, approved, published, superseded, cancelled.</summary>
        public required string State { get; init; }

        public required string Reason { get; init; }

        public required Guid RequestedBy { get; init; }

        public required DateTimeOffset RequestedAt { get; init; }

        public required DateTimeOffset PublishAt { get; init; }

        /// <summary>SHA-256 over all results and standings in their order.</summary>
        public string? Digest { get; init; }

        public long? Results { get; init; }

        public long? Candidates { get; init; }

        public IReadOnlyList<Check>? Checks { get; init; }

        public ExamTables? Tables { get; init; }

        public required Guid[] ApprovedBy { get; init; }

        public DateTimeOffset? ComputedAt { get; init; }

        public DateTimeOffset? VerifiedAt { get; init; }

        public DateTimeOffset? PublishedAt { get; init; }

        public required int Version { get; init; }
    }

    internal const string Columns =
        """
        id, session_id, number, state, reason, requested_by, requested_at, publish_at, digest, results, candidates, checks, tables, computed_at, verified_at, published_at, version,
        ARRAY(SELECT approved_by FROM exam_approvals WHERE exam_approvals.tenant_id = exam_runs.tenant_id AND run_id = exam_runs.id ORDER BY approved_at, approved_by) AS approved_by
        """;

    private static readonly string[] MayRead = [Permissions.ExamManage, Permissions.ExamApprove];

    public Task<Outcome<View>> RequestAsync(Caller caller, Guid sessionId, Request request, CancellationToken cancellationToken) => database.InTransaction<View>(
        caller,
        async session =>
        {
            await ExamSight.NationalAsync(session, "exam-run-request", cancellationToken);
            var exam = await ExamSessions.FindAsync(session, caller, sessionId, "FOR UPDATE", cancellationToken);
            if (exam is null) return Problem.NotFound("session");
            var now = clock.GetUtcNow();
            var args = new { caller.TenantId, caller.Person, sessionId, id = request.Id ?? Guid.CreateVersion7(now), request.Reason, request.PublishAt, now };
            if (await FindAsync(session, caller, args.id, "", cancellationToken) is { } known)
                return known.SessionId == sessionId && known.Reason == request.Reason && known.RequestedBy == caller.Person ? known : ExamProblems.IdTaken;
            if (exam.MarksLockedAt is null) return ExamProblems.MarksNotLocked;
            return await session.SingleAsync<View>(
                $"""
                INSERT INTO exam_runs (tenant_id, id, session_id, number, state, reason, requested_by, requested_at, publish_at)
                SELECT @TenantId, @id, @sessionId, coalesce(max(number), 0) + 1, 'computing', @Reason, @Person, @now, @PublishAt FROM exam_runs WHERE tenant_id = @TenantId AND session_id = @sessionId
                RETURNING {Columns}
                """,
                args,
                cancellationToken);
        },
        cancellationToken);

    public Task<Outcome<View>> ReadAsync(Caller caller, Guid id, CancellationToken cancellationToken) => database.InTransaction<View>(
        caller,
        async session =>
        {
            if (!MayRead.Any(caller.Allows)) return CommonProblems.Forbidden;
            await ExamSight.NationalAsync(session, "exam-run", cancellationToken);
            return await FindAsync(session, caller, id, "", cancellationToken) is { } found ? found : Problem.NotFound("run");
        },
        cancellationToken);

    public Task<Outcome<Page<View>>> ListAsync(Caller caller, Guid sessionId, PageQuery page, CancellationToken cancellationToken) => database.InTransaction<Page<View>>(
        caller,
        async session =>
        {
            if (!MayRead.Any(caller.Allows)) return CommonProblems.Forbidden;
            await ExamSight.NationalAsync(session, "exam-runs", cancellationToken);
            if (await ExamSessions.FindAsync(session, caller, sessionId, "", cancellationToken) is null) return Problem.NotFound("session");
            return page.Of(
                await session.QueryAsync<View>(
                    $"SELECT {Columns} FROM exam_runs WHERE tenant_id = @TenantId AND session_id = @sessionId AND (@After::uuid IS NULL OR id < @After) ORDER BY id DESC LIMIT @limit",
                    new { caller.TenantId, sessionId, page.After, limit = page.Fetch() },
                    cancellationToken),
                run => run.Id);
        },
        cancellationToken);

    /// <summary>The second approval makes it ready for its instant.</summary>
    public Task<Outcome<View>> ApproveAsync(Caller caller, Guid id, Approval approval, CancellationToken cancellationToken) => database.InTransaction<View>(
        caller,
        async session =>
        {
            await ExamSight.NationalAsync(session, "exam-run-approval", cancellationToken);
            var run = await FindAsync(session, caller, id, "FOR UPDATE", cancellationToken);
            if (run is null) return Problem.NotFound("run");
            if (run.RequestedBy == caller.Person) return ExamProblems.AnotherPerson;
            if (run.ApprovedBy.Contains(caller.Person)) return run;
            if (run.State != "verified") return ExamProblems.RunState;
            if (run.Digest != approval.Digest) return ExamProblems.DigestDiffers;
            await session.ExecuteAsync(
                """
                INSERT INTO exam_approvals (tenant_id, run_id, approved_by, requested_by, digest, approved_at) VALUES (@TenantId, @id, @Person, @RequestedBy, @Digest, @now);
                UPDATE exam_runs SET state = 'approved', version = version + 1
                WHERE tenant_id = @TenantId AND id = @id AND (SELECT count(*) FROM exam_approvals WHERE tenant_id = @TenantId AND run_id = @id) >= 2
                """,
                new { caller.TenantId, caller.Person, id, run.RequestedBy, approval.Digest, now = clock.GetUtcNow() },
                cancellationToken);
            return (await FindAsync(session, caller, id, "", cancellationToken))!;
        },
        cancellationToken);

    /// <summary>Another instant of publication, as long as the old one has not come.</summary>
    public Task<Outcome<View>> PostponeAsync(Caller caller, Guid id, Postponement postponement, int? ifMatch, CancellationToken cancellationToken) =>
        ChangeAsync(caller, id, ifMatch, "publish_at = @PublishAt", new { postponement.PublishAt }, cancellationToken);

    /// <summary>Takes a run back that is not published; its results stay, seen by nobody but the office.</summary>
    public Task<Outcome<View>> CancelAsync(Caller caller, Guid id, CancellationToken cancellationToken) => ChangeAsync(caller, id, null, "state = 'cancelled'", new { }, cancellationToken);

    internal static Task<View?> FindAsync(Session session, Actor actor, Guid id, string suffix, CancellationToken cancellationToken) =>
        session.FirstAsync<View>($"SELECT {Columns} FROM exam_runs WHERE tenant_id = @TenantId AND id = @id {suffix}", new { actor.TenantId, id }, cancellationToken);

    private Task<Outcome<View>> ChangeAsync(Caller caller, Guid id, int? ifMatch, string set, object values, CancellationToken cancellationToken) => database.InTransaction<View>(
        caller,
        async session =>
        {
            await ExamSight.NationalAsync(session, "exam-run-change", cancellationToken);
            var run = await FindAsync(session, caller, id, "FOR UPDATE", cancellationToken);
            if (run is null) return Problem.NotFound("run");
            if (ifMatch is not null && ifMatch != run.Version) return CommonProblems.Stale;
            if (run.State is not ("computing" or "verified" or "approved")) return ExamProblems.RunState;
            var args = new Dapper.DynamicParameters(values);
            args.AddDynamicParams(new { caller.TenantId, id });
            return await session.SingleAsync<View>($"UPDATE exam_runs SET {set}, version = version + 1 WHERE tenant_id = @TenantId AND id = @id RETURNING {Columns}", args, cancellationToken);
        },
        cancellationToken);
}

/// <summary>What a session's results come to, without anybody's name.</summary>
public sealed record ExamTables
{
    public required long Candidates { get; init; }

    public required IReadOnlyList<SubjectTable> Subjects { get; init; }

    public required IReadOnlyList<DivisionCount> Divisions { get; init; }

    public sealed record SubjectTable
    {
        public required string Code { get; init; }

        public required string Name { get; init; }

        public required long Entered { get; init; }

        public required long Graded { get; init; }

        public required long Absent { get; init; }

        public required long Passed { get; init; }

        /// <summary>The mean score of those graded, in per cent to two places.</summary>
        public decimal? Mean { get; init; }

        public required IReadOnlyDictionary<string, long> Grades { get; init; }
    }

    /// <summary>How many candidates reached a division; null is none.</summary>
    public sealed record DivisionCount(string? Division, long Candidates);
}
