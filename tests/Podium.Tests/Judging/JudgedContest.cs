using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Podium.Tests.Harness;

namespace Podium.Tests.Judging;

/// <summary>A competition of one round with participants and judges, made through the API's own doors.</summary>
internal sealed class JudgedContest
{
    private static readonly DateTimeOffset Start = new(2026, 2, 1, 0, 0, 0, TimeSpan.Zero);

    public required PodiumApp App { get; init; }

    public required TestTenant Tenant { get; init; }

    public required TestPerson Organizer { get; init; }

    public required Guid Id { get; init; }

    public required Guid RoundId { get; init; }

    public List<(TestPerson Person, Guid RegistrationId)> Participants { get; } = [];

    public List<(TestPerson Person, Guid JudgeId)> Panel { get; } = [];

    public string Path => $"/api/competitions/{Id}";

    public string Round => $"{Path}/rounds/{RoundId}";

    public static async Task<JudgedContest> CreateAsync(SharedApp shared, int participants, int judges) => await CreateAsync(await shared.AppAsync(), participants, judges);

    /// <summary>With teams, each participant is the captain and only member of one.</summary>
    public static async Task<JudgedContest> CreateAsync(PodiumApp app, int participants, int judges, bool teams = false)
    {
        var tenant = await TestTenant.CreateAsync(app);
        var organizer = await tenant.AdministratorAsync();
        var made = await organizer.Http.PostAsJsonAsync("/api/competitions", new
        {
            name = "Cup of robots",
            type = teams ? "team" : "individual",
            minTeamSize = teams ? 1 : (int?)null,
            maxTeamSize = teams ? 5 : (int?)null,
            registrationStart = Start.AddDays(-27),
            registrationEnd = Start.AddDays(-12),
            competitionStart = Start,
            competitionEnd = Start.AddDays(20),
        }).OkAsync(201);
        var id = (Guid)made["id"]!;
        await organizer.Http.PostAsJsonAsync($"/api/competitions/{id}/moves", new { to = "published" }).OkAsync();
        var round = await organizer.Http.PostAsJsonAsync($"/api/competitions/{id}/rounds", new { number = 1, name = "Final", opensAt = Start, closesAt = Start.AddDays(10) }).OkAsync(201);
        var contest = new JudgedContest { App = app, Tenant = tenant, Organizer = organizer, Id = id, RoundId = (Guid)round["id"]! };
        var people = await Task.WhenAll(Enumerable.Range(1, participants).Select(number => tenant.PersonAsync(firstName: "Team", lastName: $"Number{number}")));
        for (var number = 1; number <= participants; number++)
        {
            var person = people[number - 1];
            var teamId = teams ? (Guid)(await person.Http.PostAsJsonAsync($"{contest.Path}/teams", new { name = $"Team Number{number}" }).OkAsync(201))["id"]! : (Guid?)null;
            var registered = await person.Http.PostAsJsonAsync($"{contest.Path}/registrations", new { teamId }).OkAsync(201);
            contest.Participants.Add((person, (Guid)registered["id"]!));
        }
        for (var number = 1; number <= judges; number++) await contest.AddJudgeAsync($"Number{number}");
        return contest;
    }

    public async Task<Guid> AddJudgeAsync(string lastName)
    {
        // an address at another house than the participants', or none of them might be judged
        var person = await Tenant.PersonAsync($"judge-{Guid.NewGuid():N}@jury.example.net", "Judge", lastName);
        await Organizer.GrantAsync(person, "JUDGE").OkAsync(201);
        person = await Tenant.SignInAsync(person.Email);
        var judge = (Guid)(await Organizer.Http.PostAsJsonAsync("/api/judges", new { userId = person.Id, capacity = 20 }).OkAsync(201))["id"]!;
        await Organizer.Http.PutAsJsonAsync($"{Path}/judges/{judge}", new { }).OkAsync();
        Panel.Add((person, judge));
        return judge;
    }

    public Task<JsonObject> RubricAsync(bool blind = false, object? tieBreaks = null) => Organizer.Http.PostAsJsonAsync($"{Path}/rubrics", new
    {
        name = "Jury",
        criteria = new object[] { new { key = "idea", name = "Idea", maxPoints = 10, step = 0.5 }, new { key = "work", name = "Work", maxPoints = 20, weight = 2 }, new { key = "extra", name = "Extra", maxPoints = 5, required = false } },
        blind,
        tieBreaks = tieBreaks ?? Array.Empty<object>(),
    }).OkAsync(201);

    public async Task<JsonObject> AssignAsync(int needed, object? more = null)
    {
        var request = System.Text.Json.JsonSerializer.SerializeToNode(more ?? new { })!.AsObject();
        request["needed"] = needed;
        await Organizer.Http.PostAsJsonAsync($"{Round}/assignment", request).OkAsync(202);
        return await AssignmentAsync();
    }

    /// <summary>The last assignment, when it is made.</summary>
    public async Task<JsonObject> AssignmentAsync()
    {
        return await App.UntilAsync("the assignment is made", async () =>
        {
            var details = await Organizer.Http.GetAsync($"{Round}/assignment").OkAsync();
            return details["plan"]!["finishedAt"] is null ? null : details;
        });
    }

    public static async Task<IReadOnlyList<JsonObject>> ReviewsOfAsync(TestPerson judge) => [.. (await judge.Http.GetAsync("/api/me/reviews?limit=200").OkAsync())["items"]!.AsArray().Select(item => item!.AsObject())];

    public static Task<HttpResponseMessage> FinishAsync(TestPerson judge, JsonNode review, decimal idea, decimal work) =>
        judge.Http.PostAsJsonAsync($"/api/reviews/{review["id"]}/final", new { marks = new { idea, work } });
}
