using System.Net.Http.Json;
using Podium.Functions.Middleware;
using Podium.Tests.Harness;

namespace Podium.Tests.Tenancy;

public sealed class TenantTests(SharedApp shared)
{
    [Fact]
    public async Task A_tenant_answers_by_its_host_its_slug_and_its_id()
    {
        var app = await shared.AppAsync();
        var host = $"songs-{Guid.NewGuid():N}.example.org";
        var tenant = await TestTenant.CreateAsync(app, hosts: [host]);

        foreach (var (header, value) in new[] { ("Host", host.ToUpperInvariant()), ("X-Tenant", tenant.Slug), ("X-Tenant", tenant.Id.ToString()) })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/api/tenant") { Headers = { { header, value } } };
            var view = await app.Http.SendAsync(request).OkAsync();
            Assert.Equal(tenant.Slug, (string?)view["slug"]);
            Assert.Null(view["settings"]);
        }
        // without a front door of our own these are anybody's words
        foreach (var header in new[] { Admission.HostHeader, "X-Forwarded-Host" })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/api/tenant") { Headers = { { header, host } } };
            await app.Http.SendAsync(request).ProblemAsync(404, "unknown-tenant");
        }
    }

    [Theory]
    [InlineData("nobody-here")]
    [InlineData("' OR 1=1 --")]
    [InlineData("00000000-0000-0000-0000-000000000000")]
    public async Task An_unknown_tenant_is_not_found(string name)
    {
        var app = await shared.AppAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/tenant");
        request.Headers.TryAddWithoutValidation("X-Tenant", name);
        await app.Http.SendAsync(request).ProblemAsync(404, "unknown-tenant");
        await app.Http.GetAsync("/api/tenant").ProblemAsync(404, "unknown-tenant");
    }

    [Fact]
    public async Task Its_administrator_changes_its_branding_and_everybody_sees_it()
    {
        var tenant = await shared.TenantAsync();
        var boss = await tenant.AdministratorAsync();
        var person = await tenant.PersonAsync();

        await person.Http.PatchAsJsonAsync("/api/tenant/settings", new { name = "Mine" }).ProblemAsync(403, "forbidden");
        await tenant.Http.PatchAsJsonAsync("/api/tenant/settings", new { name = "Mine" }).ProblemAsync(401, "sign-in-required");
        await boss.Http.PatchAsJsonAsync("/api/tenant/settings", new { name = "Nauryz Cup", branding = new { colour = "#00afca" }, languages = new[] { "kk", "en" }, timeZone = "Asia/Almaty" }).OkAsync();

        var view = await tenant.Http.GetAsync("/api/tenant").OkAsync();
        Assert.Equal("Nauryz Cup", (string?)view["name"]);
        Assert.Equal("#00afca", (string?)view["branding"]!["colour"]);
        Assert.Equal("kk", (string?)view["languages"]![0]);
        await boss.Http.PatchAsJsonAsync("/api/tenant/settings", new { timeZone = "Mars/Olympus", languages = new[] { "english" } }).ProblemAsync(422, "invalid");
        var misread = await boss.Http.PatchAsJsonAsync("/api/tenant/settings", new { settings = new { siteUrl = 7, reviewChallenges = "yes", encryptPracticeCode = true, signInRedirects = "https://a.example", consents = true, theirs = 1 } }).ProblemAsync(422, "invalid");
        Assert.Equal(["/settings/consents", "/settings/reviewChallenges", "/settings/signInRedirects", "/settings/siteUrl"], misread["errors"]!.AsArray().Select(fault => (string)fault!["pointer"]!).Order(StringComparer.Ordinal));
        await boss.Http.PatchAsJsonAsync("/api/tenant/settings", new { settings = new[] { 1 } }).ProblemAsync(422, "invalid");
    }

    [Fact]
    public async Task One_slug_and_one_host_belong_to_one_tenant_and_a_repeated_request_makes_one()
    {
        var app = await shared.AppAsync();
        using var operators = app.HttpWithKey();
        var slug = $"only-{Guid.NewGuid():N}";
        var host = $"{slug}.example.org";
        var id = Guid.NewGuid();
        var wanted = new { id, slug, name = "Only", administratorEmail = "boss@example.org", hosts = new[] { host } };

        await operators.PostAsJsonAsync("/api/operations/tenants", wanted).OkAsync(201);
        await operators.PostAsJsonAsync("/api/operations/tenants", wanted).OkAsync(201);

        await operators.PostAsJsonAsync("/api/operations/tenants", new { slug, name = "Other", administratorEmail = "x@example.org" }).ProblemAsync(409, "tenant-slug-taken");
        await operators.PostAsJsonAsync("/api/operations/tenants", new { slug = slug + "2", name = "Other", administratorEmail = "x@example.org", hosts = new[] { host } }).ProblemAsync(409, "tenant-host-taken");
        await operators.PostAsJsonAsync("/api/operations/tenants", new { slug = slug + "3", name = "Other", administratorEmail = "x@example.org", shard = "moon" }).ProblemAsync(422, "unknown-shard");
        Assert.Equal(1L, await app.QueryAsync<long>($"SELECT count(*) FROM tenants WHERE name IN ('Only', 'Other') AND slug LIKE '{slug}%'"));
        var without = await app.Http.PostAsJsonAsync("/api/operations/tenants", wanted);
        Assert.Equal(401, (int)without.StatusCode);
    }

    [Theory]
    [InlineData("kk-KZ, en;q=0.8", "kk")]
    [InlineData("de, ru;q=0.5", "ru")]
    [InlineData("de", "en")]
    public async Task People_are_written_to_in_the_best_language_the_tenant_speaks(string accept, string language)
    {
        var tenant = await shared.TenantAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/accounts")
        {
            Content = JsonContent.Create(new { email = "reader@example.org", password = TestTenant.Password, firstName = "Ada", lastName = "Byron" }),
            Headers = { { "Accept-Language", accept } },
        };
        await tenant.Http.SendAsync(request).OkAsync(202);
        Assert.Equal(language, (await tenant.MailsAsync("reader@example.org"))[^1].Language);
    }
}
