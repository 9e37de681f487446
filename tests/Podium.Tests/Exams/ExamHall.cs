using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Podium.Tests.Files;
using Podium.Tests.Harness;

namespace Podium.Tests.Exams;

/// <summary>An office with two centres in one region, a session of two subjects, four candidates, and the people who run it.</summary>
internal sealed class ExamHall
{
    public required PodiumApp App { get; init; }

    public required TestTenant Tenant { get; init; }

    public required TestPerson Office { get; init; }

    public required TestPerson HeadA { get; init; }

    public required TestPerson HeadB { get; init; }

    /// <summary>Of the region that centre A is in.</summary>
    public required TestPerson Inspector { get; init; }

    public required IReadOnlyList<TestPerson> Approvers { get; init; }

    public required string Session { get; init; }

    public required string CentreA { get; init; }

    public required string CentreB { get; init; }

    public string At => $"/api/exam-sessions/{Session}";

    public static readonly object[] Grades =
    [
        new { code = "A", points = 5, passes = true }, new { code = "B", points = 4, passes = true }, new { code = "C", points = 3, passes = true }, new { code = "U", points = 0, passes = false },
    ];

    public static async Task<ExamHall> OpenAsync(PodiumApp app, bool doubleEntry = false, int year = 2026)
    {
        var tenant = await TestTenant.CreateAsync(app);
        var office = await tenant.AdministratorAsync();
        var session = (await office.Http.PostAsJsonAsync("/api/exam-sessions", new
        {
            year,
            level = "O",
            name = "Ordinary level 2026",
            grades = Grades,
            divisions = new object[] { new { name = "Merit", minPasses = 2, minPoints = 9 }, new { name = "Pass", minPasses = 1 } },
            doubleEntry,
        }).OkAsync(201))["id"]!.ToString();
        var at = $"/api/exam-sessions/{session}";
        await office.Http.PutAsJsonAsync($"{at}/subjects/ENG", new { name = "English", papers = new[] { new { code = "1", name = "Reading", maxMark = 60, weight = 40 }, new { code = "2", name = "Writing", maxMark = 90, weight = 60 } } }).OkAsync();
        await office.Http.PutAsJsonAsync($"{at}/subjects/MAT", new { name = "Mathematics", papers = new[] { new { code = "1", name = "Paper", maxMark = 100, weight = 1 } } }).OkAsync();
        await ImportAsync(office, "/api/imports/exam-centres", "number,name,region_code,region_name\nC1,Lycée de la Côte,R1,Littoral\nC2,Школа № 2,R2,North\n");
        var centres = (await office.Http.GetAsync("/api/exam-centres").OkAsync())["items"]!.AsArray();
        var a = centres.First(centre => (string)centre!["number"]! == "C1")!;
        var b = centres.First(centre => (string)centre!["number"]! == "C2")!["id"]!.ToString();
        var (headA, headB, inspector, one, two) = (await tenant.PersonAsync(), await tenant.PersonAsync(), await tenant.PersonAsync(), await tenant.PersonAsync(), await tenant.PersonAsync());
        await office.GrantAsync(headA, "CENTRE_HEAD", "institution", (Guid)a["id"]!).OkAsync(201);
        await office.GrantAsync(headB, "CENTRE_HEAD", "institution", Guid.Parse(b)).OkAsync(201);
        await office.GrantAsync(inspector, "CENTRE_HEAD", "institution", (Guid)a["regionId"]!).OkAsync(201);
        await office.GrantAsync(one, "EXAM_APPROVER").OkAsync(201);
        await office.GrantAsync(two, "EXAM_APPROVER").OkAsync(201);
        return new ExamHall
        {
            App = app,
            Tenant = tenant,
            Office = office,
            HeadA = headA,
            HeadB = headB,
            Inspector = inspector,
            Approvers = [one, two],
            Session = session,
            CentreA = a["id"]!.ToString(),
            CentreB = b,
        };
    }

    /// <summary>Each head enters two candidates for both subjects.</summary>
    public async Task EnterAsync()
    {
        foreach (var (head, centre, last) in new[] { (HeadA, "C1", "Éboué"), (HeadB, "C2", "Иванова") })
        {
            await ImportAsync(head, $"{At}/imports/candidates", $"centre,number,first_name,last_name\n{centre},{centre}-1,Ada,{last}\n{centre},{centre}-2,Bo,{last}\n");
            await ImportAsync(head, $"{At}/imports/entries", $"number,subject\n{centre}-1,ENG\n{centre}-1,MAT\n{centre}-2,ENG\n{centre}-2,MAT\n");
        }
    }

    public async Task SetBoundariesAsync()
    {
        foreach (var subject in new[] { "ENG", "MAT" })
            await Office.Http.PutAsJsonAsync($"{At}/subjects/{subject}/boundaries", Boundaries(80, 65, 50)).OkAsync();
    }

    public static object Boundaries(decimal a, decimal b, decimal c) =>
        new { boundaries = new[] { new { grade = "A", least = a }, new { grade = "B", least = b }, new { grade = "C", least = c }, new { grade = "U", least = 0m } } };

    public static async Task<JsonObject> ImportAsync(TestPerson by, string path, string table, bool preview = false) =>
        await by.Http.PostAsJsonAsync(path, new { file = Convert.ToBase64String(Encoding.UTF8.GetBytes(table)), preview }).OkAsync();

    /// <summary>Sends marks through storage and waits until they are decided.</summary>
    public async Task<JsonObject> MarksAsync(TestPerson by, string table, int round = 1)
    {
        var content = Encoding.UTF8.GetBytes(table);
        var asked = await by.Http.PostAsJsonAsync($"{At}/mark-files", new { name = "marks.csv", round, bytes = content.Length }).OkAsync(201);
        Assert.Equal(HttpStatusCode.Created, await Client.PutAsync(asked["upload"]!["url"]!.ToString(), content));
        await App.SettleAsync();
        return await by.Http.GetAsync($"/api/exam-mark-files/{asked["file"]!["id"]}").OkAsync();
    }

    public async Task<Dictionary<string, string>> SecretsAsync(TestPerson head, string centre, bool renew = false)
    {
        var made = await head.Http.PostAsJsonAsync($"{At}/centres/{centre}/secrets", new { renew }).OkAsync();
        return made["items"]!.AsArray().ToDictionary(secret => (string)secret!["number"]!, secret => (string)secret!["value"]!);
    }

    public Task<HttpResponseMessage> LookUpAsync(string number, string secret, string? knownTag = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, $"{At}/results/{number}");
        request.Headers.Add("X-Candidate-Secret", secret);
        if (knownTag is not null) request.Headers.TryAddWithoutValidation("If-None-Match", knownTag);
        return Tenant.Http.SendAsync(request);
    }

    /// <summary>Computes and verifies.</summary>
    public async Task<JsonObject> ComputeAsync(string reason, DateTimeOffset publishAt)
    {
        var asked = await Office.Http.PostAsJsonAsync($"{At}/runs", new { reason, publishAt }).OkAsync(202);
        await App.SettleAsync();
        return await Office.Http.GetAsync($"/api/exam-runs/{asked["id"]}").OkAsync();
    }

    public async Task<JsonObject> ApproveAsync(JsonObject run)
    {
        foreach (var approver in Approvers) await approver.Http.PostAsJsonAsync($"/api/exam-runs/{run["id"]}/approvals", new { digest = (string)run["digest"]! }).OkAsync();
        await App.SettleAsync();
        return await Office.Http.GetAsync($"/api/exam-runs/{run["id"]}").OkAsync();
    }
}
