using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Podium.Tests.Platform.Files;

namespace Podium.Tests.Faults;

/// <summary>
/// Clients of all five systems, each at its own work, one thing after the other. What does not answer is asked again with the same id, as a good client does; what is answered with success is a promise, and noted down.
/// </summary>
internal sealed class MixedLoad
{
    public const string Password = "a seat for everybody";

    // between two things a client does; without it those who are served quickly would make most of the load
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    private static readonly byte[] Pdf = PdfFile.OfPages(2).Plain();

    private readonly ConcurrentDictionary<string, ConcurrentQueue<string>> _promises = new();
    private readonly ConcurrentQueue<string> _refusals = new();
    private readonly CancellationTokenSource _stop = new();
    private Uri _app = new("http://localhost");
    private Task[] _clients = [];

    /// <summary>Where the app is now.</summary>
    public Uri App { set => Volatile.Write(ref _app, value); }

    public IReadOnlyList<string> Of(string kind) => [.. _promises.GetOrAdd(kind, _ => new()).Distinct()];

    /// <summary>Answers that no fault explains.</summary>
    public IReadOnlyCollection<string> Refusals => _refusals;

    public string Told => string.Join(", ", _promises.OrderBy(kind => kind.Key, StringComparer.Ordinal).Select(kind => $"{kind.Value.Distinct().Count()} {kind.Key}"));

    public void Begin(Furnished world) => _clients =
    [
        RepeatAsync("votes", async (http, id) =>
        {
            var ticket = await SendAsync(http, HttpMethod.Post, $"api/voting-sessions/{world.Voting}/tickets", new { }, tenant: "payportpro");
            var vote = await SendAsync(http, HttpMethod.Post, $"api/voting-sessions/{world.Voting}/votes", new { choices = new[] { new { optionId = world.Option } }, ticket = (string)ticket["value"]! }, tenant: "payportpro");
            return vote["entryId"]!.ToString();
        }),
        RepeatAsync("attempts", async (http, id) =>
        {
            await SendAsync(http, HttpMethod.Post, $"api/challenges/{world.Challenge}/attempts", new { id, html = "<h1>Hello</h1>" }, world.Learner);
            return id.ToString();
        }),
        RepeatAsync("submissions", async (http, id) =>
        {
            // the same registration's until it is promised
            if (!world.Registrations.TryPeek(out var registration)) return null;
            var asked = await SendAsync(http, HttpMethod.Post, $"api/competitions/{world.Competition}/submissions", new { id, registrationId = registration, submit = true, files = new[] { new { name = "report.pdf" } } }, world.Organiser);
            foreach (var upload in asked["uploads"]!.AsArray()) await UploadAsync(http, (string)upload!["request"]!["url"]!, Pdf);
            world.Registrations.TryDequeue(out _);
            return id.ToString();
        }),
        RepeatAsync("marks", async (http, id) =>
        {
            var number = (Of("marks").Count % Furnished.Candidates) + 1;
            var content = Encoding.UTF8.GetBytes($"number,subject,paper,mark\nC1-{number},ENG,1,{number}\n");
            var asked = await SendAsync(http, HttpMethod.Post, $"api/exam-sessions/{world.Session}/mark-files", new { id, name = $"marks-{number}.csv", bytes = content.Length }, world.Administrator);
            await UploadAsync(http, (string)asked["upload"]!["url"]!, content);
            return $"C1-{number}";
        }),
        RepeatAsync("announcements", async (http, id) =>
        {
            await SendAsync(http, HttpMethod.Post, "api/announcements", new { id, texts = new[] { new { language = "en", title = "Doors open", body = "Come in." } }, role = "JUDGE" }, world.Organiser);
            return id.ToString();
        }),
    ];

    /// <summary>Lets everybody finish what they are at, and go.</summary>
    public async Task EndAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_clients);
        _stop.Dispose();
    }

    public static async Task<JsonObject> SendAsync(HttpClient http, HttpMethod method, string path, object? body = null, string? token = null, string tenant = "demo")
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) };
        request.Headers.Add("X-Tenant", tenant);
        if (token is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var answer = await http.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        // what a fault makes of an answer is a 5xx or none at all; a 4xx is an answer
        if ((int)answer.StatusCode >= 500) throw new HttpRequestException($"{(int)answer.StatusCode} {text}");
        if (!answer.IsSuccessStatusCode) throw new InvalidOperationException($"{method} {path}: {(int)answer.StatusCode} {text}");
        return text.Length == 0 ? [] : JsonNode.Parse(text)!.AsObject();
    }

    private static async Task UploadAsync(HttpClient http, string url, byte[] content)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, url) { Content = new ByteArrayContent(content) };
        request.Headers.Add("x-ms-blob-type", "BlockBlob");
        using var answer = await http.SendAsync(request);
        // refused where it is there already: the answer to the first was lost
        if (!answer.IsSuccessStatusCode && (int)answer.StatusCode is not (403 or 409)) throw new HttpRequestException($"{(int)answer.StatusCode}");
    }

    private async Task RepeatAsync(string kind, Func<HttpClient, Guid, Task<string?>> once)
    {
        var id = Guid.CreateVersion7();
        while (!_stop.IsCancellationRequested)
        {
            using var http = new HttpClient { BaseAddress = Volatile.Read(ref _app), Timeout = TimeSpan.FromSeconds(20) };
            try
            {
                if (await once(http, id) is not { } promised) return;
                _promises.GetOrAdd(kind, _ => new()).Enqueue(promised);
                id = Guid.CreateVersion7();
                await Task.Delay(Pause);
            }
            catch (Exception error) when (error is HttpRequestException or IOException or TaskCanceledException)
            {
                await Task.Delay(50); // there is a fault: a moment later
            }
            catch (InvalidOperationException error)
            {
                _refusals.Enqueue($"{kind}: {error.Message}");
                return;
            }
        }
    }
}
