using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.WebUtilities;
using Podium.Platform.Security;
using Podium.Tests.Harness;

namespace Podium.Tests.Identity;

public sealed class IssuerTests(IssuerApp app) : IClassFixture<IssuerApp>
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_person_who_is_new_gets_an_account_and_finds_it_again(bool publicClient)
    {
        await using var scene = await app.SceneAsync(publicClient: publicClient);

        var first = await scene.SignedInAsync("s-1", new { email = " Ada@Example.ORG", email_verified = true, given_name = "Ada", family_name = "Byron", locale = "kk-KZ" });
        var me = await first.Http.GetAsync("/api/me").OkAsync();
        var second = await scene.SignedInAsync("s-1", new { email = "other@example.org", email_verified = false });

        Assert.Equal(first.Id, second.Id);
        Assert.Equal(("Ada@Example.ORG", "Ada", "Byron", "kk"), ((string)me["email"]!, (string)me["firstName"]!, (string)me["lastName"]!, (string)me["language"]!));
        Assert.Equal("PARTICIPANT", (string?)me["roles"]![0]!["role"]);
        var sessions = await first.Http.GetAsync("/api/me/sessions").OkAsync();
        Assert.All(sessions["items"]!.AsArray(), session => Assert.Equal("issuer:University", (string?)session!["method"]));
    }

    [Fact]
    public async Task The_authorization_url_keeps_the_issuers_own_query_and_uses_pkce()
    {
        await using var scene = await app.SceneAsync();

        var begun = await scene.BeginAsync().OkAsync();

        var url = new Uri((string)begun["authorizationUrl"]!);
        var query = QueryHelpers.ParseQuery(url.Query);
        Assert.Equal("1", query["tenant"]);
        Assert.Equal("S256", query["code_challenge_method"]);
        Assert.Equal((string?)begun["state"], query["state"]);
        Assert.Equal(IssuerApp.Redirect, query["redirect_uri"]);
        Assert.DoesNotContain(FakeIssuer.ClientSecret, url.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_verified_address_opens_the_account_that_has_it_and_its_owner_is_told()
    {
        await using var scene = await app.SceneAsync();
        var ada = await scene.Tenant.PersonAsync();

        var signedIn = await scene.SignedInAsync("s-1", IssuerScene.Verified(ada.Email.ToUpperInvariant()));

        Assert.Equal(ada.Id, signedIn.Id);
        Assert.Contains(await scene.Tenant.MailsAsync(ada.Email), mail => mail.Template == "account-identity-linked");
        await scene.Tenant.SignInAsync(ada.Email);
    }

    [Fact]
    public async Task An_issuer_that_keeps_the_address_out_of_its_tokens_is_asked_for_it()
    {
        await using var scene = await app.SceneAsync();
        scene.Issuer.ThinTokens = true;

        var person = await scene.SignedInAsync("s-1", IssuerScene.Verified("ada@example.org"));
        var me = await person.Http.GetAsync("/api/me").OkAsync();

        Assert.Equal("ada@example.org", (string?)me["email"]);
    }

    [Fact]
    public async Task User_info_about_somebody_else_is_refused()
    {
        await using var scene = await app.SceneAsync();
        scene.Issuer.ThinTokens = true;
        scene.Issuer.UserInfo = claims => claims["sub"] = "s-2";

        await scene.SignInAsync("s-1", IssuerScene.Verified("ada@example.org")).ProblemAsync(502, "issuer-unavailable");
    }

    [Fact]
    public async Task An_issuer_that_takes_the_secret_only_in_the_form_gets_it_there()
    {
        await using var scene = await app.SceneAsync();
        scene.Issuer.Document = document => document["token_endpoint_auth_methods_supported"] = new JsonArray("client_secret_post");

        await scene.SignInAsync("s-1", IssuerScene.Verified("ada@example.org")).OkAsync();
    }

    [Theory]
    [InlineData("false", false)]
    [InlineData("\"false\"", false)]
    [InlineData("null", false)]
    [InlineData("1", false)]
    [InlineData("\"true\"", true)]
    [InlineData("true", true)]
    public async Task Only_an_address_that_the_issuer_vouches_for_opens_an_account(string verified, bool opens)
    {
        await using var scene = await app.SceneAsync();
        var ada = await scene.Tenant.PersonAsync();
        var claims = new JsonObject { ["email"] = ada.Email, ["email_verified"] = JsonNode.Parse(verified) };

        var answer = scene.SignInAsync("attacker", claims);

        if (opens) await answer.OkAsync();
        else await answer.ProblemAsync(403, "email-unverified");
    }

    [Theory]
    [InlineData(null)]
    [InlineData("not an address")]
    [InlineData("ada@")]
    public async Task Without_a_usable_address_there_is_no_account(string? email)
    {
        await using var scene = await app.SceneAsync();

        await scene.SignInAsync("s-1", new { email, email_verified = true }).ProblemAsync(403, "email-unverified");
    }

    [Fact]
    public async Task Who_registered_with_the_address_before_its_owner_came_keeps_no_way_in()
    {
        await using var scene = await app.SceneAsync();
        await scene.Tenant.Http.PostAsJsonAsync("/api/accounts", new { email = "ada@example.org", password = TestTenant.Password, firstName = "Mallory", lastName = "M" }).OkAsync(202);
        var link = await scene.Tenant.LinkAsync("ada@example.org");

        var owner = await scene.SignedInAsync("s-1", IssuerScene.Verified("ada@example.org"));

        await scene.Tenant.Http.PostAsJsonAsync("/api/sessions", new { email = "ada@example.org", password = TestTenant.Password }).ProblemAsync(401, "credentials-refused");
        await scene.Tenant.Http.PostAsJsonAsync("/api/accounts/verify", new { token = link }).ProblemAsync(410, "link-refused");
        await owner.Http.GetAsync("/api/me").OkAsync();
    }

    [Fact]
    public async Task An_address_that_the_issuer_gave_to_somebody_else_does_not_bring_the_account_along()
    {
        await using var scene = await app.SceneAsync();
        await scene.SignedInAsync("s-1", IssuerScene.Verified("ada@example.org"));

        await scene.SignInAsync("s-2", IssuerScene.Verified("ada@example.org")).ProblemAsync(401, "issuer-refused");
    }

    [Fact]
    public async Task An_issuer_speaks_only_for_its_domains()
    {
        await using var scene = await app.SceneAsync(new { emailDomains = new[] { "Uni.example.org" } });
        var ada = await scene.Tenant.PersonAsync();

        await scene.SignInAsync("s-1", IssuerScene.Verified("ada@uni.example.org")).OkAsync();
        await scene.SignInAsync("s-2", IssuerScene.Verified(ada.Email)).ProblemAsync(403, "no-account");
        await scene.SignInAsync("s-3", IssuerScene.Verified("eve@sub.uni.example.org")).ProblemAsync(403, "no-account");
        await scene.SignInAsync("s-4", IssuerScene.Verified("eve@eviluni.example.org")).ProblemAsync(403, "no-account");
    }

    [Fact]
    public async Task Where_the_issuer_creates_no_accounts_only_known_people_come_in()
    {
        await using var scene = await app.SceneAsync(new { createsAccounts = false });
        var ada = await scene.Tenant.PersonAsync();

        await scene.SignInAsync("s-1", IssuerScene.Verified("stranger@example.net")).ProblemAsync(403, "no-account");
        await scene.SignInAsync("s-2", IssuerScene.Verified(ada.Email)).OkAsync();
    }

    [Theory]
    [InlineData("account_status = 'suspended'", 403, "account-suspended")]
    [InlineData("deleted_at = now()", 401, "issuer-refused")]
    public async Task A_suspended_or_deleted_account_stays_closed(string change, int status, string code)
    {
        await using var scene = await app.SceneAsync();
        var linked = await scene.SignedInAsync("s-1", IssuerScene.Verified("ada@example.org"));
        var known = await scene.Tenant.PersonAsync("bob@example.org");
        await scene.App.QueryAsync<long>($"WITH closed AS (UPDATE users SET {change} WHERE id IN ('{linked.Id}', '{known.Id}') RETURNING 1) SELECT count(*) FROM closed");

        await scene.SignInAsync("s-1", IssuerScene.Verified("ada@example.org")).ProblemAsync(status, code);
        await scene.SignInAsync("s-2", IssuerScene.Verified("bob@example.org")).ProblemAsync(status, code);
    }

    [Fact]
    public async Task Who_has_an_authenticator_is_asked_for_its_code_too_and_goes_to_the_issuer_once()
    {
        await using var scene = await app.SceneAsync();
        var ada = await scene.Tenant.PersonAsync();
        var secret = await SetUpTotpAsync(ada);
        var back = await scene.VisitAsync("s-1", IssuerScene.Verified(ada.Email));

        await scene.CompleteAsync(back).ProblemAsync(401, "second-factor-required");
        await scene.CompleteAsync((back.State, "another code"), CodeOf(secret, 1)).ProblemAsync(410, "sign-in-expired");
        await scene.CompleteAsync(back, "000000").ProblemAsync(401, "second-factor-refused");
        var tokens = await scene.CompleteAsync(back, CodeOf(secret, 1)).OkAsync();
        await scene.CompleteAsync(back, CodeOf(secret, 1)).ProblemAsync(410, "sign-in-expired");

        Assert.Equal(ada.Id.ToString(), (string?)tokens["userId"]);
        Assert.Equal(1, scene.Issuer.TokenCalls);
        await app.App.AdvanceAsync(TimeSpan.FromSeconds(60));
        await scene.SignInAsync("s-1", totp: CodeOf(secret, 0)).OkAsync();
    }

    [Fact]
    public async Task Guessing_the_second_factor_is_slowed_down()
    {
        await using var scene = await app.SceneAsync();
        var ada = await scene.Tenant.PersonAsync();
        await SetUpTotpAsync(ada);
        var back = await scene.VisitAsync("s-1", IssuerScene.Verified(ada.Email));

        for (var i = 0; i < 6; i++) await scene.CompleteAsync(back, "00000x").ProblemAsync(401, "second-factor-refused");
        await scene.CompleteAsync(back, "00000x").ProblemAsync(429, "too-many-attempts");
    }

    [Fact]
    public async Task A_second_factor_that_comes_after_the_sign_in_has_expired_is_too_late()
    {
        await using var scene = await app.SceneAsync();
        var ada = await scene.Tenant.PersonAsync();
        var secret = await SetUpTotpAsync(ada);
        var back = await scene.VisitAsync("s-1", IssuerScene.Verified(ada.Email));
        await scene.CompleteAsync(back).ProblemAsync(401, "second-factor-required");

        await app.App.AdvanceAsync(TimeSpan.FromMinutes(11));

        await scene.CompleteAsync(back, CodeOf(secret, 0)).ProblemAsync(410, "sign-in-expired");
    }

    [Fact]
    public async Task The_same_state_twenty_times_at_once_signs_in_once()
    {
        await using var scene = await app.SceneAsync();
        var back = await scene.VisitAsync("s-1", IssuerScene.Verified("ada@example.org"));

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => scene.CompleteAsync(back)));

        Assert.Single(answers, answer => answer.StatusCode == HttpStatusCode.OK);
        Assert.Equal(19, answers.Count(answer => answer.StatusCode == HttpStatusCode.Gone));
        Assert.Equal(1, scene.Issuer.TokenCalls);
    }

    [Fact]
    public async Task A_new_person_who_comes_by_several_doors_at_once_gets_one_account()
    {
        await using var scene = await app.SceneAsync();
        var backs = new List<(string, string)>();
        for (var i = 0; i < 8; i++) backs.Add(await scene.VisitAsync("s-1", IssuerScene.Verified("ada@example.org")));

        var people = await Task.WhenAll(backs.Select(async back => (string)(await scene.CompleteAsync(back).OkAsync())["userId"]!));

        Assert.Single(people.Distinct());
    }

    [Fact]
    public async Task The_second_factor_of_one_sign_in_counts_once_however_often_it_comes_at_once()
    {
        await using var scene = await app.SceneAsync();
        var ada = await scene.Tenant.PersonAsync();
        var secret = await SetUpTotpAsync(ada);
        var back = await scene.VisitAsync("s-1", IssuerScene.Verified(ada.Email));
        await scene.CompleteAsync(back).ProblemAsync(401, "second-factor-required");

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => scene.CompleteAsync(back, CodeOf(secret, 1))));

        Assert.Single(answers, answer => answer.StatusCode == HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_signed_in_person_links_an_issuer_and_signs_in_by_it_whatever_address_it_names()
    {
        await using var scene = await app.SceneAsync(new { createsAccounts = false });
        var ada = await scene.Tenant.PersonAsync();

        var linked = await IssuerScene.LinkAsync(ada, await scene.VisitToLinkAsync(ada, "s-1")).OkAsync();
        var signedIn = await scene.SignedInAsync("s-1", new { email = "unverified@example.net" });
        var list = await ada.Http.GetAsync("/api/me/identities").OkAsync();

        Assert.Equal("University", (string?)linked["name"]);
        Assert.Equal(ada.Id, signedIn.Id);
        Assert.Equal(scene.IssuerId.ToString(), (string?)Assert.Single(list["items"]!.AsArray())!["issuerId"]);
        Assert.Contains(await scene.Tenant.MailsAsync(ada.Email), mail => mail.Template == "account-identity-linked");
    }

    [Fact]
    public async Task Linking_asks_for_the_password_again()
    {
        await using var scene = await app.SceneAsync();
        var ada = await scene.Tenant.PersonAsync();
        var path = $"/api/me/identities/{scene.IssuerId}";

        await ada.Http.PostAsJsonAsync(path, new { redirectUri = IssuerApp.Redirect }).ProblemAsync(422, "invalid");
        await ada.Http.PostAsJsonAsync(path, new { redirectUri = IssuerApp.Redirect, password = "wrong" }).ProblemAsync(422, "invalid");
        await scene.Tenant.Http.PostAsJsonAsync(path, new { redirectUri = IssuerApp.Redirect }).ProblemAsync(401, "sign-in-required");
    }

    [Fact]
    public async Task A_link_is_completed_by_who_began_it_and_signs_nobody_in()
    {
        await using var scene = await app.SceneAsync();
        var ada = await scene.Tenant.PersonAsync();
        var eve = await scene.Tenant.PersonAsync();
        var begunByEve = await scene.VisitToLinkAsync(eve, "s-eve");

        await IssuerScene.LinkAsync(ada, begunByEve).ProblemAsync(410, "sign-in-expired");
        await scene.CompleteAsync(begunByEve).ProblemAsync(410, "sign-in-expired");
        await IssuerScene.LinkAsync(ada, await scene.VisitAsync("s-2", IssuerScene.Verified("x@example.org"))).ProblemAsync(410, "sign-in-expired");
        await IssuerScene.LinkAsync(eve, begunByEve).OkAsync();
    }

    [Fact]
    public async Task An_identity_belongs_to_one_account_and_an_account_has_one_of_each_issuer()
    {
        await using var scene = await app.SceneAsync();
        var (ada, eve) = (await scene.Tenant.PersonAsync(), await scene.Tenant.PersonAsync());
        var (one, other) = (await scene.VisitToLinkAsync(ada, "s-1"), await scene.VisitToLinkAsync(ada, "s-2"));

        await IssuerScene.LinkAsync(ada, one).OkAsync();

        await IssuerScene.LinkAsync(ada, other).ProblemAsync(409, "identity-linked");
        await ada.Http.PostAsJsonAsync($"/api/me/identities/{scene.IssuerId}", new { redirectUri = IssuerApp.Redirect, password = TestTenant.Password }).ProblemAsync(409, "identity-linked");
        await IssuerScene.LinkAsync(eve, await scene.VisitToLinkAsync(eve, "s-1")).ProblemAsync(409, "identity-taken");
    }

    [Fact]
    public async Task Unlinking_signs_out_elsewhere_and_leaves_the_password()
    {
        await using var scene = await app.SceneAsync();
        var ada = await scene.Tenant.PersonAsync();
        var byIssuer = await scene.SignedInAsync("s-1", IssuerScene.Verified(ada.Email));

        await ada.Http.DeleteAsync($"/api/me/identities/{scene.IssuerId}").OkAsync(204);

        await byIssuer.Http.GetAsync("/api/me").ProblemAsync(401, "token-refused");
        await ada.Http.GetAsync("/api/me").OkAsync();
        await ada.Http.DeleteAsync($"/api/me/identities/{scene.IssuerId}").ProblemAsync(404, "not-found");
        Assert.Contains(await scene.Tenant.MailsAsync(ada.Email), mail => mail.Template == "account-identity-unlinked");
    }

    [Fact]
    public async Task The_last_way_to_sign_in_stays_even_when_two_are_unlinked_at_once()
    {
        await using var scene = await app.SceneAsync();
        await using var second = await FakeIssuer.StartAsync(app.App.Clock);
        var secondId = await IssuerScene.AddAsync(scene.Boss, second, "Second");
        var ada = await scene.SignedInAsync("s-1", IssuerScene.Verified("ada@example.org"));
        await ada.Http.DeleteAsync($"/api/me/identities/{scene.IssuerId}").ProblemAsync(409, "last-sign-in-method");
        await IssuerScene.LinkAsync(ada, await scene.VisitToLinkAsync(ada, "t-1", password: null, secondId, second)).OkAsync();

        var answers = await Task.WhenAll(new[] { scene.IssuerId, secondId }.Select(id => ada.Http.DeleteAsync($"/api/me/identities/{id}")));

        Assert.Equal([HttpStatusCode.NoContent, HttpStatusCode.Conflict], answers.Select(answer => answer.StatusCode).Order());
    }

    [Fact]
    public async Task An_issuer_that_is_switched_off_is_no_way_to_sign_in()
    {
        await using var scene = await app.SceneAsync();
        await using var second = await FakeIssuer.StartAsync(app.App.Clock);
        var secondId = await IssuerScene.AddAsync(scene.Boss, second, "Second");
        var ada = await scene.SignedInAsync("s-1", IssuerScene.Verified("ada@example.org"));
        await IssuerScene.LinkAsync(ada, await scene.VisitToLinkAsync(ada, "t-1", password: null, secondId, second)).OkAsync();
        var back = await scene.VisitAsync("s-1");
        await scene.Boss.Http.PatchAsJsonAsync($"/api/issuers/{scene.IssuerId}", new { enabled = false }).OkAsync();

        await scene.BeginAsync().ProblemAsync(404, "not-found");
        await scene.CompleteAsync(back).ProblemAsync(410, "sign-in-expired");
        await ada.Http.DeleteAsync($"/api/me/identities/{secondId}").ProblemAsync(409, "last-sign-in-method");
        var methods = await scene.Tenant.Http.GetAsync("/api/sign-in-methods").OkAsync();
        Assert.Equal("Second", (string?)Assert.Single(methods["issuers"]!.AsArray())!["name"]);
    }

    [Theory]
    [InlineData("http://localhost:3000/back", true)]
    [InlineData("org.example.app:/back", true)]
    [InlineData("https://contest.example.org/signed-in", true)]
    [InlineData("https://contest.example.org/signed-in/", false)]
    [InlineData("https://contest.example.org/signed-in?x=1", false)]
    [InlineData("https://contest.example.org/signed-in#x", false)]
    [InlineData("javascript:alert(1)", false)]
    [InlineData("https://evil.example.org/", false)]
    [InlineData("//evil.example.org/", false)]
    [InlineData("/back", false)]
    [InlineData("https://contest.example.org@evil.example.org/signed-in", false)]
    public async Task A_redirect_is_one_that_the_tenant_lists(string redirect, bool allowed)
    {
        await using var scene = await app.SceneAsync();

        if (allowed) await scene.BeginAsync(redirect).OkAsync();
        else await scene.BeginAsync(redirect).ProblemAsync(422, "invalid");
    }

    [Fact]
    public async Task A_redirect_may_lead_anywhere_on_the_tenants_own_hosts_by_https()
    {
        await using var other = await app.SceneAsync();
        var tenant = await TestTenant.CreateAsync(app.App, hosts: [$"own-{other.Tenant.Slug}.example.org"]);
        var boss = await tenant.AdministratorAsync();
        await using var issuer = await FakeIssuer.StartAsync(app.App.Clock);
        var id = await IssuerScene.AddAsync(boss, issuer, "University");
        var host = $"own-{other.Tenant.Slug}.example.org";

        await other.BeginAsync($"https://{host}/any/where?x=1", id, tenant.Http).OkAsync();
        await other.BeginAsync($"https://{host.ToUpperInvariant()}/", id, tenant.Http).OkAsync();
        foreach (var bad in new[] { $"http://{host}/", $"https://{host}:8443/", $"https://x.{host}/", $"https://{host}.evil.org/", $"https://{host}\\@evil.org/", $"https://evil.org/{host}", $"https://{host}/#x", $"https://u@{host}/" })
            await other.BeginAsync(bad, id, tenant.Http).ProblemAsync(422, "invalid");
        await other.BeginAsync($"https://{host}/").ProblemAsync(422, "invalid");
    }

    private async Task<byte[]> SetUpTotpAsync(TestPerson person)
    {
        var begun = await person.Http.PostAsJsonAsync("/api/me/second-factor", new { password = TestTenant.Password }).OkAsync();
        Assert.True(Base32.TryDecode((string)begun["secret"]!, out var secret));
        await person.Http.PostAsJsonAsync("/api/me/second-factor/confirm", new { code = CodeOf(secret, 0) }).OkAsync();
        return secret;
    }

    // each step's code counts once, so the next use takes the next step's
    private string CodeOf(byte[] secret, int stepsAhead) => Totp.CodeAt(secret, Totp.StepAt(app.App.Clock.GetUtcNow()) + stepsAhead, 6, HashAlgorithmName.SHA1);
}
