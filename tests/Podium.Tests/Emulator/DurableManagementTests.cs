using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Podium.Tests.Harness;

namespace Podium.Tests.Emulator;

/// <summary>The HTTP API of the durable extension.</summary>
public sealed class DurableManagementTests
{
    public static class Starter
    {
        [Function("Starter")]
        public static async Task<IResult> Run(
            [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "start/{id}")] HttpRequest request, string id, [DurableClient] DurableTaskClient client)
        {
            await client.ScheduleNewOrchestrationInstanceAsync("Door", "in", new StartOrchestrationOptions(id));
            return Results.Json(client.CreateHttpManagementPayload(id));
        }
    }

    [Fact]
    public async Task The_management_payload_leads_through_the_life_of_an_instance()
    {
        await using var app = await DurableFixture.StartAsync(typeof(Starter), typeof(DurableClientTests.Door));
        var links = await StartAsync(app, "front door");
        await app.SettleAsync();

        using var running = await app.Http.GetAsync(links["statusQueryGetUri"]);
        var status = await running.Content.ReadFromJsonAsync<JsonElement>();
        Assert.True(running.StatusCode == HttpStatusCode.Accepted, $"{status}");
        Assert.Equal("5", running.Headers.RetryAfter!.ToString());
        Assert.NotNull(running.Headers.Location);
        Assert.Equal("Running", status.GetProperty("runtimeStatus").GetString());
        Assert.Equal("in", status.GetProperty("input").GetString());
        Assert.Equal("closed", status.GetProperty("customStatus").GetString());
        Assert.Equal("2026-01-05T08:00:00Z", status.GetProperty("createdTime").GetString());

        var open = links["sendEventPostUri"].Replace("{eventName}", "Open", StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.BadRequest, (await app.Http.PostAsync(open, new StringContent("\"key\""))).StatusCode);
        Assert.Equal(HttpStatusCode.Accepted, (await app.Http.PostAsJsonAsync(open, "key")).StatusCode);
        await app.SettleAsync();

        using var finished = await app.Http.GetAsync(links["statusQueryGetUri"] + "&showHistory=true&showHistoryOutput=true&showInput=false");
        var end = await finished.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal(HttpStatusCode.OK, finished.StatusCode);
        Assert.StartsWith("opened with key", end.GetProperty("output").GetString(), StringComparison.Ordinal);
        Assert.Equal(JsonValueKind.Null, end.GetProperty("input").ValueKind);
        Assert.Equal(
            ["ExecutionStarted", "EventRaised", "TaskCompleted", "ExecutionCompleted"],
            end.GetProperty("historyEvents").EnumerateArray().Select(e => e.GetProperty("EventType").GetString()));

        foreach (var link in new[] { open, links["terminatePostUri"], links["suspendPostUri"], links["resumePostUri"] })
            Assert.Equal(HttpStatusCode.Gone, (await app.Http.PostAsJsonAsync(link, "key")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await app.Http.DeleteAsync(links["purgeHistoryDeleteUri"])).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await app.Http.GetAsync(links["statusQueryGetUri"])).StatusCode);
    }

    [Fact]
    public async Task Instances_are_suspended_resumed_terminated_and_restarted_over_http()
    {
        await using var app = await DurableFixture.StartAsync(typeof(Starter), typeof(DurableClientTests.Door));
        var links = await StartAsync(app, "side");
        Assert.Equal("Suspended", await DoAsync("suspendPostUri"));
        Assert.Equal("Running", await DoAsync("resumePostUri"));
        Assert.Equal("Terminated", await DoAsync("terminatePostUri"));
        Assert.Equal("because", (await app.Http.GetFromJsonAsync<JsonElement>(links["statusQueryGetUri"])).GetProperty("output").GetString());
        using var restarted = await app.Http.PostAsync(links["restartPostUri"] + "&restartWithNewInstanceId=false", null);
        Assert.Equal(HttpStatusCode.Accepted, restarted.StatusCode);
        await app.SettleAsync();
        var again = await app.GetAsync("side");
        Assert.Equal((OrchestrationRuntimeStatus.Running, "\"in\""), (again.RuntimeStatus, again.SerializedInput));

        async Task<string?> DoAsync(string link)
        {
            var uri = links[link].Replace("{text}", "because", StringComparison.Ordinal);
            Assert.Equal(HttpStatusCode.Accepted, (await app.Http.PostAsync(uri, null)).StatusCode);
            await app.SettleAsync();
            return (await app.Http.GetFromJsonAsync<JsonElement>(links["statusQueryGetUri"])).GetProperty("runtimeStatus").GetString();
        }
    }

    [Fact]
    public async Task Instances_are_started_listed_and_purged_over_http()
    {
        await using var app = await DurableFixture.StartAsync(typeof(Starter), typeof(DurableClientTests.Door));
        var code = (await StartAsync(app, "first"))["statusQueryGetUri"].Split('?')[1];
        using var started = await app.Http.PostAsJsonAsync($"runtime/webhooks/durabletask/orchestrators/door/second?{code}", new { a = 1 });
        Assert.Equal(HttpStatusCode.Accepted, started.StatusCode);
        Assert.Equal("second", (await started.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString());
        Assert.Equal(
            HttpStatusCode.BadRequest, (await app.Http.PostAsync($"runtime/webhooks/durabletask/orchestrators/window?{code}", null)).StatusCode);
        await app.Durable.TerminateInstanceAsync("second");
        await app.SettleAsync();

        using var page = await app.Http.GetAsync($"runtime/webhooks/durabletask/instances?{code}&top=1");
        var token = Assert.Single(page.Headers.GetValues("x-ms-continuation-token"));
        using var next = new HttpRequestMessage(HttpMethod.Get, $"runtime/webhooks/durabletask/instances?{code}&top=5");
        next.Headers.Add("x-ms-continuation-token", token);
        var rest = await (await app.Http.SendAsync(next)).Content.ReadFromJsonAsync<JsonElement[]>();
        Assert.Equal("second", Assert.Single(rest!).GetProperty("instanceId").GetString());
        var ended = await app.Http.GetFromJsonAsync<JsonElement[]>($"runtime/webhooks/durabletask/instances?{code}&runtimeStatus=Terminated,Failed");
        Assert.Equal("second", Assert.Single(ended!).GetProperty("instanceId").GetString());

        var purge = $"runtime/webhooks/durabletask/instances?{code}&createdTimeFrom=2026-01-01T00:00:00Z";
        var purged = await (await app.Http.DeleteAsync(purge)).Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal(1, purged.GetProperty("instancesDeleted").GetInt32());
        Assert.Equal(HttpStatusCode.NotFound, (await app.Http.DeleteAsync(purge)).StatusCode);
    }

    [Fact]
    public async Task Without_the_system_key_nothing_is_answered()
    {
        await using var app = await DurableFixture.StartAsync(typeof(Starter), typeof(DurableClientTests.Door));
        Assert.Equal(HttpStatusCode.Unauthorized, (await app.Http.GetAsync("runtime/webhooks/durabletask/instances")).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await app.Http.PostAsync("runtime/webhooks/durabletask/orchestrators/Door?code=wrong", null)).StatusCode);
    }

    private static async Task<Dictionary<string, string>> StartAsync(PodiumApp app, string id)
    {
        using var answer = await app.Http.PostAsync($"api/start/{id}", null);
        return (await answer.Content.ReadFromJsonAsync<Dictionary<string, string>>())!;
    }
}
