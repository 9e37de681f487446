using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Podium.Tests.Harness;

namespace Podium.Tests.Identity;

public sealed class InstitutionTests(SharedApp shared)
{
    [Fact]
    public async Task An_institution_is_added_read_by_anybody_changed_and_removed()
    {
        var tenant = await shared.TenantAsync();
        var boss = await tenant.AdministratorAsync();

        var added = await boss.Http.PostAsJsonAsync("/api/institutions", new { name = " Almaty Technical ", country = "KZ", emailDomains = new[] { "Tech.example", "a.example" }, website = "https://tech.example/" }).OkAsync(201);
        var read = await tenant.Http.GetAsync(Path(added)).OkAsync();
        Assert.Equal("Almaty Technical", (string?)read["name"]);
        Assert.Equal("""["a.example","tech.example"]""", read["emailDomains"]!.ToJsonString());
        Assert.Equal(1, (int)read["version"]!);
        Assert.Empty(read["programs"]!.AsArray());

        var changed = await boss.Http.PatchAsJsonAsync(Path(added), new { name = "Almaty Institute", country = "", website = "" }).OkAsync();
        Assert.Equal("Almaty Institute", (string?)changed["name"]);
        Assert.Null(changed["country"]);
        Assert.Null(changed["website"]);
        Assert.Equal(2, (int)changed["version"]!);

        await boss.Http.DeleteAsync(Path(added)).OkAsync(204);
        await tenant.Http.GetAsync(Path(added)).ProblemAsync(404, "not-found");
        await boss.Http.DeleteAsync(Path(added)).ProblemAsync(404, "not-found");
        Assert.Empty(await NamesAsync(tenant.Http, ""));
        await boss.Http.PostAsJsonAsync("/api/institutions", new { name = "Almaty Institute" }).OkAsync(201);
    }

    [Fact]
    public async Task Institutions_are_found_by_part_of_the_name_country_and_verification()
    {
        var tenant = await shared.TenantAsync();
        var boss = await tenant.AdministratorAsync();
        var technical = await AddAsync(boss, "Almaty Technical University", "KZ");
        await AddAsync(boss, "Technical School 100%_b", "DE");
        await AddAsync(boss, "Қазақ Ұлттық Университеті", "KZ");
        await boss.Http.PostAsync($"{Path(technical)}/verification", null).OkAsync();

        Assert.Equal(["Almaty Technical University", "Technical School 100%_b"], await NamesAsync(tenant.Http, "search=TECH"));
        Assert.Equal(["Almaty Technical University"], await NamesAsync(tenant.Http, "search=univer"));
        Assert.Equal(["Қазақ Ұлттық Университеті"], await NamesAsync(tenant.Http, $"search={Uri.EscapeDataString("ҰЛТТЫҚ")}"));
        Assert.Equal(["Technical School 100%_b"], await NamesAsync(tenant.Http, $"search={Uri.EscapeDataString("0%_")}"));
        Assert.Empty(await NamesAsync(tenant.Http, $"search={Uri.EscapeDataString("%%")}"));
        Assert.Empty(await NamesAsync(tenant.Http, $"search={Uri.EscapeDataString("\\")}"));
        Assert.Equal(["Almaty Technical University", "Қазақ Ұлттық Университеті"], await NamesAsync(tenant.Http, "country=KZ"));
        Assert.Equal(["Almaty Technical University"], await NamesAsync(tenant.Http, "verified=true"));
        Assert.Equal(["Technical School 100%_b"], await NamesAsync(tenant.Http, "verified=false&search=tech"));
        await tenant.Http.GetAsync("/api/institutions?search=&country=kz&verified=maybe&limit=0&after=x").ProblemAsync(422, "invalid");
    }

    [Fact]
    public async Task A_list_of_institutions_goes_on_where_the_page_before_ended()
    {
        var tenant = await shared.TenantAsync();
        var boss = await tenant.AdministratorAsync();
        for (var i = 0; i < 5; i++) await AddAsync(boss, $"School {i}");

        var seen = new List<string>();
        var next = "";
        do
        {
            var page = await tenant.Http.GetAsync($"/api/institutions?search=school&limit=2{next}").OkAsync();
            seen.AddRange(page["items"]!.AsArray().Select(item => (string)item!["name"]!));
            next = page["next"] is { } after ? $"&after={after}" : "";
        }
        while (next.Length > 0);

        Assert.Equal(["School 0", "School 1", "School 2", "School 3", "School 4"], seen.Order());
    }

    [Fact]
    public async Task A_create_that_is_repeated_with_its_id_makes_one_institution()
    {
        var tenant = await shared.TenantAsync();
        var boss = await tenant.AdministratorAsync();
        var id = Guid.CreateVersion7();
        var wanted = new { id, name = "Once", country = "KZ", emailDomains = new[] { "once.example" } };

        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => boss.Http.PostAsJsonAsync("/api/institutions", wanted).OkAsync(201)));

        Assert.All(answers, answer => Assert.Equal(answers[0].ToJsonString(), answer.ToJsonString()));
        Assert.Equal(id.ToString(), (string?)answers[0]["id"]);
        await boss.Http.PostAsJsonAsync("/api/institutions", new { id, name = "Twice" }).ProblemAsync(409, "id-taken");
        await boss.Http.PostAsJsonAsync("/api/institutions", new { name = "ONCE" }).ProblemAsync(409, "institution-exists");
    }

    [Fact]
    public async Task Twenty_creates_with_one_idempotency_key_make_one_institution()
    {
        var tenant = await shared.TenantAsync();
        var boss = await tenant.AdministratorAsync();

        var statuses = await Task.WhenAll(Enumerable.Range(0, 20).Select(async _ =>
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/api/institutions") { Content = JsonContent.Create(new { name = "Single" }), Headers = { { "Idempotency-Key", "one" } } };
            var answer = await boss.Http.SendAsync(request);
            if (answer.StatusCode == HttpStatusCode.Conflict) await Task.FromResult(answer).ProblemAsync(409, "idempotency-busy");
            return answer.StatusCode;
        }));

        Assert.Contains(HttpStatusCode.Created, statuses);
        Assert.All(statuses, status => Assert.True(status is HttpStatusCode.Created or HttpStatusCode.Conflict));
        Assert.Single(await NamesAsync(tenant.Http, ""));
    }

    [Fact]
    public async Task Every_fault_of_an_institution_is_named()
    {
        var tenant = await shared.TenantAsync();
        var boss = await tenant.AdministratorAsync();

        var problem = await boss.Http.PostAsJsonAsync("/api/institutions", new { name = " ", country = "kz", emailDomains = new[] { "https://x" }, website = "javascript:alert(1)", surprise = 1 }).ProblemAsync(422, "invalid");

        Assert.Equal(["/country", "/emailDomains", "/name", "/surprise", "/website"], problem["errors"]!.AsArray().Select(error => (string)error!["pointer"]!).Order());
        await boss.Http.GetAsync("/api/institutions/what").ProblemAsync(404, "not-found");
        await boss.Http.PatchAsJsonAsync($"/api/institutions/{Guid.NewGuid()}", new { name = "Nowhere" }).ProblemAsync(404, "not-found");
    }

    [Fact]
    public async Task A_stale_change_of_an_institution_is_refused()
    {
        var tenant = await shared.TenantAsync();
        var boss = await tenant.AdministratorAsync();
        var added = await AddAsync(boss, "Stale");
        var known = (await boss.Http.GetAsync(Path(added))).Headers.ETag!.Tag;
        await boss.Http.IfMatchAsync(HttpMethod.Patch, Path(added), known, new { country = "KZ" }).OkAsync();

        await boss.Http.IfMatchAsync(HttpMethod.Patch, Path(added), known, new { country = "DE" }).ProblemAsync(409, "stale");
        await boss.Http.IfMatchAsync(HttpMethod.Delete, Path(added), known).ProblemAsync(409, "stale");
        await boss.Http.IfMatchAsync(HttpMethod.Post, $"{Path(added)}/verification", known).ProblemAsync(409, "stale");
        await boss.Http.IfMatchAsync(HttpMethod.Delete, $"{Path(added)}/verification", known).ProblemAsync(409, "stale");
        await boss.Http.IfMatchAsync(HttpMethod.Delete, Path(added), "\"2\"").OkAsync(204);
    }

    [Fact]
    public async Task Twenty_changes_of_one_version_make_one_change()
    {
        var tenant = await shared.TenantAsync();
        var boss = await tenant.AdministratorAsync();
        var added = await AddAsync(boss, "Contested");

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => boss.Http.IfMatchAsync(HttpMethod.Patch, Path(added), "\"1\"", new { name = $"Contested {i}" })));

        Assert.Single(answers, answer => answer.IsSuccessStatusCode);
        Assert.Equal(2, (int)(await boss.Http.GetAsync(Path(added)).OkAsync())["version"]!);
    }

    [Fact]
    public async Task Only_who_may_manages_institutions()
    {
        var tenant = await shared.TenantAsync();
        var boss = await tenant.AdministratorAsync();
        var person = await tenant.PersonAsync();
        var added = await AddAsync(boss, "Guarded");

        await tenant.Http.PostAsJsonAsync("/api/institutions", new { name = "Mine" }).ProblemAsync(401, "sign-in-required");
        await person.Http.PostAsJsonAsync("/api/institutions", new { name = "Mine" }).ProblemAsync(403, "forbidden");
        await person.Http.PatchAsJsonAsync(Path(added), new { name = "Mine" }).ProblemAsync(403, "forbidden");
        await person.Http.DeleteAsync(Path(added)).ProblemAsync(403, "forbidden");
        await person.Http.PostAsync($"{Path(added)}/verification", null).ProblemAsync(403, "forbidden");
        await person.Http.DeleteAsync($"{Path(added)}/verification").ProblemAsync(403, "forbidden");
        await person.Http.PostAsJsonAsync($"{Path(added)}/programs", new { name = "Mine" }).ProblemAsync(403, "forbidden");
    }

    [Fact]
    public async Task Another_tenants_institution_is_not_there()
    {
        var tenant = await shared.TenantAsync();
        var added = await AddAsync(await tenant.AdministratorAsync(), "Ours");
        var program = await (await tenant.SignInAsync(tenant.AdministratorEmail)).Http.PostAsJsonAsync($"{Path(added)}/programs", new { name = "Physics" }).OkAsync(201);
        var other = await (await shared.TenantAsync()).AdministratorAsync();

        await other.Http.GetAsync(Path(added)).ProblemAsync(404, "not-found");
        await other.Http.PatchAsJsonAsync(Path(added), new { name = "Theirs" }).ProblemAsync(404, "not-found");
        await other.Http.DeleteAsync(Path(added)).ProblemAsync(404, "not-found");
        await other.Http.PostAsync($"{Path(added)}/verification", null).ProblemAsync(404, "not-found");
        await other.Http.PostAsJsonAsync($"{Path(added)}/programs", new { name = "Theirs" }).ProblemAsync(404, "not-found");
        await other.Http.DeleteAsync($"{Path(added)}/programs/{program["id"]}").ProblemAsync(404, "not-found");
        Assert.Empty(await NamesAsync(other.Http, "search=ours"));
        Assert.Equal("Ours", (string?)(await tenant.Http.GetAsync(Path(added)).OkAsync())["name"]);
    }

    [Fact]
    public async Task A_verification_is_given_once_and_taken_back()
    {
        var tenant = await shared.TenantAsync();
        var boss = await tenant.AdministratorAsync();
        var added = await AddAsync(boss, "True");

        var verified = await boss.Http.PostAsync($"{Path(added)}/verification", null).OkAsync();
        var again = await boss.Http.PostAsync($"{Path(added)}/verification", null).OkAsync();
        Assert.NotNull(verified["verifiedAt"]);
        Assert.Equal((string?)verified["verifiedAt"], (string?)again["verifiedAt"]);

        var withdrawn = await boss.Http.DeleteAsync($"{Path(added)}/verification").OkAsync();
        Assert.Null(withdrawn["verifiedAt"]);
    }

    [Fact]
    public async Task What_somebody_else_verified_must_be_verified_again_when_it_says_something_else()
    {
        var tenant = await shared.TenantAsync();
        var boss = await tenant.AdministratorAsync();
        var organizer = await tenant.PersonAsync();
        await boss.GrantAsync(organizer, "ORGANIZER").OkAsync(201);
        var added = await AddAsync(boss, "Honest", "KZ");
        await boss.Http.PostAsync($"{Path(added)}/verification", null).OkAsync();

        Assert.NotNull((await boss.Http.PatchAsJsonAsync(Path(added), new { name = "Honest School" }).OkAsync())["verifiedAt"]);
        Assert.NotNull((await organizer.Http.PatchAsJsonAsync(Path(added), new { name = "Honest School", country = "KZ" }).OkAsync())["verifiedAt"]);
        Assert.Null((await organizer.Http.PatchAsJsonAsync(Path(added), new { emailDomains = new[] { "gmail.example" } }).OkAsync())["verifiedAt"]);
    }

    [Fact]
    public async Task Programs_are_added_changed_and_removed_and_each_changes_the_institution()
    {
        var tenant = await shared.TenantAsync();
        var boss = await tenant.AdministratorAsync();
        var added = await AddAsync(boss, "Academy");
        var id = Guid.CreateVersion7();

        var program = await boss.Http.PostAsJsonAsync($"{Path(added)}/programs", new { id, name = "Physics", level = "master" }).OkAsync(201);
        await boss.Http.PostAsJsonAsync($"{Path(added)}/programs", new { id, name = "Physics", level = "master" }).OkAsync(201);
        await boss.Http.PostAsJsonAsync($"{Path(added)}/programs", new { id, name = "Physics" }).ProblemAsync(409, "id-taken");
        await boss.Http.PostAsJsonAsync($"{Path(added)}/programs", new { name = "PHYSICS" }).ProblemAsync(409, "program-exists");
        await boss.Http.PostAsJsonAsync($"{Path(added)}/programs", new { name = "Magic", level = "wizard" }).ProblemAsync(422, "invalid");

        var path = $"{Path(added)}/programs/{id}";
        var changed = await boss.Http.IfMatchAsync(HttpMethod.Patch, path, "\"1\"", new { name = "Astrophysics", level = "" }).OkAsync();
        Assert.Equal("Astrophysics", (string?)changed["name"]);
        Assert.Null(changed["level"]);
        await boss.Http.IfMatchAsync(HttpMethod.Patch, path, "\"1\"", new { name = "Chemistry" }).ProblemAsync(409, "stale");
        await boss.Http.IfMatchAsync(HttpMethod.Delete, path, "\"1\"").ProblemAsync(409, "stale");

        var read = await tenant.Http.GetAsync(Path(added)).OkAsync();
        Assert.Equal("Astrophysics", (string?)Assert.Single(read["programs"]!.AsArray())!["name"]);
        Assert.Equal(3, (int)read["version"]!);

        await boss.Http.DeleteAsync(path).OkAsync(204);
        await boss.Http.DeleteAsync(path).ProblemAsync(404, "not-found");
        Assert.Empty((await tenant.Http.GetAsync(Path(added)).OkAsync())["programs"]!.AsArray());
        var elsewhere = await AddAsync(boss, "Elsewhere");
        await boss.Http.PatchAsJsonAsync($"{Path(elsewhere)}/programs/{program["id"]}", new { name = "Lost" }).ProblemAsync(404, "not-found");
    }

    [Fact]
    public async Task Who_manages_one_institution_manages_that_one_only()
    {
        var tenant = await shared.TenantAsync();
        var boss = await tenant.AdministratorAsync();
        var dean = await tenant.PersonAsync();
        var own = await AddAsync(boss, "Own");
        var other = await AddAsync(boss, "Other");
        await boss.GrantAsync(dean, "ORGANIZER", "institution", IdOf(own)).OkAsync(201);

        await dean.Http.PatchAsJsonAsync(Path(own), new { website = "http://own.example" }).OkAsync();
        var program = await dean.Http.PostAsJsonAsync($"{Path(own)}/programs", new { name = "Law" }).OkAsync(201);
        await dean.Http.PatchAsJsonAsync($"{Path(own)}/programs/{program["id"]}", new { name = "Laws" }).OkAsync();
        await dean.Http.DeleteAsync($"{Path(own)}/programs/{program["id"]}").OkAsync(204);
        await dean.Http.PatchAsJsonAsync(Path(other), new { name = "Mine" }).ProblemAsync(403, "forbidden");
        await dean.Http.PostAsJsonAsync($"{Path(other)}/programs", new { name = "Law" }).ProblemAsync(403, "forbidden");
        await dean.Http.PostAsJsonAsync("/api/institutions", new { name = "New" }).ProblemAsync(403, "forbidden");
        await dean.Http.PostAsync($"{Path(own)}/verification", null).ProblemAsync(403, "forbidden");

        await dean.Http.DeleteAsync(Path(own)).OkAsync(204);
        Assert.DoesNotContain((await boss.Http.GetAsync($"/api/users/{dean.Id}/roles").OkAsync())["items"]!.AsArray(), grant => (string?)grant!["scope"] == "institution");
        await dean.Http.PatchAsJsonAsync(Path(own), new { name = "Back" }).ProblemAsync(403, "forbidden");
    }

    [Fact]
    public async Task A_removed_institution_or_a_program_of_another_cannot_be_chosen()
    {
        var tenant = await shared.TenantAsync();
        var boss = await tenant.AdministratorAsync();
        var person = await tenant.PersonAsync();
        var gone = await AddAsync(boss, "Gone");
        var here = await AddAsync(boss, "Here");
        var there = await AddAsync(boss, "There");
        var program = await boss.Http.PostAsJsonAsync($"{Path(here)}/programs", new { name = "Biology" }).OkAsync(201);
        await boss.Http.DeleteAsync(Path(gone)).OkAsync(204);

        await person.Http.PatchAsJsonAsync("/api/me", new { institutionId = IdOf(gone) }).ProblemAsync(422, "invalid");
        await person.Http.PatchAsJsonAsync("/api/me", new { institutionId = IdOf(there), programId = IdOf(program) }).ProblemAsync(422, "invalid");
        await person.Http.PatchAsJsonAsync("/api/me", new { programId = IdOf(program) }).ProblemAsync(422, "invalid");
        await person.Http.PatchAsJsonAsync("/api/me", new { institutionId = IdOf(here) }).OkAsync();
        Assert.Equal(IdOf(program), (Guid?)(await person.Http.PatchAsJsonAsync("/api/me", new { programId = IdOf(program) }).OkAsync())["programId"]);
        Assert.Null((await person.Http.PatchAsJsonAsync("/api/me", new { institutionId = IdOf(there) }).OkAsync())["programId"]);
        await tenant.Http.PostAsJsonAsync("/api/accounts", new { email = "late@example.org", password = TestTenant.Password, firstName = "La", lastName = "Te", institutionId = IdOf(gone) }).ProblemAsync(422, "invalid");
    }

    private static Task<JsonObject> AddAsync(TestPerson by, string name, string? country = null) => by.Http.PostAsJsonAsync("/api/institutions", new { name, country }).OkAsync(201);

    private static Guid IdOf(JsonObject thing) => (Guid)thing["id"]!;

    private static string Path(JsonObject institution) => $"/api/institutions/{institution["id"]}";

    private static async Task<IEnumerable<string>> NamesAsync(HttpClient http, string query) =>
        (await http.GetAsync($"/api/institutions?{query}").OkAsync())["items"]!.AsArray().Select(item => (string)item!["name"]!).Order(StringComparer.Ordinal);
}
