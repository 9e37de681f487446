using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Http.Json;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using Podium.Platform.Observation;
using Podium.Tests.Harness;

namespace Podium.Tests.Platform.Observation;

public sealed class TelemetryTests(ITestOutputHelper output)
{
    [Fact]
    public async Task A_request_and_all_that_comes_of_it_on_queues_and_by_mail_is_one_tree()
    {
        using var spans = new Spans();
        await using var app = await PodiumApp.StartAsync(new AppOptions { Services = services => services.AddSingleton<BaseExporter<Activity>>(spans) });
        var tenant = await TestTenant.CreateAsync(app);
        var boss = await tenant.AdministratorAsync();
        var root = new ActivityContext(ActivityTraceId.CreateRandom(), ActivitySpanId.CreateRandom(), ActivityTraceFlags.Recorded);

        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/announcements") { Content = JsonContent.Create(new { texts = new[] { new { language = "en", title = "Doors open", body = "Come." } } }) };
        request.Headers.Add("traceparent", $"00-{root.TraceId}-{root.SpanId}-01");
        var answer = await boss.Http.SendAsync(request);
        Assert.Equal(root.TraceId.ToString(), answer.Headers.GetValues("X-Correlation-Id").Single());
        await app.SettleAsync();

        var tree = spans.Of(root.TraceId);
        output.WriteLine(Draw(tree, root.SpanId));
        // everything hangs together
        var known = tree.Select(span => span.SpanId).Append(root.SpanId).ToHashSet();
        Assert.All(tree, span => Assert.Contains(span.ParentSpanId, known));
        // HTTP, then the queue's message that finds the people, then the message of one mail, then the mail
        var http = tree.Single(span => span.DisplayName == "SendAnnouncement");
        Assert.Equal((ActivityKind.Server, root.SpanId, 202, tenant.Slug), (http.Kind, http.ParentSpanId, http.GetTagItem("http.response.status_code"), http.GetTagItem("podium.tenant")));
        var step = tree.Single(span => (string?)span.GetTagItem("podium.subject") == "announcement");
        Assert.Equal((ActivityKind.Consumer, http.SpanId), (step.Kind, step.ParentSpanId));
        var order = tree.Single(span => (string?)span.GetTagItem("podium.subject") == "email");
        Assert.Equal(step.SpanId, order.ParentSpanId);
        Assert.Equal(order.SpanId, tree.Single(span => span.DisplayName == "mail announcement").ParentSpanId);
        // and the statements of each
        foreach (var span in new[] { http, step, order }) Assert.Contains(tree, one => one.Source.Name == "Npgsql" && Ancestors(one, tree).Contains(span.SpanId));
    }

    [Fact]
    public async Task Orchestrations_activities_belong_to_the_trace_that_started_them()
    {
        using var spans = new Spans();
        await using var app = await PodiumApp.StartAsync(new AppOptions { Services = services => services.AddSingleton<BaseExporter<Activity>>(spans) });
        using var operators = app.HttpWithKey();
        var trace = ActivityTraceId.CreateRandom();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/operations/self-checks");
        request.Headers.Add("traceparent", $"00-{trace}-{ActivitySpanId.CreateRandom()}-01");
        Assert.True((await operators.SendAsync(request)).IsSuccessStatusCode);
        await app.SettleAsync();
        Assert.Contains("WriteSelfCheckProbe", spans.Of(trace).Select(span => span.DisplayName));
        Assert.Contains("RemoveSelfCheckProbe", spans.Of(trace).Select(span => span.DisplayName));
    }

    [Fact]
    public async Task Who_changes_something_is_found_from_the_audit_log_to_the_trace_also_when_nobody_records_it()
    {
        await using var app = await PodiumApp.StartAsync();
        var tenant = await TestTenant.CreateAsync(app);
        var boss = await tenant.AdministratorAsync();
        var answer = await boss.Http.PostAsJsonAsync("/api/institutions", new { name = "North University" });
        var correlation = answer.Headers.GetValues("X-Correlation-Id").Single();
        Assert.Equal(correlation, await app.QueryAsync<string>("SELECT trace FROM audit_log WHERE table_name = 'institutions'"));
        // the app's own time, which stands still
        Assert.Equal(app.Clock.GetUtcNow().UtcDateTime, await app.QueryAsync<DateTime>("SELECT at FROM audit_log WHERE table_name = 'institutions'"));
    }

    [Fact]
    public async Task Traces_metrics_and_logs_go_where_settings_say()
    {
        await using var collector = await Collector.StartAsync();
        await using (var app = await PodiumApp.StartAsync(new AppOptions
        {
            Settings = new Dictionary<string, string?> { ["Telemetry:Otlp"] = collector.Url, ["Telemetry:Protocol"] = "http/protobuf", ["Telemetry:Headers"] = "x-key=abc", ["Logging:LogLevel:Default"] = "Information" },
        }))
        {
            var tenant = await TestTenant.CreateAsync(app);
            await tenant.PersonAsync();
            await app.Bus.CreateSender("notifications").SendMessageAsync(new global::Azure.Messaging.ServiceBus.ServiceBusMessage("{}") { Subject = "nothing-known" }); // which is logged
            await app.AdvanceAsync(TimeSpan.FromMinutes(1));
        }
        Assert.Contains("SendNotification", collector.Text("/v1/traces"), StringComparison.Ordinal);
        foreach (var metric in new[] { "podium.http.requests", "podium.queue.messages", "podium.mails", "podium.outbox.lag", "podium.function.duration" })
            Assert.Contains(metric, collector.Text("/v1/metrics"), StringComparison.Ordinal);
        Assert.Contains("CorrelationId", collector.Text("/v1/logs"), StringComparison.Ordinal);
        Assert.All(collector.Keys, key => Assert.Equal("abc", key));
    }

    [Fact]
    public void On_the_console_a_span_is_a_line()
    {
        using var parent = new Activity("parent").SetIdFormat(ActivityIdFormat.W3C).Start();
        using var activity = new Activity("GetMe").SetIdFormat(ActivityIdFormat.W3C).Start();
        activity.SetTag("db.statement", "SELECT 1\nFROM x").SetStatus(ActivityStatusCode.Error, "NpgsqlException").Stop();
        var line = ConsoleSpans.Line(activity);
        Assert.StartsWith($"trace {parent.TraceId} {parent.SpanId} > {activity.SpanId}", line, StringComparison.Ordinal);
        Assert.EndsWith("GetMe db.statement=SELECT 1 FROM x FAILED NpgsqlException", line, StringComparison.Ordinal);
    }

    private static IEnumerable<ActivitySpanId> Ancestors(Activity span, IReadOnlyList<Activity> tree)
    {
        for (var one = span; one is not null; one = tree.FirstOrDefault(other => other.SpanId == one.ParentSpanId)) yield return one.ParentSpanId;
    }

    private static string Draw(IReadOnlyList<Activity> tree, ActivitySpanId parent, string indent = "") => string.Concat(
        tree.Where(span => span.ParentSpanId == parent).OrderBy(span => span.StartTimeUtc).Select(span =>
            $"{indent}{span.Kind} {span.DisplayName} {span.GetTagItem("podium.subject")}\n{Draw(tree, span.SpanId, indent + "  ")}"));

    private sealed class Spans : BaseExporter<Activity>
    {
        private readonly ConcurrentQueue<Activity> _all = new();

        public IReadOnlyList<Activity> Of(ActivityTraceId trace) => [.. _all.Where(span => span.TraceId == trace)];

        public override ExportResult Export(in Batch<Activity> batch)
        {
            foreach (var span in batch) _all.Enqueue(span);
            return ExportResult.Success;
        }
    }

    /// <summary>Takes OTLP by HTTP and keeps the bytes; protocol buffers leave texts readable.</summary>
    private sealed class Collector : IAsyncDisposable
    {
        private readonly ConcurrentQueue<(string Path, string? Key, byte[] Body)> _got = new();
        private readonly WebApplication _server;

        private Collector(WebApplication server) => _server = server;

        public string Url => _server.Urls.Single();

        public IEnumerable<string?> Keys => _got.Select(one => one.Key);

        public static async Task<Collector> StartAsync()
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.WebHost.UseUrls("http://127.0.0.1:0");
            var server = builder.Build();
            var collector = new Collector(server);
            server.MapPost("/v1/{signal}", collector.TakeAsync);
            await server.StartAsync();
            return collector;
        }

        public string Text(string path) => string.Concat(_got.Where(one => one.Path == path).Select(one => Encoding.UTF8.GetString(one.Body)));

        public ValueTask DisposeAsync() => _server.DisposeAsync();

        private async Task TakeAsync(HttpContext http)
        {
            using var body = new MemoryStream();
            await http.Request.Body.CopyToAsync(body);
            _got.Enqueue((http.Request.Path, http.Request.Headers["x-key"], body.ToArray()));
            http.Response.ContentType = "application/x-protobuf";
        }
    }
}
