using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Azure.Messaging.ServiceBus;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.DependencyInjection;
using Podium.Operations;
using Podium.Tests.Harness;

namespace Podium.Tests.Emulator;

public sealed class AdminTests(AdminTests.SharedApp shared) : IClassFixture<AdminTests.SharedApp>
{
    private readonly PodiumApp _app = shared.App;

    [Fact]
    public async Task The_page_is_html_for_a_browser_and_json_for_a_program()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "admin/emulator");
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/html"));
        var page = await _app.Http.SendAsync(request);
        Assert.Equal("text/html", page.Content.Headers.ContentType?.MediaType);
        var policy = Assert.Single(page.Headers.GetValues("Content-Security-Policy"));
        Assert.Contains("default-src 'none'", policy, StringComparison.Ordinal);
        var html = await page.Content.ReadAsStringAsync();
        Assert.Contains($"script-src '{HashOf(html, "script")}'", policy, StringComparison.Ordinal);
        Assert.Contains($"style-src '{HashOf(html, "style")}'", policy, StringComparison.Ordinal);

        var status = await StatusAsync();
        Assert.Contains("HealthReady", status.GetProperty("functions").EnumerateArray().Select(f => f.GetProperty("name").GetString()));
        Assert.Equal(["evaluation_assignment", "notifications", "self_checks", "submission_processing", "vote_checks", "webjobs-blobtrigger-poison"],
            status.GetProperty("queues").EnumerateArray().Select(q => q.GetProperty("name").GetString()));
        Assert.True(status.GetProperty("clock").GetProperty("isVirtual").GetBoolean());
    }

    [Fact]
    public async Task A_timer_runs_now_and_its_run_is_counted()
    {
        await using var app = await PodiumApp.StartAsync(new AppOptions { Settings = new Dictionary<string, string?> { ["AzureWebJobs.SelfCheckHourly.Disabled"] = "false" } });
        var answer = await PostAsync(app, "timers/SelfCheckHourly/run");
        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        await app.SettleAsync();
        var status = await app.Http.GetFromJsonAsync<JsonElement>("admin/emulator/status");
        var function = status.GetProperty("functions").EnumerateArray().Single(f => f.GetProperty("name").GetString() == "SelfCheckHourly");
        Assert.Equal(1, function.GetProperty("succeeded").GetInt32());
        Assert.Equal(1, status.GetProperty("orchestrations").GetProperty("counts").GetProperty("Completed").GetInt32());
    }

    [Fact]
    public async Task A_timer_that_blocks_is_accepted_at_once_and_does_not_run_twice()
    {
        var gate = new Gate();
        await using var app = await PodiumApp.StartAsync([typeof(Blocking)], new AppOptions { Services = services => services.AddSingleton(gate) });
        try
        {
            Assert.Equal(HttpStatusCode.Accepted, (await PostAsync(app, "timers/Blocking/run").WaitAsync(TimeSpan.FromSeconds(10))).StatusCode);
            var second = await PostAsync(app, "timers/Blocking/run");
            Assert.Equal(HttpStatusCode.Conflict, second.StatusCode);
            Assert.Contains("running already", await second.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }
        finally
        {
            gate.Open.Set();
        }
        await app.SettleAsync();
        var function = (await app.Http.GetFromJsonAsync<JsonElement>("admin/emulator/status")).GetProperty("functions")[0];
        Assert.Equal(1, function.GetProperty("succeeded").GetInt32());
        Assert.True(function.GetProperty("lastDurationMs").GetDouble() >= 0);
    }

    [Fact]
    public async Task An_orchestration_shows_its_history_and_can_be_suspended_resumed_terminated_and_purged()
    {
        await using var app = await PodiumApp.StartAsync(new AppOptions { Settings = new Dictionary<string, string?> { ["AzureWebJobs.SelfCheckProbeArrived.Disabled"] = "true", ["AzureWebJobs.SelfCheckHourly.Disabled"] = "false" } });
        await PostAsync(app, "timers/SelfCheckHourly/run");
        await app.SettleAsync();
        var id = (await app.Http.GetFromJsonAsync<JsonElement>("admin/emulator/status")).GetProperty("orchestrations").GetProperty("recent")[0].GetProperty("id").GetString()!;

        var detail = await app.Http.GetFromJsonAsync<JsonElement>($"admin/emulator/orchestrations/{id}");
        Assert.Contains("TaskCompleted", detail.GetProperty("history").EnumerateArray().Select(e => e.GetProperty("kind").GetString()));
        Assert.Equal("Running", detail.GetProperty("status").GetString());

        async Task<string?> ActAsync(string action)
        {
            Assert.True((await PostAsync(app, $"orchestrations/{id}/{action}")).IsSuccessStatusCode);
            await app.SettleAsync();
            return (await app.Http.GetFromJsonAsync<JsonElement>($"admin/emulator/orchestrations/{id}")).GetProperty("status").GetString();
        }

        Assert.Equal(HttpStatusCode.Conflict, (await PostAsync(app, $"orchestrations/{id}/purge")).StatusCode);
        Assert.Equal("Suspended", await ActAsync("suspend"));
        Assert.Equal("Running", await ActAsync("resume"));
        Assert.Equal("Terminated", await ActAsync("terminate"));
        Assert.Equal(HttpStatusCode.Conflict, (await PostAsync(app, $"orchestrations/{id}/suspend")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await PostAsync(app, $"orchestrations/{id}/purge")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await app.Http.GetAsync($"admin/emulator/orchestrations/{id}")).StatusCode);
    }

    [Fact]
    public async Task Dead_letters_are_looked_at_replayed_and_purged()
    {
        await using var app = await PodiumApp.StartAsync();
        await using var sender = app.Bus.CreateSender(SelfCheck.Queue);
        await sender.SendMessagesAsync([new ServiceBusMessage("not json"), new ServiceBusMessage("nor this")]);
        await app.SettleAsync();

        var dead = await app.Http.GetFromJsonAsync<JsonElement>($"admin/emulator/queues/{SelfCheck.Queue}?dead=true");
        Assert.Equal(["not json", "nor this"], dead.EnumerateArray().Select(m => m.GetProperty("body").GetString()));
        Assert.All(dead.EnumerateArray(), m => Assert.Equal("MaxDeliveryCountExceeded", m.GetProperty("deadLetterReason").GetString()));

        var first = dead[0].GetProperty("sequenceNumber").GetInt64();
        var replayed = await PostAsync(app, $"queues/{SelfCheck.Queue}/replay?sequence={first}");
        Assert.Equal(1, (await replayed.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("replayed").GetInt32());
        await app.SettleAsync(); // it fails again

        using var purge = new HttpRequestMessage(HttpMethod.Delete, $"admin/emulator/queues/{SelfCheck.Queue}/dead") { Headers = { { "x-podium-admin", "1" } } };
        Assert.Equal(2, (await (await app.Http.SendAsync(purge)).Content.ReadFromJsonAsync<JsonElement>()).GetProperty("purged").GetInt32());
    }

    [Fact]
    public async Task Messages_are_looked_at_page_by_page_without_being_taken()
    {
        await using var app = await PodiumApp.StartAsync([typeof(Hourly)]);
        await using var sender = app.Bus.CreateSender(SelfCheck.Queue);
        await sender.SendMessagesAsync([new ServiceBusMessage("one"), new ServiceBusMessage("two"), new ServiceBusMessage(new string('x', 5000))]);

        var page = await app.Http.GetFromJsonAsync<JsonElement>($"admin/emulator/queues/{SelfCheck.Queue}?top=2");
        Assert.Equal(["one", "two"], page.EnumerateArray().Select(m => m.GetProperty("body").GetString()));
        Assert.All(page.EnumerateArray(), m => Assert.Equal(0, m.GetProperty("deliveryCount").GetInt32()));
        var rest = await app.Http.GetFromJsonAsync<JsonElement>($"admin/emulator/queues/{SelfCheck.Queue}?from={page[1].GetProperty("sequenceNumber").GetInt64() + 1}");
        Assert.InRange(Assert.Single(rest.EnumerateArray()).GetProperty("body").GetString()!.Length, 4096, 4100);
    }

    [Theory]
    [InlineData("POST", "replay?sequence=all")]
    [InlineData("POST", "replay?sequence=")]
    [InlineData("GET", "?from=start")]
    [InlineData("GET", "?top=many")]
    public async Task What_should_be_a_number_and_is_none_is_refused_rather_than_read_as_everything(string method, string path)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), $"admin/emulator/queues/{SelfCheck.Queue}{(path[0] == '?' ? "" : "/")}{path}") { Headers = { { "x-podium-admin", "1" } } };
        var answer = await _app.Http.SendAsync(request);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains("is not a number", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET", "queues/nothing")]
    [InlineData("POST", "queues/nothing/replay")]
    [InlineData("DELETE", "queues/nothing/dead")]
    [InlineData("GET", "orchestrations/nothing")]
    [InlineData("POST", "orchestrations/nothing/terminate")]
    [InlineData("POST", "timers/nothing/run")]
    [InlineData("POST", "timers/HealthLive/run")]
    public async Task What_is_unknown_is_a_404_with_a_sentence(string method, string path)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), $"admin/emulator/{path}") { Headers = { { "x-podium-admin", "1" } } };
        var answer = await _app.Http.SendAsync(request);
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.StartsWith("There is no ", (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("error").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("POST", "timers/SelfCheckHourly/run", null, null)]
    [InlineData("POST", "timers/SelfCheckHourly/run", "https://evil.example", "1")]
    [InlineData("DELETE", "queues/notifications/dead", null, null)]
    public async Task A_change_needs_the_header_and_no_foreign_page(string method, string path, string? origin, string? header)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), $"admin/emulator/{path}");
        if (origin is not null) request.Headers.Add("Origin", origin);
        if (header is not null) request.Headers.Add("x-podium-admin", header);
        Assert.Equal(HttpStatusCode.Forbidden, (await _app.Http.SendAsync(request)).StatusCode);
    }

    // the app's own CORS settings may allow every origin; the keys on this page are not meant by that
    [Theory]
    [InlineData("https://evil.example")]
    [InlineData("http://127.0.0.1:1")]
    [InlineData("null")]
    public async Task A_foreign_page_reads_nothing(string origin)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "admin/emulator/status") { Headers = { { "Origin", origin } } };
        var answer = await _app.Http.SendAsync(request);
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.DoesNotContain("master", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_page_itself_may_act()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"admin/emulator/queues/{SelfCheck.Queue}/replay")
        {
            Headers = { { "x-podium-admin", "1" }, { "Origin", _app.Http.BaseAddress!.GetLeftPart(UriPartial.Authority) } },
        };
        Assert.Equal(HttpStatusCode.OK, (await _app.Http.SendAsync(request)).StatusCode);
    }

    [Fact]
    public async Task A_name_that_was_bent_to_this_machine_sees_nothing()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "admin/emulator/status") { Headers = { Host = "rebound.example" } };
        var answer = await _app.Http.SendAsync(request);
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.DoesNotContain("master", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private static async Task<HttpResponseMessage> PostAsync(PodiumApp app, string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"admin/emulator/{path}") { Headers = { { "x-podium-admin", "1" } } };
        return await app.Http.SendAsync(request);
    }

    private Task<JsonElement> StatusAsync() => _app.Http.GetFromJsonAsync<JsonElement>("admin/emulator");

    private static string HashOf(string html, string element)
    {
        var content = html.Split($"<{element}>")[1].Split($"</{element}>")[0];
        return $"sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(content)))}";
    }

    public sealed class Gate
    {
        public ManualResetEventSlim Open { get; } = new();
    }

    public sealed class Blocking(Gate gate)
    {
        [Function("Blocking")]
        public void Run([TimerTrigger("0 0 0 1 1 *")] TimerInfo timer) => gate.Open.Wait(TimeSpan.FromSeconds(30));
    }

    public sealed class Hourly
    {
        [Function("Hourly")]
        public void Run([TimerTrigger("0 0 * * * *")] TimerInfo timer)
        {
        }
    }

    public sealed class SharedApp : IAsyncLifetime
    {
        public PodiumApp App { get; private set; } = null!;

        public async ValueTask InitializeAsync() => App = await PodiumApp.StartAsync();

        public ValueTask DisposeAsync() => App.DisposeAsync();
    }
}
