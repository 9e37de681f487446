using Podium.Competitions;
using Podium.Platform.Access;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Exams;

/// <summary>
/// Adds the centres of a table: number, name; perhaps region_code, region_name. Each centre and region is an institution too, so that roles can count there. Names may change, numbers stay.
/// </summary>
public sealed class ImportCentres(Database database, TimeProvider clock)
{
    private sealed record Known(Guid Id, string Number, string Name, string? Region);

    private sealed record Row(string Number, string Name, string? RegionCode, string? RegionName);

    public async Task<Outcome<Import.Result>> Run(Caller caller, Import.Request request, CancellationToken cancellationToken)
    {
        var (sheet, refusal) = Import.Open(request);
        if (sheet is null) return refusal!;
        sheet.Need("number", "name");
        if (sheet.Errors.Count > 0) return sheet.Result(applied: false);
        return await database.InTransaction<Import.Result>(
            caller,
            async session =>
            {
                sheet.Begin();
                await ExamSight.NationalAsync(session, "exam-centres-import", cancellationToken);
                await session.ExecuteAsync("SELECT pg_advisory_xact_lock(hashtextextended('import centres ' || @TenantId, 0))", new { caller.TenantId }, cancellationToken);
                var known = (await session.QueryAsync<Known>(
                    """
                    SELECT exam_centres.id, number, exam_centres.name, code AS region
                    FROM exam_centres LEFT JOIN exam_regions ON exam_regions.tenant_id = exam_centres.tenant_id AND exam_regions.id = region_id
                    WHERE exam_centres.tenant_id = @TenantId
                    """,
                    new { caller.TenantId },
                    cancellationToken)).ToDictionary(centre => centre.Number);
                var rows = Read(sheet, known);
                if (sheet.Errors.Count > 0 || request.Preview) return sheet.Result(applied: false);
                await WriteAsync(session, caller, rows, cancellationToken);
                return sheet.Result(applied: true);
            },
            cancellationToken);
    }

    private static List<Row> Read(Import.Sheet sheet, Dictionary<string, Known> known)
    {
        var lines = new Dictionary<string, int>();
        var rows = new List<Row>();
        foreach (var row in sheet.Rows)
        {
            var before = sheet.Errors.Count;
            var number = ExamCode.Read(sheet, row, "number", required: true);
            var (name, regionName) = (sheet.Text(row, "name", 150, required: true), sheet.Text(row, "region_name", 150, required: false));
            var region = ExamCode.Read(sheet, row, "region_code", required: regionName is not null);
            if (number is not null && !lines.TryAdd(number, row.Line)) sheet.Say(row, "number", "repeated", $"This number stands in line {lines[number]} already.");
            if (sheet.Errors.Count > before) continue;
            var was = known.GetValueOrDefault(number!);
            sheet.Effects[was is null ? Import.Effect.Add : was.Name == name && (region is null || was.Region == region) ? Import.Effect.Keep : Import.Effect.Change]++;
            rows.Add(new Row(number!, name!, region, regionName));
        }
        return rows;
    }

    private async Task WriteAsync(Session session, Caller caller, List<Row> rows, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var regions = rows.Where(row => row.RegionCode is not null).GroupBy(row => row.RegionCode!).ToList();
        await session.ExecuteAsync(
            """
            WITH given AS (
                SELECT id, code, coalesce(name, code) AS name FROM unnest(@regionIds, @regionCodes, @regionNames) AS given (id, code, name)
                WHERE NOT EXISTS (SELECT FROM exam_regions WHERE tenant_id = @TenantId AND exam_regions.code = given.code)
            ), place AS (
                INSERT INTO institutions (tenant_id, id, name, created_at, created_by, updated_at, updated_by)
                SELECT @TenantId, id, name || ' (' || code || ')', @now, @Person, @now, @Person FROM given
            )
            INSERT INTO exam_regions (tenant_id, id, code, name, created_at, created_by, updated_at, updated_by)
            SELECT @TenantId, id, code, name, @now, @Person, @now, @Person FROM given;

            WITH given AS (
                SELECT id, number, name FROM unnest(@ids, @numbers, @names) AS given (id, number, name)
                WHERE NOT EXISTS (SELECT FROM exam_centres WHERE tenant_id = @TenantId AND exam_centres.number = given.number)
            ), place AS (
                INSERT INTO institutions (tenant_id, id, name, created_at, created_by, updated_at, updated_by)
                SELECT @TenantId, id, name || ' (' || number || ')', @now, @Person, @now, @Person FROM given
            )
            INSERT INTO exam_centres (tenant_id, id, number, name, created_at, created_by, updated_at, updated_by)
            SELECT @TenantId, id, number, name, @now, @Person, @now, @Person FROM given;

            UPDATE exam_centres SET name = given.name, region_id = coalesce(region.id, region_id), updated_at = @now, updated_by = @Person, version = version + 1
            FROM unnest(@numbers, @names, @regions) AS given (number, name, region)
            LEFT JOIN exam_regions AS region ON region.tenant_id = @TenantId AND region.code = given.region
            WHERE exam_centres.tenant_id = @TenantId AND exam_centres.number = given.number
              AND (exam_centres.name, exam_centres.region_id) IS DISTINCT FROM (given.name, coalesce(region.id, region_id))
            """,
            new
            {
                caller.TenantId,
                caller.Person,
                now,
                regionIds = regions.Select(_ => Guid.CreateVersion7(now)).ToArray(),
                regionCodes = regions.Select(region => region.Key).ToArray(),
                regionNames = regions.Select(region => region.Select(row => row.RegionName).FirstOrDefault(name => name is not null)).ToArray(),
                ids = rows.Select(_ => Guid.CreateVersion7(now)).ToArray(),
                numbers = rows.Select(row => row.Number).ToArray(),
                names = rows.Select(row => row.Name).ToArray(),
                regions = rows.Select(row => row.RegionCode).ToArray(),
            },
            cancellationToken);
    }
}

/// <summary>The numbers and codes of centres, candidates, subjects and papers.</summary>
public static class ExamCode
{
    public static bool IsCode(string text) => text.Length is > 0 and <= 20 && text[0] != '-' && text.All(letter => char.IsAsciiLetterUpper(letter) || char.IsAsciiDigit(letter) || letter == '-');

    internal static string? Read(Import.Sheet sheet, Platform.Csv.CsvTable.Row row, string column, bool required)
    {
        var text = sheet.Text(row, column, 20, required)?.ToUpperInvariant();
        if (text is null || IsCode(text)) return text;
        sheet.Say(row, column, "format", "Up to 20 letters, digits and hyphens.");
        return null;
    }
}
