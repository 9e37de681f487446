using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Azure.Messaging.ServiceBus;
using Podium.Operations;
using Podium.Tests.Harness;

namespace Podium.Tests.Operations;

/// <summary>The first slice: one probe through every kind of trigger.</summary>
public sealed class SelfCheckTests
{
    [Fact]
    public async Task A_probe_goes_through_every_kind_of_trigger_and_comes_back()
    {
        await using var app = await PodiumApp.StartAsync();
        using var http = app.HttpWithKey();
        var started = await http.PostAsync("api/operations/self-checks", null);
        Assert.Equal(HttpStatusCode.Accepted, started.StatusCode);
        await app.SettleAsync();

        var check = await http.GetFromJsonAsync<JsonElement>(started.Headers.Location);
        Assert.Equal("passed", check.GetProperty("status").GetString());
        Assert.Empty(app.Storage.GetBlobContainerClient(SelfCheck.Container).GetBlobs().ToList());
    }

    [Fact]
    public async Task A_probe_that_is_lost_on_its_way_fails_the_check_after_two_minutes_and_says_where_to_look()
    {
        await using var app = await PodiumApp.StartAsync(new AppOptions { Settings = new Dictionary<string, string?> { ["AzureWebJobs.SelfCheckProbeArrived.Disabled"] = "true" } });
        using var http = app.HttpWithKey();
        var started = await http.PostAsync("api/operations/self-checks", null);
        await app.AdvanceAsync(TimeSpan.FromSeconds(119));
        Assert.Equal("running", (await http.GetFromJsonAsync<JsonElement>(started.Headers.Location)).GetProperty("status").GetString());

        await app.AdvanceAsync(TimeSpan.FromSeconds(1));
        var check = await http.GetFromJsonAsync<JsonElement>(started.Headers.Location);
        Assert.Equal("failed", check.GetProperty("status").GetString());
        Assert.Equal(120, check.GetProperty("seconds").GetDouble());
        Assert.Contains("self_checks", check.GetProperty("reason").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_hourly_timer_starts_a_check_and_the_nightly_one_forgets_the_old()
    {
        await using var app = await PodiumApp.StartAsync(new AppOptions { Timers = ["SelfCheckHourly", "SelfCheckCleanup"], Settings = new Dictionary<string, string?> { ["AzureWebJobs.SelfCheckHourly.Disabled"] = "false" } });
        await app.AdvanceAsync(TimeSpan.FromHours(3));
        Assert.Equal(3, await CountAsync(app));

        await app.RestartAsync(TimeSpan.FromDays(7) - TimeSpan.FromHours(4));
        await app.AdvanceAsync(TimeSpan.FromHours(20));
        Assert.Equal(3 + 1 + 20, await CountAsync(app)); // one was missed meanwhile
        await app.AdvanceAsync(TimeSpan.FromHours(1)); // past half past three
        Assert.Equal(1 + 21, await CountAsync(app));
    }

    [Fact]
    public async Task A_check_that_is_unknown_or_something_else_is_not_found()
    {
        await using var app = await PodiumApp.StartAsync();
        using var http = app.HttpWithKey();
        var answer = await http.GetAsync("api/operations/self-checks/nothing");
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        Assert.Equal("/api/problems/not-found", (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("type").GetString());
    }

    [Theory]
    [InlineData("POST", "api/operations/self-checks")]
    [InlineData("GET", "api/operations/self-checks/x")]
    public async Task Without_a_key_nobody_starts_or_reads_a_check(string method, string path)
    {
        await using var app = await PodiumApp.StartAsync();
        Assert.Equal(HttpStatusCode.Unauthorized, (await app.Http.SendAsync(new HttpRequestMessage(new HttpMethod(method), path))).StatusCode);
    }

    [Fact]
    public async Task A_probe_delivered_twice_does_no_harm()
    {
        await using var app = await PodiumApp.StartAsync();
        using var http = app.HttpWithKey();
        var started = await http.PostAsync("api/operations/self-checks", null);
        await app.SettleAsync();
        var id = (await started.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString()!;

        await using var sender = app.Bus.CreateSender(SelfCheck.Queue);
        await sender.SendMessageAsync(new ServiceBusMessage(JsonSerializer.Serialize(new SelfCheck.Probe(id, app.Clock.GetUtcNow()))));
        await app.SettleAsync();
        Assert.Equal("passed", (await http.GetFromJsonAsync<JsonElement>(started.Headers.Location)).GetProperty("status").GetString());
        await using var dead = app.Bus.CreateReceiver(SelfCheck.Queue, new ServiceBusReceiverOptions { SubQueue = SubQueue.DeadLetter });
        Assert.Null(await dead.PeekMessageAsync());
    }

    private static async Task<int> CountAsync(PodiumApp app)
    {
        var count = 0;
        await foreach (var _ in app.Durable.GetAllInstancesAsync(new() { InstanceIdPrefix = SelfCheck.IdPrefix })) count++;
        return count;
    }
}
