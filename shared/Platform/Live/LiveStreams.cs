using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Podium.Platform.Access;
using Podium.Platform.Api;

namespace Podium.Platform.Live;

/// <summary>Answers with server-sent events. A function that streams a topic is one line: <c>streams.Open(request, topic)</c>.</summary>
public sealed class LiveStreams(LiveHub hub, LiveLimits limits, TimeProvider clock, IConfiguration configuration, IHostApplicationLifetime lifetime)
{
    public const string MediaType = "text/event-stream";

    /// <summary>How often a silent stream shows that it is alive, and its watcher that they may still watch.</summary>
    public static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(15);

    // an id is short; what is longer is no id of ours
    private const int LongestId = 200;

    // shorter than the host's functionTimeout; the client comes back by itself, perhaps to another instance
    private readonly TimeSpan _life = configuration.GetValue("Live:Life", TimeSpan.FromMinutes(5));

    /// <summary>The topic's events to the caller, until one of both has enough: the client goes, may not watch any more, or has been here long.</summary>
    public IResult Open(HttpRequest request, LiveTopic topic) => new Stream(this, topic, request.Caller(), request.HttpContext.Features.Get<Readmission>());

    private async Task AnswerAsync(HttpContext http, LiveTopic topic, Caller caller, Readmission? readmission)
    {
        var (place, problem) = limits.Enter(caller);
        if (problem is not null)
        {
            await problem.ToResult().ExecuteAsync(http);
            return;
        }
        using (place)
        {
            try
            {
                await RunAsync(http, topic, readmission);
            }
            catch (OperationCanceledException)
            {
                // the client has gone, or the app goes
            }
            catch (IOException) when (http.Response.HasStarted)
            {
                // the same, noticed while writing
            }
        }
    }

    private async Task RunAsync(HttpContext http, LiveTopic topic, Readmission? readmission)
    {
        var lastId = http.Request.Headers["Last-Event-ID"].ToString();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, lifetime.ApplicationStopping);
        using var watcher = hub.Watch(topic, lastId.Length is > 0 and <= LongestId ? lastId : null);
        await watcher.ReadyAsync(stop.Token);

        http.Response.ContentType = MediaType;
        http.Response.Headers.CacheControl = "no-store";
        http.Response.Headers["X-Accel-Buffering"] = "no";
        http.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        // not all at once, when an instance with thousands of them goes
        await WriteAsync(http, $"retry: {Random.Shared.Next(1000, 5000)}\n\n", stop.Token);

        var until = clock.GetUtcNow() + _life;
        using var ticks = new PeriodicTimer(Heartbeat, clock);
        var next = watcher.NextAsync(stop.Token);
        var tick = ticks.WaitForNextTickAsync(stop.Token).AsTask();
        while (true)
        {
            if (await Task.WhenAny(next, tick) == next)
            {
                if (await next is not { } events) return;
                await WriteAsync(http, string.Concat(events.Select(Text)), stop.Token);
                next = watcher.NextAsync(stop.Token);
                continue;
            }
            await tick;
            if (clock.GetUtcNow() >= until) return;
            if (readmission is not null && await RefusalAsync(readmission) is { } code)
            {
                await WriteAsync(http, $"event: end\ndata: {{\"reason\":\"{code}\"}}\n\n", stop.Token);
                return;
            }
            await WriteAsync(http, ":\n\n", stop.Token);
            tick = ticks.WaitForNextTickAsync(stop.Token).AsTask();
        }
    }

    private static async Task<string?> RefusalAsync(Readmission readmission)
    {
        try
        {
            await readmission.EnsureAsync();
            return null;
        }
        catch (ProblemException refused)
        {
            return refused.Problem.Kind.Code;
        }
    }

    private static string Text(LiveEvent one) => $"{(one.Id is null ? "" : $"id: {one.Id}\n")}event: {one.Name}\ndata: {one.Data}\n\n";

    private static async Task WriteAsync(HttpContext http, string text, CancellationToken cancellationToken)
    {
        await http.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(text), cancellationToken);
        await http.Response.Body.FlushAsync(cancellationToken);
    }

    private sealed class Stream(LiveStreams streams, LiveTopic topic, Caller caller, Readmission? readmission) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext) => streams.AnswerAsync(httpContext, topic, caller, readmission);
    }
}
