using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Xml.Linq;
using Podium.Functions.Api;
using Podium.Tests.Exams;
using Podium.Tests.Harness;

namespace Podium.Tests.Security;

/// <summary>What people call themselves and their things is shown as what it is, by every function whose answer a spreadsheet or a browser opens.</summary>
public sealed class HostileContentTests(SharedApp shared)
{
    private static readonly ApiCatalogue Api = new();

    [Fact]
    public async Task No_table_holds_a_cell_that_a_spreadsheet_would_run()
    {
        var app = await shared.AppAsync();
        var hostile = await HostileContent.MakeAsync(app);
        var path = $"/api/competitions/{hostile.Competition}";
        var hall = await ExamHall.OpenAsync(app);
        await hall.EnterAsync();
        await ExamHall.ImportAsync(hall.Office, $"{hall.At}/imports/candidates", $"centre,number,first_name,last_name\nC1,C1-9,=1+1,{Quoted(HostileContent.Formula)}\n");
        await ExamHall.ImportAsync(hall.Office, $"{hall.At}/imports/entries", "number,subject\nC1-9,ENG\n");
        await hall.SetBoundariesAsync();
        var wrong = await hall.MarksAsync(hall.Office, $"number,subject,paper,mark\n{Quoted(HostileContent.Formula)},ENG,1,5\n-2+3,ENG,1,5\n");
        await hall.MarksAsync(hall.Office, "number,subject,paper,mark\nC1-1,ENG,1,60\nC1-1,ENG,2,90\nC1-1,MAT,1,100\nC1-2,ENG,1,1\nC1-2,ENG,2,1\nC1-2,MAT,1,1\nC2-1,ENG,1,1\nC2-1,ENG,2,1\nC2-1,MAT,1,1\nC2-2,ENG,1,1\nC2-2,ENG,2,1\nC2-2,MAT,1,1\nC1-9,ENG,1,1\nC1-9,ENG,2,1\n");
        var unreadable = new { file = Convert.ToBase64String(Encoding.UTF8.GetBytes($"centre,number,first_name,last_name\n{Quoted(HostileContent.Formula)},C9-1,Ada,Byron\n=1,=1,=1,=1\n")) };
        // no entries are taken once the marks are locked
        using var entries = await TableAsync(hall.Office, $"{hall.At}/imports/entries", unreadable);
        await hall.Office.Http.PutAsync($"{hall.At}/marks-lock", null).OkAsync();
        await hall.SecretsAsync(hall.HeadA, hall.CentreA);
        await hall.SecretsAsync(hall.HeadB, hall.CentreB);
        var run = await hall.ComputeAsync("First results", app.Clock.GetUtcNow());
        Assert.True((string)run["state"]! == "verified", run.ToJsonString());
        await hall.ApproveAsync(run);

        // each function that can answer with a table, and what it is asked; a new one is asked here too
        var asked = new Dictionary<string, Func<Task<HttpResponseMessage>>>
        {
            ["ExportTeams"] = () => hostile.Boss.Http.GetAsync($"{path}/export/teams"),
            ["ExportRegistrations"] = () => hostile.Boss.Http.GetAsync($"{path}/export/registrations"),
            ["ExportEvents"] = () => hostile.Boss.Http.GetAsync("/api/analytics/export/events"),
            ["ExportEventSeries"] = () => hostile.Boss.Http.GetAsync("/api/analytics/export/series"),
            ["ExportCompetitionEventSeries"] = () => hostile.Boss.Http.GetAsync($"{path}/export/series"),
            ["ExportParticipation"] = () => hostile.Boss.Http.GetAsync($"{path}/export/participation"),
            ["ExportJudgeWorkload"] = () => hostile.Boss.Http.GetAsync($"{path}/export/judging"),
            ["ExportSubmissions"] = () => hostile.Boss.Http.GetAsync($"{path}/export/submissions"),
            ["ExportAuditLog"] = () => hostile.Boss.Http.GetAsync("/api/audit/export"),
            ["GetMarkFileErrors"] = () => hall.Office.Http.GetAsync($"/api/exam-mark-files/{wrong["id"]}/errors"),
            ["GetMarkDifferences"] = () => hall.Office.Http.GetAsync($"{hall.At}/mark-differences"),
            ["ExportCentreResults"] = () => hall.HeadA.Http.GetAsync($"{hall.At}/centres/{hall.CentreA}/broadsheet"),
            ["ImportExamCentres"] = () => TableAsync(hall.Office, "/api/imports/exam-centres", unreadable),
            ["ImportExamCandidates"] = () => TableAsync(hall.Office, $"{hall.At}/imports/candidates", unreadable),
            ["ImportExamEntries"] = () => Task.FromResult(entries),
        };
        var all = Api.Functions.Where(function => function.Operation.MediaType == "text/csv" || function.Operation.AlsoMediaType.Contains("text/csv")).Select(function => function.Name);
        Assert.Equal(all.Order(), asked.Keys.Order());

        var hostileCells = 0;
        foreach (var (name, ask) in asked)
        {
            using var answer = await ask();
            Assert.True(answer.IsSuccessStatusCode, $"{name}: {answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
            Assert.Equal("text/csv", answer.Content.Headers.ContentType!.MediaType);
            Assert.Equal(["nosniff"], answer.Headers.GetValues("X-Content-Type-Options"));
            var cells = CellsOf(await answer.Content.ReadAsStringAsync()).ToList();
            Assert.True(cells.Count > 1, name);
            foreach (var cell in cells)
            {
                // numbers of our own may be negative; nothing else begins so
                Assert.False(cell.Length > 0 && "=+-@\t\r\n".Contains(cell[0], StringComparison.Ordinal) && !decimal.TryParse(cell, out _), $"{name}: {cell}");
                if (cell.StartsWith("'=", StringComparison.Ordinal) || cell.StartsWith("'+", StringComparison.Ordinal) || cell.StartsWith("'@", StringComparison.Ordinal) || cell.StartsWith("'-", StringComparison.Ordinal)) hostileCells++;
            }
        }
        Assert.True(hostileCells >= 6, $"{hostileCells} cells were made harmless: the tables do not hold what they should.");
    }

    [Fact]
    public async Task No_page_runs_what_somebody_is_called()
    {
        var app = await shared.AppAsync();
        var hostile = await HostileContent.MakeAsync(app);
        var problem = Uri.EscapeDataString(HostileContent.Script);
        // each function that can answer with a page
        var asked = new Dictionary<string, string[]>
        {
            ["ShowStanding"] = [$"/board/competitions/{hostile.Slug}", $"/board/competitions/{problem}", $"/board/competitions/{hostile.Slug}?lang={problem}"],
            ["ShowResults"] = [$"/board/competitions/{hostile.Slug}/results"],
            ["ShowVoting"] = [$"/board/votings/{hostile.Voting}", $"/board/votings/{hostile.Voting}?by=genre"],
            ["GetDocs"] = ["/api/docs"],
            ["ListProblems"] = ["/api/problems"],
            ["GetProblem"] = ["/api/problems/not-found", $"/api/problems/{problem}"],
            ["GetVerificationPage"] = ["/api/certificates/verification", $"/api/certificates/verification?number={problem}"],
        };
        var all = Api.Functions.Where(function => function.Operation.MediaType == "text/html" || function.Operation.AlsoMediaType.Contains("text/html")).ToList();
        Assert.Equal(all.Select(function => function.Name).Order(), asked.Keys.Order());

        foreach (var path in asked.Values.SelectMany(paths => paths))
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/html"));
            using var answer = await hostile.Tenant.Http.SendAsync(request);
            var text = await answer.Content.ReadAsStringAsync();
            Assert.True((int)answer.StatusCode < 500, $"{path}: {text}");
            Assert.Equal(["nosniff"], answer.Headers.GetValues("X-Content-Type-Options"));
            var policy = answer.Headers.GetValues("Content-Security-Policy").Single();
            Assert.StartsWith("default-src 'none'", policy, StringComparison.Ordinal);
            Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
            Assert.Contains("frame-ancestors 'none'", policy, StringComparison.Ordinal);
            if (answer.Content.Headers.ContentType!.MediaType != "text/html") continue;
            Assert.DoesNotContain("alert(1)</script>", text, StringComparison.Ordinal);
            Assert.DoesNotContain("<img src=x", text, StringComparison.Ordinal);
            if (!path.StartsWith("/board", StringComparison.Ordinal)) continue;
            // boards are well-formed, so what is markup and what is text is beyond doubt
            var page = XDocument.Parse(text.Replace("<!DOCTYPE html>", "", StringComparison.Ordinal));
            Assert.All(page.Descendants("script"), script => Assert.StartsWith("/board/assets/", (string)script.Attribute("src")!, StringComparison.Ordinal));
            Assert.DoesNotContain(page.Descendants().Attributes(), attribute => attribute.Name.LocalName.StartsWith("on", StringComparison.OrdinalIgnoreCase));
        }
        using var shown = await hostile.Tenant.Http.GetAsync(new Uri($"/board/competitions/{hostile.Slug}", UriKind.Relative));
        Assert.Contains("&lt;script&gt;alert(1)&lt;/script&gt;", await shown.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_answer_says_to_a_browser_that_it_is_what_it_says_and_nothing_to_frame()
    {
        var tenant = await shared.TenantAsync();
        var person = await tenant.PersonAsync();
        foreach (var (http, path, status) in new[] { (person.Http, "/api/me", 200), (tenant.Http, "/api/me", 401), (person.Http, "/api/users", 403), (tenant.Http, "/api/competitions/none", 404), (tenant.Http, "/.well-known/jwks.json", 200), (tenant.Http, "/api/health/live", 200) })
        {
            using var answer = await http.GetAsync(new Uri(path, UriKind.Relative));
            Assert.Equal(status, (int)answer.StatusCode);
            foreach (var (name, value) in new[] { ("X-Content-Type-Options", "nosniff"), ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"), ("Referrer-Policy", "no-referrer"), ("Strict-Transport-Security", "max-age=31536000") })
                Assert.True(answer.Headers.TryGetValues(name, out var given) && given.SequenceEqual([value]), $"{path}: {name}");
            Assert.False(answer.Headers.Contains("Server") || answer.Headers.Contains("X-Powered-By"), path);
        }
    }

    // as a spreadsheet reads it; our own reader takes the sign of harmlessness away again
    private static IEnumerable<string> CellsOf(string table)
    {
        var cell = new StringBuilder();
        var quoted = false;
        table = table.TrimStart('\ufeff');
        for (var at = 0; at < table.Length; at++)
        {
            var letter = table[at];
            if (letter == '"' && quoted && at + 1 < table.Length && table[at + 1] == '"') cell.Append(table[++at]);
            else if (letter == '"') quoted = !quoted;
            else if (!quoted && letter is ',' or '\r' or '\n')
            {
                yield return cell.ToString();
                cell.Clear();
            }
            else cell.Append(letter);
        }
        yield return cell.ToString();
    }

    private static string Quoted(string text) => $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    private static Task<HttpResponseMessage> TableAsync(TestPerson by, string path, object body)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = JsonContent.Create(body) };
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/csv"));
        return by.Http.SendAsync(request);
    }
}
