using System.Net.Http.Headers;
using System.Text.Json.Nodes;

namespace Podium.Tests.Harness;

/// <summary>An event as it came over the line.</summary>
public sealed record ReadEvent(string Name, string? Id, JsonNode Data);

/// <summary>A client that watches a stream of server-sent events.</summary>
public sealed class LiveReader : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly HttpResponseMessage _answer;
    private readonly StreamReader _reader;

    private LiveReader(HttpResponseMessage answer, StreamReader reader) => (_answer, _reader) = (answer, reader);

    /// <summary>How many heartbeats have come.</summary>
    public int Heartbeats { get; private set; }

    public HttpResponseHeaders Headers => _answer.Headers;

    /// <summary>Opens a stream; what happens from now on comes.</summary>
    public static async Task<LiveReader> OpenAsync(HttpClient http, string path, string? lastId = null)
    {
        var answer = await AskAsync(http, path, lastId);
        if (!answer.IsSuccessStatusCode) Assert.Fail($"{path}: {answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
        Assert.Equal("text/event-stream", answer.Content.Headers.ContentType?.MediaType);
        var reader = new LiveReader(answer, new StreamReader(await answer.Content.ReadAsStreamAsync()));
        Assert.StartsWith("retry: ", await reader.LineAsync(), StringComparison.Ordinal);
        Assert.Equal("", await reader.LineAsync());
        return reader;
    }

    /// <summary>The answer to a request for a stream, without waiting for its end.</summary>
    public static async Task<HttpResponseMessage> AskAsync(HttpClient http, string path, string? lastId = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (lastId is not null) request.Headers.Add("Last-Event-ID", lastId);
        return await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead).WaitAsync(Patience);
    }

    /// <summary>The next event; null at the stream's end.</summary>
    public async Task<ReadEvent?> NextAsync()
    {
        string? name = null, id = null, data = null;
        while (await LineAsync() is { } line)
        {
            if (line == "" && data is not null) return new ReadEvent(name!, id, JsonNode.Parse(data)!);
            if (line.StartsWith("event: ", StringComparison.Ordinal)) name = line["event: ".Length..];
            else if (line.StartsWith("id: ", StringComparison.Ordinal)) id = line["id: ".Length..];
            else if (line.StartsWith("data: ", StringComparison.Ordinal)) data = line["data: ".Length..];
            else if (line.StartsWith(':')) Heartbeats++;
        }
        return null;
    }

    /// <summary>The next event of a name; others are passed over.</summary>
    public async Task<ReadEvent> NextAsync(string name)
    {
        while (await NextAsync() is { } one)
        {
            if (one.Name == name) return one;
        }
        throw new InvalidOperationException($"The stream ended before an event '{name}' came.");
    }

    /// <summary>Waits for the next heartbeat.</summary>
    public async Task HeartbeatAsync()
    {
        while (await LineAsync() is { } line)
        {
            if (line.StartsWith(':')) return;
        }
        throw new InvalidOperationException("The stream ended before a heartbeat came.");
    }

    public ValueTask DisposeAsync()
    {
        _reader.Dispose();
        _answer.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<string?> LineAsync()
    {
        try
        {
            return await _reader.ReadLineAsync().WaitAsync(Patience);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException("Nothing came on the stream in time.");
        }
    }
}
