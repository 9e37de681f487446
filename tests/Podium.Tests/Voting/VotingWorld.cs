using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Podium.Tests.Harness;

namespace Podium.Tests.Voting;

/// <summary>A voting of a test, set up through the API.</summary>
internal sealed class VotingWorld
{
    private VotingWorld(TestPerson boss, JsonObject voting, IReadOnlyList<Guid> options)
    {
        Boss = boss;
        Id = (Guid)voting["id"]!;
        Options = options;
    }

    public TestPerson Boss { get; }

    public Guid Id { get; }

    public IReadOnlyList<Guid> Options { get; }

    public string Path => $"/api/voting-sessions/{Id}";

    /// <summary>A draft with options named A, B, C and so on.</summary>
    public static async Task<VotingWorld> DraftAsync(TestPerson boss, object rules, int options = 3, Func<int, object>? option = null)
    {
        var voting = await boss.Http.PostAsJsonAsync("/api/voting-sessions", rules).OkAsync(201);
        var ids = Enumerable.Range(0, options).Select(_ => Guid.CreateVersion7()).ToList();
        var made = new VotingWorld(boss, voting, ids);
        await boss.Http.PutAsJsonAsync($"{made.Path}/options", new { options = ids.Select((id, index) => option?.Invoke(index) ?? new { id, title = $"{(char)('A' + index)}" }) }).OkAsync();
        return made;
    }

    public static async Task<VotingWorld> OpenAsync(TestPerson boss, object rules, int options = 3)
    {
        var made = await DraftAsync(boss, rules, options);
        await made.MoveAsync("open");
        return made;
    }

    public Task<JsonObject> MoveAsync(string phase) => Boss.Http.PostAsJsonAsync($"{Path}/phase", new { phase }).OkAsync();

    /// <summary>A vote for options by their places: those chosen, or ranked in this order.</summary>
    public Task<HttpResponseMessage> CastAsync(HttpClient voter, int[] options, bool ranked = false, string? ticket = null, int? nth = null) => voter.PostAsJsonAsync(
        $"{Path}/votes", new { choices = options.Select((option, place) => new { optionId = Options[option], rank = ranked ? place + 1 : (int?)null }), ticket, nth });

    public Task<JsonObject> BoardAsync(HttpClient http, string query = "") => http.GetAsync($"{Path}/board{query}").OkAsync();

    /// <summary>The votes of each option on the board, in the options' order.</summary>
    public async Task<string> CountsAsync(HttpClient http)
    {
        var lines = (await BoardAsync(http))["lines"]!.AsArray();
        return string.Join(' ', lines.OrderBy(line => (int)line!["option"]!).Select(line => line!["votes"]!.ToString()));
    }

    public async Task<string> TicketAsync(HttpClient http) => (string)(await http.PostAsync($"{Path}/tickets", null).OkAsync())["value"]!;
}
