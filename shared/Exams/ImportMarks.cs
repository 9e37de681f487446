using Dapper;
using Npgsql;
using NpgsqlTypes;
using Podium.Platform.Databases;
using Podium.Platform.Files;
using Podium.Platform.Messaging;

namespace Podium.Exams;

/// <summary>
/// Takes an accepted file of marks in: streams it into a temporary table, block by block, then joins every row to its entry and writes all of them in one transaction, or none.
/// It runs as who sent the file, so row-level security knows no candidate of another centre. A kill anywhere costs a run that begins again.
/// </summary>
public sealed class ImportMarks(Database database, FileStore store, TimeProvider clock)
{
    public const string Subject = "exam-marks-decided";

    private const int Block = 50_000;

    private sealed record Order(Guid SessionId, short EntryRound, bool National, Guid[] Places);

    private sealed record Exam(DateTimeOffset YearAt, DateTimeOffset? MarksLockedAt, bool DoubleEntry);

    /// <summary>One import under way on a connection of its own.</summary>
    private sealed record Work(NpgsqlConnection Connection, Actor Actor, Guid FileId, Order Order, IReadOnlyList<MarkLines.Paper> Papers)
    {
        public List<(int Line, string Content, string Code, string Detail)> Errors { get; } = [];

        public long Wrong { get; set; }

        public long Rows { get; set; }

        public void Say(int line, string content, string code, string detail)
        {
            Wrong++;
            if (Errors.Count < MarkFiles.MostErrors) Errors.Add((line, content, code, detail));
        }
    }

    private sealed class RefusedException(string reason) : Exception(reason)
    {
        public string Reason => Message;
    }

    public async Task Run(Delivery delivery, CancellationToken cancellationToken)
    {
        var decision = delivery.Read<FileDecision>();
        if (decision.State is FileStates.Revoked or FileStates.Restored) return;
        var file = await database.As(delivery.Actor).FirstAsync<StoredFile>($"SELECT {StoredFile.Columns} FROM files WHERE tenant_id = @TenantId AND id = @FileId", new { delivery.Actor.TenantId, decision.FileId }, cancellationToken)
            ?? throw new UnreadableMessageException("unknown-file", $"There is no file {decision.FileId}.");
        var actor = delivery.Actor with { UserId = file.OwnerId };
        if (decision.State != FileStates.Accepted)
        {
            await FinishAsync(actor, file.Id, file.FaultsOf().FirstOrDefault()?.Code ?? decision.State, cancellationToken);
            return;
        }
        var order = await database.As(actor).FirstAsync<Order>(
            """
            UPDATE exam_mark_files SET state = 'importing', started_at = @now, rows = 0, sha256 = @Sha256
            WHERE tenant_id = @TenantId AND id = @Id AND state IN ('awaiting', 'importing')
            RETURNING session_id, entry_round, national, places
            """,
            new { actor.TenantId, file.Id, file.Sha256, now = clock.GetUtcNow() },
            cancellationToken);
        // decided by an earlier delivery of the same message
        if (order is null) return;
        await ImportAsync(actor, file, order, cancellationToken);
    }

    private async Task ImportAsync(Actor actor, StoredFile file, Order order, CancellationToken cancellationToken)
    {
        var papers = await database.As(actor).QueryAsync<MarkLines.Paper>(
            """
            SELECT exam_papers.id, subject_id, exam_subjects.code AS subject, exam_papers.code, max_mark
            FROM exam_papers JOIN exam_subjects ON exam_subjects.tenant_id = @TenantId AND exam_subjects.id = subject_id
            WHERE exam_papers.tenant_id = @TenantId AND session_id = @SessionId
            ORDER BY exam_papers.id
            """,
            new { actor.TenantId, order.SessionId },
            cancellationToken);
        await using var connection = await database.Source(actor.Shard, DatabaseRole.App).OpenConnectionAsync(cancellationToken);
        var work = new Work(connection, actor, file.Id, order, papers);
        try
        {
            await StageAsync(work, file, cancellationToken);
            await WriteAsync(work, cancellationToken);
        }
        catch (RefusedException refused)
        {
            await RefuseAsync(work, refused.Reason, cancellationToken);
        }
        finally
        {
            await connection.ExecuteAsync("DROP TABLE IF EXISTS pg_temp.mark_lines");
        }
    }

    // no WAL and nothing that others wait for: what is staged is nobody's until it is whole
    private async Task StageAsync(Work work, StoredFile file, CancellationToken cancellationToken)
    {
        await work.Connection.ExecuteAsync("DROP TABLE IF EXISTS pg_temp.mark_lines; CREATE TEMP TABLE mark_lines (line integer NOT NULL, number text COLLATE \"C\" NOT NULL, paper smallint NOT NULL, mark integer)");
        var found = await store.FindAsync(file.Place, cancellationToken) ?? throw new RefusedException("content-gone");
        await using var content = await store.OpenAsync(file.Place, found.ETag, cancellationToken);
        using var text = new StreamReader(content, detectEncodingFromByteOrderMarks: true, bufferSize: 256 * 1024);
        var lines = new MarkLines(text, work.Papers);
        if (await lines.BeginAsync(cancellationToken) is { } fault)
        {
            work.Say(1, "", "header", fault);
            throw new RefusedException("errors");
        }
        var more = true;
        while (more)
        {
            await using (var copy = await work.Connection.BeginBinaryImportAsync("COPY pg_temp.mark_lines (line, number, paper, mark) FROM STDIN (FORMAT binary)", cancellationToken))
            {
                more = await CopyAsync(work, lines, copy, cancellationToken);
                await copy.CompleteAsync(cancellationToken);
            }
            await AsActorAsync(work, "UPDATE exam_mark_files SET rows = @Rows WHERE tenant_id = @TenantId AND id = @FileId", cancellationToken);
        }
        if (work.Wrong == 0 && work.Rows == 0) work.Say(1, "", "empty", "The table has no rows.");
        await work.Connection.ExecuteAsync("ANALYZE pg_temp.mark_lines");
    }

    private static async Task<bool> CopyAsync(Work work, MarkLines lines, NpgsqlBinaryImporter copy, CancellationToken cancellationToken)
    {
        for (var rows = 0; rows < Block;)
        {
            while (rows < Block && lines.TryRead(out var line))
            {
                rows++;
                work.Rows++;
                if (line.Fault is not null)
                {
                    work.Say(line.Line, line.Content!, line.Fault, line.Detail!);
                    continue;
                }
                await copy.StartRowAsync(cancellationToken);
                await copy.WriteAsync(line.Line, NpgsqlDbType.Integer, cancellationToken);
                await copy.WriteAsync(line.Number, NpgsqlDbType.Text, cancellationToken);
                await copy.WriteAsync(line.Paper, NpgsqlDbType.Smallint, cancellationToken);
                if (line.Hundredths is { } mark) await copy.WriteAsync(mark, NpgsqlDbType.Integer, cancellationToken);
                else await copy.WriteNullAsync(cancellationToken);
            }
            if (rows < Block && !await lines.FillAsync(cancellationToken)) return false;
        }
        return true;
    }

    private const string Joined =
        """
        FROM pg_temp.mark_lines
        JOIN unnest(@papers, @subjects) WITH ORDINALITY AS paper (id, subject_id, place) ON paper.place = mark_lines.paper + 1
        JOIN exam_candidates ON exam_candidates.tenant_id = @TenantId AND exam_candidates.session_id = @SessionId AND exam_candidates.number = mark_lines.number
        JOIN exam_entries ON exam_entries.tenant_id = @TenantId AND exam_entries.session_id = @SessionId AND exam_entries.candidate_id = exam_candidates.id
             AND exam_entries.subject_id = paper.subject_id AND exam_entries.withdrawn_at IS NULL
        """;

    private async Task WriteAsync(Work work, CancellationToken cancellationToken)
    {
        if (work.Wrong > 0) throw new RefusedException("errors");
        try
        {
            await using var transaction = await work.Connection.BeginTransactionAsync(cancellationToken);
            await EnterAsync(work, transaction, cancellationToken);
            var exam = await work.Connection.QuerySingleAsync<Exam>("SELECT year_at, marks_locked_at, double_entry FROM exam_sessions WHERE tenant_id = @TenantId AND id = @SessionId FOR SHARE", Args(work), transaction);
            if (exam.MarksLockedAt is not null) throw new RefusedException("marks-locked");
            var state = await work.Connection.QuerySingleAsync<string>("SELECT state FROM exam_mark_files WHERE tenant_id = @TenantId AND id = @FileId FOR UPDATE", Args(work), transaction);
            if (state != "importing") return;
            // files of one session's round take turns: what one adds, the other finds
            await work.Connection.ExecuteAsync("SELECT pg_advisory_xact_lock(hashtextextended('exam marks ' || @SessionId || @EntryRound, 0))", Args(work), transaction);
            if (work.Order.EntryRound == 2) await RefuseSamePersonAsync(work, exam, transaction);
            var (added, changed) = await IsFirstAsync(work, exam, transaction)
                ? (await InsertAsync(work, exam, "", transaction), 0)
                : await UpsertAsync(work, exam, transaction);
            await work.Connection.ExecuteAsync(
                """
                DELETE FROM exam_mark_errors WHERE tenant_id = @TenantId AND file_id = @FileId;
                UPDATE exam_mark_files SET state = 'imported', rows = @Rows, added = @added, changed = @changed, unchanged = @Rows - @added - @changed, errors = 0, finished_at = @now
                WHERE tenant_id = @TenantId AND id = @FileId
                """,
                Args(work, new { added, changed }),
                transaction);
            await transaction.CommitAsync(CancellationToken.None);
        }
        catch (PostgresException error) when (error.SqlState is PostgresErrorCodes.UniqueViolation or PostgresErrorCodes.CardinalityViolation)
        {
            await FindErrorsAsync(work, cancellationToken);
            throw new RefusedException("errors");
        }
    }

    private Task<bool> IsFirstAsync(Work work, Exam exam, NpgsqlTransaction transaction) => work.Connection.QuerySingleAsync<bool>(
        "SELECT NOT EXISTS (SELECT FROM exam_marks WHERE tenant_id = @TenantId AND year_at = @YearAt AND paper_id = ANY (@papers) AND entry_round = @EntryRound)", Args(work, new { exam.YearAt }), transaction);

    // by key, so that the index grows at its end; fewer than there are lines means that some have no entry
    private async Task<long> InsertAsync(Work work, Exam exam, string conflict, NpgsqlTransaction transaction)
    {
        var written = await work.Connection.ExecuteAsync(
            $"""
            INSERT INTO exam_marks (tenant_id, year_at, paper_id, entry_id, centre_id, file_id, entry_round, mark)
            SELECT @TenantId, @YearAt, paper.id, exam_entries.id, exam_entries.centre_id, @FileId, @EntryRound, mark_lines.mark / 100.0
            {Joined}
            ORDER BY paper.id, exam_entries.id
            {conflict}
            """,
            Args(work, new { exam.YearAt }),
            transaction,
            commandTimeout: 0);
        if (conflict.Length > 0 || written == work.Rows) return written;
        await transaction.RollbackAsync();
        await FindErrorsAsync(work, CancellationToken.None);
        throw new RefusedException("errors");
    }

    private async Task<(long Added, long Changed)> UpsertAsync(Work work, Exam exam, NpgsqlTransaction transaction)
    {
        var joined = await work.Connection.QuerySingleAsync<long>($"SELECT count(*) {Joined}", Args(work), transaction, commandTimeout: 0);
        if (joined < work.Rows)
        {
            await transaction.RollbackAsync();
            await FindErrorsAsync(work, CancellationToken.None);
            throw new RefusedException("errors");
        }
        var changed = await work.Connection.ExecuteAsync(
            $"""
            INSERT INTO exam_mark_changes (tenant_id, paper_id, entry_id, centre_id, entry_round, changed_at, changed_by, old_mark, new_mark, old_file_id, new_file_id)
            SELECT @TenantId, known.paper_id, known.entry_id, known.centre_id, known.entry_round, @now, @Person, known.mark, mark_lines.mark / 100.0, known.file_id, @FileId
            {Joined}
            JOIN exam_marks AS known ON known.tenant_id = @TenantId AND known.year_at = @YearAt AND known.paper_id = paper.id AND known.entry_id = exam_entries.id AND known.entry_round = @EntryRound
            WHERE known.mark IS DISTINCT FROM mark_lines.mark / 100.0
            """,
            Args(work, new { exam.YearAt }),
            transaction,
            commandTimeout: 0);
        var written = await InsertAsync(
            work,
            exam,
            """
            ON CONFLICT (tenant_id, year_at, paper_id, entry_id, entry_round) DO UPDATE SET mark = excluded.mark, file_id = excluded.file_id
            WHERE exam_marks.mark IS DISTINCT FROM excluded.mark
            """,
            transaction);
        return (written - changed, changed);
    }

    // the second pair of eyes is another person's
    private async Task RefuseSamePersonAsync(Work work, Exam exam, NpgsqlTransaction transaction)
    {
        var same = await work.Connection.QuerySingleAsync<bool>(
            $"""
            SELECT EXISTS (
                SELECT {Joined}
                JOIN exam_marks AS first ON first.tenant_id = @TenantId AND first.year_at = @YearAt AND first.paper_id = paper.id AND first.entry_id = exam_entries.id AND first.entry_round = 1
                JOIN exam_mark_files AS sent ON sent.tenant_id = @TenantId AND sent.id = first.file_id AND sent.asked_by = @Person)
            """,
            Args(work, new { exam.YearAt }),
            transaction,
            commandTimeout: 0);
        if (same) throw new RefusedException("same-person");
    }

    // asked only when something is wrong: the good way does not pay for it
    private async Task FindErrorsAsync(Work work, CancellationToken cancellationToken)
    {
        await using var transaction = await work.Connection.BeginTransactionAsync(cancellationToken);
        await EnterAsync(work, transaction, cancellationToken);
        var unknown = await work.Connection.QueryAsync<(int Line, string Number, short Paper, bool IsCandidate)>(
            """
            SELECT line, mark_lines.number, mark_lines.paper, exam_candidates.id IS NOT NULL AS is_candidate
            FROM pg_temp.mark_lines
            JOIN unnest(@papers, @subjects) WITH ORDINALITY AS paper (id, subject_id, place) ON paper.place = mark_lines.paper + 1
            LEFT JOIN exam_candidates ON exam_candidates.tenant_id = @TenantId AND exam_candidates.session_id = @SessionId AND exam_candidates.number = mark_lines.number
            LEFT JOIN exam_entries ON exam_entries.tenant_id = @TenantId AND exam_entries.session_id = @SessionId AND exam_entries.candidate_id = exam_candidates.id
                 AND exam_entries.subject_id = paper.subject_id AND exam_entries.withdrawn_at IS NULL
            WHERE exam_entries.id IS NULL
            ORDER BY line
            """,
            Args(work),
            transaction,
            commandTimeout: 0);
        foreach (var line in unknown)
        {
            work.Say(
                line.Line, Content(work, line.Number, line.Paper), line.IsCandidate ? "not-entered" : "candidate",
                line.IsCandidate ? "The candidate is not entered for this subject." : "There is no such candidate, or it is not yours.");
        }
        var repeated = await work.Connection.QueryAsync<(int Line, string Number, short Paper, int First)>(
            """
            SELECT line, number, paper, first FROM (SELECT line, number, paper, min(line) OVER (PARTITION BY number, paper) AS first FROM pg_temp.mark_lines) AS known
            WHERE line > first ORDER BY line
            """,
            null,
            transaction,
            commandTimeout: 0);
        foreach (var line in repeated) work.Say(line.Line, Content(work, line.Number, line.Paper), "repeated", $"This mark stands in line {line.First} already.");
    }

    private static string Content(Work work, string number, short paper) => $"{number},{work.Papers[paper].Subject},{work.Papers[paper].Code}";

    private async Task RefuseAsync(Work work, string reason, CancellationToken cancellationToken)
    {
        await AsActorAsync(
            work,
            """
            DELETE FROM exam_mark_errors WHERE tenant_id = @TenantId AND file_id = @FileId;
            INSERT INTO exam_mark_errors (tenant_id, file_id, number, asked_by, line, content, code, detail)
            SELECT @TenantId, @FileId, place, @Person, line, content, code, detail
            FROM unnest(@lines, @contents, @codes, @details) WITH ORDINALITY AS given (line, content, code, detail, place);
            UPDATE exam_mark_files SET state = 'refused', reason = @reason, rows = @Rows, errors = @Wrong, finished_at = @now WHERE tenant_id = @TenantId AND id = @FileId AND state = 'importing'
            """,
            cancellationToken,
            new
            {
                reason,
                work.Wrong,
                lines = work.Errors.Select(error => error.Line).ToArray(),
                contents = work.Errors.Select(error => error.Content).ToArray(),
                codes = work.Errors.Select(error => error.Code).ToArray(),
                details = work.Errors.Select(error => error.Detail).ToArray(),
            });
    }

    private Task FinishAsync(Actor actor, Guid fileId, string reason, CancellationToken cancellationToken) => database.As(actor).ExecuteAsync(
        "UPDATE exam_mark_files SET state = 'refused', reason = @reason, finished_at = @now WHERE tenant_id = @TenantId AND id = @fileId AND state IN ('awaiting', 'importing')",
        new { actor.TenantId, fileId, reason, now = clock.GetUtcNow() },
        cancellationToken);

    private async Task EnterAsync(Work work, NpgsqlTransaction transaction, CancellationToken cancellationToken) => await work.Connection.ExecuteAsync(new CommandDefinition(
        $"""
        CALL act_as(@TenantId, @Person, NULL::inet, @now, NULL::text);
        CALL {(work.Order.National ? "see_all_exams('exam-marks-import')" : "see_exam_centres(@Places)")};
        SET LOCAL statement_timeout = '10min';
        SET LOCAL work_mem = '64MB';
        SET LOCAL enable_nestloop = off;
        SET LOCAL jit = off
        """,
        Args(work),
        transaction,
        cancellationToken: cancellationToken));

    private Task<int> AsActorAsync(Work work, string sql, CancellationToken cancellationToken, object? more = null) =>
        work.Connection.ExecuteAsync(new CommandDefinition($"CALL act_as(@TenantId, @Person, NULL::inet, @now, NULL::text);\n{sql}", Args(work, more), cancellationToken: cancellationToken));

    private DynamicParameters Args(Work work, object? more = null)
    {
        var args = new DynamicParameters(more);
        args.AddDynamicParams(new
        {
            work.Actor.TenantId,
            Person = work.Actor.UserId,
            work.FileId,
            work.Order.SessionId,
            work.Order.EntryRound,
            work.Order.Places,
            work.Rows,
            now = clock.GetUtcNow(),
            papers = work.Papers.Select(paper => paper.Id).ToArray(),
            subjects = work.Papers.Select(paper => paper.SubjectId).ToArray(),
        });
        return args;
    }
}
