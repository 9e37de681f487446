using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Podium.Platform.Http;
using Podium.Tests.Harness;

namespace Podium.Tests.Identity;

public sealed class IssuerManagementTests(IssuerApp app) : IClassFixture<IssuerApp>
{
    [Fact]
    public async Task An_issuer_is_added_read_changed_and_removed_and_its_secret_never_comes_out()
    {
        var tenant = await TestTenant.CreateAsync(app.App);
        var boss = await tenant.AdministratorAsync();

        var added = await boss.Http.PostAsJsonAsync("/api/issuers", Body("https://login.example.org/", clientSecret: "tell nobody")).OkAsync(201);
        var path = $"/api/issuers/{added["id"]}";
        var read = await boss.Http.GetAsync(path);
        var body = await read.Content.ReadAsStringAsync();
        var changed = await ChangeAsync(boss, path, "\"1\"", new { name = "New", emailDomains = new[] { "Example.ORG", "example.org" }, clientSecret = "" }).OkAsync();

        Assert.StartsWith("\"1-", read.Headers.ETag!.Tag, StringComparison.Ordinal);
        Assert.DoesNotContain("tell nobody", body, StringComparison.Ordinal);
        Assert.DoesNotContain("ncrypted", body, StringComparison.Ordinal);
        Assert.True((bool)added["hasClientSecret"]!);
        Assert.False((bool)changed["hasClientSecret"]!);
        Assert.Equal("[\"example.org\"]", changed["emailDomains"]!.ToJsonString());
        Assert.Equal((2, "New", "https://login.example.org/", true), ((int)changed["version"]!, (string)changed["name"]!, (string)changed["issuer"]!, (bool)changed["enabled"]!));

        await ChangeAsync(boss, path, "\"1\"", new { name = "Late" }).ProblemAsync(409, "stale");
        using (var late = new HttpRequestMessage(HttpMethod.Delete, path) { Headers = { { "If-Match", "\"1\"" } } }) await boss.Http.SendAsync(late).ProblemAsync(409, "stale");
        await boss.Http.DeleteAsync(path).OkAsync(204);
        await boss.Http.GetAsync(path).ProblemAsync(404, "not-found");
        await boss.Http.DeleteAsync(path).ProblemAsync(404, "not-found");
        await ChangeAsync(boss, path, null, new { name = "Gone" }).ProblemAsync(404, "not-found");
    }

    [Fact]
    public async Task The_secret_is_encrypted_in_the_database()
    {
        var tenant = await TestTenant.CreateAsync(app.App);
        var boss = await tenant.AdministratorAsync();
        await boss.Http.PostAsJsonAsync("/api/issuers", Body("https://login.example.org", clientSecret: "tell nobody")).OkAsync(201);

        var kept = await app.App.QueryAsync<string>($"SELECT client_secret_encrypted FROM identity_issuers WHERE tenant_id = '{tenant.Id}'");

        Assert.StartsWith("v1.", kept, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Adding_twice_with_the_same_id_makes_one_and_names_and_clients_are_single()
    {
        var tenant = await TestTenant.CreateAsync(app.App);
        var boss = await tenant.AdministratorAsync();
        var body = Body("https://login.example.org", id: Guid.CreateVersion7());

        await boss.Http.PostAsJsonAsync("/api/issuers", body).OkAsync(201);
        await boss.Http.PostAsJsonAsync("/api/issuers", body).OkAsync(201);
        await boss.Http.PostAsJsonAsync("/api/issuers", Body("https://other.example.org")).ProblemAsync(409, "issuer-exists");
        await boss.Http.PostAsJsonAsync("/api/issuers", Body("https://login.example.org", name: "Other")).ProblemAsync(409, "issuer-exists");
    }

    [Fact]
    public async Task Issuers_are_listed_by_pages_from_the_newest()
    {
        var tenant = await TestTenant.CreateAsync(app.App);
        var boss = await tenant.AdministratorAsync();
        for (var i = 0; i < 5; i++) await boss.Http.PostAsJsonAsync("/api/issuers", Body($"https://login-{i}.example.org", name: $"Issuer {i}")).OkAsync(201);

        var names = new List<string>();
        for (string? next = ""; next is not null;)
        {
            var page = await boss.Http.GetAsync($"/api/issuers?limit=2{(next.Length == 0 ? "" : $"&after={next}")}").OkAsync();
            names.AddRange(page["items"]!.AsArray().Select(item => (string)item!["name"]!));
            next = (string?)page["next"];
        }

        Assert.Equal(5, names.Distinct().Count());
        Assert.Equal(5, names.Count);
    }

    [Fact]
    public async Task Only_who_may_manage_issuers_sees_or_changes_them()
    {
        await using var scene = await app.SceneAsync();
        var person = await scene.Tenant.PersonAsync();
        var path = $"/api/issuers/{scene.IssuerId}";
        foreach (var (http, status, code) in new[] { (person.Http, 403, "forbidden"), (scene.Tenant.Http, 401, "sign-in-required") })
        {
            await http.GetAsync("/api/issuers").ProblemAsync(status, code);
            await http.GetAsync(path).ProblemAsync(status, code);
            await http.PostAsJsonAsync("/api/issuers", Body("https://x.example.org")).ProblemAsync(status, code);
            await http.PatchAsJsonAsync(path, new { enabled = false }).ProblemAsync(status, code);
            await http.DeleteAsync(path).ProblemAsync(status, code);
            await http.PostAsync($"{path}/test", null).ProblemAsync(status, code);
        }
        await scene.Tenant.Http.GetAsync("/api/me/identities").ProblemAsync(401, "sign-in-required");
        await scene.Tenant.Http.DeleteAsync($"/api/me/identities/{scene.IssuerId}").ProblemAsync(401, "sign-in-required");
    }

    [Fact]
    public async Task Another_tenants_issuer_is_nowhere_to_be_found()
    {
        await using var scene = await app.SceneAsync();
        await using var other = await app.SceneAsync();
        var path = $"/api/issuers/{other.IssuerId}";

        await scene.Boss.Http.GetAsync(path).ProblemAsync(404, "not-found");
        await scene.Boss.Http.PatchAsJsonAsync(path, new { enabled = false }).ProblemAsync(404, "not-found");
        await scene.Boss.Http.DeleteAsync(path).ProblemAsync(404, "not-found");
        await scene.Boss.Http.PostAsync($"{path}/test", null).ProblemAsync(404, "not-found");
        await scene.BeginAsync(issuerId: other.IssuerId).ProblemAsync(404, "not-found");
        await scene.Boss.Http.PostAsJsonAsync($"/api/me/identities/{other.IssuerId}", new { redirectUri = IssuerApp.Redirect, password = TestTenant.Password }).ProblemAsync(404, "not-found");
        await scene.Boss.Http.DeleteAsync($"/api/me/identities/{other.IssuerId}").ProblemAsync(404, "not-found");
        await scene.Boss.Http.GetAsync("/api/issuers/no-id").ProblemAsync(404, "not-found");
        var methods = await scene.Tenant.Http.GetAsync("/api/sign-in-methods").OkAsync();
        Assert.Equal(scene.IssuerId.ToString(), (string?)Assert.Single(methods["issuers"]!.AsArray())!["id"]);
    }

    [Fact]
    public async Task The_same_issuer_at_two_tenants_opens_two_accounts()
    {
        await using var scene = await app.SceneAsync();
        await using var other = await app.SceneAsync();
        var id = await IssuerScene.AddAsync(other.Boss, scene.Issuer, "The same");
        var here = await scene.SignedInAsync("s-1", IssuerScene.Verified("ada@example.org"));

        var begun = await other.BeginAsync(issuerId: id).OkAsync();
        var back = await scene.Issuer.VisitAsync((string)begun["authorizationUrl"]!, "s-1", IssuerScene.Verified("ada@example.org"));
        var there = await other.CompleteAsync(back).OkAsync();

        Assert.NotEqual(here.Id.ToString(), (string?)there["userId"]);
    }

    [Fact]
    public async Task A_test_says_what_is_right_and_everything_that_is_wrong()
    {
        await using var scene = await app.SceneAsync();
        var path = $"/api/issuers/{scene.IssuerId}/test";

        var right = await scene.Boss.Http.PostAsync(path, null).OkAsync();
        scene.Issuer.Document = document =>
        {
            document["issuer"] = "https://another.example.org";
            document.Remove("jwks_uri");
            document["token_endpoint"] = "http://10.0.0.1/";
        };
        var wrong = await scene.Boss.Http.PostAsync(path, null).OkAsync();
        scene.Issuer.Document = document =>
        {
            document["code_challenge_methods_supported"] = new JsonArray("plain");
            document["response_types_supported"] = new JsonArray("id_token");
            document["id_token_signing_alg_values_supported"] = new JsonArray("HS256");
            document["token_endpoint_auth_methods_supported"] = new JsonArray("private_key_jwt");
        };
        var unfit = await scene.Boss.Http.PostAsync(path, null).OkAsync();
        scene.Issuer.KeySet = http => Task.CompletedTask;
        var noKeys = await scene.Boss.Http.PostAsync(path, null).OkAsync();

        Assert.True((bool)right["usable"]!);
        Assert.Contains("RS256", right["algorithms"]!.ToJsonString(), StringComparison.Ordinal);
        Assert.False((bool)wrong["usable"]!);
        Assert.Equal(3, wrong["faults"]!.AsArray().Count);
        Assert.Equal(4, unfit["faults"]!.AsArray().Count);
        Assert.Equal(5, noKeys["faults"]!.AsArray().Count);
    }

    [Theory]
    [InlineData("http://login.example.org")]
    [InlineData("ftp://login.example.org")]
    [InlineData("file:///etc/passwd")]
    [InlineData("login.example.org")]
    [InlineData("https://user:pass@login.example.org")]
    [InlineData("https://login.example.org/?x=1")]
    [InlineData("https://login.example.org/#x")]
    [InlineData("https://")]
    [InlineData(" https://login.example.org")]
    [InlineData("https://login.example.org/a\nb")]
    [InlineData("https://lögin.example.org")]
    [InlineData("https://127.0.0.2/")]
    [InlineData("https://2130706434/")]
    [InlineData("https://0x7f000002/")]
    [InlineData("https://0177.0.0.2/")]
    [InlineData("https://127.2/")]
    [InlineData("https://0.0.0.0/")]
    [InlineData("https://10.1.2.3/")]
    [InlineData("https://100.64.0.1/")]
    [InlineData("https://169.254.169.254/latest/meta-data")]
    [InlineData("https://168.63.129.16/")]
    [InlineData("https://172.16.0.1/")]
    [InlineData("https://192.168.1.1/")]
    [InlineData("https://198.18.0.1/")]
    [InlineData("https://224.0.0.1/")]
    [InlineData("https://255.255.255.255/")]
    [InlineData("https://[::1]/")]
    [InlineData("https://[::]/")]
    [InlineData("https://[::ffff:127.0.0.2]/")]
    [InlineData("https://[::ffff:a9fe:a9fe]/")]
    [InlineData("https://[::7f00:2]/")]
    [InlineData("https://[64:ff9b::7f00:1]/")]
    [InlineData("https://[2002:7f00:1::]/")]
    [InlineData("https://[2001:0:7f00:1::]/")]
    [InlineData("https://[fd00::1]/")]
    [InlineData("https://[fe80::1]/")]
    [InlineData("https://[ff02::1]/")]
    public async Task An_issuer_whose_address_is_not_a_public_one_is_not_accepted(string issuer)
    {
        var tenant = await TestTenant.CreateAsync(app.App);
        var boss = await tenant.AdministratorAsync();

        var refused = await boss.Http.PostAsJsonAsync("/api/issuers", Body(issuer)).ProblemAsync(422, "invalid");

        Assert.Equal("/issuer", (string?)refused["errors"]![0]!["pointer"]);
    }

    [Theory]
    [InlineData("localhost", "Its address is not public.")]
    [InlineData("LocalHost", "Its address is not public.")]
    [InlineData("127.0.0.1.", "Its name is not known.|Its address is not public.")] // resolvers differ
    public async Task A_name_that_leads_to_our_own_machine_is_found_out_when_it_is_resolved(string name, string reasons)
    {
        await using var scene = await app.SceneAsync();
        var port = new Uri(scene.Issuer.Url).Port;
        var added = await scene.Boss.Http.PostAsJsonAsync("/api/issuers", Body($"https://{name}:{port}/realm", name: name)).OkAsync(201);
        var id = Guid.Parse((string)added["id"]!);

        var tested = await scene.Boss.Http.PostAsync($"/api/issuers/{id}/test", null).OkAsync();
        await scene.BeginAsync(issuerId: id).ProblemAsync(502, "issuer-unavailable");

        Assert.Contains((string?)tested["faults"]![0], reasons.Split('|').Select(reason => $"The discovery document cannot be read. {reason}"));
        Assert.Equal(0, scene.Issuer.DiscoveryCalls);
    }

    [Fact]
    public async Task A_name_that_nobody_has_is_said_to_be_unknown()
    {
        await using var scene = await app.SceneAsync();
        var added = await scene.Boss.Http.PostAsJsonAsync("/api/issuers", Body("https://no-such-host.invalid", name: "Nowhere")).OkAsync(201);

        var tested = await scene.Boss.Http.PostAsync($"/api/issuers/{added["id"]}/test", null).OkAsync();

        Assert.Equal("The discovery document cannot be read. Its name is not known.", (string?)tested["faults"]![0]);
    }

    [Theory]
    [InlineData("8.8.8.8", true)]
    [InlineData("172.15.0.1", true)]
    [InlineData("172.32.0.1", true)]
    [InlineData("100.128.0.1", true)]
    [InlineData("2606:4700::1111", true)]
    [InlineData("::ffff:8.8.8.8", true)]
    [InlineData("::ffff:10.0.0.1", false)]
    [InlineData("172.31.255.255", false)]
    [InlineData("100.127.255.255", false)]
    [InlineData("192.0.0.8", false)]
    [InlineData("2001:db8::1", false)]
    [InlineData("fec0::1", false)]
    public void What_is_public_is_known(string address, bool isPublic) => Assert.Equal(isPublic, PublicAddresses.Contains(System.Net.IPAddress.Parse(address)));

    private static object Body(string issuer, string name = "University", string? clientSecret = null, Guid? id = null) =>
        clientSecret is null ? new { id, name, issuer, clientId = "podium" } : new { id, name, issuer, clientId = "podium", clientSecret };

    private static async Task<HttpResponseMessage> ChangeAsync(TestPerson person, string path, string? ifMatch, object change)
    {
        using var request = new HttpRequestMessage(HttpMethod.Patch, path) { Content = JsonContent.Create(change) };
        if (ifMatch is not null) request.Headers.Add("If-Match", ifMatch);
        return await person.Http.SendAsync(request);
    }
}
