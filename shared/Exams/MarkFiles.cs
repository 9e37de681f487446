using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Runtime.CompilerServices;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Databases;
using Podium.Platform.Files;
using Podium.Platform.Problems;

namespace Podium.Exams;

/// <summary>Asks for files of marks, tells what became of them, and where two entries of the same marks differ.</summary>
public sealed class MarkFiles(Database database, RequestUpload requestUpload, FilePurposes purposes, TimeProvider clock)
{
    public const string Purpose = "exam-marks";

    /// <summary>The errors that are kept of a file.</summary>
    public const int MostErrors = 10_000;

    public sealed record Request
    {
        /// <summary>Chosen by the client, so that a repeated request asks for one file.</summary>
        public Guid? Id { get; init; }

        [FileName, StringLength(255, MinimumLength = 1), Example("maths.csv")]
        public required string Name { get; init; }

        /// <summary>1: the marks; 2: the same entered again by another person, where the session compares; 3: what counts where they differ, and corrections.</summary>
        [Range(1, 3)]
        public int Round { get; init; } = 1;

        [Range(1, 1L << 30)]
        public long? Bytes { get; init; }

        /// <summary>Its SHA-256 in lower-case hexadecimal: what arrives must have it.</summary>
        [RegularExpression("[0-9a-f]{64}", ErrorMessage = "64 lower-case hexadecimal digits."), StringLength(64, MinimumLength = 64), Example("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
        public string? Sha256 { get; init; }
    }

    public sealed record Asked(View File, FileUpload Upload);

    public sealed record View
    {
        public required Guid Id { get; init; }

        public required Guid SessionId { get; init; }

        public required int EntryRound { get; init; }

        public required string Name { get; init; }

        /// <summary>awaiting, importing, imported or refused.</summary>
        public required string State { get; init; }

        /// <summary>Why it was refused: errors, or what the look at the file found.</summary>
        public string? Reason { get; init; }

        public string? Sha256 { get; init; }

        /// <summary>How many rows have been read so far.</summary>
        public required long Rows { get; init; }

        public required long Added { get; init; }

        public required long Changed { get; init; }

        public required long Unchanged { get; init; }

        public required long Errors { get; init; }

        public required Guid AskedBy { get; init; }

        public required DateTimeOffset AskedAt { get; init; }

        public DateTimeOffset? StartedAt { get; init; }

        public DateTimeOffset? FinishedAt { get; init; }
    }

    internal const string Columns = "id, session_id, entry_round, name, state, reason, sha256, rows, added, changed, unchanged, errors, asked_by, asked_at, started_at, finished_at";

    private sealed record Error(int Line, string Content, string Code, string Detail);

    private sealed record Difference(string Number, string Subject, string Paper, decimal? First, decimal? Second, bool HasFirst, bool HasSecond);

    public async Task<Outcome<Asked>> AskAsync(Caller caller, Guid sessionId, Request request, CancellationToken cancellationToken)
    {
        var asked = await database.InTransaction<StoredFile>(
            caller,
            async session =>
            {
                var exam = await ExamSessions.FindAsync(session, caller, sessionId, "FOR SHARE", cancellationToken);
                if (exam is null) return Problem.NotFound("session");
                if (exam.MarksLockedAt is not null) return ExamProblems.MarksLocked;
                if (request.Round == 2 && !exam.DoubleEntry) return Problem.Invalid("/round", "single-entry", "This session does not enter marks twice.");
                var now = clock.GetUtcNow();
                var added = await requestUpload.AddAsync(
                    session,
                    caller,
                    new FileOrder { Purpose = purposes.Get(Purpose), Id = request.Id ?? Guid.CreateVersion7(now), SubjectId = sessionId, Name = request.Name, Bytes = request.Bytes, Sha256 = request.Sha256 },
                    cancellationToken);
                if (added.Problem is not null) return added;
                await session.ExecuteAsync(
                    """
                    INSERT INTO exam_mark_files (tenant_id, id, session_id, entry_round, name, national, places, state, asked_by, asked_at)
                    VALUES (@TenantId, @Id, @sessionId, @Round, @Name, @national, @places, 'awaiting', @Person, @now)
                    ON CONFLICT (tenant_id, id) DO NOTHING
                    """,
                    new
                    {
                        caller.TenantId,
                        caller.Person,
                        added.Value!.Id,
                        sessionId,
                        Round = (short)request.Round,
                        request.Name,
                        national = caller.Allows(Permissions.ExamMarks),
                        places = ExamSight.PlacesOf(caller, Permissions.ExamMarks),
                        now,
                    },
                    cancellationToken);
                return added;
            },
            cancellationToken);
        if (asked.Problem is { } problem) return problem;
        var url = await requestUpload.UrlAsync(asked.Value!, cancellationToken);
        if (url.Problem is { } arrived) return arrived;
        var view = await ReadAsync(caller, asked.Value!.Id, cancellationToken);
        return view.Problem is { } gone ? gone : new Asked(view.Value!, url.Value!);
    }

    /// <summary>Who sent a file sees it, and who looks nationally.</summary>
    public Task<Outcome<View>> ReadAsync(Caller caller, Guid id, CancellationToken cancellationToken) => database.InTransaction<View>(
        caller,
        async session =>
        {
            await EnterAsync(session, caller, cancellationToken);
            return await session.FirstAsync<View>($"SELECT {Columns} FROM exam_mark_files WHERE tenant_id = @TenantId AND id = @id", new { caller.TenantId, id }, cancellationToken) is { } found
                ? found
                : Problem.NotFound("file");
        },
        cancellationToken);

    public Task<Outcome<Page<View>>> ListAsync(Caller caller, Guid sessionId, PageQuery page, CancellationToken cancellationToken) => database.InTransaction<Page<View>>(
        caller,
        async session =>
        {
            await EnterAsync(session, caller, cancellationToken);
            if (await ExamSessions.FindAsync(session, caller, sessionId, "", cancellationToken) is null) return Problem.NotFound("session");
            return page.Of(
                await session.QueryAsync<View>(
                    $"SELECT {Columns} FROM exam_mark_files WHERE tenant_id = @TenantId AND session_id = @sessionId AND (@After::uuid IS NULL OR id < @After) ORDER BY id DESC LIMIT @limit",
                    new { caller.TenantId, sessionId, page.After, limit = page.Fetch() },
                    cancellationToken),
                file => file.Id);
        },
        cancellationToken);

    /// <summary>What is wrong with a file, as a table to be worked through beside it.</summary>
    public async IAsyncEnumerable<string?[]> ErrorTableAsync(Caller caller, Guid id, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        yield return ["line", "code", "detail", "content"];
        var errors = await database.InTransaction(
            caller,
            async session =>
            {
                await EnterAsync(session, caller, cancellationToken);
                return await session.QueryAsync<Error>("SELECT line, content, code, detail FROM exam_mark_errors WHERE tenant_id = @TenantId AND file_id = @id ORDER BY line, number", new { caller.TenantId, id }, cancellationToken);
            },
            cancellationToken);
        foreach (var error in errors) yield return [error.Line.ToString(CultureInfo.InvariantCulture), error.Code, error.Detail, error.Content];
    }

    /// <summary>Marks whose two entries differ, or that were entered once only, and that no third round has settled; the first ten thousand.</summary>
    public async IAsyncEnumerable<string?[]> DifferenceTableAsync(Caller caller, Guid sessionId, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        yield return ["number", "subject", "paper", "first", "second"];
        var differences = await database.InTransaction(
            caller,
            async session =>
            {
                await ExamSight.EnterAsync(session, caller, Permissions.ExamMarks, "exam-mark-differences", cancellationToken);
                return await session.QueryAsync<Difference>(
                    """
                    SELECT exam_candidates.number, exam_subjects.code AS subject, exam_papers.code AS paper,
                           max(mark) FILTER (WHERE entry_round = 1) AS first, max(mark) FILTER (WHERE entry_round = 2) AS second,
                           bool_or(entry_round = 1) AS has_first, bool_or(entry_round = 2) AS has_second
                    FROM exam_sessions
                    JOIN exam_subjects ON exam_subjects.tenant_id = @TenantId AND exam_subjects.session_id = exam_sessions.id
                    JOIN exam_papers ON exam_papers.tenant_id = @TenantId AND exam_papers.subject_id = exam_subjects.id
                    JOIN exam_marks ON exam_marks.tenant_id = @TenantId AND exam_marks.year_at = exam_sessions.year_at AND paper_id = exam_papers.id
                    JOIN exam_entries ON exam_entries.tenant_id = @TenantId AND exam_entries.id = entry_id
                    JOIN exam_candidates ON exam_candidates.tenant_id = @TenantId AND exam_candidates.id = exam_entries.candidate_id
                    WHERE exam_sessions.tenant_id = @TenantId AND exam_sessions.id = @sessionId AND double_entry
                    GROUP BY exam_candidates.number, exam_subjects.code, exam_papers.code
                    HAVING NOT bool_or(entry_round = 3)
                       AND (count(*) <> 2 OR max(mark) FILTER (WHERE entry_round = 1) IS DISTINCT FROM max(mark) FILTER (WHERE entry_round = 2))
                    ORDER BY exam_candidates.number, exam_subjects.code, exam_papers.code
                    LIMIT 10000
                    """,
                    new { caller.TenantId, sessionId },
                    cancellationToken);
            },
            cancellationToken);
        foreach (var one in differences) yield return [one.Number, one.Subject, one.Paper, TextOf(one.HasFirst, one.First), TextOf(one.HasSecond, one.Second)];
    }

    private static string? TextOf(bool entered, decimal? mark) => !entered ? null : mark is null ? "ABS" : mark.Value.ToString("0.##", CultureInfo.InvariantCulture);

    // one's own uploads are seen without a place
    private static Task EnterAsync(Session session, Caller caller, CancellationToken cancellationToken) => ExamSight.EnterAsync(session, caller, Permissions.ExamMarks, "exam-mark-files", cancellationToken);
}
