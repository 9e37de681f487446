using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Podium.Platform.Databases;
using Podium.Privacy;
using Podium.Tests.Harness;

namespace Podium.Tests.Privacy;

public sealed class ConsentTests(SharedApp shared)
{
    private static readonly object[] Asked =
    [
        new { purpose = "terms", version = "2026-01", required = true, url = "https://contest.example.org/terms" },
        new { purpose = "analytics", version = "1", required = false },
    ];

    [Fact]
    public async Task Who_registers_agrees_to_what_is_required_in_the_words_of_today()
    {
        var app = await shared.AppAsync();
        var tenant = await TestTenant.CreateAsync(app, new { consents = Asked });
        var asked = await JsonOf(tenant.Http, "/api/consents");
        Assert.Equal(["terms", "analytics"], asked.AsArray().Select(one => (string?)one!["purpose"]));

        Assert.Equal(("/consents", "required"), await FaultAsync(tenant, []));
        Assert.Equal(("/consents/0/version", "outdated"), await FaultAsync(tenant, [new { purpose = "terms", version = "2025-01" }]));
        Assert.Equal(("/consents/1/purpose", "unknown"), await FaultAsync(tenant, [new { purpose = "terms", version = "2026-01" }, new { purpose = "gossip", version = "1" }]));
        await RegisterAsync(tenant, "ada@example.org", [new { purpose = "terms", version = "2026-01" }]).OkAsync(202);

        await tenant.Http.PostAsJsonAsync("/api/accounts/verify", new { token = await tenant.LinkAsync("ada@example.org") }).OkAsync();
        var ada = await tenant.SignInAsync("ada@example.org");
        var mine = (await JsonOf(ada.Http, "/api/me/consents")).AsArray();
        Assert.Equal(["terms True", "analytics False"], mine.Select(one => $"{one!["purpose"]} {(bool)one["given"]!}"));
        Assert.Equal(1L, await app.QueryAsync<long>($"SELECT count(*) FROM consents WHERE user_id = '{ada.Id}' AND given_from IS NOT NULL"));
    }

    [Fact]
    public async Task What_was_agreed_to_is_taken_back_given_again_and_asked_anew_and_all_of_it_is_remembered()
    {
        var app = await shared.AppAsync();
        var tenant = await TestTenant.CreateAsync(app, new { consents = Asked });
        var boss = await tenant.AdministratorAsync();
        var consents = app.Services.GetRequiredService<Consents>();
        Task<bool> GivenAsync() => consents.IsGivenAsync(new Actor { TenantId = tenant.Id }, boss.Id, "analytics", TestContext.Current.CancellationToken).AsTask();
        Assert.False(await GivenAsync());

        await DecideAsync(boss, "analytics", "0", true).ProblemAsync(422, "invalid");
        await DecideAsync(boss, "gossip", "1", true).ProblemAsync(404, "not-found");
        await DecideAsync(boss, "terms", "2026-01", false).ProblemAsync(409, "consent-required");
        Assert.True((bool)(await DecideAsync(boss, "analytics", "1", true).OkAsync())["given"]!);
        Assert.Single((await DecideAsync(boss, "analytics", "1", true).OkAsync())["history"]!.AsArray());
        Assert.True(await GivenAsync());
        await DecideAsync(boss, "analytics", "1", false).OkAsync();
        Assert.False(await GivenAsync());
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => DecideAsync(boss, "analytics", "1", true).OkAsync()));
        Assert.Equal(2, (await JsonOf(boss.Http, "/api/me/consents"))[1]!["history"]!.AsArray().Count);

        await boss.Http.PatchAsJsonAsync("/api/tenant/settings", new { settings = new { consents = new[] { new { purpose = "analytics", version = "2", required = false } } } }).OkAsync();
        var anew = (await JsonOf(boss.Http, "/api/me/consents")).AsArray();
        Assert.False((bool)Assert.Single(anew)!["given"]!);
        Assert.True(await GivenAsync()); // to the words before
        var history = (await DecideAsync(boss, "analytics", "2", true).OkAsync())["history"]!.AsArray();
        Assert.Equal(["1 withdrawn", "1 superseded", "2 "], history.Select(one => $"{one!["version"]} {one["endedFor"]}"));

        var stranger = await (await shared.TenantAsync()).PersonAsync();
        await DecideAsync(stranger, "analytics", "2", true).ProblemAsync(404, "not-found");
    }

    [Theory]
    [InlineData("""{"consents":{}}""", "/settings/consents")]
    [InlineData("""{"consents":[{"purpose":"Terms!","version":"1"}]}""", "/settings/consents/0")]
    [InlineData("""{"consents":[{"purpose":"terms"}]}""", "/settings/consents/0")]
    [InlineData("""{"consents":[{"purpose":"terms","version":"1"},{"purpose":"terms","version":"2"}]}""", "/settings/consents/1")]
    [InlineData("""{"consents":[{"purpose":"terms","version":"1","url":"javascript:alert(1)"}]}""", "/settings/consents/0")]
    public async Task A_setting_that_asks_for_nonsense_is_refused(string settings, string pointer)
    {
        var boss = await (await shared.TenantAsync()).AdministratorAsync();
        var problem = await boss.Http.PatchAsJsonAsync("/api/tenant/settings", new { settings = JsonNode.Parse(settings) }).ProblemAsync(422, "invalid");
        Assert.Equal(pointer, (string?)problem["errors"]![0]!["pointer"]);
    }

    private static async Task<(string, string)> FaultAsync(TestTenant tenant, object[] consents)
    {
        var fault = (await RegisterAsync(tenant, "x@example.org", consents).ProblemAsync(422, "invalid"))["errors"]![0]!;
        return ((string)fault["pointer"]!, (string)fault["code"]!);
    }

    private static Task<HttpResponseMessage> RegisterAsync(TestTenant tenant, string email, object[] consents) =>
        tenant.Http.PostAsJsonAsync("/api/accounts", new { email, password = TestTenant.Password, firstName = "Ada", lastName = "Byron", consents });

    private static Task<HttpResponseMessage> DecideAsync(TestPerson person, string purpose, string version, bool given) =>
        person.Http.PutAsJsonAsync($"/api/me/consents/{purpose}", new { version, given });

    private static async Task<JsonNode> JsonOf(HttpClient http, string path) => JsonNode.Parse(await http.GetStringAsync(path))!;
}
