using System.ComponentModel.DataAnnotations;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Exams;

/// <summary>What a case is about.</summary>
public enum ExamCaseKind
{
    Malpractice,
    Consideration,
    Absence,
}

/// <summary>Opens cases (a centre reports, or the office) and decides them (the office alone). An open suspicion of malpractice withholds the candidate's results at once, everywhere.</summary>
public sealed class EditExamCase(Database database, CandidateSecret secrets, IssueExamCertificates certificates, TimeProvider clock)
{
    public sealed record Request
    {
        /// <summary>Chosen by the client, so that a repeated request opens one case.</summary>
        public Guid? Id { get; init; }

        /// <summary>The candidate's number.</summary>
        [StringLength(20, MinimumLength = 1), Example("C1-0001")]
        public required string Number { get; init; }

        /// <summary>The subject's code; all of the candidate's where this is null.</summary>
        [StringLength(20, MinimumLength = 1), Example("ENG")]
        public string? Subject { get; init; }

        public required ExamCaseKind Kind { get; init; }

        /// <summary>For special consideration: how many per cent are asked for.</summary>
        [Range(typeof(decimal), "0.01", "10"), Example(null!)]
        public decimal? Allowance { get; init; }

        [StringLength(2000, MinimumLength = 1), Example("Notes were found under the desk.")]
        public required string Reason { get; init; }
    }

    public sealed record Decision
    {
        public required bool Upheld { get; init; }

        [StringLength(2000, MinimumLength = 1), Example("The panel has heard the candidate.")]
        public required string Outcome { get; init; }
    }

    public sealed record View
    {
        public required Guid Id { get; init; }

        public required Guid SessionId { get; init; }

        public required Guid CentreId { get; init; }

        public required string Number { get; init; }

        public string? Subject { get; init; }

        public required ExamCaseKind Kind { get; init; }

        /// <summary>open, upheld or dismissed.</summary>
        public required string State { get; init; }

        public decimal? Allowance { get; init; }

        public required string Reason { get; init; }

        public string? Outcome { get; init; }

        public required int Version { get; init; }
    }

    private const string Select =
        """
        SELECT exam_cases.id, exam_cases.session_id, exam_cases.centre_id, number, exam_subjects.code AS subject, kind, state, allowance, reason, outcome, exam_cases.version
        FROM exam_cases
        JOIN exam_candidates ON exam_candidates.tenant_id = exam_cases.tenant_id AND exam_candidates.id = exam_cases.candidate_id
        LEFT JOIN exam_entries ON exam_entries.tenant_id = exam_cases.tenant_id AND exam_entries.id = entry_id
        LEFT JOIN exam_subjects ON exam_subjects.tenant_id = exam_cases.tenant_id AND exam_subjects.id = exam_entries.subject_id
        WHERE exam_cases.tenant_id = @TenantId
        """;

    public Task<Outcome<View>> OpenAsync(Caller caller, Guid sessionId, Request request, CancellationToken cancellationToken) => database.InTransaction<View>(
        caller,
        async session =>
        {
            if ((request.Kind == ExamCaseKind.Consideration) != (request.Allowance is not null)) return Problem.Invalid("/allowance", "allowance", "Special consideration says how many per cent; nothing else does.");
            if (request.Allowance is { } allowance && decimal.Round(allowance, 2) != allowance) return Problem.Invalid("/allowance", "places", "Two decimal places at most.");
            await ExamSight.EnterAsync(session, caller, Permissions.ExamCentre, "exam-case", cancellationToken);
            if (await ExamSessions.FindAsync(session, caller, sessionId, "", cancellationToken) is null) return Problem.NotFound("session");
            var now = clock.GetUtcNow();
            var args = new { caller.TenantId, caller.Person, sessionId, id = request.Id ?? Guid.CreateVersion7(now), request.Number, request.Subject, kind = request.Kind.ToString().ToLowerInvariant(), request.Allowance, request.Reason, now };
            var candidate = await session.FirstAsync<Guid?>("SELECT id FROM exam_candidates WHERE tenant_id = @TenantId AND session_id = @sessionId AND number = @Number", args, cancellationToken);
            if (candidate is null) return Problem.Invalid("/number", "unknown", "There is no such candidate, or it is not yours.");
            var added = await session.ExecuteAsync(
                """
                INSERT INTO exam_cases (tenant_id, id, session_id, centre_id, candidate_id, entry_id, kind, state, allowance, reason, created_at, created_by, updated_at, updated_by)
                SELECT @TenantId, @id, @sessionId, exam_candidates.centre_id, exam_candidates.id, exam_entries.id, @kind, 'open', @Allowance, @Reason, @now, @Person, @now, @Person
                FROM exam_candidates
                LEFT JOIN exam_subjects ON exam_subjects.tenant_id = @TenantId AND exam_subjects.session_id = @sessionId AND exam_subjects.code = @Subject
                LEFT JOIN exam_entries ON exam_entries.tenant_id = @TenantId AND exam_entries.candidate_id = exam_candidates.id AND exam_entries.subject_id = exam_subjects.id
                WHERE exam_candidates.tenant_id = @TenantId AND exam_candidates.session_id = @sessionId AND exam_candidates.number = @Number AND (@Subject::text IS NULL OR exam_entries.id IS NOT NULL)
                ON CONFLICT (tenant_id, id) DO NOTHING
                """,
                args,
                cancellationToken);
            var view = await session.FirstAsync<View>($"{Select} AND exam_cases.id = @id", args, cancellationToken);
            if (view is null) return Problem.Invalid("/subject", "unknown", "The candidate is not entered for this subject.");
            if (added == 0 && (view.Number, view.Subject, view.Kind, view.Reason) != (request.Number, request.Subject, request.Kind, request.Reason)) return ExamProblems.IdTaken;
            await ChangedAsync(session, caller, sessionId, cancellationToken);
            if (added > 0 && request.Kind == ExamCaseKind.Malpractice) await certificates.WithholdAsync(session, caller, sessionId, candidate.Value, cancellationToken);
            return view;
        },
        cancellationToken);

    public Task<Outcome<View>> DecideAsync(Caller caller, Guid id, Decision decision, int? ifMatch, CancellationToken cancellationToken) => database.InTransaction<View>(
        caller,
        async session =>
        {
            await ExamSight.NationalAsync(session, "exam-case-decision", cancellationToken);
            var args = new { caller.TenantId, caller.Person, id, state = decision.Upheld ? "upheld" : "dismissed", decision.Outcome, now = clock.GetUtcNow() };
            var known = await session.FirstAsync<View>($"{Select} AND exam_cases.id = @id FOR UPDATE OF exam_cases", args, cancellationToken);
            if (known is null) return Problem.NotFound("case");
            if (ifMatch is not null && ifMatch != known.Version) return CommonProblems.Stale;
            if (known.State != "open") return (known.State, known.Outcome) == (args.state, args.Outcome) ? known : ExamProblems.CaseDecided;
            await session.ExecuteAsync("UPDATE exam_cases SET state = @state, outcome = @Outcome, updated_at = @now, updated_by = @Person, version = version + 1 WHERE tenant_id = @TenantId AND id = @id", args, cancellationToken);
            await ChangedAsync(session, caller, known.SessionId, cancellationToken);
            if (known.Kind == ExamCaseKind.Malpractice && !decision.Upheld) await certificates.RenewAsync(session, caller, known.SessionId, known.Number, cancellationToken);
            return await session.SingleAsync<View>($"{Select} AND exam_cases.id = @id", args, cancellationToken);
        },
        cancellationToken);

    public Task<Outcome<Page<View>>> ListAsync(Caller caller, Guid sessionId, PageQuery page, CancellationToken cancellationToken) => database.InTransaction<Page<View>>(
        caller,
        async session =>
        {
            await ExamSight.EnterAsync(session, caller, Permissions.ExamCentre, "exam-cases", cancellationToken);
            if (await ExamSessions.FindAsync(session, caller, sessionId, "", cancellationToken) is null) return Problem.NotFound("session");
            return page.Of(
                await session.QueryAsync<View>($"{Select} AND exam_cases.session_id = @sessionId AND (@After::uuid IS NULL OR exam_cases.id < @After) ORDER BY exam_cases.id DESC LIMIT @limit",
                    new { caller.TenantId, sessionId, page.After, limit = page.Fetch() }, cancellationToken),
                view => view.Id);
        },
        cancellationToken);

    private async Task ChangedAsync(Session session, Caller caller, Guid sessionId, CancellationToken cancellationToken)
    {
        await session.ExecuteAsync("UPDATE exam_sessions SET generation = generation + 1 WHERE tenant_id = @TenantId AND id = @sessionId", new { caller.TenantId, sessionId }, cancellationToken);
        await secrets.ForgetAsync(session, sessionId);
    }
}
