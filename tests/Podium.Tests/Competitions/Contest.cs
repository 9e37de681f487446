using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Podium.Tests.Harness;

namespace Podium.Tests.Competitions;

/// <summary>A competition of a test, made and used through the API's own doors.</summary>
internal sealed class Contest(TestPerson organizer, JsonObject made)
{
    public static readonly DateTimeOffset Opens = new(2026, 1, 5, 0, 0, 0, TimeSpan.Zero);
    public static readonly DateTimeOffset Closes = new(2026, 1, 20, 0, 0, 0, TimeSpan.Zero);
    public static readonly DateTimeOffset Starts = new(2026, 2, 1, 0, 0, 0, TimeSpan.Zero);
    public static readonly DateTimeOffset Ends = new(2026, 2, 21, 0, 0, 0, TimeSpan.Zero);

    public TestPerson Organizer => organizer;

    public Guid Id => (Guid)made["id"]!;

    public string Path => $"/api/competitions/{Id}";

    /// <summary>One whose registration is open now, unless the changes say otherwise.</summary>
    public static async Task<Contest> PublishedAsync(TestPerson organizer, object? changes = null)
    {
        var contest = await DraftAsync(organizer, changes);
        await contest.MoveAsync("published").OkAsync();
        return contest;
    }

    public static async Task<Contest> DraftAsync(TestPerson organizer, object? changes = null) =>
        new(organizer, await organizer.Http.PostAsJsonAsync("/api/competitions", Request(changes)).OkAsync(201));

    public static JsonObject Request(object? changes = null)
    {
        var request = new JsonObject
        {
            ["name"] = "Cup of robots",
            ["type"] = "individual",
            ["registrationStart"] = Opens.ToString("O"),
            ["registrationEnd"] = Closes.ToString("O"),
            ["competitionStart"] = Starts.ToString("O"),
            ["competitionEnd"] = Ends.ToString("O"),
        };
        foreach (var (name, value) in System.Text.Json.JsonSerializer.SerializeToNode(changes ?? new { })!.AsObject()) request[name] = value?.DeepClone();
        return request;
    }

    public Task<HttpResponseMessage> MoveAsync(string to, string? reason = null) => organizer.Http.PostAsJsonAsync($"{Path}/moves", new { to, reason });

    public Task<HttpResponseMessage> RegisterAsync(TestPerson person, Guid? teamId = null, object? entry = null, Guid? id = null) =>
        person.Http.PostAsJsonAsync($"{Path}/registrations", new { id, teamId, entry });

    public Task<HttpResponseMessage> TeamAsync(TestPerson captain, string name, bool open = true, Guid? id = null) =>
        captain.Http.PostAsJsonAsync($"{Path}/teams", new { id, name, open });

    /// <summary>A team of so many, each of whom was invited and came.</summary>
    public async Task<Guid> TeamOfAsync(string name, TestPerson captain, params TestPerson[] others)
    {
        var team = (Guid)(await TeamAsync(captain, name).OkAsync(201))["id"]!;
        foreach (var other in others)
        {
            var invited = await captain.Http.PostAsJsonAsync($"/api/teams/{team}/invitations", new { email = other.Email }).OkAsync(201);
            await other.Http.PostAsync($"/api/invitations/{invited["id"]}/acceptance", null).OkAsync();
        }
        return team;
    }

    public Task<HttpResponseMessage> DecideAsync(JsonNode registration, string decision, string? reason = null) =>
        organizer.Http.PostAsJsonAsync($"{Path}/registrations/{registration["id"]}/decision", new { decision, reason });

    public Task<HttpResponseMessage> WithdrawAsync(TestPerson by, JsonNode registration) => by.Http.PostAsJsonAsync($"{Path}/registrations/{registration["id"]}/withdrawal", new { });

    public Task<JsonObject> ReadAsync() => organizer.Http.GetAsync(Path).OkAsync();

    public async Task<IReadOnlyList<JsonNode>> RegistrationsAsync(string query = "") => [.. (await organizer.Http.GetAsync($"{Path}/registrations?limit=200{query}").OkAsync())["items"]!.AsArray().Select(item => item!)];
}
