using System.Net.Http.Json;
using Podium.Tests.Harness;

namespace Podium.Tests.Cli;

public sealed class UserTests(SharedApp shared)
{
    private static int Next;

    private static string Email() => $"cli-{Interlocked.Increment(ref Next)}@example.org";

    [Fact]
    public async Task A_person_created_with_a_password_signs_in_with_the_role()
    {
        var (op, tenant) = await StartAsync();
        var email = Email();

        var created = await op.PipeAsync($"{TestTenant.Password}\n", "user", "create", "--tenant", tenant.Slug, "--email", email, "--password-stdin", "--role", "ADMINISTRATOR", "--json");

        Assert.False((bool)created.Ok().Json["invited"]!);
        var me = await (await tenant.SignInAsync(email)).Http.GetAsync("/api/me").OkAsync();
        Assert.Equal("ADMINISTRATOR", (string)me["roles"]![0]!["role"]!);
        var shown = await op.JsonAsync("user", "show", email, "--tenant", tenant.Slug);
        Assert.Equal((string)created.Json["id"]!, (string)shown["id"]!);
        Assert.True((bool)shown["hasPassword"]!);
        Assert.Equal(1, (int)shown["sessions"]!);
        Assert.DoesNotContain("pbkdf2", shown.ToJsonString());
    }

    [Fact]
    public async Task A_password_must_come_by_standard_input_and_be_a_good_one()
    {
        var (op, tenant) = await StartAsync();
        string[] create = ["user", "create", "--tenant", tenant.Slug, "--email", Email()];

        (await op.RunAsync(create)).Failed(2, "Option '--password-stdin' is required");
        (await op.RunAsync([.. create, "--password-stdin"])).Failed(2, "Standard input has no password");
        (await op.PipeAsync("Password2024!\n", [.. create, "--password-stdin"])).Failed(2, "password:");
        (await op.PipeAsync($"{TestTenant.Password}\n", [.. create, "--password-stdin", "--role", "EMPEROR"])).Failed(1, "There is no such role.");
        (await op.PipeAsync($"{TestTenant.Password}\n", [.. create, "--password-stdin"])).Ok();
        (await op.PipeAsync($"{TestTenant.Password}\n", [.. create, "--password-stdin"])).Failed(1, "This e-mail address belongs to an account.");
    }

    [Fact]
    public async Task Who_is_invited_uses_the_link_that_was_mailed_last()
    {
        var (op, tenant) = await StartAsync();
        var email = Email();

        Assert.True((bool)(await op.JsonAsync("user", "invite", "--tenant", tenant.Slug, "--email", email, "--role", "JUDGE"))["invited"]!);
        var first = await tenant.LinkAsync(email);
        await op.JsonAsync("user", "invite", "--tenant", tenant.Slug, "--email", email);
        var again = await tenant.LinkAsync(email);

        Assert.NotEqual(first, again);
        await tenant.Http.PostAsJsonAsync("/api/accounts/password", new { token = first, newPassword = TestTenant.Password }).ProblemAsync(410, "link-refused");
        await tenant.Http.PostAsJsonAsync("/api/accounts/password", new { token = again, newPassword = TestTenant.Password }).OkAsync(204);
        await tenant.SignInAsync(email);
    }

    [Fact]
    public async Task A_suspended_person_is_out_at_once_and_comes_back_in_when_resumed()
    {
        var (op, tenant) = await StartAsync();
        var app = await shared.AppAsync();
        var person = await tenant.PersonAsync();

        Assert.Equal("suspended", (string)(await op.JsonAsync("user", "suspend", person.Email, "--tenant", tenant.Slug))["status"]!);
        await app.UntilAsync("the session has ended", async () => (await person.Http.GetAsync("/api/me")).StatusCode == System.Net.HttpStatusCode.Unauthorized);
        await tenant.Http.PostAsJsonAsync("/api/sessions", new { email = person.Email, password = TestTenant.Password }).ProblemAsync(403, "account-suspended");

        Assert.Equal("active", (string)(await op.JsonAsync("user", "resume", person.Id.ToString(), "--tenant", tenant.Slug))["status"]!);
        await tenant.SignInAsync(person.Email);
    }

    [Fact]
    public async Task A_reset_is_mailed_or_set_here_and_signs_the_person_out()
    {
        var (op, tenant) = await StartAsync();
        var app = await shared.AppAsync();
        var person = await tenant.PersonAsync();

        (await op.RunAsync("user", "reset-password", person.Email, "--tenant", tenant.Slug)).Ok();
        Assert.Contains(await tenant.MailsAsync(person.Email), mail => mail.Template == "account-reset");

        (await op.PipeAsync("another horse entirely\n", "user", "reset-password", person.Email, "--tenant", tenant.Slug, "--password-stdin")).Ok();
        await app.UntilAsync("the session has ended", async () => (await person.Http.GetAsync("/api/me")).StatusCode == System.Net.HttpStatusCode.Unauthorized);
        await tenant.SignInAsync(person.Email, "another horse entirely");
    }

    [Fact]
    public async Task Roles_are_granted_in_places_until_a_time_and_revoked()
    {
        var (op, tenant) = await StartAsync();
        var email = Email();
        var competition = Guid.NewGuid();
        await op.JsonAsync("user", "invite", "--tenant", tenant.Slug, "--email", email);
        string[] role = [email, "--tenant", tenant.Slug, "--role", "JUDGE"];

        await op.JsonAsync(["user", "grant", .. role, "--competition", competition.ToString()]);
        var both = await op.JsonAsync(["user", "grant", .. role, "--until", "2099-12-31T18:00:00Z"]);

        Assert.Equal(["JUDGE", $"JUDGE in competition {competition}", "PARTICIPANT"], both["roles"]!.AsArray().Select(held => (string)held!).Order(StringComparer.Ordinal));
        var judges = await op.JsonAsync("user", "list", "--tenant", tenant.Slug, "--role", "JUDGE");
        Assert.Equal(email, (string)Assert.Single(judges.AsArray())!["email"]!);
        await op.JsonAsync(["user", "revoke", .. role, "--competition", competition.ToString()]);
        (await op.RunAsync(["user", "revoke", .. role, "--competition", competition.ToString()])).Failed(1, "There is no such grant.");
        (await op.RunAsync(["user", "grant", .. role, "--competition", competition.ToString(), "--institution", competition.ToString()])).Failed(2, "not both");
        (await op.RunAsync("user", "grant", email, "--tenant", tenant.Slug, "--role", "EMPEROR")).Failed(1, "There is no such role.");
    }

    [Fact]
    public async Task An_address_is_declared_proven()
    {
        var (op, tenant) = await StartAsync();
        var email = Email();
        await tenant.Http.PostAsJsonAsync("/api/accounts", new { email, password = TestTenant.Password, firstName = "Ada", lastName = "Byron" });

        Assert.NotNull((await op.JsonAsync("user", "verify-email", email, "--tenant", tenant.Slug))["emailVerifiedAt"]);
        await tenant.SignInAsync(email);
    }

    [Fact]
    public async Task A_list_goes_on_after_an_id_and_a_person_of_another_tenant_is_nobody()
    {
        var (op, tenant) = await StartAsync();
        var other = await shared.TenantAsync();
        foreach (var email in new[] { Email(), Email(), Email() }) await op.JsonAsync("user", "invite", "--tenant", tenant.Slug, "--email", email);

        var first = (await op.JsonAsync("user", "list", "--tenant", tenant.Slug, "--limit", "2")).AsArray();
        var rest = (await op.JsonAsync("user", "list", "--tenant", tenant.Slug, "--after", (string)first[1]!["id"]!)).AsArray();

        Assert.Equal(2, first.Count);
        Assert.Equal(2, rest.Count); // one invited, and the administrator
        (await op.RunAsync("user", "show", (string)first[0]!["id"]!, "--tenant", other.Slug)).Failed(1, "Nobody in");
        (await op.RunAsync("user", "list", "--tenant", tenant.Slug, "--limit", "0")).Failed(2, "--limit");
    }

    private async Task<(Operator, TestTenant)> StartAsync() => (Operator.At(await shared.AppAsync()), await shared.TenantAsync());
}
