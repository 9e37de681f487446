using System.ComponentModel.DataAnnotations;
using System.Globalization;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Exams;

/// <summary>
/// Re-marks of published results: a centre asks within the deadline, the fee is noted, the office decides. Marks that change are settled in the third round, and what was published is computed anew:
/// it is issued again as soon as two persons approve.
/// </summary>
public sealed class ExamAppeals(Database database, ExamRuns runs, TimeProvider clock)
{
    public sealed record Request
    {
        /// <summary>Chosen by the client, so that a repeated request asks once.</summary>
        public Guid? Id { get; init; }

        [StringLength(20, MinimumLength = 1), Example("C1-0001")]
        public required string Number { get; init; }

        [StringLength(20, MinimumLength = 1), Example("ENG")]
        public required string Subject { get; init; }

        [StringLength(2000, MinimumLength = 1), Example("A page seems not to have been marked.")]
        public required string Reason { get; init; }
    }

    public sealed record Fee
    {
        /// <summary>By what the payment can be found.</summary>
        [StringLength(100, MinimumLength = 1), Example("Receipt 4711")]
        public required string Reference { get; init; }
    }

    public sealed record Decision
    {
        [StringLength(2000, MinimumLength = 1), Example("Page 4 was not marked.")]
        public required string Outcome { get; init; }

        /// <summary>The marks that count from now on; none where the result stands.</summary>
        [MaxLength(10), Example(new string[0])]
        public IReadOnlyList<NewMark> Marks { get; init; } = [];
    }

    public sealed record NewMark
    {
        [StringLength(20, MinimumLength = 1), Example("1")]
        public required string Paper { get; init; }

        /// <summary>To two places.</summary>
        [Range(typeof(decimal), "0", "9999.99"), Example(51)]
        public required decimal Mark { get; init; }
    }

    public sealed record View
    {
        public required Guid Id { get; init; }

        public required Guid SessionId { get; init; }

        public required Guid CentreId { get; init; }

        public required string Number { get; init; }

        public required string Subject { get; init; }

        /// <summary>The published computation that it is about.</summary>
        public required Guid RunId { get; init; }

        /// <summary>requested, changed or confirmed.</summary>
        public required string State { get; init; }

        public required string Reason { get; init; }

        public string? Fee { get; init; }

        /// <summary>By what the payment can be found; null where it is not noted.</summary>
        public string? FeeReference { get; init; }

        public string? Outcome { get; init; }

        public required DateTimeOffset CreatedAt { get; init; }

        public required int Version { get; init; }
    }

    /// <summary>The appeal, and the computation that its changes have begun.</summary>
    public sealed record Decided(View Appeal, ExamRuns.View? Run);

    private sealed record Paper(Guid Id, string Code, decimal MaxMark);

    private sealed record Entry(Guid EntryId, Guid CandidateId, Guid CentreId, Guid RunId);

    private const string Select =
        """
        SELECT exam_appeals.id, exam_appeals.session_id, exam_appeals.centre_id, number, exam_subjects.code AS subject, run_id, state, reason, fee, fee_reference, outcome, exam_appeals.created_at, exam_appeals.version
        FROM exam_appeals
        JOIN exam_candidates ON exam_candidates.tenant_id = exam_appeals.tenant_id AND exam_candidates.id = exam_appeals.candidate_id
        JOIN exam_entries ON exam_entries.tenant_id = exam_appeals.tenant_id AND exam_entries.id = entry_id
        JOIN exam_subjects ON exam_subjects.tenant_id = exam_appeals.tenant_id AND exam_subjects.id = exam_entries.subject_id
        WHERE exam_appeals.tenant_id = @TenantId
        """;

    public Task<Outcome<View>> AskAsync(Caller caller, Guid sessionId, Request request, CancellationToken cancellationToken) => database.InTransaction<View>(
        caller,
        async session =>
        {
            await ExamSight.EnterAsync(session, caller, Permissions.ExamCentre, "exam-appeal", cancellationToken);
            var exam = await ExamSessions.FindAsync(session, caller, sessionId, "FOR SHARE", cancellationToken);
            if (exam is null) return Problem.NotFound("session");
            var now = clock.GetUtcNow();
            var args = new { caller.TenantId, caller.Person, sessionId, id = request.Id ?? Guid.CreateVersion7(now), request.Number, request.Subject, request.Reason, exam.AppealFee, now };
            if (await session.FirstAsync<View>($"{Select} AND exam_appeals.id = @id", args, cancellationToken) is { } known)
                return (known.Number, known.Subject, known.Reason) == (request.Number, request.Subject, request.Reason) ? known : ExamProblems.IdTaken;
            if (exam.PublishedAt is null || exam.AppealsUntil is null || exam.AppealsUntil < now) return ExamProblems.AppealsClosed;
            var entry = await session.FirstAsync<Entry>(
                """
                SELECT exam_entries.id AS entry_id, candidate_id, exam_entries.centre_id, published_run_id AS run_id
                FROM exam_sessions
                JOIN exam_candidates ON exam_candidates.tenant_id = @TenantId AND exam_candidates.session_id = exam_sessions.id AND exam_candidates.number = @Number
                JOIN exam_subjects ON exam_subjects.tenant_id = @TenantId AND exam_subjects.session_id = exam_sessions.id AND exam_subjects.code = @Subject
                JOIN exam_entries ON exam_entries.tenant_id = @TenantId AND exam_entries.candidate_id = exam_candidates.id AND exam_entries.subject_id = exam_subjects.id AND withdrawn_at IS NULL
                WHERE exam_sessions.tenant_id = @TenantId AND exam_sessions.id = @sessionId
                """,
                args,
                cancellationToken);
            if (entry is null) return Problem.Invalid("/number", "unknown", "There is no such entry, or it is not yours.");
            await session.ExecuteAsync(
                """
                INSERT INTO exam_appeals (tenant_id, id, session_id, centre_id, candidate_id, entry_id, run_id, state, reason, fee, created_at, created_by, updated_at, updated_by)
                VALUES (@TenantId, @id, @sessionId, @CentreId, @CandidateId, @EntryId, @RunId, 'requested', @Reason, @AppealFee, @now, @Person, @now, @Person)
                """,
                new { args.TenantId, args.Person, args.id, args.sessionId, args.Reason, args.AppealFee, args.now, entry.CentreId, entry.CandidateId, entry.EntryId, entry.RunId },
                cancellationToken);
            return await session.SingleAsync<View>($"{Select} AND exam_appeals.id = @id", args, cancellationToken);
        },
        cancellationToken);

    public Task<Outcome<Page<View>>> ListAsync(Caller caller, Guid sessionId, PageQuery page, CancellationToken cancellationToken) => database.InTransaction<Page<View>>(
        caller,
        async session =>
        {
            await ExamSight.EnterAsync(session, caller, Permissions.ExamCentre, "exam-appeals", cancellationToken);
            if (await ExamSessions.FindAsync(session, caller, sessionId, "", cancellationToken) is null) return Problem.NotFound("session");
            return page.Of(
                await session.QueryAsync<View>($"{Select} AND exam_appeals.session_id = @sessionId AND (@After::uuid IS NULL OR exam_appeals.id < @After) ORDER BY exam_appeals.id DESC LIMIT @limit",
                    new { caller.TenantId, sessionId, page.After, limit = page.Fetch() }, cancellationToken),
                view => view.Id);
        },
        cancellationToken);

    /// <summary>Notes that the fee is paid; the same again changes nothing.</summary>
    public Task<Outcome<View>> NoteFeeAsync(Caller caller, Guid id, Fee fee, CancellationToken cancellationToken) => database.InTransaction<View>(
        caller,
        async session =>
        {
            var (known, problem) = await LockAsync(session, caller, id, null, cancellationToken);
            if (known is null) return problem!;
            if (known.State != "requested") return ExamProblems.AppealDecided;
            await session.ExecuteAsync(
                "UPDATE exam_appeals SET fee_reference = @Reference, updated_at = @now, updated_by = @Person, version = version + 1 WHERE tenant_id = @TenantId AND id = @id AND fee_reference IS DISTINCT FROM @Reference",
                new { caller.TenantId, caller.Person, id, fee.Reference, now = clock.GetUtcNow() },
                cancellationToken);
            return await session.SingleAsync<View>($"{Select} AND exam_appeals.id = @id", new { caller.TenantId, id }, cancellationToken);
        },
        cancellationToken);

    /// <summary>Decides; where marks change, computes the session anew, to be approved and published in the place of the old.</summary>
    public async Task<Outcome<Decided>> DecideAsync(Caller caller, Guid id, Decision decision, int? ifMatch, CancellationToken cancellationToken)
    {
        var decided = await database.InTransaction<View>(
            caller,
            async session =>
            {
                var (known, problem) = await LockAsync(session, caller, id, ifMatch, cancellationToken);
                if (known is null) return problem!;
                var state = decision.Marks.Count > 0 ? "changed" : "confirmed";
                if (known.State != "requested") return (known.State, known.Outcome) == (state, decision.Outcome) ? known : ExamProblems.AppealDecided;
                if (known is { Fee: not null, FeeReference: null }) return ExamProblems.FeeUnpaid;
                if (await EditExamSession.LockAsync(session, caller, known.SessionId, null, cancellationToken) is { } underWay) return underWay;
                if (decision.Marks.Count > 0 && await ChangeMarksAsync(session, caller, id, decision.Marks, cancellationToken) is { } fault) return fault;
                await session.ExecuteAsync(
                    "UPDATE exam_appeals SET state = @state, outcome = @Outcome, updated_at = @now, updated_by = @Person, version = version + 1 WHERE tenant_id = @TenantId AND id = @id",
                    new { caller.TenantId, caller.Person, id, state, decision.Outcome, now = clock.GetUtcNow() },
                    cancellationToken);
                return await session.SingleAsync<View>($"{Select} AND exam_appeals.id = @id", new { caller.TenantId, id }, cancellationToken);
            },
            cancellationToken);
        if (decided.Problem is { } refused) return refused;
        var appeal = decided.Value!;
        if (appeal.State != "changed") return new Decided(appeal, null);
        // the appeal's id is the run's: a repeated decision computes once
        var run = await runs.RequestAsync(
            caller, appeal.SessionId, new ExamRuns.Request { Id = appeal.Id, Reason = $"Re-mark of {appeal.Number} in {appeal.Subject}", PublishAt = clock.GetUtcNow() }, cancellationToken);
        return run.Problem is { } problem ? problem : new Decided(appeal, run.Value);
    }

    private async Task<Problem?> ChangeMarksAsync(Session session, Caller caller, Guid id, IReadOnlyList<NewMark> marks, CancellationToken cancellationToken)
    {
        if (marks.Select(mark => mark.Paper).Distinct().Count() < marks.Count) return Problem.Invalid("/marks", "repeated", "Each paper stands once.");
        var papers = (await session.QueryAsync<Paper>(
            """
            SELECT exam_papers.id, code, max_mark FROM exam_papers
            WHERE tenant_id = @TenantId AND subject_id = (
                SELECT subject_id FROM exam_entries WHERE tenant_id = @TenantId AND id = (SELECT entry_id FROM exam_appeals WHERE tenant_id = @TenantId AND id = @id))
            """,
            new { caller.TenantId, id },
            cancellationToken)).ToDictionary(paper => paper.Code);
        for (var at = 0; at < marks.Count; at++)
        {
            if (!papers.TryGetValue(marks[at].Paper, out var paper)) return Problem.Invalid($"/marks/{at}/paper", "unknown", "The subject has no such paper.");
            if (marks[at].Mark > paper.MaxMark || decimal.Round(marks[at].Mark, 2) != marks[at].Mark)
                return Problem.Invalid($"/marks/{at}/mark", "mark", string.Create(CultureInfo.InvariantCulture, $"At most {paper.MaxMark}, with two decimal places at most."));
        }
        // the appeal stands for the file that the marks came by
        await session.ExecuteAsync(
            """
            INSERT INTO exam_mark_files (tenant_id, id, session_id, entry_round, name, national, places, state, rows, asked_by, asked_at, started_at, finished_at)
            SELECT tenant_id, id, session_id, 3, 'appeal', true, '{}', 'imported', cardinality(@papers), @Person, @now, @now, @now FROM exam_appeals WHERE tenant_id = @TenantId AND id = @id;

            WITH given AS (
                SELECT exam_sessions.year_at, paper, mark::numeric AS mark, entry_id, exam_appeals.centre_id
                FROM exam_appeals JOIN exam_sessions ON exam_sessions.tenant_id = @TenantId AND exam_sessions.id = session_id CROSS JOIN unnest(@papers, @marks) AS given (paper, mark)
                WHERE exam_appeals.tenant_id = @TenantId AND exam_appeals.id = @id
            ), noted AS (
                INSERT INTO exam_mark_changes (tenant_id, paper_id, entry_id, centre_id, entry_round, changed_at, changed_by, old_mark, new_mark, old_file_id, new_file_id)
                SELECT @TenantId, paper, given.entry_id, given.centre_id, 3, @now, @Person, was.mark, given.mark, was.file_id, @id
                FROM given CROSS JOIN LATERAL (
                    SELECT mark, file_id FROM exam_marks WHERE tenant_id = @TenantId AND exam_marks.year_at = given.year_at AND paper_id = paper AND exam_marks.entry_id = given.entry_id AND entry_round <> 2
                    ORDER BY entry_round DESC LIMIT 1) AS was
            )
            INSERT INTO exam_marks (tenant_id, year_at, paper_id, entry_id, centre_id, file_id, entry_round, mark)
            SELECT @TenantId, year_at, paper, entry_id, centre_id, @id, 3, mark FROM given
            ON CONFLICT (tenant_id, year_at, paper_id, entry_id, entry_round) DO UPDATE SET mark = excluded.mark, file_id = excluded.file_id
            """,
            new
            {
                caller.TenantId,
                caller.Person,
                id,
                now = clock.GetUtcNow(),
                papers = marks.Select(mark => papers[mark.Paper].Id).ToArray(),
                marks = marks.Select(mark => mark.Mark.ToString(CultureInfo.InvariantCulture)).ToArray(),
            },
            cancellationToken);
        return null;
    }

    private static async Task<(View? Known, Problem? Problem)> LockAsync(Session session, Caller caller, Guid id, int? ifMatch, CancellationToken cancellationToken)
    {
        await ExamSight.NationalAsync(session, "exam-appeal-decision", cancellationToken);
        var known = await session.FirstAsync<View>($"{Select} AND exam_appeals.id = @id FOR UPDATE OF exam_appeals", new { caller.TenantId, id }, cancellationToken);
        if (known is null) return (null, Problem.NotFound("appeal"));
        return ifMatch is not null && ifMatch != known.Version ? (null, new Problem(CommonProblems.Stale)) : (known, null);
    }
}
