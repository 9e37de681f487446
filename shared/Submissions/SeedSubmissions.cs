using System.Globalization;
using System.Text;
using System.Text.Json;
using Podium.Competitions;
using Podium.Platform.Access;
using Podium.Platform.Databases;
using Podium.Platform.Files;
using Podium.Platform.Problems;

namespace Podium.Submissions;

/// <summary>Hands in for some teams of a demo competition, through the same doors as they would: small real PDFs, one of them broken. The same again changes nothing.</summary>
public sealed class SeedSubmissions(Database database, DraftSubmission draft, CheckFile checkFile, SettleSubmission settle, FileStore store, TimeProvider clock)
{
    private const int Teams = 12;
    private const int Broken = 7;

    private sealed record Team(Guid CaptainId, string Name);

    /// <summary>How many there are afterwards.</summary>
    public async Task<Outcome<long>> Run(Caller organiser, Guid competitionId, string blueprint, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var (round, teams) = await database.As(organiser).QueryManyAsync(
            """
            SELECT coalesce(
                -- what is there stays where it is, whichever round is open now
                (SELECT round_id FROM submissions WHERE tenant_id = @TenantId AND competition_id = @competitionId AND id = @first),
                (SELECT id FROM competition_rounds WHERE tenant_id = @TenantId AND competition_id = @competitionId AND deleted_at IS NULL AND opens_at <= @now ORDER BY number DESC LIMIT 1));
            SELECT teams.captain_id, teams.name FROM registrations JOIN teams ON teams.tenant_id = @TenantId AND teams.id = registrations.team_id
            WHERE registrations.tenant_id = @TenantId AND registrations.competition_id = @competitionId AND registrations.status = 'approved' ORDER BY teams.name, teams.id LIMIT @Teams
            """,
            new { organiser.TenantId, competitionId, now, Teams, first = SeedDemo.IdOf(organiser.TenantId, blueprint, "submission", 0) },
            async results => (await results.ReadFirstOrDefaultAsync<Guid?>(), (await results.ReadAsync<Team>()).ToList()),
            cancellationToken);
        foreach (var (number, team) in teams.Index())
        {
            var asked = await draft.BeginAsync(
                organiser with { UserId = team.CaptainId, Grants = [] },
                competitionId,
                new DraftSubmission.Request
                {
                    Id = SeedDemo.IdOf(organiser.TenantId, blueprint, "submission", number),
                    RoundId = blueprint == "kazrockets" ? null : round,
                    Submit = true,
                    Entry = blueprint == "kazrockets" ? null : JsonSerializer.SerializeToElement(new { title = $"What {team.Name} want to build", summary = "A small thing that many people need, and how we found that out." }),
                    Files = [new DraftSubmission.FileRequest { Id = SeedDemo.IdOf(organiser.TenantId, blueprint, "file", number), Name = $"{team.Name}.pdf" }],
                },
                cancellationToken);
            // a demo of some time ago, which is over
            if (asked.Problem is { } problem && problem.Kind == SubmissionProblems.Closed) break;
            if (asked.Value is not { } standing) return asked.Problem!;
            foreach (var upload in standing.Uploads)
            {
                var pdf = PdfOf(team.Name, now);
                await store.PutAsync($"{FileStore.Uploads}/{organiser.TenantId}/{upload.FileId}", new BinaryData(number == Broken ? pdf[..^60] : pdf), cancellationToken);
                await checkFile.RunAsync(organiser, upload.FileId, cancellationToken);
            }
            await database.InTransaction(
                organiser,
                async session =>
                {
                    await settle.SettleAsync(session, organiser.Tenant, standing.Submission.Id, cancellationToken);
                    return true;
                },
                cancellationToken);
        }
        return await database.As(organiser).SingleAsync<long>(
            "SELECT count(*) FROM submissions WHERE tenant_id = @TenantId AND competition_id = @competitionId AND deleted_at IS NULL", new { organiser.TenantId, competitionId }, cancellationToken);
    }

    // one page with some words, as PDF 1.4 has it
    private static byte[] PdfOf(string team, DateTimeOffset at)
    {
        var words = $"BT /F1 24 Tf 72 740 Td ({team}) Tj /F1 12 Tf 0 -36 Td (Report of {at.ToString("d MMMM yyyy", CultureInfo.InvariantCulture)}) Tj ET";
        string[] objects =
        [
            "<< /Type /Catalog /Pages 2 0 R >>",
            "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
            $"<< /Length {words.Length} >>\nstream\n{words}\nendstream",
            "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        ];
        var text = new StringBuilder("%PDF-1.4\n");
        var places = new List<int>();
        foreach (var (index, content) in objects.Index())
        {
            places.Add(text.Length);
            text.Append(CultureInfo.InvariantCulture, $"{index + 1} 0 obj\n{content}\nendobj\n");
        }
        var table = text.Length;
        text.Append(CultureInfo.InvariantCulture, $"xref\n0 {objects.Length + 1}\n0000000000 65535 f \n");
        foreach (var place in places) text.Append(CultureInfo.InvariantCulture, $"{place:0000000000} 00000 n \n");
        text.Append(CultureInfo.InvariantCulture, $"trailer\n<< /Size {objects.Length + 1} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n");
        return Encoding.ASCII.GetBytes(text.ToString());
    }
}
