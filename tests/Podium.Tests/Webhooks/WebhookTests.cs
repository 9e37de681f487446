using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Azure.Messaging.ServiceBus;
using Microsoft.AspNetCore.Http;
using Podium.Tests.Harness;
using Podium.Webhooks;

namespace Podium.Tests.Webhooks;

public sealed class WebhookTests
{
    // days go by in these tests, and most timers do not matter
    private static readonly AppOptions OnLoopback = new()
    {
        Timers = ["WebhookSweep"],
        Settings = new Dictionary<string, string?> { ["Http:AllowedPrivateHosts"] = "127.0.0.1" },
    };

    // the example of Standard Webhooks' own libraries
    [Fact]
    public void A_signature_is_that_of_standard_webhooks() => Assert.Equal(
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        WebhookSignature.Of("msg_p5jXN8AQM9LWM0D4loKWxJek", DateTimeOffset.FromUnixTimeSeconds(1614265330), "{\"test\": 2432232314}", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"));

    [Theory]
    [InlineData("*", "person.registered", true)]
    [InlineData("person.*", "person.registered", true)]
    [InlineData("person.*", "personnel.registered", false)]
    [InlineData("person.registered", "person.registered", true)]
    [InlineData("person.registered", "person.removed", false)]
    [InlineData("person", "person.registered", false)]
    public void A_subscription_covers_what_it_names(string subscription, string name, bool covers) => Assert.Equal(covers, WebhookEvent.Covers(subscription, name));

    [Fact]
    public void Every_event_has_a_name_of_its_form_and_says_what_it_is()
    {
        Assert.Contains("person.registered", WebhookEvent.All.Keys);
        Assert.All(WebhookEvent.All.Values, one => Assert.Matches("^(ping|[a-z]+(-[a-z]+)*\\.[a-z]+(-[a-z]+)*)$", one.Name));
        Assert.All(WebhookEvent.All.Values, one => Assert.EndsWith(".", one.Description, StringComparison.Ordinal));
        Assert.False(WebhookEvent.IsKnown("nothing.*"));
    }

    [Fact]
    public async Task An_endpoint_is_told_what_it_asked_for_signed_and_once()
    {
        await using var app = await PodiumApp.StartAsync(OnLoopback);
        await using var receiver = await WebhookReceiver.StartAsync();
        var tenant = await TestTenant.CreateAsync(app);
        var boss = await tenant.AdministratorAsync();
        var request = new { id = Guid.NewGuid(), url = receiver.Url, events = new[] { "person.*" }, description = "CRM" };

        var added = await boss.Http.PostAsJsonAsync("/api/webhooks", request).OkAsync(201);
        var secret = (string)added["secret"]!;
        Assert.StartsWith("whsec_", secret, StringComparison.Ordinal);
        Assert.Null((string?)(await boss.Http.PostAsJsonAsync("/api/webhooks", request).OkAsync(201))["secret"]);
        Assert.DoesNotContain("secret\":\"whsec", (await boss.Http.GetAsync($"/api/webhooks/{request.id}").OkAsync()).ToJsonString(), StringComparison.Ordinal);
        await boss.Http.PostAsJsonAsync("/api/webhooks", new { request.id, url = receiver.Url + "2", request.events }).ProblemAsync(409, "id-taken");

        // what is rolled back was never said
        await tenant.Http.PostAsJsonAsync("/api/accounts", new { email = "x@example.org", password = "short", firstName = "Ada", lastName = "Byron" }).ProblemAsync(422, "invalid");
        var ada = await tenant.PersonAsync();
        await app.SettleAsync();
        var told = receiver.Received.ToArray();
        Assert.Equal(["person.registered", "person.verified"], told.Select(one => (string)one.Json["type"]!));
        Assert.All(told, one => Assert.Equal(ada.Id, (Guid)one.Json["data"]!["userId"]!));
        Assert.All(told, one => Assert.Equal(WebhookSignature.Of(one.Id, DateTimeOffset.FromUnixTimeSeconds(one.Timestamp), one.Body, secret), one.Signature));
        Assert.Equal(app.Clock.GetUtcNow().ToUnixTimeSeconds(), told[0].Timestamp);

        // an announcement is nothing it asked for
        await boss.Http.PostAsJsonAsync("/api/announcements", new { texts = new[] { new { language = "en", title = "One", body = "Come." } } }).OkAsync(202);
        await app.SettleAsync();
        Assert.Equal(2, receiver.Received.Count);

        var log = (await boss.Http.GetAsync($"/api/webhooks/{request.id}/deliveries?status=delivered").OkAsync())["items"]!.AsArray();
        Assert.Equal((2, 1, 204), (log.Count, (int)log[0]!["attempts"]!, (int)log[0]!["lastStatus"]!));
        var first = log.Single(one => (string)one!["event"]! == "person.registered")!["id"]!;
        var details = await boss.Http.GetAsync($"/api/webhooks/{request.id}/deliveries/{first}").OkAsync();
        Assert.Equal((told[0].Id, told[0].Body), ((string)details["webhookId"]!, (string)details["body"]!));

        // the queue may bring it again: it has been told
        var again = new ServiceBusMessage($$"""{"deliveryId":"{{first}}","attempt":0}""") { Subject = "webhook", ApplicationProperties = { ["tenant"] = tenant.Id.ToString() } };
        await app.Bus.CreateSender("notifications").SendMessageAsync(again);
        await app.SettleAsync();
        Assert.Equal(2, receiver.Received.Count);

        // an operator may say so: the same message, to the byte
        await boss.Http.PostAsync($"/api/webhooks/{request.id}/deliveries/{first}/replay", null).OkAsync(202);
        await app.SettleAsync();
        Assert.Equal((told[0].Id, told[0].Body), (receiver.Received.Last().Id, receiver.Received.Last().Body));
        Assert.Equal(3, receiver.Received.Count);
    }

    [Fact]
    public async Task A_new_secret_signs_beside_the_old_one_for_a_while_and_a_ping_reaches_also_who_is_switched_off()
    {
        await using var app = await PodiumApp.StartAsync(OnLoopback);
        await using var receiver = await WebhookReceiver.StartAsync();
        var tenant = await TestTenant.CreateAsync(app);
        var boss = await tenant.AdministratorAsync();
        var added = await boss.Http.PostAsJsonAsync("/api/webhooks", new { url = receiver.Url, events = new[] { "*" }, enabled = false }).OkAsync(201);
        var (path, old) = ($"/api/webhooks/{added["id"]}", (string)added["secret"]!);

        var fresh = (string)(await boss.Http.PostAsJsonAsync($"{path}/secret", new { overlapHours = 1 }).OkAsync())["secret"]!;
        Assert.NotEqual(old, fresh);
        await boss.Http.PostAsync($"{path}/ping", null).OkAsync(202);
        await tenant.PersonAsync(); // whoever is switched off is told nothing else
        await app.SettleAsync();
        var ping = Assert.Single(receiver.Received);
        Assert.Equal("ping", (string?)ping.Json["type"]);
        var at = DateTimeOffset.FromUnixTimeSeconds(ping.Timestamp);
        Assert.Equal(WebhookSignature.Of(ping.Id, at, ping.Body, fresh, old), ping.Signature);

        await app.AdvanceAsync(TimeSpan.FromHours(1));
        boss = await tenant.SignInAsync(boss.Email);
        await boss.Http.PostAsync($"{path}/ping", null).OkAsync(202);
        await app.SettleAsync();
        var later = receiver.Received.Last();
        Assert.Equal(WebhookSignature.Of(later.Id, DateTimeOffset.FromUnixTimeSeconds(later.Timestamp), later.Body, fresh), later.Signature);

        await boss.Http.DeleteAsync(path).OkAsync(204);
        await boss.Http.PostAsync($"{path}/ping", null).ProblemAsync(404, "not-found");
        await boss.Http.DeleteAsync(path).ProblemAsync(404, "not-found");
    }

    [Fact]
    public async Task What_fails_is_tried_again_for_days_and_then_the_endpoint_is_switched_off_and_the_administrators_know()
    {
        await using var app = await PodiumApp.StartAsync(OnLoopback);
        await using var receiver = await WebhookReceiver.StartAsync();
        receiver.Answers(500);
        var tenant = await TestTenant.CreateAsync(app);
        var boss = await tenant.AdministratorAsync();
        var path = $"/api/webhooks/{(await boss.Http.PostAsJsonAsync("/api/webhooks", new { url = receiver.Url, events = new[] { "person.registered" } }).OkAsync(201))["id"]}";
        await RegisterAsync(tenant, "one@example.org");
        await app.SettleAsync();

        Assert.Single(receiver.Received);
        await app.AdvanceAsync(TimeSpan.FromSeconds(5));
        Assert.Equal(2, receiver.Received.Count);
        await app.AdvanceAsync(TimeSpan.FromMinutes(4));
        Assert.Equal(2, receiver.Received.Count);
        await app.AdvanceAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(3, receiver.Received.Count);
        var pending = (await boss.Http.GetAsync($"{path}/deliveries?status=pending").OkAsync())["items"]![0]!;
        Assert.Equal((3, 500, "It answers 500."), ((int)pending["attempts"]!, (int)pending["lastStatus"]!, (string)pending["lastFault"]!));
        Assert.NotNull(pending["nextTryAt"]);

        // after three failures in a row what is new waits until the pause is over, and is no failure meanwhile
        await RegisterAsync(tenant, "two@example.org");
        await app.SettleAsync();
        Assert.Equal(3, receiver.Received.Count);

        await app.AdvanceAsync(TimeSpan.FromDays(4));
        boss = await tenant.SignInAsync(boss.Email);
        Assert.Equal(2, (await boss.Http.GetAsync($"{path}/deliveries?status=failed").OkAsync())["items"]!.AsArray().Count);
        Assert.Equal(10, receiver.Received.GroupBy(one => one.Id).Max(group => group.Count()));
        Assert.True((bool)(await boss.Http.GetAsync(path).OkAsync())["enabled"]!);

        await app.AdvanceAsync(TimeSpan.FromDays(1));
        await RegisterAsync(tenant, "three@example.org");
        await app.SettleAsync();
        boss = await tenant.SignInAsync(boss.Email);
        var off = await boss.Http.GetAsync(path).OkAsync();
        Assert.Equal((false, "It has failed for 5 days."), ((bool)off["enabled"]!, (string)off["disabledFor"]!));
        Assert.Equal("webhook-disabled", (string?)(await boss.Http.GetAsync("/api/me/notifications").OkAsync())["items"]![0]!["kind"]);
        await app.AdvanceAsync(TimeSpan.FromMinutes(1));
        Assert.Equal("dropped", (string?)(await (await tenant.SignInAsync(boss.Email)).Http.GetAsync($"{path}/deliveries").OkAsync())["items"]![0]!["status"]);

        // mended, switched on, and told all that it has missed
        receiver.Answer = null;
        receiver.Received.Clear();
        boss = await tenant.SignInAsync(boss.Email);
        var on = await boss.Http.PatchAsJsonAsync(path, new { enabled = true }).OkAsync();
        Assert.Null(on["disabledFor"]);
        Assert.Equal(3, (int)(await boss.Http.PostAsJsonAsync($"{path}/replay", new { since = app.Clock.GetUtcNow().AddDays(-7) }).OkAsync(202))["replayed"]!);
        await app.SettleAsync();
        Assert.Equal(3, receiver.Received.Select(one => one.Id).Distinct().Count());
        Assert.Equal(3, receiver.Received.Count);
        await app.AdvanceAsync(TimeSpan.FromDays(31));
        Assert.Equal(0L, await app.QueryAsync<long>("SELECT count(*) FROM webhook_deliveries"));
    }

    [Fact]
    public async Task An_endpoint_that_hangs_or_floods_or_sends_elsewhere_holds_nothing_up()
    {
        await using var app = await PodiumApp.StartAsync(OnLoopback);
        await using var receiver = await WebhookReceiver.StartAsync();
        var tenant = await TestTenant.CreateAsync(app);
        var boss = await tenant.AdministratorAsync();
        var path = $"/api/webhooks/{(await boss.Http.PostAsJsonAsync("/api/webhooks", new { url = receiver.Url, events = new[] { "announcement.sent" } }).OkAsync(201))["id"]}";

        async Task<string> FaultAsync(Func<HttpContext, Task> answer)
        {
            receiver.Answer = answer;
            await boss.Http.PatchAsJsonAsync(path, new { enabled = true }).OkAsync();
            var id = (await boss.Http.PostAsync($"{path}/ping", null).OkAsync(202))["id"];
            await app.SettleAsync();
            return (string)(await boss.Http.GetAsync($"{path}/deliveries/{id}").OkAsync())["lastFault"]!;
        }

        Assert.Contains("larger than", await FaultAsync(http =>
        {
            http.Response.StatusCode = 200;
            return http.Response.Body.WriteAsync(new byte[1 << 20]).AsTask();
        }), StringComparison.Ordinal);
        Assert.Contains("redirect", await FaultAsync(http =>
        {
            http.Response.Redirect("http://169.254.169.254/latest/meta-data");
            return Task.CompletedTask;
        }), StringComparison.Ordinal);
        Assert.Contains("cannot be reached", await FaultAsync(http =>
        {
            http.Abort();
            return Task.CompletedTask;
        }), StringComparison.Ordinal);

        // six at once that never answer hold four of the queue's places, and the mails go on beside them
        var hang = new TaskCompletionSource();
        receiver.Answer = http => hang.Task.WaitAsync(http.RequestAborted);
        await boss.Http.PatchAsJsonAsync(path, new { enabled = true }).OkAsync();
        var before = receiver.Received.Count;
        for (var i = 0; i < 6; i++) await boss.Http.PostAsync($"{path}/ping", null).OkAsync(202);
        var person = await tenant.Http.PostAsJsonAsync("/api/accounts", new { email = "ada@example.org", password = TestTenant.Password, firstName = "Ada", lastName = "Byron" });
        Assert.True(person.IsSuccessStatusCode);
        await app.UntilAsync("the mail is there while they hang", async () => (await app.MailsAsync("ada@example.org")).Count == 1);
        await app.SettleAsync();
        hang.SetResult();
        var hung = await app.QueryAsync<long>("SELECT count(*) FROM webhook_deliveries WHERE last_fault LIKE 'It does not answer within%'");
        Assert.InRange(hung, 1, 4);
        Assert.Equal(hung, receiver.Received.Count - before);
    }

    [Fact]
    public async Task An_endpoint_that_is_gone_is_switched_off_at_once()
    {
        await using var app = await PodiumApp.StartAsync(OnLoopback);
        await using var receiver = await WebhookReceiver.StartAsync();
        receiver.Answers(410);
        var tenant = await TestTenant.CreateAsync(app);
        var boss = await tenant.AdministratorAsync();
        var path = $"/api/webhooks/{(await boss.Http.PostAsJsonAsync("/api/webhooks", new { url = receiver.Url, events = new[] { "person.registered" } }).OkAsync(201))["id"]}";
        await RegisterAsync(tenant, "one@example.org");
        await app.SettleAsync();
        await RegisterAsync(tenant, "two@example.org");
        await app.SettleAsync();
        Assert.False((bool)(await boss.Http.GetAsync(path).OkAsync())["enabled"]!);
        Assert.Single(receiver.Received);
        Assert.Equal("*** *** ***", await app.QueryAsync<string>(
            "SELECT string_agg(new->>'secret_encrypted', ' ') || ' *** ***' FROM audit_log WHERE table_name = 'webhook_endpoints' AND action = 'insert'"));
    }

    private static Task RegisterAsync(TestTenant tenant, string email) =>
        tenant.Http.PostAsJsonAsync("/api/accounts", new { email, password = TestTenant.Password, firstName = "Ada", lastName = "Byron" }).OkAsync(202);
}

public sealed class WebhookRuleTests(SharedApp shared)
{
    [Theory]
    [InlineData("http://hooks.example.org/", "https")]
    [InlineData("https://127.0.0.1/", "public")]
    [InlineData("https://[::1]/", "public")]
    [InlineData("https://169.254.169.254/latest", "public")]
    [InlineData("https://user:pass@example.org/", "password")]
    [InlineData("javascript:alert(1)", "")]
    [InlineData("not an address", "")]
    public async Task An_address_that_is_not_public_is_refused(string url, string why)
    {
        var boss = await (await shared.TenantAsync()).AdministratorAsync();
        var problem = await boss.Http.PostAsJsonAsync("/api/webhooks", new { url, events = new[] { "*" } }).ProblemAsync(422, "invalid");
        Assert.Equal("/url", (string?)problem["errors"]![0]!["pointer"]);
        Assert.Contains(why, (string)problem["errors"]![0]!["detail"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Only_who_may_manages_the_tenants_own_webhooks()
    {
        var tenant = await shared.TenantAsync();
        var boss = await tenant.AdministratorAsync();
        var person = await tenant.PersonAsync();
        var stranger = await (await shared.TenantAsync()).AdministratorAsync();
        var added = await boss.Http.PostAsJsonAsync("/api/webhooks", new { url = "https://hooks.example.org/", events = new[] { "ping" }, enabled = false }).OkAsync(201);
        var path = $"/api/webhooks/{added["id"]}";

        await person.Http.GetAsync("/api/webhooks").ProblemAsync(403, "forbidden");
        await stranger.Http.GetAsync(path).ProblemAsync(404, "not-found");
        await stranger.Http.PatchAsJsonAsync(path, new { url = "https://evil.example.org/" }).ProblemAsync(404, "not-found");
        await stranger.Http.PostAsJsonAsync($"{path}/secret", new { }).ProblemAsync(404, "not-found");
        await stranger.Http.PostAsJsonAsync($"{path}/replay", new { since = DateTimeOffset.UnixEpoch }).ProblemAsync(404, "not-found");
        await stranger.Http.GetAsync($"{path}/deliveries").ProblemAsync(404, "not-found");

        Assert.Contains("person.registered", await (await boss.Http.GetAsync("/api/webhook-events")).Content.ReadAsStringAsync(), StringComparison.Ordinal);
        await boss.Http.PatchAsJsonAsync(path, new { events = new[] { "ping", "gossip.*" } }).ProblemAsync(422, "invalid");
        var etag = (await boss.Http.GetAsync(path)).Headers.ETag!.Tag;
        Assert.Equal("CRM", (string?)(await boss.Http.IfMatchAsync(HttpMethod.Patch, path, etag, new { description = "CRM" }).OkAsync())["description"]);
        await boss.Http.IfMatchAsync(HttpMethod.Patch, path, etag, new { description = "ERP" }).ProblemAsync(409, "stale");
        await boss.Http.IfMatchAsync(HttpMethod.Delete, path, etag).ProblemAsync(409, "stale");
    }

    [Fact]
    public async Task A_tenant_has_fifty_webhooks_and_not_more_also_when_many_are_added_at_once()
    {
        var boss = await (await shared.TenantAsync()).AdministratorAsync();
        var answers = await Task.WhenAll(Enumerable.Range(0, 55).Select(i =>
            boss.Http.PostAsJsonAsync("/api/webhooks", new { url = $"https://hooks.example.org/{i}", events = new[] { "*" }, enabled = false })));
        Assert.Equal((50, 5), (answers.Count(answer => (int)answer.StatusCode == 201), answers.Count(answer => (int)answer.StatusCode == 409)));
    }
}
