using Podium.Competitions;
using Podium.Platform.Access;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Exams;

/// <summary>Enters candidates for subjects by a table: number, subject; perhaps status (entered or withdrawn).</summary>
public sealed class ImportEntries(Database database, TimeProvider clock)
{
    private sealed record Candidate(Guid Id, Guid CentreId, string Number);

    private sealed record Subject(Guid Id, string Code);

    private sealed record Known(Guid CandidateId, Guid SubjectId, bool Withdrawn);

    private sealed record Row(Candidate Candidate, Guid SubjectId, bool Withdrawn);

    public async Task<Outcome<Import.Result>> Run(Caller caller, Guid sessionId, Import.Request request, CancellationToken cancellationToken)
    {
        var (sheet, refusal) = Import.Open(request);
        return await database.InTransaction<Import.Result>(
            caller,
            async session =>
            {
                await ExamSight.EnterAsync(session, caller, Permissions.ExamCentre, "exam-entries-import", cancellationToken);
                var exam = await ExamSessions.FindAsync(session, caller, sessionId, "FOR SHARE", cancellationToken);
                if (exam is null) return Problem.NotFound("session");
                if (exam.MarksLockedAt is not null) return ExamProblems.MarksLocked;
                if (sheet is null) return refusal!;
                sheet.Begin();
                sheet.Need("number", "subject");
                if (sheet.Errors.Count > 0) return sheet.Result(applied: false);
                await session.ExecuteAsync("SELECT pg_advisory_xact_lock(hashtextextended('import entries ' || @sessionId, 0))", new { sessionId }, cancellationToken);
                var numbers = sheet.Rows.Select(row => sheet.Cell(row, "number").ToUpperInvariant()).Distinct().ToArray();
                var (candidates, subjects, known) = await session.QueryManyAsync(
                    """
                    SELECT id, centre_id, number FROM exam_candidates WHERE tenant_id = @TenantId AND session_id = @sessionId AND number = ANY (@numbers);
                    SELECT id, code FROM exam_subjects WHERE tenant_id = @TenantId AND session_id = @sessionId;
                    SELECT candidate_id, subject_id, withdrawn_at IS NOT NULL AS withdrawn FROM exam_entries
                    WHERE tenant_id = @TenantId AND candidate_id IN (SELECT id FROM exam_candidates WHERE tenant_id = @TenantId AND session_id = @sessionId AND number = ANY (@numbers))
                    """,
                    new { caller.TenantId, sessionId, numbers },
                    async results => ((await results.ReadAsync<Candidate>()).ToDictionary(candidate => candidate.Number), (await results.ReadAsync<Subject>()).ToDictionary(subject => subject.Code, subject => subject.Id),
                        (await results.ReadAsync<Known>()).ToDictionary(entry => (entry.CandidateId, entry.SubjectId), entry => entry.Withdrawn)),
                    cancellationToken);
                var rows = Read(sheet, candidates, subjects, known);
                if (sheet.Errors.Count > 0 || request.Preview) return sheet.Result(applied: false);
                await WriteAsync(session, caller, sessionId, rows, cancellationToken);
                return sheet.Result(applied: true);
            },
            cancellationToken);
    }

    private static List<Row> Read(Import.Sheet sheet, Dictionary<string, Candidate> candidates, Dictionary<string, Guid> subjects, Dictionary<(Guid, Guid), bool> known)
    {
        var lines = new Dictionary<(string, string), int>();
        var rows = new List<Row>();
        foreach (var row in sheet.Rows)
        {
            var before = sheet.Errors.Count;
            var (number, subject) = (ExamCode.Read(sheet, row, "number", required: true), ExamCode.Read(sheet, row, "subject", required: true));
            var status = sheet.Text(row, "status", 20, required: false) ?? "entered";
            if (status is not ("entered" or "withdrawn")) sheet.Say(row, "status", "unknown", "It is entered or withdrawn.");
            if (number is not null && !candidates.ContainsKey(number)) sheet.Say(row, "number", "unknown", "There is no such candidate, or it is not yours.");
            if (subject is not null && !subjects.ContainsKey(subject)) sheet.Say(row, "subject", "unknown", "The session has no such subject.");
            if (number is not null && subject is not null && !lines.TryAdd((number, subject), row.Line)) sheet.Say(row, "subject", "repeated", $"This entry stands in line {lines[(number, subject)]} already.");
            if (sheet.Errors.Count > before) continue;
            var entry = new Row(candidates[number!], subjects[subject!], status == "withdrawn");
            var isKnown = known.TryGetValue((entry.Candidate.Id, entry.SubjectId), out var withdrawn);
            sheet.Effects[!isKnown ? Import.Effect.Add : withdrawn == entry.Withdrawn ? Import.Effect.Keep : Import.Effect.Change]++;
            rows.Add(entry);
        }
        return rows;
    }

    private Task WriteAsync(Session session, Caller caller, Guid sessionId, List<Row> rows, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        return session.ExecuteAsync(
            """
            INSERT INTO exam_entries (tenant_id, id, session_id, centre_id, candidate_id, subject_id, withdrawn_at, created_at, created_by, updated_at, updated_by)
            SELECT @TenantId, id, @sessionId, centre_id, candidate_id, subject_id, CASE WHEN withdrawn THEN @now::timestamptz END, @now, @Person, @now, @Person
            FROM unnest(@ids, @centres, @candidates, @subjects, @withdrawn::boolean[]) AS given (id, centre_id, candidate_id, subject_id, withdrawn)
            ON CONFLICT (tenant_id, candidate_id, subject_id) DO UPDATE SET withdrawn_at = excluded.withdrawn_at, updated_at = @now, updated_by = @Person
            WHERE (exam_entries.withdrawn_at IS NULL) <> (excluded.withdrawn_at IS NULL)
            """,
            new
            {
                caller.TenantId,
                caller.Person,
                sessionId,
                now,
                ids = rows.Select(_ => Guid.CreateVersion7(now)).ToArray(),
                centres = rows.Select(row => row.Candidate.CentreId).ToArray(),
                candidates = rows.Select(row => row.Candidate.Id).ToArray(),
                subjects = rows.Select(row => row.SubjectId).ToArray(),
                withdrawn = rows.Select(row => row.Withdrawn ? "t" : "f").ToArray(),
            },
            cancellationToken);
    }
}
