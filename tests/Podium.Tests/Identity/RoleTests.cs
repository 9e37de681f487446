using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Podium.Tests.Harness;

namespace Podium.Tests.Identity;

public sealed class RoleTests(SharedApp shared)
{
    [Fact]
    public async Task Everybody_signed_in_sees_the_roles_the_permissions_and_their_own()
    {
        var tenant = await shared.TenantAsync();
        var boss = await tenant.AdministratorAsync();
        var person = await tenant.PersonAsync();
        var school = await SchoolAsync(boss, "School");
        await RoleAsync(boss, "DEAN", "institution.*", "user.read");
        await RoleAsync(boss, "READER", "user.read");
        await RoleAsync(boss, "CONTROLLER", "audit.read");
        await boss.GrantAsync(person, "DEAN", "institution", school).OkAsync(201);
        await boss.GrantAsync(person, "READER").OkAsync(201);
        await boss.GrantAsync(person, "CONTROLLER").OkAsync(201);

        var roles = await person.Http.GetAsync("/api/roles").OkAsync();
        Assert.Equal(["CONTROLLER", "DEAN", "READER"], roles["items"]!.AsArray().Where(role => !(bool)role!["builtIn"]!).Select(role => (string)role!["name"]!).Order());
        Assert.Contains(roles["items"]!.AsArray(), role => (string?)role!["name"] == "ADMINISTRATOR" && (bool)role["builtIn"]!);
        Assert.Equal(2, (await person.Http.GetAsync("/api/roles?limit=2").OkAsync())["items"]!.AsArray().Count);
        var permissions = await person.Http.GetAsync("/api/permissions").OkAsync();
        Assert.Contains(permissions["items"]!.AsArray(), permission => (string?)permission!["name"] == "role.grant");
        await tenant.Http.GetAsync("/api/roles").ProblemAsync(401, "sign-in-required");
        await tenant.Http.GetAsync("/api/permissions").ProblemAsync(401, "sign-in-required");
        await tenant.Http.GetAsync("/api/me/permissions").ProblemAsync(401, "sign-in-required");

        var places = (await person.Http.GetAsync("/api/me/permissions").OkAsync())["places"]!.AsArray();
        Assert.Equal("""["audit.read","user.read"]""", places[0]!["permissions"]!.ToJsonString());
        Assert.Equal("institution", (string?)places[1]!["scope"]);
        Assert.Equal(school, (Guid?)places[1]!["scopeId"]);
        Assert.Equal("""["institution.manage","institution.verify","user.read"]""", places[1]!["permissions"]!.ToJsonString());
        var all = (await boss.Http.GetAsync("/api/me/permissions").OkAsync())["places"]!.AsArray();
        Assert.Equal(permissions["items"]!.AsArray().Count, Assert.Single(all)!["permissions"]!.AsArray().Count);
    }

    [Fact]
    public async Task A_role_is_defined_changed_and_removed()
    {
        var tenant = await shared.TenantAsync();
        var boss = await tenant.AdministratorAsync();
        var id = Guid.CreateVersion7();
        var wanted = new { id, name = "HELPER", description = "Helps.", permissions = new[] { "user.read", "audit.read", "user.read" } };

        var added = await boss.Http.PostAsJsonAsync("/api/roles", wanted).OkAsync(201);
        Assert.Equal("""["audit.read","user.read"]""", added["permissions"]!.ToJsonString());
        await boss.Http.PostAsJsonAsync("/api/roles", wanted).OkAsync(201);
        await boss.Http.PostAsJsonAsync("/api/roles", new { id, name = "HELPER", permissions = new[] { "user.read" } }).ProblemAsync(409, "id-taken");
        await boss.Http.PostAsJsonAsync("/api/roles", new { name = "HELPER", permissions = Array.Empty<string>() }).ProblemAsync(409, "role-exists");

        var changed = await boss.Http.IfMatchAsync(HttpMethod.Patch, $"/api/roles/{id}", "\"1\"", new { name = "AIDE", permissions = new[] { "competition.*" } }).OkAsync();
        Assert.Equal("AIDE", (string?)changed["name"]);
        Assert.Equal("Helps.", (string?)changed["description"]);
        await boss.Http.IfMatchAsync(HttpMethod.Patch, $"/api/roles/{id}", "\"1\"", new { name = "LATE" }).ProblemAsync(409, "stale");
        await boss.Http.IfMatchAsync(HttpMethod.Delete, $"/api/roles/{id}", "\"1\"").ProblemAsync(409, "stale");
        await boss.Http.PatchAsJsonAsync($"/api/roles/{id}", new { name = "JUDGE" }).ProblemAsync(409, "role-exists");

        await boss.Http.DeleteAsync($"/api/roles/{id}").OkAsync(204);
        await boss.Http.DeleteAsync($"/api/roles/{id}").ProblemAsync(404, "not-found");
        await boss.Http.PatchAsJsonAsync("/api/roles/what", new { name = "LATE" }).ProblemAsync(404, "not-found");
    }

    [Fact]
    public async Task Every_fault_of_a_role_is_named()
    {
        var tenant = await shared.TenantAsync();
        var boss = await tenant.AdministratorAsync();

        var problem = await boss.Http.PostAsJsonAsync("/api/roles", new { name = "helper", description = new string('x', 501), permissions = new[] { "user.read", "moon.walk" } }).ProblemAsync(422, "invalid");
        Assert.Equal(["/description", "/name", "/permissions"], problem["errors"]!.AsArray().Select(error => (string)error!["pointer"]!).Order());
        foreach (var unknown in new[] { "", "user", "user.", ".*", "u*", "**", "user.read.*" })
            await boss.Http.PostAsJsonAsync("/api/roles", new { name = "HELPER", permissions = new[] { unknown } }).ProblemAsync(422, "invalid");
        await boss.Http.PostAsJsonAsync("/api/roles", new { name = "", permissions = Array.Empty<string>() }).ProblemAsync(422, "invalid");
    }

    [Fact]
    public async Task Built_in_roles_stay_and_a_role_that_somebody_holds_cannot_be_removed()
    {
        var tenant = await shared.TenantAsync();
        var boss = await tenant.AdministratorAsync();
        var person = await tenant.PersonAsync();
        var judge = (await boss.Http.GetAsync("/api/roles").OkAsync())["items"]!.AsArray().Single(role => (string?)role!["name"] == "JUDGE")!["id"];
        await boss.Http.PatchAsJsonAsync($"/api/roles/{judge}", new { description = "Mine" }).ProblemAsync(409, "role-built-in");
        await boss.Http.DeleteAsync($"/api/roles/{judge}").ProblemAsync(409, "role-built-in");

        var helper = await RoleAsync(boss, "HELPER", "user.read");
        var grant = await boss.GrantAsync(person, "HELPER").OkAsync(201);
        await boss.Http.DeleteAsync($"/api/roles/{helper["id"]}").ProblemAsync(409, "role-in-use");
        await boss.Http.DeleteAsync($"/api/users/{person.Id}/roles/{grant["id"]}").OkAsync(204);
        await boss.Http.DeleteAsync($"/api/roles/{helper["id"]}").OkAsync(204);
    }

    [Fact]
    public async Task Nobody_defines_or_changes_a_role_that_allows_more_than_they_may()
    {
        var tenant = await shared.TenantAsync();
        var boss = await tenant.AdministratorAsync();
        var keeper = await tenant.PersonAsync();
        await RoleAsync(boss, "KEEPER", "role.*", "user.read");
        await boss.GrantAsync(keeper, "KEEPER").OkAsync(201);
        var strong = await RoleAsync(boss, "STRONG", "tenant.manage");
        var weak = await RoleAsync(keeper, "WEAK", "user.read");

        foreach (var beyond in new[] { "*", "user.*", "user.manage" })
        {
            await keeper.Http.PostAsJsonAsync("/api/roles", new { name = "UP", permissions = new[] { beyond } }).ProblemAsync(403, "role-beyond-own");
            await keeper.Http.PatchAsJsonAsync($"/api/roles/{weak["id"]}", new { permissions = new[] { beyond } }).ProblemAsync(403, "role-beyond-own");
        }
        await keeper.Http.PatchAsJsonAsync($"/api/roles/{strong["id"]}", new { permissions = Array.Empty<string>() }).ProblemAsync(403, "role-beyond-own");
        await keeper.Http.DeleteAsync($"/api/roles/{strong["id"]}").ProblemAsync(403, "role-beyond-own");
        await keeper.GrantAsync(keeper, "STRONG").ProblemAsync(403, "role-beyond-own");
        await keeper.GrantAsync(keeper, "ADMINISTRATOR").ProblemAsync(403, "role-beyond-own");
        await keeper.Http.PatchAsJsonAsync($"/api/roles/{weak["id"]}", new { permissions = new[] { "role.grant" } }).OkAsync();
    }

    [Fact]
    public async Task What_a_role_comes_to_mean_counts_at_once_on_every_instance()
    {
        var tenant = await shared.TenantAsync();
        var boss = await tenant.AdministratorAsync();
        var person = await tenant.PersonAsync();
        await using var second = await PodiumApp.StartAsync(new AppOptions { Beside = await shared.AppAsync() });
        var role = await RoleAsync(boss, "HELPER");
        var grant = await boss.GrantAsync(person, "HELPER").OkAsync(201);
        await person.Http.GetAsync("/api/users").ProblemAsync(403, "forbidden");
        await person.HttpOn(second).GetAsync("/api/users").ProblemAsync(403, "forbidden");

        await boss.Http.PatchAsJsonAsync($"/api/roles/{role["id"]}", new { permissions = new[] { "user.read" } }).OkAsync();
        await person.Http.GetAsync("/api/users").OkAsync();
        await ReachesSecondAsync(HttpStatusCode.OK);

        await boss.Http.DeleteAsync($"/api/users/{person.Id}/roles/{grant["id"]}").OkAsync(204);
        await person.Http.GetAsync("/api/users").ProblemAsync(403, "forbidden");
        await ReachesSecondAsync(HttpStatusCode.Forbidden);

        await boss.GrantAsync(person, "HELPER").OkAsync(201);
        await person.Http.GetAsync("/api/users").OkAsync();
        await ReachesSecondAsync(HttpStatusCode.OK);

        Task ReachesSecondAsync(HttpStatusCode status) => second.UntilAsync($"the other instance answers {status}", async () => (await person.HttpOn(second).GetAsync("/api/users")).StatusCode == status ? "so" : null);
    }

    [Fact]
    public async Task Roles_are_given_seen_and_taken()
    {
        var tenant = await shared.TenantAsync();
        var boss = await tenant.AdministratorAsync();
        var person = await tenant.PersonAsync();
        var school = await SchoolAsync(boss, "School");
        var path = $"/api/users/{person.Id}/roles";

        var grant = await boss.GrantAsync(person, "JUDGE").OkAsync(201);
        Assert.Equal(boss.Id, (Guid?)grant["grantedBy"]);
        await boss.GrantAsync(person, "JUDGE").ProblemAsync(409, "role-held-already");
        await boss.GrantAsync(person, "JUDGE", "institution", school).OkAsync(201);
        await boss.GrantAsync(person, "JUDGE", "competition", Guid.NewGuid()).OkAsync(201);
        Assert.Equal(["competition", "institution", "tenant", "tenant"], (await boss.Http.GetAsync(path).OkAsync())["items"]!.AsArray().Select(held => (string)held!["scope"]!).Order());

        await boss.Http.DeleteAsync($"{path}/{grant["id"]}").OkAsync(204);
        await boss.Http.DeleteAsync($"{path}/{grant["id"]}").ProblemAsync(404, "not-found");
        Assert.Equal(3, (await boss.Http.GetAsync(path).OkAsync())["items"]!.AsArray().Count);
    }

    [Fact]
    public async Task Every_fault_of_a_grant_is_named()
    {
        var tenant = await shared.TenantAsync();
        var boss = await tenant.AdministratorAsync();
        var person = await tenant.PersonAsync();
        var gone = await SchoolAsync(boss, "Gone");
        await boss.Http.DeleteAsync($"/api/institutions/{gone}").OkAsync(204);
        var now = (await shared.AppAsync()).Clock.GetUtcNow();

        await FaultAsync("/role", boss.GrantAsync(person, "WIZARD"));
        await FaultAsync("/scopeId", boss.GrantAsync(person, "JUDGE", "institution"));
        await FaultAsync("/scopeId", boss.GrantAsync(person, "JUDGE", "tenant", Guid.NewGuid()));
        await FaultAsync("/scopeId", boss.GrantAsync(person, "JUDGE", "institution", Guid.NewGuid()));
        await FaultAsync("/scopeId", boss.GrantAsync(person, "JUDGE", "institution", gone));
        await FaultAsync("/expiresAt", boss.GrantAsync(person, "JUDGE", expiresAt: now));
        await FaultAsync("/scope", boss.GrantAsync(person, "JUDGE", "planet"));
        await FaultAsync("/role", boss.Http.PostAsJsonAsync($"/api/users/{person.Id}/roles", new { }));
        await boss.Http.PostAsJsonAsync($"/api/users/{Guid.NewGuid()}/roles", new { role = "JUDGE" }).ProblemAsync(404, "not-found");
        await boss.Http.PostAsJsonAsync("/api/users/who/roles", new { role = "JUDGE" }).ProblemAsync(404, "not-found");

        static async Task FaultAsync(string pointer, Task<HttpResponseMessage> asking) =>
            Assert.Equal(pointer, (string?)(await asking.ProblemAsync(422, "invalid"))["errors"]![0]!["pointer"]);
    }

    [Fact]
    public async Task Without_the_permission_nobody_defines_or_gives_roles()
    {
        var tenant = await shared.TenantAsync();
        var boss = await tenant.AdministratorAsync();
        var person = await tenant.PersonAsync();
        var role = await RoleAsync(boss, "HELPER");
        var grant = await boss.GrantAsync(person, "HELPER").OkAsync(201);

        await person.Http.PostAsJsonAsync("/api/roles", new { name = "MINE", permissions = Array.Empty<string>() }).ProblemAsync(403, "forbidden");
        await person.Http.PatchAsJsonAsync($"/api/roles/{role["id"]}", new { name = "MINE" }).ProblemAsync(403, "forbidden");
        await person.Http.DeleteAsync($"/api/roles/{role["id"]}").ProblemAsync(403, "forbidden");
        await person.Http.GetAsync($"/api/users/{person.Id}/roles").ProblemAsync(403, "forbidden");
        await person.GrantAsync(person, "HELPER").ProblemAsync(403, "forbidden");
        await person.Http.DeleteAsync($"/api/users/{person.Id}/roles/{grant["id"]}").ProblemAsync(403, "forbidden");
        await tenant.Http.PostAsJsonAsync($"/api/users/{person.Id}/roles", new { role = "HELPER" }).ProblemAsync(401, "sign-in-required");
    }

    [Fact]
    public async Task Another_tenants_roles_and_people_are_not_there()
    {
        var tenant = await shared.TenantAsync();
        var theirs = await tenant.AdministratorAsync();
        var person = await tenant.PersonAsync();
        var role = await RoleAsync(theirs, "HELPER");
        var grant = await theirs.GrantAsync(person, "HELPER").OkAsync(201);
        var boss = await (await shared.TenantAsync()).AdministratorAsync();

        await boss.Http.PatchAsJsonAsync($"/api/roles/{role["id"]}", new { description = "Ours" }).ProblemAsync(404, "not-found");
        await boss.Http.DeleteAsync($"/api/roles/{role["id"]}").ProblemAsync(404, "not-found");
        await boss.Http.GetAsync($"/api/users/{person.Id}/roles").ProblemAsync(404, "not-found");
        await boss.GrantAsync(person, "JUDGE").ProblemAsync(404, "not-found");
        await boss.Http.DeleteAsync($"/api/users/{person.Id}/roles/{grant["id"]}").ProblemAsync(404, "not-found");
        Assert.Equal(2, (await theirs.Http.GetAsync($"/api/users/{person.Id}/roles").OkAsync())["items"]!.AsArray().Count);
    }

    [Fact]
    public async Task Who_may_give_roles_in_an_institution_gives_them_there_only_and_no_more_than_they_hold()
    {
        var tenant = await shared.TenantAsync();
        var boss = await tenant.AdministratorAsync();
        var dean = await tenant.PersonAsync();
        var person = await tenant.PersonAsync();
        var own = await SchoolAsync(boss, "Own");
        var other = await SchoolAsync(boss, "Other");
        await RoleAsync(boss, "DEAN", "role.grant", "institution.manage", "competition.judge");
        await RoleAsync(boss, "CURATOR", "institution.manage");
        await boss.GrantAsync(dean, "DEAN", "institution", own).OkAsync(201);
        var above = await boss.GrantAsync(person, "ORGANIZER", "institution", own).OkAsync(201);
        var wide = await boss.GrantAsync(person, "JUDGE").OkAsync(201);
        var path = $"/api/users/{person.Id}/roles";

        var given = await dean.GrantAsync(person, "CURATOR", "institution", own).OkAsync(201);
        await person.Http.PatchAsJsonAsync($"/api/institutions/{own}", new { country = "KZ" }).OkAsync();
        await dean.GrantAsync(person, "JUDGE", "institution", own).OkAsync(201);
        await dean.GrantAsync(dean, "ORGANIZER", "institution", own).ProblemAsync(403, "role-beyond-own");
        await dean.GrantAsync(dean, "ADMINISTRATOR", "institution", own).ProblemAsync(403, "role-beyond-own");
        await dean.GrantAsync(person, "CURATOR", "institution", other).ProblemAsync(403, "forbidden");
        await dean.GrantAsync(person, "CURATOR", "institution", Guid.NewGuid()).ProblemAsync(403, "forbidden");
        await dean.GrantAsync(person, "CURATOR").ProblemAsync(403, "forbidden");
        await dean.GrantAsync(person, "CURATOR", "competition", Guid.NewGuid()).ProblemAsync(403, "forbidden");
        await dean.GrantAsync(person, "PARTICIPANT", "competition", own).ProblemAsync(403, "forbidden");

        var seen = (await dean.Http.GetAsync(path).OkAsync())["items"]!.AsArray();
        Assert.All(seen, held => Assert.Equal(own, (Guid?)held!["scopeId"]));
        Assert.Equal(3, seen.Count);
        await dean.Http.DeleteAsync($"{path}/{given["id"]}").OkAsync(204);
        await dean.Http.DeleteAsync($"{path}/{wide["id"]}").ProblemAsync(404, "not-found");
        await dean.Http.DeleteAsync($"{path}/{above["id"]}").ProblemAsync(403, "role-beyond-own");
        await dean.Http.PostAsJsonAsync("/api/roles", new { name = "MINE", permissions = Array.Empty<string>() }).ProblemAsync(403, "forbidden");
        await dean.Http.GetAsync("/api/users").ProblemAsync(403, "forbidden");
    }

    [Fact]
    public async Task A_role_ends_when_its_time_is_over_and_can_be_given_again()
    {
        await using var app = await PodiumApp.StartAsync();
        var tenant = await TestTenant.CreateAsync(app);
        var boss = await tenant.AdministratorAsync();
        var person = await tenant.PersonAsync();
        var role = await RoleAsync(boss, "HELPER", "user.read");
        await boss.GrantAsync(person, "HELPER", expiresAt: app.Clock.GetUtcNow().AddMinutes(10)).OkAsync(201);
        await person.Http.GetAsync("/api/users").OkAsync();

        await app.AdvanceAsync(TimeSpan.FromMinutes(9));
        await person.Http.GetAsync("/api/users").OkAsync();
        await boss.GrantAsync(person, "HELPER").ProblemAsync(409, "role-held-already");
        Assert.Single((await boss.Http.GetAsync("/api/users?role=HELPER").OkAsync())["items"]!.AsArray());

        await app.AdvanceAsync(TimeSpan.FromMinutes(1));
        await person.Http.GetAsync("/api/users").ProblemAsync(403, "forbidden");
        Assert.Single((await boss.Http.GetAsync($"/api/users/{person.Id}/roles").OkAsync())["items"]!.AsArray());
        Assert.Empty((await boss.Http.GetAsync("/api/users?role=HELPER").OkAsync())["items"]!.AsArray());

        await boss.GrantAsync(person, "HELPER", expiresAt: app.Clock.GetUtcNow().AddMinutes(2)).OkAsync(201);
        await person.Http.GetAsync("/api/users").OkAsync();
        await app.AdvanceAsync(TimeSpan.FromMinutes(3));
        await boss.Http.DeleteAsync($"/api/roles/{role["id"]}").OkAsync(204);
    }

    [Fact]
    public async Task Nobody_gives_a_role_for_longer_than_they_hold_it()
    {
        var tenant = await shared.TenantAsync();
        var boss = await tenant.AdministratorAsync();
        var deputy = await tenant.PersonAsync();
        var tomorrow = (await shared.AppAsync()).Clock.GetUtcNow().AddDays(1);
        await boss.GrantAsync(deputy, "ADMINISTRATOR", expiresAt: tomorrow).OkAsync(201);

        await deputy.GrantAsync(deputy, "JUDGE").ProblemAsync(403, "role-beyond-own");
        await deputy.GrantAsync(deputy, "JUDGE", expiresAt: tomorrow.AddSeconds(1)).ProblemAsync(403, "role-beyond-own");
        await deputy.GrantAsync(deputy, "JUDGE", expiresAt: tomorrow).OkAsync(201);
    }

    [Fact]
    public async Task Twenty_grants_of_one_role_at_once_give_it_once()
    {
        var tenant = await shared.TenantAsync();
        var boss = await tenant.AdministratorAsync();
        var person = await tenant.PersonAsync();

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => boss.GrantAsync(person, "JUDGE")));

        Assert.Single(answers, answer => answer.StatusCode == HttpStatusCode.Created);
        foreach (var answer in answers.Where(answer => answer.StatusCode != HttpStatusCode.Created)) await Task.FromResult(answer).ProblemAsync(409, "role-held-already");
        Assert.Equal(2, (await boss.Http.GetAsync($"/api/users/{person.Id}/roles").OkAsync())["items"]!.AsArray().Count);
    }

    [Fact]
    public async Task Twenty_revocations_of_the_two_last_administrators_leave_one()
    {
        var tenant = await shared.TenantAsync();
        var boss = await tenant.AdministratorAsync();
        var second = await tenant.PersonAsync();
        await boss.GrantAsync(second, "ADMINISTRATOR").OkAsync(201);
        var grants = new Dictionary<TestPerson, string> { [boss] = await GrantOfAsync(boss, boss), [second] = await GrantOfAsync(boss, second) };

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(i =>
        {
            var by = i % 2 == 0 ? boss : second;
            var whom = i % 4 < 2 ? boss : second;
            return by.Http.DeleteAsync($"/api/users/{whom.Id}/roles/{grants[whom]}");
        }));

        Assert.Single(answers, answer => answer.IsSuccessStatusCode);
        Assert.All(answers, answer => Assert.True((int)answer.StatusCode < 500, answer.ToString()));
        var left = await (await shared.AppAsync()).QueryAsync<long>(
            $"SELECT count(*) FROM user_roles JOIN roles ON roles.tenant_id = user_roles.tenant_id AND roles.id = role_id WHERE roles.tenant_id = '{tenant.Id}' AND name = 'ADMINISTRATOR'");
        Assert.Equal(1, left);

        static async Task<string> GrantOfAsync(TestPerson by, TestPerson whom) =>
            (string)(await by.Http.GetAsync($"/api/users/{whom.Id}/roles").OkAsync())["items"]!.AsArray().Single(held => (string?)held!["role"] == "ADMINISTRATOR")!["id"]!;
    }

    [Fact]
    public async Task The_last_administrator_stays_one()
    {
        var tenant = await shared.TenantAsync();
        var boss = await tenant.AdministratorAsync();
        var held = (await boss.Http.GetAsync($"/api/users/{boss.Id}/roles").OkAsync())["items"]!.AsArray().Single()!;
        await boss.GrantAsync(boss, "JUDGE").OkAsync(201);

        await boss.Http.DeleteAsync($"/api/users/{boss.Id}/roles/{held["id"]}").ProblemAsync(409, "last-administrator");
        var judge = (await boss.Http.GetAsync($"/api/users/{boss.Id}/roles").OkAsync())["items"]!.AsArray().Single(other => (string?)other!["role"] == "JUDGE")!;
        await boss.Http.DeleteAsync($"/api/users/{boss.Id}/roles/{judge["id"]}").OkAsync(204);
    }

    private static Task<JsonObject> RoleAsync(TestPerson by, string name, params string[] permissions) => by.Http.PostAsJsonAsync("/api/roles", new { name, permissions }).OkAsync(201);

    private static async Task<Guid> SchoolAsync(TestPerson by, string name) => (Guid)(await by.Http.PostAsJsonAsync("/api/institutions", new { name }).OkAsync(201))["id"]!;
}
