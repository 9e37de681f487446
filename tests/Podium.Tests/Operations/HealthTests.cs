using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Azure.Storage.Blobs;
using Microsoft.Extensions.DependencyInjection;
using Podium.Tests.Harness;

namespace Podium.Tests.Operations;

public sealed class HealthTests
{
    [Fact]
    public async Task Ready_names_each_part_and_live_asks_none()
    {
        await using var app = await PodiumApp.StartAsync();
        Assert.Equal("alive", (await app.Http.GetFromJsonAsync<JsonElement>("api/health/live")).GetProperty("status").GetString());

        var answer = await app.Http.GetAsync("api/health/ready");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.True(answer.Headers.CacheControl?.NoStore);
        var health = await answer.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal("healthy", health.GetProperty("status").GetString());
        Assert.Equal(["postgresql", "storage", "queue"], health.GetProperty("parts").EnumerateArray().Select(part => part.GetProperty("name").GetString()));
        Assert.All(health.GetProperty("parts").EnumerateArray(), part => Assert.True(part.GetProperty("healthy").GetBoolean()));
    }

    [Fact]
    public async Task A_part_that_does_not_answer_makes_the_app_unready_and_is_named_without_its_address()
    {
        await using var app = await PodiumApp.StartAsync(new AppOptions
        {
            Services = services => services.AddSingleton(new BlobServiceClient(
                "DefaultEndpointsProtocol=http;AccountName=a;AccountKey=YQ==;BlobEndpoint=http://127.0.0.1:1/a;", new BlobClientOptions { Retry = { MaxRetries = 0 } })),
        });
        var answer = await app.Http.GetAsync("api/health/ready");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.DoesNotContain("127.0.0.1", text, StringComparison.Ordinal);
        var parts = JsonDocument.Parse(text).RootElement.GetProperty("parts").EnumerateArray().ToDictionary(part => part.GetProperty("name").GetString()!, part => part.GetProperty("healthy").GetBoolean());
        Assert.Equal(new Dictionary<string, bool> { ["postgresql"] = true, ["storage"] = false, ["queue"] = true }, parts);
    }

    [Fact]
    public async Task Every_answer_carries_a_correlation_id_and_keeps_the_callers_trace()
    {
        await using var app = await PodiumApp.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "api/health/live");
        request.Headers.Add("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
        var answer = await app.Http.SendAsync(request);
        Assert.Equal("0af7651916cd43dd8448eb211c80319c", Assert.Single(answer.Headers.GetValues("X-Correlation-Id")));
        Assert.Matches("^[0-9a-f]{32}$", Assert.Single((await app.Http.GetAsync("api/health/live")).Headers.GetValues("X-Correlation-Id")));
    }
}
