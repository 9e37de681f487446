using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Podium.Tests.Competitions;
using Podium.Tests.Harness;

namespace Podium.Tests.Voting;

/// <summary>Setting votings up, and taking them from phase to phase.</summary>
public sealed class VotingSessionTests(SharedApp shared)
{
    [Fact]
    public async Task A_voting_is_set_up_changed_opened_and_then_frozen()
    {
        var tenant = await shared.TenantAsync();
        var boss = await tenant.AdministratorAsync();
        var reader = await tenant.PersonAsync();
        var other = await (await shared.TenantAsync()).AdministratorAsync();
        var id = Guid.CreateVersion7();
        var rules = new { id, title = "Best song", method = "plurality", countries = new[] { "KZ" }, groups = new[] { new { name = "Jury", weight = 2.5, role = "JUDGE" } } };

        var added = await boss.Http.PostAsJsonAsync("/api/voting-sessions", rules).OkAsync(201);
        Assert.Equal(added.ToJsonString(), (await boss.Http.PostAsJsonAsync("/api/voting-sessions", rules).OkAsync(201)).ToJsonString());
        await boss.Http.PostAsJsonAsync("/api/voting-sessions", new { id, title = "Another" }).ProblemAsync(409, "voting-id-taken");
        await reader.Http.PostAsJsonAsync("/api/voting-sessions", new { title = "Mine" }).ProblemAsync(403, "forbidden");
        await tenant.Http.GetAsync($"/api/voting-sessions/{id}").ProblemAsync(404, "not-found");
        await other.Http.GetAsync($"/api/voting-sessions/{id}").ProblemAsync(404, "not-found");
        Assert.Empty((await reader.Http.GetAsync("/api/voting-sessions").OkAsync())["items"]!.AsArray());
        Assert.Single((await boss.Http.GetAsync("/api/voting-sessions?status=draft").OkAsync())["items"]!.AsArray());

        var path = $"/api/voting-sessions/{id}";
        var changed = await boss.Http.IfMatchAsync(HttpMethod.Put, path, "\"1\"", new { title = "Best song", method = "approval", mostOptions = 2 }).OkAsync();
        Assert.Equal(("approval", "Best song", 2), ((string)changed["method"]!, (string)changed["title"]!, (int)changed["version"]!));
        Assert.Empty(changed["groups"]!.AsArray());
        await boss.Http.IfMatchAsync(HttpMethod.Put, path, "\"1\"", new { title = "Late" }).ProblemAsync(409, "stale");
        await boss.Http.PostAsJsonAsync($"{path}/phase", new { phase = "open" }).ProblemAsync(409, "voting-phase-refused");

        Guid[] options = [Guid.CreateVersion7(), Guid.CreateVersion7()];
        await boss.Http.PutAsJsonAsync($"{path}/options", new { options = new[] { new { id = options[0], title = "A" }, new { id = options[0], title = "B" } } }).ProblemAsync(422, "invalid");
        await boss.Http.PutAsJsonAsync($"{path}/options", new { options = new object[] { new { id = options[1], title = "B" }, new { id = options[0], title = "A", genre = "Folk", country = "KZ" } } }).OkAsync();
        var set = await boss.Http.PutAsJsonAsync($"{path}/options", new { options = new object[] { new { id = options[0], title = "A", genre = "Folk", country = "KZ" }, new { id = options[1], title = "B" } } }).OkAsync();
        Assert.Equal(["1 A Folk KZ", "2 B  "], set["options"]!.AsArray().Select(option => $"{option!["number"]} {option["title"]} {option["genre"]} {option["country"]}"));
        await other.Http.PutAsJsonAsync($"{path}/options", new { options = new[] { new { id = options[0], title = "A" } } }).ProblemAsync(404, "not-found");

        Assert.Equal("open", (string)(await boss.Http.PostAsJsonAsync($"{path}/phase", new { phase = "open" }).OkAsync())["status"]!);
        Assert.Equal("open", (string)(await boss.Http.PostAsJsonAsync($"{path}/phase", new { phase = "open" }).OkAsync())["status"]!);
        await boss.Http.PutAsJsonAsync(path, new { title = "Best song", method = "plurality" }).ProblemAsync(409, "voting-frozen");
        await boss.Http.PutAsJsonAsync(path, new { title = "The best song", method = "approval", mostOptions = 2, closesAt = "2026-02-01T00:00:00Z" }).OkAsync();
        await boss.Http.PutAsJsonAsync($"{path}/options", new { options = new[] { new { id = options[0], title = "A" } } }).ProblemAsync(409, "voting-frozen");
        await boss.Http.DeleteAsync(path).ProblemAsync(409, "voting-frozen");
        var seen = await tenant.Http.GetAsync(path).OkAsync();
        Assert.Equal(("The best song", 2), ((string)seen["title"]!, seen["options"]!.AsArray().Count));
        await reader.Http.PostAsJsonAsync($"{path}/phase", new { phase = "closed" }).ProblemAsync(403, "forbidden");
        await boss.Http.PostAsJsonAsync($"{path}/phase", new { phase = "published" }).ProblemAsync(409, "voting-not-published");
        await boss.Http.PostAsJsonAsync($"{path}/phase", new { phase = "draft" }).ProblemAsync(409, "voting-phase-refused");
    }

    [Theory]
    [InlineData("""{ "method": "stv", "ballot": "option" }""", "/ballot")]
    [InlineData("""{ "method": "instantRunoff", "seats": 2 }""", "/seats")]
    [InlineData("""{ "method": "score", "lowestScore": 5, "highestScore": 5 }""", "/highestScore")]
    [InlineData("""{ "opensAt": "2026-03-01T00:00:00Z", "closesAt": "2026-02-01T00:00:00Z" }""", "/closesAt")]
    [InlineData("""{ "opensAt": "2026-03-01T00:00:00Z", "closesAt": "2028-02-01T00:00:00Z" }""", "/closesAt")]
    [InlineData("""{ "closesAt": "2025-02-01T00:00:00Z" }""", "/closesAt")]
    [InlineData("""{ "method": "schulze", "groups": [{ "name": "A", "share": 50 }] }""", "/groups")]
    [InlineData("""{ "groups": [{ "name": "A" }, { "name": "A" }] }""", "/groups")]
    [InlineData("""{ "groups": [{ "name": "A", "weight": 1.0001 }] }""", "/groups")]
    [InlineData("""{ "onlyGroups": true }""", "/onlyGroups")]
    [InlineData("""{ "voters": "anyone", "groups": [{ "name": "A", "role": "JUDGE" }] }""", "/voters")]
    [InlineData("""{ "points": { "scale": [1, 2] } }""", "/points/scale")]
    [InlineData("""{ "countries": ["kz"] }""", "/countries")]
    [InlineData("""{ "timeZone": "Nowhere" }""", "/timeZone")]
    public async Task Rules_that_contradict_each_other_are_refused(string rules, string pointer)
    {
        var boss = await BossAsync(shared);
        var body = JsonNode.Parse(rules)!.AsObject();
        body["title"] = "Impossible";
        var problem = await boss.Http.PostAsJsonAsync("/api/voting-sessions", body).ProblemAsync(422, "invalid");
        Assert.Contains(problem["errors"]!.AsArray(), fault => (string)fault!["pointer"]! == pointer);
    }

    [Fact]
    public async Task A_voting_of_a_competition_is_run_by_who_runs_that_competition()
    {
        var tenant = await shared.TenantAsync();
        var boss = await tenant.AdministratorAsync();
        var organizer = await tenant.PersonAsync();
        var (competitionId, otherId) = ((await Contest.PublishedAsync(boss)).Id, (await Contest.PublishedAsync(boss, new { slug = "other" })).Id);
        await boss.Http.PostAsJsonAsync("/api/voting-sessions", new { title = "Nowhere", competitionId = Guid.CreateVersion7() }).ProblemAsync(422, "invalid");
        await boss.GrantAsync(organizer, "ORGANIZER", "competition", competitionId).OkAsync(201);

        await organizer.Http.PostAsJsonAsync("/api/voting-sessions", new { title = "Everybody's" }).ProblemAsync(403, "forbidden");
        await organizer.Http.PostAsJsonAsync("/api/voting-sessions", new { title = "Theirs", competitionId = otherId }).ProblemAsync(403, "forbidden");
        var own = await organizer.Http.PostAsJsonAsync("/api/voting-sessions", new { title = "Own", competitionId }).OkAsync(201);
        var theirs = await boss.Http.PostAsJsonAsync("/api/voting-sessions", new { title = "Theirs", competitionId = otherId }).OkAsync(201);

        await organizer.Http.PutAsJsonAsync($"/api/voting-sessions/{own["id"]}", new { title = "Given away", competitionId = otherId }).ProblemAsync(403, "forbidden");
        await organizer.Http.PutAsJsonAsync($"/api/voting-sessions/{theirs["id"]}", new { title = "Taken", competitionId }).ProblemAsync(404, "not-found");
        Assert.Equal(["Own"], (await organizer.Http.GetAsync("/api/voting-sessions").OkAsync())["items"]!.AsArray().Select(item => (string)item!["title"]!));
        await organizer.Http.DeleteAsync($"/api/voting-sessions/{own["id"]}").OkAsync(204);
        await organizer.Http.GetAsync($"/api/voting-sessions/{own["id"]}").ProblemAsync(404, "not-found");
    }

    [Fact]
    public async Task A_scheduled_voting_opens_closes_and_publishes_by_itself()
    {
        await using var app = await PodiumApp.StartAsync(new AppOptions { Timers = ["WakeVotingPhases", "SealVoteLogs", "ReconcileVoteCounts"] });
        var boss = await (await TestTenant.CreateAsync(app)).AdministratorAsync();
        var voting = await VotingWorld.DraftAsync(boss, new { title = "Tomorrow", voters = "anyone", opensAt = "2026-01-06T08:00:00Z", closesAt = "2026-01-08T08:00:00Z", publishesItself = true });
        var http = boss.Tenant.Http;

        await http.PostAsync($"{voting.Path}/tickets", null).ProblemAsync(404, "not-found");
        await app.AdvanceAsync(TimeSpan.FromHours(25));
        var ticket = await voting.TicketAsync(http);
        await voting.CastAsync(http, [1], ticket: ticket).OkAsync();

        // its end is put off by a day while it runs, and a stop of the app loses nothing
        var login = await boss.Tenant.SignInAsync(boss.Email);
        await login.Http.PutAsJsonAsync(voting.Path, new { title = "Tomorrow", voters = "anyone", opensAt = "2026-01-06T08:00:00Z", closesAt = "2026-01-09T08:00:00Z", publishesItself = true }).OkAsync();
        await app.AdvanceAsync(TimeSpan.FromHours(48));
        Assert.Equal("open", (string)(await http.GetAsync(voting.Path).OkAsync())["status"]!);
        await app.AdvanceAsync(TimeSpan.FromHours(24));
        var seen = await http.GetAsync(voting.Path).OkAsync();
        Assert.Equal(("published", "2026-01-09T08:00:00+00:00"), ((string)seen["status"]!, (string)seen["closedAt"]!));
        await voting.CastAsync(http, [1], ticket: ticket).ProblemAsync(409, "voting-closed");
        var results = await http.GetAsync($"{voting.Path}/results").OkAsync();
        Assert.Equal([2], results["winners"]!.AsArray().Select(winner => (int)winner!));
        Assert.Equal(1, (long)results["votes"]!);
    }

    [Fact]
    public async Task An_end_by_the_clock_holds_even_where_nobody_has_closed_it_yet()
    {
        var app = await shared.AppAsync();
        var boss = await BossAsync(shared);
        var voting = await VotingWorld.OpenAsync(boss, new { title = "Until then", voters = "anyone" });
        var ticket = await voting.TicketAsync(boss.Tenant.Http);
        // as if the app had been away when the time came
        await app.QueryAsync<int>($"UPDATE voting_sessions SET closes_at = '{app.Clock.GetUtcNow():O}' WHERE id = '{voting.Id}' RETURNING 1");
        await voting.CastAsync(boss.Tenant.Http, [1], ticket: ticket).ProblemAsync(409, "voting-closed");
        await app.QueryAsync<int>($"UPDATE voting_sessions SET closes_at = '{app.Clock.GetUtcNow().AddMilliseconds(1):O}' WHERE id = '{voting.Id}' RETURNING 1");
        await voting.CastAsync(boss.Tenant.Http, [1], ticket: ticket).OkAsync();
    }

    [Fact]
    public async Task Votings_that_open_at_once_make_their_months_tables_once()
    {
        var app = await shared.AppAsync();
        foreach (var month in new[] { "2031-05", "2031-06", "2031-07" })
        {
            await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => app.QueryAsync<object>($"SELECT add_vote_partitions('{month}-17')")));
            Assert.Equal(4, await app.QueryAsync<long>($"SELECT count(*) FROM pg_partition_tree('votes') WHERE isleaf AND relid::text LIKE 'votes_{month.Replace('-', '_')}%'"));
        }
    }

    internal static async Task<TestPerson> BossAsync(SharedApp shared) => await (await shared.TenantAsync()).AdministratorAsync();
}
