using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Podium.Tests.Webhooks;

/// <summary>What a receiver got.</summary>
internal sealed record Received(string Id, long Timestamp, string Signature, string Body)
{
    public JsonNode Json => JsonNode.Parse(Body)!;
}

/// <summary>A system on loopback that is told things, and may take them badly.</summary>
internal sealed class WebhookReceiver : IAsyncDisposable
{
    private readonly WebApplication _server;

    private WebhookReceiver(WebApplication server) => _server = server;

    public ConcurrentQueue<Received> Received { get; } = new();

    /// <summary>How it answers; 204 where this is null.</summary>
    public Func<HttpContext, Task>? Answer { get; set; }

    public string Url => $"{_server.Urls.Single()}/hook";

    public static async Task<WebhookReceiver> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var server = builder.Build();
        var receiver = new WebhookReceiver(server);
        server.MapPost("/hook", receiver.TakeAsync);
        await server.StartAsync();
        return receiver;
    }

    public void Answers(int status) => Answer = http =>
    {
        http.Response.StatusCode = status;
        return Task.CompletedTask;
    };

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private async Task TakeAsync(HttpContext http)
    {
        using var reader = new StreamReader(http.Request.Body);
        var headers = http.Request.Headers;
        Received.Enqueue(new Received(headers["webhook-id"].ToString(), long.Parse(headers["webhook-timestamp"].ToString()), headers["webhook-signature"].ToString(), await reader.ReadToEndAsync()));
        http.Response.StatusCode = 204;
        if (Answer is { } answer) await answer(http);
    }
}
