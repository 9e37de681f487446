using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.DependencyInjection;
using Podium.Emulator.Blobs;
using Podium.Emulator.Runtime;
using Podium.Tests.Harness;

namespace Podium.Tests.Emulator;

public sealed class BlobTests
{
    [Theory]
    [InlineData("in/{name}", "a.txt", "name=a.txt")]
    [InlineData("in/{name}", "deep/a.txt", "name=deep/a.txt")]
    [InlineData("in/{event}/{team}/{file}.pdf", "e1/t1/s1.pdf", "event=e1 team=t1 file=s1")]
    [InlineData("in/{first}/{rest}", "x/y/z", "first=x/y rest=z")]
    [InlineData("in/{name}.pdf", "a.png", null)]
    [InlineData("in/year/{name}", "month/a", null)]
    [InlineData("in/a+b.{ext}", "a+b.txt", "ext=txt")]
    [InlineData("in/{{2014}}-{name}", "{2014}-a", "name=a")]
    [InlineData("in", "anything/at/all", "")]
    public void A_path_matches_greedily_and_binds_its_parts(string path, string blob, string? parts)
    {
        var match = BlobPath.Parse(path.Replace("in", "inbox", StringComparison.Ordinal), "F").Match(blob);
        Assert.Equal(parts, match is null ? null : string.Join(' ', match.Select(part => $"{part.Key}={part.Value}")));
    }

    [Theory]
    [InlineData("Upper/{name}")]
    [InlineData("ab")]
    [InlineData("inbox/")]
    [InlineData("inbox/{name")]
    [InlineData("inbox/name}")]
    [InlineData("inbox/{a}{a}")]
    [InlineData("inbox/{}")]
    [InlineData("/{name}")]
    [InlineData("inbox/{not a name}")]
    public void A_malformed_path_is_named_with_its_function(string path)
    {
        var error = Assert.Throws<EmulatorException>(() => BlobPath.Parse(path, "Upload"));
        Assert.Contains($"'{path}'", error.Message, StringComparison.Ordinal);
        Assert.Contains("'Upload'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_blob_binds_in_every_form_a_function_may_ask_for()
    {
        await using var app = await StartAsync(typeof(Forms));
        await UploadAsync(app, "forms", "a.json", """{"name":"Ada"}""", new Dictionary<string, string> { ["colour"] = "green" });
        await app.SettleAsync();
        Assert.Equal(
            ["BinaryData 14", "BlobBaseClient a.json", "BlobClient a.json", "BlobContainerClient forms", "BlockBlobClient a.json", "Bytes 14", "Json Ada", "Metadata green forms/a.json", "Stream 14", "Text {\"name\":\"Ada\"}"],
            Seen(app).Order());
    }

    [Theory]
    [InlineData("inbox/2026/{name}", "2026/")]
    [InlineData("inbox/{{x}}{name}", "{x}")]
    [InlineData("inbox/fixed.txt", "fixed.txt")]
    [InlineData("inbox/{name}", "")]
    public void A_scan_asks_only_for_what_the_path_begins_with(string path, string prefix) =>
        Assert.Equal(prefix, BlobPath.Parse(path, "F").Prefix);

    [Fact]
    public async Task Append_and_page_blobs_trigger_too()
    {
        await using var app = await StartAsync(typeof(Kinds));
        var container = app.Storage.GetBlobContainerClient("kinds");
        await container.GetAppendBlobClient("a").CreateAsync();
        await container.GetPageBlobClient("p").CreateAsync(512);
        await app.SettleAsync();
        Assert.Equal(["append a", "append p", "page a", "page p"], Seen(app).Order());
    }

    [Fact]
    public async Task What_is_known_of_the_blob_binds_by_name_whatever_its_name_looks_like()
    {
        const string Name = "ü n/ö%20+#&?=é.txt";
        await using var app = await StartAsync(typeof(Facts));
        await UploadAsync(app, "facts", Name, "seven..", new Dictionary<string, string> { ["colour"] = "green" });
        await app.SettleAsync();
        var uri = app.Storage.GetBlobContainerClient("facts").GetBlobClient(Name).Uri;
        Assert.Equal([$"{Name} facts/{Name} {uri.AbsoluteUri} {uri.AbsoluteUri} 7 green"], Seen(app));
    }

    [Fact]
    public async Task A_blob_that_was_there_before_the_function_is_worked_on()
    {
        var settings = new Dictionary<string, string?> { ["AzureWebJobs.Reader.Disabled"] = "true" };
        await using var app = await StartAsync(new AppOptions { Settings = settings }, typeof(Reader));
        await app.Storage.CreateBlobContainerAsync("inbox"); // a function that is off makes none
        await UploadAsync(app, "inbox", "old", "x");
        await app.SettleAsync();
        Assert.Empty(Seen(app));
        settings.Clear();
        await app.RestartAsync();
        await app.SettleAsync();
        Assert.Equal(["old:x"], Seen(app));
    }

    [Fact]
    public async Task A_blob_overwritten_while_it_is_worked_on_is_worked_on_again()
    {
        await using var app = await StartAsync(typeof(Overwriting));
        await UploadAsync(app, "over", "a", "1");
        await app.SettleAsync();
        Assert.Equal(["1", "2", "3"], Seen(app));
    }

    [Fact]
    public async Task A_new_version_does_not_wait_for_the_next_try_of_the_old_one()
    {
        await using var app = await StartAsync(typeof(Picky));
        await UploadAsync(app, "picky", "a", "bad");
        await app.AdvanceAsync(TimeSpan.FromSeconds(4));
        await UploadAsync(app, "picky", "a", "good");
        await app.SettleAsync();
        Assert.Equal(["0 bad", "1 bad", "3 bad", "4 good"], Seen(app));
        await app.AdvanceAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(4, Seen(app).Count);
    }

    [Theory]
    [InlineData(404)]
    [InlineData(412)]
    public async Task A_failure_of_storage_that_is_not_about_the_blob_counts_as_a_try(int status)
    {
        await using var app = await StartAsync(typeof(Missing));
        await UploadAsync(app, "lost", "a", $"{status}");
        await app.AdvanceAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(["0", "1", "3", "7", "15"], Seen(app));
        Assert.NotNull(await app.Bus.CreateReceiver("webjobs-blobtrigger-poison").PeekMessageAsync());
    }

    [Fact]
    public async Task A_container_that_somebody_deleted_does_not_hide_the_others()
    {
        await using var app = await StartAsync(typeof(Pair));
        await UploadAsync(app, "second", "a", "x");
        await app.SettleAsync();
        await app.Storage.DeleteBlobContainerAsync("first");
        // new metadata is a new version that no hint tells of: only a scan finds it
        await app.Storage.GetBlobContainerClient("second").GetBlobClient("a").SetMetadataAsync(new Dictionary<string, string> { ["colour"] = "green" });
        await app.SettleAsync();
        Assert.Equal(["second", "second"], Seen(app));
    }

    [Fact]
    public async Task An_overwritten_blob_is_seen_again_and_an_unchanged_one_is_not()
    {
        await using var app = await StartAsync(typeof(Reader));
        await UploadAsync(app, "inbox", "a", "one");
        await app.SettleAsync();
        await app.AdvanceAsync(TimeSpan.FromHours(1));
        await UploadAsync(app, "inbox", "a", "two");
        await app.SettleAsync();
        Assert.Equal(["a:one", "a:two"], Seen(app));
    }

    [Fact]
    public async Task A_blob_is_dealt_with_once_across_restarts_and_one_written_during_the_stop_is_found()
    {
        await using var app = await StartAsync(typeof(Reader));
        await UploadAsync(app, "inbox", "before", "x");
        await app.SettleAsync();
        await app.RestartAsync(whileStopped: () => UploadAsync(app, "inbox", "meanwhile", "x"));
        await app.SettleAsync();
        Assert.Equal(["before:x", "meanwhile:x"], Seen(app));
    }

    [Fact]
    public async Task Each_function_on_a_container_sees_what_its_path_means()
    {
        await using var app = await StartAsync(new AppOptions { Settings = new Dictionary<string, string?> { ["Box"] = "inbox" } }, typeof(Reader), typeof(PdfReader));
        await UploadAsync(app, "inbox", "e/t/s.pdf", "pdf");
        await UploadAsync(app, "inbox", "e/t/s.png", "png");
        await app.SettleAsync();
        Assert.Equal(["e/t/s.pdf:pdf", "e/t/s.png:png", "pdf e t s"], Seen(app).Order());
    }

    [Fact]
    public async Task A_blob_that_fails_is_tried_five_times_with_growing_delays_and_then_named_on_the_poison_queue()
    {
        await using var app = await StartAsync(typeof(Failing));
        await UploadAsync(app, "failing", "bad", "x");
        await app.AdvanceAsync(TimeSpan.FromMinutes(10));
        Assert.Equal(["0", "1", "3", "7", "15"], Seen(app));

        var message = await app.Bus.CreateReceiver("webjobs-blobtrigger-poison").PeekMessageAsync();
        var poison = JsonDocument.Parse(message!.Body).RootElement;
        Assert.Equal("BlobTrigger", poison.GetProperty("Type").GetString());
        Assert.Equal("Host.Functions.Failing", poison.GetProperty("FunctionId").GetString());
        Assert.Equal(("BlockBlob", "failing", "bad"), (poison.GetProperty("BlobType").GetString(), poison.GetProperty("ContainerName").GetString(), poison.GetProperty("BlobName").GetString()));

        await UploadAsync(app, "failing", "bad", "another version");
        await app.SettleAsync();
        Assert.Equal(6, Seen(app).Count);
    }

    [Fact]
    public async Task Tries_are_counted_across_a_restart()
    {
        await using var app = await StartAsync(typeof(Failing));
        await UploadAsync(app, "failing", "bad", "x");
        await app.AdvanceAsync(TimeSpan.FromSeconds(4));
        await app.RestartAsync(downtime: TimeSpan.FromSeconds(1));
        await app.AdvanceAsync(TimeSpan.FromMinutes(10));
        Assert.Equal(["0", "1", "3", "7", "15"], Seen(app));
    }

    [Fact]
    public async Task A_blob_deleted_before_its_next_try_is_dropped()
    {
        await using var app = await StartAsync(typeof(Failing));
        await UploadAsync(app, "failing", "bad", "x");
        await app.SettleAsync();
        await app.Storage.GetBlobContainerClient("failing").DeleteBlobAsync("bad");
        await app.AdvanceAsync(TimeSpan.FromMinutes(10));
        Assert.Single(Seen(app));
        Assert.Null(await app.Bus.CreateReceiver("webjobs-blobtrigger-poison").PeekMessageAsync());
    }

    [Fact]
    public async Task In_real_time_a_blob_is_seen_within_a_second()
    {
        await using var app = await StartAsync(new AppOptions { RealTime = true }, typeof(Reader));
        await UploadAsync(app, "inbox", "a", "x");
        await app.UntilAsync("the blob was seen", () => Task.FromResult(Seen(app).Count == 1 ? new object() : null), TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task An_unknown_connection_stops_the_start()
    {
        var error = await Assert.ThrowsAsync<EmulatorException>(() => PodiumApp.StartAsync([typeof(Elsewhere)]));
        Assert.Contains("'Nowhere'", error.Message, StringComparison.Ordinal);
    }

    private static Task<PodiumApp> StartAsync(params Type[] functions) => StartAsync(new AppOptions(), functions);

    private static Task<PodiumApp> StartAsync(AppOptions options, params Type[] functions)
    {
        var seen = new ConcurrentQueue<string>();
        return PodiumApp.StartAsync(functions, options with { Services = services => services.AddSingleton(seen) });
    }

    private static ConcurrentQueue<string> Seen(PodiumApp app) => app.Services.GetRequiredService<ConcurrentQueue<string>>();

    private static Task UploadAsync(PodiumApp app, string container, string name, string content, Dictionary<string, string>? metadata = null) =>
        app.Storage.GetBlobContainerClient(container).GetBlobClient(name).UploadAsync(BinaryData.FromString(content), new BlobUploadOptions { Metadata = metadata });

    public sealed record Person(string Name);

    public sealed class Reader(ConcurrentQueue<string> seen)
    {
        [Function("Reader")]
        public void Run([BlobTrigger("inbox/{name}", Connection = "Storage")] string content, string name) => seen.Enqueue($"{name}:{content}");
    }

    public sealed class PdfReader(ConcurrentQueue<string> seen)
    {
        [Function("PdfReader")]
        public void Run([BlobTrigger("%Box%/{event}/{team}/{file}.pdf", Source = BlobTriggerSource.EventGrid)] BlobClient blob, string @event, string team, string file)
        {
            _ = blob;
            seen.Enqueue($"pdf {@event} {team} {file}");
        }
    }

    public sealed class Failing(ConcurrentQueue<string> seen, TimeProvider clock)
    {
        [Function("Failing")]
        public void Run([BlobTrigger("failing/{name}", Connection = "Storage")] string content)
        {
            _ = content;
            seen.Enqueue($"{(clock.GetUtcNow() - new AppOptions().Start).TotalSeconds:0}");
            throw new InvalidOperationException("on purpose");
        }
    }

    public sealed class Kinds(ConcurrentQueue<string> seen)
    {
        [Function("Append")]
        public void Append([BlobTrigger("kinds/{name}", Connection = "Storage")] AppendBlobClient blob) => seen.Enqueue($"append {blob.Name}");

        [Function("Page")]
        public void Page([BlobTrigger("kinds/{name}", Connection = "Storage")] PageBlobClient blob) => seen.Enqueue($"page {blob.Name}");
    }

    public sealed class Facts(ConcurrentQueue<string> seen)
    {
        [Function("Facts")]
        public void Run(
            [BlobTrigger("facts/{name}", Connection = "Storage")] byte[] content,
            string name, string blobTrigger, Uri uri, BlobProperties properties, Dictionary<string, string> metadata, FunctionContext context)
        {
            _ = content;
            var text = context.BindingContext.BindingData["Uri"];
            seen.Enqueue($"{name} {blobTrigger} {uri.AbsoluteUri} {text} {properties.ContentLength} {metadata["colour"]}");
        }
    }

    public sealed class Overwriting(ConcurrentQueue<string> seen)
    {
        [Function("Overwriting")]
        public async Task Run([BlobTrigger("over/{name}", Connection = "Storage")] BlobClient blob)
        {
            var content = (await blob.DownloadContentAsync()).Value.Content.ToString();
            seen.Enqueue(content);
            if (content != "3") await blob.UploadAsync(BinaryData.FromString(content == "1" ? "2" : "3"), overwrite: true);
        }
    }

    public sealed class Picky(ConcurrentQueue<string> seen, TimeProvider clock)
    {
        [Function("Picky")]
        public void Run([BlobTrigger("picky/{name}", Connection = "Storage")] string content)
        {
            seen.Enqueue($"{(clock.GetUtcNow() - new AppOptions().Start).TotalSeconds:0} {content}");
            if (content == "bad") throw new InvalidOperationException("on purpose");
        }
    }

    public sealed class Missing(ConcurrentQueue<string> seen, TimeProvider clock)
    {
        [Function("Missing")]
        public void Run([BlobTrigger("lost/{name}", Connection = "Storage")] string content)
        {
            seen.Enqueue($"{(clock.GetUtcNow() - new AppOptions().Start).TotalSeconds:0}");
            throw new RequestFailedException(int.Parse(content, CultureInfo.InvariantCulture), "Another blob is missing or was changed.");
        }
    }

    public sealed class Pair(ConcurrentQueue<string> seen)
    {
        [Function("First")]
        public void First([BlobTrigger("first/{name}", Connection = "Storage")] BlobClient blob) => seen.Enqueue(blob.BlobContainerName);

        [Function("Second")]
        public void Second([BlobTrigger("second/{name}", Connection = "Storage")] BlobClient blob) => seen.Enqueue(blob.BlobContainerName);
    }

    public sealed class Elsewhere
    {
        [Function("Elsewhere")]
        public static void Run([BlobTrigger("inbox/{name}", Connection = "Nowhere")] string content) => _ = content;
    }

    public sealed class Forms(ConcurrentQueue<string> seen)
    {
        [Function("Text")]
        public void Text([BlobTrigger("forms/{name}", Connection = "Storage")] string blob) => seen.Enqueue($"Text {blob}");

        [Function("Bytes")]
        public void Bytes([BlobTrigger("forms/{name}", Connection = "Storage")] byte[] blob) => seen.Enqueue($"Bytes {blob.Length}");

        [Function("Binary")]
        public void Binary([BlobTrigger("forms/{name}", Connection = "Storage")] BinaryData blob) => seen.Enqueue($"BinaryData {blob.ToMemory().Length}");

        [Function("Stream")]
        public async Task Stream([BlobTrigger("forms/{name}", Connection = "Storage")] Stream blob)
        {
            using var copy = new MemoryStream();
            await blob.CopyToAsync(copy);
            seen.Enqueue($"Stream {copy.Length}");
        }

        [Function("Json")]
        public void Json([BlobTrigger("forms/{name}", Connection = "Storage")] Person blob) => seen.Enqueue($"Json {blob.Name}");

        [Function("Client")]
        public void Client([BlobTrigger("forms/{name}", Connection = "Storage")] BlobClient blob) => seen.Enqueue($"BlobClient {blob.Name}");

        [Function("Base")]
        public void Base([BlobTrigger("forms/{name}", Connection = "Storage")] BlobBaseClient blob) => seen.Enqueue($"BlobBaseClient {blob.Name}");

        [Function("Block")]
        public void Block([BlobTrigger("forms/{name}", Connection = "Storage")] BlockBlobClient blob) => seen.Enqueue($"BlockBlobClient {blob.Name}");

        [Function("Container")]
        public void Container([BlobTrigger("forms/{name}", Connection = "Storage")] BlobContainerClient blob) => seen.Enqueue($"BlobContainerClient {blob.Name}");

        [Function("Metadata")]
        public void Metadata([BlobTrigger("forms", Connection = "Storage")] string blob, IDictionary<string, string> metadata, string blobTrigger)
        {
            _ = blob;
            seen.Enqueue($"Metadata {metadata["colour"]} {blobTrigger}");
        }
    }
}
