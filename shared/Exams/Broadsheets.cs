using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Exams;

/// <summary>Published results of a centre's candidates, and what the results come to in the country.</summary>
public sealed class Broadsheets(Database database)
{
    private sealed record Row(Guid CandidateId, string Document, bool Withheld);

    /// <summary>A page of a centre's candidates with their results. Before publication there is none, whoever asks.</summary>
    public Task<Outcome<Page<ExamStatement>>> ListAsync(Caller caller, Guid sessionId, Guid centreId, PageQuery page, CancellationToken cancellationToken) => database.InTransaction<Page<ExamStatement>>(
        caller,
        async session =>
        {
            if (await EnterAsync(session, caller, sessionId, centreId, cancellationToken) is { } problem) return problem;
            var rows = await session.QueryAsync<Row>(
                $"{Select} AND (@After::uuid IS NULL OR exam_statements.candidate_id < @After) ORDER BY exam_statements.candidate_id DESC LIMIT @limit",
                new { caller.TenantId, sessionId, centreId, page.After, limit = page.Fetch() },
                cancellationToken);
            var found = page.Of(rows, row => row.CandidateId);
            return new Page<ExamStatement>([.. found.Items.Select(StatementOf)], found.Next);
        },
        cancellationToken);

    /// <summary>Whether a table can be had, before its first byte.</summary>
    public Task<Outcome<bool>> CheckAsync(Caller caller, Guid sessionId, Guid centreId, CancellationToken cancellationToken) => database.InTransaction<bool>(
        caller,
        async session => await EnterAsync(session, caller, sessionId, centreId, cancellationToken) is { } problem ? problem : true,
        cancellationToken);

    /// <summary>The same as a table, by candidate numbers.</summary>
    public async IAsyncEnumerable<string?[]> TableAsync(Caller caller, Guid sessionId, Guid centreId, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var statements = await database.InTransaction(
            caller,
            async session => await EnterAsync(session, caller, sessionId, centreId, cancellationToken) is not null
                ? []
                : (await session.QueryAsync<Row>($"{Select} ORDER BY exam_statements.number", new { caller.TenantId, sessionId, centreId }, cancellationToken)).Select(StatementOf).ToList(),
            cancellationToken);
        var subjects = statements.SelectMany(statement => statement.Subjects).Select(subject => subject.Code).Distinct().Order(StringComparer.Ordinal).ToList();
        yield return ["number", "last_name", "first_name", "status", "division", "passes", "points", .. subjects];
        foreach (var one in statements)
        {
            var grades = one.Subjects.ToDictionary(subject => subject.Code, subject => subject.Grade ?? subject.Status);
            yield return
            [
                one.Number, one.LastName, one.FirstName, one.Status, one.Division, one.Passes.ToString(CultureInfo.InvariantCulture), one.Points.ToString(CultureInfo.InvariantCulture),
                .. subjects.Select(grades.GetValueOrDefault),
            ];
        }
    }

    /// <summary>What is published of the country; nobody's name is in it.</summary>
    public async Task<Outcome<ExamTables>> NationalAsync(Caller caller, Guid sessionId, CancellationToken cancellationToken)
    {
        var (known, tables) = await database.As(caller).QueryManyAsync(
            "SELECT id FROM exam_sessions WHERE tenant_id = @TenantId AND id = @sessionId; SELECT published_exam_tables(@sessionId)::text",
            new { caller.TenantId, sessionId },
            async results => (await results.ReadFirstOrDefaultAsync<Guid?>(), await results.ReadFirstOrDefaultAsync<string>()),
            cancellationToken);
        if (known is null) return Problem.NotFound("session");
        return tables is null ? ExamProblems.NotPublished : JsonSerializer.Deserialize<ExamTables>(tables, Json.Options)!;
    }

    private const string Select =
        $"""
        SELECT exam_statements.candidate_id, document, {IssueExamCertificates.HeldSql} AS withheld
        FROM exam_sessions
        JOIN exam_statements ON exam_statements.tenant_id = @TenantId AND exam_statements.year_at = exam_sessions.year_at AND run_id = published_run_id
        WHERE exam_sessions.tenant_id = @TenantId AND exam_sessions.id = @sessionId AND centre_id = @centreId
        """;

    private static ExamStatement StatementOf(Row row) => JsonSerializer.Deserialize<ExamStatement>(row.Withheld ? LookUpResult.Withheld(row.Document) : row.Document, Json.Options)!;

    private static async Task<Problem?> EnterAsync(Session session, Caller caller, Guid sessionId, Guid centreId, CancellationToken cancellationToken)
    {
        await ExamSight.EnterAsync(session, caller, Permissions.ExamCentre, "exam-broadsheet", cancellationToken);
        var exam = await ExamSessions.FindAsync(session, caller, sessionId, "", cancellationToken);
        if (exam is null) return Problem.NotFound("session");
        if (await session.FirstAsync<Guid?>("SELECT id FROM exam_centres WHERE tenant_id = @TenantId AND id = @centreId", new { caller.TenantId, centreId }, cancellationToken) is null) return Problem.NotFound("centre");
        return exam.PublishedAt is null ? new Problem(ExamProblems.NotPublished) : null;
    }
}
