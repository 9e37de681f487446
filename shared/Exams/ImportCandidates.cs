using Podium.Competitions;
using Podium.Platform.Access;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Exams;

/// <summary>
/// Adds the candidates of a table to a session: centre, number, first_name, last_name. Who runs one centre adds its own; another centre's numbers are unknown there. Names may be corrected, the centre stays.
/// </summary>
public sealed class ImportCandidates(Database database, TimeProvider clock)
{
    private sealed record Centre(Guid Id, string Number);

    private sealed record Known(Guid Id, string Number, Guid CentreId, string FirstName, string LastName);

    private sealed record Row(string Number, Guid CentreId, string FirstName, string LastName);

    public async Task<Outcome<Import.Result>> Run(Caller caller, Guid sessionId, Import.Request request, CancellationToken cancellationToken)
    {
        var (sheet, refusal) = Import.Open(request);
        return await database.InTransaction<Import.Result>(
            caller,
            async session =>
            {
                await ExamSight.EnterAsync(session, caller, Permissions.ExamCentre, "exam-candidates-import", cancellationToken);
                if (await ExamSessions.FindAsync(session, caller, sessionId, "FOR SHARE", cancellationToken) is null) return Problem.NotFound("session");
                if (sheet is null) return refusal!;
                sheet.Begin();
                sheet.Need("centre", "number", "first_name", "last_name");
                if (sheet.Errors.Count > 0) return sheet.Result(applied: false);
                await session.ExecuteAsync("SELECT pg_advisory_xact_lock(hashtextextended('import candidates ' || @sessionId, 0))", new { sessionId }, cancellationToken);
                var centres = (await session.QueryAsync<Centre>("SELECT id, number FROM exam_centres WHERE tenant_id = @TenantId", new { caller.TenantId }, cancellationToken)).ToDictionary(centre => centre.Number, centre => centre.Id);
                var known = (await session.QueryAsync<Known>(
                    "SELECT id, number, centre_id, first_name, last_name FROM exam_candidates WHERE tenant_id = @TenantId AND session_id = @sessionId AND number = ANY (@numbers)",
                    new { caller.TenantId, sessionId, numbers = sheet.Rows.Select(row => sheet.Cell(row, "number").ToUpperInvariant()).ToArray() },
                    cancellationToken)).ToDictionary(candidate => candidate.Number);
                var rows = Read(sheet, centres, known);
                if (sheet.Errors.Count > 0 || request.Preview) return sheet.Result(applied: false);
                await WriteAsync(session, caller, sessionId, rows, cancellationToken);
                return sheet.Result(applied: true);
            },
            cancellationToken);
    }

    private static List<Row> Read(Import.Sheet sheet, Dictionary<string, Guid> centres, Dictionary<string, Known> known)
    {
        var lines = new Dictionary<string, int>();
        var rows = new List<Row>();
        foreach (var row in sheet.Rows)
        {
            var before = sheet.Errors.Count;
            var (centre, number) = (ExamCode.Read(sheet, row, "centre", required: true), ExamCode.Read(sheet, row, "number", required: true));
            var (first, last) = (sheet.Text(row, "first_name", 100, required: true), sheet.Text(row, "last_name", 100, required: true));
            if (centre is not null && !centres.ContainsKey(centre)) sheet.Say(row, "centre", "unknown", "There is no such centre, or it is not yours.");
            if (number is not null && !lines.TryAdd(number, row.Line)) sheet.Say(row, "number", "repeated", $"This number stands in line {lines[number]} already.");
            if (sheet.Errors.Count > before) continue;
            var was = known.GetValueOrDefault(number!);
            if (was is not null && was.CentreId != centres[centre!])
            {
                sheet.Say(row, "centre", "other-centre", "This candidate belongs to another centre.");
                continue;
            }
            sheet.Effects[was is null ? Import.Effect.Add : (was.FirstName, was.LastName) == (first, last) ? Import.Effect.Keep : Import.Effect.Change]++;
            rows.Add(new Row(number!, centres[centre!], first!, last!));
        }
        return rows;
    }

    // a number that another centre has is not seen here, but the unique rule sees it: exam-number-taken
    private async Task WriteAsync(Session session, Caller caller, Guid sessionId, List<Row> rows, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        await session.ExecuteAsync(
            """
            UPDATE exam_candidates SET first_name = given.first_name, last_name = given.last_name, updated_at = @now, updated_by = @Person, version = version + 1
            FROM unnest(@numbers, @firstNames, @lastNames) AS given (number, first_name, last_name)
            WHERE tenant_id = @TenantId AND session_id = @sessionId AND exam_candidates.number = given.number
              AND (exam_candidates.first_name, exam_candidates.last_name) <> (given.first_name, given.last_name);

            INSERT INTO exam_candidates (tenant_id, id, session_id, centre_id, number, first_name, last_name, created_at, created_by, updated_at, updated_by)
            SELECT @TenantId, id, @sessionId, centre_id, number, first_name, last_name, @now, @Person, @now, @Person
            FROM unnest(@ids, @centres, @numbers, @firstNames, @lastNames) AS given (id, centre_id, number, first_name, last_name)
            WHERE NOT EXISTS (SELECT FROM exam_candidates AS known WHERE known.tenant_id = @TenantId AND known.session_id = @sessionId AND known.number = given.number)
            """,
            new
            {
                caller.TenantId,
                caller.Person,
                sessionId,
                now,
                ids = rows.Select(_ => Guid.CreateVersion7(now)).ToArray(),
                centres = rows.Select(row => row.CentreId).ToArray(),
                numbers = rows.Select(row => row.Number).ToArray(),
                firstNames = rows.Select(row => row.FirstName).ToArray(),
                lastNames = rows.Select(row => row.LastName).ToArray(),
            },
            cancellationToken);
    }
}
