using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Podium.Platform.Security;
using Podium.Tests.Harness;

namespace Podium.Tests.Identity;

public sealed class UserAdministrationTests(SharedApp shared)
{
    [Fact]
    public async Task People_are_found_by_how_their_address_name_or_surname_begins()
    {
        var tenant = await shared.TenantAsync();
        var boss = await tenant.AdministratorAsync();
        await tenant.PersonAsync("zhanna@example.org", "Жанна", "Қасым");
        await tenant.PersonAsync("ada.b@example.org", "Ada", "Byron");
        await tenant.PersonAsync("grace@example.org", "Grace", "Adams");

        Assert.Equal(["ada.b@example.org", "grace@example.org"], await FindAsync(boss, "search=ADA"));
        Assert.Equal(["ada.b@example.org"], await FindAsync(boss, "search=ada%20by"));
        Assert.Equal(["ada.b@example.org"], await FindAsync(boss, "search=byron%20ada"));
        Assert.Equal(["grace@example.org"], await FindAsync(boss, "search=grace@"));
        Assert.Equal(["zhanna@example.org"], await FindAsync(boss, $"search={Uri.EscapeDataString("қАСЫМ Ж")}"));
        Assert.Empty(await FindAsync(boss, "search=yron"));
        Assert.Empty(await FindAsync(boss, "search=%25"));
    }

    [Fact]
    public async Task People_are_listed_by_institution_role_and_status()
    {
        var tenant = await shared.TenantAsync();
        var boss = await tenant.AdministratorAsync();
        var judge = await tenant.PersonAsync("judge@example.org");
        var student = await tenant.PersonAsync("student@example.org");
        var school = await boss.Http.PostAsJsonAsync("/api/institutions", new { name = "School" }).OkAsync(201);
        await boss.Http.PatchAsJsonAsync($"/api/users/{student.Id}", new { institutionId = (Guid)school["id"]! }).OkAsync();
        await boss.GrantAsync(judge, "JUDGE").OkAsync(201);
        await boss.Http.PatchAsJsonAsync($"/api/users/{judge.Id}", new { status = "suspended" }).OkAsync();

        Assert.Equal(["student@example.org"], await FindAsync(boss, $"institutionId={school["id"]}"));
        Assert.Equal(["judge@example.org"], await FindAsync(boss, "role=JUDGE"));
        Assert.Equal(["judge@example.org", "student@example.org"], await FindAsync(boss, "role=PARTICIPANT"));
        Assert.Equal(["judge@example.org"], await FindAsync(boss, "status=suspended"));
        Assert.Equal([tenant.AdministratorEmail, "student@example.org"], await FindAsync(boss, "status=active"));
        Assert.Equal(["judge@example.org"], await FindAsync(boss, "status=suspended&role=JUDGE&search=ju"));
        Assert.Empty(await FindAsync(boss, "role=NOBODY"));
        var problem = await boss.Http.GetAsync("/api/users?status=gone&institutionId=7&limit=1000&after=1&search=").ProblemAsync(422, "invalid");
        Assert.Equal(5, problem["errors"]!.AsArray().Count);
    }

    [Fact]
    public async Task A_list_of_people_goes_on_where_the_page_before_ended()
    {
        var tenant = await shared.TenantAsync();
        var boss = await tenant.AdministratorAsync();
        for (var i = 0; i < 5; i++) await boss.Http.PostAsJsonAsync("/api/users", new { email = $"p{i}@example.org", firstName = "Pager", lastName = $"N{i}" }).OkAsync(201);

        var seen = new List<string>();
        var next = "";
        do
        {
            var page = await boss.Http.GetAsync($"/api/users?search=pager&limit=2{next}").OkAsync();
            seen.AddRange(page["items"]!.AsArray().Select(item => (string)item!["email"]!));
            next = page["next"] is { } after ? $"&after={after}" : "";
        }
        while (next.Length > 0);

        Assert.Equal(["p0@example.org", "p1@example.org", "p2@example.org", "p3@example.org", "p4@example.org"], seen.Order());
    }

    [Fact]
    public async Task An_account_shows_its_roles_and_a_new_one_shows_in_the_etag()
    {
        var tenant = await shared.TenantAsync();
        var boss = await tenant.AdministratorAsync();
        var person = await tenant.PersonAsync();

        var before = await boss.Http.GetAsync($"/api/users/{person.Id}");
        var read = await before.JsonAsync();
        Assert.Equal("PARTICIPANT", (string?)Assert.Single(read["roles"]!.AsArray())!["role"]);
        Assert.Equal("active", (string?)read["status"]);
        Assert.True((bool)read["emailVerified"]!);
        Assert.False((bool)read["secondFactor"]!);
        Assert.NotNull(read["lastSeenAt"]);

        await boss.GrantAsync(person, "JUDGE").OkAsync(201);
        using var again = new HttpRequestMessage(HttpMethod.Get, $"/api/users/{person.Id}") { Headers = { { "If-None-Match", before.Headers.ETag!.Tag } } };
        var after = await boss.Http.SendAsync(again);
        Assert.Equal(HttpStatusCode.OK, after.StatusCode);
        Assert.Equal(2, (await after.JsonAsync())["roles"]!.AsArray().Count);
        await boss.Http.IfMatchAsync(HttpMethod.Patch, $"/api/users/{person.Id}", after.Headers.ETag!.Tag, new { firstName = "New" }).OkAsync();
    }

    [Fact]
    public async Task Somebody_invited_comes_in_by_the_mailed_link()
    {
        var tenant = await shared.TenantAsync();
        var boss = await tenant.AdministratorAsync();

        var invited = await boss.Http.PostAsJsonAsync("/api/users", new { email = "Guest@Example.org", firstName = "Guest", lastName = "One", language = "ru", roles = new[] { new { role = "JUDGE" } } }).OkAsync(201);
        Assert.False((bool)invited["emailVerified"]!);
        Assert.Equal("ru", (string?)invited["language"]);
        var mail = Assert.Single(await tenant.MailsAsync("Guest@Example.org"));
        Assert.Equal("account-invite", mail.Template);

        await tenant.Http.PostAsJsonAsync("/api/accounts/password", new { token = await tenant.LinkAsync("Guest@Example.org"), newPassword = TestTenant.Password }).OkAsync(204);
        var guest = await tenant.SignInAsync("guest@example.org");
        var me = await guest.Http.GetAsync("/api/me").OkAsync();
        Assert.Equal(["JUDGE"], me["roles"]!.AsArray().Select(role => (string)role!["role"]!));
    }

    [Fact]
    public async Task An_invitation_that_is_repeated_with_its_id_is_mailed_once()
    {
        var tenant = await shared.TenantAsync();
        var boss = await tenant.AdministratorAsync();
        var id = Guid.CreateVersion7();
        var wanted = new { id, email = "once@example.org", firstName = "On", lastName = "Ce" };

        await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => boss.Http.PostAsJsonAsync("/api/users", wanted).OkAsync(201)));

        Assert.Single(await tenant.MailsAsync("once@example.org"));
        await boss.Http.PostAsJsonAsync("/api/users", new { id, email = "other@example.org", firstName = "On", lastName = "Ce" }).ProblemAsync(409, "id-taken");
        await boss.Http.PostAsJsonAsync("/api/users", new { id, email = "once@example.org", firstName = "On", lastName = "Ce", roles = new[] { new { role = "JUDGE" } } }).ProblemAsync(409, "id-taken");
        await boss.Http.PostAsJsonAsync("/api/users", new { email = "ONCE@example.org", firstName = "On", lastName = "Ce" }).ProblemAsync(409, "email-taken");
        Assert.Equal(["PARTICIPANT"], (await boss.Http.GetAsync($"/api/users/{id}").OkAsync())["roles"]!.AsArray().Select(role => (string)role!["role"]!));
    }

    [Fact]
    public async Task Every_fault_of_an_invitation_is_named_and_nobody_is_invited()
    {
        var tenant = await shared.TenantAsync();
        var boss = await tenant.AdministratorAsync();

        var problem = await boss.Http.PostAsJsonAsync("/api/users", new { email = "nobody", firstName = "", roles = new object[] { new { scope = "planet" } } }).ProblemAsync(422, "invalid");
        Assert.Equal(["/email", "/firstName", "/lastName", "/roles/0/role", "/roles/0/scope"], problem["errors"]!.AsArray().Select(error => (string)error!["pointer"]!).Order());

        var unknown = await boss.Http.PostAsJsonAsync("/api/users", new { email = "a@example.org", firstName = "A", lastName = "B", roles = new object[] { new { role = "JUDGE" }, new { role = "WIZARD" } } }).ProblemAsync(422, "invalid");
        Assert.Equal("/roles/1/role", (string?)unknown["errors"]![0]!["pointer"]);
        await boss.Http.PostAsJsonAsync("/api/users", new { email = "a@example.org", firstName = "A", lastName = "B", institutionId = Guid.NewGuid() }).ProblemAsync(422, "invalid");
        Assert.Empty(await FindAsync(boss, "search=a@"));
        Assert.Empty(await tenant.MailsAsync("a@example.org"));
    }

    [Fact]
    public async Task Names_institution_and_program_are_changed()
    {
        var tenant = await shared.TenantAsync();
        var boss = await tenant.AdministratorAsync();
        var person = await tenant.PersonAsync();
        var path = $"/api/users/{person.Id}";
        var school = await boss.Http.PostAsJsonAsync("/api/institutions", new { name = "School" }).OkAsync(201);
        var other = await boss.Http.PostAsJsonAsync("/api/institutions", new { name = "Other" }).OkAsync(201);
        var program = await boss.Http.PostAsJsonAsync($"/api/institutions/{school["id"]}/programs", new { name = "Maths" }).OkAsync(201);

        var changed = await boss.Http.PatchAsJsonAsync(path, new { firstName = " Augusta ", institutionId = (Guid)school["id"]!, programId = (Guid)program["id"]! }).OkAsync();
        Assert.Equal("Augusta", (string?)changed["firstName"]);
        Assert.Equal("Byron", (string?)changed["lastName"]);
        Assert.Equal((string?)program["id"], (string?)changed["programId"]);
        Assert.Equal((string?)program["id"], (string?)(await boss.Http.PatchAsJsonAsync(path, new { lastName = "King" }).OkAsync())["programId"]);
        await boss.Http.PatchAsJsonAsync(path, new { institutionId = (Guid)other["id"]!, programId = (Guid)program["id"]! }).ProblemAsync(422, "invalid");
        Assert.Null((await boss.Http.PatchAsJsonAsync(path, new { institutionId = (Guid)other["id"]! }).OkAsync())["programId"]);
        await boss.Http.PatchAsJsonAsync(path, new { programId = (Guid)program["id"]! }).ProblemAsync(422, "invalid");
        await boss.Http.PatchAsJsonAsync(path, new { firstName = "", status = "lost", email = "x@example.org" }).ProblemAsync(422, "invalid");
        await person.Http.GetAsync("/api/me").OkAsync();
    }

    [Fact]
    public async Task A_stale_change_of_an_account_is_refused()
    {
        var tenant = await shared.TenantAsync();
        var boss = await tenant.AdministratorAsync();
        var person = await tenant.PersonAsync();
        var path = $"/api/users/{person.Id}";
        var version = (int)(await boss.Http.GetAsync(path).OkAsync())["version"]!;
        await boss.Http.IfMatchAsync(HttpMethod.Patch, path, $"\"{version}\"", new { firstName = "First" }).OkAsync();

        await boss.Http.IfMatchAsync(HttpMethod.Patch, path, $"\"{version}\"", new { firstName = "Second" }).ProblemAsync(409, "stale");
        await boss.Http.IfMatchAsync(HttpMethod.Delete, path, $"\"{version}\"").ProblemAsync(409, "stale");
        await boss.Http.IfMatchAsync(HttpMethod.Delete, path, $"\"{version + 1}\"").OkAsync(204);
    }

    [Fact]
    public async Task Who_is_suspended_is_out_at_once_and_an_old_token_never_works_again()
    {
        var tenant = await shared.TenantAsync();
        var boss = await tenant.AdministratorAsync();
        var person = await tenant.PersonAsync();
        await person.Http.GetAsync("/api/me").OkAsync();

        await boss.Http.PatchAsJsonAsync($"/api/users/{person.Id}", new { status = "suspended" }).OkAsync();
        await person.Http.GetAsync("/api/me").ProblemAsync(401, "token-refused");
        await tenant.Http.PostAsJsonAsync("/api/sessions/refresh", new { refreshToken = person.RefreshToken }).ProblemAsync(401, "refresh-refused");
        await tenant.Http.PostAsJsonAsync("/api/sessions", new { email = person.Email, password = TestTenant.Password }).ProblemAsync(403, "account-suspended");
        await boss.Http.PostAsync($"/api/users/{person.Id}/password-reset", null).ProblemAsync(409, "conflict");

        await boss.Http.PatchAsJsonAsync($"/api/users/{person.Id}", new { status = "active" }).OkAsync();
        await person.Http.GetAsync("/api/me").ProblemAsync(401, "token-refused");
        await (await tenant.SignInAsync(person.Email)).Http.GetAsync("/api/me").OkAsync();
    }

    [Fact]
    public async Task Suspension_and_ended_sessions_reach_every_instance()
    {
        var tenant = await shared.TenantAsync();
        var boss = await tenant.AdministratorAsync();
        var person = await tenant.PersonAsync();
        var other = await tenant.PersonAsync();
        await using var second = await PodiumApp.StartAsync(new AppOptions { Beside = await shared.AppAsync() });
        await person.HttpOn(second).GetAsync("/api/me").OkAsync();
        await other.HttpOn(second).GetAsync("/api/me").OkAsync();

        await boss.Http.PatchAsJsonAsync($"/api/users/{person.Id}", new { status = "suspended" }).OkAsync();
        await boss.Http.DeleteAsync($"/api/users/{other.Id}/sessions").OkAsync(204);

        await RefusedAsync(person);
        await RefusedAsync(other);
        await boss.HttpOn(second).GetAsync("/api/me").OkAsync();

        Task RefusedAsync(TestPerson who) => second.UntilAsync("the other instance refuses the token", async () => (await who.HttpOn(second).GetAsync("/api/me")).StatusCode == HttpStatusCode.Unauthorized ? "refused" : null);
    }

    [Fact]
    public async Task A_deleted_account_is_out_and_gone_but_its_address_stays_taken()
    {
        var tenant = await shared.TenantAsync();
        var boss = await tenant.AdministratorAsync();
        var person = await tenant.PersonAsync("gone@example.org");
        await person.Http.PatchAsJsonAsync("/api/me", new { username = "champion" }).OkAsync();
        await tenant.Http.PostAsJsonAsync("/api/accounts/password-reset", new { email = person.Email }).OkAsync(202);
        var link = await tenant.LinkAsync(person.Email);

        await boss.Http.DeleteAsync($"/api/users/{person.Id}").OkAsync(204);

        await person.Http.GetAsync("/api/me").ProblemAsync(401, "token-refused");
        await tenant.Http.PostAsJsonAsync("/api/sessions/refresh", new { refreshToken = person.RefreshToken }).ProblemAsync(401, "refresh-refused");
        await tenant.Http.PostAsJsonAsync("/api/sessions", new { email = person.Email, password = TestTenant.Password }).ProblemAsync(401, "credentials-refused");
        await tenant.Http.PostAsJsonAsync("/api/accounts/password", new { token = link, newPassword = TestTenant.Password }).ProblemAsync(410, "link-refused");
        await boss.Http.GetAsync($"/api/users/{person.Id}").ProblemAsync(404, "not-found");
        await boss.Http.DeleteAsync($"/api/users/{person.Id}").ProblemAsync(404, "not-found");
        await boss.Http.GetAsync($"/api/users/{person.Id}/roles").ProblemAsync(404, "not-found");
        await boss.GrantAsync(person, "JUDGE").ProblemAsync(404, "not-found");
        Assert.Empty(await FindAsync(boss, "search=gone"));
        await boss.Http.PostAsJsonAsync("/api/users", new { email = person.Email, firstName = "Go", lastName = "Ne" }).ProblemAsync(409, "email-taken");
        await boss.Http.PatchAsJsonAsync("/api/me", new { username = "champion" }).OkAsync();
    }

    [Fact]
    public async Task One_closes_the_own_account_with_the_password()
    {
        var tenant = await shared.TenantAsync();
        var boss = await tenant.AdministratorAsync();
        var person = await tenant.PersonAsync();

        await tenant.Http.PostAsJsonAsync("/api/me/deletion", new { password = TestTenant.Password }).ProblemAsync(401, "sign-in-required");
        await person.Http.PostAsJsonAsync("/api/me/deletion", new { }).ProblemAsync(422, "invalid");
        await person.Http.PostAsJsonAsync("/api/me/deletion", new { password = "not the password" }).ProblemAsync(422, "invalid");
        await person.Http.PostAsJsonAsync("/api/me/deletion", new { password = TestTenant.Password }).OkAsync(204);

        await person.Http.GetAsync("/api/me").ProblemAsync(401, "token-refused");
        await boss.Http.GetAsync($"/api/users/{person.Id}").ProblemAsync(404, "not-found");
    }

    [Fact]
    public async Task A_password_is_set_by_a_mailed_link_and_who_never_had_one_is_invited_again()
    {
        var tenant = await shared.TenantAsync();
        var boss = await tenant.AdministratorAsync();
        var person = await tenant.PersonAsync();
        var invited = await boss.Http.PostAsJsonAsync("/api/users", new { email = "lost@example.org", firstName = "Lost", lastName = "Mail" }).OkAsync(201);
        var first = await tenant.LinkAsync("lost@example.org");

        await boss.Http.PostAsync($"/api/users/{person.Id}/password-reset", null).OkAsync(202);
        await boss.Http.PostAsync($"/api/users/{invited["id"]}/password-reset", null).OkAsync(202);

        Assert.Equal("account-reset", (await tenant.MailsAsync(person.Email))[^1].Template);
        Assert.Equal("account-invite", (await tenant.MailsAsync("lost@example.org"))[^1].Template);
        await tenant.Http.PostAsJsonAsync("/api/accounts/password", new { token = first, newPassword = TestTenant.Password }).ProblemAsync(410, "link-refused");
        await tenant.Http.PostAsJsonAsync("/api/accounts/password", new { token = await tenant.LinkAsync("lost@example.org"), newPassword = TestTenant.Password }).OkAsync(204);
        await tenant.SignInAsync("lost@example.org");
    }

    [Fact]
    public async Task A_lost_authenticator_is_removed_and_the_person_is_told()
    {
        var tenant = await shared.TenantAsync();
        var boss = await tenant.AdministratorAsync();
        var person = await tenant.PersonAsync();
        var app = await shared.AppAsync();
        await boss.Http.DeleteAsync($"/api/users/{person.Id}/second-factor").ProblemAsync(409, "totp-missing");
        var begun = await person.Http.PostAsJsonAsync("/api/me/second-factor", new { password = TestTenant.Password }).OkAsync();
        Assert.True(Base32.TryDecode((string)begun["secret"]!, out var secret));
        await person.Http.PostAsJsonAsync("/api/me/second-factor/confirm", new { code = Totp.CodeAt(secret, Totp.StepAt(app.Clock.GetUtcNow()), 6, HashAlgorithmName.SHA1) }).OkAsync();
        await tenant.Http.PostAsJsonAsync("/api/sessions", new { email = person.Email, password = TestTenant.Password }).ProblemAsync(401, "second-factor-required");

        await boss.Http.DeleteAsync($"/api/users/{person.Id}/second-factor").OkAsync(204);

        await tenant.SignInAsync(person.Email);
        Assert.Equal("account-second-factor-off", (await tenant.MailsAsync(person.Email))[^1].Template);
        await boss.Http.DeleteAsync($"/api/users/{boss.Id}/second-factor").ProblemAsync(403, "forbidden");
    }

    [Fact]
    public async Task Somebodys_sessions_are_ended()
    {
        var tenant = await shared.TenantAsync();
        var boss = await tenant.AdministratorAsync();
        var person = await tenant.PersonAsync();

        await boss.Http.DeleteAsync($"/api/users/{person.Id}/sessions").OkAsync(204);

        await person.Http.GetAsync("/api/me").ProblemAsync(401, "token-refused");
        await (await tenant.SignInAsync(person.Email)).Http.GetAsync("/api/me").OkAsync();
    }

    [Fact]
    public async Task The_last_administrator_cannot_be_suspended_or_deleted()
    {
        var tenant = await shared.TenantAsync();
        var boss = await tenant.AdministratorAsync();
        var path = $"/api/users/{boss.Id}";
        // neither who never came, nor who runs it for a while, nor who is suspended is left to run the tenant
        await boss.Http.PostAsJsonAsync("/api/users", new { email = "never@example.org", firstName = "Never", lastName = "Came", roles = new[] { new { role = "ADMINISTRATOR" } } }).OkAsync(201);
        var temporary = await tenant.PersonAsync();
        await boss.GrantAsync(temporary, "ADMINISTRATOR", expiresAt: (await shared.AppAsync()).Clock.GetUtcNow().AddYears(1)).OkAsync(201);
        var suspended = await tenant.PersonAsync();
        await boss.GrantAsync(suspended, "ADMINISTRATOR").OkAsync(201);
        await boss.Http.PatchAsJsonAsync($"/api/users/{suspended.Id}", new { status = "suspended" }).OkAsync();

        await boss.Http.PatchAsJsonAsync(path, new { status = "suspended" }).ProblemAsync(409, "last-administrator");
        await boss.Http.DeleteAsync(path).ProblemAsync(409, "last-administrator");
        await temporary.Http.DeleteAsync(path).ProblemAsync(409, "last-administrator");
        await boss.Http.PostAsJsonAsync("/api/me/deletion", new { password = TestTenant.Password }).ProblemAsync(409, "last-administrator");
        await boss.Http.PatchAsJsonAsync(path, new { firstName = "Still", status = "active" }).OkAsync();

        await boss.Http.PatchAsJsonAsync($"/api/users/{suspended.Id}", new { status = "active" }).OkAsync();
        await boss.Http.DeleteAsync(path).OkAsync(204);
    }

    [Theory]
    [InlineData("DELETE")]
    [InlineData("PATCH")]
    [InlineData("POST")]
    public async Task Twenty_at_once_cannot_take_the_two_last_administrators_away(string how)
    {
        var tenant = await shared.TenantAsync();
        var boss = await tenant.AdministratorAsync();
        var second = await tenant.PersonAsync();
        await boss.GrantAsync(second, "ADMINISTRATOR").OkAsync(201);

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => i % 2 == 0 ? TakeAwayAsync(boss, second) : TakeAwayAsync(second, boss)));

        Assert.Contains(answers, answer => answer.IsSuccessStatusCode);
        Assert.All(answers, answer => Assert.True((int)answer.StatusCode < 500, answer.ToString()));
        var running = await (await shared.AppAsync()).QueryAsync<long>($"SELECT count(*) FROM users WHERE tenant_id = '{tenant.Id}' AND account_status = 'active' AND deleted_at IS NULL");
        Assert.Equal(1, running);

        Task<HttpResponseMessage> TakeAwayAsync(TestPerson by, TestPerson whom) => how switch
        {
            "DELETE" => by.Http.DeleteAsync($"/api/users/{whom.Id}"),
            "PATCH" => by.Http.PatchAsJsonAsync($"/api/users/{whom.Id}", new { status = "suspended" }),
            _ => by.Http.PostAsJsonAsync("/api/me/deletion", new { password = TestTenant.Password }),
        };
    }

    [Fact]
    public async Task Nobody_acts_on_the_account_of_somebody_who_may_do_more()
    {
        var tenant = await shared.TenantAsync();
        var boss = await tenant.AdministratorAsync();
        var clerk = await ClerkAsync(tenant, boss);
        var person = await tenant.PersonAsync();
        var dean = await tenant.PersonAsync();
        var school = await boss.Http.PostAsJsonAsync("/api/institutions", new { name = "School" }).OkAsync(201);
        await boss.GrantAsync(dean, "ORGANIZER", "institution", (Guid)school["id"]!).OkAsync(201);

        foreach (var above in new[] { boss, dean })
        {
            var path = $"/api/users/{above.Id}";
            await clerk.Http.PatchAsJsonAsync(path, new { firstName = "Small" }).ProblemAsync(403, "role-beyond-own");
            await clerk.Http.PatchAsJsonAsync(path, new { status = "suspended" }).ProblemAsync(403, "role-beyond-own");
            await clerk.Http.DeleteAsync(path).ProblemAsync(403, "role-beyond-own");
            await clerk.Http.PostAsync($"{path}/password-reset", null).ProblemAsync(403, "role-beyond-own");
            await clerk.Http.DeleteAsync($"{path}/second-factor").ProblemAsync(403, "role-beyond-own");
            await clerk.Http.DeleteAsync($"{path}/sessions").ProblemAsync(403, "role-beyond-own");
        }
        await clerk.Http.PostAsJsonAsync("/api/users", new { email = "up@example.org", firstName = "U", lastName = "P", roles = new[] { new { role = "ADMINISTRATOR" } } }).ProblemAsync(403, "forbidden");
        await clerk.Http.PostAsJsonAsync("/api/users", new { email = "up@example.org", firstName = "U", lastName = "P" }).OkAsync(201);
        await clerk.Http.PatchAsJsonAsync($"/api/users/{person.Id}", new { status = "suspended" }).OkAsync();
        await clerk.Http.DeleteAsync($"/api/users/{person.Id}").OkAsync(204);
    }

    [Fact]
    public async Task Without_the_permission_nobody_sees_or_changes_accounts()
    {
        var tenant = await shared.TenantAsync();
        var boss = await tenant.AdministratorAsync();
        var person = await tenant.PersonAsync();
        var auditor = await tenant.PersonAsync();
        await boss.GrantAsync(auditor, "AUDITOR").OkAsync(201);
        var path = $"/api/users/{boss.Id}";

        await auditor.Http.GetAsync(path).OkAsync();
        await tenant.Http.GetAsync("/api/users").ProblemAsync(401, "sign-in-required");
        await person.Http.GetAsync("/api/users").ProblemAsync(403, "forbidden");
        await person.Http.GetAsync($"/api/users/{person.Id}").ProblemAsync(403, "forbidden");
        foreach (var who in new[] { person, auditor })
        {
            await who.Http.PostAsJsonAsync("/api/users", new { email = "a@example.org", firstName = "A", lastName = "B" }).ProblemAsync(403, "forbidden");
            await who.Http.PatchAsJsonAsync(path, new { firstName = "A" }).ProblemAsync(403, "forbidden");
            await who.Http.DeleteAsync(path).ProblemAsync(403, "forbidden");
            await who.Http.PostAsync($"{path}/password-reset", null).ProblemAsync(403, "forbidden");
            await who.Http.DeleteAsync($"{path}/second-factor").ProblemAsync(403, "forbidden");
            await who.Http.DeleteAsync($"{path}/sessions").ProblemAsync(403, "forbidden");
        }
    }

    [Fact]
    public async Task Another_tenants_people_are_not_there()
    {
        var person = await (await shared.TenantAsync()).PersonAsync("theirs@example.org");
        var boss = await (await shared.TenantAsync()).AdministratorAsync();
        var path = $"/api/users/{person.Id}";

        await boss.Http.GetAsync(path).ProblemAsync(404, "not-found");
        await boss.Http.PatchAsJsonAsync(path, new { firstName = "Ours" }).ProblemAsync(404, "not-found");
        await boss.Http.DeleteAsync(path).ProblemAsync(404, "not-found");
        await boss.Http.PostAsync($"{path}/password-reset", null).ProblemAsync(404, "not-found");
        await boss.Http.DeleteAsync($"{path}/second-factor").ProblemAsync(404, "not-found");
        await boss.Http.DeleteAsync($"{path}/sessions").ProblemAsync(404, "not-found");
        await boss.Http.GetAsync("/api/users/me").ProblemAsync(404, "not-found");
        Assert.Empty(await FindAsync(boss, "search=theirs"));
        Assert.Equal("Ada", (string?)(await person.Http.GetAsync("/api/me").OkAsync())["firstName"]);
    }

    // somebody who runs accounts and nothing else
    private static async Task<TestPerson> ClerkAsync(TestTenant tenant, TestPerson boss)
    {
        await boss.Http.PostAsJsonAsync("/api/roles", new { name = "CLERK", permissions = new[] { "user.*" } }).OkAsync(201);
        var clerk = await tenant.PersonAsync();
        await boss.GrantAsync(clerk, "CLERK").OkAsync(201);
        return clerk;
    }

    private static async Task<IEnumerable<string>> FindAsync(TestPerson by, string query) =>
        (await by.Http.GetAsync($"/api/users?{query}").OkAsync())["items"]!.AsArray().Select(item => (string)item!["email"]!).Order(StringComparer.Ordinal);
}
