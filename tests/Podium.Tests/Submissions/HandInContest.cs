using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Podium.Tests.Files;
using Podium.Tests.Harness;
using Podium.Tests.Platform.Files;

namespace Podium.Tests.Submissions;

/// <summary>A competition that is under way and takes something, with people who take part, made and used through the API's own doors.</summary>
internal sealed class HandInContest
{
    public static readonly byte[] Pdf = PdfFile.OfPages(3).Plain();

    public required PodiumApp App { get; init; }

    public required TestTenant Tenant { get; init; }

    public required TestPerson Boss { get; set; }

    public required Guid Id { get; init; }

    public List<(TestPerson Person, Guid RegistrationId)> Entries { get; } = [];

    public string Path => $"/api/competitions/{Id}";

    public DateTimeOffset Ends { get; private set; }

    /// <summary>One of individuals; by default they hand in one PDF for the whole competition.</summary>
    public static async Task<HandInContest> CreateAsync(PodiumApp app, int people, object? rules = null)
    {
        var tenant = await TestTenant.CreateAsync(app);
        var boss = await tenant.AdministratorAsync();
        var now = app.Clock.GetUtcNow();
        var made = await boss.Http.PostAsJsonAsync("/api/competitions", new
        {
            name = "Cup of reports",
            type = "individual",
            registrationStart = now.AddDays(-1),
            registrationEnd = now.AddDays(1),
            competitionStart = now.AddDays(2),
            competitionEnd = now.AddDays(10),
            configuration = new { submissions = rules ?? new { @for = "competition" } },
        }).OkAsync(201);
        var contest = new HandInContest { App = app, Tenant = tenant, Boss = boss, Id = (Guid)made["id"]! };
        await contest.MoveAsync("published");
        for (var number = 0; number < people; number++)
        {
            var person = await tenant.PersonAsync(lastName: $"Number{number}");
            contest.Entries.Add((person, (Guid)(await person.Http.PostAsJsonAsync($"{contest.Path}/registrations", new { }).OkAsync(201))["id"]!));
        }
        await contest.BeginAsync();
        return contest;
    }

    /// <summary>Registration is over, and it has begun an hour ago.</summary>
    public async Task BeginAsync()
    {
        var now = App.Clock.GetUtcNow();
        Ends = now.AddDays(3);
        await Boss.Http.PatchAsJsonAsync(Path, new { registrationEnd = now.AddHours(-2), competitionStart = now.AddHours(-1), competitionEnd = Ends }).OkAsync();
        await MoveAsync("active");
    }

    public Task MoveAsync(string to) => Boss.Http.PostAsJsonAsync($"{Path}/moves", new { to }).OkAsync();

    public Task<HttpResponseMessage> BeginAsync(TestPerson person, object request) => person.Http.PostAsJsonAsync($"{Path}/submissions", request);

    /// <summary>Hands in one file and lets it be looked into; answers where the submission stands.</summary>
    public async Task<JsonObject> SendAsync(TestPerson person, byte[]? content = null, object? request = null)
    {
        var asked = await BeginAsync(person, request ?? new { submit = true, files = new[] { new { name = "report.pdf" } } }).OkAsync(201);
        await PutAsync(asked, content ?? Pdf);
        await App.SettleAsync();
        return await ReadAsync(person, asked["submission"]!["id"]!);
    }

    public static async Task PutAsync(JsonObject asked, byte[] content)
    {
        foreach (var upload in asked["uploads"]!.AsArray()) Assert.Equal(HttpStatusCode.Created, await Client.PutAsync((string)upload!["request"]!["url"]!, content));
    }

    public static Task<JsonObject> ReadAsync(TestPerson person, object id) => person.Http.GetAsync($"/api/submissions/{id}").OkAsync();

    public async Task<IReadOnlyList<JsonNode>> ListAsync(string query = "") => [.. (await Boss.Http.GetAsync($"{Path}/submissions?limit=200{query}").OkAsync())["items"]!.AsArray().Select(item => item!)];

    public async Task<IReadOnlyList<string>> MissingAsync() => [.. (await Boss.Http.GetAsync($"{Path}/missing-submissions?limit=200").OkAsync())["items"]!.AsArray().Select(item => (string)item!["name"]!)];

    public static (string Status, string Review) StandsAt(JsonNode standing) => ((string)standing["submission"]!["status"]!, (string)standing["submission"]!["reviewStatus"]!);
}
