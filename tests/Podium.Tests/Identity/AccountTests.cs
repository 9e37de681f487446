using System.Net.Http.Json;
using Podium.Tests.Harness;

namespace Podium.Tests.Identity;

public sealed class AccountTests(SharedApp shared)
{
    [Fact]
    public async Task An_address_that_has_an_account_is_answered_like_a_new_one_and_only_its_reader_learns()
    {
        var tenant = await shared.TenantAsync();
        var person = await tenant.PersonAsync();

        var again = await tenant.Http.PostAsJsonAsync("/api/accounts", New(person.Email.ToUpperInvariant())).OkAsync(202);
        var fresh = await tenant.Http.PostAsJsonAsync("/api/accounts", New("new@example.org")).OkAsync(202);

        Assert.Equal(fresh.ToJsonString(), again.ToJsonString());
        Assert.Equal("account-exists", (await tenant.MailsAsync(person.Email))[^1].Template);
        await tenant.SignInAsync(person.Email); // the password that came with the second try changed nothing
    }

    [Fact]
    public async Task Registering_again_before_the_address_is_proved_sends_a_new_link_and_ends_the_old_one()
    {
        var tenant = await shared.TenantAsync();
        await tenant.Http.PostAsJsonAsync("/api/accounts", New("twice@example.org")).OkAsync(202);
        var first = await tenant.LinkAsync("twice@example.org");
        await tenant.Http.PostAsJsonAsync("/api/accounts", New("twice@example.org")).OkAsync(202);
        var second = await tenant.LinkAsync("twice@example.org");

        await tenant.Http.PostAsJsonAsync("/api/accounts/verify", new { token = first }).ProblemAsync(410, "link-refused");
        await tenant.Http.PostAsJsonAsync("/api/accounts/verify", new { token = second }).OkAsync();
        await tenant.Http.PostAsJsonAsync("/api/accounts/verify", new { token = second }).ProblemAsync(410, "link-refused");
    }

    [Fact]
    public async Task Parallel_registrations_of_one_address_make_one_account()
    {
        var tenant = await shared.TenantAsync();
        var tries = Enumerable.Range(0, 20).Select(_ => tenant.Http.PostAsJsonAsync("/api/accounts", New("race@example.org")).OkAsync(202));
        await Task.WhenAll(tries);

        var app = await shared.AppAsync();
        Assert.Equal(1L, await app.QueryAsync<long>($"SELECT count(*) FROM users WHERE tenant_id = '{tenant.Id}' AND email_key = 'race@example.org'"));
    }

    [Theory]
    [InlineData("password123", "/password")]
    [InlineData("short", "/password")]
    [InlineData("aaaaaaaaaaaa", "/password")]
    [InlineData("adalovelace1815", "/password")]
    public async Task A_weak_password_is_refused_with_a_pointer(string password, string pointer)
    {
        var tenant = await shared.TenantAsync();
        var problem = await tenant.Http.PostAsJsonAsync("/api/accounts", new { email = "x@example.org", password, firstName = "Ada", lastName = "Lovelace" }).ProblemAsync(422, "invalid");
        Assert.Equal(pointer, (string?)problem["errors"]![0]!["pointer"]);
    }

    [Fact]
    public async Task Every_fault_of_a_request_is_told_in_one_answer()
    {
        var tenant = await shared.TenantAsync();
        var problem = await tenant.Http.PostAsJsonAsync("/api/accounts", new { email = "no address", firstName = 7, institutionId = "x", nickname = "?" }).ProblemAsync(422, "invalid");
        var faults = problem["errors"]!.AsArray().Select(fault => $"{fault!["pointer"]} {fault["code"]}").Order().ToList();
        Assert.Equal(["/email email", "/firstName type", "/institutionId type", "/lastName required", "/nickname unknown-field", "/password required"], faults);
    }

    [Fact]
    public async Task A_link_expires()
    {
        await using var app = await PodiumApp.StartAsync(new AppOptions { Timers = ["IdentityCleanup"] });
        var tenant = await TestTenant.CreateAsync(app);
        await tenant.Http.PostAsJsonAsync("/api/accounts", New("late@example.org")).OkAsync(202);
        var link = await tenant.LinkAsync("late@example.org");
        await app.AdvanceAsync(TimeSpan.FromDays(3) + TimeSpan.FromSeconds(1));

        await tenant.Http.PostAsJsonAsync("/api/accounts/verify", new { token = link }).ProblemAsync(410, "link-refused");
        await tenant.Http.PostAsJsonAsync("/api/sessions", new { email = "late@example.org", password = TestTenant.Password }).ProblemAsync(403, "email-unverified");

        await tenant.Http.PostAsJsonAsync("/api/accounts/verification", new { email = "late@example.org" }).OkAsync(202);
        await tenant.Http.PostAsJsonAsync("/api/accounts/verify", new { token = await tenant.LinkAsync("late@example.org") }).OkAsync();
        await tenant.SignInAsync("late@example.org");
    }

    [Fact]
    public async Task A_forgotten_password_is_reset_by_mail_and_ends_every_session()
    {
        var tenant = await shared.TenantAsync();
        var person = await tenant.PersonAsync();
        await tenant.Http.PostAsJsonAsync("/api/accounts/password-reset", new { email = person.Email }).OkAsync(202);
        await tenant.Http.PostAsJsonAsync("/api/accounts/password-reset", new { email = "nobody@example.org" }).OkAsync(202);
        var link = await tenant.LinkAsync(person.Email);

        await tenant.Http.PostAsJsonAsync("/api/accounts/password", new { token = link, newPassword = "short" }).ProblemAsync(422, "invalid");
        await tenant.Http.PostAsJsonAsync("/api/accounts/password", new { token = link, newPassword = "another fine staple" }).OkAsync(204);

        await person.Http.GetAsync("/api/me").ProblemAsync(401, "token-refused");
        await tenant.Http.PostAsJsonAsync("/api/sessions/refresh", new { refreshToken = person.RefreshToken }).ProblemAsync(401, "refresh-refused");
        await tenant.Http.PostAsJsonAsync("/api/sessions", new { email = person.Email, password = TestTenant.Password }).ProblemAsync(401, "credentials-refused");
        await tenant.SignInAsync(person.Email, "another fine staple");
        Assert.Empty(await tenant.MailsAsync("nobody@example.org"));
    }

    [Fact]
    public async Task A_changed_password_keeps_this_session_and_ends_the_others()
    {
        var tenant = await shared.TenantAsync();
        var here = await tenant.PersonAsync();
        var there = await tenant.SignInAsync(here.Email);

        await here.Http.PostAsJsonAsync("/api/me/password", new { password = "wrong", newPassword = "another fine staple" }).ProblemAsync(422, "invalid");
        await here.Http.PostAsJsonAsync("/api/me/password", new { password = TestTenant.Password, newPassword = "another fine staple" }).OkAsync(204);

        await here.Http.GetAsync("/api/me").OkAsync();
        await there.Http.GetAsync("/api/me").ProblemAsync(401, "token-refused");
    }

    [Fact]
    public async Task A_new_address_counts_once_its_link_is_used()
    {
        var tenant = await shared.TenantAsync();
        var person = await tenant.PersonAsync();
        await person.Http.PostAsJsonAsync("/api/me/email", new { email = "moved@example.org", password = TestTenant.Password }).OkAsync(202);
        await tenant.SignInAsync(person.Email);

        await tenant.Http.PostAsJsonAsync("/api/accounts/verify", new { token = await tenant.LinkAsync("moved@example.org") }).OkAsync();

        await tenant.SignInAsync("moved@example.org");
        Assert.Equal("account-email-changing", (await tenant.MailsAsync(person.Email))[^1].Template);
    }

    [Fact]
    public async Task An_address_that_is_taken_meanwhile_is_refused_when_the_link_is_used()
    {
        var tenant = await shared.TenantAsync();
        var person = await tenant.PersonAsync();
        await person.Http.PostAsJsonAsync("/api/me/email", new { email = "wanted@example.org", password = TestTenant.Password }).OkAsync(202);
        var link = await tenant.LinkAsync("wanted@example.org");
        await tenant.PersonAsync("wanted@example.org");

        await tenant.Http.PostAsJsonAsync("/api/accounts/verify", new { token = link }).ProblemAsync(409, "email-taken");
    }

    [Fact]
    public async Task A_profile_is_changed_and_its_private_parts_are_unreadable_in_the_database()
    {
        var tenant = await shared.TenantAsync();
        var person = await tenant.PersonAsync();

        var me = await person.Http.PatchAsJsonAsync("/api/me", new { username = "countess", phone = "+77010000000", dateOfBirth = "1999-12-31", country = "KZ", language = "kk", graduationYear = 2027 }).OkAsync();

        Assert.Equal("+77010000000", (string?)me["phone"]);
        Assert.Equal("1999-12-31", (string?)me["dateOfBirth"]);
        Assert.Equal("kk", (string?)me["language"]);
        var app = await shared.AppAsync();
        var stored = await app.QueryAsync<string>($"SELECT users::text FROM users WHERE id = '{person.Id}'");
        Assert.DoesNotContain("7701", stored, StringComparison.Ordinal);
        Assert.DoesNotContain("1999", stored, StringComparison.Ordinal);
        var cleared = await person.Http.PatchAsJsonAsync("/api/me", new { phone = "", username = "" }).OkAsync();
        Assert.Null(cleared["phone"]);
        Assert.Null(cleared["username"]);
    }

    [Fact]
    public async Task A_username_belongs_to_one_person_and_a_stale_change_is_refused()
    {
        var tenant = await shared.TenantAsync();
        var first = await tenant.PersonAsync();
        var second = await tenant.PersonAsync();
        await first.Http.PatchAsJsonAsync("/api/me", new { username = "champion" }).OkAsync();

        await second.Http.PatchAsJsonAsync("/api/me", new { username = "Champion" }).ProblemAsync(409, "username-taken");

        using var change = new HttpRequestMessage(HttpMethod.Patch, "/api/me") { Content = JsonContent.Create(new { firstName = "Late" }), Headers = { { "If-Match", "\"1\"" } } };
        await first.Http.SendAsync(change).ProblemAsync(409, "stale");
    }

    private static object New(string email) => new { email, password = TestTenant.Password, firstName = "Ada", lastName = "Byron" };
}
