using System.Text.Json;
using Podium.Certificates;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Databases;
using Podium.Platform.Problems;
using Podium.Tenancy;
using Podium.Webhooks;

namespace Podium.Exams;

/// <summary>
/// Issues certificates of what is published of a session: to every candidate who passed, some thousands in a transaction. Asked for once, it follows every later publication by itself:
/// results that changed are certified anew, the rest stays as it is.
/// </summary>
public sealed class IssueExamCertificates(Database database, TenantDirectory tenants, IssueCertificates issue, IssueTranscripts transcripts, RaiseWebhook webhooks, TimeProvider clock)
{
    private const int Block = 2000;
    private const int BlocksAtOnce = 10;

    public sealed record View
    {
        public required Guid SessionId { get; init; }

        public required DateTimeOffset RequestedAt { get; init; }

        /// <summary>When certificates were last brought in line with what is published; null while they are.</summary>
        public DateTimeOffset? FinishedAt { get; init; }

        /// <summary>How many were ever issued.</summary>
        public required long Issued { get; init; }

        public required long Revoked { get; init; }
    }

    /// <summary>Which run is certified, besides how it stands.</summary>
    public sealed record Asked(View View, Guid RunId);

    private sealed record Exam(Guid? PublishedRunId, DateTimeOffset YearAt, IReadOnlyList<DivisionRule> Divisions);

    private sealed record Row(string Number, Guid CandidateId, Guid CentreId, string Document, bool Held);

    private const string Columns = "source_id AS session_id, requested_at, finished_at, issued, revoked";

    public Task<Outcome<Asked>> RequestAsync(Caller caller, Guid sessionId, CancellationToken cancellationToken) => database.InTransaction<Asked>(
        caller,
        async session =>
        {
            var exam = await FindAsync(session, caller, sessionId, cancellationToken);
            if (exam is null) return Problem.NotFound("session");
            if (exam.PublishedRunId is not { } run) return ExamProblems.NotPublished;
            var view = await session.SingleAsync<View>(
                $"""
                INSERT INTO certificate_issues (tenant_id, source_id, kind, requested_by, requested_at) VALUES (@TenantId, @sessionId, 'examResult', @Person, @now)
                ON CONFLICT (tenant_id, source_id) DO UPDATE SET finished_at = NULL
                RETURNING {Columns}
                """,
                new { caller.TenantId, caller.Person, sessionId, now = clock.GetUtcNow() },
                cancellationToken);
            return new Asked(view, run);
        },
        cancellationToken);

    /// <summary>A session's certificates: all for the office, their own for centres.</summary>
    public Task<Outcome<Page<ReadCertificates.Line>>> ListAsync(Caller caller, Guid sessionId, PageQuery page, CancellationToken cancellationToken) => database.InTransaction<Page<ReadCertificates.Line>>(
        caller,
        async session =>
        {
            await ExamSight.EnterAsync(session, caller, Permissions.ExamCentre, "exam-certificates", cancellationToken);
            if (await FindAsync(session, caller, sessionId, cancellationToken) is null) return Problem.NotFound("session");
            return await ReadCertificates.ListAsync(session, caller, sessionId, page, cancellationToken);
        },
        cancellationToken);

    /// <summary>Brings some blocks in line, from the candidate number behind this one on; answers the last number, or null when all is done. May be repeated without harm.</summary>
    public async Task<string?> StepAsync(Actor actor, Guid sessionId, Guid runId, string after, CancellationToken cancellationToken)
    {
        var tenant = await tenants.ByIdAsync(actor.TenantId, cancellationToken) ?? throw new InvalidOperationException($"There is no tenant {actor.TenantId}.");
        string? place = after;
        for (var block = 0; block < BlocksAtOnce && place is not null; block++)
        {
            var from = place;
            place = await database.InTransaction(actor, session => BlockAsync(session, actor, tenant, sessionId, runId, from, cancellationToken), cancellationToken);
        }
        return place;
    }

    /// <summary>Everything at once, where no orchestration does it.</summary>
    public async Task RunAsync(Actor actor, Guid sessionId, Guid runId, CancellationToken cancellationToken)
    {
        for (string? place = ""; place is not null;) place = await StepAsync(actor, sessionId, runId, place, cancellationToken);
    }

    /// <summary>A suspicion takes away what was certified, from this moment on.</summary>
    internal async Task WithholdAsync(Session session, Caller caller, Guid sessionId, Guid candidateId, CancellationToken cancellationToken)
    {
        // issuing that is under way is waited for, or waits and sees the case
        await LockAsync(session, caller, sessionId, cancellationToken);
        var held = await session.SingleAsync<long>("SELECT withhold_exam_certificates(@candidateId, @now, @Person)", new { candidateId, caller.Person, now = clock.GetUtcNow() }, cancellationToken);
        if (held > 0) await issue.ForgetListsAsync(session, caller.TenantId);
    }

    /// <summary>A suspicion that was dismissed: what is published counts again, in a certificate of its own.</summary>
    internal async Task RenewAsync(Session session, Caller caller, Guid sessionId, string number, CancellationToken cancellationToken)
    {
        if (!await LockAsync(session, caller, sessionId, cancellationToken) || await FindAsync(session, caller, sessionId, cancellationToken) is not { PublishedRunId: { } run } exam) return;
        var rows = await RowsAsync(session, caller, sessionId, run, exam.YearAt, "", number, cancellationToken);
        await CountAsync(session, caller, sessionId, await CertifyAsync(session, caller.Tenant, sessionId, exam, rows, cancellationToken), cancellationToken);
    }

    private async Task<string?> BlockAsync(Session session, Actor actor, Tenant tenant, Guid sessionId, Guid runId, string after, CancellationToken cancellationToken)
    {
        await ExamSight.NationalAsync(session, "exam-certificates", cancellationToken);
        if (!await LockAsync(session, actor, sessionId, cancellationToken)) return null;
        var exam = await FindAsync(session, actor, sessionId, cancellationToken);
        // another publication has its own way through here
        if (exam is null || exam.PublishedRunId != runId) return null;
        var rows = await RowsAsync(session, actor, sessionId, runId, exam.YearAt, after, null, cancellationToken);
        var (issued, revoked) = await CertifyAsync(session, tenant, sessionId, exam, rows, cancellationToken);
        await CountAsync(session, actor, sessionId, (issued, revoked), cancellationToken);
        if (rows.Count == Block) return rows[^1].Number;
        // a year that has gone to the archive has no statements: what was certified of it stays
        if (rows.Count > 0 || after.Length > 0) await FinishAsync(session, actor, tenant, sessionId, runId, exam, cancellationToken);
        return null;
    }

    private async Task FinishAsync(Session session, Actor actor, Tenant tenant, Guid sessionId, Guid runId, Exam exam, CancellationToken cancellationToken)
    {
        var gone = await session.QueryAsync<Guid>(
            """
            SELECT certificates.id FROM certificates
            WHERE tenant_id = @TenantId AND source_id = @sessionId AND kind = 'examResult' AND revoked_at IS NULL AND NOT EXISTS (
                SELECT FROM exam_candidates JOIN exam_statements ON exam_statements.tenant_id = @TenantId AND year_at = @YearAt AND run_id = @runId AND exam_statements.number = exam_candidates.number
                WHERE exam_candidates.tenant_id = @TenantId AND exam_candidates.id = holder_id)
            """,
            new { actor.TenantId, sessionId, runId, exam.YearAt },
            cancellationToken);
        var revoked = await issue.RevokeAsync(session, actor.TenantId, [.. gone], "annulled", null, cancellationToken);
        await transcripts.RenewAsync(session, tenant, sessionId, cancellationToken);
        var view = await session.SingleAsync<View>(
            $"UPDATE certificate_issues SET finished_at = @now, revoked = revoked + @revoked WHERE tenant_id = @TenantId AND source_id = @sessionId RETURNING {Columns}",
            new { actor.TenantId, sessionId, revoked, now = clock.GetUtcNow() },
            cancellationToken);
        await webhooks.RunAsync(session, actor.TenantId, ExamEvents.CertificatesIssued, new ExamEvents.CertificatesBody(sessionId, view.Issued, view.Revoked), cancellationToken);
    }

    private async Task<(long Issued, long Revoked)> CertifyAsync(Session session, Tenant tenant, Guid sessionId, Exam exam, IReadOnlyList<Row> rows, CancellationToken cancellationToken)
    {
        var (wanted, unwanted) = (new List<IssueCertificates.Wanted>(), new Dictionary<Guid, string>());
        foreach (var row in rows)
        {
            var statement = JsonSerializer.Deserialize<ExamStatement>(row.Document, Json.Options)!;
            if (row.Held || statement.Status == "withheld") unwanted[row.CandidateId] = "withheld";
            else if (statement.Passes == 0 || (statement.Division is null && exam.Divisions.Count > 0)) unwanted[row.CandidateId] = "annulled";
            else wanted.Add(Wanted(sessionId, row.CandidateId, row.CentreId, statement));
        }
        var done = await issue.RunAsync(session, tenant, null, wanted, cancellationToken);
        var revoked = (long)done.Revoked;
        foreach (var reason in unwanted.GroupBy(pair => pair.Value, pair => pair.Key))
        {
            var standing = await session.QueryAsync<Guid>(
                "SELECT id FROM certificates WHERE tenant_id = @Id AND source_id = @sessionId AND kind = 'examResult' AND revoked_at IS NULL AND holder_id = ANY (@holders)",
                new { tenant.Id, sessionId, holders = reason.ToArray() },
                cancellationToken);
            revoked += await issue.RevokeAsync(session, tenant.Id, [.. standing], reason.Key, null, cancellationToken);
        }
        return (done.Issued.Count, revoked);
    }

    // a certificate tells what was passed, a transcript all
    private static IssueCertificates.Wanted Wanted(Guid sessionId, Guid candidateId, Guid centreId, ExamStatement statement) => new()
    {
        Kind = CertificateKind.ExamResult,
        SourceId = sessionId,
        HolderId = candidateId,
        PlaceId = centreId,
        Holder = NameOf(statement),
        Title = statement.Session,
        Results = [ResultOf(statement, subject => subject.Passed)],
    };

    internal static string NameOf(ExamStatement statement) => $"{statement.FirstName} {statement.LastName}";

    internal static CertificateStatement.Result ResultOf(ExamStatement statement, Func<ExamStatement.Subject, bool> which) => new(
        statement.Year, statement.Level, statement.Session, statement.Number, statement.Centre, statement.CentreName, statement.Division,
        [.. statement.Subjects.Where(which).Select(subject => new CertificateStatement.Subject(subject.Code, subject.Name, subject.Grade, subject.Status))]);

    // what was upheld after the results were computed is not in them yet
    internal const string HeldSql =
        """
        EXISTS (SELECT FROM exam_cases WHERE exam_cases.tenant_id = @TenantId AND exam_cases.candidate_id = exam_statements.candidate_id AND kind = 'malpractice'
                AND (exam_cases.state = 'open' OR exam_cases.state = 'upheld' AND exam_cases.updated_at > exam_run_computed_at(exam_statements.run_id)))
        """;

    private static Task<IReadOnlyList<Row>> RowsAsync(Session session, Actor actor, Guid sessionId, Guid runId, DateTimeOffset yearAt, string after, string? number, CancellationToken cancellationToken) => session.QueryAsync<Row>(
        $"""
        SELECT number, candidate_id, centre_id, document, {HeldSql} AS held
        FROM exam_statements
        WHERE tenant_id = @TenantId AND year_at = @yearAt AND run_id = @runId AND number > @after AND (@number::text IS NULL OR number = @number)
        ORDER BY number LIMIT @Block
        """,
        new { actor.TenantId, sessionId, runId, yearAt, after, number, Block },
        cancellationToken);

    private static Task<Exam?> FindAsync(Session session, Actor actor, Guid sessionId, CancellationToken cancellationToken) => session.FirstAsync<Exam>(
        "SELECT published_run_id, year_at, divisions FROM exam_sessions WHERE tenant_id = @TenantId AND id = @sessionId", new { actor.TenantId, sessionId }, cancellationToken);

    // who issues of the same session waits; false where certificates were not asked for
    private static async Task<bool> LockAsync(Session session, Actor actor, Guid sessionId, CancellationToken cancellationToken) =>
        await session.FirstAsync<Guid?>("SELECT source_id FROM certificate_issues WHERE tenant_id = @TenantId AND source_id = @sessionId FOR UPDATE", new { actor.TenantId, sessionId }, cancellationToken) is not null;

    private static Task<int> CountAsync(Session session, Actor actor, Guid sessionId, (long Issued, long Revoked) more, CancellationToken cancellationToken) => session.ExecuteAsync(
        "UPDATE certificate_issues SET issued = issued + @Issued, revoked = revoked + @Revoked WHERE tenant_id = @TenantId AND source_id = @sessionId",
        new { actor.TenantId, sessionId, more.Issued, more.Revoked },
        cancellationToken);
}
