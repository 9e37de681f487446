using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Podium.Tests.Harness;
using Podium.Tests.Platform.Files;

namespace Podium.Tests.Files;

/// <summary>What happens to files over time: when events are lost, a scanner is away, storage is tampered with, or nothing comes at all.</summary>
public sealed class FileWatchTests
{
    private static readonly byte[] Pdf = PdfFile.OfPages(1).Plain();

    [Fact]
    public async Task Uploads_that_do_not_come_or_come_late_end_with_a_reason()
    {
        await using var app = await PodiumApp.StartAsync(new AppOptions { Timers = ["WatchFiles"] });
        var boss = await (await TestTenant.CreateAsync(app)).AdministratorAsync();
        var (never, late, last) = (await boss.AskAsync(Pdf), await boss.AskAsync(Pdf), await boss.AskAsync(Pdf));

        // at the last second it is in time; the URL's own end is by storage's clock, which stands in the test's way here and nowhere else
        await app.AdvanceAsync(TimeSpan.FromHours(1));
        Assert.Equal(HttpStatusCode.Created, await Client.PutAsync(last, Pdf));
        await app.SettleAsync();
        await app.AdvanceAsync(TimeSpan.FromSeconds(1));
        Assert.Equal(HttpStatusCode.Created, await Client.PutAsync(late, Pdf));
        await app.SettleAsync();
        await app.AdvanceAsync(TimeSpan.FromMinutes(10));
        boss = await boss.Tenant.SignInAsync(boss.Email);
        Assert.Equal("accepted", (await FileAsync(boss, last))["state"]!.ToString());
        Assert.Equal(("rejected", "late"), ReasonOf(await FileAsync(boss, late)));
        Assert.Equal(("expired", "expired"), ReasonOf(await FileAsync(boss, never)));

        // what comes after its end is taken away
        await Client.PutAsync(never, Pdf);
        await app.SettleAsync();
        Assert.Equal(("expired", "expired"), ReasonOf(await FileAsync(boss, never)));
        Assert.Empty(await NamesAsync(app, "uploads"));
    }

    [Fact]
    public async Task A_lost_event_is_made_up_for()
    {
        await using var app = await PodiumApp.StartAsync(new AppOptions { Settings = new Dictionary<string, string?> { ["AzureWebJobs.FileUploaded.Disabled"] = "true" } });
        var boss = await (await TestTenant.CreateAsync(app)).AdministratorAsync();
        var (good, bad) = (await boss.AskAsync(Pdf), await boss.AskAsync(Pdf[..^30]));
        await Client.PutAsync(good, Pdf);
        await Client.PutAsync(bad, Pdf[..^30]);
        await app.SettleAsync();
        Assert.Equal("awaiting", (await FileAsync(boss, good))["state"]!.ToString());
        await app.AdvanceAsync(TimeSpan.FromMinutes(11));
        Assert.Equal("accepted", (await FileAsync(boss, good))["state"]!.ToString());
        Assert.Equal(("quarantined", "truncated"), ReasonOf(await FileAsync(boss, bad)));

        // one that was cut off in the middle of its look, and whose upload has gone since
        var lost = await boss.AskAsync(Pdf);
        await app.QueryAsync<int>($"WITH changed AS (UPDATE files SET state = 'checking', received_at = created_at WHERE id = '{lost["file"]!["id"]}' RETURNING 1) SELECT count(*)::int FROM changed");
        await app.AdvanceAsync(TimeSpan.FromMinutes(11));
        boss = await boss.Tenant.SignInAsync(boss.Email);
        Assert.Equal(("rejected", "lost"), ReasonOf(await FileAsync(boss, lost)));
        Assert.Equal(["lost"], await IncidentsAsync(app));
    }

    [Fact]
    public async Task A_scanner_has_a_say_and_its_absence_is_waited_out_and_then_told()
    {
        await using var daemon = new Daemon();
        await using var app = await PodiumApp.StartAsync(new AppOptions { Timers = ["WatchFiles"], Settings = new Dictionary<string, string?> { ["VirusScanner:Address"] = daemon.Address } });
        var boss = await (await TestTenant.CreateAsync(app)).AdministratorAsync();
        var clean = await boss.SendAsync(app, Pdf);
        Assert.Equal(("accepted", "clean"), StateAndScanOf(await FileAsync(boss, clean)));
        daemon.Answer = "stream: Eicar-Test-Signature FOUND";
        var infected = await boss.SendAsync(app, Pdf);
        Assert.Equal(("quarantined", "virus"), ReasonOf(await FileAsync(boss, infected)));
        Assert.Equal("infected", (await FileAsync(boss, infected))["virusScan"]!.ToString());

        // it cannot answer: the file waits, and is accepted once it can
        daemon.Answer = "Can't allocate memory ERROR";
        var waiting = await boss.SendAsync(app, Pdf);
        Assert.Equal("received", (await FileAsync(boss, waiting))["state"]!.ToString());
        daemon.Answer = "stream: OK";
        await app.AdvanceAsync(TimeSpan.FromMinutes(6));
        Assert.Equal(("accepted", "clean"), StateAndScanOf(await FileAsync(boss, waiting)));

        // an accepted file that a newer scanner knows better
        daemon.Answer = "stream: Win.Test FOUND";
        using var operators = app.HttpWithKey();
        Assert.Equal(HttpStatusCode.NoContent, (await operators.PostAsync($"/api/operations/tenants/{boss.Tenant.Id}/files/{waiting}/check", null)).StatusCode);
        Assert.Equal(("quarantined", "virus"), ReasonOf(await FileAsync(boss, waiting)));
        await boss.Http.PostAsync($"/api/files/{waiting}/download", null).ProblemAsync(409, "file-not-ready");

        // away for good: said to everybody, and mended by an operator later
        daemon.Answer = "Can't allocate memory ERROR";
        var stuck = await boss.SendAsync(app, Pdf);
        await app.AdvanceAsync(TimeSpan.FromHours(8));
        boss = await boss.Tenant.SignInAsync(boss.Email);
        Assert.Equal(("quarantined", "unchecked"), ReasonOf(await FileAsync(boss, stuck)));
        Assert.Equal(["unchecked"], await IncidentsAsync(app));
        await operators.PostAsync($"/api/operations/tenants/{boss.Tenant.Id}/files/{stuck}/check", null).ProblemAsync(503, "unavailable");
        daemon.Answer = "stream: OK";
        Assert.Equal(HttpStatusCode.NoContent, (await operators.PostAsync($"/api/operations/tenants/{boss.Tenant.Id}/files/{stuck}/check", null)).StatusCode);
        Assert.Equal(("accepted", "clean"), StateAndScanOf(await FileAsync(boss, stuck)));
    }

    [Fact]
    public async Task What_nobody_asked_for_and_what_is_not_what_it_was_is_reported()
    {
        await using var app = await PodiumApp.StartAsync(new AppOptions { Timers = ["WatchFiles", "SweepStorage", "VerifyFiles"] });
        var boss = await (await TestTenant.CreateAsync(app)).AdministratorAsync();
        var uploads = app.Storage.GetBlobContainerClient("uploads");
        foreach (var name in new[] { "stray", $"{boss.Tenant.Id}/{Guid.NewGuid()}", $"{Guid.NewGuid()}/{Guid.NewGuid()}" }) await uploads.UploadBlobAsync(name, BinaryData.FromString("x"));
        var (altered, missing, whole, refused) = (await boss.SendAsync(app, Pdf), await boss.SendAsync(app, Pdf), await boss.SendAsync(app, Pdf), await boss.SendAsync(app, Pdf[..^30]));
        var documents = app.Storage.GetBlobContainerClient("documents");
        await documents.GetBlobClient($"{boss.Tenant.Id}/{altered}").UploadAsync(BinaryData.FromBytes([.. Pdf[..^1], (byte)'x']), overwrite: true);
        await documents.DeleteBlobAsync($"{boss.Tenant.Id}/{missing}");

        await app.AdvanceAsync(TimeSpan.FromHours(1));
        Assert.Equal(["orphan", "orphan", "orphan"], await IncidentsAsync(app));
        Assert.Equal(3, (await NamesAsync(app, "uploads")).Count);
        // the night after the next, all have been read again
        await app.AdvanceAsync(TimeSpan.FromHours(46));
        boss = await boss.Tenant.SignInAsync(boss.Email);
        Assert.Equal(["altered", "missing"], await IncidentsAsync(app));
        Assert.Empty(await NamesAsync(app, "uploads"));
        await boss.Http.PostAsync($"/api/files/{altered}/download", null).ProblemAsync(410, "file-damaged");
        await boss.Http.PostAsync($"/api/files/{missing}/download", null).ProblemAsync(410, "file-damaged");
        await boss.Http.PostAsync($"/api/files/{whole}/download", null).OkAsync();

        // restored from a backup, it is whole again the next night; what an operator closes is closed
        await documents.UploadBlobAsync($"{boss.Tenant.Id}/{missing}", BinaryData.FromBytes(Pdf));
        await app.QueryAsync<int>($"WITH changed AS (UPDATE files SET checked_at = checked_at - interval '31 days' WHERE id = '{refused}' RETURNING 1) SELECT count(*)::int FROM changed");
        await app.AdvanceAsync(TimeSpan.FromHours(25));
        boss = await boss.Tenant.SignInAsync(boss.Email);
        await boss.Http.PostAsync($"/api/files/{missing}/download", null).OkAsync();
        Assert.Empty(await NamesAsync(app, "quarantine"));
        using var operators = app.HttpWithKey();
        await operators.PostAsync($"/api/operations/tenants/{boss.Tenant.Id}/files/{refused}/check", null).ProblemAsync(409, "file-content-gone");
        Assert.Equal(0, (int)(await operators.PostAsync("/api/operations/files/verify", null).OkAsync())["damaged"]!);
        var incident = (await operators.GetAsync("/api/operations/files/incidents").OkAsync())["items"]!.AsArray().Single()!;
        Assert.Equal((altered, boss.Tenant.Id.ToString()), (incident["fileId"]!.ToString(), incident["tenantId"]!.ToString()));
        Assert.Equal(HttpStatusCode.NoContent, (await operators.DeleteAsync($"/api/operations/files/incidents/{incident["id"]}")).StatusCode);
        await operators.DeleteAsync($"/api/operations/files/incidents/{incident["id"]}").ProblemAsync(404, "not-found");
        Assert.Empty(await IncidentsAsync(app));
    }

    [Fact]
    public async Task One_file_is_one_tree_from_the_request_by_blob_and_queue_to_the_mail()
    {
        var seen = new ConcurrentBag<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Podium",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = seen.Add,
        };
        ActivitySource.AddActivityListener(listener);
        await using var app = await PodiumApp.StartAsync();
        var boss = await (await TestTenant.CreateAsync(app)).AdministratorAsync();
        var trace = ActivityTraceId.CreateRandom();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/files") { Content = JsonContent.Create(new { purpose = "document", name = "rules.pdf" }) };
        request.Headers.Add("traceparent", $"00-{trace}-b7ad6b7169203331-01");
        var asked = await boss.Http.SendAsync(request).OkAsync(201);
        await Client.PutAsync(asked, Pdf[..^30]);
        await app.SettleAsync();
        Assert.Single(await app.MailsAsync(boss.Email), mail => mail.Text!.Contains("rules.pdf", StringComparison.Ordinal));

        var tree = seen.Where(activity => activity.TraceId == trace).ToList();
        foreach (var (child, parent) in new[] { ("CheckFile", "RequestUpload"), ("FileDecided", "CheckFile"), ("SendNotification", "FileDecided") })
            Assert.Equal(tree.Single(activity => activity.OperationName == parent).SpanId, tree.Single(activity => activity.OperationName == child).ParentSpanId);
    }

    private static (string, string) ReasonOf(JsonObject file) => (file["state"]!.ToString(), file["reasons"]![0]!["code"]!.ToString());

    private static (string, string) StateAndScanOf(JsonObject file) => (file["state"]!.ToString(), file["virusScan"]!.ToString());

    private static Task<JsonObject> FileAsync(TestPerson person, JsonObject asked) => FileAsync(person, asked["file"]!["id"]!.ToString());

    private static Task<JsonObject> FileAsync(TestPerson person, string id) => person.Http.GetAsync($"/api/files/{id}").OkAsync();

    private static async Task<IReadOnlyList<string>> IncidentsAsync(PodiumApp app)
    {
        using var operators = app.HttpWithKey();
        return [.. (await operators.GetAsync("/api/operations/files/incidents").OkAsync())["items"]!.AsArray().Select(incident => incident!["kind"]!.ToString()).Order()];
    }

    private static async Task<IReadOnlyList<string>> NamesAsync(PodiumApp app, string container)
    {
        var names = new List<string>();
        await foreach (var blob in app.Storage.GetBlobContainerClient(container).GetBlobsAsync()) names.Add(blob.Name);
        return names;
    }

    /// <summary>A ClamAV daemon that takes whatever comes and answers what it is told to.</summary>
    private sealed class Daemon : IAsyncDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly CancellationTokenSource _stop = new();
        private readonly Task _serving;

        public Daemon()
        {
            _listener.Start();
            _serving = ServeAsync();
        }

        public string Address => $"127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";

        public string Answer { get; set; } = "stream: OK";

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            _listener.Stop();
            await _serving.ContinueWith(_ => { }, TaskScheduler.Default);
            _stop.Dispose();
        }

        private async Task ServeAsync()
        {
            while (true)
            {
                using var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                await using var connection = client.GetStream();
                await connection.ReadExactlyAsync(new byte[10], _stop.Token);
                var head = new byte[4];
                do
                {
                    await connection.ReadExactlyAsync(head, _stop.Token);
                    await connection.ReadExactlyAsync(new byte[BinaryPrimitives.ReadInt32BigEndian(head)], _stop.Token);
                }
                while (BinaryPrimitives.ReadInt32BigEndian(head) > 0);
                await connection.WriteAsync(Encoding.ASCII.GetBytes(Answer + "\0"), _stop.Token);
            }
        }
    }
}
