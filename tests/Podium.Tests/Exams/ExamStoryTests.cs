using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Podium.Tests.Harness;

namespace Podium.Tests.Exams;

/// <summary>An examination from its entries to its amended results, with two centres that try to see each other at every step.</summary>
public sealed class ExamStoryTests
{
    [Fact]
    public async Task Results_come_from_entries_to_everybody_at_their_instant_and_to_nobody_before()
    {
        await using var app = await PodiumApp.StartAsync();
        var hall = await ExamHall.OpenAsync(app, year: 2024);
        var (office, a, b) = (hall.Office, hall.HeadA, hall.HeadB);
        var stranger = await (await TestTenant.CreateAsync(app)).AdministratorAsync();
        var nobody = await hall.Tenant.PersonAsync();

        // entries: each centre its own, and the region's inspector only its region's
        var theirs = await ExamHall.ImportAsync(a, $"{hall.At}/imports/candidates", "centre,number,first_name,last_name\nC2,C2-9,Eve,Thief\n");
        Assert.Equal("unknown", (string)theirs["errors"]![0]!["code"]!);
        await hall.EnterAsync();
        Assert.Equal(["C1-1", "C1-2"], await NumbersAsync(a, hall));
        Assert.Equal(["C2-1", "C2-2"], await NumbersAsync(b, hall));
        Assert.Equal(["C1-1", "C1-2"], await NumbersAsync(hall.Inspector, hall));
        Assert.Equal(4, (await NumbersAsync(office, hall)).Count);
        Assert.Equal("unknown", (string)(await ExamHall.ImportAsync(a, $"{hall.At}/imports/entries", "number,subject,status\nC2-1,MAT,withdrawn\n"))["errors"]![0]!["code"]!);
        await nobody.Http.GetAsync($"{hall.At}/candidates").ProblemAsync(403, "forbidden");
        await stranger.Http.GetAsync($"{hall.At}/candidates").ProblemAsync(404, "not-found");
        Assert.Empty((await stranger.Http.GetAsync("/api/exam-centres").OkAsync())["items"]!.AsArray());

        // secrets
        await a.Http.PostAsJsonAsync($"{hall.At}/centres/{hall.CentreB}/secrets", new { }).ProblemAsync(404, "not-found");
        var secrets = await hall.SecretsAsync(a, hall.CentreA);
        foreach (var (number, secret) in await hall.SecretsAsync(b, hall.CentreB)) secrets[number] = secret;
        Assert.Empty(await hall.SecretsAsync(a, hall.CentreA));

        // marks: a centre knows no candidate of another
        var stolen = await hall.MarksAsync(a, "number,subject,paper,mark\nC1-1,ENG,1,45\nC2-1,ENG,1,0\n");
        Assert.Equal(("refused", "errors", 1), ((string)stolen["state"]!, (string)stolen["reason"]!, (int)stolen["errors"]!));
        Assert.Contains("3,candidate", await (await a.Http.GetAsync($"/api/exam-mark-files/{stolen["id"]}/errors")).Content.ReadAsStringAsync());
        await b.Http.GetAsync($"/api/exam-mark-files/{stolen["id"]}").ProblemAsync(404, "not-found");
        await b.Http.GetAsync($"/api/exam-mark-files/{stolen["id"]}/errors").ProblemAsync(404, "not-found");
        var marksA = "number,subject,paper,mark\nC1-1,ENG,1,54\nC1-1,ENG,2,72.5\nC1-1,MAT,1,64.995\nC1-2,ENG,1,ABS\nC1-2,ENG,2,ABS\nC1-2,MAT,1,49\n";
        Assert.Equal("mark", await FirstErrorAsync(a, await hall.MarksAsync(a, marksA)));
        marksA = marksA.Replace("64.995", "64,99", StringComparison.Ordinal).Replace(',', ';').Replace("64;99", "64,99", StringComparison.Ordinal);
        var sent = await hall.MarksAsync(a, marksA);
        Assert.Equal(("imported", 6, 6, 0, 0), ((string)sent["state"]!, (int)sent["rows"]!, (int)sent["added"]!, (int)sent["changed"]!, (int)sent["unchanged"]!));
        var again = await hall.MarksAsync(a, marksA);
        Assert.Equal(("imported", 0, 0, 6), ((string)again["state"]!, (int)again["added"]!, (int)again["changed"]!, (int)again["unchanged"]!));
        await hall.MarksAsync(b, "number,subject,paper,mark\nC2-1,ENG,1,60\nC2-1,ENG,2,90\nC2-1,MAT,1,100\nC2-2,ENG,1,30\nC2-2,ENG,2,45\nC2-2,MAT,1,12\n");
        var corrected = await hall.MarksAsync(a, "number,subject,paper,mark\nC1-2,MAT,1,50\nC1-1,ENG,1,54\n");
        Assert.Equal((0, 1, 1), ((int)corrected["added"]!, (int)corrected["changed"]!, (int)corrected["unchanged"]!));
        Assert.Equal("49.00>50.00", await app.QueryAsync<string>("SELECT string_agg(old_mark || '>' || new_mark, ' ') FROM exam_mark_changes"));

        // computed, but not from marks that may still change
        await office.Http.PostAsJsonAsync($"{hall.At}/runs", new { reason = "First results", publishAt = app.Clock.GetUtcNow() }).ProblemAsync(409, "exam-marks-not-locked");
        await a.Http.PutAsync($"{hall.At}/marks-lock", null).ProblemAsync(403, "forbidden");
        await office.Http.PutAsync($"{hall.At}/marks-lock", null).OkAsync();
        await a.Http.PostAsJsonAsync($"{hall.At}/mark-files", new { name = "late.csv" }).ProblemAsync(423, "exam-marks-locked");
        var bare = await hall.ComputeAsync("Without boundaries", app.Clock.GetUtcNow());
        Assert.Equal(("refused", 2, 7), ((string)bare["state"]!, CountOf(bare, "boundaries"), CountOf(bare, "ungraded")));
        await hall.SetBoundariesAsync();
        var instant = app.Clock.GetUtcNow() + TimeSpan.FromMinutes(5);
        var run = await hall.ComputeAsync("First results", instant);
        Assert.True((string)run["state"]! == "verified", run.ToJsonString());
        Assert.Equal((8, 4, 0, 1), ((int)run["results"]!, (int)run["candidates"]!, CountOf(run, "digest"), CountOf(run, "absent")));
        await office.Http.PostAsJsonAsync($"{hall.At}/runs", new { reason = "Another", publishAt = instant }).ProblemAsync(409, "exam-run-under-way");
        await office.Http.PutAsJsonAsync($"{hall.At}/subjects/MAT/boundaries", ExamHall.Boundaries(90, 80, 70)).ProblemAsync(409, "exam-run-under-way");

        // what other boundaries would give changes nothing
        var trial = await office.Http.PostAsJsonAsync($"{hall.At}/subjects/MAT/boundaries/trial", ExamHall.Boundaries(80, 64.99m, 60)).OkAsync();
        Assert.Equal("A 1 1,B 0 1,C 2 0,U 1 2", string.Join(',', trial["grades"]!.AsArray().Select(grade => $"{grade!["grade"]} {grade["now"]} {grade["then"]}")));
        Assert.Equal((string)run["digest"]!, (string)(await office.Http.GetAsync($"/api/exam-runs/{run["id"]}").OkAsync())["digest"]!);
        await a.Http.GetAsync($"/api/exam-runs/{run["id"]}").ProblemAsync(403, "forbidden");
        await stranger.Http.GetAsync($"/api/exam-runs/{run["id"]}").ProblemAsync(404, "not-found");

        // two persons, neither of whom asked, and of the digest that they saw
        var approvals = $"/api/exam-runs/{run["id"]}/approvals";
        var digest = new { digest = (string)run["digest"]! };
        await office.Http.PostAsJsonAsync(approvals, digest).ProblemAsync(403, "exam-another-person");
        await hall.Approvers[0].Http.PostAsJsonAsync(approvals, new { digest = new string('0', 64) }).ProblemAsync(409, "exam-digest-differs");
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => hall.Approvers[0].Http.PostAsJsonAsync(approvals, digest).OkAsync()));
        Assert.Equal("verified", (string)(await hall.Approvers[0].Http.GetAsync($"/api/exam-runs/{run["id"]}").OkAsync())["state"]!);
        Assert.Equal("approved", (string)(await hall.Approvers[1].Http.PostAsJsonAsync(approvals, digest).OkAsync())["state"]!);
        await app.AdvanceAsync(TimeSpan.FromMinutes(4));

        // nothing at any door while it is kept back
        await hall.LookUpAsync("C1-1", secrets["C1-1"]).ProblemAsync(404, "exam-not-published");
        await hall.LookUpAsync("C1-1", "wrong").ProblemAsync(404, "exam-not-published");
        await hall.LookUpAsync("C9-9", "wrong").ProblemAsync(404, "exam-not-published");
        await hall.Tenant.Http.GetAsync($"{hall.At}/tables").ProblemAsync(404, "exam-not-published");
        foreach (var person in new[] { office, a, hall.Inspector })
        {
            await person.Http.GetAsync($"{hall.At}/centres/{hall.CentreA}/results").ProblemAsync(404, "exam-not-published");
            await person.Http.GetAsync($"{hall.At}/centres/{hall.CentreA}/broadsheet").ProblemAsync(404, "exam-not-published");
        }
        Assert.Null((await hall.Tenant.Http.GetAsync(hall.At).OkAsync())["publishedAt"]);
        Assert.Equal("0 0", await AsCentreAsync(app, hall, a));

        // the instant, everywhere at once
        await app.AdvanceAsync(TimeSpan.FromMinutes(1));
        Assert.Equal("published", (string)(await office.Http.GetAsync($"/api/exam-runs/{run["id"]}").OkAsync())["state"]!);
        Assert.Equal("4 2", await AsCentreAsync(app, hall, a));
        var found = await hall.LookUpAsync("C1-1", secrets["C1-1"]);
        var own = await found.JsonAsync();
        // 54/60*40 + 72.5/90*60 = 84.33; 64.99
        Assert.Equal("ENG A,MAT C", Grades(own));
        Assert.Equal(("Pass", 2, 8, "Éboué", "Lycée de la Côte"), ((string)own["division"]!, (int)own["passes"]!, (int)own["points"]!, (string)own["lastName"]!, (string)own["centreName"]!));
        Assert.Equal(HttpStatusCode.NotModified, (await hall.LookUpAsync("C1-1", secrets["C1-1"].ToUpperInvariant(), found.Headers.ETag!.ToString())).StatusCode);
        Assert.Equal("ENG absent,MAT C", Grades(await hall.LookUpAsync("C1-2", secrets["C1-2"]).OkAsync()));
        Assert.Equal("Merit", (string)(await hall.LookUpAsync("C2-1", secrets["C2-1"]).OkAsync())["division"]!);
        await hall.LookUpAsync("C1-1", secrets["C1-2"]).ProblemAsync(403, "exam-lookup-refused");
        await hall.LookUpAsync("C9-9", secrets["C1-2"]).ProblemAsync(403, "exam-lookup-refused");
        Assert.Equal(2, (await a.Http.GetAsync($"{hall.At}/centres/{hall.CentreA}/results").OkAsync())["items"]!.AsArray().Count);
        await a.Http.GetAsync($"{hall.At}/centres/{hall.CentreB}/results").ProblemAsync(404, "not-found");
        await hall.Inspector.Http.GetAsync($"{hall.At}/centres/{hall.CentreB}/broadsheet").ProblemAsync(404, "not-found");
        await stranger.Http.GetAsync($"{hall.At}/centres/{hall.CentreA}/results").ProblemAsync(404, "not-found");
        Assert.Contains("C1-1,Éboué,Ada,published,Pass,2,8,A,C", await (await hall.Inspector.Http.GetAsync($"{hall.At}/centres/{hall.CentreA}/broadsheet")).Content.ReadAsStringAsync());
        var tables = await hall.Tenant.Http.GetAsync($"{hall.At}/tables").OkAsync();
        Assert.Equal((4, 4, 3, 1), ((int)tables["candidates"]!, (int)tables["subjects"]![0]!["entered"]!, (int)tables["subjects"]![0]!["graded"]!, (int)tables["subjects"]![0]!["absent"]!));
        Assert.Contains((await a.Http.GetAsync("/api/me/notifications").OkAsync())["items"]!.AsArray(), note => (string)note!["kind"]! == "exam-results");

        var papers = new CertificateStory(hall, secrets);
        await papers.IssueAsync(stranger, nobody);

        // withheld at once, whatever was remembered; amended by another run, and the first stays as history
        await a.Http.PostAsJsonAsync($"{hall.At}/cases", new { number = "C2-1", kind = "malpractice", reason = "Envy" }).ProblemAsync(422, "invalid");
        var opened = await b.Http.PostAsJsonAsync($"{hall.At}/cases", new { number = "C2-1", subject = "MAT", kind = "malpractice", reason = "Notes under the desk" }).OkAsync(201);
        var held = await hall.LookUpAsync("C2-1", secrets["C2-1"]).OkAsync();
        Assert.Equal(("withheld", null, 0), ((string)held["status"]!, (string?)held["division"], held["subjects"]!.AsArray().Count));
        Assert.Contains("C2-1,Иванова,Ada,withheld,,0,0", await (await b.Http.GetAsync($"{hall.At}/centres/{hall.CentreB}/broadsheet")).Content.ReadAsStringAsync());
        await papers.WithholdAsync();
        await b.Http.PostAsJsonAsync($"/api/exam-cases/{opened["id"]}/decision", new { upheld = false, outcome = "x" }).ProblemAsync(403, "forbidden");
        Assert.Empty((await a.Http.GetAsync($"{hall.At}/cases").OkAsync())["items"]!.AsArray());
        await office.Http.PostAsJsonAsync($"/api/exam-cases/{opened["id"]}/decision", new { upheld = true, outcome = "The panel has heard her." }).OkAsync();
        // until a run says what follows, what was published before is told to nobody
        Assert.Equal("withheld", (string)(await hall.LookUpAsync("C2-1", secrets["C2-1"]).OkAsync())["status"]!);
        Assert.Contains("C2-1,Иванова,Ada,withheld,,0,0", await (await b.Http.GetAsync($"{hall.At}/centres/{hall.CentreB}/broadsheet")).Content.ReadAsStringAsync());
        var amended = await hall.ApproveAsync(await hall.ComputeAsync("C2-1 is disqualified in MAT", app.Clock.GetUtcNow()));
        Assert.Equal(("published", 2, 1), ((string)amended["state"]!, (int)amended["number"]! - 1, CountOf(amended, "disqualified")));
        Assert.Equal("ENG A,MAT disqualified", Grades(await hall.LookUpAsync("C2-1", secrets["C2-1"]).OkAsync()));
        await papers.AmendAsync();
        Assert.Equal("superseded", (string)(await office.Http.GetAsync($"/api/exam-runs/{run["id"]}").OkAsync())["state"]!);
        Assert.Equal(24, await app.QueryAsync<long>("SELECT count(*) FROM exam_results"));

        // a re-mark within its deadline, once, its fee noted; what changes is issued again when two have approved
        var appeal = new { id = Guid.CreateVersion7(), number = "C1-1", subject = "MAT", reason = "A page was overlooked" };
        await a.Http.PostAsJsonAsync($"{hall.At}/appeals", appeal).ProblemAsync(409, "exam-appeals-closed");
        await office.Http.PatchAsJsonAsync(hall.At, new { appealsUntil = app.Clock.GetUtcNow() + TimeSpan.FromHours(1), appealFee = "5000 XAF" }).OkAsync();
        await b.Http.PostAsJsonAsync($"{hall.At}/appeals", appeal).ProblemAsync(422, "invalid");
        for (var asking = 0; asking < 2; asking++) await a.Http.PostAsJsonAsync($"{hall.At}/appeals", appeal).OkAsync(201);
        await hall.Inspector.Http.PostAsJsonAsync($"{hall.At}/appeals", appeal with { id = Guid.CreateVersion7() }).ProblemAsync(409, "exam-appeal-exists");
        Assert.Empty((await b.Http.GetAsync($"{hall.At}/appeals").OkAsync())["items"]!.AsArray());
        var decision = new { outcome = "Page 4 was not marked.", marks = new[] { new { paper = "1", mark = 70 } } };
        await office.Http.PostAsJsonAsync($"/api/exam-appeals/{appeal.id}/decision", decision).ProblemAsync(409, "exam-fee-unpaid");
        await a.Http.PutAsJsonAsync($"/api/exam-appeals/{appeal.id}/fee", new { reference = "Receipt 1" }).ProblemAsync(403, "forbidden");
        await office.Http.PutAsJsonAsync($"/api/exam-appeals/{appeal.id}/fee", new { reference = "Receipt 1" }).OkAsync();
        await office.Http.PostAsJsonAsync($"/api/exam-appeals/{appeal.id}/decision", new { outcome = "x", marks = new[] { new { paper = "1", mark = 100.5 } } }).ProblemAsync(422, "invalid");
        var decided = await office.Http.PostAsJsonAsync($"/api/exam-appeals/{appeal.id}/decision", decision).OkAsync();
        Assert.Equal("changed", (string)decided["appeal"]!["state"]!);
        await app.SettleAsync();
        Assert.Equal("ENG A,MAT C", Grades(await hall.LookUpAsync("C1-1", secrets["C1-1"]).OkAsync()));
        await hall.ApproveAsync(await office.Http.GetAsync($"/api/exam-runs/{decided["run"]!["id"]}").OkAsync());
        Assert.Equal("ENG A,MAT B", Grades(await hall.LookUpAsync("C1-1", secrets["C1-1"]).OkAsync()));
        await papers.RemarkAsync();
        Assert.Equal("64.99>70.00", await app.QueryAsync<string>("SELECT old_mark || '>' || new_mark FROM exam_mark_changes ORDER BY id DESC LIMIT 1"));
        await office.Http.PostAsJsonAsync($"/api/exam-appeals/{appeal.id}/decision", new { outcome = "Another" }).ProblemAsync(409, "exam-appeal-decided");

        // the year goes to the archive when nobody holds it, and answers from there
        using var operators = app.HttpWithKey();
        var hold = (await operators.PostAsJsonAsync("/api/operations/legal-holds", new { table = "exam_results", from = "2024-06-01T00:00:00Z", until = "2024-07-01T00:00:00Z", reason = "Case 17", placedBy = "Counsel" }).OkAsync(201))["id"];
        await operators.PutAsJsonAsync("/api/operations/partitions/exam_results", new { ahead = 2, keepActiveMonths = 6, archiveKeepMonths = 120, enabled = true }).OkAsync();
        const string Rotate = "/api/operations/partitions/exam_results/rotate";
        Assert.Equal("exam_results_2024 Case 17", string.Join(' ', (await operators.PostAsync(Rotate, null).OkAsync())["held"]!.AsArray().Select(held => $"{held!["partition"]} {held["reason"]}")));
        await operators.DeleteAsync($"/api/operations/legal-holds/{hold}").OkAsync(204);
        Assert.Contains((await operators.PostAsync(Rotate, null).OkAsync())["archived"]!.AsArray(), name => (string?)name == "exam_results_2024");
        Assert.Equal(0, await app.QueryAsync<long>("SELECT count(*) FROM exam_results"));
        var archives = (await operators.GetAsync("/api/operations/partitions").OkAsync())["tables"]!.AsArray().Single(table => (string?)table!["policy"]!["tableName"] == "exam_results")!["archives"]!.AsArray();
        var restored = await operators.PostAsync($"/api/operations/archives/{archives.Single(archive => (string?)archive!["partition"] == "exam_results_2024")!["id"]}/restore", null).OkAsync();
        Assert.Equal(32, (int)restored["rows"]!);
        Assert.Equal("B", await app.QueryAsync<string>(
            $"""
            SET ROLE podium_platform;
            SELECT grade FROM {restored["table"]} JOIN exam_candidates ON exam_candidates.id = candidate_id JOIN exam_subjects ON exam_subjects.id = subject_id
            WHERE number = 'C1-1' AND code = 'MAT' AND run_id = (SELECT published_run_id FROM exam_sessions)
            """));

        await papers.OutliveAsync();

        // who looked at everything is noted, and read by auditors
        var reads = (await office.Http.GetAsync("/api/audit?table=exam_national_reads&limit=200").OkAsync())["items"]!.AsArray();
        Assert.Contains(reads, entry => (string)entry!["new"]!["what"]! == "exam-candidates" && (string)entry["actorId"]! == office.Id.ToString());
        Assert.DoesNotContain(reads, entry => (string?)entry!["actorId"] == a.Id.ToString());
    }

    // what the database itself shows to a centre's head, whatever the code would ask
    private static async Task<string> AsCentreAsync(PodiumApp app, ExamHall hall, TestPerson head)
    {
        var database = (Podium.Platform.Databases.Database)app.Services.GetService(typeof(Podium.Platform.Databases.Database))!;
        return await database.InTransaction(
            new Podium.Platform.Databases.Actor { TenantId = hall.Tenant.Id, UserId = head.Id },
            async session =>
            {
                Assert.Equal(0, await session.SingleAsync<long>("SELECT count(*) FROM exam_candidates"));
                await session.ExecuteAsync("CALL see_exam_centres(@places)", new { places = new[] { Guid.Parse(hall.CentreA) } });
                Assert.Equal("6 2", await session.SingleAsync<string>("SELECT (SELECT count(*) FROM exam_marks) || ' ' || (SELECT count(*) FROM exam_candidates)"));
                return await session.SingleAsync<string>("SELECT (SELECT count(*) FROM exam_results) || ' ' || (SELECT count(*) FROM exam_statements)");
            },
            default);
    }

    private static async Task<string> FirstErrorAsync(TestPerson by, JsonObject file) =>
        (await (await by.Http.GetAsync($"/api/exam-mark-files/{file["id"]}/errors")).Content.ReadAsStringAsync()).Split('\n')[1].Split(',')[1];

    private static int CountOf(JsonObject run, string check) => (int)run["checks"]!.AsArray().Single(one => (string)one!["code"]! == check)!["count"]!;

    private static string Grades(JsonObject statement) => string.Join(',', statement["subjects"]!.AsArray().Select(subject => $"{subject!["code"]} {(string?)subject["grade"] ?? (string)subject["status"]!}"));

    private static async Task<List<string>> NumbersAsync(TestPerson person, ExamHall hall) =>
        [.. (await person.Http.GetAsync($"{hall.At}/candidates").OkAsync())["items"]!.AsArray().Select(candidate => (string)candidate!["number"]!).Order(StringComparer.Ordinal)];
}
