using Podium.Tests.Harness;

namespace Podium.Tests.Cli;

public sealed class TenantTests(SharedApp shared)
{
    [Fact]
    public async Task A_tenant_is_created_listed_and_shown()
    {
        await using var op = await Operator.AtAsync();

        var created = await op.JsonAsync(
            "tenant", "create", "--slug", "kaznu", "--name", "Қазақ ұлттық университеті", "--administrator", "boss@kaznu.example.org", "--language", "kk", "ru", "--time-zone", "Asia/Almaty", "--host", "Contest.Kaznu.example.org");

        Assert.Equal("kaznu", (string)created["slug"]!);
        var listed = Assert.Single((await op.JsonAsync("tenant", "list")).AsArray())!;
        Assert.Equal(["contest.kaznu.example.org"], listed["hosts"]!.AsArray().Select(host => (string)host!));
        var shown = await op.JsonAsync("tenant", "show", "kaznu");
        Assert.Equal((string)created["id"]!, (string)shown["id"]!);
        Assert.Equal(1, (int)shown["people"]!["administrators"]!);
        Assert.Equal("Қазақ ұлттық университеті", (string)shown["name"]!);
        Assert.Contains("Қазақ", (await op.RunAsync("tenant", "show", (string)created["id"]!)).Ok().Output);
    }

    [Fact]
    public async Task The_same_id_makes_one_tenant_and_a_taken_slug_is_refused()
    {
        await using var op = await Operator.AtAsync();
        var id = Guid.NewGuid().ToString();
        string[] create = ["tenant", "create", "--slug", "one", "--name", "One", "--administrator", "boss@example.org", "--id"];

        await op.JsonAsync([.. create, id]);
        await op.JsonAsync([.. create, id]);

        Assert.Single((await op.JsonAsync("tenant", "list")).AsArray());
        (await op.RunAsync([.. create, Guid.NewGuid().ToString()])).Failed(1, "Another tenant has this slug.");
    }

    [Theory]
    [InlineData("slug:", "--slug", "No Spaces", "--name", "N", "--administrator", "a@example.org")]
    [InlineData("administratorEmail:", "--slug", "fine", "--name", "N", "--administrator", "nobody")]
    [InlineData("timeZone:", "--slug", "fine", "--name", "N", "--administrator", "a@example.org", "--time-zone", "Mars/Olympus")]
    [InlineData("hosts:", "--slug", "fine", "--name", "N", "--administrator", "a@example.org", "--host", "https://x")]
    [InlineData("Option '--name' is required.", "--slug", "fine", "--administrator", "a@example.org")]
    public async Task What_breaks_a_rule_is_a_usage_error_that_names_it(string sentence, params string[] options) =>
        (await Operator.At("Host=127.0.0.1;Port=1;Username=nobody;Database=none").RunAsync(["tenant", "create", .. options])).Failed(2, sentence);

    [Fact]
    public async Task A_running_app_refuses_a_suspended_tenant_at_once_and_serves_it_again()
    {
        var app = await shared.AppAsync();
        var tenant = await shared.TenantAsync();
        var op = Operator.At(app);
        await tenant.Http.GetAsync("/api/tenant").OkAsync();

        Assert.Equal("suspended", (string)(await op.JsonAsync("tenant", "suspend", tenant.Slug))["status"]!);
        await app.UntilAsync("the app has heard of it", async () => (await tenant.Http.GetAsync("/api/tenant")).StatusCode == System.Net.HttpStatusCode.Forbidden);
        await tenant.Http.GetAsync("/api/tenant").ProblemAsync(403, "tenant-suspended");

        Assert.Equal("active", (string)(await op.JsonAsync("tenant", "resume", tenant.Slug))["status"]!);
        await app.UntilAsync("the app has heard of it", async () => (await tenant.Http.GetAsync("/api/tenant")).IsSuccessStatusCode);
    }

    [Fact]
    public async Task A_running_app_answers_by_a_new_host_name_until_it_is_removed()
    {
        var app = await shared.AppAsync();
        var (tenant, other) = (await shared.TenantAsync(), await shared.TenantAsync());
        var op = Operator.At(app);
        var host = $"{tenant.Slug}.example.org";
        async Task<bool> AnswersAsync()
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/api/tenant") { Headers = { Host = host } };
            return (await app.Http.SendAsync(request)).IsSuccessStatusCode;
        }
        Assert.False(await AnswersAsync());

        var added = await op.JsonAsync("tenant", "host", "add", tenant.Slug, host);
        await op.JsonAsync("tenant", "host", "add", tenant.Slug, host.ToUpperInvariant());
        Assert.Equal([host], added["hosts"]!.AsArray().Select(name => (string)name!));
        await app.UntilAsync("the name is known", AnswersAsync);
        (await op.RunAsync("tenant", "host", "add", other.Slug, host)).Failed(1, "Another tenant answers by this host name.");
        (await op.RunAsync("tenant", "host", "add", tenant.Slug, "https://x")).Failed(2, "is not a host name");

        Assert.Empty((await op.JsonAsync("tenant", "host", "remove", tenant.Slug, host))["hosts"]!.AsArray());
        await app.UntilAsync("the name is forgotten", async () => !await AnswersAsync());
        (await op.RunAsync("tenant", "host", "remove", tenant.Slug, host)).Failed(1, "There is no such host name.");
    }

    [Fact]
    public async Task Nobody_is_not_found()
    {
        await using var op = await Operator.AtAsync();

        (await op.RunAsync("tenant", "show", "nobody")).Failed(1, "There is no tenant 'nobody'");
        (await op.RunAsync("tenant", "suspend", Guid.NewGuid().ToString())).Failed(1, "There is no tenant");
    }
}
