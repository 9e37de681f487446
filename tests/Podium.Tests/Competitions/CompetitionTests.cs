using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Podium.Competitions;
using Podium.Tests.Harness;

namespace Podium.Tests.Competitions;

public sealed class CompetitionTests(SharedApp shared)
{
    [Fact]
    public async Task A_competition_goes_through_its_life_and_every_step_is_on_record()
    {
        var tenant = await shared.TenantAsync();
        var boss = await tenant.AdministratorAsync();
        var person = await tenant.PersonAsync();
        var contest = await Contest.DraftAsync(boss, new { name = "Cup", slug = "cup" });

        await person.Http.GetAsync(contest.Path).ProblemAsync(404, "not-found");
        await tenant.Http.GetAsync(contest.Path).ProblemAsync(404, "not-found");
        Assert.Empty((await tenant.Http.GetAsync("/api/competitions").OkAsync())["items"]!.AsArray());
        Assert.Single((await boss.Http.GetAsync("/api/competitions").OkAsync())["items"]!.AsArray());
        await contest.MoveAsync("active").ProblemAsync(409, "move-not-allowed");

        await contest.MoveAsync("published").OkAsync();
        Assert.Equal("published", (string?)(await tenant.Http.GetAsync(contest.Path).OkAsync())["status"]);
        Assert.Single((await tenant.Http.GetAsync("/api/competitions").OkAsync())["items"]!.AsArray());
        await contest.MoveAsync("active").OkAsync();
        await contest.MoveAsync("judging").OkAsync();
        await contest.MoveAsync("active").ProblemAsync(422, "invalid");
        await contest.MoveAsync("active", "A team was judged by mistake.").OkAsync();
        await contest.MoveAsync("judging").OkAsync();
        await contest.MoveAsync("completed").OkAsync();
        await boss.Http.PatchAsJsonAsync(contest.Path, new { name = "Late" }).ProblemAsync(409, "competition-ended");
        await contest.MoveAsync("archived").OkAsync();
        await contest.MoveAsync("completed").ProblemAsync(409, "move-not-allowed");

        var steps = (await boss.Http.GetAsync($"{contest.Path}/moves").OkAsync())["items"]!.AsArray();
        Assert.Equal(["active", "active", "archived", "completed", "judging", "judging", "published"], steps.Select(step => (string)step!["toStatus"]!).Order());
        Assert.Contains(steps, step => (string?)step!["reason"] == "A team was judged by mistake." && (Guid?)step["movedBy"] == boss.Id);
    }

    [Fact]
    public async Task Who_may_move_what_is_kept_apart()
    {
        var tenant = await shared.TenantAsync();
        var boss = await tenant.AdministratorAsync();
        var helper = await tenant.PersonAsync();
        var stranger = await tenant.PersonAsync();
        await boss.Http.PostAsJsonAsync("/api/roles", new { name = "HELPER", permissions = new[] { "competition.manage" } }).OkAsync(201);
        var contest = await Contest.DraftAsync(boss);
        var other = await Contest.DraftAsync(boss, new { name = "Other" });
        await boss.GrantAsync(helper, "HELPER", "competition", contest.Id).OkAsync(201);

        Assert.Equal(contest.Id, (Guid)Assert.Single((await helper.Http.GetAsync("/api/competitions").OkAsync())["items"]!.AsArray())!["id"]!);
        await helper.Http.PatchAsJsonAsync(contest.Path, new { name = "Helped" }).OkAsync();
        await helper.Http.PostAsJsonAsync($"{contest.Path}/moves", new { to = "published" }).OkAsync();
        await helper.Http.PostAsJsonAsync($"{contest.Path}/moves", new { to = "cancelled", reason = "No." }).ProblemAsync(403, "forbidden");
        await helper.Http.PatchAsJsonAsync(other.Path, new { name = "Mine" }).ProblemAsync(403, "forbidden");
        await helper.Http.GetAsync(other.Path).ProblemAsync(404, "not-found");
        await helper.Http.PostAsJsonAsync("/api/competitions", Contest.Request()).ProblemAsync(403, "forbidden");
        await stranger.Http.PostAsJsonAsync($"{contest.Path}/moves", new { to = "active" }).ProblemAsync(403, "forbidden");
        await contest.MoveAsync("cancelled").ProblemAsync(422, "invalid");
        await contest.MoveAsync("cancelled", "Nobody came.").OkAsync();

        var elsewhere = await (await shared.TenantAsync()).AdministratorAsync();
        await elsewhere.Http.GetAsync(contest.Path).ProblemAsync(404, "not-found");
        await elsewhere.Http.PatchAsJsonAsync(contest.Path, new { name = "Stolen" }).ProblemAsync(404, "not-found");
    }

    [Fact]
    public async Task The_moves_in_code_and_in_the_database_are_the_same()
    {
        var app = await shared.AppAsync();

        var known = await app.QueryAsync<string>("SELECT string_agg(from_status || '>' || to_status, ',' ORDER BY from_status, to_status) FROM competition_moves_allowed()");

        Assert.Equal(known, string.Join(',', LifeCycle.Moves.Select(move => $"{move.From.Text()}>{move.To.Text()}").Order(StringComparer.Ordinal)));
        foreach (var move in LifeCycle.Moves.Where(move => move.NeedsReason)) Assert.Equal("competition.conclude", move.Permission);
    }

    [Fact]
    public async Task A_repeated_making_makes_one_and_what_breaks_a_rule_is_told_with_its_place()
    {
        var tenant = await shared.TenantAsync();
        var boss = await tenant.AdministratorAsync();
        var id = Guid.CreateVersion7();

        var first = await boss.Http.PostAsJsonAsync("/api/competitions", Contest.Request(new { id, slug = "one" })).OkAsync(201);
        var again = await boss.Http.PostAsJsonAsync("/api/competitions", Contest.Request(new { id, slug = "one" })).OkAsync(201);
        Assert.Equal(first.ToJsonString(), again.ToJsonString());
        await boss.Http.PostAsJsonAsync("/api/competitions", Contest.Request(new { id, slug = "one", name = "Different" })).ProblemAsync(409, "id-taken");
        await boss.Http.PostAsJsonAsync("/api/competitions", Contest.Request(new { slug = "one" })).ProblemAsync(409, "competition-slug-taken");

        Assert.Equal(["/registrationEnd:order"], await FaultsAsync(boss, new { registrationEnd = Contest.Opens }));
        Assert.Equal(["/competitionStart:order"], await FaultsAsync(boss, new { competitionStart = Contest.Closes.AddSeconds(-1) }));
        Assert.Equal(["/competitionEnd:order"], await FaultsAsync(boss, new { competitionEnd = Contest.Starts }));
        Assert.Equal(["/maxTeamSize:no-teams"], await FaultsAsync(boss, new { maxTeamSize = 3 }));
        Assert.Equal(["/maxTeamSize:required"], await FaultsAsync(boss, new { type = "team" }));
        Assert.Equal(["/maxTeamSize:order"], await FaultsAsync(boss, new { type = "hybrid", minTeamSize = 3, maxTeamSize = 2 }));
        Assert.Equal(["/configuration/eligibility/speed:unknown-field"], await FaultsAsync(boss, new { configuration = new { eligibility = new { speed = 3 } } }));
        Assert.Equal(["/configuration/extra:unknown-field"], await FaultsAsync(boss, new { configuration = new { extra = true } }));
        Assert.Equal(["/configuration/eligibility/countries:countries"], await FaultsAsync(boss, new { configuration = new { eligibility = new { countries = new[] { "Kazakhstan" } } } }));
        Assert.Equal(["/configuration/eligibility/institutions/0:unknown"], await FaultsAsync(boss, new { configuration = new { eligibility = new { institutions = new[] { Guid.NewGuid() } } } }));
        Assert.Equal(["/translations/de:unknown", "/language:unknown"], await FaultsAsync(boss, new { language = "fr", translations = new { de = new { name = "Pokal" } } }));
        Assert.Equal(["/categoryId:unknown"], await FaultsAsync(boss, new { categoryId = Guid.NewGuid() }));
        Assert.Equal(["/blueprint:unknown"], await FaultsAsync(boss, new { blueprint = "no-such" }));

        var bare = await boss.Http.PostAsJsonAsync("/api/competitions", new { name = "Әлем жұлдыздары" }).OkAsync(201);
        Assert.Matches("^competition-[0-9a-f]{6}$", (string)bare["slug"]!);
        var problem = await boss.Http.PostAsJsonAsync($"/api/competitions/{bare["id"]}/moves", new { to = "published" }).ProblemAsync(409, "competition-incomplete");
        Assert.Equal(4, problem["errors"]!.AsArray().Count);
        await boss.Http.IfMatchAsync(HttpMethod.Patch, $"/api/competitions/{bare["id"]}", "\"7\"", new { name = "Stale" }).ProblemAsync(409, "stale");
        await boss.Http.DeleteAsync($"/api/competitions/{bare["id"]}").OkAsync(204);
        await boss.Http.GetAsync($"/api/competitions/{bare["id"]}").ProblemAsync(404, "not-found");
    }

    [Fact]
    public async Task Rounds_stand_in_order_within_the_competition()
    {
        var tenant = await shared.TenantAsync();
        var contest = await Contest.DraftAsync(await tenant.AdministratorAsync());
        var http = contest.Organizer.Http;

        var first = await RoundAsync(1, 0, 5).OkAsync(201);
        await RoundAsync(1, 6, 8).ProblemAsync(409, "round-exists");
        await RoundAsync(2, -1, 3).ProblemAsync(422, "invalid");
        await RoundAsync(2, 6, 21).ProblemAsync(422, "invalid");
        await RoundAsync(2, 8, 7).ProblemAsync(422, "invalid");
        await RoundAsync(3, 10, 15).OkAsync(201);
        await RoundAsync(2, 11, 12).ProblemAsync(422, "invalid");
        await RoundAsync(2, 6, 9).OkAsync(201);
        await http.PatchAsJsonAsync($"{contest.Path}/rounds/{first["id"]}", new { opensAt = Contest.Starts.AddDays(7), closesAt = Contest.Starts.AddDays(8) }).ProblemAsync(422, "invalid");
        await http.PatchAsJsonAsync($"{contest.Path}/rounds/{first["id"]}", new { name = "Warm-up", names = new { kk = "Бастау" } }).OkAsync();
        await http.PatchAsJsonAsync(contest.Path, new { competitionEnd = Contest.Starts.AddDays(14) }).ProblemAsync(422, "invalid");

        Assert.Equal(["Warm-up", "Round 2", "Round 3"], (await contest.ReadAsync())["rounds"]!.AsArray().Select(round => (string)round!["name"]!));
        await http.DeleteAsync($"{contest.Path}/rounds/{first["id"]}").OkAsync(204);
        Assert.Equal(2, (await contest.ReadAsync())["rounds"]!.AsArray().Count);
        await http.DeleteAsync($"{contest.Path}/rounds/{first["id"]}").ProblemAsync(404, "not-found");

        Task<HttpResponseMessage> RoundAsync(int number, int from, int until) => http.PostAsJsonAsync(
            $"{contest.Path}/rounds", new { number, name = $"Round {number}", opensAt = Contest.Starts.AddDays(from), closesAt = Contest.Starts.AddDays(until) });
    }

    [Fact]
    public async Task Categories_are_a_tree_and_stay_one()
    {
        var tenant = await shared.TenantAsync();
        var boss = await tenant.AdministratorAsync();
        var science = await AddAsync("Science");
        var robots = await AddAsync("Robots", science);
        var flying = await AddAsync("Flying robots", robots);
        await boss.Http.PostAsJsonAsync("/api/categories", new { name = "SCIENCE" }).ProblemAsync(409, "category-exists");
        await AddAsync("Science", robots);

        await boss.Http.PatchAsJsonAsync($"/api/categories/{science}", new { parentId = flying }).ProblemAsync(422, "invalid");
        await boss.Http.PatchAsJsonAsync($"/api/categories/{science}", new { parentId = science }).ProblemAsync(422, "invalid");
        await boss.Http.DeleteAsync($"/api/categories/{robots}").ProblemAsync(409, "category-in-use");

        // two that are put below each other at once
        var arts = await AddAsync("Arts");
        var music = await AddAsync("Music");
        var both = await Task.WhenAll(
            boss.Http.PatchAsJsonAsync($"/api/categories/{arts}", new { parentId = music }), boss.Http.PatchAsJsonAsync($"/api/categories/{music}", new { parentId = arts }));
        Assert.Equal([200, 422], both.Select(answer => (int)answer.StatusCode).Order());

        var contest = await Contest.PublishedAsync(boss, new { categoryId = flying });
        Assert.Equal(contest.Id, (Guid)Assert.Single((await tenant.Http.GetAsync($"/api/competitions?categoryId={science}").OkAsync())["items"]!.AsArray())!["id"]!);
        Assert.Empty((await tenant.Http.GetAsync($"/api/competitions?categoryId={arts}").OkAsync())["items"]!.AsArray());
        await boss.Http.DeleteAsync($"/api/categories/{flying}").ProblemAsync(409, "category-in-use");
        await boss.Http.PatchAsJsonAsync($"/api/categories/{flying}", new { atTop = true, names = new { kk = "Ұшатын роботтар" } }).OkAsync();
        Assert.Empty((await tenant.Http.GetAsync($"/api/competitions?categoryId={science}").OkAsync())["items"]!.AsArray());
        Assert.Equal(6, (await tenant.Http.GetAsync("/api/categories").OkAsync())["items"]!.AsArray().Count);

        async Task<Guid> AddAsync(string name, Guid? parentId = null) => (Guid)(await boss.Http.PostAsJsonAsync("/api/categories", new { name, parentId }).OkAsync(201))["id"]!;
    }

    [Fact]
    public async Task A_blueprint_makes_a_whole_competition_and_one_can_be_made_of_any()
    {
        var tenant = await shared.TenantAsync();
        var boss = await tenant.AdministratorAsync();
        await boss.Http.PostAsJsonAsync("/api/competitions", new { name = "No time", blueprint = "nestfest" }).ProblemAsync(422, "invalid");

        var made = await boss.Http.PostAsJsonAsync("/api/competitions", new { name = "NestFest 2026", blueprint = "nestfest", competitionStart = Contest.Starts, maxParticipants = 12 }).OkAsync(201);

        Assert.Equal("team", (string?)made["type"]);
        Assert.Equal(12, (int)made["maxParticipants"]!);
        Assert.Equal(["Idea", "Prototype", "Final"], made["rounds"]!.AsArray().Select(round => (string)round!["name"]!));
        Assert.Null(made["rounds"]![0]!["names"]!["fr"]); // this tenant speaks no French
        Assert.Equal("Идея", (string?)made["rounds"]![0]!["names"]!["kk"]);
        var forms = (await boss.Http.GetAsync($"/api/competitions/{made["id"]}/forms").OkAsync())["items"]!.AsArray();
        Assert.Equal(["registration", "submission"], forms.Select(form => (string)form!["purpose"]!));

        var exported = await boss.Http.PostAsJsonAsync($"/api/competitions/{made["id"]}/blueprint", new { name = "ours", title = "Our own" }).OkAsync(201);
        var ours = await boss.Http.GetAsync("/api/blueprints/nestfest").OkAsync();
        foreach (var same in new[] { "type", "minTeamSize", "maxTeamSize", "requiresApproval", "registrationOpensBefore", "registrationClosesBefore", "lasts", "description", "configuration", "rubrics" })
            Assert.True(JsonNode.DeepEquals(ours[same], exported[same]), same);
        var second = await boss.Http.PostAsJsonAsync("/api/competitions", new { name = "Again", blueprint = "ours", competitionStart = Contest.Starts }).OkAsync(201);
        Assert.Equal(3, second["rounds"]!.AsArray().Count);
        Assert.Equal(2, (await boss.Http.GetAsync($"/api/competitions/{second["id"]}/forms").OkAsync())["items"]!.AsArray().Count);
        var rubrics = (await boss.Http.GetAsync($"/api/competitions/{second["id"]}/rubrics").OkAsync())["items"]!.AsArray();
        Assert.Equal([(null, "Work", false), ((string?)second["rounds"]![0]!["id"], "Idea", true)], rubrics.Select(rubric => ((string?)rubric!["roundId"], (string)rubric["name"]!, (bool)rubric["blind"]!)));
        Assert.All(rubrics, rubric => Assert.Equal(100m, (decimal)rubric!["totalPoints"]!));

        await boss.Http.PostAsJsonAsync("/api/blueprints", new { name = "nestfest", blueprint = exported }).ProblemAsync(409, "conflict");
        var twice = exported.DeepClone();
        twice["rubrics"]![0]!["round"] = 1;
        twice["rubrics"]![0]!["rubric"]!["tieBreaks"]![0]!["criterion"] = "beauty";
        var faults = (await boss.Http.PostAsJsonAsync("/api/blueprints", new { name = "ours", blueprint = twice }).ProblemAsync(422, "invalid"))["errors"]!.ToString();
        Assert.Contains("/blueprint/rubrics/1/round", faults, StringComparison.Ordinal);
        Assert.Contains("/blueprint/rubrics/0/rubric/tieBreaks/0/criterion", faults, StringComparison.Ordinal);
        exported["lasts"] = 24;
        await boss.Http.PostAsJsonAsync("/api/blueprints", new { name = "ours", blueprint = exported }).ProblemAsync(422, "invalid");
        var robots = await boss.Http.PostAsJsonAsync("/api/competitions", new { name = "KazRockets 2026", blueprint = "kazrockets", competitionStart = Contest.Starts }).OkAsync(201);
        await boss.Http.PostAsJsonAsync($"/api/competitions/{robots["id"]}/moves", new { to = "published" }).OkAsync();
        Assert.Equal(4, (await boss.Http.GetAsync("/api/blueprints").OkAsync())["items"]!.AsArray().Count);
        await boss.Http.DeleteAsync("/api/blueprints/ours").OkAsync(204);
        await boss.Http.DeleteAsync("/api/blueprints/kazrockets").ProblemAsync(404, "not-found");
        await boss.Http.GetAsync("/api/blueprints/ours").ProblemAsync(404, "not-found");
        await (await tenant.PersonAsync()).Http.GetAsync("/api/blueprints").ProblemAsync(403, "forbidden");
    }

    private static async Task<IEnumerable<string>> FaultsAsync(TestPerson boss, object changes) =>
        (await boss.Http.PostAsJsonAsync("/api/competitions", Contest.Request(changes)).ProblemAsync(422, "invalid"))["errors"]!.AsArray().Select(fault => $"{fault!["pointer"]}:{fault["code"]}");
}
